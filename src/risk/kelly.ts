/** How much to stake when the edge is known, or known only within a bound. */
import { dot, faultOfSymmetric, type Rows, solve, timesVector } from "./matrix.ts";
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

/** A bet: win `odds` times the stake with chance `p`, else lose `loss` of it. */
export interface Bet {
  readonly p: number;
  /** Net odds: profit per unit staked. */
  readonly odds: number;
  /** Share of the stake lost; 1 by default. */
  readonly loss?: number;
}

/**
 * Share of capital to stake on a bet.
 *
 * Formula:  f = p / a - (1 - p) / b, a the loss and b the odds; with a = 1, p - q / b. Negative
 *           edges give 0: the other side of the bet is not on offer.
 * Refusals: `not-finite`, `out-of-range` for a chance outside [0, 1] or odds or loss not above zero.
 * Source:   Kelly (1956); Thorp, The Kelly Criterion (2006).
 */
export function kellyBet({ p, odds, loss = 1 }: Bet): Measured<number> {
  const fault = outOfRange("p", p, 0, 1) ?? notPositive("odds", odds) ?? notPositive("loss", loss);
  if (fault) return fault;
  return finite(Math.max(0, p / loss - (1 - p) / odds));
}

/**
 * Expected growth of log capital of one bet at a stake, a share of capital.
 *
 * Refusals: those of `kellyBet`, `out-of-range` for a negative stake and for one that may lose everything.
 */
export function betGrowth({ p, odds, loss = 1 }: Bet, stake: number): Measured<number> {
  const fault =
    outOfRange("p", p, 0, 1) ??
    notPositive("odds", odds) ??
    notPositive("loss", loss) ??
    negative("stake", stake);
  if (fault) return fault;
  const lost = 1 - loss * stake;
  if (p < 1 && lost <= 0) return refused("out-of-range", `a stake of ${stake} can lose everything`);
  return finite(
    (p === 0 ? 0 : p * Math.log1p(odds * stake)) + (p === 1 ? 0 : (1 - p) * Math.log(lost)),
  );
}

/**
 * The lower end of Wilson's interval for a win rate: `wins` of `tries` at `z` standard deviations.
 *
 * Refusals: `too-few-samples` without a try, `out-of-range` for wins beyond the tries or a negative z.
 * Source:   Wilson (1927). z = 1.645 is a one-sided 95 % bound.
 */
export function winRateBound(wins: number, tries: number, z: number): Measured<number> {
  const fault = notFinite({ tries }) ?? outOfRange("wins", wins, 0, tries) ?? negative("z", z);
  if (fault) return fault;
  if (tries < 1) return refused("too-few-samples", "a win rate needs at least one try");
  const rate = wins / tries;
  const spread = z * Math.sqrt((rate * (1 - rate)) / tries + (z * z) / (4 * tries * tries));
  return finite(Math.max(0, (rate + (z * z) / (2 * tries) - spread) / (1 + (z * z) / tries)));
}

/**
 * Kelly stake on the lower bound of the win rate seen so far: an unproven edge stakes nothing.
 *
 * Refusals: those of `winRateBound` and `kellyBet`.
 */
export function kellyBetBounded(
  seen: { readonly wins: number; readonly tries: number; readonly z: number },
  payoff: Omit<Bet, "p">,
): Measured<number> {
  const bound = winRateBound(seen.wins, seen.tries, seen.z);
  return bound.ok ? kellyBet({ ...payoff, p: bound.value }) : bound;
}

/** Halvings that bring any interval of floats down to one. */
const STEPS = 200;

/**
 * Share of capital that maximises expected log growth over a list of possible returns.
 *
 * @param returns profit per unit staked of each outcome; at least one negative, else `unbounded`.
 * @param chances their chances, summing to 1; equal by default.
 * Formula: the root of sum p_i r_i / (1 + f r_i) = 0, by bisection to the last bit; 0 when the mean
 *          return is not positive.
 * Refusals: `unbounded`, `empty`, `not-finite`, `length-mismatch`, `out-of-range` for chances that are none.
 */
