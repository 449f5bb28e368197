/** Margin rates and collateral weights that get worse with the size of a position or a market. */
import {
  finite,
  type Measured,
  negative,
  notFinite,
  notPositive,
  outOfRange,
  refused,
} from "./refusal.ts";

/** How size weighs on the weights of an asset that is held or owed. */
export interface SizeWeightOptions {
  /** The weight is cut to a multiple of this; 0: not cut. Drift: 0.0001. */
  readonly step?: number;
  /** What the discounted asset weight starts from. Drift: 1.1. */
  readonly assetStart?: number;
  /** Share of the liability weight that the premium is added to. Drift: 0.8. */
  readonly liabilityShare?: number;
}

/** Cuts towards zero, with room for the last bit of a float. */
const cut = (value: number, step: number): number =>
  step === 0 ? value : Math.floor(value / step + 1e-9) * step;

/**
 * Weight of an asset held as collateral, lower for larger holdings.
 *
 * Formula:  min(weight, start / (1 + imf sqrt(size))), size in tokens; imf 0 leaves the weight.
 * Rounding: down to a multiple of `step`.
 * Source:   Drift protocol v2, programs/drift/src/math/margin.rs.
 * Refusals: `not-finite`, `out-of-range` for a negative number or a step above one.
 */
export function sizeDiscountAssetWeight(
  size: number,
  imf: number,
  weight: number,
  options: SizeWeightOptions = {},
): Measured<number> {
  const { step = 1e-4, assetStart = 1.1 } = options;
  const fault =
    negative("size", size) ??
    negative("imf", imf) ??
    negative("weight", weight) ??
    outOfRange("step", step, 0, 1) ??
    notPositive("assetStart", assetStart);
  if (fault) return fault;
  if (imf === 0) return finite(weight);
  return finite(Math.min(weight, cut(assetStart / (1 + imf * Math.sqrt(size)), step)));
}

/**
 * Weight of a liability, or margin ratio of a position, higher for larger ones.
 *
 * Formula:  max(weight, share x weight + imf sqrt(size)); imf 0 leaves the weight.
 * Rounding: down to a multiple of `step`, as the source does.
 * Source:   Drift protocol v2, programs/drift/src/math/margin.rs.
 * Refusals: `not-finite`, `out-of-range` for a negative number or a step or share above one.
 */
export function sizePremiumLiabilityWeight(
  size: number,
  imf: number,
  weight: number,
  options: SizeWeightOptions = {},
): Measured<number> {
  const { step = 1e-4, liabilityShare = 0.8 } = options;
  const fault =
    negative("size", size) ??
    negative("imf", imf) ??
    negative("weight", weight) ??
    outOfRange("step", step, 0, 1) ??
    outOfRange("liabilityShare", liabilityShare, 0, 1);
  if (fault) return fault;
  if (imf === 0) return finite(weight);
  return finite(Math.max(weight, cut(liabilityShare * weight + imf * Math.sqrt(size), step)));
}

/** A market's base initial rate and the open interest between which it rises to 100 %. */
export interface OpenInterestScale {
  readonly base: number;
  /** Open interest, as notional, up to which the base holds. */
  readonly lowerCap: number;
  /** Open interest at which the rate is 1; 0: the rate does not scale. */
  readonly upperCap: number;
}

/**
 * Initial margin rate that rises with the market's open interest.
 *
 * Formula: min(1, base + max(0, (open - lower) / (upper - lower)) x (1 - base)).
 * Source:  dYdX v4, x/perpetuals/types/liquidity_tier.go.
 * Refusals: `not-finite`, `out-of-range` for a negative number, a base above one or a lower cap above the upper.
 */
export function openInterestInitialRate(
  openInterest: number,
  { base, lowerCap, upperCap }: OpenInterestScale,
): Measured<number> {
  const fault =
    negative("openInterest", openInterest) ??
    outOfRange("base", base, 0, 1) ??
    negative("lowerCap", lowerCap) ??
    negative("upperCap", upperCap);
  if (fault) return fault;
  if (upperCap === 0) return finite(base);
  if (lowerCap > upperCap) return refused("out-of-range", "the lower cap is at most the upper");
  if (openInterest >= upperCap) return finite(1);
  if (openInterest <= lowerCap) return finite(base);
  const scale = (openInterest - lowerCap) / (upperCap - lowerCap);
  return finite(Math.min(1, base + scale * (1 - base)));
}

/**
 * Margin rate that rises by the same step with every unit of size, up to a cap.
 *
 * Formula: min(cap, base + perUnit x size); with `every`, size counts in whole steps beyond the
 *          first (a risk limit): base + perUnit x ceil(max(0, size - every) / every).
 * Refusals: `not-finite`, `out-of-range` for a negative number or a cap outside [base, 1].
 */
export function linearSizeRate(
  size: number,
  { base, perUnit, cap = 1, every }: LinearRate,
): Measured<number> {
  const fault =
    negative("size", size) ??
    outOfRange("base", base, 0, 1) ??
    negative("perUnit", perUnit) ??
    outOfRange("cap", cap, base, 1) ??
    (every === undefined ? undefined : notPositive("every", every));
  if (fault) return fault;
  const counted = every === undefined ? size : Math.ceil(Math.max(0, size - every) / every);
  return finite(Math.min(cap, base + perUnit * counted));
}

export interface LinearRate {
  readonly base: number;
  readonly perUnit: number;
  /** Highest rate; 1 by default. */
  readonly cap?: number;
  /** Size of one step; undefined: every unit counts. */
  readonly every?: number;
}

/**
 * Margin that is left after funding has been paid for some periods, as a share of the notional.
 *
 * Formula: margin - rate x periods; the notional is taken as constant.
 * @param rate share of the notional paid in one period; negative: received.
 * Refusals: `not-finite`, `out-of-range` for negative periods.
 */
export function marginAfterFunding(
  margin: number,
  rate: number,
  periods: number,
): Measured<number> {
  const fault = notFinite({ margin, rate }) ?? negative("periods", periods);
  return fault ?? finite(margin - rate * periods);
}

/** Whole funding periods until the margin is at or below `floor`. None: `unbounded` if never. */
export function periodsUntilFloor(margin: number, rate: number, floor: number): Measured<number> {
  const fault = notFinite({ margin, rate, floor });
  if (fault) return fault;
  if (margin <= floor) return finite(0);
  if (rate <= 0) return refused("unbounded", "the margin is not eroded");
  // Division of decimals such as 0.04 / 0.0005 lands a bit above the whole number.
  return finite(Math.ceil((margin - floor) / rate - 1e-9));
}
