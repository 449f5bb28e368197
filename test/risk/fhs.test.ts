/** Filtered historical simulation on made worlds whose truth is known. */
import { describe, expect, test } from "vitest";
import { ppm } from "../../src/core/ppm.ts";
import { breachesOf, coverage } from "../../src/risk/backtest.ts";
import { filteredVar, rollingFiltered, type VolatilityModel } from "../../src/risk/fhs.ts";
import { garchFilter, garchFit, garchHorizonVariance } from "../../src/risk/garch.ts";
import { returnsOf } from "../../src/risk/series.ts";
import { type Forecasts, rollingVar } from "../../src/risk/var-rolling.ts";
import { hasData, tableOf } from "../reference.ts";
import { taken } from "./reference-series.ts";
import { chanceOf, garchReturns } from "./simulate.ts";

const P1 = ppm(10_000);
const FIT: VolatilityModel = { kind: "garch-fit" };
/** Volatility that clusters so that an unfiltered quantile must be found out. */
const CLUSTERED = { omega: 2e-6, alpha: 0.2, beta: 0.79, df: 5 };

function examined(returns: Float64Array, forecasts: Forecasts) {
  const tested = returns.subarray(forecasts.from);
  return taken(coverage(taken(breachesOf(tested, forecasts.losses)), P1));
}

