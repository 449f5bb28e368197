/** The prices at which a position is liquidated, bankrupt, or should have been stopped; exact. */
import {
  abs,
  divide,
  type Micro,
  micro,
  PRICE_DECIMALS,
  type Price,
  price,
  QTY_DECIMALS,
  type Qty,
  USDC_DECIMALS,
} from "../core/money.ts";
import { ONE, type Ppm, ppm } from "../core/ppm.ts";
import { type MarginTier, maintenancePpm, tiersFault } from "./margin.ts";
import { type Measured, measured, type RiskRefusal, refused } from "./refusal.ts";

/** A position and the money behind it. */
export interface LiquidationQuery {
  /** Long positive, short negative. */
  readonly size: Qty;
  readonly entry: Price;
  /**
   * Cash behind the position, with funding and fees so far already taken off. Isolated: its own
   * margin. Cross: the account's equity without this position's profit, less the maintenance margin
   * of all other positions.
   */
  readonly collateral: Micro;
  readonly tiers: readonly MarginTier[];
  /** What closing will cost beside the maintenance margin, in shares of the mark notional. */
  readonly surcharge?: Surcharge;
}

/** Costs in proportion to the notional at the mark. Each counts as required, none as equity. */
export interface Surcharge {
  /** Taker fee of the closing trade. */
  readonly closeFee?: Ppm;
  /** Funding expected to be paid before the position can be closed. */
  readonly projectedFunding?: Ppm;
  /** Slippage reserved for the close. */
  readonly slippage?: Ppm;
}

/** One millionth of USDC in units of price x quantity. */
const FINE = 10n ** BigInt(PRICE_DECIMALS + QTY_DECIMALS - USDC_DECIMALS);
const MILLION = 1_000_000n;
const BILLIONTHS = MILLION * MILLION;

/**
 * Price at which equity has fallen to the requirement: maintenance margin on the *mark* notional
 * plus the surcharge.
 *
 * Formula:  collateral + size x (P - entry) = maintenance(|size| P) + surcharge x |size| P, solved
 *           exactly in the bracket where it holds.
 * Rounding: towards the mark: up for a long, down for a short. At the returned price equity and
 *           requirement differ by less than one unit of money, or than one tick of price is worth
 *           where that is more; one tick further the requirement is not met (or exactly met).
 * Refusals: `never-liquidated` (a long that is paid for in full), `already-liquidated` (a short
 *           that misses the requirement at every price), `out-of-range`, and what `tiersFault`
 *           says.
 */
export const liquidationPrice = (query: LiquidationQuery): Measured<Price> => solve(query, ONE);

/**
 * Price at which closing leaves nothing: equity equals the surcharge alone.
 *
 * Rounding and refusals as for `liquidationPrice`.
 */
export const bankruptcyPrice = (query: LiquidationQuery): Measured<Price> => solve(query, ppm(0));

export interface StopOptions {
  readonly mark: Price;
  /** Fires when equity is at this multiple of the maintenance margin; above 1. */
  readonly multiple: Ppm;
  /** Smallest distance of the stop from the mark, as a share of the mark. */
  readonly gap: Ppm;
}

/**
 * Price for a protective stop: between the liquidation price and the mark, never beyond the mark.
 *
 * Formula:  the price at which equity equals multiple x maintenance margin + surcharge.
 * Rounding: towards the mark.
 * Refusals: `stop-beyond-mark` when that price is not on the losing side of the mark by the gap
 *           (the stop would fire at once: reduce now instead), and those of `liquidationPrice`.
 */
export function safeStop(query: LiquidationQuery, options: StopOptions): Measured<Price> {
  const { mark, multiple, gap } = options;
  if (multiple <= ONE) return refused("out-of-range", `a multiple is above 1, was ${multiple} ppm`);
  if (gap < 0 || gap >= ONE) return refused("out-of-range", `a gap is in [0, 1), was ${gap} ppm`);
  if (mark <= 0n) return refused("out-of-range", `a mark is above zero, was ${mark}`);
  const stop = solve(query, multiple);
  if (!stop.ok) return stop;
  const room = divide(mark * BigInt(gap), MILLION, "ceil");
  const clear = query.size > 0n ? stop.value < mark - room : stop.value > mark + room;
  if (clear) return stop;
  return refused("stop-beyond-mark", `a stop at ${stop.value} would fire at the mark ${mark}`);
}

