/** What the trading specialist can be told. */
import { z } from "zod";
import { buyingFields } from "../../src/sdk/job-buying.ts";

const market = z.string().regex(/^[a-z0-9-]{1,32}$/);

export const HEDGES = ["volatility", "beta", "market"] as const;

export const STRATEGIES = ["trend", "reversion", "carry", "pair", "hold"] as const;

const share = z.number().min(0).max(1);

/** Against a stretch: from where, down to where, and where it was wrong. In deviations. */
const reversion = z
  .strictObject({
    enter: z.number().min(0.1).max(10).default(1.5),
    exit: z.number().min(-5).max(10).default(0),
    giveUp: z.number().min(0.2).max(50).default(3.5),
  })
  .refine(({ enter, exit, giveUp }) => exit < enter && enter < giveUp, "exit < enter < giveUp");

/** From which yearly gain, down to which, hedged by what; payments a day apart count half. */
const carry = z
  .strictObject({
    enter: z.number().min(0).max(10).default(0.1),
    exit: z.number().min(-10).max(10).default(0.02),
    against: z.enum(["markets", "holdings"]).default("markets"),
    halfLifeMs: z.number().int().min(0).max(31_536_000_000).default(86_400_000),
    /** Time between two payments, to make a year's rate of one. */
    intervalMs: z.number().int().min(60_000).max(604_800_000).default(28_800_000),
  })
  .refine(({ enter, exit }) => exit < enter, "exit must be below enter");

/** By what the second leg of a pair is sized after the first, and what an estimate must keep to be traded by. */
const pair = z
  .strictObject({
    hedge: z.enum(HEDGES).default("volatility"),
    /** Standard error of the hedge ratio, as a part of the ratio. */
    maxError: z.number().min(0.001).max(1).default(0.2),
    /** Part of the first leg's variance that the hedge takes away. */
    minFit: z.number().min(0).max(0.99).default(0.25),
    minRatio: z.number().min(0.001).max(100).default(0.2),
    maxRatio: z.number().min(0.01).max(1_000).default(5),
    /** Part of its size by which a second leg may be off before it is brought back. */
    drift: z.number().min(0.001).max(1).default(0.1),
  })
  .refine(({ minRatio, maxRatio }) => minRatio < maxRatio, "minRatio must be below maxRatio");

/** Loss from its highest result, as a share of the cap, and what of the full size stays from there. */
const ladder = z
  .array(z.strictObject({ drawdown: share, keeps: share }))
  .max(16)
  .refine(
    (rungs) =>
      rungs.every(({ drawdown, keeps }, i) => {
        const before = rungs[i - 1];
        return before === undefined || (drawdown > before.drawdown && keeps < before.keeps);
      }),
    "each rung lies deeper than the one before it and keeps less",
  );

/** Maintenance over equity, and what part of each position goes from there, again and again until it is below. */
const relief = z
  .array(z.strictObject({ maintenance: share, gives: share }))
  .max(16)
  .refine(
    (rungs) =>
      rungs.every(({ maintenance, gives }, i) => {
        const before = rungs[i - 1];
        return before === undefined || (maintenance > before.maintenance && gives > before.gives);
      }),
    "each rung lies above the one before it and gives more",
  );

