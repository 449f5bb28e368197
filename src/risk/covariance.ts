/** Covariance of several series: sample, exponentially weighted, shrunk; volatilities out of it. */
import { cell, dot, faultOfSymmetric, filled, type Rows } from "./matrix.ts";
import { type Divisor, meanOf } from "./moments.ts";
import { type Measured, measured, refused } from "./refusal.ts";
import {
  at,
  faultOfCount,
  faultOfRange,
  faultOfSet,
  type Series,
  type SeriesSet,
} from "./series.ts";

/** Whether series are taken about their own means or about zero. */
export type Centre = "mean" | "zero";

export interface CovarianceOptions {
  /** Default `n-1` about the mean. About zero nothing is estimated: `n` is then usual. */
  readonly divisor?: Divisor;
  readonly centre?: Centre;
}

/**
 * Sample covariance of `returns[asset][time]`, an n x n matrix.
 *
 * None: `empty`, `too-few-samples` below two observations, `not-finite`, `length-mismatch`.
 */
export function covariance(
  returns: SeriesSet,
  options: CovarianceOptions = {},
): Measured<number[][]> {
  const fault = faultOfSet(returns, 2, "returns");
  if (fault) return fault;
  const centred = returns.map((series) => centredOn(series, options.centre ?? "mean"));
  const length = centred[0]?.length ?? 0;
  const count = (options.divisor ?? "n-1") === "n" ? length : length - 1;
  return measured(
    symmetric(centred.length, (i, j) => dot(row(centred, i), row(centred, j)) / count),
  );
}

/** How an exponentially weighted covariance starts. */
export type CovarianceSeed =
  /** S = r[0] r[0]' (pandas `adjust=False`; RiskMetrics recursion from the first return). */
  | "first-product"
  /** S = mean of r r' over all returns. */
  | "mean-product"
  /** S = mean of r r' over the first k returns, updated from the next one on. */
  | { readonly meanOfFirst: number }
  /** Weights (1-l) l^k over the window, divided by their sum (pandas `adjust=True`). */
  | "adjusted"
  /** A covariance known from before the first return. */
  | { readonly matrix: Rows };

export interface EwmaOptions {
  readonly lambda: number;
  readonly seed?: CovarianceSeed;
  readonly centre?: Centre;
}

/**
 * Exponentially weighted covariance after the last return: S[t] = l S[t-1] + (1-l) r[t] r[t]'.
 *
 * Source: RiskMetrics Technical Document (1996); l = 0.94 daily, 0.97 monthly.
 * None: faults of the set, `out-of-range` unless 0 <= lambda <= 1.
 */
export function ewmaCovariance(returns: SeriesSet, options: EwmaOptions): Measured<number[][]> {
  const fault = faultOfSet(returns, 1, "returns") ?? faultOfRange(options.lambda, 0, 1, "lambda");
  if (fault) return fault;
  const set = returns.map((series) => centredOn(series, options.centre ?? "zero"));
  const start = seeded(set, options.seed ?? "first-product");
  if (!start.ok) return start;
  const length = set[0]?.length ?? 0;
  const { lambda } = options;
  const state = start.value.matrix.map((line) => [...line]);
  for (let t = start.value.from; t < length; t++) ewmaStep(state, set, t, lambda);
  if (options.seed !== "adjusted") return measured(state);
  // The weights (1-l) l^k of n terms add up to 1 - l^n.
  const sum = lambda === 1 ? 0 : 1 - lambda ** length;
  if (!(sum > 0)) return refused("out-of-range", "adjusted weights need lambda below one");
  return measured(state.map((line) => line.map((value) => value / sum)));
}

/**
 * One step of the recursion, in place: for those who keep a live matrix. `set[asset][t]` is the return that came.
 * Does not check.
 */
export function ewmaStep(state: number[][], set: SeriesSet, t: number, lambda: number): void {
  for (let i = 0; i < state.length; i++) {
    const line = state[i] as number[];
    const ri = at(set[i] ?? [], t);
    for (let j = 0; j < line.length; j++) {
      line[j] = lambda * (line[j] as number) + (1 - lambda) * ri * at(set[j] ?? [], t);
    }
  }
}