describe("GARCH and filtered historical simulation", () => {
  test("GAR-001: the filter is the recursion, by hand, for each start", () => {
    const model = { omega: 0.1, alpha: 0.2, beta: 0.7 };
    const first = (start: Parameters<typeof garchFilter>[2]) =>
      taken(garchFilter([1, -2], model, start)).variances[0];
    expect(first("mean-square")).toBeCloseTo(2.5, 12);
    expect(first("mean-square-step")).toBeCloseTo(0.1 + 0.9 * 2.5, 12);
    expect(first("unconditional")).toBeCloseTo(1, 12);
    const path = taken(garchFilter([1, -2], model, { variance: 1 }));
    expect(path.variances[1]).toBeCloseTo(0.1 + 0.2 + 0.7, 12);
    expect(path.next).toBeCloseTo(0.1 + 0.2 * 4 + 0.7 * 1, 12);
    expect(taken(garchHorizonVariance(model, 1, 3))).toBeCloseTo(3, 12);
  });

  test("GAR-002: the fit finds the law it was drawn from, heavy tails and all", () => {
    const fit = taken(garchFit(garchReturns(1, 6000)));
    expect(fit.alpha).toBeCloseTo(0.1, 1);
    expect(fit.beta).toBeCloseTo(0.88, 1);
    expect(fit.alpha + fit.beta).toBeGreaterThan(0.95);
    expect(fit.alpha + fit.beta).toBeLessThan(1);
  });

  test("GAR-003: explosive starts, flat and short series and negative parameters are refused", () => {
    const model = { omega: 1, alpha: 0.6, beta: 0.6 };
    expect(garchFilter([1], model, "unconditional")).toMatchObject({ code: "out-of-range" });
    expect(garchFilter([1], { ...model, omega: 0 })).toMatchObject({ code: "out-of-range" });
    expect(garchFilter([0, 0], model)).toMatchObject({ code: "flat" });
    expect(garchFit(new Float64Array(200))).toMatchObject({ code: "flat" });
    expect(garchFit([1, 2])).toMatchObject({ code: "too-few-samples" });
  });

  test("FHS-001: the loss follows today's volatility, where the plain quantile stays behind", () => {
    const calm = garchReturns(3, 1000);
    const shaken = Float64Array.from([...calm.subarray(3), 0.06, -0.06, 0.06]);
    for (const volatility of [FIT, { kind: "ewma", lambda: 0.94 } as const]) {
      const before = taken(filteredVar(calm, { tail: P1, volatility }));
      const after = taken(filteredVar(shaken, { tail: P1, volatility }));
      expect(after.var).toBeGreaterThan(1.5 * before.var);
      expect(after.es).toBeGreaterThanOrEqual(after.var);
    }
  });

  test("FHS-002: ten periods by bootstrapped paths: same seed, same loss; about root ten of one", () => {
    const returns = garchReturns(3, 1000);
    const level = { tail: P1, volatility: FIT, horizon: 10, paths: 4_000 } as const;
    const one = taken(filteredVar(returns, { tail: P1, volatility: FIT })).var;
    const ten = taken(filteredVar(returns, level)).var;
    expect(taken(filteredVar(returns, level)).var).toBe(ten);
    expect(taken(filteredVar(returns, { ...level, seed: 2 })).var).not.toBe(ten);
    expect(ten / one).toBeGreaterThan(2);
    expect(ten / one).toBeLessThan(5);
  });

  test("FHS-003: of twelve GARCH-t worlds, 99 % FHS over 1,000 days is rejected in two at most", () => {
    let rejected = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const returns = garchReturns(seed, 2000);
      const plan = { window: 1000, tail: P1, volatility: FIT, refitEvery: 200 };
      const report = examined(returns, taken(rollingFiltered(returns, plan)));
      expect(report.observations).toBe(1000);
      if (report.unconditional.p < 0.05 || report.conditional.p < 0.05) rejected++;
    }
    // Two tests at 5 % reject about one good model in twelve.
    expect(rejected).toBeLessThanOrEqual(2);
  }, 60_000);

  test("FHS-004: where volatility clusters, plain historical VaR fails independence: the test has power", () => {
    let failed = 0;
    for (let seed = 1; seed <= 8; seed++) {
      const returns = garchReturns(seed, 4000, CLUSTERED);
      const forecasts = taken(rollingVar(returns, 500, P1, { kind: "historical" }));
      if (examined(returns, forecasts).independence.p < 0.05) failed++;
    }
    expect(failed).toBeGreaterThanOrEqual(7);
  });

  test("FHS-005: unclustered returns pass plain and filtered alike", () => {
    const { student } = chanceOf(8);
    const returns = Float64Array.from({ length: 2000 }, () => 0.02 * student(4));
    const plain = examined(returns, taken(rollingVar(returns, 1000, P1, { kind: "historical" })));
    expect(plain.conditional.p).toBeGreaterThan(0.05);
  });

  test("FHS-006: too few returns, a tail without shocks and too many paths are refused by name", () => {
    const returns = garchReturns(3, 500);
    const told = (level: object, series: ArrayLike<number> = returns) =>
      filteredVar(series, { tail: P1, volatility: FIT, ...level });
    expect(told({}, returns.subarray(0, 50))).toMatchObject({ code: "too-few-samples" });
    expect(told({ tail: ppm(1_000) })).toMatchObject({ code: "too-few-samples" });
    expect(told({ horizon: 1_000, paths: 1e6 })).toMatchObject({ code: "out-of-range" });
    expect(told({}, new Float64Array(500))).toMatchObject({ code: "flat" });
    const still = { kind: "ewma", lambda: 0.94 } as const;
    expect(told({ volatility: still }, new Float64Array(500))).toMatchObject({ code: "flat" });
  });
});

describe("filtered historical simulation on real hours", () => {
  for (const symbol of ["BTCUSDT", "ETHUSDT"]) {
    const dataset = `data/gpl-3.0/perp_1h/${symbol}.csv.gz`;
    if (!hasData(dataset)) {
      test(`no market data beside the checkout: ${symbol} was not examined`, () => {
        expect(hasData(dataset)).toBe(false);
      });
      continue;
    }
    test(`FHS-007: ${symbol}, 5,000 hours at 99 %: filtered passes, plain fails independence`, () => {
      const closes = tableOf(dataset).map((row) => Number(row["close"]));
      const all = taken(returnsOf(closes, "log"));
      const returns = all.subarray(all.length - 6000);
      const plan = { window: 1000, tail: P1, volatility: FIT };
      const filtered = examined(returns, taken(rollingFiltered(returns, plan)));
      expect(filtered.unconditional.p).toBeGreaterThan(0.05);
      expect(filtered.conditional.p).toBeGreaterThan(0.05);
      const plain = taken(rollingVar(returns, 1000, P1, { kind: "historical" }));
      expect(examined(returns, plain).independence.p).toBeLessThan(0.05);
    });
  }
});
