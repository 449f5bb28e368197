/**
 * Lower bound on the cost of any plan, and the fractional plan that comes with it: Lagrangian dual.
 */
import { at, type Book } from "./book.ts";
import type { Choice } from "./choice.ts";
import {
  fillSide,
  HALVINGS,
  leastOf,
  type RelaxTask,
  relaxTask,
  slopeFor,
} from "./relax-market.ts";

/** What the dual says about one tier, given what the tiers before it close. */
export interface Relaxed {
  /** USDC: no choice of lots of this tier that meets the need costs less, in total. */
  readonly bound: number;
  /** Price of margin: USDC of cost per USDC freed at which the plan stops. */
  readonly price: number;
  /** Price of each market: USDC of cost per USDC sent. */
  readonly slopes: Float64Array;
  /** Cost less worth of one lot at these prices, per position; far below zero: surely closed. */
  readonly reduced: Float64Array;
  /** Fractional lots just short of the need, and just beyond it. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Bound on a choice = constant + sum of reduced x lots + gaps of the markets, times scale. */
  readonly constant: number;
  readonly scale: number;
}
/**
 * Columns of one dual point; kept by the caller, for dozens of points are asked and three are kept.
 */
interface Room {
  readonly slopes: Float64Array;
  readonly reduced: Float64Array;
  readonly lots: Float64Array;
}

const roomFor = (book: Book): Room => ({
  slopes: new Float64Array(book.markets.length),
  reduced: new Float64Array(book.positions.length),
  lots: new Float64Array(book.positions.length),
});

interface DualPoint extends Room {
  readonly value: number;
  readonly constant: number;
  readonly scale: number;
  /** USDC that the fractional lots free. */
  readonly freed: number;
  /** USDC that the fractional lots cost. */
  readonly cost: number;
}

/** The dual at one price of margin: a bound for every price, and the lots that attain it. */
function dualAt(task: RelaxTask, price: number, room: Room): DualPoint {
  const { book, base } = task;
  const scale = 1 / (1 - price * book.share);
  const { slopes, reduced, lots } = room;
  let untouched = 0;
  book.markets.forEach((_, m) => {
    untouched += at(base.paid, m);
  });
  let constant = base.linear + price * (task.need / 1e6) - price * (base.freed / 1e6);
  let sum = 0;
  let freed = 0;
  let cost = base.linear;
  for (const side of task.sides) {
    side.members.forEach((i, k) => {
      const worth = (price * at(book.margin, i) - at(book.linear, i)) / at(book.value, i);
      side.turns[k] = at(book.sign, i) * worth;
    });
    const slope = slopeFor(task, side);
    slopes[side.market] = slope;
    fillSide(task, side, slope, lots);
    const m = side.market;
    const least = leastOf(book, m, slope, at(task.low, m), at(task.high, m));
    constant += least.value + slope * at(base.net, side.market);
    untouched -= at(base.paid, side.market);
    side.members.forEach((i, k) => {
      const rest = at(book.sign, i) * at(book.value, i) * (slope - at(side.turns, k));
      reduced[i] = rest;
      sum += Math.min(0, rest) * at(book.span, i);
      freed += at(book.margin, i) * at(lots, i);
      cost += at(book.linear, i) * at(lots, i);
    });
    cost += least.value + slope * least.net;
  }
  constant += untouched;
  return {
    value: (constant + sum) * scale,
    constant,
    scale,
    slopes,
    reduced,
    lots,
    freed: freed + base.freed / 1e6,
    cost: cost + untouched,
  };
}
/**
 * The best bound over all prices of margin, and the fractional plans on both sides of the need.
 *
 * Formula: cost(x) >= scale (sum over markets of min over N of [f(N) - slope N] + sum over
 *          positions of span min(0, reduced) + price need) for any price in [0, 1/share) and any
 *          slopes, by weak duality; the bisections only look for good ones, so the bound holds for
 *          non-convex markets too.
 * Units:   USDC; `need` in millionths beyond nothing, of which `base` has freed a part.
 */
export function relax(book: Book, base: Choice, open: Int32Array, need: number): Relaxed {
  const task = relaxTask(book, base, open, need);
  const wanted = need / 1e6;
  const meets = (point: DualPoint): boolean => point.freed - book.share * point.cost >= wanted;
  const top = book.share > 0 ? (1 - 1e-9) / book.share : 1e9;
  let below = 0;
  let above = 1e-4;
  let low = dualAt(task, 0, roomFor(book));
  let high = dualAt(task, above, roomFor(book));
  let spare = roomFor(book);
  while (!meets(high) && above < top) {
    below = above;
    [spare, low] = [low, high];
    above = Math.min(above * 8, top);
    high = dualAt(task, above, spare);
  }
  spare = roomFor(book);
  for (let step = 0; step < HALVINGS && above - below > 1e-7 * above; step++) {
    const middle = (below + above) / 2;
    const point = dualAt(task, middle, spare);
    if (meets(point)) {
      above = middle;
      [spare, high] = [high, point];
    } else {
      below = middle;
      [spare, low] = [low, point];
    }
  }
  const best = low.value > high.value ? low : high;
  return {
    bound: best.value,
    price: best === low ? below : above,
    slopes: best.slopes,
    reduced: best.reduced,
    low: low.lots,
    high: high.lots,
    constant: best.constant,
    scale: best.scale,
  };
}
