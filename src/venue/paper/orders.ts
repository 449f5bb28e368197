/** Orders: checked when they come, carried out after their latency, at once or resting. */
import { min, mulDiv, notional, type Price, type Qty, qty } from "../../core/money.ts";
import type { Approved, EffectName, PlaceOrderEffect } from "../../protocol/effects.ts";
import { markOf } from "./marks.ts";
import { between, uniform } from "./random.ts";
import { averagePrice, trade, wholeLots, withinLimit } from "./trades.ts";
import { type Market, type Order, report, type World } from "./world.ts";

/**
 * Why a request is refused, or nothing when it is taken. A refusal is proof that nothing happened.
 */
export type Refusal = string | undefined;

function outsideCollar(mark: Price, limit: Price, side: "buy" | "sell", collar: bigint): boolean {
  return side === "buy" ? limit > mark + collar : limit < mark - collar;
}

function refusalOf(world: World, market: Market, order: PlaceOrderEffect): Refusal {
  if (order.qty <= 0n) return "quantity is not above zero";
  if (order.qty % market.lot !== 0n) return "quantity is not a multiple of the lot";
  if (order.limit <= 0n) return "limit is not above zero";
  if (order.limit % market.tick !== 0n) return "limit is not a multiple of the tick";
  const mark = markOf(world.state, market);
  const value = notional(mark, order.qty, "down");
  if (value > market.maxNotional) return "notional is above the market's maximum";
  if (value < market.minNotional && !reduces(world, order)) {
    return "notional is below the market's minimum";
  }
  const collar = mulDiv(mark, BigInt(world.rules.execution.collar), 1_000_000n, "down");
  if (outsideCollar(mark, order.limit, order.side, collar)) return "limit is outside the collar";
  return undefined;
}

/** Small remainders may always be closed. */
function reduces(world: World, order: PlaceOrderEffect): boolean {
  const held = world.state.positions.get(order.market)?.qty ?? 0n;
  return order.side === "buy" ? held <= -order.qty : held >= order.qty;
}

export function placeOrder(world: World, { name, effect }: Approved<PlaceOrderEffect>): Refusal {
  const market = world.rules.markets.get(effect.market);
  if (market === undefined) return "unknown market";
  const refusal = refusalOf(world, market, effect);
  if (refusal !== undefined) return refusal;
  const [from, to] = world.rules.execution.latencyMs;
  const { market: marketId, side, limit, tif } = effect;
  world.state.orders.set(name, {
    name,
    market: marketId,
    side,
    qty: effect.qty,
    limit,
    tif,
    activeAt: world.state.at + between(from, to, world.rules.chance, "latency", name),
    filled: qty(0n),
  });
  return undefined;
}

function done(world: World, order: Order, reason: "filled" | "cancelled"): void {
  world.state.orders.delete(order.name);
  report(world, { type: "orderDone", order: order.name, reason, filled: order.filled });
}

export function cancelOrder(world: World, name: EffectName): Refusal {
  const order = world.state.orders.get(name);
  if (order === undefined) {
    return world.state.answers.has(name) ? "the order is done" : "unknown order";
  }
  done(world, order, "cancelled");
  return undefined;
}

/** What the book has for an order now: all of it, or by seeded chance a part. */
function available(world: World, market: Market, order: Order, mark: Price): Qty {
  const left = qty(order.qty - order.filled);
  const room = withinLimit(market, mark, order.side, order.limit);
  const size = min(left, room);
  const { chance, execution } = world.rules;
  const at = world.state.at;
  if (uniform(chance, "partial", order.name, at) >= execution.partialChance) return size;
  const part = BigInt(between(300, 900, chance, "part", order.name, at));
  const some = wholeLots((size * part) / 1_000n, market);
  const rest = notional(mark, qty(left - some), "down");
  return some <= 0n || rest < 2n * market.minNotional ? size : some;
}

function carryOut(world: World, market: Market, order: Order): void {
  const mark = markOf(world.state, market);
  const size = available(world, market, order, mark);
  if (size > 0n) {
    const { chance, execution } = world.rules;
    const split = uniform(chance, "split", order.name, world.state.at) < execution.splitChance;
    const first = split ? wholeLots(size / 2n, market) : 0n;
    let taken = 0n;
    for (const part of [first, size - first]) {
      if (part <= 0n) continue;
      const average = averagePrice(market, mark, order.side, qty(part), taken);
      const past = order.side === "buy" ? average > order.limit : average < order.limit;
      const at = past ? order.limit : average;
      trade(world, market, { name: order.name, side: order.side }, qty(part), at);
      taken += notional(mark, qty(part), "down");
    }
    order.filled = qty(order.filled + size);
  }
  if (order.filled === order.qty) done(world, order, "filled");
  else if (order.tif === "ioc") done(world, order, "cancelled");
}

/** Carries out every order whose latency has passed, in the order in which they came. */
export function stepOrders(world: World): void {
  for (const order of [...world.state.orders.values()]) {
    const market = world.rules.markets.get(order.market);
    if (market !== undefined && order.activeAt <= world.state.at) carryOut(world, market, order);
  }
}
