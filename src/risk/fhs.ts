/** Filtered historical simulation: yesterday's shapes of shocks at today's volatility. */
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { type Ppm, toFraction } from "../core/ppm.ts";
import { type Garch, garchFilter, garchFit, stepOf } from "./garch.ts";
import { ewmaVariance } from "./moments.ts";
import { ceilingRank, type QuantileRule, sortedQuantile } from "./quantile.ts";
import { type Measured, measured, refused } from "./refusal.ts";
import { ascending, at, faultOf, faultOfCount, faultOfTail, type Series } from "./series.ts";
import type { Forecasts } from "./var-rolling.ts";

/** What the returns are filtered by. `garch-fit` estimates it from the window itself. */
export type VolatilityModel =
  | { readonly kind: "ewma"; readonly lambda: number }
  | { readonly kind: "garch"; readonly model: Garch }
  | { readonly kind: "garch-fit" };

export interface FilteredLevel {
  readonly tail: Ppm;
  readonly volatility: VolatilityModel;
  /** Default `ceiling`. */
  readonly rule?: QuantileRule;
  /** Periods ahead, default 1. Above 1 the paths are bootstrapped from `seed`. */
  readonly horizon?: number;
  /** Paths for a horizon above 1. Default 10,000. */
  readonly paths?: number;
  readonly seed?: number;
}

export interface FilteredFigure {
  /** VaR and ES as positive losses, in the units of the returns; log returns are summed. */
  readonly var: number;
  readonly es: number;
  /** Deviation of the next period that scales the shocks. */
  readonly deviation: number;
  readonly observations: number;
}

/** Shocks before the filter has settled are left out. */
const SETTLE = 20;
const OBSERVATIONS_MIN = 100;
const PATH_STEPS_MAX = 20_000_000;

/**
 * Value at risk and shortfall by filtered historical simulation.
 *
 * Formula, one period: sigma[T+1] times the sample quantile of z[t] = r[t]/sigma[t].
 * Source: Barone-Adesi, Giannopoulos, Vosper (1999); Hull and White (1998).
 * Limits: shocks are taken as independent; at 1 % and long horizons two years are few (Pritsker
 * 2001).
 * None: faults of the series, `too-few-samples` below 100 returns or where the tail holds no shock.
 */
export function filteredVar(returns: Series, level: FilteredLevel): Measured<FilteredFigure> {
  const horizon = level.horizon ?? 1;
  const fault =
    faultOfTail(level.tail) ??
    faultOf(returns, OBSERVATIONS_MIN, "returns") ??
    faultOfCount(horizon, 1, "horizon");
  if (fault) return fault;
  const filtered = filterOf(returns, level.volatility);
  if (!filtered.ok) return filtered;
  const { shocks, next, model } = filtered.value;
  if (shocks.length * level.tail < 1_000_000) {
    return refused("too-few-samples", `a tail of ${level.tail} ppm holds none of ${shocks.length}`);
  }
  const deviation = Math.sqrt(next);
  const sums = horizon === 1 ? undefined : simulated(shocks, next, model, horizon, level);
  if (sums && !sums.ok) return sums;
  const sorted = sums ? ascending(sums.value) : ascending(shocks).map((z) => z * deviation);
  const rank = ceilingRank(sorted.length, level.tail);
  let worst = 0;
  for (let i = 0; i < rank; i++) worst -= at(sorted, i);
  return measured({
    var: -sortedQuantile(sorted, toFraction(level.tail), level.rule ?? "ceiling"),
    es: worst / rank,
    deviation,
    observations: shocks.length,
  });
}

interface Filtered {
  readonly shocks: Float64Array;
  readonly next: number;
  readonly model: Garch;
}

function filterOf(returns: Series, volatility: VolatilityModel): Measured<Filtered> {
  if (volatility.kind === "ewma") {
    // RiskMetrics is the GARCH without omega: h[t+1] = l h[t] + (1-l) r[t]^2.
    const path = ewmaVariance(returns, volatility.lambda, { meanSquareOfFirst: SETTLE });
    if (!path.ok) return path;
    const length = returns.length;
    const variance = (t: number): number => at(path.value, t - 1);
    const shocks = Float64Array.from(
      { length: length - SETTLE },
      (_, i) => at(returns, i + SETTLE) / Math.sqrt(variance(i + SETTLE)),
    );
    if (!shocks.every(Number.isFinite)) return refused("flat", "a variance is zero");
    const model = { omega: 0, alpha: 1 - volatility.lambda, beta: volatility.lambda };
    return measured({ shocks, next: at(path.value, length - 1), model });
  }
  const model = volatility.kind === "garch" ? measured(volatility.model) : garchFit(returns);
  if (!model.ok) return model;
  const path = garchFilter(returns, model.value);
  if (!path.ok) return path;
  const shocks = path.value.standardised.subarray(SETTLE);
  return measured({ shocks, next: path.value.next, model: model.value });
}

function simulated(
  shocks: Float64Array,
  next: number,
  model: Garch,
  horizon: number,
  level: FilteredLevel,
): Measured<Float64Array> {
  const paths = level.paths ?? 10_000;
  const fault = faultOfCount(paths, 1, "paths");
  if (fault) return fault;
  if (paths * horizon > PATH_STEPS_MAX) {
    return refused("out-of-range", `at most ${PATH_STEPS_MAX} steps, was ${paths * horizon}`);
  }
  const random = xoroshiro128plus(level.seed ?? 1);
  const mean = model.mean ?? 0;
  const sums = new Float64Array(paths);
  for (let path = 0; path < paths; path++) {
    let h = next;
    let sum = 0;
    for (let k = 0; k < horizon; k++) {
      const e = at(shocks, uniformInt(random, 0, shocks.length - 1)) * Math.sqrt(h);
      sum += mean + e;
      h = stepOf(model, e, h);
    }
    sums[path] = sum;
  }
  return measured(sums);
}

export interface RollingFiltered {
  readonly window: number;
  readonly tail: Ppm;
  readonly volatility: VolatilityModel;
  readonly rule?: QuantileRule;
  /** How often `garch-fit` estimates anew. Default every 50 periods. */
  readonly refitEvery?: number;
}

/**
 * One-period filtered VaR for every return from index `window` on, each from the window before it.
 *
 * None: as `filteredVar`; `too-few-samples` unless there is a return after the window.
 */
export function rollingFiltered(returns: Series, plan: RollingFiltered): Measured<Forecasts> {
  const { window, tail, refitEvery = 50 } = plan;
  const fault =
    faultOfCount(window, OBSERVATIONS_MIN, "window") ??
    faultOfCount(refitEvery, 1, "refitEvery") ??
    faultOf(returns, window + 1, "returns");
  if (fault) return fault;
  const all = Float64Array.from(returns);
  const losses = new Float64Array(returns.length - window);
  let volatility = plan.volatility;
  for (let i = 0; i < losses.length; i++) {
    const past = all.subarray(i, i + window);
    if (plan.volatility.kind === "garch-fit" && i % refitEvery === 0) {
      const fit = garchFit(past);
      if (!fit.ok) return fit;
      volatility = { kind: "garch", model: fit.value };
    }
    const figure = filteredVar(past, { tail, volatility, rule: plan.rule ?? "ceiling" });
    if (!figure.ok) return figure;
    losses[i] = figure.value.var;
  }
  return measured({ losses, from: window });
}
