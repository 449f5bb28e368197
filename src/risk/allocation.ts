/** Weights from a covariance matrix: inverse volatility, least variance, most diversification. */
import {
  cell,
  cholesky,
  dot,
  faultOfSymmetric,
  filled,
  type Rows,
  solve,
  timesVector,
} from "./matrix.ts";
import { badList, finite, type Measured, notFinite, refused } from "./refusal.ts";

export interface Allocation {
  /** Summing to 1. */
  readonly weights: readonly number[];
  readonly volatility: number;
}

const normalised = (x: readonly number[]): number[] => {
  const total = x.reduce((sum, v) => sum + v, 0);
  return x.map((v) => v / total);
};

const allocationOf = (covariance: Rows, weights: readonly number[]): Allocation => ({
  weights,
  volatility: Math.sqrt(Math.max(0, dot(weights, timesVector(covariance, weights)))),
});

/** The same weight for each. Refusals: faults of the matrix. */
export function equalWeight(covariance: Rows): Measured<Allocation> {
  const fault = faultOfSymmetric(covariance, "covariance");
  if (fault) return fault;
  return finite(
    allocationOf(
      covariance,
      covariance.map(() => 1 / covariance.length),
    ),
  );
}

/**
 * Weights in proportion to 1 / volatility (or 1 / variance). None: `singular` for a variance of 0.
 */
export function inverseVolatility(
  covariance: Rows,
  by: "volatility" | "variance" = "volatility",
): Measured<Allocation> {
  const fault = faultOfSymmetric(covariance, "covariance");
  if (fault) return fault;
  const variances = covariance.map((_, i) => cell(covariance, i, i));
  if (!variances.every((v) => v > 0)) return refused("singular", "a variance is not positive");
  const raw = variances.map((v) => (by === "volatility" ? 1 / Math.sqrt(v) : 1 / v));
  return finite(allocationOf(covariance, normalised(raw)));
}

export interface BoundsOption {
  /** `free`: short weights are allowed. `long-only`: every weight is at least zero. */
  readonly sides: "free" | "long-only";
}

/**
 * Weights of least variance.
 *
 * Formula:  free: Sigma^-1 1 / 1'Sigma^-1 1. Long-only: y >= 0 minimising y'Sigma y / 2 - 1'y, w =
 *           y / sum y, by active set, checked against its optimality conditions.
 * Refusals: `singular`, `not-converged`.
 * Source:   Markowitz (1952).
 */
export function minimumVariance(
  covariance: Rows,
  { sides }: BoundsOption = { sides: "long-only" },
): Measured<Allocation> {
  return proportional(
    covariance,
    covariance.map(() => 1),
    sides,
  );
}

/**
 * Weights of the largest Sharpe ratio for excess returns.
 *
 * Formula:  free: in proportion to Sigma^-1 (mu - r). Long-only: as for least variance with mu - r.
 * Refusals: `infeasible` where no asset (long-only) or the free solution's sum is not above zero.
 */
export function maximumSharpe(
  covariance: Rows,
  mu: readonly number[],
  r = 0,
  { sides }: BoundsOption = { sides: "long-only" },
): Measured<Allocation> {
  const fault = badList("mu", mu) ?? notFinite({ r });
  if (fault) return fault;
  return proportional(
    covariance,
    mu.map((value) => value - r),
    sides,
  );
}

/**
 * Weights of the largest diversification ratio w'sigma / sqrt(w'Sigma w).
 *
 * Refusals: faults of the matrix, `singular`, `infeasible`, `not-converged`.
 * Source:   Choueifaty and Coignard (2008).
 */
export function maximumDiversification(
  covariance: Rows,
  { sides }: BoundsOption = { sides: "long-only" },
): Measured<Allocation> {
  const fault = faultOfSymmetric(covariance, "covariance");
  if (fault) return fault;
  return proportional(
    covariance,
    covariance.map((_, i) => Math.sqrt(cell(covariance, i, i))),
    sides,
  );
}

function proportional(
  covariance: Rows,
  reward: readonly number[],
  sides: BoundsOption["sides"],
): Measured<Allocation> {
  const solved =
    sides === "free" ? freeReward(covariance, reward) : longOnlyReward(covariance, reward);
  if (!solved.ok) return solved;
  const total = solved.value.reduce((sum, v) => sum + v, 0);
  if (!(total > 0)) return refused("infeasible", "the weights do not sum above zero");
  return finite(allocationOf(covariance, normalised(solved.value)));
}

function freeReward(covariance: Rows, reward: readonly number[]): Measured<number[]> {
  const fault = faultOfSymmetric(covariance, "covariance");
  if (fault) return fault;
  if (reward.length !== covariance.length) {
    return refused("length-mismatch", "there is one reward for each row");
  }
  return solve(covariance, reward);
}

/**
 * x >= 0 minimising x'Q x / 2 - c'x: the quadratic programme behind every long-only answer here,
 * and the long-only Kelly stakes with c = mu - r.
 *
 * Active set of Lawson and Hanson (1974) for the normal equations; finite, each pass lowers the
 * objective. The result meets the optimality conditions within `tolerance` x the largest |c|.
 * Refusals: `singular`, `not-converged`.
 */
export function longOnlyReward(
  q: Rows,
  c: readonly number[],
  tolerance = 1e-12,
): Measured<number[]> {
  const fault = faultOfSymmetric(q, "covariance") ?? badList("reward", c);
  if (fault) return fault;
  if (c.length !== q.length) return refused("length-mismatch", "there is one reward for each row");
  if (!cholesky(q).ok) return refused("singular", "the covariance has no inverse");
  const small = tolerance * c.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  let x = c.map(() => 0);
  const held = new Set<number>();
  for (let pass = 0; pass <= 20 * c.length + 20; pass++) {
    const slope = timesVector(q, x).map((v, i) => (c[i] ?? 0) - v);
    const entering = slope.reduce(
      (best, v, i) => (!held.has(i) && v > small && v > (slope[best] ?? small) ? i : best),
      -1,
    );
    if (entering < 0) return finite(x);
    held.add(entering);
    const next = descend(q, c, x, held);
    if (!next.ok) return next;
    x = next.value;
  }
  return refused("not-converged", "the active set did not settle");
}

/** Solves on the held set; steps back to the boundary and drops what reaches zero, until inside. */
function descend(
  q: Rows,
  c: readonly number[],
  from: readonly number[],
  held: Set<number>,
): Measured<number[]> {
  let x = [...from];
  while (held.size > 0) {
    const at = [...held].sort((a, b) => a - b);
    const reduced = filled(at.length, (i, j) => cell(q, at[i] ?? 0, at[j] ?? 0));
    const solved = solve(
      reduced,
      at.map((i) => c[i] ?? 0),
    );
    if (!solved.ok) return solved;
    const target = c.map(() => 0);
    for (const [k, i] of at.entries()) target[i] = solved.value[k] ?? 0;
    if (at.every((i) => (target[i] ?? 0) > 0)) return finite(target);
    let step = 1;
    for (const i of at) {
      const a = x[i] ?? 0;
      const b = target[i] ?? 0;
      if (b <= 0) step = Math.min(step, a <= 0 ? 0 : a / (a - b));
    }
    x = x.map((v, i) => v + step * ((target[i] ?? 0) - v));
    for (const i of at) {
      if ((target[i] ?? 0) <= 0 && (x[i] ?? 0) <= 1e-15) {
        held.delete(i);
        x[i] = 0;
      }
    }
  }
  return finite(x.map(() => 0));
}
