/** Least variance when every weight has its own floor and ceiling. */
import type { Allocation } from "./allocation.ts";
import { cell, cholesky, dot, faultOfSymmetric, type Rows, timesVector } from "./matrix.ts";
import { badList, finite, type Measured, type RiskRefusal, refused } from "./refusal.ts";

export interface WeightBounds {
  /** One floor for each weight; 0 by default. May be negative. */
  readonly lower?: readonly number[];
  /** One ceiling for each weight; 1 by default. */
  readonly upper?: readonly number[];
}

/** Exchanges of weight at most; far above what books of hundreds of assets take. */
const EXCHANGES_MAX = 500_000;
/** Largest difference of marginal variances that is left, relative to the largest variance. */
const TOLERANCE = 1e-13;

/**
 * Weights of least variance that sum to 1 within bounds.
 *
 * Method:   weight is moved from the asset with the highest marginal variance that may give to the
 *           one with the lowest that may take, by the exact amount that is best for the pair, until
 *           no exchange helps: the optimality condition itself.
 * Refusals: `infeasible` where the bounds do not admit a sum of 1, `singular`, `not-converged`.
 * Source:   Platt (1998), sequential minimal optimisation, for one equality and box bounds.
 */
export function minimumVarianceBounded(
  covariance: Rows,
  bounds: WeightBounds = {},
): Measured<Allocation> {
  const n = covariance.length;
  const lower = bounds.lower ?? covariance.map(() => 0);
  const upper = bounds.upper ?? covariance.map(() => 1);
  const fault = faultOfSymmetric(covariance, "covariance") ?? boundsFault(lower, upper, n);
  if (fault) return fault;
  if (!cholesky(covariance).ok) return refused("singular", "the covariance has no inverse");
  const w = feasible(lower, upper);
  const slope = timesVector(covariance, w);
  const small =
    TOLERANCE * covariance.reduce((most, _, i) => Math.max(most, cell(covariance, i, i)), 0);
  for (let exchange = 0; exchange < EXCHANGES_MAX; exchange++) {
    let take = -1;
    let give = -1;
    for (let i = 0; i < n; i++) {
      const here = slope[i] ?? 0;
      const free = (w[i] ?? 0) < (upper[i] ?? 0);
      if (free && (take < 0 || here < (slope[take] ?? 0))) take = i;
      if ((w[i] ?? 0) > (lower[i] ?? 0) && (give < 0 || here > (slope[give] ?? 0))) give = i;
    }
    const gain = (slope[give] ?? 0) - (slope[take] ?? 0);
    if (take < 0 || give < 0 || gain <= small) return finite(allocated(covariance, w));
    const curve =
      cell(covariance, take, take) +
      cell(covariance, give, give) -
      2 * cell(covariance, take, give);
    const room = Math.min((upper[take] ?? 0) - (w[take] ?? 0), (w[give] ?? 0) - (lower[give] ?? 0));
    const step = Math.min(gain / curve, room);
    // At a bound the weight is set to it: a remainder of rounding would keep the pair alive.
    w[take] =
      step === (upper[take] ?? 0) - (w[take] ?? 0) ? (upper[take] ?? 0) : (w[take] ?? 0) + step;
    w[give] =
      step === (w[give] ?? 0) - (lower[give] ?? 0) ? (lower[give] ?? 0) : (w[give] ?? 0) - step;
    for (let i = 0; i < n; i++) {
      slope[i] = (slope[i] ?? 0) + step * (cell(covariance, i, take) - cell(covariance, i, give));
    }
  }
  return refused("not-converged", `no optimum after ${EXCHANGES_MAX} exchanges`);
}

const allocated = (covariance: Rows, weights: readonly number[]): Allocation => ({
  weights,
  volatility: Math.sqrt(Math.max(0, dot(weights, timesVector(covariance, weights)))),
});

function boundsFault(
  lower: readonly number[],
  upper: readonly number[],
  n: number,
): RiskRefusal | undefined {
  const fault = badList("lower", lower) ?? badList("upper", upper);
  if (fault) return fault;
  if (lower.length !== n || upper.length !== n) {
    return refused("length-mismatch", "there is one bound for each weight");
  }
  if (lower.some((low, i) => low > (upper[i] ?? 0))) {
    return refused("out-of-range", "a floor is at most its ceiling");
  }
  const least = lower.reduce((sum, v) => sum + v, 0);
  const most = upper.reduce((sum, v) => sum + v, 0);
  if (least > 1 + 1e-12 || most < 1 - 1e-12) {
    return refused("infeasible", `weights sum to ${least} at least and ${most} at most`);
  }
  return undefined;
}

/** The floors, filled up in order until the sum is 1. */
function feasible(lower: readonly number[], upper: readonly number[]): number[] {
  let rest = 1 - lower.reduce((sum, v) => sum + v, 0);
  return lower.map((low, i) => {
    const more = Math.max(0, Math.min(rest, (upper[i] ?? 0) - low));
    rest -= more;
    return low + more;
  });
}
