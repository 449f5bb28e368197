/** What comes after a plan: the positions that it leaves, the next call, rungs, second rounds. */
import { describe, expect, test } from "vitest";
import { afterPlan, lastTier, planInDistress } from "../../src/liquidation/distress.ts";
import type { Plan, PlanInput } from "../../src/liquidation/plan-types.ts";
import { plan } from "../../src/liquidation/planner.ts";
import { reduceSources } from "../../src/liquidation/reduce-sources.ts";
import { secondRound } from "../../src/liquidation/second-round.ts";
import { value } from "./adl-words.ts";
import { fleet, worldOf } from "./fleets.ts";
import { COIN, held, market, planned, two, USDC } from "./hand.ts";

const lots = (one: Plan): string => one.steps.map((s) => `${s.position} ${s.lots}`).join(", ");

describe("what is left", () => {
  const made = planned();
  test("LATER-001: sizes, margins, hedges and bounds of what a plan leaves; what is closed whole is gone", () => {
    const input: PlanInput = {
      ...two,
      positions: [
        held("a", "m", 30n, { hedge: 6, funding: -3, maxQty: 25n * COIN, margin: 1_000n }),
        held("b", "n", -20n, { maxQty: 3n * COIN }),
        held("c", "m", 5n),
        held("d", "m", 7n),
      ],
    };
    const step = (position: string, qty: bigint) => ({
      ...(made.steps[0] as Plan["steps"][number]),
      position,
      qty,
    });
    const steps = [
      step("a", 4n * COIN),
      step("a", 6n * COIN),
      step("b", COIN),
      step("c", 5n * COIN),
    ];
    const left = afterPlan(input, { ...made, steps }, 9n);
    expect(left.need).toBe(9n);
    expect(left.positions).toEqual([
      // A third is closed: 333 of 1,000 are free.
      {
        ...input.positions[0],
        qty: 20n * COIN,
        margin: 667n,
        hedge: 4,
        funding: -2,
        // Ten of the 25 that may be closed are, of b one of three: what else is under way stays so.
        maxQty: 15n * COIN,
      },
      { ...input.positions[1], qty: -19n * COIN, margin: 190n * USDC, maxQty: 2n * COIN },
      input.positions[3],
    ]);
    expect(
      lastTier(
        { ...input, positions: input.positions.map((p, i) => ({ ...p, tier: i })) },
        { ...made, steps },
      ),
    ).toBe(2);
  });

  test("LATER-002: two calls share the deep market where the next one is likely", () => {
    const found = (probability: number, need = 600n * USDC) =>
      value(planInDistress(two, { probability, need }));
    const calm = found(0);
    expect(calm.plan).toEqual(made);
    expect([calm.weight, calm.expected, calm.myopic.expected]).toEqual([
      1,
      made.cost.total,
      made.cost.total,
    ]);
    expect(calm.next).toBe(calm.myopic.next);
    // The next call, of what is left, and what is short of it costs its margin.
    const rest = value(plan(afterPlan(two, made, 600n * USDC), { proofNodes: 0 }));
    expect(calm.next).toBeCloseTo(rest.cost.total, 9);
    const much = found(0, 1_500n * USDC);
    const short = value(plan(afterPlan(two, made, 1_500n * USDC), { proofNodes: 0 }));
    expect(short.shortfall).toBe(300n * USDC);
    expect(much.next).toBeCloseTo(short.cost.total + 300, 9);
    const likely = found(1);
    expect(likely.expected).toBeLessThanOrEqual(likely.myopic.expected);
    expect(likely.myopic.expected).toBeCloseTo(likely.myopic.now + likely.myopic.next, 9);
    const nothing = value(planInDistress({ ...two, need: 0n }, { probability: 1, need: USDC }));
    expect([nothing.plan.status, nothing.myopic.now]).toEqual(["nothing-to-do", 0]);
    for (const bad of [-0.01, 1.01, Number.NaN])
      expect(planInDistress(two, { probability: bad, need: 1n })).toMatchObject({
        code: "out-of-range",
      });
    expect(planInDistress(two, { probability: 1, need: -1n })).toMatchObject({
      code: "out-of-range",
    });
    expect(planInDistress(two, { probability: 1, need: 0n }).ok).toBe(true);
    expect(planInDistress({ ...two, markets: [] }, { probability: 1, need: 0n }).ok).toBe(false);
  });

  test("LATER-003: on record: what two likely calls cost together, and by which weight", () => {
    const record = [2, 3, 4, 6].map((seed) => {
      const input = fleet(seed, {
        positions: 8,
        markets: 4,
        lots: 12,
        share: 0.3,
        tiers: seed % 3 === 0 ? 2 : 1,
      });
      const found = value(planInDistress(input, { probability: 0.8, need: input.need }));
      return (
        [found.expected, found.next, found.myopic.expected].map((x) => x.toFixed(5)).join(" ") +
        ` ${found.weight}`
      );
    });
    expect(record).toEqual([
      "101.93549 56.11418 108.75298 1",
      "78.21493 51.69398 79.34968 1",
      "81.07741 56.51361 83.29654 1",
      "27.87086 23.46233 29.47671 0.5",
    ]);
  });

  test("LATER-004: the second round by hand: what stays is marked down, who is beyond its limit sells", () => {
    const input: PlanInput = {
      ...two,
      markets: [market("m", { permanent: 1e-5 }), market("n", { permanent: 2e-5 })],
    };
    const step = (over: Partial<Plan["steps"][number]>) => ({
      ...(made.steps[0] as Plan["steps"][number]),
      ...over,
    });
    const steps = [
      step({ market: "m", side: "sell", qty: 20n * COIN, kind: "reduce" }),
      step({ market: "m", side: "buy", qty: 5n * COIN, kind: "close" }),
      step({ market: "m", side: "sell", qty: 900n * COIN, kind: "cross" }),
      step({ market: "n", side: "buy", qty: 10n * COIN, kind: "reduce" }),
    ];
    const agent = (units: number[], debt: number, limit: number) => ({
      id: "x",
      units,
      cash: 0,
      debt,
      limit,
    });
    // 1,500 USDC net sold move m by 1.5 %, 1,000 bought lift n by 2 %.
    const calm = value(
      secondRound(worldOf(input, [agent([80, -40], -9_000, 100)]), { ...made, steps }),
    );
    expect(calm.markdown).toBeCloseTo(80 * 1.5 + 40 * 2, 9);
    expect(calm.knockOn).toBeCloseTo(0, 9);
    expect(calm.outcome.prices[0]).toBeCloseTo(98.5, 9);
    expect(calm.outcome.prices[1]).toBeCloseTo(102, 9);
    const tight = value(
      secondRound(worldOf(input, [agent([80, 0], 6_400, 5), agent([10, 0], 0, 5)]), {
        ...made,
        steps,
      }),
    );
    expect(tight.markdown).toBeCloseTo(90 * 1.5, 9);
    expect(tight.total).toBeCloseTo(tight.outcome.secondRound, 9);
    expect(tight.knockOn).toBeCloseTo(tight.total - tight.markdown, 9);
    expect(tight.knockOn).toBeGreaterThan(0.1);
  });
});

