/** Deadlines as numbers in the state: a binary heap, earliest first. The runtime only says the time. */
import type { Millis } from "../core/time.ts";

type Timed =
  | "lease"
  | "raise"
  | "recall"
  | "reservation"
  | "protect"
  | "answer"
  | "call"
  | "period"
  | "dues"
  | "haircut"
  | "refused"
  | "rule";
export interface Deadline {
  readonly at: Millis;
  readonly kind: Timed | "close" | "cancel" | "loan" | "job" | "sweep" | "proof" | "draws";
  readonly key: string;
}

const before = (a: Deadline, b: Deadline): boolean =>
  a.at !== b.at ? a.at < b.at : a.kind !== b.kind ? a.kind < b.kind : a.key < b.key;

/**
 * Adds a deadline. O(log n).
 *
 * Turns say how many of the earliest went, so an event of before must go on setting the deadlines that it set: the time
 * of a new one rides in its event.
 */
export function schedule(heap: Deadline[], deadline: Deadline): void {
  let index = heap.length;
  heap.push(deadline);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || !before(deadline, above)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = deadline;
}

/** Takes the earliest deadline away. O(log n). None: undefined when there is none. */
export function takeEarliest(heap: Deadline[]): Deadline | undefined {
  const [earliest] = heap;
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return earliest;
  let index = 0;
  for (;;) {
    const left = heap[2 * index + 1];
    const right = heap[2 * index + 2];
    if (left === undefined) break;
    const rightFirst = right !== undefined && before(right, left);
    const child = rightFirst ? right : left;
    if (!before(child, last)) break;
    heap[index] = child;
    index = 2 * index + (rightFirst ? 2 : 1);
  }
  heap[index] = last;
  return earliest;
}

/** The earliest deadlines up to and including `through`, at most `most`, without taking them away. */
export function dueBy(
  heap: readonly Deadline[],
  through: Millis,
  most: number,
): readonly Deadline[] {
  const due: Deadline[] = [];
  const walk = (index: number): void => {
    const entry = heap[index];
    if (entry === undefined || entry.at > through) return;
    due.push(entry);
    walk(2 * index + 1);
    walk(2 * index + 2);
  };
  walk(0);
  return due.sort((a, b) => (before(a, b) ? -1 : before(b, a) ? 1 : 0)).slice(0, most);
}

/** When the next deadline falls due. None: undefined when there is none. */
export const nextDeadline = (heap: readonly Deadline[]): Millis | undefined => heap[0]?.at;
