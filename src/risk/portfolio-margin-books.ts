/** Rule books for portfolio margin: the requirements text's matrix, and ones like three venues'. */
import type { MarginScenario, RuleBook, ScanRange } from "./portfolio-margin.ts";

const at = (price: number, vol: number, cover = 1): MarginScenario => ({
  name: `price ${signed(price)}, vol ${signed(vol)}${cover === 1 ? "" : `, ${cover} of it`}`,
  price,
  vol,
  cover,
});
const signed = (value: number): string =>
  value === 0 ? "0" : `${value > 0 ? "+" : "-"}${Number(Math.abs(value).toFixed(4))}`;

const WHOLE: ScanRange = { price: 1, vol: 1, minimum: 0 };

/**
 * The requirements text's example: six scenarios that move every underlying alike, worst loss x
 * 1.2.
 *
 * Source: cross-margin guide, section 2. It assumes a correlation of 1 between underlyings: a long
 * and a short of different coins offset in full. Use `apart` books where that is not so.
 */
export const SEED_MATRIX: RuleBook = {
  name: "seed matrix",
  scenarios: [
    at(-0.1, 0.25),
    at(-0.05, 0.1),
    at(0.05, 0.1),
    at(0.1, -0.15),
    at(-0.15, 0.35),
    at(0.15, -0.2),
  ],
  ranges: {},
  otherRange: WHOLE,
  underlyings: "together",
  factor: 1.2,
  basis: 0,
  credits: [],
};

/** What the SPAN-like set takes beyond the ranges. */
export interface SpanOptions {
  /** Extreme move as a multiple of the scan range; 3 by default (older sets: 2). */
  readonly extreme?: number;
  /** Share of the extreme loss that counts; 0.33 by default (older sets: 0.35). */
  readonly cover?: number;
}

/**
 * The sixteen SPAN scenarios in thirds of the price scan range.
 *
 * 1 to 14: no move, then 1/3, 2/3 and 3/3 up and down, each with volatility up and down. 15 and 16:
 * an extreme move either way, of which a part counts.
 * Source: CME, "Components of SPAN"; McMillan, Options as a Strategic Investment (2 x and 35 %).
 */
export function spanScenarios({ extreme = 3, cover = 0.33 }: SpanOptions = {}): MarginScenario[] {
  const core = [0, 1 / 3, -1 / 3, 2 / 3, -2 / 3, 1, -1].flatMap((price) => [
    at(price, 1),
    at(price, -1),
  ]);
  return [...core, at(extreme, 0, cover), at(-extreme, 0, cover)];
}

const BIG: ScanRange = { price: 0.15, vol: 0.25, minimum: 0.01 };
const MIDDLE: ScanRange = { price: 0.2, vol: 0.3, minimum: 0.015 };
const SMALL: ScanRange = { price: 0.3, vol: 0.5, minimum: 0.03 };

/** SPAN-like: each underlying's own worst of sixteen, with a credit for ether against bitcoin. */
export const SPAN_LIKE: RuleBook = {
  name: "span-like",
  scenarios: spanScenarios(),
  ranges: { BTC: BIG, ETH: BIG, SOL: MIDDLE, BNB: MIDDLE },
  otherRange: SMALL,
  underlyings: "apart",
  factor: 1,
  basis: 0.01,
  credits: [
    { between: ["BTC", "ETH"], rate: 0.5 },
    { between: ["ETH", "SOL"], rate: 0.4 },
    { between: ["BTC", "SOL"], rate: 0.35 },
  ],
};

/** Eighths of the range: nine evenly spaced prices. */
const NINE = [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1];
/** The extended table's moves, as relative price moves. */
const EXTENDED = [-0.66, -0.33, 0.5, 1, 2, 3, 4, 5];

/**
 * Deribit-like: nine prices within the range by volatility up, same and down, and an extended table
 * of far moves, volatility up only, each counted in the share range / |move|.
 *
 * Source: support.deribit.com, "Portfolio Margin" (range of e.g. 16 %, nine evenly spaced buckets,
 * three volatilities; extended moves -66 % to +500 %, a fraction of the loss, with a dampener; 1 %
 * contingency on offsetting futures). The dampener's formula is not published there: range / |move|
 * is ours, so that a far move of a plain future costs what the edge of the range costs.
 * @param range largest relative price move of the core table.
 */
export function deribitLike(range = 0.16, vol = 0.5, volDown = 0.25): RuleBook {
  const core = NINE.flatMap((price) => [at(price, 1), at(price, 0), at(price, -volDown / vol)]);
  const extended = EXTENDED.map((move) => at(move / range, 1, Math.min(1, range / Math.abs(move))));
  return {
    name: "deribit-like",
    scenarios: [...core, ...extended],
    ranges: {},
    otherRange: { price: range, vol, minimum: 0.01 },
    underlyings: "apart",
    factor: 1,
    basis: 0.01,
    credits: [],
  };
}

/** The parts of an OKX-like book by tier of the underlying. */
const OKX_TIERS = { first: { shock: 0.12, extreme: 0.24 }, second: { shock: 0.18, extreme: 0.36 } };

/**
 * OKX-like for one tier of underlyings: MR1 spot shock (seven prices by three volatilities), MR6
 * extreme move at half its loss, MR4 basis, MR7 minimum charge; MMR = max(max(MR1, MR6) + MR4,
 * MR7).
 *
 * Left out: theta decay (MR2), vega term structure (MR3), interest (MR5), borrowing (MR8) and
 * stablecoin depeg (MR9): they need expiries, loans or prices of stablecoins. Initial margin is 1.3
 * times the maintenance margin.
 * Source: okx.com, "Portfolio margin mode" and the parameters of January 2025 (BTC and ETH: 4, 8
 * and 12 %, extreme 24 %; second tier 6, 12 and 18 %, extreme 36 %). Counting half of the extreme
 * loss is our choice.
 */
export function okxLike(tier: "first" | "second" = "first"): RuleBook {
  const { shock, extreme } = OKX_TIERS[tier];
  const thirds = [-1, -2 / 3, -1 / 3, 0, 1 / 3, 2 / 3, 1];
  const core = thirds.flatMap((price) => [at(price, 1), at(price, 0), at(price, -1)]);
  const far = [at(extreme / shock, 0, 0.5), at(-extreme / shock, 0, 0.5)];
  return {
    name: `okx-like, ${tier} tier`,
    scenarios: [...core, ...far],
    ranges: {},
    otherRange: { price: shock, vol: 0.25, minimum: 0.01 },
    underlyings: "apart",
    factor: 1,
    basis: 0.01,
    credits: [],
  };
}
