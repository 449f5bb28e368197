/** What the tests of deleveraging share: an answer's value, sums, and columns read by place. */
import type { Measured } from "../../src/risk/refusal.ts";

/** @throws with the reason of a refusal. */
export function value<T>(answer: Measured<T>): T {
  if (!answer.ok) throw new Error(answer.reason);
  return answer.value;
}

export const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
export const at = (list: readonly number[], i: number): number => list[i] ?? Number.NaN;
