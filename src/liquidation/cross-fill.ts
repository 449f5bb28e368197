/** Fills a choice with internal crosses: a long and a short of one market, lot against lot. */
import { at, type Book } from "./book.ts";
import { type Choice, setLots } from "./choice.ts";
import { missing, type Task } from "./search.ts";

interface Sides {
  readonly longs: number[];
  readonly shorts: number[];
}

function sidesOf(book: Book, open: Int32Array): Sides[] {
  const sides = new Map<number, Sides>();
  for (const i of open) {
    const m = at(book.market, i);
    const side = sides.get(m) ?? { longs: [], shorts: [] };
    (at(book.sign, i) > 0 ? side.longs : side.shorts).push(i);
    sides.set(m, side);
  }
  return [...sides].sort((a, b) => a[0] - b[0]).map(([, side]) => side);
}

/** USDC lost per USDC freed when `i` is crossed: only its hedge and funding. */
const rate = (book: Book, i: number): number =>
  at(book.linear, i) / Math.max(at(book.margin, i), 1e-12);

/**
 * Crosses whole lots, the cheapest of each side first, until the target is restored or what is left
 * loses more than `price` per margin. A cross sends nothing to the market, so pace does not bind
 * it.
 */
export function crossFill(task: Task, choice: Choice, price: number): void {
  const { book } = task;
  for (const { longs, shorts } of sidesOf(book, task.open)) {
    const order = (a: number, b: number): number =>
      rate(book, a) - rate(book, b) || at(book.margin, b) - at(book.margin, a);
    longs.sort(order);
    shorts.sort(order);
    for (let a = 0, b = 0; a < longs.length && b < shorts.length; ) {
      const short = missing(task, choice) / 1e6;
      if (short <= 0) return;
      const long = longs[a] ?? 0;
      const other = shorts[b] ?? 0;
      const frees = at(book.margin, long) + at(book.margin, other);
      if (at(book.linear, long) + at(book.linear, other) > price * frees) break;
      const left = Math.floor(at(book.span, long)) - at(choice.lots, long);
      const right = Math.floor(at(book.span, other)) - at(choice.lots, other);
      // What is missing is above nought: a lot of each is crossed at least, or a side is used up. What whole lots
      // leave is asked anew, for margins are floored and the quotient is not.
      const lots = Math.min(left, right, Math.max(1, Math.floor(short / frees)));
      setLots(book, choice, long, at(choice.lots, long) + lots);
      setLots(book, choice, other, at(choice.lots, other) + lots);
      if (lots === left) a += 1;
      if (lots === right) b += 1;
    }
  }
}
