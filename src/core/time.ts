/** Time as epoch milliseconds. Nothing here reads a clock: time is given. */
import { assert } from "./assert.ts";
import type { Brand } from "./ids.ts";

/** Milliseconds since 1970-01-01 UTC. */
export type Millis = Brand<number, "Millis">;

/** @throws InvariantError unless the value is a non-negative safe integer. */
export function millis(value: number): Millis {
  assert(Number.isSafeInteger(value) && value >= 0, "time is whole milliseconds since 1970");
  return value as Millis;
}

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const YEAR = 365 * DAY;

export const after = (at: Millis, duration: number): Millis => millis(at + duration);
