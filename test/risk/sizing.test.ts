/** Sizes by volatility and correlation, and by linear programme against another solver. */
import { fc, test as prop } from "@fast-check/vitest";
import loadHighs from "highs";
import { describe, expect, test } from "vitest";
import { covarianceOf } from "../../src/risk/covariance.ts";
import { correlationAwareSize, correlationImpact, type SizeQuery } from "../../src/risk/sizing.ts";
import { linearOptimum, type SizingSignal, sizeByMargin } from "../../src/risk/sizing-lp.ts";
import { taken } from "./reference-series.ts";

const COVARIANCE = taken(
  covarianceOf(
    [0.65, 0.8],
    [
      [1, 0.8],
      [0.8, 1],
    ],
  ),
);
const QUERY: SizeQuery = {
  side: "long",
  held: [5_000],
  covariance: COVARIANCE,
  equity: 10_000,
  targetVolatility: 0.5,
  freeMargin: 1e9,
  maxLeverage: 10,
};
const volatilityOf = (a: number, b: number): number =>
  Math.sqrt((0.65 * a) ** 2 + (0.8 * b) ** 2 + 2 * 0.8 * 0.65 * 0.8 * a * b);

describe("correlation-aware size", () => {
  test("SIZE-001: the position fills the volatility target exactly", () => {
    const answer = taken(correlationAwareSize(QUERY));
    expect(answer.limit).toBe("volatility");
    expect(volatilityOf(5_000, answer.notional)).toBeCloseTo(5_000, 6);
    expect(answer.volatilityAfter).toBeCloseTo(0.5, 9);
  });

  test("SIZE-002: a hedge may be larger than a position with the book", () => {
    const long = taken(correlationAwareSize(QUERY)).notional;
    const short = taken(correlationAwareSize({ ...QUERY, side: "short" })).notional;
    expect(short).toBeGreaterThan(long * 3);
    expect(volatilityOf(5_000, -short)).toBeCloseTo(5_000, 6);
  });

  test("SIZE-003: a book above target admits only what brings it back", () => {
    const over = { ...QUERY, held: [10_000] };
    expect(taken(correlationAwareSize(over))).toMatchObject({ notional: 0, limit: "none-allowed" });
    const hedge = taken(correlationAwareSize({ ...over, side: "short" }));
    expect(hedge.notional).toBeGreaterThan(0);
    expect(volatilityOf(10_000, -hedge.notional)).toBeLessThanOrEqual(5_000 * (1 + 1e-9));
  });

  test("SIZE-004: free margin bounds it: share x signal x leverage", () => {
    const tight = { ...QUERY, freeMargin: 100, marginShare: 0.6, signal: 0.5 };
    const answer = taken(correlationAwareSize(tight));
    expect(answer).toMatchObject({ limit: "margin", notional: 300, byMargin: 300 });
    expect(taken(correlationAwareSize({ ...QUERY, freeMargin: -5 })).notional).toBe(0);
  });

  test("SIZE-005: what is held of the asset itself counts", () => {
    const more = taken(correlationAwareSize({ ...QUERY, held: [0, 4_000] }));
    expect(more.notional).toBeCloseTo(5_000 / 0.8 - 4_000, 6);
    expect(correlationAwareSize({ ...QUERY, held: [1, 2, 3] })).toMatchObject({
      code: "length-mismatch",
    });
    expect(
      correlationAwareSize({
        ...QUERY,
        covariance: [
          [1, 0],
          [0, 0],
        ],
      }),
    ).toMatchObject({
      code: "singular",
    });
    expect(correlationAwareSize({ ...QUERY, equity: 0 })).toMatchObject({ code: "out-of-range" });
    expect(correlationAwareSize({ ...QUERY, signal: 2 })).toMatchObject({ code: "out-of-range" });
  });

  test("SIZE-006: higher correlation lowers the risk of a hedged book", () => {
    const calm = [
      [1, 0.5],
      [0.5, 1],
    ];
    const crisis = [
      [1, 0.95],
      [0.95, 1],
    ];
    expect(taken(correlationImpact([1, 1], calm, crisis))).toBeGreaterThan(1);
    expect(taken(correlationImpact([1, -1], calm, crisis))).toBeLessThan(0.4);
    expect(correlationImpact([1], calm, crisis)).toMatchObject({ code: "length-mismatch" });
  });
});

const signals: fc.Arbitrary<SizingSignal[]> = fc.array(
  fc.record({
    edge: fc.integer({ min: -20, max: 100 }).map((v) => v / 1_000),
    marginRate: fc.integer({ min: 1, max: 100 }).map((v) => v / 100),
    vol: fc.integer({ min: 0, max: 150 }).map((v) => v / 100),
  }),
  { minLength: 1, maxLength: 7 },
);
const fraction = fc.integer({ min: 0, max: 100 }).map((v) => v / 100);

