/** Downside measures by worked example and by property. */
import { describe, expect, test } from "vitest";
import { ppm } from "../../src/core/ppm.ts";
import { quantile } from "../../src/risk/quantile.ts";
import {
  ageWeightedVar,
  averageShortfall,
  potentialUpside,
  regret,
  semicovariance,
  shortfallProbability,
} from "../../src/risk/var-downside.ts";
import { taken } from "./reference-series.ts";
import { garchReturns } from "./simulate.ts";

const FIVE = [-3, -1, 0, 2, 4];

describe("the lower side", () => {
  test("DWN-001: shortfall, its mean and regret by hand", () => {
    expect(taken(shortfallProbability(FIVE, 0))).toBe(0.4);
    expect(taken(averageShortfall(FIVE, 0))).toBe(2);
    expect(taken(regret(FIVE, 0))).toBe(10);
    expect(taken(potentialUpside(FIVE, ppm(200_000)))).toBe(2);
    expect(taken(potentialUpside([-1, -2], ppm(100_000)))).toBe(0);
    expect(taken(semicovariance([FIVE, [1, -1, -1, -1, -1]]))).toEqual([
      [2, 0.2],
      [0.2, 0.8],
    ]);
  });

  test("DWN-002: without ageing the weighted VaR is rule 1, with it the last days decide", () => {
    const returns = garchReturns(2, 500);
    const tail = ppm(50_000);
    expect(taken(ageWeightedVar(returns, 1, tail))).toBeCloseTo(
      -taken(quantile(returns, 0.05, 1)),
      15,
    );
    const shaken = Float64Array.from([...returns, -0.2, -0.2, -0.2, -0.2]);
    expect(taken(ageWeightedVar(shaken, 0.97, tail))).toBe(0.2);
  });

  test("DWN-003: empty tails, too quick ageing and NaN are refused by name", () => {
    expect(averageShortfall(FIVE, -5)).toMatchObject({ code: "too-few-samples" });
    expect(regret(FIVE, -2)).toMatchObject({ code: "too-few-samples" });
    expect(regret(FIVE, Number.NaN)).toMatchObject({ code: "not-finite" });
    expect(ageWeightedVar(FIVE, 0.9, ppm(10_000))).toMatchObject({ code: "too-few-samples" });
    expect(ageWeightedVar(FIVE, 0.1, ppm(10_000))).toMatchObject({ code: "out-of-range" });
    expect(semicovariance([])).toMatchObject({ code: "empty" });
  });
});