function seeded(
  set: SeriesSet,
  seed: CovarianceSeed,
): Measured<{ readonly matrix: Rows; readonly from: number }> {
  const n = set.length;
  const length = set[0]?.length ?? 0;
  if (seed === "first-product") return measured({ matrix: meanProduct(set, 1), from: 1 });
  if (seed === "mean-product") return measured({ matrix: meanProduct(set, length), from: 0 });
  if (seed === "adjusted") return measured({ matrix: filled(n, () => 0), from: 0 });
  if ("matrix" in seed) {
    const fault = faultOfSymmetric(seed.matrix, "seed");
    if (fault) return fault;
    if (seed.matrix.length !== n) return refused("length-mismatch", "the seed has another size");
    return measured({ matrix: seed.matrix, from: 0 });
  }
  const fault = faultOfCount(seed.meanOfFirst, 1, "meanOfFirst");
  if (fault) return fault;
  if (seed.meanOfFirst > length)
    return refused("too-few-samples", "the seed takes more than there is");
  return measured({ matrix: meanProduct(set, seed.meanOfFirst), from: seed.meanOfFirst });
}

const meanProduct = (set: SeriesSet, count: number): number[][] =>
  symmetric(set.length, (i, j) => {
    let sum = 0;
    for (let t = 0; t < count; t++) sum += at(row(set, i), t) * at(row(set, j), t);
    return sum / count;
  });

/** S[i][j] / sqrt(S[i][i] S[j][j]), ones on the diagonal. None: `flat` where a variance is zero. */
export function correlationOf(matrix: Rows): Measured<number[][]> {
  const fault = faultOfSymmetric(matrix, "covariance");
  if (fault) return fault;
  const roots = matrix.map((_, i) => Math.sqrt(cell(matrix, i, i)));
  if (!roots.every((root) => root > 0)) return refused("flat", "a variance is not positive");
  return measured(
    symmetric(matrix.length, (i, j) =>
      i === j ? 1 : clamp(cell(matrix, i, j) / ((roots[i] ?? 1) * (roots[j] ?? 1))),
    ),
  );
}

/**
 * Covariance of volatilities and correlations. None: `length-mismatch`, `out-of-range` below zero.
 */
export function covarianceOf(volatilities: Series, correlation: Rows): Measured<number[][]> {
  const fault = faultOfSymmetric(correlation, "correlation");
  if (fault) return fault;
  if (volatilities.length !== correlation.length) {
    return refused("length-mismatch", "there is one volatility for each row");
  }
  for (let i = 0; i < volatilities.length; i++) {
    const wrong = faultOfRange(at(volatilities, i), 0, Number.MAX_VALUE, `volatility ${i}`);
    if (wrong) return wrong;
  }
  return measured(
    symmetric(
      correlation.length,
      (i, j) => at(volatilities, i) * at(volatilities, j) * cell(correlation, i, j),
    ),
  );
}

/** Root of the diagonal times the root of the periods in a year: 365, 8760, 252. */
export const volatilities = (matrix: Rows, periodsPerYear = 1): number[] =>
  matrix.map((_, i) => Math.sqrt(cell(matrix, i, i) * periodsPerYear));

/** sqrt(w' S w) of signed weights or notionals. None: faults of the matrix, `length-mismatch`. */
export function portfolioVolatility(weights: Series, matrix: Rows): Measured<number> {
  const fault = faultOfSymmetric(matrix, "covariance");
  if (fault) return fault;
  if (weights.length !== matrix.length) {
    return refused("length-mismatch", "there is one weight for each row");
  }
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    if (!Number.isFinite(at(weights, i)))
      return refused("not-finite", `weights[${i}] is not finite`);
    for (let j = 0; j < weights.length; j++) {
      sum += at(weights, i) * at(weights, j) * cell(matrix, i, j);
    }
  }
  // A negative square beyond rounding is an indefinite matrix: repair it first.
  const gross = matrix.reduce((s, _, i) => s + at(weights, i) ** 2 * cell(matrix, i, i), 0);
  if (sum < -1e-12 * gross)
    return refused("not-positive-definite", "the matrix is not positive semidefinite");
  return measured(Math.sqrt(Math.max(sum, 0)));
}

export function centredOn(series: Series, centre: Centre): Float64Array {
  const mean = centre === "mean" ? meanOf(series) : 0;
  // A loop: `Float64Array.from` goes by the iterator, ten times as long.
  const out = new Float64Array(series.length);
  for (let i = 0; i < out.length; i++) out[i] = at(series, i) - mean;
  return out;
}

export const row = (set: SeriesSet, i: number): Series => set[i] ?? [];
const clamp = (rho: number): number => Math.max(-1, Math.min(1, rho));

/** f of i <= j, mirrored: symmetric to the last bit. */
export function symmetric(n: number, f: (i: number, j: number) => number): number[][] {
  const out = filled(n, () => 0);
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      const value = f(i, j);
      (out[i] as number[])[j] = value;
      (out[j] as number[])[i] = value;
    }
  }
  return out;
}
