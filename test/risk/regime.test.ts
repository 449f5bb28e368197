/** Regimes: what brings them on, what they change, and how they are left. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ppm } from "../../src/core/ppm.ts";
import { covarianceOf, portfolioVolatility } from "../../src/risk/covariance.ts";
import { cell, eigen } from "../../src/risk/matrix.ts";
import {
  loosenedCorrelation,
  REGIME_EFFECTS,
  REGIMES,
  type Regime,
  regimeCorrelation,
  regimeOf,
} from "../../src/risk/regime.ts";
import { serviceRisk, stressedRisk } from "../../src/risk/var-stressed.ts";
import { taken } from "./reference-series.ts";

const CALM = [
  [1, 0.8, 0.7],
  [0.8, 1, 0.75],
  [0.7, 0.75, 1],
];
const VOLATILITIES = [0.65, 0.8, 1.2];
const P5 = ppm(50_000);
const quiet = { averageCorrelation: 0.78, worstDay: -0.02, volatilityRatio: 1 };

describe("regimes", () => {
  test("REG-001: each regime is reached from its own weather", () => {
    const at = (weather: object) => taken(regimeOf({ ...quiet, ...weather }));
    expect(at({})).toBe("normal");
    expect(at({ averageCorrelation: 0.6, volatilityRatio: 0.7 })).toBe("range");
    expect(at({ worstDay: -0.11 })).toBe("sell-off");
    expect(at({ averageCorrelation: 0.93, volatilityRatio: 1.8 })).toBe("sell-off");
    expect(at({ worstDay: -0.25 })).toBe("liquidity-crisis");
    expect(at({ worstDay: -0.12, depthRatio: 0.2 })).toBe("liquidity-crisis");
    expect(at({ averageCorrelation: 0.97, volatilityRatio: 3 })).toBe("liquidity-crisis");
  });

  test("REG-002: to worse at once, to calm only past the edge by a tenth", () => {
    const edge = { ...quiet, worstDay: -0.095 };
    expect(taken(regimeOf(edge, "normal"))).toBe("normal");
    expect(taken(regimeOf(edge, "sell-off"))).toBe("sell-off");
    expect(taken(regimeOf({ ...quiet, worstDay: -0.08 }, "sell-off"))).toBe("normal");
    expect(regimeOf({ ...quiet, worstDay: Number.NaN })).toMatchObject({ code: "not-finite" });
    expect(regimeOf({ ...quiet, averageCorrelation: 2 })).toMatchObject({ code: "out-of-range" });
  });

  test("REG-003: the pulls carry the printed normal row into every printed range", () => {
    for (const regime of ["sell-off", "liquidity-crisis"] as const) {
      const { matrix } = taken(regimeCorrelation(CALM, regime));
      const pairs = [cell(matrix, 0, 1), cell(matrix, 0, 2), cell(matrix, 1, 2)];
      REGIME_EFFECTS[regime].printed.forEach(([low, high], i) => {
        expect(pairs[i]).toBeGreaterThanOrEqual(low);
        expect(pairs[i]).toBeLessThanOrEqual(high);
      });
    }
  });

  test("REG-004: correlation alone adds 4.9 to 9.4 % to a long book's volatility, not 50 or 100", () => {
    const of = (matrix: readonly (readonly number[])[]) =>
      taken(portfolioVolatility([1 / 3, 1 / 3, 1 / 3], taken(covarianceOf(VOLATILITIES, matrix))));
    const calm = of(CALM);
    const gain = (matrix: readonly (readonly number[])[]) => of(matrix) / calm - 1;
    expect(
      gain([
        [1, 0.9, 0.85],
        [0.9, 1, 0.88],
        [0.85, 0.88, 1],
      ]),
    ).toBeCloseTo(0.049, 3);
    expect(
      gain([
        [1, 0.99, 0.98],
        [0.99, 1, 0.99],
        [0.98, 0.99, 1],
      ]),
    ).toBeCloseTo(0.089, 3);
    expect(
      gain([
        [1, 1, 1],
        [1, 1, 1],
        [1, 1, 1],
      ]),
    ).toBeCloseTo(0.094, 3);
  });

  test("REG-005: always a fit correlation matrix in every regime", () => {
    const square = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
      minLength: 6,
      maxLength: 6,
    });
    fc.assert(
      fc.property(square, fc.constantFrom(...REGIMES), (r, regime: Regime) => {
        const [a = 0, b = 0, c = 0] = r;
        const m = [
          [1, a, b],
          [a, 1, c],
          [b, c, 1],
        ];
        const { matrix } = taken(regimeCorrelation(m, regime));
        expect(Math.min(...eigen(matrix).values)).toBeGreaterThan(-1e-9);
      }),
      { numRuns: 80 },
    );
  });

  test("REG-006: a long book is stressed by correlations that rise, a hedged one by those that fall", () => {
    const book = (exposures: number[]) => ({
      exposures,
      volatilities: [0.03, 0.04, 0.06],
      correlation: CALM,
    });
    const long = taken(stressedRisk(book([100, 100, 100]), { tail: P5 }, "sell-off"));
    expect(long.worst).toBe("drawn-together");
    const hedged = taken(stressedRisk(book([100, -75, 0]), { tail: P5 }, "sell-off"));
    expect(hedged.worst).toBe("fallen-apart");
    for (const risk of [long, hedged]) {
      expect(risk.var.total).toBe(Math.max(...Object.values(risk.byKind)));
      expect(risk.var.parts.reduce((a, b) => a + b, 0)).toBeCloseTo(risk.var.total, 10);
    }
    const usual = taken(serviceRisk(book([100, 100, 100]), { tail: P5 }));
    expect(long.var.total).toBeGreaterThan(1.5 * usual.var.total);
  });

  test("REG-007: services with an impossible matrix are measured after repair, and it is said", () => {
    const odd = [
      [1, 0.9, 0.7],
      [0.9, 1, 0.3],
      [0.7, 0.3, 1],
    ];
    const risk = taken(
      serviceRisk(
        { exposures: [1, 1, 1], volatilities: [1, 1, 1], correlation: odd },
        { tail: P5 },
      ),
    );
    expect(risk.matrix.repaired).toBe(true);
    expect(risk.matrix.distance).toBeGreaterThan(0);
    const four = { tail: P5, horizon: 4 };
    const book = { exposures: [1, 1, 1], volatilities: [1, 1, 1], correlation: CALM };
    expect(taken(serviceRisk(book, four)).var.total).toBeCloseTo(
      2 * taken(serviceRisk(book, { tail: P5 })).var.total,
      10,
    );
    expect(serviceRisk({ ...book, exposures: [1] }, { tail: P5 })).toMatchObject({
      code: "length-mismatch",
    });
    expect(serviceRisk({ ...book, volatilities: [1, 1, -1] }, { tail: P5 })).toMatchObject({
      code: "out-of-range",
    });
    expect(loosenedCorrelation(CALM, 2)).toMatchObject({ code: "out-of-range" });
  });
});
