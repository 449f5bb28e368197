/** Covariance, shrinkage and repair, by worked example and by property. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  correlationOf,
  covariance,
  covarianceOf,
  ewmaCovariance,
  portfolioVolatility,
} from "../../src/risk/covariance.ts";
import { shrunkCovariance } from "../../src/risk/covariance-shrinkage.ts";
import {
  cell,
  cholesky,
  eigen,
  inverse,
  product,
  type Rows,
  transposed,
} from "../../src/risk/matrix.ts";
import { repairCorrelation, repairCovariance } from "../../src/risk/matrix-repair.ts";
import { taken } from "./reference-series.ts";
import { garchReturns } from "./simulate.ts";

const CALM = [
  [1, 0.82, 0.71],
  [0.82, 1, 0.78],
  [0.71, 0.78, 1],
];
const BAD = [
  [1, 0.9, 0.7],
  [0.9, 1, 0.3],
  [0.7, 0.3, 1],
];
const least = (m: Rows) => Math.min(...eigen(m).values);
const symmetricOf = (n: number) =>
  fc
    .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: n * n, maxLength: n * n })
    .map((cells) =>
      Array.from({ length: n }, (_, i) =>
        Array.from({ length: n }, (__, j) =>
          i === j ? 1 : (cells[Math.min(i, j) * n + Math.max(i, j)] ?? 0),
        ),
      ),
    );

describe("covariance and its repair", () => {
  test("COV-001: equal weights in three coins scatter 81.4 %, not the naive 88.3 % nor a printed 78 %", () => {
    const matrix = taken(covarianceOf([0.65, 0.8, 1.2], CALM));
    expect(taken(portfolioVolatility([1 / 3, 1 / 3, 1 / 3], matrix))).toBeCloseTo(0.8138, 4);
    expect((0.65 + 0.8 + 1.2) / 3).toBeCloseTo(0.8833, 4);
    const printed = taken(portfolioVolatility([0.482, 0.351, 0.167], matrix));
    expect(printed).toBeCloseTo(0.7337, 4);
    const parity = taken(portfolioVolatility([0.4272, 0.3382, 0.2346], matrix));
    expect(parity).toBeCloseTo(0.7633, 4);
  });

  test("COV-002: always positive semidefinite after repair, ones on the diagonal, and it says so", () => {
    fc.assert(
      fc.property(symmetricOf(4), fc.constantFrom("spectral", "higham", "shrink"), (m, method) => {
        const done = taken(repairCorrelation(m, { method: method as "higham" }));
        expect(least(done.matrix)).toBeGreaterThan(-1e-9);
        done.matrix.forEach((row, i) => {
          expect(row[i]).toBe(1);
        });
        // Rounding is judged against the largest eigenvalue, which lies between one and four here.
        if (done.minEigenvalueBefore < -4e-12) expect(done.repaired).toBe(true);
        if (done.minEigenvalueBefore > -1e-12) expect(done.repaired).toBe(false);
        expect(done.distance > 0).toBe(done.repaired);
      }),
      { numRuns: 60 },
    );
  });

  test("COV-003: a fit matrix is returned unchanged and unrepaired", () => {
    const done = taken(repairCorrelation(CALM));
    expect(done).toMatchObject({ repaired: false, method: "none", distance: 0, largestChange: 0 });
    expect(done.matrix).toEqual(CALM);
  });

  test("COV-004: Higham's is the nearest: no further than spectral, shrinkage or any mix of both", () => {
    const far = (method: "spectral" | "higham" | "shrink") =>
      taken(repairCorrelation(BAD, { method })).distance;
    expect(far("higham")).toBeLessThanOrEqual(far("spectral"));
    expect(far("higham")).toBeLessThan(far("shrink"));
    // Higham (2002), section 4: the nearest to this matrix, published to four digits.
    const example = [
      [1, 1, 0],
      [1, 1, 1],
      [0, 1, 1],
    ];
    const near = taken(repairCorrelation(example, { method: "higham" })).matrix;
    expect(cell(near, 0, 1)).toBeCloseTo(0.7607, 4);
    expect(cell(near, 0, 2)).toBeCloseTo(0.1573, 4);
  });

  test("COV-005: a covariance keeps its variances through the repair", () => {
    const bad = BAD.map((row, i) => row.map((rho, j) => rho * 0.01 * (i + 1) * (j + 1)));
    const done = taken(repairCovariance(bad));
    expect(done.repaired).toBe(true);
    done.matrix.forEach((row, i) => {
      expect(row[i]).toBeCloseTo(cell(bad, i, i), 14);
    });
    expect(least(done.matrix)).toBeGreaterThan(-1e-12);
    const beyond = taken(
      repairCovariance([
        [1, 2],
        [2, 1],
      ]),
    );
    expect(beyond.repaired).toBe(true);
    expect(cell(beyond.matrix, 0, 1)).toBeLessThanOrEqual(1);
  });

  test("COV-006: the five services with half their correlations given: fit, and how far the rest may go", () => {
    // Trading, casino, escrow, lending, domains; what the requirement does not print is zero.
    const services = (casinoLending: number) => [
      [1, 0.42, 0.11, -0.31, 0.08],
      [0.42, 1, 0.06, casinoLending, 0],
      [0.11, 0.06, 1, 0, 0],
      [-0.31, casinoLending, 0, 1, 0],
      [0.08, 0, 0, 0, 1],
    ];
    const fit = taken(repairCorrelation(services(0)));
    expect(fit.repaired).toBe(false);
    expect(fit.minEigenvalueBefore).toBeCloseTo(0.468, 3);
    for (const [rho, repaired] of [
      [-0.995, true],
      [-0.95, false],
      [0.7, false],
      [0.74, true],
    ] as const) {
      expect(taken(repairCorrelation(services(rho))).repaired).toBe(repaired);
    }
  });

  test("COV-007: exponential seeds agree with their definitions", () => {
    const set = [
      [0.1, 0.2, -0.1],
      [0.05, -0.1, 0.2],
    ];
    const at = (seed: Parameters<typeof ewmaCovariance>[1]["seed"]) =>
      cell(taken(ewmaCovariance(set, { lambda: 0.9, seed: seed ?? "first-product" })), 0, 1);
    const [a, b, c] = [0.005, -0.02, -0.02];
    expect(at("first-product")).toBeCloseTo(0.9 * (0.9 * a + 0.1 * b) + 0.1 * c, 15);
    expect(at({ meanOfFirst: 2 })).toBeCloseTo(0.9 * ((a + b) / 2) + 0.1 * c, 15);
    expect(at("adjusted")).toBeCloseTo((0.81 * a + 0.9 * b + c) / 2.71, 15);
    expect(
      at({
        matrix: [
          [1, 0.5],
          [0.5, 1],
        ],
      }),
    ).toBeCloseTo(0.9 * (0.9 * (0.9 * 0.5 + 0.1 * a) + 0.1 * b) + 0.1 * c, 15);
  });

  test("COV-008: the inverse and the root multiply back, always", () => {
    const set = [1, 2, 3, 4].map((seed) => garchReturns(seed, 100));
    const matrix = taken(covariance(set));
    const unit = product(matrix, taken(inverse(matrix)));
    unit.forEach((row, i) => {
      row.forEach((value, j) => {
        expect(value).toBeCloseTo(i === j ? 1 : 0, 10);
      });
    });
    const root = taken(cholesky(matrix));
    product(root, transposed(root)).forEach((row, i) => {
      row.forEach((value, j) => {
        expect(value).toBeCloseTo(cell(matrix, i, j), 15);
      });
    });
  });

  test("COV-009: shrinkage lies between sample and target and makes few observations invertible", () => {
    const set = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => garchReturns(seed, 6));
    expect(inverse(taken(covariance(set)))).toMatchObject({ ok: false, code: "singular" });
    for (const target of ["scaled-identity", "constant-correlation"] as const) {
      const shrunk = taken(shrunkCovariance(set, target));
      expect(shrunk.intensity).toBeGreaterThan(0);
      expect(shrunk.intensity).toBeLessThanOrEqual(1);
    }
    expect(inverse(taken(shrunkCovariance(set, "scaled-identity")).matrix).ok).toBe(true);
  });

  test("COV-010: shapeless, asymmetric, infinite, flat and indefinite matrices are refused by name", () => {
    expect(repairCorrelation([])).toMatchObject({ code: "empty" });
    expect(repairCorrelation([[1, 0.5]])).toMatchObject({ code: "length-mismatch" });
    expect(
      repairCorrelation([
        [1, 0.5],
        [0.4, 1],
      ]),
    ).toMatchObject({ code: "not-symmetric" });
    expect(
      repairCorrelation([
        [1, Number.NaN],
        [Number.NaN, 1],
      ]),
    ).toMatchObject({ code: "not-finite" });
    expect(
      repairCorrelation([
        [1, 1.5],
        [1.5, 1],
      ]),
    ).toMatchObject({ code: "out-of-range" });
    expect(
      correlationOf([
        [0, 0],
        [0, 1],
      ]),
    ).toMatchObject({ code: "flat" });
    expect(
      portfolioVolatility(
        [1, -1],
        [
          [1, 2],
          [2, 1],
        ],
      ),
    ).toMatchObject({
      code: "not-positive-definite",
    });
    expect(covariance([[1, 2], [1]])).toMatchObject({ code: "length-mismatch" });
    expect(covariance([[1]])).toMatchObject({ code: "too-few-samples" });
  });
});
