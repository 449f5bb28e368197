/** Weights from a covariance matrix: optimality by its own conditions, the tree against scipy. */
import { fc, test as prop } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import {
  equalWeight,
  inverseVolatility,
  longOnlyReward,
  maximumDiversification,
  maximumSharpe,
  minimumVariance,
} from "../../src/risk/allocation.ts";
import { minimumVarianceBounded } from "../../src/risk/allocation-bounded.ts";
import { hierarchicalRiskParity } from "../../src/risk/allocation-hrp.ts";
import { covarianceOf } from "../../src/risk/covariance.ts";
import { product, timesVector, transposed } from "../../src/risk/matrix.ts";
import { riskParity } from "../../src/risk/risk-parity.ts";
import { taken } from "./reference-series.ts";

/** B B' + a tenth of the identity for a random B: positive definite, often strongly correlated. */
const matrices = fc
  .integer({ min: 1, max: 8 })
  .chain((n) =>
    fc.array(
      fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: n, maxLength: n }),
      {
        minLength: n,
        maxLength: n,
      },
    ),
  )
  .map((b) =>
    product(b, transposed(b)).map((row, i) => row.map((v, j) => (i === j ? v + 0.1 : v))),
  );
const FIVE = taken(
  covarianceOf(
    [0.65, 0.8, 1.2, 0.7, 1.0],
    [
      [1, 0.82, 0.71, 0.77, 0.55],
      [0.82, 1, 0.78, 0.74, 0.6],
      [0.71, 0.78, 1, 0.69, 0.5],
      [0.77, 0.74, 0.69, 1, 0.45],
      [0.55, 0.6, 0.5, 0.45, 1],
    ],
  ),
);
const near = (got: readonly number[], want: readonly number[], digits: number): void => {
  expect(got.length).toBe(want.length);
  want.forEach((value, i) => {
    expect(got[i]).toBeCloseTo(value, digits);
  });
};
const sum = (x: readonly number[]): number => x.reduce((total, v) => total + v, 0);

describe("risk parity", () => {
  prop.prop([matrices])("ALLOC-001: always converges to equal parts of the risk", (covariance) => {
    const answer = taken(riskParity(covariance));
    expect(answer.residual).toBeLessThan(1e-9);
    expect(sum(answer.weights)).toBeCloseTo(1, 12);
    for (const w of answer.weights) expect(w).toBeGreaterThan(0);
    for (const c of answer.contributions) expect(c).toBeCloseTo(1 / covariance.length, 9);
  });

  test("ALLOC-002: budgets are met; budgets that are none are named", () => {
    const budgets = [0.4, 0.3, 0.15, 0.1, 0.05];
    near(taken(riskParity(FIVE, { budgets })).contributions, budgets, 11);
    const code = (b: number[]) => {
      const answer = riskParity(FIVE, { budgets: b });
      return answer.ok ? "ok" : answer.code;
    };
    expect(code([0.5, 0.5, 0, 0, 0])).toBe("out-of-range");
    expect(code([0.5, 0.6])).toBe("length-mismatch");
    expect(code([0.2, 0.2, 0.2, 0.2, 0.3])).toBe("out-of-range");
    expect(code([0.2, 0.2, 0.2, 0.2, Number.NaN])).toBe("not-finite");
  });

  test("ALLOC-003: too few steps is said, never passed over", () => {
    expect(riskParity(FIVE, { iterationsMax: 1 })).toMatchObject({ code: "not-converged" });
  });

  test("ALLOC-004: the scale of the matrix does not matter, down to 1e-12 of it", () => {
    const tiny = FIVE.map((row) => row.map((v) => v * 1e-12));
    near(taken(riskParity(tiny)).weights, taken(riskParity(FIVE)).weights, 10);
  });

  test("ALLOC-005: singular, unsymmetric, empty and broken matrices are named", () => {
    for (const measure of [
      riskParity,
      minimumVariance,
      maximumDiversification,
      hierarchicalRiskParity,
      inverseVolatility,
      equalWeight,
    ]) {
      expect(measure([])).toMatchObject({ code: "empty" });
      expect(
        measure([
          [1, 0.5],
          [0.4, 1],
        ]),
      ).toMatchObject({ code: "not-symmetric" });
      expect(measure([[1, 0.5]])).toMatchObject({ code: "length-mismatch" });
      expect(measure([[Number.NaN]])).toMatchObject({ code: "not-finite" });
    }
    for (const measure of [riskParity, minimumVariance, maximumDiversification]) {
      expect(
        measure([
          [1, 1],
          [1, 1],
        ]),
      ).toMatchObject({ code: "singular" });
      expect(
        measure([
          [0, 0],
          [0, 0],
        ]),
      ).toMatchObject({ code: "singular" });
    }
    expect(inverseVolatility([[0]])).toMatchObject({ code: "singular" });
    expect(hierarchicalRiskParity([[0]])).toMatchObject({ code: "flat" });
  });
});

