/**
 * The simple rules in use elsewhere, to compare with: each closes positions in an order of its own.
 */
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { must } from "../core/assert.ts";
import { at, type Book } from "./book.ts";
import { type Choice, copyChoice, setLots } from "./choice.ts";
import { compare } from "./order.ts";
import type { PlanPosition } from "./plan-types.ts";
import { enough, missing, room, type Task } from "./search.ts";

/**
 * smallest-first and largest-first by margin, losers-first by unrealised profit, pro-rata by the
 * same fraction of each, random by a seed, priority-only by tier and then by id.
 */
export type SimpleRule =
  | "smallest-first"
  | "largest-first"
  | "losers-first"
  | "pro-rata"
  | "random"
  | "priority-only";

/** All of them, in the order of the pages that set them side by side. */
export const SIMPLE_RULES: readonly SimpleRule[] = [
  "smallest-first",
  "largest-first",
  "losers-first",
  "pro-rata",
  "random",
  "priority-only",
];

function shuffled(open: Int32Array, seed: number): number[] {
  const order = [...open];
  const random = xoroshiro128plus(seed);
  for (const last of [...order.keys()].reverse()) {
    const pick = uniformInt(random, 0, last);
    const one = order[last] ?? 0;
    order[last] = order[pick] ?? 0;
    order[pick] = one;
  }
  return order;
}

/** The open positions in the order in which a rule closes them; of equals the first in the book. */
function orderOf(book: Book, open: Int32Array, rule: SimpleRule, seed: number): number[] {
  const position = (i: number): PlanPosition => must(book.positions[i], "what is open is there");
  const margin = (i: number): bigint => position(i).margin;
  const pnl = (i: number): bigint => position(i).pnl ?? 0n;
  switch (rule) {
    case "smallest-first":
      return [...open].sort((a, b) => compare(margin(a), margin(b)));
    case "largest-first":
      return [...open].sort((a, b) => compare(margin(b), margin(a)));
    case "losers-first":
      return [...open].sort((a, b) => compare(pnl(a), pnl(b)));
    case "random":
      return shuffled(open, seed);
    case "priority-only":
    case "pro-rata":
      return [...open];
  }
}

/** Closes whole positions one after the other, the last one only as far as the target asks. */
function inOrder(task: Task, choice: Choice, order: readonly number[]): void {
  for (const i of order) {
    if (missing(task, choice) <= 0) return;
    const lots = Math.min(enough(task, choice, i), room(task.book, choice, i));
    setLots(task.book, choice, i, lots);
  }
}

/**
 * The same fraction of every position, floored to lots; then single lots by the largest remainder.
 */
function proRata(task: Task, choice: Choice): void {
  const { book, open } = task;
  let all = 0;
  for (const i of open) all += at(book.margin, i) * at(book.span, i);
  const fraction = all > 0 ? Math.min(1, missing(task, choice) / 1e6 / all) : 0;
  const rests: { readonly i: number; readonly rest: number }[] = [];
  for (const i of open) {
    const wanted = fraction * at(book.span, i);
    const lots = Math.min(Math.floor(wanted), room(book, choice, i));
    if (lots > 0) setLots(book, choice, i, lots);
    rests.push({ i, rest: wanted - Math.floor(wanted) });
  }
  rests.sort((a, b) => b.rest - a.rest);
  for (let added = true; added; ) {
    added = false;
    for (const { i } of rests) {
      const next = at(choice.lots, i) + 1;
      if (missing(task, choice) <= 0) return;
      if (next > room(book, choice, i)) continue;
      setLots(book, choice, i, next);
      added = true;
    }
  }
}

/** What a rule closes in one tier, after `base`. It may fall short where the pace forbids more. */
export function applyRule(task: Task, base: Choice, rule: SimpleRule, seed: number): Choice {
  const choice = copyChoice(base);
  if (rule === "pro-rata") proRata(task, choice);
  else inOrder(task, choice, orderOf(task.book, task.open, rule, seed));
  return choice;
}
