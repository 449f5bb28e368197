/** Forecasts along a series: at each time from the returns before it only, ready to be examined. */
import { type Ppm, toFraction } from "../core/ppm.ts";
import { normalQuantile } from "./distributions.ts";
import { normalShortfall } from "./expected-shortfall.ts";
import { type Divisor, type EwmaSeed, ewmaVariance } from "./moments.ts";
import type { QuantileRule } from "./quantile.ts";
import { type Measured, measured } from "./refusal.ts";
import { at, faultOf, faultOfCount, faultOfTail, type Series } from "./series.ts";
import { historicalVar, modifiedVar, normalVar } from "./var.ts";

/** How each threshold is made. */
export type RollingModel =
  | { readonly kind: "historical"; readonly rule?: QuantileRule }
  | { readonly kind: "normal"; readonly divisor?: Divisor; readonly mean?: "sample" | "zero" }
  | { readonly kind: "modified"; readonly divisor?: Divisor }
  | { readonly kind: "ewma"; readonly lambda: number; readonly seed?: EwmaSeed };

export interface Forecasts {
  /** VaR as positive losses; `losses[i]` is for `returns[from + i]`. */
  readonly losses: Float64Array;
  /** Index of the first return that has a forecast. */
  readonly from: number;
}

/**
 * One-period VaR for every return from index `window` on, each from returns before it.
 *
 * `ewma` uses all returns before, its seed by default the mean square of the first `window`.
 * None: faults of the series, `too-few-samples` unless there is a return after the window.
 */
export function rollingVar(
  returns: Series,
  window: number,
  tail: Ppm,
  model: RollingModel,
): Measured<Forecasts> {
  const fault =
    faultOfTail(tail) ??
    faultOfCount(window, 1, "window") ??
    faultOf(returns, window + 1, "returns");
  if (fault) return fault;
  if (model.kind === "ewma") return rollingEwma(returns, window, tail, model);
  const all = Float64Array.from(returns);
  const losses = new Float64Array(returns.length - window);
  for (let i = 0; i < losses.length; i++) {
    const past = all.subarray(i, i + window);
    const figure =
      model.kind === "historical"
        ? historicalVar(past, { tail, ...(model.rule === undefined ? {} : { rule: model.rule }) })
        : model.kind === "normal"
          ? normalVar(past, { tail, divisor: model.divisor ?? "n-1", mean: model.mean ?? "sample" })
          : modifiedVar(past, { tail, divisor: model.divisor ?? "n" });
    if (!figure.ok) return figure;
    losses[i] = figure.value.loss;
  }
  return measured({ losses, from: window });
}

function rollingEwma(
  returns: Series,
  window: number,
  tail: Ppm,
  model: { readonly lambda: number; readonly seed?: EwmaSeed },
): Measured<Forecasts> {
  const path = ewmaVariance(returns, model.lambda, model.seed ?? { meanSquareOfFirst: window });
  if (!path.ok) return path;
  const z = normalQuantile(toFraction(tail));
  const losses = new Float64Array(returns.length - window);
  for (let i = 0; i < losses.length; i++) {
    losses[i] = -z * Math.sqrt(at(path.value, window - 1 + i));
  }
  return measured({ losses, from: window });
}

/**
 * The normal shortfall that belongs to a normal VaR about zero: VaR times a constant of the tail.
 */
export const shortfallPerVar = (tail: Ppm): number =>
  normalShortfall({ mean: 0, deviation: 1 }, tail) / -normalQuantile(toFraction(tail));
