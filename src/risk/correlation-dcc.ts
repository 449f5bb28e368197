/**
 * Dynamic conditional correlation: the correlation of standardised returns as it moves each day.
 */
import { correlationOf, covariance, symmetric } from "./covariance.ts";
import { cell, cholesky, faultOfSymmetric, type Rows, substituted } from "./matrix.ts";
import { meanOf } from "./moments.ts";
import { type Measured, measured, refused } from "./refusal.ts";
import { at, faultOfRange, faultOfSet, type SeriesSet } from "./series.ts";

export interface DccOptions {
  /** Weight of yesterday's product, a >= 0. */
  readonly a: number;
  /** Weight of yesterday's Q, b >= 0, a + b < 1. */
  readonly b: number;
  /** What Q reverts to. Default the sample covariance of the standardised returns, divisor n-1. */
  readonly target?: Rows | "covariance" | "correlation" | "mean-product";
  /**
   * What stands for the product before the first return: `mean`: the outer product of the mean
   * standardised returns (the R package ccgarch); `target`: the target itself, so that Q[0] =
   * target.
   */
  readonly start?: "mean" | "target";
}

export interface DccPath {
  /** Correlation matrix of each time, given the returns before it. */
  readonly correlations: readonly number[][][];
  /** The quasi-correlation of each time. */
  readonly q: readonly number[][][];
  /** Forecast for the time after the last return. */
  readonly next: number[][];
  /** Sum over time of -(ln det R + z' R^-1 z)/2, the correlation part of the likelihood. */
  readonly logLikelihood: number;
}

/**
 * Q[t] = (1-a-b) Qbar + a z[t-1] z[t-1]' + b Q[t-1], R[t] = Q scaled to a unit diagonal.
 *
 * Units: `z[asset][time]` are returns over their own conditional deviations.
 * Source: Engle (2002). None: faults of the set, `out-of-range` unless a, b >= 0 and a + b < 1.
 */
export function dccPath(z: SeriesSet, options: DccOptions): Measured<DccPath> {
  const { a, b } = options;
  const fault = faultOfSet(z, 2, "z") ?? faultOfRange(a, 0, 1, "a") ?? faultOfRange(b, 0, 1, "b");
  if (fault) return fault;
  if (a + b >= 1) return refused("out-of-range", `a + b is below one, was ${a + b}`);
  const target = targetOf(z, options.target ?? "covariance");
  if (!target.ok) return target;
  const qbar = target.value;
  const n = z.length;
  const length = z[0]?.length ?? 0;
  const means = z.map(meanOf);
  let before: (i: number, j: number) => number =
    options.start === "target"
      ? (i, j) => cell(qbar, i, j)
      : (i, j) => (means[i] ?? 0) * (means[j] ?? 0);
  let q: Rows = qbar;
  const correlations: number[][][] = [];
  const qs: number[][][] = [];
  let logLikelihood = 0;
  for (let t = 0; t <= length; t++) {
    const [last, product] = [q, before];
    const next = symmetric(
      n,
      (i, j) => (1 - a - b) * cell(qbar, i, j) + a * product(i, j) + b * cell(last, i, j),
    );
    const r = correlationOf(next);
    if (!r.ok) return r;
    if (t === length) return measured({ correlations, q: qs, next: r.value, logLikelihood });
    const part = likelihoodOf(r.value, z, t);
    if (!part.ok) return part;
    logLikelihood += part.value;
    correlations.push(r.value);
    qs.push(next);
    q = next;
    before = (i, j) => at(z[i] ?? [], t) * at(z[j] ?? [], t);
  }
  return refused("empty", "z is empty");
}

function targetOf(z: SeriesSet, target: NonNullable<DccOptions["target"]>): Measured<Rows> {
  if (typeof target === "object") {
    const fault = faultOfSymmetric(target, "target");
    if (fault) return fault;
    if (target.length === z.length) return measured(target);
    return refused("length-mismatch", "the target has a row for each series");
  }
  const centre = target === "mean-product" ? "zero" : "mean";
  const divisor = target === "mean-product" ? "n" : "n-1";
  const sample = covariance(z, { centre, divisor });
  if (!sample.ok || target !== "correlation") return sample;
  return correlationOf(sample.value);
}

function likelihoodOf(r: Rows, z: SeriesSet, t: number): Measured<number> {
  const factor = cholesky(r);
  if (!factor.ok) return factor;
  const today = z.map((series) => at(series, t));
  const solved = substituted(factor.value, today);
  const form = today.reduce((sum, x, i) => sum + x * (solved[i] ?? 0), 0);
  const logDeterminant = factor.value.reduce((sum, row, i) => sum + 2 * Math.log(row[i] ?? 1), 0);
  return measured(-0.5 * (logDeterminant + form));
}
