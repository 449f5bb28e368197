/** The judge's memory of refused prices: by one mark, for its wait, and no longer. */
import { expect, test } from "vitest";
import { RefusedPrices } from "../../src/lab/check/refused-prices.ts";
import type { FleetEvent } from "../../src/protocol/events.ts";

const RETRY = 1_000;
const asks = (order: string, mark: bigint, forced = "call-1") =>
  ({ type: "OrderApproved", agent: "a", order, market: "m", mark, forced }) as never as FleetEvent;
const refused = (order: string, reason = "limit is outside the collar") =>
  ({ type: "OrderRejected", agent: "a", order, reason }) as never as FleetEvent;
const works = (order: string) =>
  ({ type: "OrderWorking", agent: "a", order }) as never as FleetEvent;

function after(...events: readonly (readonly [at: number, event: FleetEvent])[]): RefusedPrices {
  const prices = new RefusedPrices();
  for (const [at, event] of events) prices.event(event, at, RETRY);
  return prices;
}

test("RFP-001: a refusal for its price holds for that mark alone, until its wait is over", () => {
  const prices = after([0, asks("o1", 100n)], [10, refused("o1")]);
  expect(prices.has("m", 100n, 2_009)).toBe(true);
  expect(prices.has("m", 100n, 2_010)).toBe(false);
  expect(prices.has("m", 101n, 11)).toBe(false);
  expect(prices.has("n", 100n, 11)).toBe(false);
});

test("RFP-002: each further refusal by the same mark waits twice as long, 32 times at most", () => {
  const many = Array.from({ length: 8 }, (_, i) => [
    [0, asks(`o${i}`, 100n)] as const,
    [0, refused(`o${i}`)] as const,
  ]).flat();
  expect(after(...many.slice(0, 4)).has("m", 100n, 3_999)).toBe(true);
  expect(after(...many.slice(0, 4)).has("m", 100n, 4_000)).toBe(false);
  expect(after(...many).has("m", 100n, 31_999)).toBe(true);
  expect(after(...many).has("m", 100n, 32_000)).toBe(false);
});

test("RFP-003: an order that is taken, another reason, and an agent's own order excuse nothing", () => {
  const once = [[0, asks("o1", 100n)] as const, [0, refused("o1")] as const];
  const taken = after(...once, [1, asks("o2", 100n)], [2, works("o2")]);
  expect(taken.has("m", 100n, 3)).toBe(false);
  const other = after([0, asks("o1", 100n)], [0, refused("o1", "insufficient margin")]);
  expect(other.has("m", 100n, 1)).toBe(false);
  expect(after([0, asks("o1", 100n, "")], [0, refused("o1")]).has("m", 100n, 1)).toBe(false);
});