describe("least variance and its kin", () => {
  prop.prop([matrices, fc.infiniteStream(fc.double({ min: -1, max: 1, noNaN: true }))])(
    "ALLOC-006: always the long-only optimum meets its optimality conditions",
    (covariance, stream) => {
      const reward = covariance.map(() => stream.next().value ?? 0);
      const x = taken(longOnlyReward(covariance, reward));
      const slope = timesVector(covariance, x).map((v, i) => (reward[i] ?? 0) - v);
      for (const [i, v] of x.entries()) {
        expect(v).toBeGreaterThanOrEqual(0);
        if (v > 0) expect(Math.abs(slope[i] ?? 0)).toBeLessThan(1e-8);
        else expect(slope[i]).toBeLessThan(1e-8);
      }
    },
  );

  test("ALLOC-007: five coins as scipy (SLSQP 1.17, normal equations) has them", () => {
    near(taken(minimumVariance(FIVE)).weights, [0.592220707, 0, 0, 0.329724644, 0.0780546492], 6);
    near(
      taken(minimumVariance(FIVE, { sides: "free" })).weights,
      [0.68329524, 0.02530698, -0.25287264, 0.43513062, 0.1091398],
      7,
    );
  });

  prop.prop([matrices])(
    "ALLOC-008: always no allocation has less variance than the least",
    (covariance) => {
      const least = taken(minimumVariance(covariance)).volatility;
      const free = taken(minimumVariance(covariance, { sides: "free" })).volatility;
      expect(free).toBeLessThanOrEqual(least * (1 + 1e-9));
      for (const other of [equalWeight, inverseVolatility, riskParity, maximumDiversification]) {
        expect(least).toBeLessThanOrEqual(taken(other(covariance)).volatility * (1 + 1e-9));
      }
    },
  );

  test("ALLOC-009: the largest Sharpe ratio beats its neighbours; no excess return has none", () => {
    const mu = [0.3, 0.25, 0.2, 0.28, 0.4];
    const ratio = (w: readonly number[]): number =>
      w.reduce((s, v, i) => s + v * ((mu[i] ?? 0) - 0.05), 0) /
      Math.sqrt(w.reduce((s, v, i) => s + v * (timesVector(FIVE, w)[i] ?? 0), 0));
    const best = taken(maximumSharpe(FIVE, mu, 0.05)).weights;
    for (let i = 0; i < 5; i++) {
      const moved = best.map((w, j) => (w + (i === j ? 0.02 : 0)) / 1.02);
      expect(ratio(moved)).toBeLessThanOrEqual(ratio(best) + 1e-12);
    }
    expect(maximumSharpe(FIVE, mu, 1)).toMatchObject({ code: "infeasible" });
    expect(maximumSharpe(FIVE, [1], 0)).toMatchObject({ code: "length-mismatch" });
  });

  test("ALLOC-010: inverse variance is inverse volatility squared", () => {
    const diagonal = [
      [1, 0],
      [0, 4],
    ];
    near(taken(inverseVolatility(diagonal)).weights, [2 / 3, 1 / 3], 12);
    near(taken(inverseVolatility(diagonal, "variance")).weights, [0.8, 0.2], 12);
  });
});

