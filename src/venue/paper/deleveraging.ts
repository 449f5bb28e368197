/** Auto-deleveraging: who on the other side is closed against a bankrupt, in which order, at which price. */
import { byLots, byParts } from "../../core/lots.ts";
import {
  abs,
  type Micro,
  max,
  micro,
  notional,
  type Price,
  price,
  priceOf,
  type Qty,
  qty,
} from "../../core/money.ts";
import { ppm, ratio } from "../../core/ppm.ts";
import type { Side } from "../../protocol/words.ts";
import { goHome, seatEquity } from "./crowd.ts";
import { gainAt } from "./house.ts";
import type { Position, Seat } from "./house-state.ts";
import { ownEquity } from "./margin.ts";
import { bookOwn, bookTrade, makersTake } from "./trades.ts";
import { type Market, report, type World } from "./world.ts";

const MILLION = 1_000_000n;

/** An account in the queue of one side. `seat` is absent for ours. */
export interface Queued {
  readonly seat: Seat | undefined;
  readonly size: Qty;
  readonly gain: bigint;
  readonly score: bigint;
}

/**
 * Profit share times effective leverage where in profit, profit share over leverage where not.
 *
 * Units:    profit over cost and value over equity in ppm, multiplied: 1e-12. Rounding: towards zero.
 * Source:   the queue of the large venues; `adlScore` of the liquidation room in floats.
 */
export function scoreOf(position: Position, mark: Price, equity: bigint): bigint {
  const cost = max(abs(position.cost as bigint), 1n);
  const profit = (gainAt(position, mark) * MILLION) / cost;
  const value = notional(mark, abs(position.qty), "down");
  const leverage = max((value * MILLION) / max(equity, 1n), 1n);
  return profit > 0n ? profit * leverage : (profit * MILLION * MILLION) / leverage;
}

/** Everybody who holds one side of a market, the first to be taken first; the crowd before us in a tie. */
export function queueOf(world: World, market: Market, mark: Price, long: boolean): Queued[] {
  const { state, rules } = world;
  const queue: Queued[] = [];
  const add = (seat: Seat | undefined, position: Position, equity: bigint): void => {
    if (position.qty === 0n || position.qty > 0n !== long) return;
    const score = scoreOf(position, mark, equity);
    queue.push({ seat, size: qty(abs(position.qty)), gain: gainAt(position, mark), score });
  };
  for (const seat of state.house?.seats ?? []) {
    if (seat.market === market.market) add(seat, seat.position, seatEquity(seat, mark));
  }
  const own = state.positions.get(market.market);
  if (own !== undefined) add(undefined, own, ownEquity(rules, state));
  return queue.sort((a, b) => (a.score !== b.score ? (a.score > b.score ? -1 : 1) : 0));
}

/** How much each of a queue is closed by; the same order as the queue. */
export function allotted(
  rule: "queue" | "pro-rata",
  queue: readonly Pick<Queued, "size" | "gain">[],
  wanted: Qty,
  lot: Qty,
): readonly Qty[] {
  let left: bigint = wanted;
  if (rule === "queue") {
    return queue.map(({ size }) => {
      const part = left < size ? left : size;
      left -= part;
      return qty(part);
    });
  }
  // Who is in profit first, in proportion to size and no more than that; then the others likewise.
  const winners = queue.map(({ size, gain }) => (gain > 0n ? size : qty(0n)));
  const first = byLots(wanted, winners, lot);
  for (const part of first) left -= part;
  const others = queue.map(({ size, gain }) => (gain > 0n ? qty(0n) : size));
  const second = byLots(qty(left), others, lot);
  return first.map((part, i) => qty(part + (second[i] ?? 0n)));
}

/**
 * Closes `size` of a bankrupt against the other side for `value`, at which nothing of it is left. What
 * the other side does not hold the makers take.
 *
 * Who would itself be bankrupt at that price is passed over.
 */
export function deleverage(
  world: World,
  market: Market,
  mark: Price,
  bankrupt: { readonly side: Side; readonly size: Qty; readonly value: Micro },
): void {
  const { rules, state } = world;
  const { house } = state;
  if (house === undefined || rules.house === undefined) return;
  const { side, size, value } = bankrupt;
  const at = priceFor(value, size);
  // The bankrupt sells what it was long of: shorts buy it.
  const queue = queueOf(world, market, mark, side === "buy").filter(
    ({ seat }) => seat === undefined || seatEquity(seat, at) >= 0n,
  );
  const sizes = allotted(rules.house.rule, queue, size, market.lot);
  const known = sizes.reduce((sum, part) => sum + part, 0n);
  const rest = qty(size - known);
  const values = byParts(value, [...sizes, rest]);
  const taking: Side = side === "buy" ? "sell" : "buy";
  house.deleveragings += 1;
  for (const [i, { seat }] of queue.entries()) {
    const part = sizes[i] ?? qty(0n);
    if (part === 0n) continue;
    const worth = values[i] ?? micro(0n);
    if (seat === undefined)
      takeOwn(world, market, mark, { side: taking, size: part, value: worth });
    else {
      seat.cash += bookTrade(seat.position, taking, part, worth);
      if (seat.position.qty === 0n) goHome(rules, house, seat, state.at);
    }
  }
  if (rest > 0n) makersTake(house, market.market, side, rest, values.at(-1) ?? micro(0n));
}

/** A price for a value: at least the smallest there is. */
export function priceFor(value: Micro, size: Qty): Price {
  const at = priceOf(value, size, "down");
  return at > 0n ? at : price(1n);
}

/** Books what was taken of us, and reports it under a name of its own. */
export function takeOwn(
  world: World,
  market: Market,
  mark: Price,
  { side, size, value }: { readonly side: Side; readonly size: Qty; readonly value: Micro },
): void {
  bookOwn(world, market, side, size, value);
  report(world, {
    type: "autoDeleveraged",
    name: `adl-${market.market}-${world.state.house?.deleveragings ?? 0}`,
    market: market.market,
    ...{ side, qty: size, price: priceFor(value, size), notional: value, mark },
  });
}

/** How much of a side, in ppm of it, is taken before us, and the lights that screens show for it. */
function rankIn(world: World, market: Market, mark: Price, position: Qty) {
  if (position === 0n) return { lights: 0, ahead: ppm(0) };
  const queue = queueOf(world, market, mark, position > 0n);
  const own = queue.find(({ seat }) => seat === undefined);
  let before = 0n;
  let side = 0n;
  for (const { size, score } of queue) {
    side += size;
    if (own !== undefined && score > own.score) before += size;
  }
  const ahead = ratio(before, side, "floor") ?? ppm(0);
  return { lights: 5 - Math.min(4, Math.floor(ahead / 200_000)), ahead };
}

/** Tells our place in the queue of each market where it or the position has changed. */
export function tellRanks(world: World, marks: ReadonlyMap<Market, Price>): void {
  const { house, positions } = world.state;
  if (house === undefined) return;
  for (const [market, mark] of marks) {
    const position = positions.get(market.market)?.qty ?? qty(0n);
    const before = house.told.get(market.market);
    if (position === 0n && (before === undefined || before.startsWith("0/"))) continue;
    const { lights, ahead } = rankIn(world, market, mark, position);
    const now = `${lights}/${position}`;
    if (now === before) continue;
    house.told.set(market.market, now);
    report(world, { type: "adlRank", market: market.market, position, lights, ahead });
  }
}
