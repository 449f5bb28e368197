/** Every reference case of the families covariance and correlation_drift, by its id. */
import { describe, expect, test } from "vitest";
import {
  compareIndependent,
  compareNonOverlapping,
  compareWindows,
  concentration,
  correlationMatrix,
  correlationOf,
  ewmaCovariance,
  jennrich,
  type Rows,
  repairCorrelation,
  volatilities,
} from "../../src/risk.ts";
import { absentTitle, casesOf, hasReference, type ReferenceCase } from "../reference.ts";
import { dailyReturns, taken } from "./reference-series.ts";

function near(got: number, want: number, tolerance: number | undefined, what: string): void {
  expect(Math.abs(got - want), `${what}: ${got} against ${want}`).toBeLessThanOrEqual(
    tolerance ?? 0,
  );
}

function nearAll(got: Rows, want: Rows, tolerance: number | undefined, what: string): void {
  want.forEach((row, i) => {
    row.forEach((value, j) => {
      near(got[i]?.[j] ?? Number.NaN, value, tolerance, `${what}[${i}][${j}]`);
    });
  });
}

function returnsOfCase({ inputs }: ReferenceCase): Float64Array[] {
  const set = (inputs.symbols as string[]).map(
    (symbol) =>
      dailyReturns(
        inputs.dataset,
        symbol,
        inputs.first_price_date,
        inputs.last_price_date ?? inputs.date,
      ).returns,
  );
  if (inputs.n_returns) expect(set[0]?.length).toBe(inputs.n_returns);
  return set;
}

function checkEwma(each: ReferenceCase): void {
  const { expected, tolerance } = each;
  const matrix = taken(ewmaCovariance(returnsOfCase(each), { lambda: 0.94 }));
  nearAll(matrix, expected.covariance, tolerance["abs_cov"], "covariance");
  nearAll(taken(correlationOf(matrix)), expected.correlation, tolerance["abs_corr"], "correlation");
  volatilities(matrix, 365).forEach((value, i) => {
    near(value, expected.annualised_volatility[i], tolerance["abs_corr"], "volatility");
  });
}

function checkMatrices(each: ReferenceCase): void {
  const { expected, tolerance } = each;
  const returns = returnsOfCase(each);
  for (const kind of ["pearson", "spearman", "kendall"] as const) {
    nearAll(taken(correlationMatrix(returns, kind)), expected[kind], tolerance["abs"], kind);
  }
  const got = taken(concentration(taken(correlationMatrix(returns))));
  got.eigenvalues.forEach((value, i) => {
    near(value, expected.eigenvalues[i], tolerance["abs"], "eigenvalue");
  });
  near(got.averagePairwise, expected.average_pairwise, tolerance["abs"], "average");
  near(got.absorption[0] ?? 0, expected.absorption_1, tolerance["abs"], "absorption");
  near(got.effectiveBets, expected.effective_bets, tolerance["abs"], "bets");
}

function checkRepair({ inputs, expected, tolerance }: ReferenceCase): void {
  const done = taken(repairCorrelation(inputs.correlation, { method: "spectral" }));
  expect(done.repaired).toBe(true);
  expect(done.minEigenvalueBefore).toBeLessThan(0);
  nearAll(done.matrix, expected.repaired, tolerance["abs"], "repaired");
}

function checkDrift({ inputs, expected, tolerance }: ReferenceCase): void {
  const abs = tolerance["abs"];
  if (inputs.R1) {
    const paper = taken(jennrich(inputs.R1, inputs.n1, inputs.R2, inputs.n2));
    near(paper.statistic, expected.chi2, abs, "chi2");
    near(paper.p, expected.p, abs, "p");
    expect(paper.df).toBe(expected.df);
    const psych = taken(jennrich(inputs.R1, inputs.n1, inputs.R2, inputs.n2, "psych"));
    near(psych.statistic, expected.psych_variant.chi2, abs, "psych chi2");
    near(psych.p, expected.psych_variant.p, abs, "psych p");
    return;
  }
  if (inputs.r_jk !== undefined) {
    const got = taken(
      compareNonOverlapping({
        rJk: inputs.r_jk,
        rHm: inputs.r_hm,
        rJh: inputs.r_jh,
        rJm: inputs.r_jm,
        rKh: inputs.r_kh,
        rKm: inputs.r_km,
        n: inputs.n,
      }),
    );
    near(got.steiger1980.statistic, expected.steiger1980_z, abs, "steiger z");
    near(got.steiger1980.p, expected.steiger1980_p, abs, "steiger p");
    near(got.pearson1898.statistic, expected.pearson1898_z, abs, "pearson z");
    return;
  }
  if (inputs.dataset) {
    const [x, y] = (inputs.symbols as string[]).map((symbol) =>
      dailyReturns(inputs.dataset, symbol, undefined, inputs.date),
    );
    const shared = new Set(x?.dates);
    const cut = (side: typeof x) =>
      side?.returns.filter(
        (_, i) => (side.dates[i] ?? "") > "2018-01-01" && shared.has(side.dates[i] ?? ""),
      ) ?? new Float64Array(0);
    const got = taken(compareWindows(cut(x), cut(y), { recent: 30, base: 180 }));
    near(got.recent, expected.r_recent, abs, "recent");
    near(got.base, expected.r_base, abs, "base");
    near(got.test.statistic, expected.z, abs, "z");
    near(got.test.p, expected.p, abs, "p");
    return;
  }
  const got = taken(compareIndependent(inputs));
  near(got.fisher.statistic, expected.z, abs, "z");
  near(got.fisher.p, expected.p, abs, "p");
  near(got.zou.low, expected.zou_ci[0], abs, "low");
  near(got.zou.high, expected.zou_ci[1], abs, "high");
}

describe("reference cases: covariance, correlation_drift", () => {
  if (!hasReference) {
    test(absentTitle("covariance and correlation_drift"), () => expect(hasReference).toBe(false));
  }
  for (const each of casesOf("covariance")) {
    test(`${each.id}: ${each.title}`, () => {
      if (each.inputs.correlation) checkRepair(each);
      else if (each.expected.covariance) checkEwma(each);
      else checkMatrices(each);
    });
  }
  for (const each of casesOf("correlation_drift")) {
    test(`${each.id}: ${each.title}`, () => checkDrift(each));
  }
});
