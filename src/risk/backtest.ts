/** Examination of VaR by its own breaches: how many, and whether they come in clusters. */
import { ONE, type Ppm, toFraction } from "../core/ppm.ts";
import { chiSquareSf } from "./distributions.ts";
import { type Measured, measured, type Refusal, refused } from "./refusal.ts";
import { at, faultOf, faultOfCount, faultOfTail, type Series } from "./series.ts";

/**
 * A likelihood ratio against chi-square: reject the forecasts where `p` is below the level chosen.
 */
export interface TestResult {
  readonly statistic: number;
  readonly df: number;
  /** Chance of so large a statistic from good forecasts. */
  readonly p: number;
}

/**
 * One for each breach, zero elsewhere.
 *
 * Units: returns as they came; `losses` are VaR forecasts as positive losses, losses[t] made before
 * returns[t] was known. `strict` (default) r < -VaR, as rugarch; `inclusive` r <= -VaR, as GAS.
 * None: `empty`, `not-finite`, `length-mismatch`.
 */
export function breachesOf(
  returns: Series,
  losses: Series,
  edge: "strict" | "inclusive" = "strict",
): Measured<Uint8Array> {
  const fault = faultOf(returns, 1, "returns") ?? faultOf(losses, 1, "losses");
  if (fault) return fault;
  if (returns.length !== losses.length) {
    return refused("length-mismatch", "each return has one forecast");
  }
  const hit = (t: number): boolean =>
    edge === "strict" ? at(returns, t) < -at(losses, t) : at(returns, t) <= -at(losses, t);
  return measured(Uint8Array.from({ length: returns.length }, (_, t) => (hit(t) ? 1 : 0)));
}

/** How breaches follow each other, over the T - 1 pairs: first index yesterday, second today. */
export interface Transitions {
  readonly n00: number;
  readonly n01: number;
  readonly n10: number;
  readonly n11: number;
}

