/** Value at risk of one series of returns: historical, normal, Cornish-Fisher, EWMA. */
import { type Ppm, toFraction } from "../core/ppm.ts";
import { normalQuantile } from "./distributions.ts";
import {
  centralSum,
  type Divisor,
  type EwmaSeed,
  ewmaVariance,
  kurtosis,
  meanOf,
  skewness,
} from "./moments.ts";
import { type QuantileRule, sortedQuantile } from "./quantile.ts";
import { type Measured, measured, type Refusal, refused } from "./refusal.ts";
import { ascending, at, faultOf, faultOfCount, faultOfTail, type Series } from "./series.ts";

/**
 * A loss with what it means. `loss` is in the units of the returns, a loss positive; it is negative
 * where even the tail is a gain, and never silently clipped.
 */
export interface RiskFigure {
  readonly loss: number;
  /** Chance of a larger loss: 10,000 ppm for a 99 % VaR. */
  readonly tail: Ppm;
  /** In periods of the returns. */
  readonly horizon: number;
  /** How many returns, after windowing and before overlapping. */
  readonly observations: number;
}

/**
 * How one period becomes `horizon` of them.
 *
 * `root-time`: mean times h, deviation times sqrt(h), skewness over sqrt(h), excess kurtosis over
 * h; a historical loss times sqrt(h). Right for independent returns only. `overlapping`: sums (log
 * returns) or compounds (simple) each run of h returns; right for any, but the runs share
 * observations.
 */
export type HorizonRule = "root-time" | "overlapping-simple" | "overlapping-log";

export interface Level {
  /** 1 to 500,000 ppm. */
  readonly tail: Ppm;
  /** Periods ahead, default 1. */
  readonly horizon?: number;
  readonly horizonRule?: HorizonRule;
  /** The last so many returns; default all. */
  readonly window?: number;
}

export interface HistoricalLevel extends Level {
  /** Default `ceiling`: the k-th worst, k = ceil(n tail). `7` is what R and numpy do. */
  readonly rule?: QuantileRule;
  /** Fewest returns. Default: enough that n * tail is at least one. */
  readonly minObservations?: number;
}

/** What a parametric measure is computed from. */
export interface Shape {
  readonly mean: number;
  readonly deviation: number;
  readonly skewness: number;
  /** Excess over the normal's 3. */
  readonly kurtosis: number;
}

/**
 * Historical value at risk: minus the sample quantile of order `tail`.
 *
 * None: `empty`, `not-finite`, `bad-tail`, `too-few-samples` when the tail holds less than one
 * return.
 */
export function historicalVar(returns: Series, level: HistoricalLevel): Measured<RiskFigure> {
  const sample = historicalSample(returns, level);
  if (!sample.ok) return sample;
  const { sorted, scale, observations, horizon } = sample.value;
  const quantile = sortedQuantile(sorted, toFraction(level.tail), level.rule ?? "ceiling");
  return measured({ loss: -quantile * scale, tail: level.tail, horizon, observations });
}

/** Returns of the horizon in ascending order, with the factor that is still to be applied. */
export interface HistoricalSample {
  readonly sorted: Float64Array;
  readonly scale: number;
  readonly horizon: number;
  readonly observations: number;
}

/** The sample that historical VaR and ES read, after window and horizon. */
export function historicalSample(
  returns: Series,
  level: HistoricalLevel,
): Measured<HistoricalSample> {
  const prepared = prepare(returns, level, 1);
  if (!prepared.ok) return prepared;
  const { window, horizon } = prepared.value;
  const rule = level.horizonRule ?? "root-time";
  const runs = rule === "root-time" || horizon === 1 ? window : overlapping(window, horizon, rule);
  if (runs.length === 0) return refused("too-few-samples", "the horizon is longer than the window");
  const fault = tooFewFor(runs.length, level);
  if (fault) return fault;
  const scale = runs === window ? Math.sqrt(horizon) : 1;
  return measured({ sorted: ascending(runs), scale, horizon, observations: window.length });
}

