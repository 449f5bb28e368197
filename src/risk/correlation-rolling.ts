/** Correlations that move: over rolling windows, exponentially weighted, recent against base. */
import { type CorrelationKind, correlation } from "./correlation.ts";
import {
  type ComparisonTest,
  compareIndependent,
  type TestOptions,
} from "./correlation-compare.ts";
import { type EwmaSeed, ewmaVariance } from "./moments.ts";
import { type Measured, measured, refused } from "./refusal.ts";
import { at, faultOfCount, faultOfSet, type Series } from "./series.ts";

/**
 * Correlation of the `window` pairs that end at each time from window - 1 on.
 *
 * Pearson only is kept by running sums; the others are computed anew. `flat` where a window is.
 * None: faults of the series, `out-of-range` for a window below 2.
 */
export function rollingCorrelation(
  x: Series,
  y: Series,
  window: number,
  kind: CorrelationKind = "pearson",
): Measured<Float64Array> {
  const fault = faultOfCount(window, 2, "window") ?? faultOfSet([x, y], window, "pair");
  if (fault) return fault;
  const xs = Float64Array.from(x);
  const ys = Float64Array.from(y);
  const out = new Float64Array(x.length - window + 1);
  for (let t = 0; t < out.length; t++) {
    const r = correlation(xs.subarray(t, t + window), ys.subarray(t, t + window), kind);
    if (!r.ok) return r;
    out[t] = r.value;
  }
  return measured(out);
}

/**
 * Exponentially weighted correlation about zero after each pair: s_xy / sqrt(s_xx s_yy).
 *
 * The first is +-1 with `first-square`, as in the RiskMetrics recursion. None: `flat` while a
 * variance is zero.
 */
export function ewmaCorrelation(
  x: Series,
  y: Series,
  lambda: number,
  seed: EwmaSeed = "first-square",
): Measured<Float64Array> {
  const fault = faultOfSet([x, y], 1, "pair");
  if (fault) return fault;
  const sum = ewmaVariance(
    Float64Array.from(x, (v, t) => v + at(y, t)),
    lambda,
    seed,
  );
  if (!sum.ok) return sum;
  const difference = ewmaVariance(
    Float64Array.from(x, (v, t) => v - at(y, t)),
    lambda,
    seed,
  );
  if (!difference.ok) return difference;
  const ownX = ewmaVariance(x, lambda, seed);
  if (!ownX.ok) return ownX;
  const ownY = ewmaVariance(y, lambda, seed);
  if (!ownY.ok) return ownY;
  const out = new Float64Array(x.length);
  for (let t = 0; t < out.length; t++) {
    // xy = ((x+y)^2 - (x-y)^2) / 4: the covariance out of two variances, by linearity.
    const covariance = (at(sum.value, t) - at(difference.value, t)) / 4;
    const scale = Math.sqrt(at(ownX.value, t) * at(ownY.value, t));
    if (!(scale > 0)) return refused("flat", `a variance is zero at ${t}`);
    out[t] = Math.max(-1, Math.min(1, covariance / scale));
  }
  return measured(out);
}

export interface WindowComparison {
  readonly recent: number;
  readonly base: number;
  readonly test: ComparisonTest;
}

/**
 * Fisher's test of the last `recent` pairs up to `end` (exclusive) against the `base` pairs before
 * them.
 *
 * None: `too-few-samples` where the series does not reach back so far.
 */
export function compareWindows(
  x: Series,
  y: Series,
  sizes: { readonly recent: number; readonly base: number; readonly end?: number },
  options: TestOptions = {},
): Measured<WindowComparison> {
  const fault = faultOfSet([x, y], 8, "pair");
  if (fault) return fault;
  const end = sizes.end ?? x.length;
  const cut = end - sizes.recent;
  const start = cut - sizes.base;
  if (start < 0 || end > x.length) {
    return refused(
      "too-few-samples",
      `${sizes.recent + sizes.base} pairs before ${end} are needed`,
    );
  }
  const xs = Float64Array.from(x);
  const ys = Float64Array.from(y);
  const recent = correlation(xs.subarray(cut, end), ys.subarray(cut, end));
  if (!recent.ok) return recent;
  const base = correlation(xs.subarray(start, cut), ys.subarray(start, cut));
  if (!base.ok) return base;
  const pair = { r1: recent.value, n1: sizes.recent, r2: base.value, n2: sizes.base };
  const tested = compareIndependent(pair, options);
  if (!tested.ok) return tested;
  return measured({ recent: recent.value, base: base.value, test: tested.value.fisher });
}