describe("least variance within bounds", () => {
  prop.prop([matrices])(
    "ALLOC-014: always the same as long-only when only the floor is zero",
    (covariance) => {
      const bounded = taken(minimumVarianceBounded(covariance));
      expect(sum(bounded.weights)).toBeCloseTo(1, 9);
      near(bounded.weights, taken(minimumVariance(covariance)).weights, 6);
    },
  );

  test("ALLOC-015: a ceiling of 40 % binds and the rest goes to the next best", () => {
    const upper = [0.4, 0.4, 0.4, 0.4, 0.4];
    const { weights, volatility } = taken(minimumVarianceBounded(FIVE, { upper }));
    expect(weights[0]).toBe(0.4);
    expect(volatility).toBeGreaterThan(taken(minimumVariance(FIVE)).volatility);
    const slope = timesVector(FIVE, weights);
    const inside = weights.flatMap((w, i) => (w > 0 && w < 0.4 ? [slope[i] ?? 0] : []));
    expect(inside.length).toBeGreaterThan(0);
    for (const v of inside) expect(v).toBeCloseTo(inside[0] ?? 0, 9);
    expect(slope[0]).toBeLessThan(inside[0] ?? 0);
  });

  test("ALLOC-016: wide bounds give the free solution; bounds that admit none are named", () => {
    const wide = { lower: [-9, -9, -9, -9, -9], upper: [9, 9, 9, 9, 9] };
    const free = taken(minimumVariance(FIVE, { sides: "free" })).weights;
    near(taken(minimumVarianceBounded(FIVE, wide)).weights, free, 8);
    const code = (lower: number[], upper: number[]) => {
      const answer = minimumVarianceBounded(FIVE, { lower, upper });
      return answer.ok ? "ok" : answer.code;
    };
    const five = (v: number) => [v, v, v, v, v];
    expect(code(five(0), five(0.1))).toBe("infeasible");
    expect(code(five(0.3), five(1))).toBe("infeasible");
    expect(code(five(0.2), five(0.1))).toBe("out-of-range");
    expect(code([0], [1])).toBe("length-mismatch");
    expect(code(five(0), five(Number.NaN))).toBe("not-finite");
  });
});

describe("hierarchical risk parity", () => {
  test("ALLOC-011: five coins as scipy's linkage has them, single and complete", () => {
    const single = taken(hierarchicalRiskParity(FIVE));
    expect(single.order).toEqual([4, 3, 2, 0, 1]);
    near(
      single.weights,
      [
        0.2152867691703689, 0.14212290621012633, 0.11386478526086481, 0.35484935527425504,
        0.17387618408438493,
      ],
      14,
    );
    const complete = taken(hierarchicalRiskParity(FIVE, { linkage: "complete" }));
    expect(complete.order).toEqual([4, 2, 3, 0, 1]);
    near(
      complete.weights,
      [
        0.20979668320871706, 0.1384985916495046, 0.1334487685212121, 0.32608972995002083,
        0.19216622667054542,
      ],
      14,
    );
  });

  test("ALLOC-012: every linkage and distance gives weights that sum to one, in a full order", () => {
    for (const linkage of ["single", "complete", "average", "ward"] as const) {
      for (const distance of ["correlation", "columns"] as const) {
        const answer = taken(hierarchicalRiskParity(FIVE, { linkage, distance }));
        expect(sum(answer.weights)).toBeCloseTo(1, 12);
        expect([...answer.order].sort()).toEqual([0, 1, 2, 3, 4]);
        for (const w of answer.weights) expect(w).toBeGreaterThan(0);
      }
    }
    near(taken(hierarchicalRiskParity([[2]])).weights, [1], 12);
  });

  test("ALLOC-013: two assets share by inverse variance whatever their correlation", () => {
    const pair = taken(
      covarianceOf(
        [1, 2],
        [
          [1, 0.5],
          [0.5, 1],
        ],
      ),
    );
    near(taken(hierarchicalRiskParity(pair)).weights, [0.8, 0.2], 12);
  });
});