export function kellyOutcomes(
  returns: readonly number[],
  chances: readonly number[] = returns.map(() => 1 / returns.length),
): Measured<number> {
  const fault = badList("returns", returns) ?? badList("chances", chances);
  if (fault) return fault;
  if (returns.length !== chances.length) {
    return refused("length-mismatch", "there is one chance for each return");
  }
  const total = chances.reduce((sum, p) => sum + p, 0);
  if (Math.abs(total - 1) > 1e-9 || chances.some((p) => p < 0)) {
    return refused("out-of-range", `chances are at least 0 and sum to 1, summed to ${total}`);
  }
  const worst = returns.reduce((low, r, i) => ((chances[i] ?? 0) > 0 ? Math.min(low, r) : low), 0);
  if (dot(returns, chances) <= 0) return finite(0);
  if (worst >= 0) return refused("unbounded", "no outcome loses: there is no best stake");
  const slope = (f: number): number =>
    returns.reduce((sum, r, i) => sum + ((chances[i] ?? 0) * r) / (1 + f * r), 0);
  let low = 0;
  let high = -1 / worst;
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2;
    if (slope(middle) > 0) low = middle;
    else high = middle;
  }
  return finite(low);
}

/** Drift and volatility of a continuous return and the riskless rate, per one period of time. */
export interface Drift {
  readonly mu: number;
  readonly sigma: number;
  /** Riskless rate; 0 by default. */
  readonly r?: number;
}

/**
 * Leverage that maximises growth of a continuously traded asset. Negative: short.
 *
 * Formula: (mu - r) / sigma^2. Source: Thorp (2006), section 7; Merton (1969).
 * Refusals: `not-finite`, `out-of-range` for a sigma not above zero.
 */
export function kellyContinuous({ mu, sigma, r = 0 }: Drift): Measured<number> {
  const fault = notFinite({ mu, r }) ?? notPositive("sigma", sigma);
  if (fault) return fault;
  return finite((mu - r) / sigma ** 2);
}

/**
 * Growth rate at a leverage: r + f (mu - r) - f^2 sigma^2 / 2.
 *
 * Refusals: those of `kellyContinuous`.
 */
export function growthRate({ mu, sigma, r = 0 }: Drift, leverage: number): Measured<number> {
  const fault = notFinite({ mu, r, leverage }) ?? notPositive("sigma", sigma);
  return fault ?? finite(r + leverage * (mu - r) - (leverage * sigma) ** 2 / 2);
}

/**
 * Kelly leverage on the lower bound of the drift: mu - z sigma / sqrt(periods); 0 when that is not
 * above r. With a short wanted, mirror the signs of the drift.
 *
 * Refusals: those of `kellyContinuous`, `out-of-range` for periods not above zero or a negative z.
 */
export function kellyContinuousBounded(
  drift: Drift,
  seen: { readonly periods: number; readonly z: number },
): Measured<number> {
  const fault = notPositive("periods", seen.periods) ?? negative("z", seen.z);
  if (fault) return fault;
  const mu = drift.mu - (seen.z * drift.sigma) / Math.sqrt(seen.periods);
  const full = kellyContinuous({ ...drift, mu });
  return full.ok ? finite(Math.max(0, full.value)) : full;
}

/**
 * A share of the Kelly stake. Half Kelly gives three quarters of the growth for half the spread.
 *
 * Refusals: `not-finite`, `out-of-range` for a fraction outside [0, 1].
 */
export function fractionalKelly(full: number, fraction: number): Measured<number> {
  const fault = notFinite({ full }) ?? outOfRange("fraction", fraction, 0, 1);
  return fault ?? finite(full * fraction);
}

export interface KellyPortfolio {
  /** Leverage of each asset; negative: short. */
  readonly fractions: readonly number[];
  readonly growth: number;
}

/**
 * Leverages of several assets at once, long and short, without limits.
 *
 * Formula:  f = Sigma^-1 (mu - r); growth r + f'(mu - r) - f'Sigma f / 2.
 * Refusals: `singular` where Sigma is not positive definite.
 * Source:   Thorp (2006), section 8.
 */
export function kellyPortfolio(
  mu: readonly number[],
  covariance: Rows,
  r = 0,
): Measured<KellyPortfolio> {
  const fault = badList("mu", mu) ?? notFinite({ r }) ?? faultOfSymmetric(covariance, "covariance");
  if (fault) return fault;
  if (mu.length !== covariance.length) {
    return refused("length-mismatch", "there is one drift for each row");
  }
  const excess = mu.map((value) => value - r);
  const fractions = solve(covariance, excess);
  if (!fractions.ok) return fractions;
  const f = fractions.value;
  const growth = r + dot(f, excess) - dot(f, timesVector(covariance, f)) / 2;
  return finite({ fractions: f, growth });
}
