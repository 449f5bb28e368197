/** Who brings the risk: components that add up to the total, against definitions and derivatives. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ppm } from "../../src/core/ppm.ts";
import {
  byOwner,
  normalComponentEs,
  normalComponentVar,
  normalIncrementalVar,
} from "../../src/risk/component-var.ts";
import { covariance, covarianceOf } from "../../src/risk/covariance.ts";
import { modifiedEs } from "../../src/risk/expected-shortfall.ts";
import { modifiedVar } from "../../src/risk/var.ts";
import {
  historicalComponents,
  historicalIncremental,
} from "../../src/risk/var-component-historical.ts";
import {
  modifiedComponentEs,
  modifiedComponentVar,
} from "../../src/risk/var-component-modified.ts";
import { taken } from "./reference-series.ts";
import { garchReturns } from "./simulate.ts";

const P5 = ppm(50_000);
const P1 = ppm(10_000);
const RETURNS = [1, 2, 3].map((seed) => garchReturns(seed, 600));
const weightsOf = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), {
  minLength: 3,
  maxLength: 3,
});
const sum = (parts: ArrayLike<number>) => Array.from(parts).reduce((a, b) => a + b, 0);

/** Slopes of a measure by central differences: what parts must be by Euler's theorem. */
function slopes(measure: (weights: number[]) => number, weights: readonly number[]): number[] {
  return weights.map((w, i) => {
    const moved = (by: number) => measure(weights.map((x, j) => (i === j ? w + by : x)));
    return (moved(1e-5) - moved(-1e-5)) / 2e-5;
  });
}

describe("component VaR", () => {
  test("CMP-001: normal parts always add up to the total, for VaR and ES", () => {
    const matrix = taken(covariance(RETURNS));
    fc.assert(
      fc.property(weightsOf, (weights) => {
        for (const measure of [normalComponentVar, normalComponentEs]) {
          const { total, parts } = taken(measure({ weights, covariance: matrix }, P5));
          expect(sum(parts)).toBeCloseTo(total, 12);
          expect(total).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });

  test("CMP-002: modified parts are the weights times the measure's own slopes", () => {
    const weights = [0.5, -0.3, 0.8];
    for (const tail of [P5, P1]) {
      const measures = [
        (w: readonly number[]) =>
          taken(modifiedComponentVar({ returns: RETURNS, weights: w }, tail)),
        (w: readonly number[]) =>
          taken(modifiedComponentEs({ returns: RETURNS, weights: w }, tail)),
        (w: readonly number[]) =>
          taken(modifiedComponentEs({ returns: RETURNS, weights: w }, tail, false)),
      ];
      for (const measure of measures) {
        const { parts, total, marginal } = measure(weights);
        slopes((w) => measure(w).total, weights).forEach((slope, i) => {
          expect(marginal[i]).toBeCloseTo(slope, 6);
        });
        expect(sum(parts)).toBeCloseTo(total, 10);
      }
    }
  });

  test("CMP-003: the modified total is the modified measure of the portfolio's own returns", () => {
    const weights = [0.5, -0.3, 0.8];
    const portfolio = Float64Array.from({ length: 600 }, (_, t) =>
      RETURNS.reduce((s, r, i) => s + (weights[i] ?? 0) * (r[t] ?? 0), 0),
    );
    const book = { returns: RETURNS, weights, divisor: "n" } as const;
    const level = { tail: P5, divisor: "n" } as const;
    expect(taken(modifiedComponentVar(book, P5)).total).toBeCloseTo(
      taken(modifiedVar(portfolio, level)).loss,
      12,
    );
    expect(taken(modifiedComponentEs(book, P5)).total).toBeCloseTo(
      taken(modifiedEs(portfolio, level)).loss,
      12,
    );
  });

  test("CMP-004: historical parts add up for every way of sharing, and ES parts are exact", () => {
    fc.assert(
      fc.property(
        weightsOf,
        fc.constantFrom("tail-mean", "kernel", "scenario"),
        (weights, share) => {
          const book = { returns: RETURNS, weights };
          const got = historicalComponents(book, P5, { share: share as "kernel", rule: 7 });
          if (!got.ok) {
            expect(got.code).toBe("flat");
            return;
          }
          expect(sum(got.value.parts)).toBeCloseTo(got.value.total, 10);
          expect(sum(got.value.shortfallParts)).toBeCloseTo(got.value.shortfall, 12);
          expect(got.value.shortfall).toBeGreaterThanOrEqual(got.value.total - 1e-12);
        },
      ),
    );
  });

  test("CMP-005: increments are differences of whole books; a hedge takes risk away", () => {
    const matrix = taken(
      covarianceOf(
        [0.02, 0.02],
        [
          [1, 0.9],
          [0.9, 1],
        ],
      ),
    );
    const book = { weights: [1000, 0], covariance: matrix };
    const hedge = taken(normalIncrementalVar(book, [0, -800], P5));
    expect(hedge).toBeLessThan(0);
    const after = taken(
      normalComponentVar({ weights: [1000, -800], covariance: matrix }, P5),
    ).total;
    expect(hedge).toBeCloseTo(after - taken(normalComponentVar(book, P5)).total, 10);
    const flat = { returns: RETURNS, weights: [1, 1, 0] };
    expect(taken(historicalIncremental(flat, [0, 0, 0], P5))).toBe(0);
    expect(taken(historicalIncremental(flat, [1, 1, 0], P5))).toBeGreaterThan(0);
  });

  test("CMP-006: parts by owner keep their total", () => {
    expect([...taken(byOwner([1, 2, 3, -4], [0, 1, 0, 1], 2))]).toEqual([4, -2]);
    expect(byOwner([1], [3], 2)).toMatchObject({ code: "out-of-range" });
  });

  test("CMP-007: wrong sizes, indefinite matrices and NaN are refused by name", () => {
    const unit = [
      [1, 0],
      [0, 1],
    ];
    const told = (book: Parameters<typeof normalComponentVar>[0]) => normalComponentVar(book, P5);
    expect(told({ weights: [1], covariance: unit })).toMatchObject({ code: "length-mismatch" });
    expect(told({ weights: [1, Number.NaN], covariance: unit })).toMatchObject({
      code: "not-finite",
    });
    expect(
      told({
        weights: [1, -1],
        covariance: [
          [1, 2],
          [2, 1],
        ],
      }),
    ).toMatchObject({
      code: "not-positive-definite",
    });
    expect(told({ weights: [], covariance: [] })).toMatchObject({ code: "empty" });
    const none = { returns: RETURNS, weights: [0, 0, 0] };
    expect(historicalComponents(none, P5)).toMatchObject({ code: "flat" });
    expect(historicalComponents(none, ppm(100))).toMatchObject({ code: "too-few-samples" });
    expect(modifiedComponentVar(none, P5)).toMatchObject({ code: "flat" });
  });
});
