/** What a fill does to the books of its agent: cost, result, margin, and the stop that must follow. */
import { must } from "../core/assert.ts";
import type { AgentId, Id } from "../core/ids.ts";
import { FLEET } from "../core/ids.ts";
import {
  abs,
  type Micro,
  max,
  micro,
  min,
  mulDiv,
  notional,
  type Price,
  price,
  type Qty,
  qty,
  ZERO,
} from "../core/money.ts";
import { ONE, type Ppm } from "../core/ppm.ts";
import type { MarketPolicy } from "../protocol/policy.ts";
import type { FillReport, VenueReport } from "../protocol/reports.ts";
import { signOf } from "../protocol/words.ts";
import { initialMargin, tierOf } from "../risk/margin.ts";
import type { Consequence, Context } from "./admission.ts";
import { closePosition, closingOrder, fitStop, isRefused, ownerOf } from "./closing.ts";
import { floorDue } from "./floors.ts";
import { venueMode } from "./kills.ts";
import { marginFor } from "./orders.ts";
import { flatPosition } from "./positions.ts";
import { defaultStop } from "./pricing.ts";
import { keyOf, type Order } from "./state.ts";

/** A leverage that no bracket allows: the bracket alone says the margin. */
const UNBOUND = (ONE * 1_000) as Ppm;

interface Held {
  readonly qty: Qty;
  readonly cost: Micro;
  readonly margin: Micro;
}

/** A position after a fill, without its new margin, and what the fill closed and opened. */
export interface Booked {
  readonly qty: Qty;
  readonly cost: Micro;
  /** Margin left for what was there before. */
  readonly margin: Micro;
  readonly realized: Micro;
  readonly opened: Qty;
  readonly openedValue: Micro;
}

/**
 * Books a fill against a position by its cost.
 *
 * Units:    quantities in 1e-8, money in millionths; `notional` positive.
 * Sign:     a gain is positive.
 * Formula:  realized = cash in - cost of the part closed; the cost of what stays is what is left.
 * Rounding: the part's cost and margin towards zero: what is rounded off stays with the position and
 *           leaves with its last unit, so a closed position has cost and margin of exactly zero.
 */
export function bookFill(held: Held, sign: bigint, size: Qty, value: Micro): Booked {
  const against = held.qty !== 0n && held.qty > 0n !== sign > 0n;
  const closed = against ? min(qty(abs(held.qty)), size) : qty(0n);
  const opened = qty(size - closed);
  const closedValue = opened === 0n ? value : mulDiv(value, closed, size, "down");
  const openedValue = micro(value - closedValue);
  const whole = closed === abs(held.qty);
  const part = (of: bigint): bigint =>
    closed === 0n ? 0n : whole ? of : mulDiv(of, closed, abs(held.qty), "down");
  const closedCost = part(held.cost);
  return {
    qty: qty(held.qty + sign * size),
    cost: micro(held.cost - closedCost + sign * openedValue),
    margin: micro(held.margin - part(held.margin)),
    realized: micro(closed === 0n ? 0n : -sign * closedValue - closedCost),
    opened,
    openedValue,
  };
}

interface Drawn {
  /** What of the order's hold this fill uses or gives back. */
  readonly holdUsed: Micro;
  /** What it puts behind the position beside the margin of what it opened. */
  readonly extra: Micro;
}

/**
 * What a fill takes of its order's hold: its part, and of that what the position lacks by the bracket
 * of the whole of it. While the rest of the order may still bring the position into a higher bracket
 * nothing is given back, or an order filled in parts would bring less than one filled at once.
 *
 * Bound: nothing that was not held, nor what the rest of the order needs.
 */
