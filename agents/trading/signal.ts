/** Trend and volatility of one market, kept sample by sample. Floats: nothing here is money. */
import { YEAR } from "../../src/core/time.ts";
import type { TradingConfig } from "./config.ts";

export interface Signal {
  /** Market time of the last sample, in scaled ms. */
  readonly at: number;
  readonly log: number;
  readonly samples: number;
  /** Two exponential averages of the log price. */
  readonly fast: number;
  readonly slow: number;
  /** Weights that the oldest return has left in each, and the sum of squares of their differences. */
  readonly fastWeight: number;
  readonly slowWeight: number;
  readonly spread: number;
  /** Sum of squares of the weights in the slow average alone. */
  readonly gap: number;
  /** The last return over the root of its time, in years: what correlations are taken of. */
  readonly pace: number;
  /** Exponential average of squared returns over time: variance of a year. */
  readonly variance: number;
  /** Average time between samples, in years. */
  readonly step: number;
}

const decay = (halfLife: number): number => 2 ** (-1 / halfLife);

const first = (log: number, at: number, variance: number): Signal => ({
  at,
  log,
  samples: 1,
  fast: log,
  slow: log,
  fastWeight: 1,
  slowWeight: 1,
  spread: 0,
  gap: 0,
  pace: 0,
  variance,
  step: 0,
});

/**
 * The signal after one more price.
 *
 * @param price above zero. @param at market time of the mark, in ms.
 * The same mark seen again changes nothing; after a gap the trend starts anew, volatility is kept.
 */
export function sampled(
  before: Signal | undefined,
  price: number,
  at: number,
  config: TradingConfig,
): Signal {
  const log = Math.log(price);
  if (before === undefined) return first(log, at, config.startVol ** 2);
  const elapsed = at - before.at;
  if (elapsed <= 0) return before;
  if (elapsed > config.gapMs) return first(log, at, before.variance);
  const years = elapsed / YEAR;
  const move = log - before.log;
  const keepFast = decay(config.fast);
  const keepSlow = decay(config.slow);
  const keepVar = decay(config.volHalfLife);
  const fastWeight = before.fastWeight * keepFast;
  const slowWeight = before.slowWeight * keepSlow;
  return {
    at,
    log,
    samples: before.samples + 1,
    fast: keepFast * before.fast + (1 - keepFast) * log,
    slow: keepSlow * before.slow + (1 - keepSlow) * log,
    fastWeight,
    slowWeight,
    spread: before.spread + (slowWeight - fastWeight) ** 2,
    gap: before.gap + slowWeight ** 2,
    pace: move / Math.sqrt(years),
    variance: keepVar * before.variance + (1 - keepVar) * (move ** 2 / years),
    step: before.step === 0 ? years : keepVar * before.step + (1 - keepVar) * years,
  };
}

/** Yearly volatility, within what is believed. */
export const volatility = ({ variance }: Signal, config: TradingConfig): number =>
  Math.min(config.maxVol, Math.max(config.minVol, Math.sqrt(variance)));

/**
 * The trend in standard deviations: how far the fast average stands above the slow one, over how far
 * a walk without any trend would leave them apart after as many samples. About N(0, 1) without trend.
 *
 * With k returns of variance v each, newest first, the difference is the sum over i = 1..k of
 * (slowKeep^i - fastKeep^i) x return, so its variance is v x `spread`. That holds from the second
 * sample on: a short warm-up makes the trend noisy, not larger.
 */
export function trend(signal: Signal, config: TradingConfig): number {
  const vol = volatility(signal, config);
  const deviation = vol * Math.sqrt(signal.step * signal.spread);
  return deviation > 0 ? (signal.fast - signal.slow) / deviation : 0;
}

/**
 * How far the price stands above its slow average, in standard deviations of a walk without trend.
 *
 * Of k returns, newest first, the i-th stands in the distance with the weight slowKeep^i.
 */
export function stretch(signal: Signal, config: TradingConfig): number {
  const deviation = volatility(signal, config) * Math.sqrt(signal.step * signal.gap);
  return deviation > 0 ? (signal.log - signal.slow) / deviation : 0;
}

/** Funding of a market per year, smoothed over time. */
export interface Rate {
  readonly at: number;
  readonly rate: number;
}

/**
 * The rate after one more look.
 *
 * @param nano rate of the last payment, in 1e-9 of the notional; positive is paid by longs.
 * @param at market time, in ms. None: undefined until a rate was told.
 */
export function rateOf(
  before: Rate | undefined,
  nano: number | undefined,
  at: number,
  { carry }: TradingConfig,
): Rate | undefined {
  if (nano === undefined) return before;
  const yearly = nano * 1e-9 * (YEAR / carry.intervalMs);
  if (before === undefined) return { at, rate: yearly };
  const elapsed = Math.max(0, at - before.at);
  const keep = carry.halfLifeMs === 0 ? 0 : 2 ** (-elapsed / carry.halfLifeMs);
  return { at: Math.max(at, before.at), rate: yearly + keep * (before.rate - yearly) };
}
