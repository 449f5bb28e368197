/** The days that the fleet's book is replayed through, and which asset's days stand for which market. */

import { type DailyHistory, returnsOf } from "../venue/paper/history.ts";
import { deviationOf } from "./risk-desk-numbers.ts";

/** The last days of a daily history, asset by asset, all on the same dates. */
export interface Scenarios {
  /** How many days: the window asked for, or all there are. */
  readonly count: number;
  readonly assets: readonly string[];
  /** Simple daily returns of each asset, oldest first. */
  readonly returns: readonly Float64Array[];
  /** Deviation of each asset's daily returns. */
  readonly volatilities: Float64Array;
  readonly from: string;
  readonly to: string;
}

/** What was made of a history before, by its window: a desk is made anew with each leading. */
const known = new WeakMap<DailyHistory, Map<number, Scenarios>>();

/** @param window days at most. */
export function scenariosOf(history: DailyHistory, window: number): Scenarios {
  const ofHistory = known.get(history) ?? new Map<number, Scenarios>();
  known.set(history, ofHistory);
  const made = ofHistory.get(window) ?? madeOf(history, window);
  ofHistory.set(window, made);
  return made;
}

function madeOf(history: DailyHistory, window: number): Scenarios {
  const { assets, dates, rows } = returnsOf(history);
  const kept = rows.slice(-window);
  const returns = assets.map((_, j) => Float64Array.from(kept, (row) => row[j] ?? 0));
  return {
    count: kept.length,
    assets,
    returns,
    volatilities: Float64Array.from(returns, deviationOf),
    from: dates[dates.length - kept.length] ?? "",
    to: dates[dates.length - 1] ?? "",
  };
}

/** Which asset's days stand for a market's. */
export interface Stand {
  /** Index among the assets of the history. */
  readonly asset: number;
  /** The market's own asset is not in the history: the one that scatters most stands for it. */
  readonly proxy: boolean;
}

/** None: never; a history has at least one asset. */
export function standFor(scenarios: Scenarios, base: string): Stand {
  const own = scenarios.assets.indexOf(base);
  if (own >= 0) return { asset: own, proxy: false };
  const wildest = scenarios.volatilities.reduce(
    (best, volatility, i, all) => (volatility > (all[best] ?? 0) ? i : best),
    0,
  );
  return { asset: wildest, proxy: true };
}
