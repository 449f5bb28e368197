/** What every opening of a bet, an escrow, a loan or a domain asks first, in one order. */
import type { Id } from "../core/ids.ts";
import { formatMicro, type Micro } from "../core/money.ts";
import type { FleetEvent } from "../protocol/events.ts";
import { type Rejection, type RejectionCode, refuse } from "../protocol/rejections.ts";
import type { Service } from "../protocol/words.ts";
import {
  type Context,
  callerOf,
  drawnOn,
  type HeldAgent,
  isRefusal,
  mayHold,
  mayOpen,
  tooMany,
} from "./admission.ts";
import { atMost, gate } from "./checks.ts";
import { freeCash } from "./ledger.ts";
import { posted } from "./reservations.ts";
import { keyOf } from "./state.ts";

const EXISTS = {
  bets: "bet_exists",
  escrows: "escrow_exists",
  loans: "loan_exists",
  domains: "domain_exists",
} as const satisfies Record<string, RejectionCode>;

/** What an opening binds. */
export interface Bound {
  /** Held against the delegation from here on; zero where nothing is at stake. */
  readonly hold: Micro;
  /** USDC that leaves the wallet at once; zero where nothing does. */
  readonly cash: Micro;
}

export interface Opening<B extends Bound> {
  readonly service: Service;
  readonly kind: keyof typeof EXISTS;
  readonly named: Id;
  /** A pending reservation that it takes the place of. */
  readonly reservation: Id | undefined;
  /** Asked when the agent may open at all: what it binds, or why it cannot be. */
  readonly binds: (agent: HeldAgent) => B | Rejection;
}

export interface Opened<B extends Bound> {
  readonly agent: HeldAgent;
  readonly bound: B;
}

/** Is there so much free cash in the wallet? */
export function cashFault(ctx: Context, amount: Micro): Rejection | undefined {
  const cash = freeCash(ctx.law.ledger);
  return atMost(ctx.told, "cash", "USDC", [amount, cash], () =>
    refuse("insufficient_cash", `asked ${formatMicro(amount)}, allowed ${formatMicro(cash)}`),
  );
}

/**
 * May the caller open this? Caller, permission, name, room, what it binds, reservation, delegation, cash:
 * in that order, each refused before the first event. The reservation that is drawn on is posted.
 */
export function* opening<B extends Bound>(
  ctx: Context,
  { service, kind, named, reservation, binds }: Opening<B>,
): Generator<FleetEvent, Opened<B> | Rejection, void> {
  const agent = callerOf(ctx.law, ctx.stamp.from);
  if (isRefusal(agent)) return agent;
  const closed = mayOpen(ctx, agent, service, false);
  if (closed !== undefined) return closed;
  const known = ctx.law[kind].has(keyOf(agent.agent, named));
  const again = gate(ctx.told, "name", named, known ? refuse(EXISTS[kind], named) : undefined);
  if (again !== undefined) return again;
  const many = tooMany(agent[kind], ctx.told);
  if (many !== undefined) return many;
  const bound = binds(agent);
  if (isRefusal(bound)) return bound;
  const drawn = drawnOn(ctx, reservation);
  if (isRefusal(drawn)) return drawn;
  const { hold, cash } = bound;
  // What holds nothing is open to whoever has used up all that it may hold.
  const over = hold === 0n ? undefined : mayHold(agent, hold, drawn.amount, ctx.told);
  const short = over ?? (cash === 0n ? undefined : cashFault(ctx, cash));
  if (short !== undefined) return short;
  if (reservation !== undefined) yield posted(ctx, reservation);
  return { agent, bound };
}
