/** October 2025 through the real coordinator: the demo's fleet under its own planner and under a rule. */
import { expect, test } from "vitest";
import { demoFile, pricesFrom } from "../../src/lab/policies/bench.ts";
import { replay } from "../../src/lab/policies/replay.ts";
import { OCTOBER, windowsIn } from "../../src/lab/policies/windows.ts";

test("POL-010: judged to the unit, every forced step has its reason, and ours is cheaper than smallest first", async () => {
  const window = windowsIn(pricesFrom(undefined).quotes).find(({ name }) => name === OCTOBER);
  if (window === undefined) throw new Error("the shipped tape tells October");
  const ours = await replay(demoFile(), window, "ours");
  const small = await replay(demoFile(), window, "smallest-first");
  for (const one of [ours, small]) {
    expect(one.breaches).toBe(0);
    expect(one.equity).toBeGreaterThan(0);
    expect(one.orders).toBeGreaterThan(0);
    const steps = one.plans.flatMap(({ steps: all }) => all as { because: string }[]);
    expect(steps.length).toBeGreaterThan(0);
    for (const { because } of steps) expect(because.length).toBeGreaterThan(20);
  }
  expect(ours.cost).toBeLessThan(small.cost);
  expect(ours.calls).toBeLessThanOrEqual(small.calls);
});
