/**
 * One market of the dual: the slope at which its members want to send what its cost wants to take.
 */
import { must } from "../core/assert.ts";
import { at, type Book } from "./book.ts";
import type { Choice } from "./choice.ts";
import { impactConjugate, impactCost, impactSlope, isConvex, type MarketImpact } from "./impact.ts";

export interface Sides {
  readonly market: number;
  readonly members: Int32Array;
  /** USDC that all of each member sends, sells positive. */
  readonly sends: Float64Array;
  /** Slope up to which a long, and down to which a short, is worth closing; set for each price. */
  readonly turns: Float64Array;
  /** Scratch: members that a search for the slope has not decided yet. */
  readonly open: Int32Array;
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
      open: new Int32Array(list.length),
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

/**
 * Halvings of an interval of prices: to 2^-36 of it, which is finer than any estimate of impact.
 */
export const HALVINGS = 36;

function reach(task: RelaxTask, side: Sides): void {
  const { book, base } = task;
  let low = at(base.net, side.market);
  let high = low;
  for (const sent of side.sends) {
    high += Math.max(0, sent);
    low += Math.min(0, sent);
  }
  const pace = at(book.pace, side.market);
  const start = at(base.net, side.market);
  task.low[side.market] = Math.max(low, Math.min(-pace, start));
  task.high[side.market] = Math.min(high, Math.max(pace, start));
}

const marketOf = (book: Book, m: number): MarketImpact =>
  must(book.markets[m], "a market has a place in the book");

/** What the market's cost wants to take at a slope. */
const taken = ({ book, low, high }: RelaxTask, m: number, slope: number): number =>
  impactConjugate(marketOf(book, m), at(book.held, m), slope, at(low, m), at(high, m));

/** The least of cost - slope x net over what the market can take. */
export function leastOf(
  book: Book,
  m: number,
  slope: number,
  low: number,
  high: number,
): { readonly net: number; readonly value: number } {
  const market = marketOf(book, m);
  const held = at(book.held, m);
  const net = impactConjugate(market, held, slope, low, high);
  return { net, value: impactCost(market, net, held) - slope * net };
}

/** Whether a member that sends so much is worth closing: a long below its turn, a short above it. */
const wants = (sent: number, turn: number, slope: number): boolean => sent * (turn - slope) > 0;

/** The net order at a slope, of what is decided already and of the members that are still open. */
function netAt(
  decided: number,
  side: Sides,
  open: Int32Array,
  count: number,
  slope: number,
): number {
  const { sends, turns } = side;
  let net = decided;
  for (let place = 0; place < count; place++) {
    const k = at(open, place);
    const sent = at(sends, k);
    if (wants(sent, at(turns, k), slope)) net += sent;
  }
  return net;
}

/**
 * The slope at which what members want to send is what the market's cost wants to take.
 *
 * Each round asks at the turn of one open member and decides all members on the other side of the
 * answer, so that the work is a few passes over the members; between two turns only the market's
 * cost varies.
 */
export function slopeFor(task: RelaxTask, side: Sides): number {
  const { sends, turns, open } = side;
  let limit = 1e-12;
  for (const turn of turns) limit = Math.max(limit, Math.abs(turn));
  let below = -limit;
  let above = limit;
  let net = at(task.base.net, side.market);
  let count = turns.length;
  turns.forEach((_, k) => {
    open[k] = k;
  });
  while (count > 0) {
    const pivot = at(turns, at(open, count >> 1));
    const rises = taken(task, side.market, pivot) < netAt(net, side, open, count, pivot);
    if (rises) below = pivot;
    else above = pivot;
    let left = 0;
    for (let place = 0; place < count; place++) {
      const k = at(open, place);
      const turn = at(turns, k);
      if (rises ? turn > pivot : turn < pivot) {
        open[left] = k;
        left += 1;
      } else {
        net += rises ? Math.min(0, at(sends, k)) : Math.max(0, at(sends, k));
      }
    }
    count = left;
  }
  return between(task, side.market, net, below, above);
}

/**
 * The slope between two turns at which the market's cost wants to take `net`, or the end nearest to
 * it.
 */
function between(task: RelaxTask, m: number, net: number, below: number, above: number): number {
  const market = marketOf(task.book, m);
  if (net > at(task.high, m)) return above;
  if (net < at(task.low, m)) return below;
  if (isConvex(market)) return impactSlope(market, at(task.book.held, m), net, below, above);
  let [low, high] = [below, above];
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    if (taken(task, m, middle) < net) low = middle;
    else high = middle;
  }
  // On a turn exactly, where a member may close in part.
  return low === below ? below : high === above ? above : (low + high) / 2;
}

/** Lots of one market at its slope: whole positions, and a part of those that sit on the slope. */
export function fillSide(task: RelaxTask, side: Sides, slope: number, lots: Float64Array): void {
  const { book } = task;
  const target = taken(task, side.market, slope);
  let net = at(task.base.net, side.market);
  const edge: number[] = [];
  side.members.forEach((i, k) => {
    const turn = at(side.turns, k);
    const all = wants(at(side.sends, k), turn, slope);
    lots[i] = all ? at(book.span, i) : 0;
    if (all) net += at(side.sends, k);
    else if (slope === turn) edge.push(i);
  });
  for (const i of edge) {
    const sent = at(book.sign, i) * at(book.value, i);
    const part = Math.max(0, Math.min((target - net) / sent, at(book.span, i)));
    lots[i] = part;
    net += sent * part;
  }
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
