/** A plan without its crumbs: no order for next to nothing where another one gives as much. */
import { at } from "./book.ts";
import { type Choice, copyChoice, costOf, setLots } from "./choice.ts";
import { enough, missing, noMoreThanOneLotOver, room, type Task } from "./search.ts";

/** Part of a plan that is a crumb, and what leaving crumbs may cost of it. */
const CRUMB = 1e-4;

/** `without` with what is missing taken from `j` instead, where that is allowed and costs no more than `most`. */
function takenFrom(task: Task, without: Choice, j: number, most: number): Choice | undefined {
  const tried = copyChoice(without);
  const lots = enough(task, tried, j);
  if (lots > room(task.book, tried, j)) return undefined;
  setLots(task.book, tried, j, lots);
  if (missing(task, tried) > 0 || costOf(tried) > most) return undefined;
  return noMoreThanOneLotOver(task, tried) ? tried : undefined;
}

/**
 * The same plan without its crumbs: a position of which next to nothing is closed is left alone where
 * another that is closed anyway can give as much, for a hundredth of a per cent more at most, and for no more
 * than `dearest`. A single lot is no crumb.
 */
export function withoutCrumbs(task: Task, plan: Choice, dearest: number): Choice {
  const { book } = task;
  const most = Math.min(costOf(plan) * (1 + CRUMB), dearest);
  const closed = (choice: Choice, i: number): number => at(choice.lots, i) * at(book.value, i);
  const all = [...task.open].reduce((sum, i) => sum + closed(plan, i), 0);
  let best = plan;
  for (const i of task.open) {
    if (at(best.lots, i) <= 1 || closed(best, i) > CRUMB * all) continue;
    const without = copyChoice(best);
    setLots(book, without, i, 0);
    for (const j of task.open) {
      if (j === i || at(best.lots, j) === 0) continue;
      const tried = takenFrom(task, without, j, most);
      if (tried === undefined) continue;
      best = tried;
      break;
    }
  }
  return best;
}