function drawnBy(
  { tiers }: MarketPolicy,
  order: Pick<Order, "hold" | "opening" | "opened" | "leverage"> | undefined,
  fill: FillReport,
  booked: Booked,
  needed: Micro,
): Drawn {
  const left = order === undefined ? 0n : order.opening - order.opened;
  if (order === undefined || left <= 0n || booked.opened === 0n)
    return { holdUsed: ZERO, extra: ZERO };
  const { hold } = order;
  const rest = qty(max(qty(left - booked.opened), qty(0n)));
  const part = rest === 0n ? hold : micro(mulDiv(hold, booked.opened, left, "down"));
  const spent = micro(needed + max(fill.fee, ZERO));
  const initial = (value: Micro): Ppm => tierOf(tiers, value).initial;
  const restValue = notional(fill.price, rest, "up");
  const whole = abs(booked.cost);
  const rises =
    rest > 0n && initial(micro(whole + restValue)) > initial(micro(whole - booked.openedValue));
  const most = rises ? micro(hold - initialMargin(tiers, restValue, order.leverage)) : part;
  const lacks = micro(initialMargin(tiers, whole, UNBOUND) - booked.margin - needed);
  const extra = max(min(lacks, micro(most - spent)), ZERO);
  return { holdUsed: rises ? min(micro(spent + extra), hold) : part, extra };
}

/** The order or stop that a fill belongs to. Both undefined: nobody's that we know of. */
function ownerOfFill(
  ctx: Context,
  fill: FillReport,
): { agent: AgentId; order: Id | "" } | undefined {
  const ref = ctx.law.byName.get(fill.order);
  if (ref?.kind === "order") {
    const order = ctx.law.orders.get(ref.key);
    if (order !== undefined) return { agent: order.agent, order: order.order };
  }
  if (fill.stop === undefined) return undefined;
  const { agent, market } = ownerOf(fill.stop.slot);
  return ctx.law.agents.has(agent) && market === fill.market ? { agent, order: "" } : undefined;
}

/**
 * Books a fill, then sees to the stop, the floor and the mode of its agent.
 *
 * @param covered what the venue's fund paid for it: a part of the result, as of any position that the venue takes.
 */
export function* fillReported(ctx: Context, fill: FillReport, covered: Micro = ZERO): Consequence {
  const { law } = ctx;
  const market = law.markets.get(fill.market);
  // A trade that we did not order is still ours: it is booked to the fleet itself and closed.
  const owner = ownerOfFill(ctx, fill) ?? { agent: FLEET, order: "" as const };
  const fault =
    market === undefined || !law.agents.has(owner.agent)
      ? "no such market or agent"
      : fill.qty <= 0n || fill.price <= 0n || fill.notional < 0n
        ? "quantity, price and value of a fill are positive"
        : undefined;
  if (market === undefined || fault !== undefined) {
    yield { type: "ReportUnmatched", report: `fill ${fill.trade}`, reason: fault ?? "no market" };
    return;
  }
  const { agent } = owner;
  const order = owner.order === "" ? undefined : law.orders.get(keyOf(agent, owner.order));
  const before = law.positions.get(keyOf(agent, fill.market)) ?? flatPosition(agent, fill.market);
  const booked = bookFill(before, signOf(fill.side), fill.qty, fill.notional);
  const leverage = order?.leverage ?? ONE;
  const needed =
    booked.opened === 0n ? ZERO : marginFor(market.policy, booked.openedValue, leverage);
  const { holdUsed, extra } = drawnBy(market.policy, order, fill, booked, needed);
  const openingLeft = order === undefined ? qty(0n) : qty(order.opening - order.opened);
  yield {
    type: "FillBooked",
    agent,
    order: owner.order,
    trade: fill.trade,
    market: fill.market,
    side: fill.side,
    qty: fill.qty,
    price: fill.price,
    notional: fill.notional,
    fee: fill.fee,
    realized: micro(booked.realized + covered),
    positionQty: booked.qty,
    positionCost: booked.cost,
    positionMargin: micro(booked.margin + needed + extra),
    holdUsed,
  };
  // What opened beyond what was approved stays in no mode: another order was there before it.
  const over = order !== undefined && booked.opened > max(openingLeft, qty(0n));
  const overshot = over ? order.cause || "overshot" : "";
  yield* afterFill(ctx, agent, fill, order?.stop ?? price(0n), overshot);
}

