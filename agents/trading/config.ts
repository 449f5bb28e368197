/** What the trading specialist can be told. */
import { z } from "zod";

const market = z.string().regex(/^[a-z0-9-]{1,32}$/);

export const tradingConfig = z
  .strictObject({
    /** Perpetuals it trades; each gets an equal share of its equity. */
    markets: z
      .array(market)
      .min(1)
      .max(32)
      .refine((given) => new Set(given).size === given.length, "names a market twice")
      .default(["btc-perp", "eth-perp", "bnb-perp", "xrp-perp"]),
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
    /** Yearly volatility of a position at full size, on its share of the equity. */
    targetVol: z.number().min(0.01).max(5).default(0.8),
    /** What volatility is taken for before it is known, and between what it is believed. Yearly. */
    startVol: z.number().min(0.05).max(5).default(0.8),
    minVol: z.number().min(0.01).max(5).default(0.2),
    maxVol: z.number().min(0.1).max(50).default(4),
    /** Half-life of the variance, in samples. */
    volHalfLife: z.number().min(1).max(100_000).default(60),
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
    /** Told to reduce, half of each position goes every so often, in ms. */
    reduceEveryMs: z.number().int().min(0).max(86_400_000).default(10_000),
    /** A market whose order was refused is left alone for this, in ms. */
    coolMs: z.number().int().min(0).max(86_400_000).default(20_000),
    /** A gap between two marks after which the trend starts anew, in market time, ms. */
    gapMs: z.number().int().min(1_000).max(604_800_000).default(21_600_000),
  })
  .refine((given) => given.fast < given.slow, "fast must be below slow")
  .refine((given) => given.minVol < given.maxVol, "minVol must be below maxVol");

export type TradingConfig = z.output<typeof tradingConfig>;
