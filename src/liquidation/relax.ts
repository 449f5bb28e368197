/** Lower bound on the cost of any plan, and the fractional plan that comes with it: Lagrangian dual. */
import { at, type Book } from "./book.ts";
import type { Choice } from "./choice.ts";
import { impactConjugate, impactCost } from "./impact.ts";

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

interface Sides {
  readonly market: number;
  readonly members: Int32Array;
  /** USDC that all of each member sends, sells positive. */
  readonly sends: Float64Array;
  /** Slope up to which a long, and down to which a short, is worth closing; set for each price. */
  readonly turns: Float64Array;
}

/** Members of `open` by market, in order. */
function byMarket(book: Book, open: Int32Array): Sides[] {
  const lists = new Map<number, number[]>();
  for (const i of open) {
    const m = at(book.market, i);
    const list = lists.get(m);
    if (list === undefined) lists.set(m, [i]);
    else list.push(i);
  }
  return [...lists]
    .sort((a, b) => a[0] - b[0])
    .map(([market, list]) => ({
      market,
      members: Int32Array.from(list),
      sends: Float64Array.from(
        list,
        (i) => at(book.sign, i) * at(book.value, i) * at(book.span, i),
      ),
      turns: new Float64Array(list.length),
    }));
}

/** What the dual function needs again and again, once per tier. */
export interface RelaxTask {
  readonly book: Book;
  readonly base: Choice;
  readonly need: number;
  readonly sides: readonly Sides[];
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** Halvings of an interval of prices: to 2^-36 of it, which is finer than any estimate of impact. */
const HALVINGS = 36;

function reach(task: RelaxTask, side: Sides): void {
  const { book, base } = task;
  let low = at(base.net, side.market);
  let high = low;
  for (const i of side.members) {
    const most = at(book.value, i) * at(book.span, i);
    if (at(book.sign, i) > 0) high += most;
    else low -= most;
  }
  const pace = at(book.pace, side.market);
  const start = at(base.net, side.market);
  task.low[side.market] = Math.max(low, Math.min(-pace, start));
  task.high[side.market] = Math.min(high, Math.max(pace, start));
}

/** The net order of a market when each member closes that is worth more than the slope. */
function netAt(start: number, side: Sides, slope: number): number {
  const { sends, turns } = side;
  let net = start;
  for (let k = 0; k < sends.length; k++) {
    const sent = at(sends, k);
    if (sent > 0 ? slope < at(turns, k) : slope > at(turns, k)) net += sent;
  }
  return net;
}

/** What the market's cost wants to take at a slope. */
const taken = (task: RelaxTask, m: number, slope: number): number => {
  const market = task.book.markets[m];
  if (market === undefined) return 0;
  return impactConjugate(market, at(task.book.held, m), slope, at(task.low, m), at(task.high, m));
};

/** The least of cost - slope x net over what the market can take. */
export function leastOf(
  book: Book,
  m: number,
  slope: number,
  low: number,
  high: number,
): { readonly net: number; readonly value: number } {
  const market = book.markets[m];
  if (market === undefined) return { net: 0, value: 0 };
  const held = at(book.held, m);
  const net = impactConjugate(market, held, slope, low, high);
  return { net, value: impactCost(market, net, held) - slope * net };
}

/** The slope at which what members want to send is what the market's cost wants to take. */
function slopeFor(task: RelaxTask, side: Sides): { below: number; above: number } {
  let limit = 1e-12;
  for (const turn of side.turns) limit = Math.max(limit, Math.abs(turn));
  const start = at(task.base.net, side.market);
  let below = -limit;
  let above = limit;
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (below + above) / 2;
    if (taken(task, side.market, middle) < netAt(start, side, middle)) below = middle;
    else above = middle;
  }
  return { below, above };
}

