/** How neutral a pair is by each of its hedges: what is left of its second leg, of the market and of its volatility. */

import { type Pairings, pairedAll } from "../../agents/trading/book.ts";
import { HEDGES, type TradingConfig } from "../../agents/trading/config.ts";
import { hedgeOf } from "../../agents/trading/hedge.ts";
import { type Signal, sampled } from "../../agents/trading/signal.ts";
import type { Pair } from "../../agents/trading/wish.ts";
import type { Bars } from "./strategy-data.ts";

type HedgeName = TradingConfig["pair"]["hedge"];

export interface HedgeRow {
  readonly hedge: HedgeName;
  /** Part of all steps and pairs that it refuses. */
  readonly refused: number;
  /** Beta of the hedged return to the second leg, and to the mean of all other markets: mean size over all pairs. */
  readonly second: number;
  readonly market: number;
  /** Volatility of the hedged return over that of the first leg alone. */
  readonly left: number;
}

/** Sums over the steps of one pair, by hedge. */
interface Sums {
  readonly toSecond: number[];
  readonly toMarket: number[];
  readonly squares: number[];
  first: number;
  second: number;
  market: number;
}

const begun = (): Sums => {
  const none = (): number[] => HEDGES.map(() => 0);
  const sums = { toSecond: none(), toMarket: none(), squares: none() };
  return { ...sums, first: 0, second: 0, market: 0 };
};

/**
 * Each market against each other one, each step by what was known before it.
 *
 * All hedges are measured on the steps that none of them refuses. Three markets at least.
 */
export function hedgeRows(bars: Bars, config: TradingConfig): readonly HedgeRow[] {
  const configs = HEDGES.map((hedge) => ({ ...config, pair: { ...config.pair, hedge } }));
  const ids = bars.markets.map(({ market }) => market);
  const pairs = ids.flatMap((first) =>
    ids
      .filter((second) => second !== first)
      .map((second): Pair => ({ key: `${first}/${second}`, first, second })),
  );
  const sums = pairs.map(begun);
  const refused = HEDGES.map(() => 0);
  let steps = 0;
  let signals: Record<string, Signal> = {};
  let pairings: Pairings = {};
  for (const [i, at] of bars.times.entries()) {
    const before = signals;
    if (i > config.warmup) {
      const moved = new Map(
        bars.markets.map(({ market, closes }) => [
          market,
          Math.log((closes[i] ?? 1) / (closes[i - 1] ?? 1)),
        ]),
      );
      for (const [p, pair] of pairs.entries()) {
        const hedges = configs.map((one) => hedgeOf(pair, before, pairings, one));
        steps += 1;
        for (const [h, hedge] of hedges.entries())
          if (!hedge.ok) refused[h] = (refused[h] ?? 0) + 1;
        const ratios = hedges.flatMap((hedge) => (hedge.ok ? [hedge.ratio] : []));
        const sum = sums[p];
        if (sum !== undefined && ratios.length === HEDGES.length) add(sum, pair, ratios, moved);
      }
    }
    signals = {};
    for (const { market, closes } of bars.markets)
      signals[market] = sampled(before[market], closes[i] ?? 1, at, config);
    pairings = pairedAll(pairings, before, signals, ids, config);
  }
  const told = sums.filter(({ second }) => second > 0);
  return HEDGES.map((hedge, h) => ({
    ...{ hedge, refused: (refused[h] ?? 0) / steps },
    second: mean(told.map((sum) => Math.abs((sum.toSecond[h] ?? 0) / sum.second))),
    market: mean(told.map((sum) => Math.abs((sum.toMarket[h] ?? 0) / sum.market))),
    left: mean(told.map((sum) => Math.sqrt((sum.squares[h] ?? 0) / sum.first))),
  }));
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, one) => sum + one, 0) / Math.max(1, values.length);

function add(
  sum: Sums,
  { first, second }: Pair,
  ratios: readonly number[],
  moved: ReadonlyMap<string, number>,
): void {
  const [a, b] = [moved.get(first) ?? 0, moved.get(second) ?? 0];
  const others = [...moved].filter(([id]) => id !== first && id !== second);
  const m = mean(others.map(([, move]) => move));
  sum.first += a * a;
  sum.second += b * b;
  sum.market += m * m;
  for (const [h, ratio] of ratios.entries()) {
    const left = a - ratio * b;
    sum.toSecond[h] = (sum.toSecond[h] ?? 0) + left * b;
    sum.toMarket[h] = (sum.toMarket[h] ?? 0) + left * m;
    sum.squares[h] = (sum.squares[h] ?? 0) + left * left;
  }
}

const share = (value: number): string => `${(value * 100).toFixed(1)} %`.padStart(8);

const fixed = (value: number): string => value.toFixed(2).padStart(8);

/** The same as lines of text. */
export const hedgeLines = (bars: Bars, config: TradingConfig): readonly string[] => [
  "  pair's hedge     refused  to 2nd to market vol left",
  ...hedgeRows(bars, config).map(({ hedge, refused, second, market, left }) =>
    [hedge.padEnd(16), share(refused), fixed(second), fixed(market), fixed(left)].join(" "),
  ),
];
