/** Proves a small plan optimal, or finds the better one: branch and bound over whole lots. */
import { at, freedBy } from "./book.ts";
import { type Choice, choose, costOf, counted } from "./choice.ts";
import { impactCost } from "./impact.ts";
import type { Relaxed } from "./relax.ts";
import { leastOf } from "./relax-market.ts";
import { noMoreThanOneLotOver, type Task } from "./search.ts";

/** Counts of lots that may be looked at for each node of the budget, most of them for nothing. */
const LOOKS = 16;

interface Node {
  readonly order: Int32Array;
  /** Whether a level is the last one of its market. */
  readonly closes: boolean[];
  /** Least that the levels from here on can add to the bound. */
  readonly least: Float64Array;
  /** Most that the levels from here on can free, in millionths. */
  readonly most: Float64Array;
  readonly gains: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
}

function reachOf(task: Task, base: Choice): { low: Float64Array; high: Float64Array } {
  const { book } = task;
  const low = base.net.slice();
  const high = base.net.slice();
  for (const i of task.open) {
    const m = at(book.market, i);
    const most = at(book.value, i) * at(book.span, i);
    if (at(book.sign, i) > 0) high[m] = at(high, m) + most;
    else low[m] = at(low, m) - most;
  }
  book.markets.forEach((_, m) => {
    const pace = at(book.pace, m);
    low[m] = Math.max(at(low, m), Math.min(-pace, at(base.net, m)));
    high[m] = Math.min(at(high, m), Math.max(pace, at(base.net, m)));
  });
  return { low, high };
}

/**
 * Markets one after the other, the heaviest positions first, so that a market's true cost is soon
 * known.
 */
function levels(task: Task, base: Choice, relaxed: Relaxed): Node {
  const { book } = task;
  const weight = (i: number): number => Math.abs(at(relaxed.reduced, i)) * at(book.span, i);
  const order = Int32Array.from(
    [...task.open].sort(
      (a, b) => at(book.market, a) - at(book.market, b) || weight(b) - weight(a) || a - b,
    ),
  );
  const n = order.length;
  const closes: boolean[] = [];
  const least = new Float64Array(n + 1);
  const most = new Float64Array(n + 1);
  const { low, high } = reachOf(task, base);
  const gains = new Float64Array(book.markets.length);
  book.markets.forEach((_, m) => {
    gains[m] = leastOf(book, m, at(relaxed.slopes, m), at(low, m), at(high, m)).value;
  });
  for (let level = n - 1; level >= 0; level--) {
    const i = at(order, level);
    closes[level] = level === n - 1 || book.market[i] !== book.market[at(order, level + 1)];
    least[level] = at(least, level + 1) + Math.min(0, at(relaxed.reduced, i)) * at(book.span, i);
    most[level] = at(most, level + 1) + freedBy(book, i, at(book.cap, i));
  }
  return { order, closes, least, most, gains, low, high };
}

/** What a market really costs when `sent` goes into it, beyond its share of the bound. */
function gapOf(
  task: Task,
  base: Choice,
  relaxed: Relaxed,
  node: Node,
  m: number,
  sent: number,
): number {
  const { book } = task;
  const market = book.markets[m];
  if (market === undefined) return 0;
  if (Math.abs(sent) > Math.max(at(book.pace, m), Math.abs(at(base.net, m))) * (1 + 1e-12)) {
    return Number.POSITIVE_INFINITY;
  }
  const paid = impactCost(market, sent, at(book.held, m));
  return paid - at(relaxed.slopes, m) * sent - at(node.gains, m);
}

/**
 * Searches all choices of lots of the open tier whose bound is below the cost of `start`.
 *
 * Returns the cheapest choice, and whether the search ended within `budget` nodes, in which case
 * that choice is optimal among those that restore the target and are no more than one lot over.
 */
export function branch(
  task: Task,
  base: Choice,
  relaxed: Relaxed,
  start: Choice,
  budget: number,
): { readonly choice: Choice; readonly proven: boolean } {
  const { book, need } = task;
  const node = levels(task, base, relaxed);
  const lots = base.lots.slice();
  const net = base.net.slice();
  let best = start;
  let bestCost = costOf(start);
  let nodes = 0;
  // Where lots are fine, what may not be gone into is counted in millions: looking is budgeted too.
  let looks = budget * LOOKS;
  const signed = [...task.open].some((i) => at(book.linear, i) < 0);

  const leaf = (): void => {
    const choice = choose(book, lots.slice());
    const cost = costOf(choice);
    if (cost >= bestCost || counted(book, choice.freed, cost) < need) return;
    if (!noMoreThanOneLotOver(task, choice)) return;
    best = choice;
    bestCost = cost;
  };

  const visit = (level: number, sum: number, freed: number): void => {
    if (nodes >= budget) return;
    nodes += 1;
    if (level === node.order.length) {
      leaf();
      return;
    }
    const i = at(node.order, level);
    const m = at(book.market, i);
    const cap = at(book.cap, i);
    const rate = at(relaxed.reduced, i);
    const before = at(net, m);
    const most = at(node.most, level + 1);
    for (let step = 0; step <= cap; step++) {
      looks -= 1;
      if (looks < 0) break;
      const count = rate < 0 ? cap - step : step;
      const part = Math.min(count, at(book.span, i));
      const line = sum + rate * part;
      const rest = relaxed.constant + line + at(node.least, level + 1);
      if (rest * relaxed.scale >= bestCost * (1 - 1e-12)) break;
      const free = freed + freedBy(book, i, count);
      if (!signed && free + most < need) {
        if (rate < 0) break;
        continue;
      }
      lots[i] = count;
      net[m] = before + at(book.sign, i) * at(book.value, i) * part;
      const gap = node.closes[level] === true ? gapOf(task, base, relaxed, node, m, at(net, m)) : 0;
      if ((rest + gap) * relaxed.scale < bestCost * (1 - 1e-12)) visit(level + 1, line + gap, free);
      if (nodes >= budget) break;
    }
    lots[i] = at(base.lots, i);
    net[m] = before;
  };

  visit(0, 0, base.freed);
  return { choice: best, proven: nodes < budget && looks >= 0 };
}
