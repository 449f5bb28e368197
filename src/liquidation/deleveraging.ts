/**
 * How much of a position must go: closed forms of venues, and the cheapest reduction at constant
 * rates.
 */
import { type Measured, measured, refused } from "../risk/refusal.ts";

export interface RatedPosition {
  readonly notional: number;
  readonly maintenanceRate: number;
  readonly closeCostRate: number;
}

export interface CheapestReduction {
  readonly feasible: boolean;
  /** USDC; where it is not feasible, of closing all that helps. */
  readonly cost: number;
  /** Share of each position that is closed, in [0, 1]. */
  readonly closed: readonly number[];
  readonly maintenance: number;
  readonly equity: number;
}

/**
 * The cheapest closing at constant cost rates after which maintenance <= target x equity.
 *
 * Closing a share x of a position lowers maintenance by mm N x and equity by c N x, so it helps by
 * (mm - target c) N x for c N x of cost: the linear programme is solved by taking the best ratios
 * first. Ties go to the lower index; a position with mm <= target c never helps and stays.
 * Units: USDC, rates as fractions. Errors: refused for numbers not finite, rates or notionals
 *        negative.
 */
export function cheapestReduction(
  positions: readonly RatedPosition[],
  equity: number,
  target: number,
): Measured<CheapestReduction> {
  const numbers = positions.flatMap((p) => [p.notional, p.maintenanceRate, p.closeCostRate]);
  if (![...numbers, equity, target].every(Number.isFinite)) {
    return refused("not-finite", "positions, equity and target are finite");
  }
  if (numbers.some((x) => x < 0) || target < 0) {
    return refused("out-of-range", "notionals, rates and target are not negative");
  }
  const helps = positions.map((p) => (p.maintenanceRate - target * p.closeCostRate) * p.notional);
  const rate = (i: number): number => {
    const p = positions[i];
    return p === undefined ? 0 : (p.closeCostRate * p.notional) / (helps[i] ?? 1);
  };
  const order = positions.flatMap((_, i) => ((helps[i] ?? 0) > 0 ? [i] : []));
  order.sort((a, b) => rate(a) - rate(b));
  const closed = positions.map(() => 0);
  const before = positions.reduce((sum, p) => sum + p.maintenanceRate * p.notional, 0);
  let left = before - target * equity;
  for (const i of order) {
    const part = Math.max(0, Math.min(1, left / (helps[i] ?? 1)));
    closed[i] = part;
    left -= part * (helps[i] ?? 0);
  }
  const sum = (f: (p: RatedPosition) => number): number =>
    positions.reduce((total, p, i) => total + f(p) * p.notional * (closed[i] ?? 0), 0);
  const cost = sum((p) => p.closeCostRate);
  return measured({
    feasible: left <= 1e-9 * Math.max(1, before),
    cost,
    closed,
    maintenance: before - sum((p) => p.maintenanceRate),
    equity: equity - cost,
  });
}

/**
 * Base quantity whose closing covers a margin shortage when fees are paid on it.
 *
 * Formula: shortage / (price quotePrice (marginRatio - liquidatorFee) - price insuranceFee
 *          quotePrice).
 * Units:   shortage in USDC, ratio and fees as fractions, price in quote per base, quotePrice in USDC.
 * None:    Infinity where closing frees no more than its fees, or a price is zero.
 * Source:  Drift protocol v2, base amount to cover a margin shortage.
 */
export function baseToCover(input: {
  readonly shortage: number;
  readonly marginRatio: number;
  readonly liquidatorFee: number;
  readonly insuranceFee: number;
  readonly price: number;
  readonly quotePrice: number;
}): Measured<number> {
  const { shortage, marginRatio, liquidatorFee, insuranceFee, price, quotePrice } = input;
  if (!Object.values(input).every((x) => Number.isFinite(x) && x >= 0)) {
    return refused("out-of-range", "shortage, ratio, fees and prices are finite and not negative");
  }
  if (shortage === 0) return measured(0);
  const freed = price * quotePrice * (marginRatio - liquidatorFee - insuranceFee);
  return measured(freed > 0 ? shortage / freed : Number.POSITIVE_INFINITY);
}

/**
 * Liability to move, with the assets that pay for it, so that a shortage between weights is
 * covered.
 *
 * Formula: shortage / (price (liabilityWeight - assetWeight assetMultiplier / liabilityMultiplier
 *          - insuranceFee liabilityWeight)).
 * Units:   shortage in USDC, weights, multipliers and fee as fractions, price in USDC a liability.
 * None:    Infinity where a transfer does not help. Source: Drift protocol v2, liability transfer.
 */
export function liabilityToCover(input: {
  readonly shortage: number;
  readonly assetWeight: number;
  readonly assetMultiplier: number;
  readonly liabilityWeight: number;
  readonly liabilityMultiplier: number;
  readonly price: number;
  readonly insuranceFee: number;
}): Measured<number> {
  const { shortage, assetWeight, assetMultiplier, liabilityWeight, liabilityMultiplier } = input;
  if (!Object.values(input).every((x) => Number.isFinite(x) && x >= 0)) {
    return refused("out-of-range", "all are finite and not negative");
  }
  if (shortage === 0) return measured(0);
  const weights = liabilityWeight - (assetWeight * assetMultiplier) / liabilityMultiplier;
  const freed = input.price * (weights - input.insuranceFee * liabilityWeight);
  return measured(freed > 0 ? shortage / freed : Number.POSITIVE_INFINITY);
}

