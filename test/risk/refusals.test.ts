/** Every measure of margin, prices, stress and sizing answers broken numbers with a named refusal. */
import { describe, expect, test } from "vitest";
import {
  inverseVolatility,
  longOnlyReward,
  maximumDiversification,
  maximumSharpe,
  minimumVariance,
} from "../../src/risk/allocation.ts";
import { minimumVarianceBounded } from "../../src/risk/allocation-bounded.ts";
import { hierarchicalRiskParity } from "../../src/risk/allocation-hrp.ts";
import { collateralValue, forcedSale, stressedCollateral } from "../../src/risk/collateral.ts";
import {
  distanceToBreach,
  equityRatio,
  headroom,
  health,
  maintenanceRatio,
  utilization,
} from "../../src/risk/health.ts";
import * as kelly from "../../src/risk/kelly.ts";
import { drawdownOf } from "../../src/risk/ladder.ts";
import {
  fillablePrice,
  inverseLiquidationPrice,
} from "../../src/risk/liquidation-price-account.ts";
import * as prices from "../../src/risk/liquidation-price-float.ts";
import { bracketMargin } from "../../src/risk/margin-brackets.ts";
import * as rates from "../../src/risk/margin-rates.ts";
import { portfolioMargin } from "../../src/risk/portfolio-margin.ts";
import { SPAN_LIKE } from "../../src/risk/portfolio-margin-books.ts";
import type { Measured } from "../../src/risk/refusal.ts";
import { riskParity } from "../../src/risk/risk-parity.ts";
import {
  correlationAwareSize,
  correlationImpact,
  volatilityAdjustedLeverage,
} from "../../src/risk/sizing.ts";
import { linearOptimum, sizeByMargin } from "../../src/risk/sizing-lp.ts";
import { mostLikelyBreak, reverseStress, stress } from "../../src/risk/stress.ts";

/** A measure of plain numbers, and numbers for which it has a value. */
type Row = readonly [
  name: string,
  good: readonly number[],
  measure: (x: Numbers) => Measured<unknown>,
];
type Numbers = readonly [number, number, number, number];

const query = ([quantity, entry, balance, maintenanceRate]: Numbers): prices.PriceQuery => ({
  side: "short",
  quantity,
  entry,
  balance,
  maintenanceRate,
});
const matrix = ([a, b, c]: Numbers): number[][] => [
  [a, b],
  [b, c],
];
const POSITIVE = [2, 0.5, 1, 0];
const held = ([quantity, price, haircut, impact]: Numbers) => ({
  asset: "BTC",
  quantity,
  price,
  haircut,
  stable: false,
  impact,
  fee: 0,
});
const book = ([equity, notional, gamma, maintenanceRate]: Numbers) => ({
  equity,
  positions: [{ asset: "BTC", notional, gamma, maintenanceRate }],
});

