/** Value at risk and expected shortfall by worked example and by property. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ppm } from "../../src/core/ppm.ts";
import {
  historicalEs,
  modifiedShortfall,
  normalEs,
  normalShortfall,
} from "../../src/risk/expected-shortfall.ts";
import { kurtosis, maxDrawdown, skewness } from "../../src/risk/moments.ts";
import { returnsOf } from "../../src/risk/series.ts";
import {
  ewmaVar,
  historicalVar,
  isMonotone,
  modifiedLoss,
  modifiedVar,
  normalLoss,
  normalVar,
} from "../../src/risk/var.ts";
import {
  studentByLikelihood,
  studentByMoments,
  studentEs,
  studentOfDeviation,
  studentVar,
} from "../../src/risk/var-student.ts";
import { taken } from "./reference-series.ts";
import { chanceOf, garchReturns } from "./simulate.ts";

const P1 = ppm(10_000);
const P5 = ppm(50_000);
const HUNDRED = Array.from({ length: 100 }, (_, i) => (i - 60) / 1000);
const sample = fc.array(fc.double({ min: -0.5, max: 0.5, noNaN: true }), {
  minLength: 100,
  maxLength: 200,
});

describe("value at risk", () => {
  test("VAR-001: of a hundred returns the 95 % VaR is the fifth worst and the ES the mean of five", () => {
    expect(taken(historicalVar(HUNDRED, { tail: P5 })).loss).toBeCloseTo(0.056, 12);
    expect(taken(historicalEs(HUNDRED, { tail: P5 })).loss).toBeCloseTo(0.058, 12);
  });

  test("VAR-002: the four tail means differ as they are defined", () => {
    const es = (tailMean: "worst-k" | "below" | "at-or-below" | "exact", tail = 55_000) =>
      taken(historicalEs(HUNDRED, { tail: ppm(tail), tailMean })).loss;
    expect(es("worst-k")).toBeCloseTo((60 + 59 + 58 + 57 + 56 + 55) / 6000, 12);
    expect(es("below")).toBeCloseTo((60 + 59 + 58 + 57 + 56) / 5000, 12);
    expect(es("at-or-below")).toBeCloseTo(es("worst-k"), 12);
    expect(es("exact")).toBeCloseTo((60 + 59 + 58 + 57 + 56 + 0.5 * 55) / 5500, 12);
  });

  test("VAR-003: a gain even in the tail is a negative loss, never clipped", () => {
    const gains = HUNDRED.map((r) => r + 1);
    expect(taken(historicalVar(gains, { tail: P5 })).loss).toBeCloseTo(-0.944, 12);
  });

  test("VAR-004: too few returns for the tail is said, with how many are needed", () => {
    const told = historicalVar(HUNDRED.slice(1), { tail: P1 });
    expect(told).toMatchObject({ ok: false, code: "too-few-samples" });
    expect(told.ok ? "" : told.reason).toContain("100");
    expect(historicalVar(HUNDRED, { tail: P1 }).ok).toBe(true);
    expect(historicalVar(HUNDRED.slice(90), { tail: P1, rule: 7, minObservations: 5 }).ok).toBe(
      true,
    );
  });

  test("VAR-005: empty, NaN, infinite, absurd tails, horizons and windows are refused by name", () => {
    for (const measure of [historicalVar, normalVar, modifiedVar, historicalEs, normalEs]) {
      expect(measure([], { tail: P5 })).toMatchObject({ code: "empty" });
      expect(measure([0.1, Number.NaN], { tail: P5 })).toMatchObject({ code: "not-finite" });
      expect(measure([0.1, -Infinity], { tail: P5 })).toMatchObject({ code: "not-finite" });
      expect(measure(HUNDRED, { tail: ppm(0) })).toMatchObject({ code: "bad-tail" });
      expect(measure(HUNDRED, { tail: ppm(500_001) })).toMatchObject({ code: "bad-tail" });
      expect(measure(HUNDRED, { tail: P5, horizon: 0 })).toMatchObject({ code: "out-of-range" });
      expect(measure(HUNDRED, { tail: P5, window: 500 })).toMatchObject({
        code: "too-few-samples",
      });
    }
    expect(
      modifiedVar(
        HUNDRED.map(() => 0.1),
        { tail: P5 },
      ),
    ).toMatchObject({ code: "flat" });
    expect(ewmaVar(HUNDRED, { tail: P5, lambda: 1.5 })).toMatchObject({ code: "out-of-range" });
  });

  test("VAR-006: horizon and window are honoured and told", () => {
    const four = taken(normalVar(HUNDRED, { tail: P5, horizon: 4, window: 50, mean: "zero" }));
    const one = taken(normalVar(HUNDRED, { tail: P5, window: 50, mean: "zero" }));
    expect(four.loss).toBeCloseTo(2 * one.loss, 12);
    expect(four).toMatchObject({ horizon: 4, observations: 50, tail: P5 });
    const runs = taken(
      historicalVar(HUNDRED, { tail: P5, horizon: 3, horizonRule: "overlapping-log" }),
    );
    // The k-th of 98 rising runs of three, k = ceil(98 * 5 %) = 5: returns 4, 5 and 6 of the hundred.
    expect(runs.loss).toBeCloseTo((56 + 55 + 54) / 1000, 12);
  });

  test("VAR-007: ES is always at least VaR, VaR falls with the tail, both scale with the returns", () => {
    fc.assert(
      fc.property(sample, fc.double({ min: 0.1, max: 10, noNaN: true }), (returns, by) => {
        const loss = taken(historicalVar(returns, { tail: P5 })).loss;
        const es = taken(historicalEs(returns, { tail: P5 })).loss;
        expect(es).toBeGreaterThanOrEqual(loss - 1e-12);
        expect(taken(historicalVar(returns, { tail: P1 })).loss).toBeGreaterThanOrEqual(loss);
        const scaled = returns.map((r) => r * by);
        expect(taken(historicalVar(scaled, { tail: P5 })).loss).toBeCloseTo(loss * by, 9);
      }),
    );
  });

  test("VAR-008: Cornish-Fisher is the normal where nothing is skewed or fat, and says when it is none", () => {
    const normal = { mean: 0.001, deviation: 0.02, skewness: 0, kurtosis: 0 };
    expect(modifiedLoss(normal, P1)).toBeCloseTo(normalLoss(normal, P1), 14);
    expect(modifiedShortfall(normal, P1, true)).toBeCloseTo(normalShortfall(normal, P1), 14);
    expect(isMonotone({ skewness: -0.5, kurtosis: 2 })).toBe(true);
    // A daily coin series: kurtosis far outside the domain.
    expect(isMonotone({ skewness: 0.5, kurtosis: 20 })).toBe(false);
  });

  test("VAR-009: 8.40 at 95 % is 11.88 at 99 % under the normal; 14.20 is a Student of 4.71", () => {
    const deviation = 8.4 / 1.6448536269514722;
    expect(normalLoss({ mean: 0, deviation }, P1)).toBeCloseTo(11.88, 2);
    const student = { location: 0, scale: 1, df: 4.71 };
    const ratio = taken(studentVar(student, P1)) / taken(studentVar(student, P5));
    expect(ratio).toBeCloseTo(14.2 / 8.4, 3);
  });

  test("VAR-010: Student's losses by deviation, its ES in closed form, and both fits", () => {
    const student = taken(studentOfDeviation(0, 0.02, 5));
    expect(taken(studentVar(student, P1))).toBeCloseTo(0.052129, 5);
    // Mean of the quantiles beyond: the definition of ES, by midpoints.
    let sum = 0;
    for (let i = 0; i < 2_000; i++) {
      sum += taken(studentVar(student, ppm(Math.max(1, Math.round(10_000 * ((i + 0.5) / 2_000))))));
    }
    expect(taken(studentEs(student, P1))).toBeCloseTo(sum / 2_000, 3);
    const { student: draw } = chanceOf(5);
    const returns = Float64Array.from({ length: 4_000 }, () => 0.02 * draw(5));
    const fit = taken(studentByLikelihood(returns));
    expect(fit.df).toBeGreaterThan(4);
    expect(fit.df).toBeLessThan(6.5);
    expect(taken(studentByMoments(returns)).df).toBeGreaterThan(4);
    expect(studentOfDeviation(0, 1, 2)).toMatchObject({ code: "out-of-range" });
    expect(studentEs({ location: 0, scale: 1, df: 1 }, P1)).toMatchObject({ code: "out-of-range" });
  });

  test("VAR-011: EWMA follows the last days and not the distant ones", () => {
    const calm = garchReturns(3, 500);
    const shaken = Float64Array.from([...calm, 0.1, -0.1, 0.1]);
    const level = { tail: P1, lambda: 0.94 } as const;
    const before = taken(ewmaVar(calm, level)).loss;
    expect(taken(ewmaVar(shaken, level)).loss).toBeGreaterThan(2 * before);
  });

  test("VAR-012: returns, moments and drawdown by hand", () => {
    expect([...taken(returnsOf([100, 110, 99], "simple"))].map((r) => r.toFixed(12))).toEqual([
      "0.100000000000",
      "-0.100000000000",
    ]);
    expect(taken(returnsOf([1, Math.E], "log"))[0]).toBeCloseTo(1, 14);
    expect(returnsOf([1, 0], "log")).toMatchObject({ code: "not-positive" });
    expect(taken(maxDrawdown([0.1, -0.5, 0.2, -0.1]))).toBeCloseTo(
      0.5 + 0.5 * (1 - 1.2 * 0.9) * 0,
      12,
    );
    const five = [1, 2, 3, 4, 10];
    expect(taken(skewness(five, "moment"))).toBeCloseTo(1.1384199576606164, 12);
    expect(taken(skewness(five, "sample"))).toBeCloseTo(1.6970562748477136, 10);
    expect(taken(kurtosis(five, "sample-excess"))).toBeCloseTo(3.152, 10);
  });
});
