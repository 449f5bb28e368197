/** Examination of expected shortfall: whether losses beyond the VaR are as large as was said. */
import { type Ppm, toFraction } from "../core/ppm.ts";
import { breachesOf } from "./backtest.ts";
import { normalCdf } from "./distributions.ts";
import { type Measured, measured, refused } from "./refusal.ts";
import { at, faultOf, faultOfTail, type Series } from "./series.ts";

export interface ShortfallTest {
  readonly breaches: number;
  /** Mean of -r - ES over the breaches: above zero, the shortfall was understated. */
  readonly meanExcess: number;
  /** One-sided: small when the mean excess is above zero by more than chance. */
  readonly p: number;
}

/**
 * McNeil and Frey's exceedance residuals against a mean of zero, by the normal.
 *
 * Formula: p = 1 - Phi(mean/(s/sqrt(n-1))), s with divisor n, as rugarch's ESTest. Breaches strict.
 * Source: McNeil and Frey (2000). None: faults of series, `too-few-samples` below two breaches.
 */
export function shortfallTest(
  returns: Series,
  losses: Series,
  shortfalls: Series,
): Measured<ShortfallTest> {
  const hits = breachesOf(returns, losses, "strict");
  if (!hits.ok) return hits;
  const fault = faultOf(shortfalls, 1, "shortfalls");
  if (fault) return fault;
  if (shortfalls.length !== returns.length) {
    return refused("length-mismatch", "each return has one shortfall");
  }
  const excess: number[] = [];
  for (let t = 0; t < returns.length; t++) {
    if (at(hits.value, t) === 1) excess.push(-at(returns, t) - at(shortfalls, t));
  }
  const n = excess.length;
  if (n < 2) return refused("too-few-samples", `${n} breaches say nothing of their size`);
  const meanExcess = excess.reduce((sum, x) => sum + x, 0) / n;
  const square = excess.reduce((sum, x) => sum + (x - meanExcess) ** 2, 0) / n;
  if (!(square > 0)) return refused("flat", "the excesses do not vary");
  const t = meanExcess / (Math.sqrt(square) / Math.sqrt(n - 1));
  return measured({ breaches: n, meanExcess, p: normalCdf(-t) });
}

/** Which days were breaches, once each has a positive shortfall and the tail is one. */
function tailBreaches(
  returns: Series,
  losses: Series,
  shortfalls: Series,
  tail: Ppm,
  kind: "strict" | "inclusive",
): ReturnType<typeof breachesOf> {
  const fault = faultOfTail(tail) ?? faultOf(shortfalls, 1, "shortfalls");
  if (fault) return fault;
  const hits = breachesOf(returns, losses, kind);
  if (!hits.ok) return hits;
  if (shortfalls.length !== returns.length) {
    return refused("length-mismatch", "each return has one shortfall");
  }
  for (let t = 0; t < returns.length; t++) {
    if (!(at(shortfalls, t) > 0)) return refused("not-positive", "a shortfall is not positive");
  }
  return hits;
}

/**
 * Acerbi and Szekely's second statistic: 1 - mean over all days of breach loss / (tail ES).
 *
 * Zero in expectation from good forecasts, negative when risk was understated; about -0.7 is the 5
 * % critical value across usual distributions. Source: Acerbi and Szekely (2014), Z2 with its sign.
 * None: faults of the series, `bad-tail`, `not-positive` where an ES is not.
 */
export function acerbiSzekely(
  returns: Series,
  losses: Series,
  shortfalls: Series,
  tail: Ppm,
): Measured<number> {
  const hits = tailBreaches(returns, losses, shortfalls, tail, "strict");
  if (!hits.ok) return hits;
  let sum = 0;
  for (let t = 0; t < returns.length; t++) {
    if (at(hits.value, t) === 1) sum += at(returns, t) / at(shortfalls, t);
  }
  return measured(sum / (returns.length * toFraction(tail)) + 1);
}

/**
 * Mean Fissler-Ziegel loss of VaR and ES together (the FZ0 form). Smaller is better.
 *
 * Formula: 1[r <= -VaR] (-VaR - r)/(tail ES) + VaR/ES + ln ES - 1, VaR and ES positive losses.
 * Source: Patton, Ziegel, Chen (2019); GAS FZLoss. None: `not-positive` where an ES is not.
 */
export function fisslerZiegelLoss(
  returns: Series,
  losses: Series,
  shortfalls: Series,
  tail: Ppm,
): Measured<number> {
  const hits = tailBreaches(returns, losses, shortfalls, tail, "inclusive");
  if (!hits.ok) return hits;
  let sum = 0;
  for (let t = 0; t < returns.length; t++) {
    const es = at(shortfalls, t);
    const beyond = at(hits.value, t) * (-at(losses, t) - at(returns, t));
    sum += beyond / (toFraction(tail) * es) + at(losses, t) / es + Math.log(es) - 1;
  }
  return measured(sum / returns.length);
}
