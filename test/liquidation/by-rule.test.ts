/** Plans that close what a simple rule would, worked by hand, and where there is none. */
import { describe, expect, test } from "vitest";
import { planAs } from "../../src/liquidation/by-rule.ts";
import type { PlanInput } from "../../src/liquidation/plan-types.ts";
import { plan } from "../../src/liquidation/planner.ts";
import { value } from "./adl-words.ts";
import { COIN, held, market, USDC } from "./hand.ts";

/** Lots that cost ten cents in m and twenty in n, whatever their number. */
const input = (over: Partial<PlanInput> = {}): PlanInput => ({
  need: 100n * USDC,
  markets: [market("m", { temporary: 0, fee: 0.001 }), market("n", { temporary: 0, fee: 0.002 })],
  positions: [held("a", "m", 100n), held("b", "n", 40n), held("e", "n", 9n, { guarded: true })],
  ...over,
});

describe("the plan of a rule", () => {
  test("CBR-010: it closes what the rule does, at what that costs; the cheapest stands first beside it", () => {
    const cheapest = value(plan(input()));
    const small = value(planAs(input(), "smallest-first"));
    expect(small.steps.map(({ position, lots }) => [position, lots])).toEqual([["b", 10n]]);
    expect([cheapest.cost.total, small.cost.total]).toEqual([
      expect.closeTo(1, 9),
      expect.closeTo(2, 9),
    ]);
    expect(small.gap).toBeCloseTo(0.5, 9);
    expect(small).toMatchObject({ status: "restored", freed: 100n * USDC, proof: "bounded" });
    expect(small.untouched).toEqual([
      { id: "a", reason: "not-by-rule" },
      { id: "e", reason: "guarded" },
    ]);
    expect(small.alternatives).toEqual([
      { rule: "cheapest", cost: cheapest.cost.total, freed: 100n * USDC, touched: 1 },
      ...cheapest.alternatives.filter(({ rule }) => rule !== "smallest-first"),
    ]);
    expect(small.alternatives).toHaveLength(6);
  });

  test("CBR-011: what needs nothing, is short or is refused is so by any rule", () => {
    for (const one of [input({ need: 0n }), input({ need: 2_000n * USDC })])
      expect(planAs(one, "smallest-first")).toEqual(plan(one));
    const bad = input({ costShare: -1 });
    expect(planAs(bad, "smallest-first")).toMatchObject({ ok: false, code: "out-of-range" });
    expect(planAs(bad, "smallest-first")).toEqual(plan(bad));
  });

  test("CBR-012: a rule that does not restore the target gives way to the cheapest, for a millionth too", () => {
    // Ten lots net at most: one after the other 30 of the 40 go, crossed all do.
    const tight = (need: bigint): PlanInput => ({
      need,
      markets: [market("m", { pace: 10n * COIN })],
      positions: [held("a", "m", 20n), held("b", "m", -20n)],
    });
    const [enough, more] = [tight(300n * USDC), tight(300n * USDC + 1n)];
    expect(value(planAs(enough, "priority-only")).steps).not.toEqual(value(plan(enough)).steps);
    expect(value(plan(more)).status).toBe("restored");
    expect(planAs(more, "priority-only")).toEqual(plan(more));
  });
});
