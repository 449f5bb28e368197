/** Proves a small plan optimal, or finds the better one: branch and bound over whole lots. */
import { at, freedBy, inSpan } from "./book.ts";
import { type Choice, choose, costOf, counted } from "./choice.ts";
import { impactCost } from "./impact.ts";
import type { Relaxed } from "./relax.ts";
import { leastOf, relaxTask } from "./relax-market.ts";
import { noMoreThanOneLotOver, type Task } from "./search.ts";

/** Counts of lots that may be looked at for each node of the budget, most of them for nothing. */
const LOOKS = 16;

/** What a market really costs when so much goes into it, beyond its share of the bound. */
type Gap = (sent: number) => number;

interface Levels {
  readonly order: readonly number[];
  /** At the last level of each market: from there on its true cost is known. */
  readonly gaps: readonly (Gap | undefined)[];
  /** Least that the levels from here on can add to the bound. */
  readonly least: readonly number[];
  /** Most that the levels from here on can free, in millionths. */
  readonly most: readonly number[];
}

/**
 * Markets one after the other, the heaviest positions first, so that a market's true cost is soon
 * known.
 */
function levelsOf(task: Task, base: Choice, relaxed: Relaxed): Levels {
  const { book } = task;
  const { sides, low, high } = relaxTask(book, base, task.open, task.need);
  const weight = (i: number): number => Math.abs(at(relaxed.reduced, i)) * at(book.span, i);
  const order = sides.flatMap(({ members }) => [...members].sort((a, b) => weight(b) - weight(a)));
  const gapOf = book.markets.map((market, m): Gap => {
    const slope = at(relaxed.slopes, m);
    const gain = leastOf(book, m, slope, at(low, m), at(high, m)).value;
    const pace = Math.max(at(book.pace, m), Math.abs(at(base.net, m))) * (1 + 1e-12);
    return (sent) =>
      Math.abs(sent) > pace
        ? Number.POSITIVE_INFINITY
        : impactCost(market, sent, at(book.held, m)) - slope * sent - gain;
  });
  const gaps = order.map((i, level) => {
    const m = at(book.market, i);
    const next = order[level + 1];
    return next === undefined || book.market[next] !== m ? gapOf[m] : undefined;
  });
  const least = [0];
  const most = [0];
  for (const i of [...order].reverse()) {
    least.unshift(at(least, 0) + Math.min(0, at(relaxed.reduced, i)) * at(book.span, i));
    most.unshift(at(most, 0) + freedBy(book, i, at(book.cap, i)));
  }
  return { order, gaps, least, most };
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
  const { order, gaps, least, most } = levelsOf(task, base, relaxed);
  const lots = base.lots.slice();
  const net = base.net.slice();
  let best = start;
  let bestCost = costOf(start);
  let nodes = 0;
  // Where lots are fine, what may not be gone into is counted in millions: looking is budgeted too.
  let looks = budget * LOOKS;
  const spent = (): boolean => nodes >= budget || looks < 0;
  const mayPay = (bound: number): boolean => bound * relaxed.scale < bestCost * (1 - 1e-12);
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
    nodes += 1;
    const i = order[level];
    if (i === undefined) {
      leaf();
      return;
    }
    const m = at(book.market, i);
    const cap = at(book.cap, i);
    const rate = at(relaxed.reduced, i);
    const before = at(net, m);
    for (let step = 0; step <= cap; step++) {
      looks -= 1;
      if (spent()) break;
      const count = rate < 0 ? cap - step : step;
      const part = inSpan(book, i, count);
      const line = sum + rate * part;
      const rest = relaxed.constant + line + at(least, level + 1);
      if (!mayPay(rest)) break;
      const free = freed + freedBy(book, i, count);
      if (!signed && free + at(most, level + 1) < need) {
        if (rate < 0) break;
        continue;
      }
      lots[i] = count;
      net[m] = before + at(book.sign, i) * at(book.value, i) * part;
      const gap = gaps[level]?.(at(net, m)) ?? 0;
      if (mayPay(rest + gap)) visit(level + 1, line + gap, free);
    }
    net[m] = before;
  };

  visit(0, 0, base.freed);
  return { choice: best, proven: !spent() };
}