function tooFewFor(count: number, level: HistoricalLevel): Refusal | undefined {
  if (level.minObservations !== undefined) {
    if (count >= level.minObservations) return undefined;
    return refused("too-few-samples", `${count} returns, ${level.minObservations} were asked for`);
  }
  if (count * level.tail >= 1_000_000) return undefined;
  const needed = Math.ceil(1_000_000 / level.tail);
  return refused(
    "too-few-samples",
    `a tail of ${level.tail} ppm needs ${needed} returns, has ${count}`,
  );
}

function overlapping(window: Float64Array, horizon: number, rule: HorizonRule): Float64Array {
  const out = new Float64Array(Math.max(window.length - horizon + 1, 0));
  for (let t = 0; t < out.length; t++) {
    let sum = 0;
    let wealth = 1;
    for (let k = t; k < t + horizon; k++) {
      sum += at(window, k);
      wealth *= 1 + at(window, k);
    }
    out[t] = rule === "overlapping-log" ? sum : wealth - 1;
  }
  return out;
}

/** Checks level and series, and cuts the window. */
function prepare(
  returns: Series,
  level: Level,
  atLeast: number,
): Measured<{ readonly window: Float64Array; readonly horizon: number }> {
  const horizon = level.horizon ?? 1;
  const fault =
    faultOfTail(level.tail) ??
    faultOf(returns, atLeast, "returns") ??
    faultOfCount(horizon, 1, "horizon") ??
    (level.window === undefined ? undefined : faultOfCount(level.window, 1, "window"));
  if (fault) return fault;
  const size = level.window ?? returns.length;
  if (size > returns.length) {
    return refused("too-few-samples", `a window of ${size} was asked of ${returns.length} returns`);
  }
  const all = Float64Array.from(returns);
  return measured({ window: all.subarray(all.length - size), horizon });
}

export interface ShapeOptions {
  /** Divisor of the variance. Default `n`. */
  readonly divisor?: Divisor;
  /** `zero` takes the mean as nil, usual for short periods. Default `sample`. */
  readonly mean?: "sample" | "zero";
}

/**
 * Mean, deviation and, of central moments with divisor n, skewness and excess kurtosis.
 *
 * None: faults of the series, `too-few-samples` below four returns, `flat`.
 */
export function shapeOf(returns: Series, options: ShapeOptions = {}): Measured<Shape> {
  const fault = faultOf(returns, 4, "returns");
  if (fault) return fault;
  const own = meanOf(returns);
  const mean = options.mean === "zero" ? 0 : own;
  const count = options.divisor === "n-1" ? returns.length - 1 : returns.length;
  const skew = skewness(returns, "moment");
  if (!skew.ok) return skew;
  const kurt = kurtosis(returns, "excess");
  if (!kurt.ok) return kurt;
  const deviation = Math.sqrt(centralSum(returns, 2, mean) / count);
  return measured({ mean, deviation, skewness: skew.value, kurtosis: kurt.value });
}

/** The shape of h independent periods. */
const overHorizon = (shape: Shape, horizon: number): Shape => ({
  mean: shape.mean * horizon,
  deviation: shape.deviation * Math.sqrt(horizon),
  skewness: shape.skewness / Math.sqrt(horizon),
  kurtosis: shape.kurtosis / horizon,
});

/** The normal's loss: -mean - deviation z, z the normal quantile of the tail. Does not check. */
export const normalLoss = (shape: Pick<Shape, "mean" | "deviation">, tail: Ppm): number =>
  -shape.mean - shape.deviation * normalQuantile(toFraction(tail));

/** Normal (delta-normal) value at risk of a series. None: as `shapeOf` and `prepare`. */
export function normalVar(returns: Series, level: Level & ShapeOptions): Measured<RiskFigure> {
  const shape = shapeFor(returns, level);
  if (!shape.ok) return shape;
  return measured({ ...shape.value.figure, loss: normalLoss(shape.value.shape, level.tail) });
}