export const tradingConfig = z
  .strictObject({
    /** Which of its strategies it lives by. */
    strategy: z.enum(STRATEGIES).default("trend"),
    /** Perpetuals it trades; each gets an equal share of its equity. */
    markets: z
      .array(market)
      .min(1)
      .max(32)
      .refine((given) => new Set(given).size === given.length, "names a market twice")
      .default(["btc-perp", "eth-perp", "bnb-perp", "xrp-perp"]),
    /** Does jobs of kind signal for other agents: tells which side of each market it is on. */
    works: z.boolean().default(true),
    /** What it buys of other agents: signals for trend and reversion, rates of borrowers for carry. */
    buys: buyingFields
      .extend({
        /** How far a bought signal draws its own wish for a market to the seller's. */
        weight: share.default(0.25),
      })
      .prefault({}),
    /** Notional of the hedges that it holds for other agents' pay, as part of its equity. 0: none. */
    hedgeShare: share.default(0.2),
    /** Wait between two looks, which is the time between two samples, in ms. */
    intervalMs: z.number().int().min(100).max(3_600_000).default(1_500),
    /** Market time that passes in one unit of fleet time: the replay's speed. Scales volatility. */
    timeScale: z.number().min(0.001).max(100_000).default(1),
    /** Samples of a market before it is traded at all. */
    warmup: z.number().int().min(3).max(10_000).default(6),
    /** Samples before it is traded in full size; the size grows in proportion until then. */
    fullSamples: z.number().int().min(1).max(100_000).default(20),
    /** Half-lives, in samples, of the two averages whose difference is the trend. */
    fast: z.number().min(1).max(10_000).default(4),
    slow: z.number().min(2).max(100_000).default(16),
    /** Trend, in its own standard deviations, at which a side is taken. */
    enter: z.number().min(0).max(10).default(0.5),
    /** Trend against the position at which it is closed. */
    exit: z.number().min(0).max(10).default(0.1),
    /** Mean reversion and pairs. */
    reversion: reversion.prefault({}),
    /** The hedge of pairs. */
    pair: pair.prefault({}),
    /** Funding carry. */
    carry: carry.prefault({}),
    /** Yearly volatility of a position at full size, on its share of the equity. */
    targetVol: z.number().min(0.01).max(5).default(0.8),
    /** What volatility is taken for before it is known, and between what it is believed. Yearly. */
    startVol: z.number().min(0.05).max(5).default(0.8),
    minVol: z.number().min(0.01).max(5).default(0.2),
    maxVol: z.number().min(0.1).max(50).default(4),
    /** Half-life of the variance, in samples. */
    volHalfLife: z.number().min(1).max(100_000).default(60),
    /** Yearly volatility that the book of all its positions may have, on its equity. */
    bookVol: z.number().min(0.01).max(5).default(0.25),
    /** Correlation taken for two markets before it is known, and how many samples that is worth. */
    startCorrelation: z.number().min(-0.9).max(0.99).default(0.8),
    correlationWeight: z.number().min(0).max(100_000).default(40),
    /** How far correlations are drawn towards one for the second look at the book. */
    stress: share.default(0.5),
    /** Yearly volatility from which leverage falls in proportion. */
    baseVol: z.number().min(0.01).max(50).default(1),
    /** Part of the equity that may become margin. */
    useShare: z.number().min(0.01).max(1).default(0.8),
    /** Most leverage of an order; the delegation's and the market's own bounds hold as well. */
    leverage: z.number().min(1).max(50).default(3),
    /** Margin counted for an order beyond its mark: collar, fee and a move until it is decided. */
    marginBuffer: z.number().min(1).max(3).default(1.2),
    /** Change of size, as a part of the full size, below which nothing is done. */
    band: z.number().min(0).max(1).default(0.25),
    /** Least time between two changes of one market by choice, in ms. */
    holdMs: z.number().int().min(0).max(86_400_000).default(15_000),
    /** Equity behind a position, in maintenance margins, from which half of it goes, and all. */
    softStop: z.number().min(1).max(10).default(1.5),
    hardStop: z.number().min(1).max(10).default(1.3),
    /** Slippage and funding kept between the liquidation price and the mark, as shares of the mark. */
    slippage: share.default(0.015),
    fundingAhead: z.number().min(0).max(1_000).default(3),
    /** Place in the queue of those that are deleveraged, 5 the first fifth, from which half goes. */
    adlRank: z.number().int().min(1).max(6).default(5),
    /** The same by the part of its side that goes before it: 0.1 is the first tenth. 0: by rank alone. */
    adlAhead: share.default(0),
    /** Its own deleverage ladder. */
    ladder: ladder.default([
      { drawdown: 0.05, keeps: 0.9 },
      { drawdown: 0.08, keeps: 0.75 },
      { drawdown: 0.12, keeps: 0.5 },
      { drawdown: 0.18, keeps: 0.2 },
    ]),
    /** The same by maintenance margin over equity: its own, and the fleet's where losses are borne together. */
    marginLadder: relief.default([
      { maintenance: 0.7, gives: 0.2 },
      { maintenance: 0.85, gives: 0.4 },
    ]),
    /** How long a reduction by choice is offered to other agents first, in ms. 0: not at all. */
    offerMs: z.number().int().min(0).max(3_600_000).default(0),
    /** Told to reduce, half of each position goes every so often, in ms. */
    reduceEveryMs: z.number().int().min(0).max(86_400_000).default(10_000),
    /** A market whose order was refused is left alone for this, in ms. */
    coolMs: z.number().int().min(0).max(86_400_000).default(20_000),
    /** A gap between two marks after which the trend starts anew, in market time, ms. */
    gapMs: z.number().int().min(1_000).max(604_800_000).default(21_600_000),
  })
  .refine((given) => given.fast < given.slow, "fast must be below slow")
  .refine((given) => given.hardStop <= given.softStop, "hardStop must not be above softStop")
  .refine((given) => given.minVol < given.maxVol, "minVol must be below maxVol")
  .refine(
    ({ strategy, pair, markets }) =>
      strategy !== "pair" || pair.hedge !== "market" || markets.length > 2,
    "a pair hedged by the market needs a third market to know it by",
  );

export type TradingConfig = z.output<typeof tradingConfig>;
