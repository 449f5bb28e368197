/** Weights whose parts of the risk are equal, or in given budgets; solved until they are. */
import {
  cell,
  cholesky,
  dot,
  faultOfSymmetric,
  type Rows,
  substituted,
  timesVector,
} from "./matrix.ts";
import { badList, finite, type Measured, type RiskRefusal, refused } from "./refusal.ts";

export interface RiskParity {
  /** Long only, summing to 1. */
  readonly weights: readonly number[];
  /** w_i (Sigma w)_i / w'Sigma w of each, summing to 1. */
  readonly contributions: readonly number[];
  readonly volatility: number;
  /** Largest |contribution - budget| that is left. */
  readonly residual: number;
  readonly iterations: number;
}

export interface RiskParityOptions {
  /** Shares of risk, above 0 and summing to 1; equal by default. */
  readonly budgets?: readonly number[];
  /** Largest residual that counts as converged; 1e-12 by default. */
  readonly tolerance?: number;
  /** Newton steps at most; 200 by default. */
  readonly iterationsMax?: number;
}

/**
 * Risk-budget weights of a covariance matrix (equal risk contribution by default).
 *
 * Formula:  y minimises y'Sigma y / 2 - sum b_i ln y_i (convex, one minimum), w = y / sum y; at the
 *           minimum y_i (Sigma y)_i = b_i. Damped Newton steps from the inverse volatilities.
 * Refusals: `not-converged` with the residual reached, `singular` where Sigma is not positive
 *           definite, `out-of-range` for budgets.
 * Source:   Spinu, An Algorithm for Computing Risk Parity Weights (2013); Maillard, Roncalli and
 *           Teiletche (2010) for the definition.
 */
export function riskParity(
  covariance: Rows,
  options: RiskParityOptions = {},
): Measured<RiskParity> {
  const n = covariance.length;
  const budgets = options.budgets ?? covariance.map(() => 1 / n);
  const { tolerance = 1e-12, iterationsMax = 200 } = options;
  const fault = faultOfSymmetric(covariance, "covariance") ?? budgetsFault(budgets, n);
  if (fault) return fault;
  if (!cholesky(covariance).ok) return refused("singular", "the covariance has no inverse");
  let y = budgets.map((b, i) => Math.sqrt(b / cell(covariance, i, i)));
  let iterations = 0;
  let found = parityOf(covariance, y, budgets, iterations);
  while (found.residual > tolerance && iterations < iterationsMax) {
    const next = newtonStep(covariance, y, budgets);
    if (!next.ok) return next;
    y = next.value;
    iterations++;
    const better = parityOf(covariance, y, budgets, iterations);
    // Rounding is reached when a step no longer helps and the answer is already good.
    if (better.residual >= found.residual && found.residual < 1e-9) return finite(found);
    found = better;
  }
  if (found.residual <= tolerance) return finite(found);
  return refused(
    "not-converged",
    `a residual of ${found.residual} is left after ${iterations} steps`,
  );
}

function budgetsFault(budgets: readonly number[], n: number): RiskRefusal | undefined {
  const fault = badList("budgets", budgets);
  if (fault) return fault;
  if (budgets.length !== n) return refused("length-mismatch", "there is one budget for each row");
  const total = budgets.reduce((sum, b) => sum + b, 0);
  if (Math.abs(total - 1) > 1e-9 || budgets.some((b) => b <= 0)) {
    return refused("out-of-range", `budgets are above 0 and sum to 1, summed to ${total}`);
  }
  return undefined;
}

const objective = (s: Rows, y: readonly number[], b: readonly number[]): number =>
  dot(y, timesVector(s, y)) / 2 - b.reduce((sum, bi, i) => sum + bi * Math.log(y[i] ?? 0), 0);

/** One Newton step, halved until it stays positive and descends. */
function newtonStep(s: Rows, y: readonly number[], b: readonly number[]): Measured<number[]> {
  const gradient = timesVector(s, y).map((g, i) => g - (b[i] ?? 0) / (y[i] ?? 1));
  const hessian = s.map((row, i) =>
    row.map((v, j) => (i === j ? v + (b[i] ?? 0) / (y[i] ?? 1) ** 2 : v)),
  );
  const factor = cholesky(hessian);
  if (!factor.ok) return factor;
  const direction = substituted(factor.value, gradient);
  const here = objective(s, y, b);
  const slope = dot(gradient, direction);
  for (let step = 1; step > 1e-12; step /= 2) {
    const next = y.map((v, i) => v - step * (direction[i] ?? 0));
    const allowed = next.every((v) => v > 0);
    // A decrease below rounding cannot be seen: take the full step then.
    if (allowed && (slope < 1e-14 || objective(s, next, b) <= here - 1e-4 * step * slope)) {
      return finite(next);
    }
  }
  return finite([...y]);
}

function parityOf(
  s: Rows,
  y: readonly number[],
  budgets: readonly number[],
  iterations: number,
): RiskParity {
  const total = y.reduce((sum, v) => sum + v, 0);
  const weights = y.map((v) => v / total);
  const marginal = timesVector(s, weights);
  const variance = dot(weights, marginal);
  const contributions = weights.map((w, i) => (w * (marginal[i] ?? 0)) / variance);
  const residual = contributions.reduce(
    (worst, c, i) => Math.max(worst, Math.abs(c - (budgets[i] ?? 0))),
    0,
  );
  return { weights, contributions, volatility: Math.sqrt(variance), residual, iterations };
}