/** Shape over the horizon, with the figure that is to carry the loss. */
export function shapeFor(
  returns: Series,
  level: Level & ShapeOptions,
): Measured<{ readonly shape: Shape; readonly figure: Omit<RiskFigure, "loss"> }> {
  const prepared = prepare(returns, level, 4);
  if (!prepared.ok) return prepared;
  if (level.horizonRule !== undefined && level.horizonRule !== "root-time") {
    return refused("out-of-range", "a parametric measure goes over its horizon by root-time");
  }
  const { window, horizon } = prepared.value;
  const shape = shapeOf(window, level);
  if (!shape.ok) return shape;
  return measured({
    shape: overHorizon(shape.value, horizon),
    figure: { tail: level.tail, horizon, observations: window.length },
  });
}

/** A Cornish-Fisher loss says whether its expansion is a quantile function at all. */
export interface ModifiedFigure extends RiskFigure {
  /**
   * False where the expansion is not monotone over all tails: skewness and kurtosis lie outside its
   * domain, a smaller tail can give a smaller loss, and the figure must not be relied on.
   */
  readonly monotone: boolean;
}

/**
 * Cornish-Fisher ("modified") value at risk: -mean - h deviation.
 *
 * Source: Zangari (1996); Favre and Galeano (2002). Domain: Maillard (2012).
 * None: as `shapeOf`, `bad-tail`, `out-of-range` for a horizon or window that is no count.
 */
export function modifiedVar(
  returns: Series,
  level: Level & ShapeOptions,
): Measured<ModifiedFigure> {
  const found = shapeFor(returns, level);
  if (!found.ok) return found;
  const { shape, figure } = found.value;
  const loss = modifiedLoss(shape, level.tail);
  return measured({ ...figure, loss, monotone: isMonotone(shape) });
}

/** The Cornish-Fisher loss of a shape. Does not check. */
export const modifiedLoss = (shape: Shape, tail: Ppm): number =>
  -shape.mean - shape.deviation * cornishFisher(normalQuantile(toFraction(tail)), shape);

/** h = z + (z^2-1) S/6 + (z^3-3z) K/24 - (2z^3-5z) S^2/36. */
export function cornishFisher(z: number, shape: Pick<Shape, "skewness" | "kurtosis">): number {
  const s = shape.skewness;
  const k = shape.kurtosis;
  return (
    z + ((z ** 2 - 1) * s) / 6 + ((z ** 3 - 3 * z) * k) / 24 - ((2 * z ** 3 - 5 * z) * s ** 2) / 36
  );
}

/** Whether dh/dz = z^2 (K/8 - S^2/6) + z S/3 + 1 - K/8 + 5 S^2/36 is positive for every z. */
export function isMonotone(shape: Pick<Shape, "skewness" | "kurtosis">): boolean {
  const s = shape.skewness;
  const a = shape.kurtosis / 8 - s ** 2 / 6;
  const c = 1 - shape.kurtosis / 8 + (5 * s ** 2) / 36;
  if (a === 0) return s === 0 && c > 0;
  return a > 0 && (s / 3) ** 2 - 4 * a * c < 0;
}

/**
 * RiskMetrics value at risk of the next period: -z sqrt(h s2), s2 the exponential variance about
 * zero after the last return. None: as `ewmaVariance`.
 */
export function ewmaVar(
  returns: Series,
  level: Level & { readonly lambda: number; readonly seed?: EwmaSeed },
): Measured<RiskFigure> {
  const prepared = prepare(returns, level, 1);
  if (!prepared.ok) return prepared;
  const { window, horizon } = prepared.value;
  const path = ewmaVariance(window, level.lambda, level.seed);
  if (!path.ok) return path;
  const deviation = Math.sqrt(at(path.value, window.length - 1) * horizon);
  const loss = normalLoss({ mean: 0, deviation }, level.tail);
  return measured({ loss, tail: level.tail, horizon, observations: window.length });
}
