/**
 * Tests between the counts: durations between breaches, and Berkowitz's test of whole forecasts.
 */
import { chiSquareSf } from "./distributions.ts";
import { meanOf } from "./moments.ts";
import { type Measured, measured, refused } from "./refusal.ts";
import { at, faultOf, faultOfCount, type Series } from "./series.ts";
import { goldenMaximum } from "./var-student.ts";

export interface DurationTest {
  /** Weibull shape: below one, breaches cluster. */
  readonly shape: number;
  readonly unrestricted: number;
  readonly restricted: number;
  readonly statistic: number;
  readonly p: number;
}

/**
 * Duration test: days between breaches have no memory (Weibull shape one, that is exponential).
 *
 * Formula: first and last duration censored when the sample does not begin or end with a breach; LR
 * chi-square(1). Source: Christoffersen and Pelletier (2004); rugarch VaRDurTest.
 * None: `too-few-samples` below three durations, `out-of-range` for anything but 0 and 1.
 */
export function durationTest(breaches: Series): Measured<DurationTest> {
  const fault = faultOf(breaches, 2, "breaches");
  if (fault) return fault;
  const days: number[] = [];
  for (let t = 0; t < breaches.length; t++) if (at(breaches, t) === 1) days.push(t + 1);
  const durations = days.slice(1).map((day, i) => day - (days[i] ?? 0));
  const censored = durations.map(() => false);
  const first = days[0];
  const last = days[days.length - 1];
  if (first === undefined || last === undefined) {
    return refused("too-few-samples", "there is no breach");
  }
  if (at(breaches, 0) === 0) {
    durations.unshift(first);
    censored.unshift(true);
  }
  if (last !== breaches.length) {
    durations.push(breaches.length - last);
    censored.push(true);
  }
  const whole = censored.filter((flag) => !flag).length;
  if (durations.length < 3 || whole === 0) {
    return refused("too-few-samples", "fewer than three durations");
  }
  const likelihood = (shape: number): number => weibull(durations, censored, whole, shape);
  const shape = goldenMaximum(likelihood, 0.001, 10);
  const unrestricted = likelihood(shape);
  const restricted = likelihood(1);
  const statistic = Math.max(0, 2 * (unrestricted - restricted));
  return measured({ shape, unrestricted, restricted, statistic, p: chiSquareSf(statistic, 1) });
}

function weibull(
  durations: readonly number[],
  censored: readonly boolean[],
  whole: number,
  shape: number,
): number {
  const power = durations.reduce((sum, d) => sum + d ** shape, 0);
  const rate = (whole / power) ** (1 / shape);
  return durations.reduce((sum, d, i) => {
    const survival = -((rate * d) ** shape);
    if (censored[i]) return sum + survival;
    return sum + shape * Math.log(rate) + Math.log(shape) + (shape - 1) * Math.log(d) + survival;
  }, 0);
}

export interface BerkowitzTest {
  readonly mean: number;
  readonly deviation: number;
  readonly autocorrelation: number;
  readonly statistic: number;
  readonly df: number;
  readonly p: number;
}

/**
 * Berkowitz's likelihood ratio of normal scores: mean zero, deviation one, no first-order memory.
 *
 * Units: `scores` are the normal quantiles of the forecasts' probability transforms. LR
 * chi-square(3).
 * Formula: deviation of the residuals by n - 1 with the first one padded by zero, as rugarch does.
 * Source: Berkowitz (2001). None: `too-few-samples` below ten scores.
 */
export function berkowitz(scores: Series): Measured<BerkowitzTest> {
  const fault = faultOf(scores, 10, "scores") ?? faultOfCount(scores.length, 10, "scores");
  if (fault) return fault;
  const n = scores.length;
  const mean = meanOf(scores);
  const x = Float64Array.from(scores, (score) => score - mean);
  let above = 0;
  let below = 0;
  for (let t = 1; t < n; t++) {
    above += at(x, t) * at(x, t - 1);
    below += at(x, t - 1) ** 2;
  }
  if (!(below > 0)) return refused("flat", "the scores do not vary");
  const autocorrelation = above / below;
  const residual = (t: number): number => at(x, t) - (t > 0 ? autocorrelation * at(x, t - 1) : 0);
  let squares = 0;
  for (let t = 0; t < n; t++) squares += residual(t) ** 2;
  const deviation = Math.sqrt(squares / (n - 1));
  let free = 0;
  let held = 0;
  for (let t = 1; t < n; t++) {
    free += -Math.log(deviation) - 0.5 * (residual(t) / deviation) ** 2;
    held += -0.5 * at(scores, t) ** 2;
  }
  const statistic = Math.max(0, 2 * (free - held));
  return measured({
    mean,
    deviation,
    autocorrelation,
    statistic,
    df: 3,
    p: chiSquareSf(statistic, 3),
  });
}
