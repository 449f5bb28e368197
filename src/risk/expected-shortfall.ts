/** Expected shortfall of one series of returns: the mean loss beyond the value at risk. */
import { type Ppm, toFraction } from "../core/ppm.ts";
import { normalPdf, normalQuantile } from "./distributions.ts";
import { ceilingRank, sortedQuantile } from "./quantile.ts";
import { type Measured, measured, refused } from "./refusal.ts";
import { at, type Series } from "./series.ts";
import {
  cornishFisher,
  type HistoricalLevel,
  historicalSample,
  isMonotone,
  type Level,
  type ModifiedFigure,
  type RiskFigure,
  type Shape,
  type ShapeOptions,
  shapeFor,
} from "./var.ts";

/**
 * Which returns the tail is averaged over.
 *
 * `worst-k`: the k = ceil(n tail) worst. `below`: those strictly below the quantile of `rule`
 * (PerformanceAnalytics). `at-or-below`: those not above it (its component form). `exact`: the
 * n tail worst, the last by its fraction (Acerbi and Tasche 2002): coherent for any n.
 */
export type TailMean = "worst-k" | "below" | "at-or-below" | "exact";

export interface ShortfallLevel extends HistoricalLevel {
  /** Default `worst-k`. */
  readonly tailMean?: TailMean;
}

/**
 * Historical expected shortfall.
 *
 * None: as `historicalVar`; `too-few-samples` where no return lies strictly below the quantile.
 */
export function historicalEs(returns: Series, level: ShortfallLevel): Measured<RiskFigure> {
  const sample = historicalSample(returns, level);
  if (!sample.ok) return sample;
  const { sorted, scale, horizon, observations } = sample.value;
  const mean = tailMeanOf(sorted, level);
  if (mean === undefined) return refused("too-few-samples", "no return lies below the quantile");
  return measured({ loss: -mean * scale, tail: level.tail, horizon, observations });
}

function tailMeanOf(sorted: Float64Array, level: ShortfallLevel): number | undefined {
  const n = sorted.length;
  const kind = level.tailMean ?? "worst-k";
  if (kind === "worst-k") return meanOfFirst(sorted, ceilingRank(n, level.tail));
  if (kind === "exact") {
    const size = (n * level.tail) / 1e6;
    const whole = Math.floor(size);
    const part = (size - whole) * at(sorted, Math.min(whole, n - 1));
    return (whole * (meanOfFirst(sorted, whole) ?? 0) + part) / size;
  }
  const edge = sortedQuantile(sorted, toFraction(level.tail), level.rule ?? "ceiling");
  let count = 0;
  while (count < n && (kind === "below" ? at(sorted, count) < edge : at(sorted, count) <= edge)) {
    count++;
  }
  return meanOfFirst(sorted, count);
}

function meanOfFirst(sorted: Float64Array, count: number): number | undefined {
  if (count === 0) return undefined;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += at(sorted, i);
  return sum / count;
}

/** The normal's expected shortfall: -mean + deviation pdf(z)/tail. Does not check. */
export function normalShortfall(shape: Pick<Shape, "mean" | "deviation">, tail: Ppm): number {
  const p = toFraction(tail);
  return -shape.mean + (shape.deviation * normalPdf(normalQuantile(p))) / p;
}

/** Normal expected shortfall of a series. None: as `normalVar`. */
export function normalEs(returns: Series, level: Level & ShapeOptions): Measured<RiskFigure> {
  const found = shapeFor(returns, level);
  if (!found.ok) return found;
  return measured({ ...found.value.figure, loss: normalShortfall(found.value.shape, level.tail) });
}

export interface ModifiedShortfallLevel extends Level, ShapeOptions {
  /** Default true: never below the modified VaR, the form that Boudt et al. call operational. */
  readonly operational?: boolean;
}

/**
 * Modified (Edgeworth) expected shortfall.
 *
 * Source: Boudt, Peterson, Croux (2008). `monotone` as for the modified VaR.
 * None: as `modifiedVar`.
 */
export function modifiedEs(
  returns: Series,
  level: ModifiedShortfallLevel,
): Measured<ModifiedFigure> {
  const found = shapeFor(returns, level);
  if (!found.ok) return found;
  const { shape, figure } = found.value;
  const loss = modifiedShortfall(shape, level.tail, level.operational ?? true);
  return measured({ ...figure, loss, monotone: isMonotone(shape) });
}

/** The modified shortfall of a shape. Does not check. */
export function modifiedShortfall(shape: Shape, tail: Ppm, operational: boolean): number {
  const p = toFraction(tail);
  const h = cornishFisher(normalQuantile(p), shape);
  const edge = edgeworth(h, shape) / p;
  return -shape.mean - shape.deviation * (operational ? Math.min(-edge, h) : -edge);
}

/** pdf(h) (1 + h^3 S/6 + (h^6-9h^4+9h^2+3) S^2/72 + (h^4-2h^2-1) K/24). */
export const edgeworth = (h: number, shape: Pick<Shape, "skewness" | "kurtosis">): number =>
  normalPdf(h) * edgeworthPolynomial(h, shape);

export function edgeworthPolynomial(
  h: number,
  shape: Pick<Shape, "skewness" | "kurtosis">,
): number {
  const s = shape.skewness;
  return (
    1 +
    (h ** 3 * s) / 6 +
    ((h ** 6 - 9 * h ** 4 + 9 * h ** 2 + 3) * s ** 2) / 72 +
    ((h ** 4 - 2 * h ** 2 - 1) * shape.kurtosis) / 24
  );
}
