/** Every reference case of the family allocation, by its id. */
import { describe, expect, test } from "vitest";
import {
  covariance,
  covarianceOf,
  ewmaCovariance,
  growthRate,
  inverseVolatility,
  kellyBet,
  kellyContinuous,
  kellyPortfolio,
  type Rows,
  riskParity,
} from "../../src/risk.ts";
import { absentTitle, casesOf, hasReference, type ReferenceCase } from "../reference.ts";
import { dailyReturns, taken } from "./reference-series.ts";

/** The matrix a case speaks of: given, the sample's, or the EWMA's on a date. */
function matrixOf({ inputs }: ReferenceCase): Rows {
  if (inputs.correlation) return taken(covarianceOf(inputs.volatilities, inputs.correlation));
  const symbols = inputs.symbols as string[];
  const series = symbols.map((symbol) =>
    dailyReturns(inputs.dataset, symbol, inputs.first_price_date, inputs.last_price_date),
  );
  expect(series[0]?.returns.length).toBe(inputs.n_returns);
  if (inputs.date === undefined) return taken(covariance(series.map((s) => s.returns)));
  const end = (series[0]?.dates.indexOf(inputs.date) ?? -1) + 1;
  expect(end).toBeGreaterThan(0);
  return taken(
    ewmaCovariance(
      series.map((s) => s.returns.slice(0, end)),
      { lambda: 0.94, seed: "first-product" },
    ),
  );
}

function near(got: readonly number[], want: readonly number[], tolerance: number): void {
  expect(got.length).toBe(want.length);
  want.forEach((value, i) => {
    expect(Math.abs((got[i] ?? Number.NaN) - value), `weight ${i}`).toBeLessThanOrEqual(tolerance);
  });
}

function checkKelly({ inputs, expected, tolerance }: ReferenceCase): void {
  const abs = tolerance["abs"] ?? 0;
  near(
    (inputs.binary as { p: number; b: number }[]).map(({ p, b }) =>
      taken(kellyBet({ p, odds: b })),
    ),
    expected.binary,
    abs,
  );
  const full = taken(kellyContinuous(inputs.continuous));
  const growth = (f: number): number => taken(growthRate(inputs.continuous, f));
  near(
    [full, growth(full), growth(full / 2)],
    [expected.continuous.f, expected.continuous.g, expected.continuous.g_half],
    abs,
  );
  const { mu, r, vol, corr } = inputs.multi;
  const found = taken(kellyPortfolio(mu, taken(covarianceOf(vol, corr)), r));
  near(found.fractions, expected.multi_f, abs);
}

function check(reference: ReferenceCase): void {
  const { inputs, expected, tolerance } = reference;
  if (inputs.binary) {
    checkKelly(reference);
    return;
  }
  const abs = tolerance["abs"] ?? 0;
  const matrix = matrixOf(reference);
  const symbols = inputs.symbols as string[] | undefined;
  const list = (by: Record<string, number>): number[] => (symbols ?? []).map((s) => by[s] ?? 0);
  const budgets = inputs.budgets ? { budgets: list(inputs.budgets) } : {};
  const parity = taken(riskParity(matrix, budgets));
  expect(parity.residual).toBeLessThan(1e-11);
  if (expected.weights_percent) {
    near(
      parity.weights.map((w) => w * 100),
      expected.weights_percent,
      abs,
    );
  } else near(parity.weights, list(expected.weights), abs);
  if (expected.inverse_volatility_weights) {
    near(taken(inverseVolatility(matrix)).weights, list(expected.inverse_volatility_weights), abs);
  }
}

describe("reference cases: allocation", () => {
  if (!hasReference) test(absentTitle("allocation"), () => expect(hasReference).toBe(false));
  for (const reference of casesOf("allocation")) {
    test(`${reference.id}: ${reference.title}`, () => check(reference));
  }
});
