/** Whole lots near the fractional plan, to search on from; and the positions among which it pays to search. */
import { at } from "./book.ts";
import { type Choice, choose, copyChoice } from "./choice.ts";
import { crossFill } from "./cross-fill.ts";
import type { Relaxed } from "./relax.ts";
import { fill, fillOnce, missing, type Task } from "./search.ts";

/** Open positions from which on all are rated once before they are rated one by one. */
const MANY = 256;
/** Additions that a start may need before it is given up; the rules always give one. */
const FILL_STEPS = 400;

/** Whole lots of fractional ones, on top of what earlier tiers close. */
function whole(task: Task, base: Choice, lots: (i: number) => number): Choice {
  const some = base.lots.slice();
  for (const i of task.open) some[i] = lots(i);
  return choose(task.book, some);
}

const floorOf = (lots: number): number => Math.floor(lots + 1e-9);
const ceilOf = (lots: number): number => Math.ceil(lots - 1e-9);

/**
 * Between what the fractional plan closes whatever the price and the most that it may, as far as the need: below
 * it by less than a lot of each.
 */
function between(task: Task, base: Choice, { low, high }: Relaxed): Choice {
  const short = missing(
    task,
    whole(task, base, (i) => floorOf(at(low, i))),
  );
  const over = -missing(
    task,
    whole(task, base, (i) => ceilOf(at(high, i))),
  );
  const part = short > 0 ? short / (short + Math.max(over, 0)) : 0;
  return whole(task, base, (i) => floorOf(at(low, i) + part * (at(high, i) - at(low, i))));
}

/** No market gets more than its pace, or than what earlier tiers send into it. */
function inPaceOf({ book }: Task, base: Choice, choice: Choice): boolean {
  return book.markets.every((_, m) => {
    const most = Math.max(at(book.pace, m), Math.abs(at(base.net, m)));
    return Math.abs(at(choice.net, m)) <= most * (1 + 1e-9);
  });
}

/**
 * Starting points near the fractional plan: crossed first, then filled up from between, then beyond it. Of
 * thousands of positions only the first two. They may fall short of the need.
 */
export function* starts(task: Task, base: Choice, relaxed: Relaxed): Generator<Choice> {
  const crossed = copyChoice(base);
  crossFill(task, crossed, relaxed.price * (1 + 1e-6));
  yield crossed;
  const many = task.open.length > MANY;
  const filled = between(task, base, relaxed);
  if (many) fillOnce(task, filled);
  fill(task, filled, FILL_STEPS);
  yield filled;
  if (many) return;
  const high = whole(task, base, (i) => ceilOf(at(relaxed.high, i)));
  if (inPaceOf(task, base, high)) yield high;
}

/** The `most` positions nearest to the price at which the plan stops; those that are closed in part come first. */
export function nearOf(task: Task, choice: Choice, reduced: Float64Array, most: number): number[] {
  const { book } = task;
  const distance = (i: number): number => {
    const now = at(choice.lots, i);
    if (now > 0 && now < at(book.cap, i)) return Number.NEGATIVE_INFINITY;
    return Math.abs(at(reduced, i)) / Math.max(at(book.margin, i), 1e-12);
  };
  return [...task.open]
    .map((i) => ({ i, distance: distance(i) }))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ i }) => i);
}
