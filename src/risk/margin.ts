/** Initial and maintenance margin by notional brackets, exact, rounded against the position. */
import { assert, must } from "../core/assert.ts";
import { divide, type Micro, max, micro } from "../core/money.ts";
import { ONE, type Ppm } from "../core/ppm.ts";
import { type RiskRefusal, refused } from "./refusal.ts";

/**
 * One bracket of a market's margin table.
 *
 * `upTo` is the largest notional of the bracket, itself included; undefined: no end. Brackets
 * ascend. `initial` and `maintenance` are rates of the notional in the bracket.
 */
export interface MarginTier {
  readonly upTo: Micro | undefined;
  readonly initial: Ppm;
  readonly maintenance: Ppm;
}

const MILLION = 1_000_000n;

/**
 * What is wrong with a margin table.
 *
 * Rules: at least one bracket; bounds positive and ascending, none but the last without end; rates
 * in (0, 100 %], maintenance at most initial, neither falling from a bracket to the next.
 * None: undefined when the table is sound. The functions below rely on a sound table.
 */
export function tiersFault(tiers: readonly MarginTier[]): RiskRefusal | undefined {
  if (tiers.length === 0) return refused("empty", "a margin table has at least one bracket");
  let below = { upTo: 0n, initial: 0, maintenance: 0 };
  for (const [i, tier] of tiers.entries()) {
    if (tier.upTo === undefined && i < tiers.length - 1) {
      return refused("out-of-range", `bracket ${i} has no end but is not the last`);
    }
    if (tier.upTo !== undefined && tier.upTo <= below.upTo) {
      return refused("out-of-range", `bracket ${i} must end above ${below.upTo}, was ${tier.upTo}`);
    }
    if (!Number.isSafeInteger(tier.maintenance) || !Number.isSafeInteger(tier.initial)) {
      return refused("not-finite", `the rates of bracket ${i} must be whole parts per million`);
    }
    if (tier.maintenance <= 0 || tier.initial > ONE || tier.maintenance > tier.initial) {
      return refused("out-of-range", `bracket ${i} must have 0 < maintenance <= initial <= 100 %`);
    }
    if (tier.maintenance < below.maintenance || tier.initial < below.initial) {
      return refused("out-of-range", `the rates of bracket ${i} must not be below those before it`);
    }
    below = { ...tier, upTo: tier.upTo ?? below.upTo };
  }
  return undefined;
}

/**
 * The bracket a notional falls in: min < notional <= max.
 *
 * A notional above the last bound takes the last bracket: an open position that grew past the table
 * still needs margin. Whether one may be opened there is for `positionLimit` to say.
 * @throws InvariantError when the table is empty or the notional is negative.
 */
export function tierOf(tiers: readonly MarginTier[], notional: Micro): MarginTier {
  assert(notional >= 0n, "a notional is at least zero");
  const found = tiers.find((tier) => tier.upTo === undefined || notional <= tier.upTo);
  return must(found ?? tiers.at(-1), "a margin table has at least one bracket");
}

/** The largest notional the table speaks of. None: undefined where it has no end. */
export const positionLimit = (tiers: readonly MarginTier[]): Micro | undefined =>
  must(tiers.at(-1), "a margin table has at least one bracket").upTo;

/**
 * Margin that must be free before a position of this notional may stand.
 *
 * Units:    notional and result in millionths of USDC, at least zero; leverage in ppm (10x is
 *           10_000_000).
 * Formula:  notional x max(1 / leverage, initial rate of the bracket of the *whole* notional): the
 *           bracket caps the leverage of all of it, as venues do.
 * Rounding: up, against the position.
 * @throws InvariantError on a negative notional, a leverage of zero or less, an empty table.
 */
export function initialMargin(tiers: readonly MarginTier[], notional: Micro, leverage: Ppm): Micro {
  assert(leverage > 0, "a leverage is above zero");
  const byTier = divide(notional * BigInt(tierOf(tiers, notional).initial), MILLION, "ceil");
  const byLeverage = divide(notional * MILLION, BigInt(leverage), "ceil");
  return micro(max(byTier, byLeverage));
}

/**
 * Equity below which a position of this notional is liquidated.
 *
 * Units:    notional and result in millionths of USDC, at least zero.
 * Formula:  each bracket's rate on the part of the notional inside it; the same as
 *           notional x rate - cum, cum = sum of min_k x (rate_k - rate_{k-1}), so it has no jumps.
 * Rounding: up, against the position, once.
 * Source:   Binance USD-M "Leverage and margin" (maintenance amount).
 * @throws InvariantError on a negative notional or an empty table.
 */
export function maintenanceMargin(tiers: readonly MarginTier[], notional: Micro): Micro {
  assert(notional >= 0n, "a notional is at least zero");
  assert(tiers.length > 0, "a margin table has at least one bracket");
  return micro(divide(maintenancePpm(tiers, notional, 1n), MILLION, "ceil"));
}

/**
 * Maintenance margin before its rounding, in millionths of the unit of `notional`, where one
 * millionth of USDC is `scale` of those units. For solvers that must not round on the way.
 */
export function maintenancePpm(
  tiers: readonly MarginTier[],
  notional: bigint,
  scale: bigint,
): bigint {
  let total = 0n;
  let from = 0n;
  for (const [i, tier] of tiers.entries()) {
    const open = tier.upTo === undefined || i === tiers.length - 1;
    const to = open || notional < tier.upTo * scale ? notional : tier.upTo * scale;
    total += (to - from) * BigInt(tier.maintenance);
    if (to === notional) return total;
    from = to;
  }
  return total;
}