const MEASURES: readonly Row[] = [
  ["liquidationPriceOf", [1, 100, 10, 0.05], (x) => prices.liquidationPriceOf(query(x))],
  [
    "entry basis",
    [1, 100, 10, 0.05],
    (x) => prices.liquidationPriceOf(query(x), { basis: "entry" }),
  ],
  ["bankruptcyPriceOf", [1, 100, 10, 0.05], (x) => prices.bankruptcyPriceOf(query(x))],
  [
    "funding and fees",
    [1, 1, 0.1, 1],
    ([funding, fees, exitRate, cum]) =>
      prices.liquidationPriceOf({ ...query([1, 100, 10, 0.05]), funding, fees, exitRate, cum }),
  ],
  [
    "others",
    [1, 1, 0, 0],
    ([maintenance, profit]) =>
      prices.liquidationPriceOf({ ...query([1, 100, 10, 0.05]), others: { maintenance, profit } }),
  ],
  [
    "safeStopOf",
    [100, 1.3, 0.01, 0],
    ([mark, multiple, gap]) =>
      prices.safeStopOf(query([1, 100, 10, 0.05]), { mark, multiple, gap }),
  ],
  [
    "linear formula",
    [100, 10, 0.05, 0],
    ([e, l, m]) => prices.linearLiquidationPrice("long", e, l, m),
  ],
  ["bufferedPrice", [100, 0.01, 0, 0], ([p, b]) => prices.bufferedPrice("long", p, b)],
  ["distanceTo", [100, 90, 0, 0], ([m, p]) => prices.distanceTo("long", m, p)],
  [
    "inverse",
    [1e4, 5e4, 0.02, 0.005],
    ([value, entry, balance, maintenanceRate]) =>
      inverseLiquidationPrice({ side: "long", value, entry, balance, maintenanceRate }),
  ],
  [
    "fillablePrice",
    [5, 5, 50, 1],
    ([netCollateral, maintenance, notional, size]) =>
      fillablePrice({
        netCollateral,
        maintenance,
        notional,
        size,
        positionMaintenance: 1,
        bankruptcyAdjustment: 1,
        spreadToMaintenance: 0.1,
      }),
  ],
  [
    "bracketMargin",
    [100, 10, 0.05, 0.1],
    ([notional, leverage, maintenance, initial]) =>
      bracketMargin([{ upTo: Number.POSITIVE_INFINITY, maintenance, initial }], notional, {
        leverage,
      }),
  ],
  ["asset weight", [1e3, 0.01, 0.9, 0], ([s, i, w]) => rates.sizeDiscountAssetWeight(s, i, w)],
  [
    "liability weight",
    [1e3, 0.01, 1.1, 0],
    ([s, i, w]) => rates.sizePremiumLiabilityWeight(s, i, w),
  ],
  [
    "open interest",
    [150, 0.1, 100, 200],
    ([open, base, lowerCap, upperCap]) =>
      rates.openInterestInitialRate(open, { base, lowerCap, upperCap }),
  ],
  [
    "linear rate",
    [10, 0.01, 0.001, 0.5],
    ([size, base, perUnit, cap]) => rates.linearSizeRate(size, { base, perUnit, cap }),
  ],
  ["funding", [0.1, 0.0005, 12, 0], ([m, r, p]) => rates.marginAfterFunding(m, r, p)],
  ["periods", [0.1, 0.0005, 0.06, 0], ([m, r, f]) => rates.periodsUntilFloor(m, r, f)],
  ["utilization", [1, 2, 0, 0], ([a, b]) => utilization(a, b)],
  ["maintenanceRatio", [1, 2, 0, 0], ([a, b]) => maintenanceRatio(a, b)],
  ["equityRatio", [1, 2, 0, 0], ([a, b]) => equityRatio(a, b)],
  ["headroom", [10, 2, 0.5, 0], ([a, b, c]) => headroom(a, b, c)],
  ["distanceToBreach", [10, 2, 50, 0], ([a, b, c]) => distanceToBreach(a, b, c)],
  [
    "health",
    [10, 10, 2, 1],
    ([equity, collateral, reserved, maintenance]) =>
      health({
        equity,
        collateral,
        reserved,
        maintenance,
        netExposure: 1,
        stressedEquity: 5,
        stressedMaintenance: 1,
      }),
  ],
  ["drawdownOf", [10, 8, 0, 0], ([a, b]) => drawdownOf(a, b)],
  ["kellyBet", [0.6, 1, 1, 0], ([p, odds, loss]) => kelly.kellyBet({ p, odds, loss })],
  ["betGrowth", [0.6, 1, 0.2, 0], ([p, odds, stake]) => kelly.betGrowth({ p, odds }, stake)],
  ["winRateBound", [6, 10, 1.6, 0], ([w, n, z]) => kelly.winRateBound(w, n, z)],
  [
    "kellyContinuous",
    [0.1, 0.2, 0.05, 0],
    ([mu, sigma, r]) => kelly.kellyContinuous({ mu, sigma, r }),
  ],
  ["growthRate", [0.1, 0.2, 0.05, 2], ([mu, sigma, r, f]) => kelly.growthRate({ mu, sigma, r }, f)],
  [
    "bounded drift",
    [0.5, 0.2, 50, 1.6],
    ([mu, sigma, periods, z]) => kelly.kellyContinuousBounded({ mu, sigma }, { periods, z }),
  ],
  ["fractionalKelly", [2, 0.5, 0, 0], ([f, c]) => kelly.fractionalKelly(f, c)],
  ["kellyOutcomes", [0.2, -0.1, 0.5, 0.5], ([a, b, p, q]) => kelly.kellyOutcomes([a, b], [p, q])],
  ["kellyPortfolio", POSITIVE, (x) => kelly.kellyPortfolio([x[3], 1], matrix(x))],
  ["riskParity", POSITIVE, (x) => riskParity(matrix(x))],
  ["minimumVariance", POSITIVE, (x) => minimumVariance(matrix(x))],
  ["bounded", POSITIVE, (x) => minimumVarianceBounded(matrix(x), { lower: [x[3], 0] })],
  ["maximumSharpe", POSITIVE, (x) => maximumSharpe(matrix(x), [1, 2], x[3])],
  ["maximumDiversification", POSITIVE, (x) => maximumDiversification(matrix(x))],
  ["inverseVolatility", POSITIVE, (x) => inverseVolatility(matrix(x))],
  ["longOnlyReward", POSITIVE, (x) => longOnlyReward(matrix(x), [1, x[3]])],
  ["hierarchical", POSITIVE, (x) => hierarchicalRiskParity(matrix(x))],
  ["collateralValue", [1, 2, 0.1, 0], (x) => collateralValue([held(x)])],
  [
    "stressedCollateral",
    [1, 2, 0.1, 0.1],
    (x) => stressedCollateral([held([x[0], x[1], x[2], 0])], { BTC: -x[3] }, 0),
  ],
  ["forcedSale", [10, 50, 0.1, 0.001], (x) => forcedSale([held(x)], { required: 455 })],
  [
    "forcedSale bound",
    [455, 1, 0, 0],
    ([required, cash]) => forcedSale([held([10, 50, 0.1, 0.001])], { required, cash }),
  ],
  [
    "stress",
    [100, 500, 1, 0.05],
    (x) => stress(book(x), { name: "s", moves: {}, other: -0.1, vol: 0 }),
  ],
  [
    "stress move",
    [-0.1, -0.2, 0, 0],
    ([other, BTC, vol]) =>
      stress(book([100, 500, 1, 0.05]), { name: "s", moves: { BTC }, other, vol }),
  ],
  ["reverseStress", [100, 500, 1, 0.05], (x) => reverseStress(book(x), { BTC: 0.01 })],
  ["mostLikelyBreak", [2, 0.5, 1, 10], (x) => mostLikelyBreak([1, 2], matrix(x), x[3])],
  [
    "portfolioMargin",
    [100, 1, 0.1, 5],
    ([notional, delta, gamma, vega]) =>
      portfolioMargin([{ underlying: "BTC", notional, delta, gamma, vega }], SPAN_LIKE),
  ],
  ["vol leverage", [10, 0.4, 0.2, 0], ([t, c, b]) => volatilityAdjustedLeverage(t, c, b)],
  [
    "correlationAwareSize",
    [100, 1_000, 0.5, 5],
    ([held0, equity, targetVolatility, maxLeverage]) =>
      correlationAwareSize({
        side: "long",
        held: [held0],
        covariance: [
          [0.4, 0.3],
          [0.3, 0.6],
        ],
        equity,
        targetVolatility,
        freeMargin: 100,
        maxLeverage,
      }),
  ],
  [
    "correlationImpact",
    [1, 1, 0.5, 0.9],
    ([a, b, before, after]) =>
      correlationImpact([a, b], matrix([1, before, 1, 0]), matrix([1, after, 1, 0])),
  ],
  [
    "sizeByMargin",
    [0.05, 0.1, 0.5, 1],
    ([edge, marginRate, targetUtilization, maxPerPosition]) =>
      sizeByMargin([{ edge, marginRate }], { equity: 1, targetUtilization, maxPerPosition }),
  ],
  [
    "linearOptimum",
    [1, 1, 1, 0],
    ([c, a, b]) => linearOptimum({ objective: [c], rows: [[a]], bounds: [b], upper: [5] }),
  ],
];

