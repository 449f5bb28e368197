/** Limits, collars, margins and stops of an order, from the mark and the market's rules. Exact. */
import {
  abs,
  divide,
  type Micro,
  max,
  micro,
  mulDiv,
  notional,
  type Price,
  price,
  type Qty,
  qty,
  ZERO,
} from "../core/money.ts";
import { ONE, type Ppm } from "../core/ppm.ts";
import type { MarketPolicy, Policy } from "../protocol/policy.ts";
import { type Rejection, refuse } from "../protocol/rejections.ts";
import { type Side, signOf } from "../protocol/words.ts";
import { liquidationPrice } from "../risk/liquidation-price.ts";
import { initialMargin, tierOf } from "../risk/margin.ts";
import type { Law } from "./state.ts";
import { stillFor } from "./stillness.ts";
import { isUncertain } from "./uncertain.ts";

const MILLION = 1_000_000n;

/** A mark that may be decided by. */
export interface FreshMark {
  readonly price: Price;
  readonly at: Law["at"];
}

/** The market's last mark, however old. */
export function lastMark(law: Law, market: MarketPolicy["market"]): FreshMark | Rejection {
  const held = law.markets.get(market);
  if (held === undefined) return refuse("unknown_market", market);
  if (held.mark === undefined || law.policy === undefined) return refuse("stale_mark", "no mark");
  return { price: held.mark, at: held.markAt };
}

/** The market's mark, if it is young enough at `at` and its feed moves. */
export function freshMark(
  law: Law,
  market: MarketPolicy["market"],
  at: number,
): FreshMark | Rejection {
  const held = law.markets.get(market);
  if (held === undefined) return refuse("unknown_market", market);
  if (held.mark === undefined || law.policy === undefined) return refuse("stale_mark", "no mark");
  if (isUncertain(law, held)) return refuse("stale_mark", "its sources do not agree");
  const still = stillFor(law, market, at);
  if (still !== undefined)
    return refuse("stale_mark", `the same for ${still} ms while other markets moved`);
  const age = at - held.markAt;
  const limit = law.policy.markAgeMaxMs;
  if (age > limit) return refuse("stale_mark", `age ${age} ms, allowed ${limit} ms`);
  return { price: held.mark, at: held.markAt };
}

/** Rounds a price to the market's tick. Rounding: down for what we pay at most, up for what we take. */
const toTick = (at: bigint, tick: Price, rounding: "floor" | "ceil"): Price => {
  const rounded = divide(at, tick, rounding) * tick;
  return price(rounded < tick ? tick : rounded);
};

/** The worst price an order at the market may take: mark less or more the collar, inside it. */
export function collarPrice(policy: MarketPolicy, collar: Ppm, side: Side, mark: Price): Price {
  const part = side === "buy" ? ONE + collar : Math.max(ONE - collar, 1);
  const edge = mulDiv(mark, BigInt(part), MILLION, side === "buy" ? "floor" : "ceil");
  return toTick(edge, policy.tick, side === "buy" ? "floor" : "ceil");
}

/** What an agent has on the same side of a market already, open or resting, and the margin for it. */
export interface Beside {
  readonly value: Micro;
  readonly margin: Micro;
}

/**
 * Margin to hold for an opening: initial margin at the dearer of limit and mark, and its taker fee.
 *
 * The bracket is that of the whole: where this order brings its agent into a higher one, it holds
 * what all that is there already lacks by that bracket, or many small orders would never reach it.
 * Rounding: up.
 */
export function holdFor(
  policy: MarketPolicy,
  opening: Qty,
  limit: Price,
  mark: Price,
  leverage: Ppm,
  beside: readonly Beside[] = [],
): Micro {
  const at = price(limit > mark ? limit : mark);
  const value = notional(at, opening, "ceil");
  const fee = mulDiv(value, BigInt(policy.takerFee), MILLION, "ceil");
  const whole = beside.reduce((sum, one) => sum + one.value, value as bigint);
  const { initial } = tierOf(policy.tiers, micro(whole));
  const asks = (of: Micro): bigint => mulDiv(of, BigInt(initial), MILLION, "ceil");
  const lacks = beside.reduce(
    (sum, one) => sum + max(micro(asks(one.value) - one.margin), ZERO),
    0n,
  );
  const own = max(initialMargin(policy.tiers, value, leverage), micro(asks(value)));
  return micro(own + lacks + fee);
}

/** Liquidation price of an opening on its own margin. None: undefined where it has none. */
function liquidationOf(
  policy: MarketPolicy,
  side: Side,
  opening: Qty,
  entry: Price,
  leverage: Ppm,
): Price | undefined {
  const value = notional(entry, opening, "ceil");
  const answer = liquidationPrice({
    size: qty(signOf(side) * opening),
    entry,
    collateral: initialMargin(policy.tiers, value, leverage),
    tiers: policy.tiers,
    surcharge: { closeFee: policy.takerFee },
  });
  return answer.ok ? answer.value : undefined;
}

/** The stop that nobody named: `stopShare` of the way from the mark to liquidation, on the near side. */
export function defaultStop(
  rules: Policy,
  policy: MarketPolicy,
  side: Side,
  opening: Qty,
  mark: Price,
  leverage: Ppm,
): Price {
  const liquidation = liquidationOf(policy, side, opening, mark, leverage);
  const far =
    liquidation === undefined || liquidation <= 0n
      ? mark / (side === "buy" ? 2n : 1n)
      : liquidation;
  const way = mulDiv(abs(mark - far), BigInt(rules.stopShare), MILLION, "floor");
  const at = side === "buy" ? mark - way : mark + way;
  return toTick(at, policy.tick, side === "buy" ? "ceil" : "floor");
}

/** Is a stop on the losing side of the mark, and nearer than liquidation? */
export function stopFault(
  policy: MarketPolicy,
  side: Side,
  opening: Qty,
  mark: Price,
  leverage: Ppm,
  stop: Price,
): Rejection | undefined {
  const losing = side === "buy" ? stop < mark : stop > mark;
  if (!losing) return refuse("stop_wrong_side", `stop ${stop}, mark ${mark} (in 1e-8)`);
  const liquidation = liquidationOf(policy, side, opening, mark, leverage);
  if (liquidation === undefined) return undefined;
  const near = side === "buy" ? stop > liquidation : stop < liquidation;
  return near
    ? undefined
    : refuse("stop_too_far", `stop ${stop}, liquidation ${liquidation} (in 1e-8)`);
}
