/** One trade: its price by depth and impact, and what it does to position, cash and fee. */
import { type MarketId, USDC } from "../../core/ids.ts";
import {
  divide,
  type Micro,
  min,
  mulDiv,
  notional,
  type Price,
  type Qty,
  qty,
  qtyFor,
} from "../../core/money.ts";
import { share } from "../../core/ppm.ts";
import type { EffectName } from "../../protocol/effects.ts";
import { type Side, signOf } from "../../protocol/words.ts";
import type { HouseState, Position } from "./house-state.ts";
import { impactNano, leaveImpact, moved, notionalFor } from "./marks.ts";
import { flow, type Market, report, type State, type World } from "./world.ts";

const NANO = 1_000_000_000n;

/** A quantity cut to whole lots. */
export const wholeLots = (size: bigint, market: Market): Qty => qty(size - (size % market.lot));

/**
 * How much of an order the book holds within its limit.
 *
 * The marginal price after a notional x is mark (1 + s (halfSpread + x / depth)), s = +1 for a buy
 * and
 * -1 for a sell. Rounding: down to whole lots.
 */
export function withinLimit(market: Market, mark: Price, side: Side, limit: Price): Qty {
  const distance = divide((limit - mark) * NANO * signOf(side), mark, "floor");
  const room = distance - market.halfSpreadNano;
  if (room <= 0n) return qty(0n);
  return wholeLots(qtyFor(notionalFor(market, room), mark, "down"), market);
}

/**
 * The average price of a quantity taken after `taken` micro USDC of the same order.
 *
 * Rounding: to the tick, against the taker, yet never past the limit (which lies on a tick).
 */
export function averagePrice(
  market: Market,
  mark: Price,
  side: Side,
  size: Qty,
  taken: bigint,
): Price {
  const value = notional(mark, size, "down");
  const nano = market.halfSpreadNano + impactNano(market, taken + taken + value) / 2n;
  const rounding = side === "buy" ? "ceil" : "floor";
  const exact = moved(mark, nano * signOf(side), rounding);
  const ticks = divide(exact, market.tick, rounding);
  return ((ticks > 0n ? ticks : 1n) * market.tick) as Price;
}

/**
 * Books a trade into the net position.
 *
 * What opens adds its signed notional to cost. What closes takes a share of cost with it, rounded
 * towards zero, and the difference between its notional and that share is cash. So cash always
 * changes by (change of cost) - (signed notional): nothing is made or lost by rounding. A position
 * that ends takes its whole cost with it; a trade through zero is a close and an open, its notional
 * parted by quantity, rounded down for the closing part.
 *
 * Sign: the result is the cash, positive for a gain.
 */
export function bookTrade(position: Position, side: Side, size: Qty, value: Micro): Micro {
  const sign = signOf(side);
  const held = position.qty;
  const against = held !== 0n && held > 0n !== sign > 0n;
  if (!against) {
    position.qty = qty(held + sign * size);
    position.cost = (position.cost + sign * value) as Micro;
    return 0n as Micro;
  }
  const open = held > 0n ? held : -held;
  const closing = min(size, qty(open));
  const closingValue = closing === size ? value : mulDiv(value, closing, size, "down");
  const removed = mulDiv(position.cost, closing, open, "down");
  position.qty = qty(held + sign * size);
  position.cost = (position.cost - removed + sign * (value - closingValue)) as Micro;
  return (-sign * closingValue - removed) as Micro;
}

function positionOf(state: State, market: Market): Position {
  const known = state.positions.get(market.market);
  if (known !== undefined) return known;
  const made: Position = { qty: qty(0n), cost: 0n as Micro };
  state.positions.set(market.market, made);
  return made;
}

/** A trade of ours, without its fee: position, cash and turnover. */
export function bookOwn(world: World, market: Market, side: Side, size: Qty, value: Micro): void {
  const { state } = world;
  flow(state, USDC, "trading", bookTrade(positionOf(state, market), side, size, value));
  if (side === "buy") state.turnover.bought += value;
  else state.turnover.sold += value;
}

/** The makers take the other side of what somebody trades at the market, for the same value. */
export function makersTake(
  house: HouseState,
  market: MarketId,
  side: Side,
  size: Qty,
  value: Micro,
): void {
  const held = house.makers.get(market) ?? { qty: qty(0n), cost: 0n as Micro };
  house.makers.set(market, held);
  house.makersCash += bookTrade(held, side === "buy" ? "sell" : "buy", size, value);
}

/** Who traded: an order, or a stop under the name of the effect that set it. */
export interface Trader {
  readonly name: EffectName;
  readonly side: Side;
  readonly stop?: { readonly slot: string; readonly version: number };
}

/** Trades at a price: books it, takes the fee, moves the market, reports the fill. */
export function trade(world: World, market: Market, by: Trader, size: Qty, at: Price): void {
  const { state } = world;
  const value = notional(at, size, by.side === "buy" ? "up" : "down");
  const fee = share(value, market.takerFee, "up");
  bookOwn(world, market, by.side, size, value);
  flow(state, USDC, "fees", -fee);
  if (state.house !== undefined) {
    makersTake(state.house, market.market, by.side, size, value);
    state.house.income += fee;
  }
  leaveImpact(state, market, by.side, value);
  state.trades += 1;
  report(world, {
    type: "fill",
    trade: `t${state.trades}`,
    order: by.name,
    ...(by.stop === undefined ? {} : { stop: by.stop }),
    market: market.market,
    side: by.side,
    qty: size,
    price: at,
    notional: value,
    fee,
  });
}
