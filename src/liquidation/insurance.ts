/**
 * Insurance funds and reserves: what pays for a deficit, in what order, and how large a reserve
 * should be.
 */
import { badList, type Measured, measured, refused } from "../risk/refusal.ts";

/** How a deficit was paid. The parts sum to the deficit. */
export interface Waterfall {
  readonly deficit: number;
  readonly insurance: number;
  readonly deleveraging: number;
  /** Paid by nobody. */
  readonly uncovered: number;
  readonly fundAfter: number;
}

/**
 * Pays a deficit from the fund first, then from winners up to what they hold, and says what is
 * left.
 *
 * Units: USDC, not negative. Errors: refused for numbers that are not finite or negative.
 */
export function waterfall(deficit: number, fund: number, winners: number): Measured<Waterfall> {
  const all = [deficit, fund, winners];
  if (!all.every((x) => Number.isFinite(x) && x >= 0)) {
    return refused("out-of-range", "deficit, fund and winners are finite and not negative");
  }
  const insurance = Math.min(deficit, fund);
  const deleveraging = Math.min(deficit - insurance, winners);
  return measured({
    deficit,
    insurance,
    deleveraging,
    uncovered: deficit - insurance - deleveraging,
    fundAfter: fund - insurance,
  });
}

export interface ReserveSize {
  /** USDC. */
  readonly reserve: number;
  /** Chance, among the losses given, that the reserve is not enough. */
  readonly exceeded: number;
  /** Carrying cost per unit over shortfall penalty per unit. */
  readonly ratio: number;
  /** rate x reserve + penalty x mean shortfall. */
  readonly cost: number;
}

const shortfall = (sorted: readonly number[], reserve: number): number =>
  sorted.reduce((sum, loss) => sum + Math.max(0, loss - reserve), 0) / sorted.length;

/**
 * The reserve K* that minimises rate K + penalty E[(loss - K)+]: the smallest K that is exceeded
 * with at most the chance rate/penalty, that is the VaR at 1 - rate/penalty.
 *
 * Units:  losses in USDC, equally likely, a gain counts as no loss; rate is what a unit of reserve
 *         costs to hold over the same horizon, penalty what a unit of shortfall costs.
 * Errors: refused when empty, not finite, rate negative, or penalty not above zero. A rate of at
 *         least the penalty is answered with no reserve.
 * Source: newsvendor quantile; arXiv 2512.01112 v3, section 2.3.
 */
export function reserveSize(
  losses: readonly number[],
  rate: number,
  penalty: number,
): Measured<ReserveSize> {
  const bad = badList("losses", losses);
  if (bad !== undefined) return bad;
  if (!Number.isFinite(rate) || !Number.isFinite(penalty) || rate < 0 || penalty <= 0) {
    return refused("out-of-range", "rate is not negative and penalty is above zero");
  }
  const sorted = losses.map((loss) => Math.max(0, loss)).sort((a, b) => a - b);
  const n = sorted.length;
  const ratio = rate / penalty;
  // Integers decide how many losses may exceed, for n x ratio in floats can fall short of a whole
  // number.
  const allowed = Math.floor(n * ratio * (1 + 1e-12) + 1e-12);
  // Where all of them may, there is no such loss.
  const reserve = sorted[n - 1 - allowed] ?? 0;
  const exceeded = sorted.filter((loss) => loss > reserve).length / n;
  const cost = rate * reserve + penalty * shortfall(sorted, reserve);
  return measured({ reserve, exceeded, ratio, cost });
}

/**
 * The r/kappa that a reserve implies: the range of ratios for which it is the optimal one.
 *
 * `low` is the chance that a loss is above it, `high` the chance that a loss is at least it; a
 * reserve is optimal for every ratio from low (included) to high (excluded, unless no loss reaches
 * it).
 * Units:  losses, equally likely, and reserve in one unit. Errors: refused when empty or not finite.
 */
export function impliedRatio(
  losses: readonly number[],
  reserve: number,
): Measured<{ readonly low: number; readonly high: number }> {
  const bad = badList("losses", losses);
  if (bad !== undefined) return bad;
  if (!Number.isFinite(reserve) || reserve < 0) {
    return refused("out-of-range", "the reserve is finite and not negative");
  }
  const n = losses.length;
  const above = losses.filter((loss) => loss > reserve).length;
  const reached = losses.filter((loss) => Math.max(0, loss) >= reserve).length;
  return measured({ low: above / n, high: reached / n });
}

/** Steps of one unit of a deposit index: 10^-10. */
const INDEX_STEPS = 10_000_000_000n;

/**
 * The cut of the deposit index that socialises a loss: loss / deposits, in steps of 1e-10.
 *
 * Units: loss and deposits in one smallest unit; `index` in steps, 1.0 by default.
 * Rounding: up, against depositors, at most the whole index. None: 0 when there are no deposits.
 */
export function depositHaircut(
  loss: bigint,
  deposits: bigint,
  index: bigint = INDEX_STEPS,
): { readonly steps: bigint; readonly fraction: number } {
  if (loss <= 0n || deposits <= 0n || index <= 0n) return { steps: 0n, fraction: 0 };
  const raw = (index * loss + deposits - 1n) / deposits;
  const steps = raw > index ? index : raw;
  return { steps, fraction: Number(steps) / Number(index) };
}

/**
 * Loss per contract when every open contract of both sides bears the same.
 *
 * Units:  loss in USDC, longs and shorts in contracts, of either sign. Errors: refused when none is open.
 */
export function lossPerContract(loss: number, longs: number, shorts: number): Measured<number> {
  const open = Math.abs(longs) + Math.abs(shorts);
  if (!Number.isFinite(loss) || !Number.isFinite(open)) {
    return refused("not-finite", "loss and open contracts are finite");
  }
  if (open === 0) return refused("empty", "no contract is open that could bear the loss");
  return measured(Math.abs(loss) / open);
}