describe("size by linear programme", () => {
  prop.prop([signals, fraction, fraction, fc.integer({ min: 1, max: 40 }).map((v) => v / 10)])(
    "SIZE-007: always as good as HiGHS, and feasible",
    async (list, targetUtilization, maxPerPosition, maxGross) => {
      const limits = { equity: 1_000, targetUtilization, maxPerPosition, maxGross };
      const answer = taken(sizeByMargin(list, limits));
      const term = (f: (s: SizingSignal) => number): string =>
        list.map((s, i) => `${f(s) < 0 ? "-" : "+"} ${Math.abs(f(s))} x${i}`).join(" ");
      const problem = [
        `Maximize obj: ${term((s) => s.edge)}`,
        "Subject To",
        `m: ${term((s) => s.marginRate)} <= ${targetUtilization}`,
        `g: ${term(() => 1)} <= ${maxGross}`,
        "Bounds",
        ...list.map((_, i) => `0 <= x${i} <= ${maxPerPosition}`),
        "End",
      ].join("\n");
      const other = (await highs).solve(problem);
      expect(answer.objective).toBeCloseTo(other.ObjectiveValue, 8);
      const used = list.reduce((sum, s, i) => sum + s.marginRate * (answer.weights[i] ?? 0), 0);
      expect(used).toBeLessThanOrEqual(targetUtilization + 1e-9);
      expect(answer.weights.reduce((sum, w) => sum + w, 0)).toBeLessThanOrEqual(maxGross + 1e-9);
    },
  );

  test("SIZE-008: with margin rates of 10 % the gross limit binds; without it margin does", () => {
    const list = [0.05, 0.04, 0.03, 0.02, 0.01].map((edge) => ({ edge, marginRate: 0.1 }));
    const limits = { equity: 10_000, targetUtilization: 0.6, maxPerPosition: 2 };
    const bound = taken(sizeByMargin(list, limits));
    expect(bound.marginUsed).toBeCloseTo(0.1, 12);
    expect(bound.shadowPrices).toEqual({ margin: 0, gross: 0.05 });
    const levered = taken(sizeByMargin(list, { ...limits, maxGross: Number.POSITIVE_INFINITY }));
    expect(levered.marginUsed).toBeCloseTo(0.6, 12);
    expect(levered.shadowPrices.margin).toBeCloseTo(0.3, 12);
  });

  test("SIZE-009: the adverse move leaves room for its losses", () => {
    const list = [{ edge: 0.05, marginRate: 0.1, vol: 0.05 }];
    const limits = {
      equity: 1,
      targetUtilization: 0.6,
      maxPerPosition: 100,
      maxGross: 100,
      adverse: { sigmas: 2 },
    };
    const w = taken(sizeByMargin(list, limits)).weights[0] ?? 0;
    // After a loss of 10 % of the notional, margin over the equity left is the target.
    expect((0.1 * w) / (1 - 0.1 * w)).toBeCloseTo(0.6, 9);
    expect(sizeByMargin([{ edge: 1, marginRate: 1 }], limits)).toMatchObject({ ok: false });
  });

  test("SIZE-010: no signal, no equity, no end and no point are named", () => {
    const limits = { equity: 1, targetUtilization: 0.5, maxPerPosition: 1 };
    expect(sizeByMargin([], limits)).toMatchObject({ code: "empty" });
    const one = [{ edge: 1, marginRate: 0.1 }];
    expect(sizeByMargin(one, { ...limits, equity: 0 })).toMatchObject({ code: "out-of-range" });
    expect(sizeByMargin(one, { ...limits, targetUtilization: 2 })).toMatchObject({ ok: false });
    expect(sizeByMargin([{ edge: Number.NaN, marginRate: 1 }], limits)).toMatchObject({
      code: "not-finite",
    });
    const free = { objective: [1], rows: [], bounds: [], upper: [Number.POSITIVE_INFINITY] };
    expect(linearOptimum(free)).toMatchObject({ code: "unbounded" });
    const none = { objective: [1], rows: [[1], [-1]], bounds: [1, -2], upper: [5] };
    expect(linearOptimum(none)).toMatchObject({ code: "infeasible" });
    expect(linearOptimum({ ...none, bounds: [1] })).toMatchObject({ code: "length-mismatch" });
    expect(linearOptimum({ ...none, rows: [[1], [1, 2]] })).toMatchObject({
      code: "length-mismatch",
    });
  });
});

/** The package is CommonJS with types written for a default export. */
const highs = (loadHighs as unknown as typeof loadHighs.default)();