/** Pairs of breaches. None: `empty`, `out-of-range` for anything but 0 and 1. */
export function transitionsOf(breaches: Series): Measured<Transitions> {
  const fault = faultOfBreaches(breaches, 2);
  if (fault) return fault;
  const counts = [0, 0, 0, 0];
  for (let t = 1; t < breaches.length; t++) {
    const index = 2 * at(breaches, t - 1) + at(breaches, t);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  const [n00 = 0, n01 = 0, n10 = 0, n11 = 0] = counts;
  return measured({ n00, n01, n10, n11 });
}

function faultOfBreaches(breaches: Series, atLeast: number): Refusal | undefined {
  const fault = faultOf(breaches, atLeast, "breaches");
  if (fault) return fault;
  for (let t = 0; t < breaches.length; t++) {
    if (at(breaches, t) !== 0 && at(breaches, t) !== 1) {
      return refused("out-of-range", `breaches[${t}] is 0 or 1, was ${at(breaches, t)}`);
    }
  }
  return undefined;
}

/**
 * Kupiec's proportion of failures, chi-square(1).
 *
 * Formula: -2 ln[(1-a)^(T-N) a^N / ((1-N/T)^(T-N) (N/T)^N)], 0^0 = 1. Source: Kupiec (1995).
 * Limits: at T = 250 and 1 % it cannot tell 1 % from 2 % with any power; N = 0 has LR 5.03 and is
 * rejected, though printed tables often allow it.
 * None: `bad-tail`, `out-of-range` unless both are counts and the breaches at most the observations.
 */
export function kupiec(breaches: number, observations: number, tail: Ppm): Measured<TestResult> {
  const fault =
    faultOfTail(tail) ??
    faultOfCount(observations, 1, "observations") ??
    faultOfCount(breaches, 0, "breaches");
  if (fault) return fault;
  if (breaches > observations) return refused("out-of-range", "more breaches than observations");
  return measured(result(coverageRatio(breaches, observations, toFraction(tail)), 1));
}

/**
 * Breach counts that Kupiec's test does not reject at a level (50,000 ppm: 95 %), low to high.
 *
 * None: `bad-tail`, `out-of-range` for no count; the value is undefined where every count is rejected.
 */
export function kupiecRegion(
  observations: number,
  tail: Ppm,
  significance: Ppm,
): Measured<{ readonly low: number; readonly high: number } | undefined> {
  const fault = faultOfTail(tail) ?? faultOfTail(significance);
  if (fault) return fault;
  const wrong = faultOfCount(observations, 1, "observations");
  if (wrong) return wrong;
  let low = -1;
  let high = -1;
  for (let n = 0; n <= observations; n++) {
    const p = result(coverageRatio(n, observations, toFraction(tail)), 1).p;
    if (p < toFraction(significance)) continue;
    if (low < 0) low = n;
    high = n;
  }
  return measured(low < 0 ? undefined : { low, high });
}

function coverageRatio(n: number, total: number, alpha: number): number {
  const rate = n / total;
  const expected = xLog(total - n, 1 - alpha) + xLog(n, alpha);
  const found = xLog(total - n, 1 - rate) + xLog(n, rate);
  return Math.max(0, -2 * (expected - found));
}

/** n ln p with 0 ln 0 = 0. */
const xLog = (n: number, p: number): number => (n === 0 ? 0 : n * Math.log(p));

const result = (statistic: number, df: number): TestResult => ({
  statistic,
  df,
  p: chiSquareSf(statistic, df),
});

/** Christoffersen's three tests with the counts they rest on. */
export interface CoverageReport {
  readonly observations: number;
  readonly breaches: number;
  /** breaches / (observations * tail): one is right, above one is too many. */
  readonly actualOverExpected: number;
  readonly transitions: Transitions;
  readonly unconditional: TestResult;
  readonly independence: TestResult;
  readonly conditional: TestResult;
}

/**
 * Unconditional coverage, independence and both together.
 *
 * Formula: LR_ind = -2 ln[(1-pi)^(n00+n10) pi^(n01+n11) / ((1-pi01)^n00 pi01^n01 (1-pi11)^n10
 * pi11^n11)], chi-square(1); LR_cc = LR_uc + LR_ind, chi-square(2). Source: Christoffersen (1998).
 * Limits: sees only clusters of consecutive breaches; without a breach LR_ind is zero.
 * None: `bad-tail`, those of `transitionsOf`.
 */
export function coverage(breaches: Series, tail: Ppm): Measured<CoverageReport> {
  const fault = faultOfTail(tail);
  if (fault) return fault;
  const transitions = transitionsOf(breaches);
  if (!transitions.ok) return transitions;
  const observations = breaches.length;
  let count = 0;
  for (let t = 0; t < observations; t++) count += at(breaches, t);
  const unconditional = coverageRatio(count, observations, toFraction(tail));
  const independence = independenceRatio(transitions.value);
  return measured({
    observations,
    breaches: count,
    actualOverExpected: (count * ONE) / (observations * tail),
    transitions: transitions.value,
    unconditional: result(unconditional, 1),
    independence: result(independence, 1),
    conditional: result(unconditional + independence, 2),
  });
}

/** The independence test of given transition counts. None: `out-of-range` for a negative count. */
export function independence(transitions: Transitions): Measured<TestResult> {
  for (const [name, count] of Object.entries(transitions)) {
    const fault = faultOfCount(count, 0, name);
    if (fault) return fault;
  }
  return measured(result(independenceRatio(transitions), 1));
}

function independenceRatio({ n00, n01, n10, n11 }: Transitions): number {
  const pi = (n01 + n11) / (n00 + n01 + n10 + n11);
  const pi01 = n01 / (n00 + n01);
  const pi11 = n11 / (n10 + n11);
  const alike = xLog(n00 + n10, 1 - pi) + xLog(n01 + n11, pi);
  const apart = xLog(n00, 1 - pi01) + xLog(n01, pi01) + xLog(n10, 1 - pi11) + xLog(n11, pi11);
  return Math.max(0, -2 * (alike - apart));
}

/**
 * Mean tick (quantile) loss: mean of (r + VaR)(tail - 1[r <= -VaR]). Smaller is better.
 *
 * Source: Koenker and Bassett (1978); GAS BacktestVaR. None: faults of the series, `length-mismatch`, `bad-tail`.
 */
export function quantileLoss(returns: Series, losses: Series, tail: Ppm): Measured<number> {
  const hits = breachesOf(returns, losses, "inclusive");
  if (!hits.ok) return hits;
  const fault = faultOfTail(tail);
  if (fault) return fault;
  let sum = 0;
  for (let t = 0; t < returns.length; t++) {
    sum += (at(returns, t) + at(losses, t)) * (toFraction(tail) - at(hits.value, t));
  }
  return measured(sum / returns.length);
}

/**
 * Mean and largest |r + VaR| over the breaches (inclusive). None: `empty` when there is no breach.
 */
export function absoluteDeviation(
  returns: Series,
  losses: Series,
): Measured<{ readonly mean: number; readonly max: number }> {
  const hits = breachesOf(returns, losses, "inclusive");
  if (!hits.ok) return hits;
  let sum = 0;
  let max = 0;
  let count = 0;
  for (let t = 0; t < returns.length; t++) {
    if (at(hits.value, t) === 0) continue;
    const gap = Math.abs(at(returns, t) + at(losses, t));
    sum += gap;
    max = Math.max(max, gap);
    count++;
  }
  return count === 0
    ? refused("empty", "there is no breach")
    : measured({ mean: sum / count, max });
}
