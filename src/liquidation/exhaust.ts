/** All that a tier may give: what decides whether the next tier is touched. */
import { at } from "./book.ts";
import { addedIf, type Choice, copyChoice, costOf, counted, setLots } from "./choice.ts";
import { crossFill } from "./cross-fill.ts";
import { countedIf, room, type Task } from "./search.ts";

/**
 * Moves the lots of `i` to where they count most, by steps that are halved: down, or up again where a
 * step went too far. True: they moved.
 */
function settled(task: Task, choice: Choice, i: number): boolean {
  const { book } = task;
  let moved = false;
  for (let step = at(choice.lots, i); step >= 1; step = Math.floor(step / 2)) {
    for (const lots of [at(choice.lots, i) - step, at(choice.lots, i) + step]) {
      if (lots < 0 || lots > room(book, choice, i)) continue;
      // More than a millionth, which is rounding: so it comes to an end.
      const now = counted(book, choice.freed, costOf(choice));
      if (countedIf(task, choice, i, lots) <= now + 1) continue;
      setLots(book, choice, i, lots);
      moved = true;
      break;
    }
  }
  return moved;
}

/** All of a tier that may be closed, less the lots that cost more of the target than they free. */
export function exhaust(task: Task, base: Choice): Choice {
  const { book, open } = task;
  const choice = copyChoice(base);
  // What frees nothing goes last: it takes the room of what does.
  const rate = (i: number): number =>
    at(book.margin, i) > 0
      ? addedIf(book, base, i, 1) / at(book.margin, i)
      : Number.POSITIVE_INFINITY;
  const rated = [...open].map((i) => ({ i, rate: rate(i) }));
  rated.sort((a, b) => a.rate - b.rate);
  // Crosses send nothing, so no pace binds them: what they leave stands on one side of its market.
  crossFill({ ...task, need: Number.POSITIVE_INFINITY }, choice, Number.POSITIVE_INFINITY);
  // Until nothing moves, for a rest of a lot on the other side makes room under the pace.
  for (let moved = true; moved; ) {
    moved = false;
    for (const { i } of rated) {
      const most = room(book, choice, i);
      if (most <= at(choice.lots, i)) continue;
      setLots(book, choice, i, most);
      moved = true;
    }
  }
  if (book.share === 0) return choice;
  for (let moved = true; moved; ) {
    moved = false;
    for (const { i } of rated) moved = settled(task, choice, i) || moved;
  }
  return choice;
}
