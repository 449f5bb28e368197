/** All that a tier may give: what decides whether the next tier is touched. */
import { at } from "./book.ts";
import { addedIf, type Choice, copyChoice, costOf, counted, setLots } from "./choice.ts";
import { countedIf, room, type Task } from "./search.ts";

/** All of a tier that may be closed, less the lots that cost more of the target than they free. */
export function exhaust(task: Task, base: Choice): Choice {
  const { book, open } = task;
  const choice = copyChoice(base);
  const rate = (i: number): number =>
    addedIf(book, base, i, 1) / Math.max(at(book.margin, i), 1e-12);
  const rated = [...open].map((i) => ({ i, rate: rate(i) }));
  rated.sort((a, b) => a.rate - b.rate || a.i - b.i);
  // Twice, for an order on the other side of a market makes room under its pace.
  for (let pass = 0; pass < 2; pass++) {
    for (const { i } of rated) {
      const most = room(book, choice, i);
      if (most > at(choice.lots, i)) setLots(book, choice, i, most);
    }
  }
  if (book.share === 0) return choice;
  for (let moved = true; moved; ) {
    moved = false;
    for (const { i } of rated) {
      for (let back = at(choice.lots, i); back >= 1; back = Math.floor(back / 2)) {
        const left = at(choice.lots, i) - back;
        if (left < 0) continue;
        const now = counted(book, choice.freed, costOf(choice));
        if (countedIf(task, choice, i, left) <= now) continue;
        setLots(book, choice, i, left);
        moved = true;
      }
    }
  }
  return choice;
}
