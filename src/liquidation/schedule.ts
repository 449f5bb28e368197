/**
 * Liquidation over time: the schedule that trades impact against risk, and the pace of a large
 * disposal.
 */
import { type Measured, measured, refused } from "../risk/refusal.ts";

export interface ScheduleInput {
  /** Units to sell. */
  readonly size: number;
  /** Time, and the number of equal steps. */
  readonly horizon: number;
  readonly steps: number;
  /** Price units per square root of time. */
  readonly sigma: number;
  /** Temporary impact: price per unit of rate. */
  readonly eta: number;
  /** Permanent impact: price per unit. */
  readonly gamma: number;
  /** Fixed cost per unit, such as half the spread. */
  readonly epsilon: number;
  /** Risk aversion: cost per variance. */
  readonly lambda: number;
}

export interface Schedule {
  /** Units left at each of steps + 1 times. */
  readonly holdings: readonly number[];
  /** Units sold in each step. */
  readonly trades: readonly number[];
  readonly kappa: number;
  readonly expectedCost: number;
  readonly variance: number;
}

/**
 * Expected cost and variance of selling along given holdings.
 *
 * Formula: E = gamma X^2/2 + epsilon sum |n| + (eta - gamma tau/2)/tau sum n^2, V = sigma^2 tau sum
 *          x_j^2, j >= 1.
 */
function priced(input: ScheduleInput, holdings: readonly number[], kappa: number): Schedule {
  const tau = input.horizon / input.steps;
  const eta = input.eta - (input.gamma * tau) / 2;
  const trades = holdings.slice(1).map((x, j) => (holdings[j] ?? 0) - x);
  const squares = trades.reduce((sum, n) => sum + n * n, 0);
  const turned = trades.reduce((sum, n) => sum + Math.abs(n), 0);
  const left = holdings.slice(1).reduce((sum, x) => sum + x * x, 0);
  return {
    holdings,
    trades,
    kappa,
    expectedCost:
      (input.gamma * input.size * input.size) / 2 + input.epsilon * turned + (eta / tau) * squares,
    variance: input.sigma * input.sigma * tau * left,
  };
}

/**
 * The schedule that minimises expected cost + lambda x variance under linear impact.
 *
 * Formula: 2 (cosh(kappa tau) - 1)/tau^2 = lambda sigma^2/(eta - gamma tau/2);
 *          x_j = X sinh(kappa (T - t_j))/sinh(kappa T), a straight line where lambda or sigma is 0.
 * Errors:  refused unless size, horizon and steps are above zero, the rest not negative, and
 *          eta > gamma tau/2, without which selling faster than at once would pay.
 * Source:  Almgren, Chriss (2000), Optimal execution of portfolio transactions, sections 1, 2 and
 *          4.
 */
export function schedule(input: ScheduleInput): Measured<Schedule> {
  const { size, horizon, steps, sigma, eta, gamma, epsilon, lambda } = input;
  if (!Object.values(input).every(Number.isFinite)) {
    return refused("not-finite", "all parameters are finite");
  }
  if (!(size > 0 && horizon > 0 && Number.isInteger(steps) && steps > 0)) {
    return refused(
      "not-positive",
      "size and horizon are above zero, steps a whole number above zero",
    );
  }
  const tau = horizon / steps;
  const rate = eta - (gamma * tau) / 2;
  if (sigma < 0 || gamma < 0 || epsilon < 0 || lambda < 0 || rate <= 0) {
    return refused("out-of-range", "nothing is negative, and eta exceeds gamma tau/2");
  }
  const square = (lambda * sigma * sigma) / rate;
  // acosh(1 + y) loses digits for small y; this form does not.
  const half = (tau * Math.sqrt(square)) / 2;
  const kappa = (2 * Math.asinh(half)) / tau;
  const left = (t: number): number => {
    if (kappa === 0) return (size * (horizon - t)) / horizon;
    // sinh(k(T-t))/sinh(kT) with exponents that cannot overflow.
    const grow = Math.exp(-kappa * t);
    return (
      (size * grow * Math.expm1(-2 * kappa * (horizon - t))) / Math.expm1(-2 * kappa * horizon)
    );
  };
  const holdings = Array.from({ length: steps + 1 }, (_, j) => (j === steps ? 0 : left(j * tau)));
  return measured(priced(input, holdings, kappa));
}

export interface Disposal {
  /** Share of what is left that goes in one step, in (0, 1]. */
  readonly fraction: number;
  /** What is left at or below this goes in one step. */
  readonly fullBelow: number;
  /**
   * Largest share of the volume on the other side of the book that one step may take, in [0, 1].
   */
  readonly bookShare: number;
}

/**
 * How many lots to dispose of in this step: a share of what is left, all of it when little is left,
 * never more than a share of the book.
 *
 * Rounding: a share of what is left up to whole lots, a share of the book down.
 * Errors:   refused for lots or shares out of range. Source: Vega protocol specification 0012-POSR.
 */
export function disposalStep(left: number, book: number, disposal: Disposal): Measured<number> {
  const { fraction, fullBelow, bookShare } = disposal;
  if (!Number.isSafeInteger(left) || left < 0 || !(book >= 0)) {
    return refused("out-of-range", "lots left and in the book are not negative");
  }
  if (!(fraction > 0 && fraction <= 1 && bookShare >= 0 && bookShare <= 1 && fullBelow >= 0)) {
    return refused("out-of-range", "fraction is in (0, 1], book share in [0, 1]");
  }
  const wanted = left <= fullBelow ? left : Math.ceil(left * fraction - 1e-9);
  return measured(Math.min(left, wanted, Math.floor(book * bookShare + 1e-9)));
}