/**
 * How far the mark is from the liquidation price, as a share of the mark.
 *
 * Sign:     positive while the position is safe, zero or negative when it is past the price.
 * Rounding: down, against the position.
 * Refusals: those of `liquidationPrice`, `out-of-range` for a mark not above zero.
 */
export function distanceToLiquidation(query: LiquidationQuery, mark: Price): Measured<Ppm> {
  if (mark <= 0n) return refused("out-of-range", `a mark is above zero, was ${mark}`);
  const at = liquidationPrice(query);
  if (!at.ok) return at;
  const room = query.size > 0n ? mark - at.value : at.value - mark;
  return measured(ppm(Number(divide(room * MILLION, mark, "floor"))));
}

/** Equity of the position at a mark: collateral and unrealised profit. Rounding: floor, once. */
export const equityAt = (query: LiquidationQuery, mark: Price): Micro =>
  micro(query.collateral + divide(query.size * (mark - query.entry), FINE, "floor"));

/**
 * What the position must have at a mark: `multiple` x maintenance margin and the surcharge.
 *
 * Rounding: up, once, after price x size x rates have been multiplied out.
 */
export function requirementAt(query: LiquidationQuery, mark: Price, multiple = ONE): Micro {
  const fine = abs(query.size) * mark;
  const margin = maintenancePpm(query.tiers, fine, FINE) * BigInt(multiple);
  const rest = fine * surchargeOf(query) * MILLION;
  return micro(divide(margin + rest, BILLIONTHS * FINE, "ceil"));
}

const surchargeOf = ({ surcharge }: LiquidationQuery): bigint =>
  BigInt(surcharge?.closeFee ?? 0) +
  BigInt(surcharge?.projectedFunding ?? 0) +
  BigInt(surcharge?.slippage ?? 0);

function faultOf(query: LiquidationQuery): RiskRefusal | undefined {
  if (query.size === 0n) return refused("out-of-range", "a position has a size");
  if (query.entry <= 0n) {
    return refused("out-of-range", `an entry price is above zero, was ${query.entry}`);
  }
  for (const [name, value] of Object.entries(query.surcharge ?? {})) {
    if (value < 0) return refused("out-of-range", `${name} is at least zero, was ${value} ppm`);
  }
  return tiersFault(query.tiers);
}

/**
 * On one bracket the shortfall is linear in the mark notional n: F(n) = A + B n, in units of price
 * x quantity x 1e12, so the crossing n = -A / B needs no rounding until it becomes a price.
 */
function solve(query: LiquidationQuery, multiple: Ppm): Measured<Price> {
  const fault = faultOf(query);
  if (fault) return fault;
  const { size, entry, collateral, tiers } = query;
  const long = size > 0n;
  const equityAtZero = (collateral * FINE - size * entry) * BILLIONTHS;
  const slope = (long ? BILLIONTHS : -BILLIONTHS) - surchargeOf(query) * MILLION;
  let from = 0n;
  let margin = 0n;
  for (const [i, tier] of tiers.entries()) {
    const rate = BigInt(tier.maintenance) * BigInt(multiple);
    const a = equityAtZero - (margin - rate * from);
    const b = slope - rate;
    if (long && b <= 0n) {
      return refused(
        "out-of-range",
        "rates and surcharge together are below 100 % of the notional",
      );
    }
    if (long ? a >= 0n : a <= 0n) return long ? NEVER : ALREADY;
    const last = i === tiers.length - 1 || tier.upTo === undefined;
    const to = last ? undefined : tier.upTo * FINE;
    if (to === undefined || (long ? -a <= b * to : a <= -b * to)) {
      const at = divide(-a, b * abs(size), long ? "ceil" : "floor");
      return at > 0n ? measured(price(at)) : ALREADY;
    }
    margin += rate * (to - from);
    from = to;
  }
  return ALREADY;
}

const NEVER = refused("never-liquidated", "the position is paid for in full");
const ALREADY = refused("already-liquidated", "no price meets the requirement");