/**
 * Liability that a given amount of assets pays for, in tokens; a multiplier is 1 plus a bonus or less a discount.
 * Does not check. Source: Drift protocol v2.
 */
export const liabilityForAsset = (
  asset: number,
  assetPrice: number,
  assetMultiplier: number,
  liabilityPrice: number,
  liabilityMultiplier: number,
): number => (asset * assetPrice * liabilityMultiplier) / (liabilityPrice * assetMultiplier);

/** Assets that pay for a given liability, in tokens. Does not check. Source: Drift protocol v2. */
export const assetForLiability = (
  liability: number,
  assetPrice: number,
  assetMultiplier: number,
  liabilityPrice: number,
  liabilityMultiplier: number,
): number => (liability * liabilityPrice * assetMultiplier) / (assetPrice * liabilityMultiplier);

/**
 * Share of the fee that is left over which an insurance fund takes, so that it causes no
 * bankruptcy.
 */
const FEE_SHARE = 0.95;

/**
 * Insurance fee that a liquidated perpetual can still pay once its shortage is covered.
 *
 * Formula: 0.95 max(0, marginRatio - liquidatorFee - shortage / (base price quotePrice)), at most
 *          maxFee; 0 when base, price or quote price is 0.
 * Units:   shortage in USDC, base in coins, the rest as `baseToCover`; the fee is a fraction of the notional.
 *          Does not check. Source: Drift protocol v2.
 */
export function perpInsuranceFee(input: {
  readonly shortage: number;
  readonly base: number;
  readonly marginRatio: number;
  readonly liquidatorFee: number;
  readonly price: number;
  readonly quotePrice: number;
  readonly maxFee: number;
}): number {
  const value = input.base * input.price * input.quotePrice;
  if (value === 0 || input.marginRatio <= input.liquidatorFee) return 0;
  const left = input.marginRatio - input.liquidatorFee - input.shortage / value;
  return Math.min(input.maxFee, FEE_SHARE * Math.max(0, left));
}

/**
 * The same for a borrowed token: what is left between the weights, per liability weight.
 *
 * Formula: 0.95 max(0, liabilityWeight - assetWeight assetMultiplier/liabilityMultiplier
 *          - shortage/(amount price)) / liabilityWeight, at most maxFee; 0 where weights do not
 *          help.
 * Units:   shortage in USDC, amount in tokens, the rest as `liabilityToCover`. Does not check.
 * Source:  Drift protocol v2.
 */
export function spotInsuranceFee(input: {
  readonly shortage: number;
  readonly amount: number;
  readonly assetWeight: number;
  readonly assetMultiplier: number;
  readonly liabilityWeight: number;
  readonly liabilityMultiplier: number;
  readonly price: number;
  readonly maxFee: number;
}): number {
  const value = input.amount * input.price;
  if (value === 0 || input.liabilityMultiplier === 0) return 0;
  if (input.assetWeight >= input.liabilityWeight) return 0;
  const weights =
    input.liabilityWeight - (input.assetWeight * input.assetMultiplier) / input.liabilityMultiplier;
  const left = Math.max(0, weights - input.shortage / value) / input.liabilityWeight;
  return Math.min(input.maxFee, FEE_SHARE * left);
}

/**
 * Share of the present shortage that may be liquidated now, growing with time so that small moves
 * stay small.
 *
 * Formula: min(1, initial + elapsed/duration) of the whole shortage (present and already freed),
 *          less what is already freed, over the present shortage. All at once below `tiny`.
 * Units:   shortages and `tiny` in USDC, elapsed and duration in one unit of time, `initial` and the result
 *          as fractions. Does not check. Source: Drift protocol v2.
 */
export function shareToLiquidate(input: {
  readonly shortage: number;
  readonly alreadyFreed: number;
  readonly elapsed: number;
  readonly duration: number;
  readonly initial: number;
  readonly tiny: number;
}): number {
  const { shortage, alreadyFreed, elapsed, duration, initial, tiny } = input;
  if (shortage < tiny || shortage <= 0) return 1;
  const open = duration > 0 ? Math.min(1, initial + elapsed / duration) : 1;
  return Math.max(0, (shortage + alreadyFreed) * open - alreadyFreed) / shortage;
}

/**
 * The smallest slice whose execution restores maintenance margin.
 *
 * Formula: (mu p q - equity) / (side (execution - p) - feeRate p + mu p), side +1 for a long; at
 *          most q.
 * `raw` is the slice before that limit. None: Infinity where a slice does not help. Does not check.
 * Units:   qty in coins, above zero on either side; prices and equity in USDC, rates as fractions.
 * Source: arXiv 2512.01112 v3, liquidation strategy example.
 */
export function smallestSlice(input: {
  readonly side: 1 | -1;
  readonly qty: number;
  readonly price: number;
  readonly execution: number;
  readonly equity: number;
  readonly maintenanceRate: number;
  readonly feeRate: number;
}): { readonly raw: number; readonly slice: number } {
  const { side, qty, price, execution, equity, maintenanceRate, feeRate } = input;
  const missing = maintenanceRate * price * qty - equity;
  if (missing <= 0) return { raw: 0, slice: 0 };
  const perUnit = side * (execution - price) - feeRate * price + maintenanceRate * price;
  const raw = missing / Math.max(0, perUnit);
  return { raw, slice: Math.min(raw, qty) };
}
