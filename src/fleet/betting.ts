/** Who may not bet: whose bet is disputed, until the operator has looked at it. */
import type { AgentId, Id } from "../core/ids.ts";
import { type Rejection, refuse } from "../protocol/rejections.ts";
import { AT_FAULT, type AtFault } from "../protocol/words.ts";
import type { Consequence, Context, HeldAgent } from "./admission.ts";
import { gate } from "./checks.ts";

/** What is graver takes the place of what is less. */
const GRAVITY = { unknown: 0, agent: 1, house: 2 } as const satisfies Record<AtFault, number>;

/** May it place a bet? Asking for seeds and checking what is settled stay open. */
export function bettingFault({ told }: Context, { betting }: HeldAgent): Rejection | undefined {
  const { held } = betting;
  const why = held && `${held.bet}: ${AT_FAULT[held.atFault]} (${held.reason})`;
  return gate(
    told,
    "betting",
    why ?? "none stands",
    why === undefined ? undefined : refuse("betting_held", why),
  );
}

/** Holds an agent for a disputed bet, or says more of why it is held; nothing where that is known. */
export function* holdBetting(
  ctx: Context,
  { agent, bet }: { readonly agent: AgentId; readonly bet: Id },
  atFault: AtFault,
  reason: string,
): Consequence {
  const held = ctx.law.agents.get(agent)?.betting.held;
  if (held !== undefined && GRAVITY[held.atFault] >= GRAVITY[atFault]) return;
  yield { type: "BettingHeld", agent, bet, atFault, reason };
}

/** The operator lets an agent go on: what it was held for is over, what is proven later is not. */
export function* clearBetting(ctx: Context, agent: AgentId): Consequence {
  const held = ctx.law.agents.get(agent)?.betting.held;
  if (held === undefined) return;
  yield { type: "BettingCleared", agent, bet: held.bet, atFault: held.atFault };
}
