/** How the coordinator itself lowers risk: cancels what is open, closes what is held, and tries again. */
import { loanMachine } from "../../machines/loan.ts";
import { step } from "../../machines/step.ts";
import type { AgentId, Id, MarketId } from "../core/ids.ts";
import { abs, type Price, price, type Qty, qty, ZERO } from "../core/money.ts";
import { ONE, type Ppm } from "../core/ppm.ts";
import { after } from "../core/time.ts";
import type { FleetEvent } from "../protocol/events.ts";
import type { Side } from "../protocol/words.ts";
import type { Consequence, Context } from "./admission.ts";
import { domainSale } from "./domains.ts";
import type { Market } from "./market-state.ts";
import type { Loan } from "./obligations.ts";
import { collarPrice } from "./pricing.ts";
import { type Fixed, keyOf, type Order, type Position } from "./state.ts";

/** How the coordinator's own orders begin; no agent may name one so. */
export const CLOSING = "close-";

/** Closing looks further for a price than opening may: getting out matters more. */
const CLOSING_COLLARS = 3;

/** Asks the venue to cancel every open order of an agent, but those that close for the coordinator. */
export function* cancelOpen(
  ctx: Context,
  agent: AgentId,
  reason: string,
  markets?: ReadonlySet<MarketId>,
): Consequence {
  for (const id of [...(ctx.law.agents.get(agent)?.orders ?? [])]) {
    const order = ctx.law.orders.get(keyOf(agent, id));
    if (order !== undefined && markets?.has(order.market) === false) continue;
    if (order === undefined || order.cancelling || order.cause !== "") continue;
    // An order that only reduces may go on, unless everything is to stop.
    if (order.opening === 0n && reason !== "halt" && reason !== "flatten") continue;
    yield cancelRequest(ctx, order);
  }
}

/** Asks for the cancel of one order. */
export const cancelRequest = (ctx: Context, { agent, order, name }: Fixed<Order>): FleetEvent => ({
  type: "CancelRequested",
  agent,
  order,
  effect: { name: ctx.name(), agent, effect: { type: "CancelOrder", order: name } },
});

/** Gives up the holds that nothing has taken the place of. */
export function* voidPending(ctx: Context, agent: AgentId): Consequence {
  for (const reservation of [...(ctx.law.agents.get(agent)?.reservations ?? [])]) {
    const amount = ctx.law.reservations.get(keyOf(agent, reservation))?.amount ?? ZERO;
    yield { type: "ReservationVoided", agent, reservation, amount };
  }
}

/** Asks for a loan back. */
export const loanRecall = (ctx: Context, loan: Fixed<Loan>, reason: string): FleetEvent => ({
  type: "LoanRecallRequested",
  agent: loan.agent,
  loan: loan.loan,
  reason,
  effect: {
    name: ctx.name(),
    agent: loan.agent,
    effect: { type: "RecallLoan", loan: loan.name },
  },
});

/** Takes back what it offered the other agents and nobody has taken. */
function* cancelJobs({ law }: Context, agent: AgentId, reason: string): Consequence {
  for (const job of [...(law.agents.get(agent)?.jobs ?? [])]) {
    if (law.jobs.get(keyOf(agent, job))?.phase !== "posted") continue;
    yield { type: "JobEnded", agent, job, phase: "cancelled", reason };
  }
}

/** Cancels all, gives up holds, asks loans back, offers domains and closes positions of an agent. */
export function* closeAll(ctx: Context, agent: AgentId, reason: string): Consequence {
  yield* cancelOpen(ctx, agent, "flatten");
  yield* voidPending(ctx, agent);
  for (const id of [...(ctx.law.agents.get(agent)?.loans ?? [])]) {
    const loan = ctx.law.loans.get(keyOf(agent, id));
    if (loan !== undefined && step(loanMachine, loan.phase, "RECALL") !== undefined)
      yield loanRecall(ctx, loan, reason);
  }
  yield* cancelJobs(ctx, agent, reason);
  for (const domain of [...(ctx.law.agents.get(agent)?.domains ?? [])]) {
    const sale = domainSale(ctx, { agent, domain }, reason);
    if (sale !== undefined) yield sale;
  }
  for (const market of [...(ctx.law.agents.get(agent)?.positions ?? [])]) {
    yield* closePosition(ctx, agent, market, reason);
  }
}

/** Begins to close one position, unless that has begun. */
export function* closePosition(
  ctx: Context,
  agent: AgentId,
  market: MarketId,
  reason: string,
): Consequence {
  const position = ctx.law.positions.get(keyOf(agent, market));
  if (position === undefined || position.qty === 0n || position.closing !== undefined) return;
  yield { type: "PositionClosing", agent, market, reason };
  yield* closingOrder(ctx, agent, market);
}

