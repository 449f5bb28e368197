/** Fleets whose file names the rule that closes: what goes is the rule's, and the cheapest stands beside it. */
import { describe, expect, test } from "vitest";
import { percent, ppm } from "../../src/core/ppm.ts";
import { SIMPLE_RULES } from "../../src/liquidation/rules.ts";
import type { CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import { CLOSING_RULES } from "../../src/protocol/words.ts";
import { ALICE, BOB, ETH_PERP, usd } from "./cast.ts";
import { CALLS, crisisFleet, crisisPolicy, eventsOf, held } from "./crisis-cast.ts";
import { weather } from "./risk-cases.ts";
import { given, reported, type Step, tick, wait } from "./spec.ts";
import { done, fill, marks, order, stopSet } from "./steps.ts";

const ether = (size: string): readonly Step[] => [
  order(BOB, "o-eth", { market: "eth-perp", qty: size, leverage: 5_000_000 }),
  reported(fill(BOB, "o-eth", size, "1000"), done(BOB, "o-eth", size)),
  reported(stopSet(BOB, ETH_PERP)),
];
/** 560 behind bitcoin, 240 behind ether, which is in the thinner book. */
const planned = (closeBy: CrisisPolicy["closeBy"], more: CrisisPolicy = {}) => {
  const rules = { ...CALLS, depth: usd("50000"), ...more };
  const crisis = crisisPolicy(closeBy === undefined ? rules : { ...rules, closeBy });
  const story = given(
    ...crisisFleet(crisis, "1000", [ALICE, { cap: "580" }], [BOB, { cap: "260" }]),
    ...[...held(ALICE, "0.28"), ...ether("1.2"), weather({ regime: "sell-off" })],
    ...[marks("9800", "980"), wait(300_000), tick],
  );
  const [plan] = eventsOf(story, "LiquidationPlanned");
  if (plan === undefined) throw new Error("nothing was planned");
  return plan;
};

describe("a rule that closes", () => {
  test("CBR-001: the file may name every simple rule and no other", () => {
    expect([...CLOSING_RULES]).toEqual([...SIMPLE_RULES]);
  });

  test("CBR-002: smallest first empties ether, largest first takes bitcoin alone; the cheapest stands beside it with the others", () => {
    const cheapest = planned(undefined);
    const [small, large] = [planned("smallest-first"), planned("largest-first")];
    expect(small.steps.map(({ of, kind }) => [of, kind])).toEqual([
      [ALICE, "reduce"],
      [BOB, "close"],
    ]);
    expect(large.steps.map(({ of }) => of)).toEqual([ALICE]);
    for (const plan of [small, large]) {
      expect(plan).toMatchObject({ status: "restored", need: cheapest.need });
      expect(plan.cost).toBeGreaterThan(cheapest.cost);
      expect(plan.alternatives[0]).toEqual({ rule: "cheapest", cost: cheapest.cost });
      expect(plan.alternatives).toHaveLength(6);
      // What the rule costs is what it is above the bound.
      expect(plan.lowerBound).toBe(cheapest.lowerBound);
      expect(plan.gap).toBeGreaterThan(cheapest.gap);
    }
    const told = cheapest.alternatives.find(({ rule }) => rule === "smallest-first");
    expect(small.cost).toBeLessThanOrEqual(told?.cost ?? 0n);
  });

  test("CBR-003: neither the next call nor fewer orders nor sparing is asked for then", () => {
    const more = {
      distress: { chance: percent(80), shock: percent(10) },
      fewerOrders: ppm(50_000),
    };
    expect(planned(undefined, more).distress).toBeDefined();
    const ruled = planned("pro-rata", more);
    expect(ruled.distress).toBeUndefined();
    expect(ruled.steps).toEqual(planned("pro-rata").steps);
    expect(ruled.steps.map(({ of }) => of).sort()).toEqual([ALICE, BOB]);
  });
});