function* afterFill(
  ctx: Context,
  agent: AgentId,
  fill: FillReport,
  wanted: Price,
  overshot: string,
): Consequence {
  const { law } = ctx;
  const position = must(
    law.positions.get(keyOf(agent, fill.market)),
    "a booked fill has a position",
  );
  yield* fitStop(ctx, agent, fill.market, stopPriceFor(ctx, agent, fill, wanted));
  yield* floorDue(ctx, agent);
  if (position.qty === 0n) return;
  const reason = closeReason(ctx, agent, fill.market) ?? (overshot === "" ? undefined : overshot);
  if (reason !== undefined) yield* closePosition(ctx, agent, fill.market, reason);
}

/** Why an agent may hold no position now. None: undefined when it may. */
function closeReason(
  { law, at }: Context,
  agent: AgentId,
  market: FillReport["market"],
): string | undefined {
  if (agent === FLEET) return "unordered";
  const holder = law.agents.get(agent);
  if (law.mode === "flatten" || holder?.mode === "flatten") return "flatten";
  if (venueMode(law, market) === "flatten") return "flatten";
  const delegation = holder?.delegation;
  if (delegation === undefined || delegation.phase === "ended") return "ended";
  const due = delegation.phase === "recalling" && (delegation.closeAt ?? Infinity) <= at;
  return due ? "recall" : undefined;
}

/** The stop for a position after a fill: what its order named, else what it had, else the policy's. */
function stopPriceFor(ctx: Context, agent: AgentId, fill: FillReport, wanted: Price): Price {
  const { law } = ctx;
  const position = must(
    law.positions.get(keyOf(agent, fill.market)),
    "a booked fill has a position",
  );
  const market = must(law.markets.get(fill.market), "a booked fill has a market");
  const rules = must(law.policy, "fills come after the fleet is configured");
  if (position.qty === 0n) return position.stopPrice;
  const fitting = (stop: Price): boolean =>
    stop > 0n && (position.qty > 0n ? stop < fill.price : stop > fill.price);
  if (fitting(wanted)) return wanted;
  if (fitting(position.stopPrice)) return position.stopPrice;
  const side = position.qty > 0n ? "buy" : "sell";
  const size = qty(abs(position.qty));
  const value = max(notional(fill.price, size, "down"), micro(1n));
  const times = Number(mulDiv(value, 1_000_000n, max(position.margin, micro(1n)), "ceil"));
  const leverage = Math.min(Math.max(times, ONE), market.policy.maxLeverage) as typeof ONE;
  return defaultStop(rules, market.policy, side, size, fill.price, leverage);
}

/** No more fills will come: what is left of the hold is given back. */
export function* orderDone(
  ctx: Context,
  report: Extract<VenueReport, { type: "orderDone" }>,
): Consequence {
  const { law } = ctx;
  const ref = law.byName.get(report.order);
  const order = ref?.kind === "order" ? law.orders.get(ref.key) : undefined;
  if (order === undefined) return;
  if (report.filled !== order.filled) {
    const reason = `the venue filled ${report.filled}, we booked ${order.filled}`;
    yield { type: "ReportUnmatched", report: `orderDone ${report.order}`, reason };
  }
  yield {
    type: "OrderClosed",
    agent: order.agent,
    order: order.order,
    phase: order.filled >= order.qty ? "filled" : "cancelled",
    filled: order.filled,
    released: order.hold,
  };
  yield* stillClosing(ctx, order.agent, order.market);
}

/** The wait after refused orders is over: what is still to be closed in the market is tried again. */
export function* againBy(ctx: Context, market: MarketPolicy["market"]): Consequence {
  const held = ctx.law.markets.get(market);
  if (held === undefined || isRefused(held, ctx.at)) return;
  for (const agent of [...held.positions].sort()) yield* stillClosing(ctx, agent, market);
}

/** A closing order that ended and left something: due again after the policy's wait. */
export function* stillClosing(
  ctx: Context,
  agent: AgentId,
  market: Parameters<typeof closingOrder>[2],
): Consequence {
  const position = ctx.law.positions.get(keyOf(agent, market));
  if (position?.closing === undefined || position.qty === 0n) return;
  if (position.closing.retryAt <= ctx.at) yield* closingOrder(ctx, agent, market);
}