/** What orders of the coordinator's own close of a position already, for a duty or a plan. */
function underway(law: Context["law"], { agent, market, qty: held }: Fixed<Position>): bigint {
  let sum = 0n;
  for (const id of law.agents.get(agent)?.orders ?? []) {
    const order = law.orders.get(keyOf(agent, id));
    if (order === undefined || order.market !== market || order.cause === "") continue;
    if ((order.side === "sell") === held > 0n) sum += order.qty - order.filled;
  }
  return sum;
}

/**
 * Sends the next closing order for what is left, when none is under way. What another order of the
 * coordinator's closes already is left to it: when it ends it is seen what stays.
 */
export function* closingOrder(ctx: Context, agent: AgentId, market: MarketId): Consequence {
  const { law } = ctx;
  const position = law.positions.get(keyOf(agent, market));
  const held = law.markets.get(market);
  if (position?.closing === undefined || held === undefined || law.policy === undefined) return;
  if (position.qty === 0n || position.closing.order !== undefined || held.mark === undefined)
    return;
  const size = qty(abs(position.qty) - underway(law, position));
  if (size <= 0n) return;
  yield* reducing(ctx, position, size, position.closing.reason, "");
}

/** Would an order of the coordinator's be priced by the mark that the venue has just refused one by? */
export const isRefused = ({ mark, refused }: Fixed<Market>, at: number): boolean =>
  refused !== undefined && refused.mark === mark && at < refused.until;

/** An order of the coordinator's own that closes a part of a position, within three collars. */
export function* reducing(
  ctx: Context,
  position: Fixed<Position>,
  size: Qty,
  reason: string,
  note: string,
): Consequence {
  const { law } = ctx;
  const { agent, market } = position;
  const held = law.markets.get(market);
  if (held?.mark === undefined || law.policy === undefined || isRefused(held, ctx.at)) return;
  const side: Side = position.qty > 0n ? "sell" : "buy";
  const collar = Math.min(law.policy.collar * CLOSING_COLLARS, ONE - 1) as Ppm;
  const name = ctx.name();
  const limit = collarPrice(held.policy, collar, side, held.mark);
  yield {
    type: "OrderApproved",
    agent,
    order: `${CLOSING}${name}` as Id,
    market,
    side,
    qty: size,
    opening: qty(0n),
    limit,
    tif: "ioc",
    leverage: ONE,
    stop: price(0n),
    hold: ZERO,
    mark: held.mark,
    markAt: held.markAt,
    forced: reason,
    note,
    effect: {
      name,
      agent,
      effect: { type: "PlaceOrder", market, side, qty: size, limit, tif: "ioc" },
    },
  };
}

/** The stop request that makes the venue's stop fit a position; none when it fits already. */
export function* fitStop(
  ctx: Context,
  agent: AgentId,
  market: MarketId,
  trigger: Price,
): Consequence {
  const { law } = ctx;
  const position = law.positions.get(keyOf(agent, market));
  if (position === undefined || law.policy === undefined) return;
  const size = qty(abs(position.qty));
  const side: Side = position.qty > 0n ? "sell" : "buy";
  const same = side === position.stopSide && trigger === position.stopPrice;
  if (size === position.stopQty && (size === 0n || same)) return;
  const version = position.stopVersion + 1;
  const slot = slotOf(agent, market);
  const event: FleetEvent = {
    type: "StopRequested",
    agent,
    market,
    version,
    side,
    qty: size,
    trigger,
    protectBy: protectBy(ctx.at, position, law.policy.protectWithinMs),
    effect: {
      name: ctx.name(),
      agent,
      effect: { type: "SetStop", slot, version, market, side, qty: size, trigger },
    },
  };
  yield event;
}

/** Growing or asking anew wins no time: a position has been unprotected since it first was. */
function protectBy(
  at: Context["at"],
  position: { readonly phase: string; readonly protectBy: Context["at"] },
  withinMs: number,
): Context["at"] {
  const running = position.phase === "unprotected" && position.protectBy > 0;
  return running ? position.protectBy : after(at, withinMs);
}

/** A stop that the venue does not hold. Without its last one a position does not stay. */
export function* stopFailed(
  ctx: Context,
  agent: AgentId,
  market: MarketId,
  version: number,
  reason: string,
): Consequence {
  yield { type: "StopFailed", agent, market, version, reason };
  const current = ctx.law.positions.get(keyOf(agent, market))?.stopVersion === version;
  if (current) yield* closePosition(ctx, agent, market, "unprotected");
}

/** The stop's slot at the venue: one for each agent and market. */
export const slotOf = (agent: AgentId, market: MarketId): string => `${agent}.${market}`;

/** Whose slot it is. Neither name holds a dot. */
export function ownerOf(slot: string): { agent: AgentId; market: MarketId } {
  const dot = slot.indexOf(".");
  return { agent: slot.slice(0, dot) as AgentId, market: slot.slice(dot + 1) as MarketId };
}
