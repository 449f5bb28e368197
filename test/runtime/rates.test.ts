/** The buckets at the door: what is saved up, what is not. */
import { expect, test } from "vitest";
import { agentId } from "../../src/core/ids.ts";
import { RateLimiter } from "../../src/runtime/rates.ts";

const A = agentId("a");

/** How many are let through at once. */
function atOnce(rates: RateLimiter, now: number, cost = 1): number {
  let taken = 0;
  while (rates.take(A, now, cost)) taken += 1;
  return taken;
}

test("RAT-001: a bucket is full at first, earns its rate and holds no more than its burst", () => {
  const rates = new RateLimiter({ perSecond: 10, burst: 5 });
  expect(atOnce(rates, 0)).toBe(5);
  expect(atOnce(rates, 300)).toBe(3);
  expect(atOnce(rates, 60_000)).toBe(5);
});

test("RAT-002: nothing is let through in a break, and after it what was left to it, however long it was", () => {
  const rates = new RateLimiter({ perSecond: 400, burst: 800 });
  rates.pause(A, 1_000, 5_000, 100);
  expect([atOnce(rates, 1_001), atOnce(rates, 4_700, 10)]).toEqual([0, 0]);
  expect(atOnce(rates, 5_000, 10)).toBe(10);
  expect(atOnce(rates, 5_500)).toBe(200);
});

test("RAT-003: a break that is too short to earn that much gives what can be earned in it", () => {
  const rates = new RateLimiter({ perSecond: 400, burst: 800 });
  rates.pause(A, 1_000, 1_025, 100);
  expect(atOnce(rates, 1_025)).toBe(10);
});

test("RAT-004: a clock that is behind a break takes nothing back", () => {
  const rates = new RateLimiter({ perSecond: 10, burst: 5 });
  rates.pause(A, 0, 1_000, 2);
  for (let now = 0; now < 800; now += 100) expect(rates.take(A, now)).toBe(false);
  expect(atOnce(rates, 1_000)).toBe(2);
});
