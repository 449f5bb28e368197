/**
 * Whole lots near a fractional plan: fill up to the need, take back what is over, exchange lots.
 */
import { at, type Book, freedBy } from "./book.ts";
import { addedIf, type Choice, copyChoice, costOf, counted, inPace, setLots } from "./choice.ts";

/** USDC below which two costs are the same: far less than a millionth, far more than rounding. */
const NOISE = 1e-9;

/** One tier to be solved: the positions that are open, and the millionths that must be freed. */
export interface Task {
  readonly book: Book;
  readonly open: Int32Array;
  readonly need: number;
}

/** Millionths still missing; at most zero when the target is restored. */
export const missing = (task: Task, choice: Choice): number =>
  task.need - counted(task.book, choice.freed, costOf(choice));

/** Millionths that would count if `i` closed `lots` lots. */
export function countedIf(task: Task, choice: Choice, i: number, lots: number): number {
  const { book } = task;
  const freed = choice.freed + freedBy(book, i, lots) - freedBy(book, i, at(choice.lots, i));
  const cost = book.share === 0 ? 0 : costOf(choice) + addedIf(book, choice, i, lots);
  return counted(book, freed, cost);
}

/** Fewest lots of `i` that restore the target, or its largest number where none does. */
export function enough(task: Task, choice: Choice, i: number): number {
  const cap = at(task.book.cap, i);
  const now = at(choice.lots, i);
  if (countedIf(task, choice, i, cap) < task.need) return cap;
  let none = now;
  let some = cap;
  const short = Math.max(0, missing(task, choice)) / 1e6;
  const guess = now + Math.ceil(short / Math.max(at(task.book.margin, i), 1e-12));
  if (guess > none && guess < some) {
    if (countedIf(task, choice, i, guess) >= task.need) some = guess;
    else none = guess;
    if (some === guess && guess - 1 > none && countedIf(task, choice, i, guess - 1) < task.need) {
      return guess;
    }
  }
  while (some - none > 1) {
    const middle = Math.floor((none + some) / 2);
    if (countedIf(task, choice, i, middle) >= task.need) some = middle;
    else none = middle;
  }
  return some;
}

/** Most lots of `i` that the pace of its market leaves room for. */
export function room(book: Book, choice: Choice, i: number): number {
  const m = at(book.market, i);
  const limit = at(book.pace, m);
  const cap = at(book.cap, i);
  if (limit === Number.POSITIVE_INFINITY) return cap;
  const sent = at(book.sign, i) * at(choice.net, m);
  const free = Math.max(limit, sent) - sent;
  const now = at(choice.lots, i);
  const most = Math.min(cap, now + Math.floor(free / at(book.value, i) + 1e-9));
  return most > now && !inPace(book, choice, i, most) ? most - 1 : most;
}

interface Offer {
  i: number;
  lots: number;
  rate: number;
}

/** Better offers cost less per margin; equal ones go by size, then by id. */
const better = (rate: number, lots: number, best: Offer): boolean =>
  rate < best.rate || (rate === best.rate && lots > best.lots);

function offerOf(task: Task, choice: Choice, i: number, lots: number, best: Offer): void {
  const now = at(choice.lots, i);
  if (lots <= now || !inPace(task.book, choice, i, lots)) return;
  const gain = countedIf(task, choice, i, lots) - counted(task.book, choice.freed, costOf(choice));
  if (gain <= 0) return;
  const useful = Math.min(gain, missing(task, choice));
  const rate = addedIf(task.book, choice, i, lots) / useful;
  if (better(rate, lots - now, best)) {
    best.i = i;
    best.lots = lots;
    best.rate = rate;
  }
}

/**
 * Adds the cheapest lots per margin until the target is restored, in at most `steps` additions.
 * False: it is not restored.
 */
export function fill(task: Task, choice: Choice, steps: number): boolean {
  for (let step = 0; missing(task, choice) > 0; step++) {
    if (step >= steps) return false;
    const best: Offer = { i: -1, lots: 0, rate: Number.POSITIVE_INFINITY };
    for (const i of task.open) {
      const now = at(choice.lots, i);
      const most = room(task.book, choice, i);
      if (now >= most) continue;
      offerOf(task, choice, i, now + 1, best);
      const finish = Math.min(enough(task, choice, i), most);
      if (finish > now + 1) {
        offerOf(task, choice, i, finish, best);
        offerOf(task, choice, i, now + Math.ceil((finish - now) / 8), best);
      }
    }
    if (best.i < 0) return false;
    setLots(task.book, choice, best.i, best.lots);
  }
  return true;
}

/**
 * One lot each in order of cost per margin, all rated once: a first pass for thousands of
 * positions.
 */
