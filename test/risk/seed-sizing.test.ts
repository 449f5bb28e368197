/** The worked figures of the requirements text on allocation and sizing: printed, then ours. */
import { describe, expect, test } from "vitest";
import { micro } from "../../src/core/money.ts";
import { ONE, percent } from "../../src/core/ppm.ts";
import { equalWeight } from "../../src/risk/allocation.ts";
import { covarianceOf, portfolioVolatility } from "../../src/risk/covariance.ts";
import { kellyContinuous } from "../../src/risk/kelly.ts";
import { drawdown, trailingStop } from "../../src/risk/ladder.ts";
import { riskParity } from "../../src/risk/risk-parity.ts";
import { correlationImpact, volatilityAdjustedLeverage } from "../../src/risk/sizing.ts";
import { survivalTable } from "../../src/risk/stress.ts";
import { SYNTHETIC } from "../../src/risk/stress-scenarios.ts";
import { taken } from "./reference-series.ts";

const usd = (value: number) => micro(BigInt(Math.round(value * 1e6)));
const VOLS = [0.65, 0.8, 1.2];
const CALM = [
  [1, 0.82, 0.71],
  [0.82, 1, 0.78],
  [0.71, 0.78, 1],
];
const COVARIANCE = taken(covarianceOf(VOLS, CALM));
const correlations = (be: number, bs: number, es: number) => [
  [1, be, bs],
  [be, 1, es],
  [bs, es, 1],
];

describe("seed figures: allocation and sizing", () => {
  test("SEED-020: equal weights have 81.4 % volatility (78 %); the naive average is 88.3 % (65 %)", () => {
    expect(taken(equalWeight(COVARIANCE)).volatility * 100).toBeCloseTo(81.4, 1);
    expect((VOLS.reduce((sum, v) => sum + v, 0) / 3) * 100).toBeCloseTo(88.3, 1);
  });

  test("SEED-021: equal risk is 42.72/33.82/23.46 (48.2/35.1/16.7) with 76.33 % volatility (71 %)", () => {
    const parity = taken(riskParity(COVARIANCE));
    const rounded = parity.weights.map((w) => Math.round(w * 10_000) / 100);
    expect(rounded).toEqual([42.72, 33.82, 23.46]);
    expect(parity.volatility * 100).toBeCloseTo(76.33, 2);
    expect(parity.residual).toBeLessThan(1e-12);
    const printed = [0.482, 0.351, 0.167];
    const volatility = taken(portfolioVolatility(printed, COVARIANCE));
    expect(volatility * 100).toBeCloseTo(73.37, 2);
    const shares = printed.map((w, i) => {
      const marginal = (COVARIANCE[i] ?? []).reduce((sum, v, j) => sum + v * (printed[j] ?? 0), 0);
      return Math.round(((w * marginal) / volatility ** 2) * 1_000) / 10;
    });
    expect(shares).toEqual([39.9, 36.2, 23.9]);
  });

  test("SEED-022: crisis correlations add 4.9 to 8.9 %, 9.4 % at most, not 50 to 100 %", () => {
    const equal = [1, 1, 1];
    const calm = correlations(0.8, 0.7, 0.75);
    const scaled = (matrix: number[][]) => taken(covarianceOf(VOLS, matrix));
    const impact = (after: number[][], book = equal): number =>
      (taken(correlationImpact(book, scaled(calm), scaled(after))) - 1) * 100;
    expect(impact(correlations(0.9, 0.85, 0.88))).toBeCloseTo(4.9, 1);
    expect(impact(correlations(0.99, 0.98, 0.99))).toBeCloseTo(8.9, 1);
    expect(impact(correlations(1, 1, 1))).toBeCloseTo(9.4, 1);
    expect(impact(correlations(0.9, 0.85, 0.88), [1, -1, 0])).toBeLessThan(0);
  });

  test("SEED-023: edge / leverage is not Kelly: 2 % edge at 10 % volatility is 2x, not 0.2 %", () => {
    expect(0.02 / 10).toBeCloseTo(0.002, 12);
    expect(taken(kellyContinuous({ mu: 0.02, sigma: 0.1 }))).toBeCloseTo(2, 12);
    expect(taken(kellyContinuous({ mu: 0.02, sigma: 1 }))).toBeCloseTo(0.02, 12);
  });

  test("SEED-024: leverage is halved when volatility doubles from its base of 20 %", () => {
    expect(taken(volatilityAdjustedLeverage(10, 0.4))).toBeCloseTo(5, 12);
    expect(taken(volatilityAdjustedLeverage(10, 0.1))).toBe(10);
    expect(taken(volatilityAdjustedLeverage(10, 0))).toBe(10);
  });

  test("SEED-025: the account's trailing stop has an answer at an equity of zero", () => {
    expect(trailingStop(usd(0), usd(0), percent(15))).toEqual({
      peak: 0n,
      drawdown: 0,
      fired: false,
    });
    expect(trailingStop(usd(100), usd(85), percent(15)).fired).toBe(true);
    expect(trailingStop(usd(100), usd(85.0001), percent(15)).fired).toBe(false);
    expect(drawdown(usd(100), usd(0))).toBe(ONE);
  });

  test("SEED-026: the six scenarios of the text are rows of the survival table by name", () => {
    const book = {
      equity: 1_000,
      positions: [{ asset: "BTC", notional: 5_000, maintenanceRate: 0.05 }],
    };
    const table = taken(survivalTable(book, SYNTHETIC.slice(0, 6)));
    expect(table.rows.map((row) => row.survives)).toEqual([false, true, true, true, true, true]);
    expect(table.worst.name).toBe("crash -20%");
  });
});