/** Whether any number in a value, however deep, is NaN or infinite. */
function broken(value: unknown): boolean {
  if (typeof value === "number") return !Number.isFinite(value);
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(broken);
}

const asNumbers = ([a = 0, b = 0, c = 0, d = 0]: readonly number[]): Numbers => [a, b, c, d];

describe("refusals", () => {
  for (const [name, good, measure] of MEASURES) {
    test(`REFUSAL: ${name} measures sound numbers and refuses every broken one by name`, () => {
      const sound = measure(asNumbers(good));
      expect(sound, JSON.stringify(sound)).toMatchObject({ ok: true });
      expect(broken(sound)).toBe(false);
      const used = good.findLastIndex((v) => v !== 0) + 1;
      for (let i = 0; i < used; i++) {
        for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
          const answer = measure(asNumbers(good.map((v, k) => (k === i ? bad : v))));
          expect(answer, `input ${i} of ${bad}`).toMatchObject({ ok: false });
          if (!answer.ok) expect(answer.reason.length).toBeGreaterThan(5);
        }
        for (const absurd of [1e308, -1e308, 5e-324, -1, 0]) {
          const answer = measure(asNumbers(good.map((v, k) => (k === i ? absurd : v))));
          expect(broken(answer), `input ${i} of ${absurd}: ${JSON.stringify(answer)}`).toBe(false);
        }
      }
    });
  }
});
