/** Reallocation at its limits: the policy by default, a move worth nothing, the chance of a gain. */
import { expect, test } from "vitest";
import {
  REALLOCATION,
  type ReallocationPolicy,
  reallocate,
} from "../../src/liquidation/reallocation.ts";
import { value } from "./adl-words.ts";

const good = [0.01, 0.03, 0.02, 0.04];
const records = [good, [0.02, -0.01, 0.01, 0.0], [-0.03, 0.01, -0.02, -0.01]];
const policy: ReallocationPolicy = {
  ...{ periods: 4, floor: 0.1, cap: 0.7, step: 0.5, cost: 0.001, horizon: 2 },
  ...{ confidence: 0.5, lean: 0.4 },
};
const decide = (
  over: Partial<ReallocationPolicy> = {},
  shares = [1 / 3, 1 / 3, 1 / 3],
  list: readonly (readonly number[])[] = records,
) => value(reallocate(list, shares, { ...policy, ...over }));

test("ALLOC-023: the policy by default is the one that the documents tell", () => {
  expect(REALLOCATION).toEqual({
    ...{ periods: 365, floor: 0.05, cap: 0.4, step: 0.1, cost: 0.001, horizon: 0.25 },
    ...{ confidence: 0.8, lean: 2 },
  });
});

test("ALLOC-024: a move that earns exactly its cost is not worth it", () => {
  const moved = decide();
  expect(moved.because).toBe("moved");
  const exact = decide({ horizon: 2 * moved.turnover, cost: moved.gain });
  expect(exact).toMatchObject({ worth: 0, because: "not-worth-its-cost" });
});

test("ALLOC-025: without a difference between agents the chance is even", () => {
  const same = [good, good.map((x) => 2 * x)];
  const found = decide({}, [0.6, 0.4], same);
  expect(found).toMatchObject({ because: "no-difference", chance: 0.5 });
  expect(found.skills.spread).toBe(0);
});

test("ALLOC-026: the chance is the normal's share below gain over deviation, on both sides of nought", () => {
  // The normal by strips of a thousandth.
  const below = (z: number): number => {
    let area = 0;
    for (let x = -9 + 5e-4; x < z; x += 1e-3) area += Math.exp((-x * x) / 2) * 1e-3;
    return area / Math.sqrt(2 * Math.PI);
  };
  const chances = [30, 1, 0.01].map((calm) => {
    // The better one is the calmer: to lean to it loses where the other earns more by its size.
    const list = [good.map((x) => x * calm), [0.03, -0.01, 0.03, 0.01]];
    const found = decide({ cap: 1, floor: 0, horizon: 1e9, confidence: 0 }, [0.5, 0.5], list);
    const [a, b] = found.skills.agents;
    const lean = Math.exp(0.4 * ((a?.mean ?? 0) - found.skills.common));
    const other = Math.exp(0.4 * ((b?.mean ?? 0) - found.skills.common));
    const change = lean / (lean + other) - 0.5;
    const spread = Math.hypot(
      ...[a, b].map((one) => (one?.deviation ?? 0) * (one?.volatility ?? 0) * change),
    );
    expect(found.chance).toBeCloseTo(below(found.gain / spread), 3);
    return found.chance;
  });
  expect(Math.max(...chances)).toBeGreaterThan(0.5);
  expect(Math.min(...chances)).toBeLessThan(0.5);
});