describe("rungs", () => {
  const made = planned();
  const options = { rungs: 3, kind: "reduce", timeToCash: 700, certainty: 900_000 } as const;

  test("LATER-010: rungs of equal margin at the planner's own prices, never cheaper than the one before", () => {
    const made3 = value(reduceSources({ ...two, positions: [held("a", "m", 100n)] }, options));
    expect(made3.map(({ id, amount }) => [id, amount])).toEqual([
      ["reduce:1", 333_333_333n],
      ["reduce:2", 333_333_333n],
      ["reduce:3", 333_333_334n],
    ]);
    // 34, 67 and 100 lots: 0.1 x lots squared and a tenth of each.
    const cost = (n: number): number => 0.1 * n * n + 0.1 * n;
    const rate = (from: number, to: number, amount: number): number =>
      Math.ceil(((cost(to) - cost(from)) * 1e6 * 1e6) / amount);
    expect(made3.map(({ costPpm }) => costPpm)).toEqual([
      rate(0, 34, 333_333_333),
      rate(34, 67, 333_333_333),
      rate(67, 100, 333_333_334),
    ]);
    expect(
      made3.every(
        (one) => one.kind === "reduce" && one.timeToCash === 700 && one.certainty === 900_000,
      ),
    ).toBe(true);
    // The first rung pays a whole lot for a part of one, the second is cheaper: it keeps the rate.
    const lump = value(
      reduceSources(
        { ...two, markets: [market("m", { temporary: 0 })], positions: [held("a", "m", 2n)] },
        { ...options, rungs: 4 },
      ),
    );
    expect(lump.map(({ costPpm }) => costPpm)).toEqual([20_000, 20_000, 20_000, 20_000]);
    expect(
      value(reduceSources({ ...two, positions: [held("a", "m", 1n, { margin: 2n })] }, options))
        .length,
    ).toBe(2);
    expect(value(reduceSources({ ...two, positions: [] }, options))).toEqual([]);
  });

  test("LATER-011: a number of rungs is one to a thousand", () => {
    const count = (rungs: number) => reduceSources(two, { ...options, rungs });
    for (const bad of [0, -1, 0.5, 1_001])
      expect(count(bad)).toMatchObject({ code: "out-of-range" });
    expect([count(1).ok, count(1_000).ok]).toEqual([true, true]);
    expect(reduceSources({ ...two, markets: [] }, options).ok).toBe(false);
    expect(lots(made)).toBe("a 24, b 6");
  });
});
