/** How large a position may be: by volatility, by correlation with what is held, by free margin. */
import { dot, faultOfSymmetric, type Rows, timesVector } from "./matrix.ts";
import {
  badList,
  finite,
  type Measured,
  negative,
  notFinite,
  notPositive,
  outOfRange,
  refused,
} from "./refusal.ts";

/**
 * Leverage scaled down as volatility rises above its base; never scaled up.
 *
 * Units:    leverages as multiples, volatilities in one unit of time. Formula: target x min(1, base / current).
 * Refusals: `not-finite`, `out-of-range` for a negative number or a base not above zero.
 */
export function volatilityAdjustedLeverage(
  target: number,
  current: number,
  base = 0.2,
): Measured<number> {
  const fault =
    negative("target", target) ?? negative("current", current) ?? notPositive("base", base);
  return fault ?? finite(current <= base ? target : (target * base) / current);
}

/** A wanted new position and the book it joins. The new asset is the last row of the covariance. */
export interface SizeQuery {
  readonly side: "long" | "short";
  /** Signed notionals held, one for each row but the last; what is held of the asset itself too. */
  readonly held: readonly number[];
  /** Covariance of returns per year, the new asset last. */
  readonly covariance: Rows;
  readonly equity: number;
  /** Wanted volatility of the book per year, as a share of equity. */
  readonly targetVolatility: number;
  readonly freeMargin: number;
  /** Share of the free margin that may be used; 0.6 by default. */
  readonly marginShare?: number;
  readonly maxLeverage: number;
  /** Conviction, 0 to 1: leverage is this share of the maximum. 1 by default. */
  readonly signal?: number;
}

export interface SizeAnswer {
  /** In currency, at least zero. */
  readonly notional: number;
  readonly limit: "volatility" | "margin" | "none-allowed";
  /** Volatility of the book with it, as a share of equity. */
  readonly volatilityAfter: number;
  /** Largest notional by volatility alone; `Infinity` never: a hedge has its end too. */
  readonly byVolatility: number;
  readonly byMargin: number;
}

/**
 * The largest new position that leaves the book within its volatility target and its free margin.
 *
 * Formula:  s^2 x^2 + 2 k c x + V = T^2 solved for its larger root x, with s the asset's
 *           volatility, k = +1 for a long and -1 for a short, c the covariance with the book, V the
 *           book's variance, T the target in currency. A position against the book may be larger
 *           than one with it, and a book above target admits only what brings it back.
 * Limits:   volatilities add by correlation, not linearly; the margin is 1 / leverage of the
 *           notional.
 * Refusals: faults of the matrix, `length-mismatch`, `singular`, `not-finite`, `out-of-range`.
 */
export function correlationAwareSize(query: SizeQuery): Measured<SizeAnswer> {
  const { held, covariance, equity, marginShare = 0.6, signal = 1 } = query;
  const fault =
    faultOfSymmetric(covariance, "covariance") ??
    notPositive("equity", equity) ??
    negative("targetVolatility", query.targetVolatility) ??
    notFinite({ freeMargin: query.freeMargin }) ??
    outOfRange("marginShare", marginShare, 0, 1) ??
    notPositive("maxLeverage", query.maxLeverage) ??
    outOfRange("signal", signal, 0, 1) ??
    (held.length > 0 ? badList("held", held) : undefined);
  if (fault) return fault;
  const n = covariance.length;
  if (held.length !== n - 1 && held.length !== n) {
    return refused("length-mismatch", "held has one notional for each row, the last one optional");
  }
  const notionals = held.length === n ? held : [...held, 0];
  const along = timesVector(covariance, notionals);
  const book = dot(notionals, along);
  const s2 = covariance[n - 1]?.[n - 1] ?? 0;
  if (!(s2 > 0)) return refused("singular", "the new asset has no variance");
  const c = (query.side === "long" ? 1 : -1) * (along[n - 1] ?? 0);
  const target = (query.targetVolatility * equity) ** 2;
  const square = c * c - s2 * (book - target);
  const byVolatility = square < 0 ? 0 : Math.max(0, (-c + Math.sqrt(square)) / s2);
  const byMargin = Math.max(0, query.freeMargin) * marginShare * signal * query.maxLeverage;
  const notional = Math.min(byVolatility, byMargin);
  const after = Math.sqrt(Math.max(0, s2 * notional ** 2 + 2 * c * notional + book)) / equity;
  const limit =
    notional === 0 ? "none-allowed" : byVolatility <= byMargin ? "volatility" : "margin";
  return finite({ notional, limit, volatilityAfter: after, byVolatility, byMargin });
}

/**
 * Factor by which the volatility of a book changes when its correlations do.
 *
 * Sign: below 1 where higher correlation lowers risk, as it does for long/short books: a fixed
 *       margin
 * multiplier per regime would not see that.
 * Refusals: faults of the matrices, `length-mismatch`, `not-positive-definite`.
 */
export function correlationImpact(
  notionals: readonly number[],
  before: Rows,
  after: Rows,
): Measured<number> {
  const fault =
    badList("notionals", notionals) ??
    faultOfSymmetric(before, "before") ??
    faultOfSymmetric(after, "after");
  if (fault) return fault;
  if (before.length !== notionals.length || after.length !== notionals.length) {
    return refused("length-mismatch", "there is one notional for each row");
  }
  const now = dot(notionals, timesVector(before, notionals));
  const then = dot(notionals, timesVector(after, notionals));
  if (!(now > 0) || then < 0) return refused("not-positive-definite", "a variance is not positive");
  return finite(Math.sqrt(then / now));
}
