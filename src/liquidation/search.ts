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
  // Asked for each position of each addition: without a share of the cost it is not priced.
  const cost = book.share === 0 ? 0 : costOf(choice) + addedIf(book, choice, i, lots);
  return counted(book, freed, cost);
}

/** Fewest lots of `i`, above `none` and up to `some`, that restore the target; `some` where none does. */
function fewest(task: Task, choice: Choice, i: number, none: number, some: number): number {
  let [below, enoughAt] = [none, some];
  while (enoughAt - below > 1) {
    const middle = Math.floor((below + enoughAt) / 2);
    if (countedIf(task, choice, i, middle) >= task.need) enoughAt = middle;
    else below = middle;
  }
  return enoughAt;
}

/**
 * Fewest lots of `i`, beyond those that it closes, that restore the target, or its largest number.
 *
 * Margin alone says where that is, but for what the cost takes and the last unit: two looks there instead of ten.
 */
export function enough(task: Task, choice: Choice, i: number): number {
  let [none, some] = [at(choice.lots, i), at(task.book.cap, i)];
  const guess = none + Math.ceil(missing(task, choice) / 1e6 / at(task.book.margin, i));
  for (const lots of [guess, guess - 1]) {
    if (lots <= none || lots >= some) continue;
    if (countedIf(task, choice, i, lots) >= task.need) some = lots;
    else none = lots;
  }
  return fewest(task, choice, i, none, some);
}

/** Most lots of `i` that the pace of its market leaves room for. */
export function room(book: Book, choice: Choice, i: number): number {
  const m = at(book.market, i);
  const sent = at(book.sign, i) * at(choice.net, m);
  const free = Math.max(at(book.pace, m), sent) - sent;
  const more = Math.floor(free / at(book.value, i) + 1e-9);
  const most = Math.min(at(book.cap, i), at(choice.lots, i) + more);
  return inPace(book, choice, i, most) ? most : most - 1;
}

interface Offer {
  readonly i: number;
  readonly lots: number;
  readonly rate: number;
  readonly more: number;
}

/** What so many lots of `i` would cost for each margin that counts. None: undefined where none does. */
function offerOf(task: Task, choice: Choice, i: number, lots: number): Offer | undefined {
  const gain = countedIf(task, choice, i, lots) - counted(task.book, choice.freed, costOf(choice));
  if (gain <= 0) return undefined;
  const useful = Math.min(gain, missing(task, choice));
  const rate = addedIf(task.book, choice, i, lots) / useful;
  return { i, lots, rate, more: lots - at(choice.lots, i) };
}

/** The better of two: what costs less per margin, of equal ones the larger. */
const better = (best: Offer | undefined, offer: Offer | undefined): Offer | undefined => {
  if (best === undefined || offer === undefined) return best ?? offer;
  const same = offer.rate === best.rate && offer.more > best.more;
  return offer.rate < best.rate || same ? offer : best;
};

/**
 * Adds the cheapest lots per margin until the target is restored, in at most `steps` additions.
 * False: it is not restored.
 */
export function fill(task: Task, choice: Choice, steps: number): boolean {
  for (let left = steps; missing(task, choice) > 0; left--) {
    let best: Offer | undefined;
    for (const i of task.open) {
      const next = at(choice.lots, i) + 1;
      const most = room(task.book, choice, i);
      if (next > most) continue;
      best = better(best, offerOf(task, choice, i, next));
      // Where lots cost alike all that is needed goes at once.
      best = better(best, offerOf(task, choice, i, Math.min(enough(task, choice, i), most)));
    }
    if (best === undefined || left === 0) return false;
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
  rates.sort((a, b) => a.rate - b.rate);
  for (const { i } of rates) {
    if (missing(task, choice) <= 0) return;
    const next = at(choice.lots, i) + 1;
    if (inPace(book, choice, i, next)) setLots(book, choice, i, next);
  }
}

/** Lots of `i` that may be taken back without falling below the target. */
function spare(task: Task, choice: Choice, i: number): number {
  const now = at(choice.lots, i);
  return now - fewest(task, choice, i, -1, now);
}

/** Whether some lot of the open tier is needed: without it the target is not met. */
export function noMoreThanOneLotOver(task: Task, choice: Choice): boolean {
  for (const i of task.open) {
    const now = at(choice.lots, i);
    if (now > 0 && countedIf(task, choice, i, now - 1) < task.need) return true;
  }
  return false;
}

interface Take {
  readonly i: number;
  readonly lots: number;
  readonly count: number;
  readonly change: number;
  readonly rate: number;
}

/** What taking back so many lots of `i` would change. None: undefined where its market would get too much. */
function takeOf(task: Task, choice: Choice, i: number, count: number): Take | undefined {
  const { book } = task;
  const lots = at(choice.lots, i) - count;
  if (!inPace(book, choice, i, lots)) return undefined;
  const change = addedIf(book, choice, i, lots);
  // Savings by their size, additions by what each margin taken back costs.
  const rate = change <= 0 ? change : change / (at(book.margin, i) * count);
  return { i, lots, count, change, rate };
}

/** The better of two takes: what saves more or adds less, of equal ones the larger. */
const easier = (best: Take | undefined, take: Take | undefined): Take | undefined => {
  if (best === undefined || take === undefined) return best ?? take;
  const same = take.rate === best.rate && take.count > best.count;
  return take.rate < best.rate || same ? take : best;
};

/**
 * Takes lots back while the target stays restored: first those that save cost, then, while the plan is more than
 * one lot over, the ones that add least.
 */
export function trim(task: Task, choice: Choice): void {
  const { book } = task;
  const touched = [...task.open].filter((i) => at(choice.lots, i) > 0);
  for (;;) {
    let best: Take | undefined;
    for (const i of touched) {
      const most = spare(task, choice, i);
      if (most === 0) continue;
      for (const count of [1, most]) {
        best = easier(best, takeOf(task, choice, i, count));
      }
    }
    if (best === undefined) return;
    if (best.change >= 0 && noMoreThanOneLotOver(task, choice)) return;
    setLots(book, choice, best.i, best.lots);
  }
}

/** Tries to give lots of `i` back and take lots of `j` instead. True: the choice became cheaper. */
function exchange(task: Task, choice: Choice, i: number, back: number, j: number): boolean {
  const { book } = task;
  const [wasI, wasJ] = [at(choice.lots, i), at(choice.lots, j)];
  if (!inPace(book, choice, i, wasI - back)) return false;
  const first = addedIf(book, choice, i, wasI - back);
  setLots(book, choice, i, wasI - back);
  const lots = missing(task, choice) > 0 ? enough(task, choice, j) : wasJ;
  if (first + addedIf(book, choice, j, lots) < -NOISE && inPace(book, choice, j, lots)) {
    setLots(book, choice, j, lots);
    if (missing(task, choice) <= 0 && noMoreThanOneLotOver(task, choice)) return true;
    setLots(book, choice, j, wasJ);
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
        for (const back of [1, 2, 3, at(choice.lots, i)]) {
          if (back > at(choice.lots, i)) continue;
          moved = exchange(task, choice, i, back, j) || moved;
        }
      }
    }
    if (!moved) return;
  }
}

/** The cheaper of two choices that restore the target. */
export const cheaper = (a: Choice | undefined, b: Choice): Choice =>
  a === undefined || costOf(b) < costOf(a) ? copyChoice(b) : a;
