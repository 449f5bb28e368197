/** Measures of the lower side against a target: shortfall, regret, semivariance, upside. */
import type { Ppm } from "../core/ppm.ts";
import { toFraction } from "../core/ppm.ts";
import { symmetric } from "./covariance.ts";
import { cell, type Rows } from "./matrix.ts";
import { meanOf } from "./moments.ts";
import { sortedQuantile, weightedQuantile } from "./quantile.ts";
import { type Measured, measured, refused } from "./refusal.ts";
import {
  ascending,
  at,
  faultOf,
  faultOfRange,
  faultOfSet,
  faultOfTail,
  type Series,
  type SeriesSet,
} from "./series.ts";

/**
 * Share of returns strictly below the target.
 *
 * None: faults of the series.
 */
export function shortfallProbability(returns: Series, target: number): Measured<number> {
  const below = belowOf(returns, target);
  return below.ok ? measured(below.value.length / returns.length) : below;
}

/** Mean of target - r over the returns below the target. None: `too-few-samples` where none is. */
export function averageShortfall(returns: Series, target: number): Measured<number> {
  const below = belowOf(returns, target);
  if (!below.ok) return below;
  if (below.value.length === 0) return refused("too-few-samples", "no return is below the target");
  return measured(target - meanOf(below.value));
}

/**
 * Mean of (r - target)^2 over the N returns below the target, times N/(N-1).
 *
 * The target 0 gives the downside variance, the mean of the returns the semivariance. Source: Dembo
 * and Freeman (2001), with QuantLib's correction. None: `too-few-samples` below two such returns.
 */
export function regret(returns: Series, target: number): Measured<number> {
  const below = belowOf(returns, target);
  if (!below.ok) return below;
  const n = below.value.length;
  if (n < 2) return refused("too-few-samples", `${n} returns are below the target`);
  const square = below.value.reduce((sum, r) => sum + (r - target) ** 2, 0);
  return measured(square / (n - 1));
}

/**
 * Largest gain not exceeded with the given chance, at least zero: max(0, quantile), by rule 1.
 *
 * None: faults of the series, `bad-tail`.
 */
export function potentialUpside(returns: Series, tail: Ppm): Measured<number> {
  const fault = faultOfTail(tail) ?? faultOf(returns, 1, "returns");
  if (fault) return fault;
  return measured(Math.max(0, sortedQuantile(ascending(returns), 1 - toFraction(tail), 1)));
}

function belowOf(returns: Series, target: number): Measured<Float64Array> {
  const fault = faultOf(returns, 1, "returns");
  if (fault) return fault;
  if (!Number.isFinite(target)) return refused("not-finite", "a target is finite");
  return measured(Float64Array.from(returns).filter((r) => r < target));
}

/**
 * Value at risk with old returns counting less: weight lambda^age, the last return of age 0.
 *
 * Source: Boudoukh, Richardson, Whitelaw (1998). None: as `weightedQuantile`; `too-few-samples`
 * where the last return alone outweighs the tail.
 */
export function ageWeightedVar(returns: Series, lambda: number, tail: Ppm): Measured<number> {
  const fault = faultOfRange(lambda, 0.5, 1, "lambda") ?? faultOf(returns, 1, "returns");
  if (fault) return fault;
  const n = returns.length;
  const weights = Float64Array.from({ length: n }, (_, t) => lambda ** (n - 1 - t));
  const total = weights.reduce((sum, w) => sum + w, 0);
  if (total * toFraction(tail) < 1) {
    return refused("too-few-samples", "one return weighs more than the whole tail");
  }
  const quantile = weightedQuantile(returns, weights, tail);
  return quantile.ok ? measured(-quantile.value) : quantile;
}

/**
 * Mean product of the shortfalls min(r - benchmark, 0) of each two series, divisor n.
 *
 * None: faults of the set; `not-finite` where the products are too large.
 */
export function semicovariance(returns: SeriesSet, benchmark = 0): Measured<Rows> {
  const fault = faultOfSet(returns, 1, "returns");
  if (fault) return fault;
  const drops = returns.map((series) =>
    Float64Array.from(series, (r) => Math.min(r - benchmark, 0)),
  );
  const length = drops[0]?.length ?? 1;
  const matrix = symmetric(returns.length, (i, j) => {
    let sum = 0;
    for (let t = 0; t < length; t++) sum += at(drops[i] ?? [], t) * at(drops[j] ?? [], t);
    return sum / length;
  });
  return Number.isFinite(cell(matrix, 0, 0))
    ? measured(matrix)
    : refused("not-finite", "too large");
}