/** Lots of one market at its slope: whole positions, and a part of those that sit on the slope. */
function fillSide(
  task: RelaxTask,
  side: Sides,
  range: { below: number; above: number },
  lots: Float64Array,
): void {
  const { book } = task;
  const middle = (range.below + range.above) / 2;
  const target = taken(task, side.market, middle);
  let net = at(task.base.net, side.market);
  const edge: number[] = [];
  side.members.forEach((i, k) => {
    const turn = at(side.turns, k);
    const sells = at(side.sends, k) > 0;
    const all = sells ? range.above < turn : range.below > turn;
    const none = sells ? range.below >= turn : range.above <= turn;
    lots[i] = all ? at(book.span, i) : 0;
    if (all) net += at(side.sends, k);
    else if (!none) edge.push(i);
  });
  for (const i of edge) {
    const wanted = (target - net) * at(book.sign, i);
    if (wanted <= 0) continue;
    const part = Math.min(wanted / at(book.value, i), at(book.span, i));
    lots[i] = part;
    net += at(book.sign, i) * at(book.value, i) * part;
  }
}

export interface DualPoint {
  readonly value: number;
  readonly constant: number;
  readonly scale: number;
  readonly slopes: Float64Array;
  readonly reduced: Float64Array;
  readonly lots: Float64Array;
  /** USDC that the fractional lots free. */
  readonly freed: number;
  /** USDC that the fractional lots cost. */
  readonly cost: number;
}

/** The dual at one price of margin: a bound for every price, and the lots that attain it. */
export function dualAt(task: RelaxTask, price: number): DualPoint {
  const { book, base } = task;
  const scale = 1 / (1 - price * book.share);
  const slopes = new Float64Array(book.markets.length);
  const reduced = new Float64Array(book.positions.length);
  const lots = new Float64Array(book.positions.length);
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
    const range = slopeFor(task, side);
    const slope = (range.below + range.above) / 2;
    slopes[side.market] = slope;
    fillSide(task, side, range, lots);
    const m = side.market;
    const least = leastOf(book, m, slope, at(task.low, m), at(task.high, m));
    constant += least.value + slope * at(base.net, side.market);
    untouched -= at(base.paid, side.market);
    side.members.forEach((i, k) => {
      const rest = at(book.value, i) * at(book.sign, i) * (slope - at(side.turns, k));
      reduced[i] = rest;
      if (rest < 0) sum += rest * at(book.span, i);
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

export function relaxTask(book: Book, base: Choice, open: Int32Array, need: number): RelaxTask {
  const task = {
    book,
    base,
    need,
    sides: byMarket(book, open),
    low: new Float64Array(book.markets.length),
    high: new Float64Array(book.markets.length),
  };
  for (const side of task.sides) reach(task, side);
  return task;
}

/**
 * The best bound over all prices of margin, and the fractional plans on both sides of the need.
 *
 * Formula: cost(x) >= scale (sum over markets of min over N of [f(N) - slope N] + sum over positions
 *          of span min(0, reduced) + price need) for any price in [0, 1/share) and any slopes, by weak
 *          duality; the bisections only look for good ones, so the bound holds for non-convex markets too.
 * Units:   USDC; `need` in millionths beyond nothing, of which `base` has freed a part.
 */
export function relax(book: Book, base: Choice, open: Int32Array, need: number): Relaxed {
  const task = relaxTask(book, base, open, need);
  const wanted = need / 1e6;
  const meets = (point: DualPoint): boolean =>
    point.freed - book.share * Math.max(0, point.cost) >= wanted;
  const top = book.share > 0 ? (1 - 1e-9) / book.share : 1e9;
  let below = 0;
  let above = Math.min(1e-4, top);
  let low = dualAt(task, 0);
  let high = dualAt(task, above);
  while (!meets(high) && above < top) {
    below = above;
    low = high;
    above = Math.min(above * 8, top);
    high = dualAt(task, above);
  }
  for (let step = 0; step < HALVINGS && above - below > 1e-7 * above; step++) {
    const middle = (below + above) / 2;
    const point = dualAt(task, middle);
    if (meets(point)) {
      above = middle;
      high = point;
    } else {
      below = middle;
      low = point;
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
