/** Who may not bet until the operator has looked: whose bet is disputed, and all once the house has lied. */
import type { AgentId, Id } from "../core/ids.ts";
import { type Rejection, refuse } from "../protocol/rejections.ts";
import { AT_FAULT, type AtFault } from "../protocol/words.ts";
import type { Consequence, Context, HeldAgent } from "./admission.ts";
import type { BettingHold } from "./betting-state.ts";
import { gate } from "./checks.ts";
import type { Fixed, Law } from "./state.ts";

/** What is graver takes the place of what is less. */
const GRAVITY = { unknown: 0, agent: 1, house: 2 } as const satisfies Record<AtFault, number>;

interface Hold extends Fixed<BettingHold> {
  /** Whose bet it is. None: undefined, its own. */
  readonly agent?: AgentId;
}

/**
 * What an agent may not bet for: its own dispute, else a lie that the house has told of another's bet. Only a lie that
 * the law itself has proven holds anybody but its agent: what an agent says of its bets holds nobody else.
 *
 * None: undefined where nothing holds it.
 */
export function heldFor({ agents, liedTo }: Law, { betting }: HeldAgent): Hold | undefined {
  if (betting.held !== undefined) return betting.held;
  for (const agent of liedTo) {
    const held = agents.get(agent)?.betting.held;
    if (held !== undefined) return { ...held, agent };
  }
  return undefined;
}

/** May it place a bet? Asking for seeds and checking what is settled stay open. */
export function bettingFault({ law, told }: Context, agent: HeldAgent): Rejection | undefined {
  const held = heldFor(law, agent);
  const of = held?.agent === undefined ? "" : ` of ${held.agent}`;
  const why = held && `${held.bet}${of}: ${AT_FAULT[held.atFault]} (${held.reason})`;
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
