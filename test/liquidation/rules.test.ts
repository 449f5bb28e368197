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

describe("simple rules at their edges", () => {
  const closed = (input: PlanInput, rule: SimpleRule): string =>
    [...value(planByRule(input, rule)).closes].map(([id, qty]) => `${id} ${qty}`).join(", ");
  const coins = (list: string): string => list.replaceAll("00000000", "");

  test("RUL-004: who has no result is neither a loser nor a winner", () => {
    const positions = [
      held("a", "m", 1n, { pnl: 1n }),
      held("b", "m", 1n),
      held("c", "m", 1n, { pnl: -1n }),
    ];
    const of = (need: bigint) =>
      coins(closed({ ...fleet, positions, need: need * USDC }, "losers-first"));
    expect(of(10n)).toBe("c 1");
    expect(of(20n)).toBe("b 1, c 1");
  });

  test("RUL-005: a random order is that of seed 1 unless another is told", () => {
    const orders = Array.from({ length: 9 }, (_, seed) => orderOf("random", seed + 1));
    expect(orderOf("random")).toBe(orders[0]);
    expect(new Set(orders).size).toBeGreaterThan(6);
    expect(orders[1]).not.toBe(orders[0]);
  });

  test("RUL-006: a millionth that is missing takes another lot, of any rule and in any tier", () => {
    const positions = [held("a", "m", 10n), held("b", "m", 5n), held("c", "m", 3n)];
    const of = (need: bigint, rule: SimpleRule) =>
      coins(closed({ ...fleet, positions, need }, rule));
    expect(of(90n * USDC, "pro-rata")).toBe("a 5, b 3, c 1");
    expect(of(90n * USDC + 1n, "pro-rata")).toBe("a 5, b 3, c 2");
    expect(of(100n * USDC, "priority-only")).toBe("a 10");
    expect(of(100n * USDC + 1n, "priority-only")).toBe("a 10, b 1");
    // The lower tier goes first, though its name is the last; one lot of the next where it is short.
    const tiers = [
      held("a", "m", 10n, { tier: 2 }),
      held("b", "m", 5n, { tier: 1 }),
      held("c", "m", 3n),
    ];
    const tiered = (need: bigint) =>
      coins(closed({ ...fleet, positions: tiers, need }, "largest-first"));
    expect(tiered(30n * USDC)).toBe("c 3");
    expect(tiered(30n * USDC + 1n)).toBe("b 1, c 3");
    expect(tiered(80n * USDC)).toBe("b 5, c 3");
    expect(tiered(90n * USDC)).toBe("a 1, b 5, c 3");
    // What frees nothing is not needed where the rest is exactly enough.
    const idle = [held("a", "m", 3n), held("b", "m", 2n, { margin: 0n })];
    expect(coins(closed({ ...fleet, positions: idle, need: 30n * USDC }, "priority-only"))).toBe(
      "a 3",
    );
  });

  test("RUL-007: a tier that is short closes what helps, in no rule's order, and the rule goes on in the next", () => {
    // A lot of a frees ten and costs 50 of fee, all of which the need grows by: it is left alone.
    const markets = [market("m", { temporary: 0 }), market("dear", { temporary: 0, fee: 0.5 })];
    const positions = [held("a", "dear", 5n), held("b", "m", 5n), held("c", "m", 9n, { tier: 1 })];
    const input = { need: 60n * USDC, costShare: 1_000_000, markets, positions };
    // Lots of b and c free 9.9 net: five of b give 49.5, and two of c the rest.
    expect(coins(closed(input, "priority-only"))).toBe("b 5, c 2");
  });

  test("RUL-008: the smallest quantity is closed, and what is over is not missing", () => {
    const markets = [market("m", { temporary: 0, lot: 1n })];
    const tiny = held("a", "m", 0n, { qty: 1n, margin: 5n });
    const input = { need: 5n, markets, positions: [tiny] };
    expect(closed(input, "smallest-first")).toBe("a 1");
    const over = value(
      planByRule({ ...fleet, positions: [held("a", "m", 2n)], need: 15n * USDC }, "random"),
    );
    expect([over.freed, over.shortfall]).toEqual([20n * USDC, 0n]);
    const short = value(planByRule({ ...input, need: 6n }, "random"));
    expect([short.freed, short.shortfall]).toEqual([5n, 1n]);
  });

  test("RUL-009: pro rata of what frees nothing, or of less than is asked, where closing earns", () => {
    // Each lot saves ten USDC of funding, which counts towards the need.
    const markets = [market("m", { temporary: 0, fee: 0 })];
    const earns = { need: 25n * USDC, costShare: 1_000_000, markets };
    const bare = ["a", "b"].map((id) => held(id, "m", 5n, { margin: 0n, funding: -50 }));
    expect(coins(closed({ ...earns, positions: bare }, "pro-rata"))).toBe("a 2, b 1");
    // Two and a half lots free 25 and save 20: all of it is asked, two lots of it are enough.
    const half = held("a", "m", 0n, { qty: 250_000_000n, margin: 25n * USDC, funding: -20 });
    expect(closed({ ...earns, need: 30n * USDC, positions: [half] }, "pro-rata")).toBe(
      "a 200000000",
    );
  });
});
