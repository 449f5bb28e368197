/** Correlations and their comparison, by worked example and by property. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concentration, correlation, effectiveBets, midRanks } from "../../src/risk/correlation.ts";
import { compareIndependent, correlationInterval } from "../../src/risk/correlation-compare.ts";
import { dccPath } from "../../src/risk/correlation-dcc.ts";
import { compareOverlapping } from "../../src/risk/correlation-dependent.ts";
import { jennrich } from "../../src/risk/correlation-jennrich.ts";
import {
  compareWindows,
  ewmaCorrelation,
  rollingCorrelation,
} from "../../src/risk/correlation-rolling.ts";
import { pairsOf } from "./drift-runs.ts";
import { taken } from "./reference-series.ts";
import { chanceOf } from "./simulate.ts";

const matrixOf = (a: number, b: number, c: number) => [
  [1, a, b],
  [a, 1, c],
  [b, c, 1],
];

describe("correlation", () => {
  test("COR-001: ranks share ties, tau-b corrects for them", () => {
    expect([...midRanks([10, 20, 20, 5])]).toEqual([2, 3.5, 3.5, 1]);
    // scipy.stats.kendalltau
    expect(taken(correlation([12, 2, 1, 12, 2], [1, 4, 7, 1, 0], "kendall"))).toBeCloseTo(
      -0.4714045207910316,
      12,
    );
  });

  test("COR-002: always within one, symmetric, blind to scale; ranks blind to any rising map", () => {
    const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(
        values,
        values,
        fc.constantFrom("pearson", "spearman", "kendall"),
        (x, y, kind) => {
          const measure = kind as "pearson";
          const r = correlation(x, y, measure);
          if (!r.ok) {
            expect(r.code).toBe("flat");
            return;
          }
          expect(Math.abs(r.value)).toBeLessThanOrEqual(1 + 1e-12);
          expect(taken(correlation(y, x, measure))).toBeCloseTo(r.value, 12);
          const scaled = x.map((v) => 3 * v - 7);
          expect(taken(correlation(scaled, y, measure))).toBeCloseTo(r.value, 10);
          if (kind === "pearson") return;
          const bent = x.map((v) => Math.exp(v / 500));
          expect(taken(correlation(bent, y, measure))).toBeCloseTo(r.value, 12);
        },
      ),
    );
  });

  test("COR-003: one bet when all move together, as many as there are when none do", () => {
    const all = taken(concentration(matrixOf(1, 1, 1)));
    expect(all.effectiveBets).toBeCloseTo(1, 6);
    expect(all.absorption[0]).toBeCloseTo(1, 12);
    const none = taken(concentration(matrixOf(0, 0, 0)));
    expect(none.effectiveBets).toBeCloseTo(3, 12);
    expect(none.participation).toBeCloseTo(3, 12);
    expect(taken(effectiveBets([1, 0, 0], matrixOf(0, 0, 0)))).toBeCloseTo(1, 9);
    expect(concentration(matrixOf(0.9, 0.9, -0.9))).toMatchObject({
      code: "not-positive-definite",
    });
  });

  test("COR-004: Jennrich on calm against crisis: the ratios for 30, 60 and 120 observations", () => {
    const [calm, crisis] = [matrixOf(0.8, 0.7, 0.75), matrixOf(0.95, 0.92, 0.94)];
    const at = (n: number) => taken(jennrich(calm, 250, crisis, n));
    expect(at(30).statistic).toBeCloseTo(8.2555, 3);
    expect(at(30).p).toBeCloseTo(0.041, 3);
    expect(at(60).statistic).toBeCloseTo(16.8316, 3);
    expect(at(120).statistic).toBeCloseTo(34.6734, 3);
    expect(taken(jennrich(calm, 100, calm, 50)).statistic).toBeCloseTo(0, 12);
    expect(jennrich(matrixOf(1, 1, 1), 9, matrixOf(1, 1, 1), 9)).toMatchObject({
      code: "singular",
    });
  });

  test("COR-005: the overlapping tests on cocor's example", () => {
    // cocor manual: r.jk = .2, r.jh = .5, r.kh = .1, n = 315.
    const got = taken(compareOverlapping({ rJk: 0.2, rJh: 0.5, rKh: 0.1, n: 315 }));
    for (const { statistic, p } of [
      got.pearson1898,
      got.hotelling1940,
      got.williams1959,
      got.olkin1967,
      got.dunn1969,
      got.hendrickson1970,
      got.steiger1980,
      got.meng1992,
      got.hittner2003,
    ]) {
      expect(statistic).toBeLessThan(-4);
      expect(statistic).toBeGreaterThan(-5);
      expect(p).toBeLessThan(1e-4);
    }
    expect(got.zou2007.low).toBeLessThan(-0.3);
    expect(got.zou2007.high).toBeLessThan(0);
    expect(got.williams1959.df).toBe(312);
    expect(compareOverlapping({ rJk: 0.9, rJh: 0.9, rKh: -0.9, n: 50 })).toMatchObject({
      code: "not-positive-definite",
    });
  });

  test("COR-006: one-sided chances halve and mirror the two-sided one", () => {
    const pair = { r1: 0.7, n1: 100, r2: 0.6, n2: 100 };
    const p = (alternative: "two-sided" | "greater" | "less") =>
      taken(compareIndependent(pair, { alternative })).fisher.p;
    expect(p("greater")).toBeCloseTo(p("two-sided") / 2, 14);
    expect(p("less")).toBeCloseTo(1 - p("greater"), 14);
    expect(compareIndependent({ ...pair, r1: 1 })).toMatchObject({ code: "out-of-range" });
    expect(compareIndependent({ ...pair, n1: 3 })).toMatchObject({ code: "too-few-samples" });
    const own = taken(correlationInterval(0.5, 103));
    expect(own.low).toBeLessThan(0.5);
    expect(Math.atanh(own.high) - Math.atanh(own.low)).toBeCloseTo((2 * 1.959964) / 10, 5);
  });

  test("COR-007: rolling and weighted correlations find a change and its time", () => {
    const chance = chanceOf(21);
    const before = pairsOf(chance, 300, 0);
    const after = pairsOf(chance, 300, 0.9);
    const x = [...before.x, ...after.x];
    const y = [...before.y, ...after.y];
    const rolling = taken(rollingCorrelation(x, y, 100));
    expect(rolling.length).toBe(501);
    expect(Math.abs(rolling[200] ?? 1)).toBeLessThan(0.3);
    expect(rolling[500]).toBeGreaterThan(0.8);
    expect(taken(ewmaCorrelation(x, y, 0.94))[599]).toBeGreaterThan(0.7);
    expect(taken(compareWindows(x, y, { recent: 100, base: 200, end: 400 })).test.p).toBeLessThan(
      0.05,
    );
    expect(compareWindows(x, y, { recent: 400, base: 400 })).toMatchObject({
      code: "too-few-samples",
    });
    expect(rollingCorrelation(x, y, 1)).toMatchObject({ code: "out-of-range" });
  });

  test("COR-008: DCC starts at its target, is a correlation at each step, and follows the products", () => {
    const { x, y } = pairsOf(chanceOf(22), 200, 0.5);
    const path = taken(
      dccPath([x, y], {
        a: 0.05,
        b: 0.9,
        start: "target",
        target: [
          [1, 0.5],
          [0.5, 1],
        ],
      }),
    );
    expect(path.correlations[0]?.[0]?.[1]).toBeCloseTo(0.5, 12);
    for (const r of path.correlations) {
      expect(r[0]?.[0]).toBe(1);
      expect(Math.abs(r[0]?.[1] ?? 2)).toBeLessThan(1);
    }
    const q = 0.05 * 0.5 + 0.05 * (x[0] ?? 0) * (y[0] ?? 0) + 0.9 * 0.5;
    expect(path.q[1]?.[0]?.[1]).toBeCloseTo(q, 12);
    const still = taken(dccPath([x, y], { a: 0, b: 0 }));
    expect(still.next).toEqual(still.correlations[7]);
    expect(dccPath([x, y], { a: 0.2, b: 0.8 })).toMatchObject({ code: "out-of-range" });
  });
});
