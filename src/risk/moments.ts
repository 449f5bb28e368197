/** Moments of a series with their divisors named: mean, deviation, skewness, kurtosis, drawdown. */
import { type Measured, measured, refused } from "./refusal.ts";
import { at, faultOf, faultOfRange, type Series } from "./series.ts";

/** What a sum of squares is divided by: `n` (population, biased) or `n-1` (sample, unbiased). */
export type Divisor = "n" | "n-1";

/** Arithmetic mean. Does not check; NaN when empty. */
export function meanOf(series: Series): number {
  let sum = 0;
  for (let i = 0; i < series.length; i++) sum += at(series, i);
  return sum / series.length;
}

/** Central sum of powers, sum (x - mean)^k. Does not check. */
export function centralSum(series: Series, power: number, mean = meanOf(series)): number {
  let sum = 0;
  for (let i = 0; i < series.length; i++) sum += (at(series, i) - mean) ** power;
  return sum;
}

/** Whether a variance about this mean is more than what rounding leaves of a constant. */
const varies = (square: number, mean: number, n: number): boolean =>
  square > (n * Number.EPSILON * mean) ** 2;

/** Variance about the mean. None: `too-few-samples` below two values. */
export function variance(series: Series, divisor: Divisor = "n-1"): Measured<number> {
  const fault = faultOf(series, 2, "series");
  if (fault) return fault;
  const count = divisor === "n" ? series.length : series.length - 1;
  return measured(centralSum(series, 2) / count);
}

/**
 * Standard deviation: the root of `variance`.
 *
 * None: as `variance`.
 */
export function deviation(series: Series, divisor: Divisor = "n-1"): Measured<number> {
  const value = variance(series, divisor);
  return value.ok ? measured(Math.sqrt(value.value)) : value;
}

/**
 * `moment`: m3/m2^1.5 of central moments with divisor n.
 * `sample`: n/((n-1)(n-2)) sum ((x-mean)/s)^3 with s of divisor n-1 (Excel's SKEW, `adjusted`).
 * `fisher`: sqrt(n(n-1))/(n-2) times the moment form; equal to `sample` by algebra.
 */
export type SkewnessRule = "moment" | "sample" | "fisher";

/** Skewness. None: `too-few-samples` below three values, `flat` when nothing varies. */
export function skewness(series: Series, rule: SkewnessRule = "moment"): Measured<number> {
  const fault = faultOf(series, 3, "series");
  if (fault) return fault;
  const n = series.length;
  const mean = meanOf(series);
  const m2 = centralSum(series, 2, mean) / n;
  if (!varies(m2, mean, n)) return refused("flat", "a series that does not vary has no skewness");
  const g1 = centralSum(series, 3) / n / m2 ** 1.5;
  return measured(rule === "moment" ? g1 : (g1 * Math.sqrt(n * (n - 1))) / (n - 2));
}

/**
 * `moment`: m4/m2^2, 3 for a normal. `excess`: that less 3.
 * `sample-excess`: (n-1)/((n-2)(n-3)) ((n+1) excess + 6), Excel's KURT. `sample`: that plus 3
 * scaled as n(n+1)/((n-1)(n-2)(n-3)) sum ((x-mean)/s)^4.
 */
export type KurtosisRule = "moment" | "excess" | "sample" | "sample-excess";

/** Kurtosis. None: `too-few-samples` below four values, `flat` when nothing varies. */
export function kurtosis(series: Series, rule: KurtosisRule = "excess"): Measured<number> {
  const fault = faultOf(series, 4, "series");
  if (fault) return fault;
  const n = series.length;
  const mean = meanOf(series);
  const m2 = centralSum(series, 2, mean) / n;
  if (!varies(m2, mean, n)) return refused("flat", "a series that does not vary has no kurtosis");
  const b2 = centralSum(series, 4) / n / m2 ** 2;
  switch (rule) {
    case "moment":
      return measured(b2);
    case "excess":
      return measured(b2 - 3);
    case "sample-excess":
      return measured(((n - 1) / ((n - 2) * (n - 3))) * ((n + 1) * (b2 - 3) + 6));
    case "sample":
      return measured((b2 * (n + 1) * (n - 1)) / ((n - 2) * (n - 3)));
  }
}

/**
 * Largest 1 - V[t]/max V[0..t] of the wealth V = product of (1 + r), which starts at 1.
 *
 * Units: a fraction of the peak, 0 to 1. Simple returns. Log returns: pass exp(r) - 1.
 * None: faults of the series.
 */
export function maxDrawdown(returns: Series): Measured<number> {
  const fault = faultOf(returns, 1, "returns");
  if (fault) return fault;
  let wealth = 1;
  let peak = 1;
  let worst = 0;
  for (let t = 0; t < returns.length; t++) {
    wealth *= 1 + at(returns, t);
    peak = Math.max(peak, wealth);
    worst = Math.max(worst, 1 - wealth / peak);
  }
  return measured(worst);
}

/**
 * A deviation per period as one per year: times the root of the periods in a year (365, 8760, 252).
 */
export const annualised = (perPeriod: number, periodsPerYear: number): number =>
  perPeriod * Math.sqrt(periodsPerYear);

/** How the first variance of an exponential average is set. */
export type EwmaSeed = "first-square" | "sample" | { readonly meanSquareOfFirst: number };

/**
 * Exponentially weighted variance about zero after each return: s2[t] = l s2[t-1] + (1-l) r[t]^2.
 *
 * `first-square`: s2[0] = r[0]^2. `sample`: s2[0] = mean square of all. `{meanSquareOfFirst: k}`:
 * the mean square of the first k returns stands for index k - 1 and all before it.
 * Source: RiskMetrics Technical Document (1996), section 5.3.
 * None: faults of the series, `out-of-range` for a lambda outside [0, 1] or a seed of no return.
 */
export function ewmaVariance(
  returns: Series,
  lambda: number,
  seed: EwmaSeed = "first-square",
): Measured<Float64Array> {
  const first = typeof seed === "object" ? seed.meanSquareOfFirst : 1;
  const fault = faultOf(returns, first, "returns") ?? faultOfRange(lambda, 0, 1, "lambda");
  if (fault) return fault;
  if (!Number.isSafeInteger(first) || first < 1) {
    return refused("out-of-range", "the seed takes at least one return");
  }
  const out = new Float64Array(returns.length);
  let level = meanSquare(returns, seed === "sample" ? returns.length : first);
  out.fill(level, 0, first);
  for (let t = first; t < returns.length; t++) {
    level = lambda * level + (1 - lambda) * at(returns, t) ** 2;
    out[t] = level;
  }
  return measured(out);
}

function meanSquare(series: Series, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += at(series, i) ** 2;
  return sum / count;
}
