/** How much of its second leg a pair holds against its first: by volatility, or by a beta that may be refused. Pure. */
import { effectiveSamples, type Pairing, type Pairings, pairingOf } from "./book.ts";
import type { TradingConfig } from "./config.ts";
import { type Signal, volatility } from "./signal.ts";
import { type Hedge, type Pair, pairsOf, percent } from "./wish.ts";

/** Second moments of both legs' returns and of an index z, about zero, and how many samples stand behind them. */
export interface Moments {
  readonly first: number;
  readonly second: number;
  readonly cross: number;
  readonly index: number;
  readonly firstToIndex: number;
  readonly secondToIndex: number;
  readonly samples: number;
}

export interface Fit {
  readonly ratio: number;
  /** Standard error of the ratio. */
  readonly error: number;
  /** Part of the first leg's variance that the second takes away, at most 1: by beta it is R². */
  readonly taken: number;
}

/**
 * The ratio that leaves nothing of the index in first - ratio x second.
 *
 * Formula: ratio = cov(first, z) / cov(second, z); e = first - ratio x second;
 *          taken = 1 - var(e) / var(first);
 *          error = sqrt(var(e) var(z) / (n - 1)) / |cov(second, z)|.
 *          With z the second leg itself these are least squares: beta = cov(first, second) /
 *          var(second), its R² and its standard error.
 * None:    undefined below two samples, or where the second leg does not move with the index.
 */
export function fitted(moments: Moments): Fit | undefined {
  const { first, second, cross, index, firstToIndex, secondToIndex, samples } = moments;
  const ratio = firstToIndex / secondToIndex;
  if (!(samples >= 2 && first > 0) || !Number.isFinite(ratio)) return undefined;
  const left = Math.max(0, first - 2 * ratio * cross + ratio ** 2 * second);
  const error = Math.sqrt((left * index) / (samples - 1)) / Math.abs(secondToIndex);
  return { ratio, error, taken: 1 - left / first };
}

const variance = ({ first, second }: Pairing, a: string, b: string): number =>
  a < b ? first : second;

const mean = (values: readonly number[]): number =>
  values.reduce((sum, one) => sum + one, 0) / values.length;

/**
 * The moments of a pair against its index: its second leg, or the mean of the returns of all other markets.
 *
 * None: undefined before there are returns that came in the same look.
 */
export function momentsOf(
  pairings: Pairings,
  { first, second }: Pair,
  { pair, markets, volHalfLife }: TradingConfig,
): Moments | undefined {
  const both = pairingOf(pairings, first, second);
  if (both === undefined) return undefined;
  const legs = {
    first: variance(both, first, second),
    second: variance(both, second, first),
    cross: both.product,
  };
  if (pair.hedge !== "market") {
    const index = { index: legs.second, firstToIndex: legs.cross, secondToIndex: legs.second };
    return { ...legs, ...index, samples: effectiveSamples(both.samples, volHalfLife) };
  }
  const known = markets.flatMap((id) => {
    const [one, other] = [pairingOf(pairings, first, id), pairingOf(pairings, second, id)];
    return one === undefined || other === undefined ? [] : [{ id, one, other }];
  });
  const among = known.flatMap(({ id, other }) =>
    known.map(({ id: to }) =>
      to === id ? variance(other, id, second) : pairingOf(pairings, id, to)?.product,
    ),
  );
  const told = among.filter((one) => one !== undefined);
  if (told.length === 0 || told.length < among.length) return undefined;
  const least = Math.min(both.samples, ...known.flatMap((k) => [k.one.samples, k.other.samples]));
  return {
    ...legs,
    index: mean(told),
    firstToIndex: mean(known.map(({ one }) => one.product)),
    secondToIndex: mean(known.map(({ other }) => other.product)),
    samples: effectiveSamples(least, volHalfLife),
  };
}

/** The ratio of a pair, or the first bound that its estimate does not keep. By volatility it refuses never. */
export function hedgeOf(
  pair: Pair,
  signals: Readonly<Record<string, Signal>>,
  pairings: Pairings,
  config: TradingConfig,
): Hedge {
  const { hedge, maxError, minFit, minRatio, maxRatio } = config.pair;
  const refused = (why: string): Hedge => ({ ok: false, why: `${pair.key} is not traded: ${why}` });
  if (hedge === "volatility") {
    const [one, other] = [signals[pair.first], signals[pair.second]];
    return one === undefined || other === undefined
      ? refused("a leg has no price")
      : { ok: true, ratio: volatility(one, config) / volatility(other, config) };
  }
  const moments = momentsOf(pairings, pair, config);
  const fit = moments === undefined ? undefined : fitted(moments);
  if (fit === undefined) return refused("its hedge ratio is not known yet");
  const { ratio, error, taken } = fit;
  if (!(ratio >= minRatio && ratio <= maxRatio))
    return refused(`hedge ratio ${ratio.toFixed(2)} is not from ${minRatio} to ${maxRatio}`);
  if (error > maxError * ratio) {
    const known = `hedge ratio ${ratio.toFixed(2)} has an error of ${percent(error / ratio)}`;
    return refused(`${known}, at most ${percent(maxError)}`);
  }
  if (taken < minFit)
    return refused(
      `its hedge takes ${percent(taken)} of the variance, at least ${percent(minFit)}`,
    );
  return { ok: true, ratio };
}

/** The hedge of each pair, by its key. */
export const hedgesOf = (
  signals: Readonly<Record<string, Signal>>,
  pairings: Pairings,
  config: TradingConfig,
): Readonly<Record<string, Hedge>> =>
  Object.fromEntries(
    pairsOf(config).map((pair) => [pair.key, hedgeOf(pair, signals, pairings, config)]),
  );

/** What one unit of a hedged pair has made: the sum of first - ratio x second, in log returns. */
export interface Spread {
  /** Log prices of both legs when it was last counted on. */
  readonly first: number;
  readonly second: number;
  readonly log: number;
  /** The ratio it was last counted on with. */
  readonly ratio: number;
}

/** Counted on to these log prices; a ratio that is refused leaves the last one, and the first one is 1. */
export function spreadOf(
  before: Spread | undefined,
  first: number,
  second: number,
  hedge: Hedge,
): Spread {
  const ratio = hedge.ok ? hedge.ratio : (before?.ratio ?? 1);
  if (before === undefined) return { first, second, log: 0, ratio };
  const made = first - before.first - ratio * (second - before.second);
  return { first, second, log: before.log + made, ratio };
}