export function fillOnce(task: Task, choice: Choice): void {
  const { book } = task;
  const rates: { readonly i: number; readonly rate: number }[] = [];
  for (const i of task.open) {
    const next = at(choice.lots, i) + 1;
    if (next > at(book.cap, i)) continue;
    rates.push({ i, rate: addedIf(book, choice, i, next) / at(book.margin, i) });
  }
  rates.sort((a, b) => a.rate - b.rate || a.i - b.i);
  for (const { i } of rates) {
    if (missing(task, choice) <= 0) return;
    const next = at(choice.lots, i) + 1;
    if (inPace(book, choice, i, next)) setLots(book, choice, i, next);
  }
}

/** Lots of `i` that may be taken back without falling below the target. */
function spare(task: Task, choice: Choice, i: number): number {
  const over = -missing(task, choice) / 1e6;
  const now = at(choice.lots, i);
  let lots = Math.min(now, Math.floor(over / Math.max(at(task.book.margin, i), 1e-12)) + 1);
  while (lots > 0 && countedIf(task, choice, i, now - lots) < task.need) {
    lots = lots > 4 ? Math.floor(lots / 2) : lots - 1;
  }
  return lots;
}

/** Whether some lot of the open tier is needed: without it the target is not met. */
export function noMoreThanOneLotOver(task: Task, choice: Choice): boolean {
  for (const i of task.open) {
    const now = at(choice.lots, i);
    if (now > 0 && countedIf(task, choice, i, now - 1) < task.need) return true;
  }
  return false;
}

/**
 * Takes lots back while the target stays restored: first those that save cost, then, while the plan
 *                                                  is
 * more than one lot over, the ones that add least.
 */
export function trim(task: Task, choice: Choice): void {
  const { book } = task;
  const touched = [...task.open].filter((i) => at(choice.lots, i) > 0);
  for (;;) {
    const best = { i: -1, lots: 0, change: Number.POSITIVE_INFINITY, rate: 0, count: 0 };
    for (const i of touched) {
      const most = spare(task, choice, i);
      for (const count of most > 1 ? [1, most] : [most]) {
        const lots = at(choice.lots, i) - count;
        if (count === 0 || !inPace(book, choice, i, lots)) continue;
        const added = addedIf(book, choice, i, lots);
        const change = Math.abs(added) < NOISE ? 0 : added;
        // Savings by their size, additions by what each margin taken back costs.
        const rate = change <= 0 ? change : change / (at(book.margin, i) * count);
        const same = rate === best.rate && best.i >= 0;
        if (best.i < 0 || rate < best.rate || (same && count > best.count)) {
          Object.assign(best, { i, lots, change, rate, count });
        }
      }
    }
    if (best.i < 0) return;
    if (best.change >= 0 && noMoreThanOneLotOver(task, choice)) return;
    setLots(book, choice, best.i, best.lots);
  }
}

/** Tries to give lots of `i` back and take lots of `j` instead. True: the choice became cheaper. */
function exchange(task: Task, choice: Choice, i: number, back: number, j: number): boolean {
  const { book } = task;
  const worth = -Math.max(NOISE, 1e-12 * Math.abs(costOf(choice)));
  const wasI = at(choice.lots, i);
  const wasJ = at(choice.lots, j);
  const first = addedIf(book, choice, i, wasI - back);
  if (!inPace(book, choice, i, wasI - back)) return false;
  setLots(book, choice, i, wasI - back);
  if (missing(task, choice) > 0) {
    const lots = enough(task, choice, j);
    const good =
      lots > wasJ &&
      first + addedIf(book, choice, j, lots) < worth &&
      inPace(book, choice, j, lots);
    if (good) setLots(book, choice, j, lots);
    if (good && missing(task, choice) <= 0 && noMoreThanOneLotOver(task, choice)) return true;
    setLots(book, choice, j, wasJ);
  } else if (first < worth && noMoreThanOneLotOver(task, choice)) {
    return true;
  }
  setLots(book, choice, i, wasI);
  return false;
}

/**
 * Exchanges lots between pairs of `near` until no exchange is cheaper, in a bounded number of
 * rounds.
 */
export function improve(task: Task, choice: Choice, near: readonly number[], rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    let moved = false;
    for (const i of near) {
      for (const j of near) {
        if (i === j) continue;
        const now = at(choice.lots, i);
        for (const back of now > 3 ? [1, 2, 3, now] : [1, 2, now]) {
          if (back <= at(choice.lots, i) && back > 0) {
            moved = exchange(task, choice, i, back, j) || moved;
          }
        }
      }
    }
    if (!moved) return;
  }
}

/** The cheaper of two choices that restore the target. */
export const cheaper = (a: Choice | undefined, b: Choice): Choice =>
  a === undefined || costOf(b) < costOf(a) ? copyChoice(b) : a;
