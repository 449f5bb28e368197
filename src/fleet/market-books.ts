/** What the fleet believes of a market's book: by the market's own rules, else by what holds for all. */
import { type Micro, micro, price, toFloat, USDC_DECIMALS } from "../core/money.ts";
import { ONE, type Ppm, ppm, share } from "../core/ppm.ts";
import { impactFromDepth, type MarketImpact } from "../liquidation/impact.ts";
import type { BookBelief } from "../protocol/crisis-facts.ts";
import { crisisRules } from "./margins.ts";
import type { Market } from "./market-state.ts";
import type { Fixed, Law } from "./state.ts";
import { scaleOf } from "./volatility.ts";

/** Where no rule names a depth: a million USDC for one per cent. */
const DEPTH = micro(1_000_000_000_000n);

interface Book {
  readonly depth: Micro;
  readonly halfSpread: Ppm;
  readonly permanentShare: Ppm;
}

/** The thinnest book that is believed in, as a part of the usual one. */
const THINNEST = ppm(50_000);

/**
 * The part of its usual depth that a market shows: where orders may wait for fuller books, what volatility
 * has left of its leverage; else all of it.
 */
export const depthLeft = (law: Law, market: Fixed<Market>): Ppm =>
  crisisRules(law)?.patience === undefined
    ? ONE
    : ppm(Math.min(ONE, Math.max(scaleOf(law, market), THINNEST)));

/** Each number by itself: the market's own, the rules' of a crisis, or none. */
function bookOf(law: Law, market: Fixed<Market>): Book {
  const { policy } = market;
  const rules = crisisRules(law);
  return {
    depth: share(policy.depth ?? rules?.depth ?? DEPTH, depthLeft(law, market), "ceil"),
    halfSpread: policy.halfSpread ?? rules?.halfSpread ?? ppm(0),
    permanentShare: policy.permanentShare ?? rules?.permanentShare ?? ppm(0),
  };
}

/** USDC that are believed to move a market by 1 %, as its book is now. */
export const depthOf = (law: Law, market: Fixed<Market>): Micro => bookOf(law, market).depth;

/** The impact of the fleet's own trades in a market, with the market's own fee. */
export function impactOf(law: Law, market: Fixed<Market>): MarketImpact {
  const { depth, halfSpread, permanentShare } = bookOf(law, market);
  const made = impactFromDepth({
    depth: toFloat(depth, USDC_DECIMALS),
    move: 0.01,
    permanentShare: permanentShare / ONE,
    halfSpread: halfSpread / ONE,
    fee: market.policy.takerFee / ONE,
  });
  return made.ok ? made.value : { temporary: 0, permanent: 0, halfSpread: 0, fee: 0 };
}

const OWN = ["depth", "halfSpread", "permanentShare"] as const;

/** The numbers that a plan uses of a market, for its event. */
export function bookTold(law: Law, market: Fixed<Market>): BookBelief {
  const { policy } = market;
  return {
    market: policy.market,
    mark: market.mark ?? price(0n),
    ...bookOf(law, market),
    takerFee: policy.takerFee,
    own: OWN.filter((field) => policy[field] !== undefined),
  };
}
