/** The simple rules that plans are compared with: whom each closes first, and how pro rata shares. */
import { describe, expect, test } from "vitest";
import type { PlanInput } from "../../src/liquidation/plan-types.ts";
import { planByRule } from "../../src/liquidation/rule-plan.ts";
import type { SimpleRule } from "../../src/liquidation/rules.ts";
import { value } from "./adl-words.ts";
import { held, market, USDC } from "./hand.ts";

/** Margin and result of each, USDC; b and e have the same margin, c and f the same result. */
const TABLE = {
  a: [40n, 5n],
  b: [20n, -7n],
  c: [60n, 1n],
  d: [10n, 9n],
  e: [20n, 3n],
  f: [50n, 1n],
} as const;
const names = Object.keys(TABLE) as (keyof typeof TABLE)[];
const fleet: PlanInput = {
  ...{ need: 0n, markets: [market("m", { temporary: 0 })] },
  // One lot each, which goes whole or not at all.
  positions: names.map((id) => {
    const [margin, pnl] = TABLE[id];
    return held(id, "m", 1n, { margin: margin * USDC, pnl: pnl * USDC });
  }),
};

/** Who is closed when one more must free something, one after the other. */
function orderOf(rule: SimpleRule, seed?: number): string {
  let order = "";
  let freed = 0n;
  while (order.length < names.length) {
    const { closes } = value(planByRule({ ...fleet, need: freed + 1n }, rule, seed));
    const more = [...closes.keys()].filter((id) => !order.includes(id));
    expect(closes.size).toBe(order.length + 1);
    order += more.join("");
    freed = [...order].reduce((sum, id) => sum + TABLE[id as "a"][0] * USDC, 0n);
  }
  return order;
}

describe("simple rules", () => {
  test.each([
    ["smallest-first", "dbeafc"],
    ["largest-first", "cfabed"],
    ["losers-first", "bcfead"],
    ["priority-only", "abcdef"],
  ] as const)(
    "RUL-001: %s closes in the order %s; of equals the first in the book",
    (rule, order) => {
      expect(orderOf(rule)).toBe(order);
    },
  );

  test("RUL-002: random is an order of all, the same for a seed, and no favourite over many", () => {
    const firsts = new Map<string, number>();
    for (let seed = 1; seed <= 240; seed++) {
      const order = orderOf("random", seed);
      expect([...order].sort().join("")).toBe("abcdef");
      if (seed <= 20) expect(orderOf("random", seed)).toBe(order);
      const first = order[0] ?? "";
      firsts.set(first, (firsts.get(first) ?? 0) + 1);
    }
    // 240 draws of one in six: 40 each, and 20 is 3.5 standard deviations away.
    for (const id of names) expect(Math.abs((firsts.get(id) ?? 0) - 40)).toBeLessThan(20);
  });

  test("RUL-003: pro rata floors the same part of each to lots, then gives single lots by the largest rest", () => {
    const many: PlanInput = {
      ...fleet,
      positions: [held("a", "m", 10n), held("b", "m", 5n), held("c", "m", 3n)],
    };
    const closed = (need: bigint) =>
      [...value(planByRule({ ...many, need: need * USDC }, "pro-rata")).closes].map(
        ([id, qty]) => `${id} ${qty / 100_000_000n}`,
      );
    // 90 of 180: 5, 2.5 and 1.5, floored 5, 2 and 1; the rests of b and c are equal, b is the first.
    expect(closed(90n)).toEqual(["a 5", "b 3", "c 1"]);
    // 60 of 180: 3.33, 1.67 and 1: b has the largest rest.
    expect(closed(60n)).toEqual(["a 3", "b 2", "c 1"]);
    // 63 of 180: 3.5, 1.75 and 1.05: b and then a.
    expect(closed(63n)).toEqual(["a 4", "b 2", "c 1"]);
    expect(closed(180n)).toEqual(["a 10", "b 5", "c 3"]);
  });
});
