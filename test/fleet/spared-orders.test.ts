/** Orders of a plan that are spared: done without for hardly more, or kept back for fuller books. */
import { describe, expect, test } from "vitest";
import { percent, ppm } from "../../src/core/ppm.ts";
import type { CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import { ALICE, BOB, BTC_PERP, ETH_PERP, usd } from "./cast.ts";
import { CALLS, crisisFleet, crisisPolicy, eventsOf, held } from "./crisis-cast.ts";
import { given, reported, type Step, type Story, tick, wait } from "./spec.ts";
import { done, fill, marks, order, stopSet } from "./steps.ts";

const planOf = (story: Story) => {
  const [plan] = eventsOf(story, "LiquidationPlanned");
  if (plan === undefined) throw new Error("nothing was planned");
  return plan;
};

describe("orders that are spared", () => {
  /** Alice long in bitcoin, Bob in ether for as much; bitcoin falls and swings, ether stands. */
  const both = (crisis: CrisisPolicy): Story =>
    given(
      ...crisisFleet(crisisPolicy(crisis), "1000", [ALICE, { cap: "450" }], [BOB, { cap: "450" }]),
      ...held(ALICE, "0.205"),
      order(BOB, "o-eth", { market: "eth-perp", qty: "2.05", leverage: 5_000_000 }),
      reported(fill(BOB, "o-eth", "2.05", "1000"), done(BOB, "o-eth", "2.05")),
      reported(stopSet(BOB, ETH_PERP)),
      ...[marks("10000", "1000"), wait(60_000), marks("9850", "1000"), wait(60_000)],
      ...[marks("9900", "1000"), wait(60_000), marks("9750", "1000"), wait(300_000), tick],
    );

  test("PLN-314: fewerOrders does without an order for hardly more, and without it both are sent", () => {
    const rules = { ...CALLS, depth: usd("500000"), halfSpread: ppm(0) };
    expect(planOf(both(rules)).steps.length).toBe(2);
    const story = both({ ...rules, fewerOrders: percent(3) });
    const plan = planOf(story);
    expect(plan.steps.length).toBe(1);
    expect(plan.status).toBe("restored");
    expect(plan.cost).toBeGreaterThanOrEqual(plan.lowerBound);
    for (const { cost } of plan.alternatives) expect(plan.cost).toBeLessThanOrEqual(cost);
  });

  test("PLN-315: without it an order is not spared for a millionth of the cost either", () => {
    const rules = { ...CALLS, depth: usd("614500"), halfSpread: ppm(0) };
    expect(planOf(both(rules)).steps.length).toBe(2);
    expect(planOf(both({ ...rules, fewerOrders: ppm(1) })).steps.length).toBe(1);
  });

  const patience = {
    ...{ withinMs: 600_000, recovery: percent(100), premium: percent(10) },
    ...{ shock: percent(3), most: percent(90) },
  };
  const volatility = {
    target: percent(200),
    sampleMs: 30_000,
    windowMs: 600_000,
    step: percent(5),
  };
  const thin = { ...CALLS, depth: usd("20000"), halfSpread: ppm(0), volatility };
  const plansOf = (crisis: CrisisPolicy, ...more: readonly Step[]) => {
    const story = both(crisis);
    for (const one of more) story.given(one);
    return eventsOf(story, "LiquidationPlanned");
  };

  test("PLN-311: with patience an order in a book that ran thin waits; without it all go at once", () => {
    expect(
      planOf(both(thin))
        .steps.map(({ market }) => market)
        .sort(),
    ).toEqual([...[BTC_PERP, ETH_PERP]]);
    expect(planOf(both(thin)).waiting).toBeUndefined();
    const plan = planOf(both({ ...thin, patience }));
    expect(plan.steps.map(({ market }) => market)).toEqual([ETH_PERP]);
    expect(plan).toMatchObject({ more: 1, waiting: { steps: 1 } });
    expect(plan.waiting?.expected).toBeLessThan(plan.waiting?.atOnce ?? 0n);
  });

  test("PLN-312: nothing waits when the time for it is over, or where each number of it forbids it", () => {
    const forbids: readonly Partial<typeof patience>[] = [
      { withinMs: 1 },
      { recovery: ppm(0), premium: percent(400) },
      { premium: percent(2_000) },
      { shock: percent(30) },
      { most: percent(5) },
    ];
    for (const change of forbids) {
      const plan = planOf(both({ ...thin, patience: { ...patience, ...change } }));
      expect([change, plan.waiting, plan.steps.length]).toEqual([change, undefined, 2]);
    }
    const plans = plansOf({ ...thin, patience }, wait(600_001), tick);
    expect(plans.length).toBeGreaterThan(1);
    expect(plans.at(-1)?.waiting).toBeUndefined();
    expect(plans.at(-1)?.steps.length).toBeGreaterThan(0);
  });

  test("PLN-313: a lone order waits for the depth that is expected back, and not when none is", () => {
    const alone = (recovery: number) =>
      planOf(
        given(
          ...crisisFleet(
            crisisPolicy({ ...thin, patience: { ...patience, recovery: percent(recovery) } }),
            "1000",
            [ALICE, { cap: "1000" }],
          ),
          ...held(ALICE, "0.41"),
          ...[marks("10000"), wait(60_000), marks("9850"), wait(60_000)],
          ...[marks("9900"), wait(60_000), marks("9750"), wait(300_000), tick],
        ),
      );
    expect([0, 10].map((recovery) => alone(recovery).waiting)).toEqual([undefined, undefined]);
    expect([0, 10].map((recovery) => alone(recovery).steps.length)).toEqual([1, 1]);
    // With a fifth of what is missing back, a tenth dearer for being late, it is cheaper than now.
    const waits = [20, 100].map((recovery) => alone(recovery));
    expect(waits.map(({ steps, more }) => [steps.length, more])).toEqual([
      ...[
        [0, 1],
        [0, 1],
      ],
    ]);
    const [less, full] = waits.map(({ waiting }) => waiting?.expected ?? 0n);
    expect(full).toBeLessThan(less ?? 0n);
    expect(less).toBeLessThan(waits[0]?.waiting?.atOnce ?? 0n);
  });
});
