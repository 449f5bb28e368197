/** Component and incremental VaR out of scenarios: no distribution is assumed. */
import { type Ppm, toFraction } from "../core/ppm.ts";
import { type QuantileRule, sortedQuantile } from "./quantile.ts";
import { type Measured, measured, type Refusal, refused } from "./refusal.ts";
import {
  ascending,
  at,
  faultOf,
  faultOfSet,
  faultOfTail,
  type Series,
  type SeriesSet,
} from "./series.ts";

/**
 * How the loss at a quantile is shared out.
 *
 * `tail-mean`: shares of the expected shortfall of scenarios not above the quantile, scaled to the
 * VaR (PerformanceAnalytics). `kernel`: shares in scenarios near the quantile under a triangle of
 * half width 2.575 s T^(-1/5) (Epperlein and Smillie 2006; PerformanceAnalytics). `scenario`: the
 * position's own loss in the one or two scenarios that are the quantile: exact, and noisy.
 */
export type HistoricalShare = "tail-mean" | "kernel" | "scenario";

export interface HistoricalBook {
  /** `returns[asset][scenario]`. */
  readonly returns: SeriesSet;
  /** Signed, one for each asset. */
  readonly weights: Series;
}

export interface HistoricalParts {
  /** Loss at the quantile, positive a loss. */
  readonly total: number;
  readonly parts: number[];
  /** Expected shortfall over the scenarios not above the quantile, with its exact parts. */
  readonly shortfall: number;
  readonly shortfallParts: number[];
}

/**
 * Historical VaR and ES of a book with their parts, which add up.
 *
 * None: faults of the set, `length-mismatch`, `bad-tail`, `too-few-samples` when the tail holds
 * less than one scenario, `flat` when the shares cannot be scaled.
 */
export function historicalComponents(
  book: HistoricalBook,
  tail: Ppm,
  options: { readonly rule?: QuantileRule; readonly share?: HistoricalShare } = {},
): Measured<HistoricalParts> {
  const fault = faultOfTail(tail) ?? faultOfScenarios(book);
  if (fault) return fault;
  const pnl = scenarioPnl(book);
  if (pnl.length * tail < 1_000_000) {
    return refused("too-few-samples", `a tail of ${tail} ppm holds no scenario of ${pnl.length}`);
  }
  const sorted = ascending(pnl);
  const edge = sortedQuantile(sorted, toFraction(tail), options.rule ?? "ceiling");
  const inTail = Float64Array.from(pnl, (x) => (x <= edge ? 1 : 0));
  const count = inTail.reduce((sum, x) => sum + x, 0);
  const shortfallParts = weighted(book, inTail).map((x) => -x / count);
  const shortfall = shortfallParts.reduce((sum, x) => sum + x, 0);
  const share = options.share ?? "tail-mean";
  const weights =
    share === "tail-mean" ? inTail : share === "kernel" ? kernel(pnl, edge) : nearest(pnl, edge);
  const raw = weighted(book, weights).map((x) => -x);
  const sum = raw.reduce((s, x) => s + x, 0);
  if (!(Math.abs(sum) > 0))
    return refused("flat", "the scenarios at the quantile carry no loss to share out");
  return measured({
    total: -edge,
    parts: raw.map((x) => (x / sum) * -edge),
    shortfall,
    shortfallParts,
  });
}

/** Gain of the book in each scenario: sum of weight times return. Does not check. */
function scenarioPnl(book: HistoricalBook): Float64Array {
  const out = new Float64Array(book.returns[0]?.length ?? 0);
  book.returns.forEach((series, i) => {
    const weight = at(book.weights, i);
    for (let t = 0; t < out.length; t++) out[t] = (out[t] ?? 0) + weight * at(series, t);
  });
  return out;
}

function weighted(book: HistoricalBook, weights: Float64Array): number[] {
  return book.returns.map((series, i) => {
    let sum = 0;
    for (let t = 0; t < weights.length; t++) sum += at(weights, t) * at(series, t);
    return sum * at(book.weights, i);
  });
}

function kernel(pnl: Float64Array, edge: number): Float64Array {
  const n = pnl.length;
  const mean = pnl.reduce((s, x) => s + x, 0) / n;
  const deviation = Math.sqrt(pnl.reduce((s, x) => s + (x - mean) ** 2, 0) / (n - 1));
  const width = (2.575 * deviation) / n ** 0.2;
  return Float64Array.from(pnl, (x) => Math.max(0, 1 - Math.abs((edge - x) / width)));
}

/**
 * Weight on the nearest scenario at or below the edge and at or above it, so that they mix to it.
 */
function nearest(pnl: Float64Array, edge: number): Float64Array {
  let below = -1;
  let above = -1;
  for (let t = 0; t < pnl.length; t++) {
    const x = at(pnl, t);
    if (x <= edge && (below < 0 || x > at(pnl, below))) below = t;
    if (x >= edge && (above < 0 || x < at(pnl, above))) above = t;
  }
  const out = new Float64Array(pnl.length);
  const gap = at(pnl, above) - at(pnl, below);
  const h = gap > 0 ? (edge - at(pnl, below)) / gap : 0;
  out[below] = (out[below] ?? 0) + 1 - h;
  out[above] = (out[above] ?? 0) + h;
  return out;
}

function faultOfScenarios(book: HistoricalBook): Refusal | undefined {
  const fault = faultOfSet(book.returns, 2, "returns") ?? faultOf(book.weights, 1, "weights");
  if (fault) return fault;
  if (book.weights.length === book.returns.length) return undefined;
  return refused("length-mismatch", "there is one weight for each series");
}

/**
 * VaR of the book with a change, less the VaR without. Positive: the change adds risk.
 *
 * None: `bad-tail`, faults of the set, `length-mismatch`.
 */
export function historicalIncremental(
  book: HistoricalBook,
  change: Series,
  tail: Ppm,
  rule: QuantileRule = "ceiling",
): Measured<number> {
  const fault = faultOfTail(tail) ?? faultOfScenarios(book) ?? faultOf(change, 1, "change");
  if (fault) return fault;
  if (change.length !== book.weights.length) {
    return refused("length-mismatch", "the change has an entry for each weight");
  }
  const weights = Float64Array.from(book.weights, (w, i) => w + at(change, i));
  const loss = (w: Series): number => {
    const sorted = ascending(scenarioPnl({ returns: book.returns, weights: w }));
    return -sortedQuantile(sorted, toFraction(tail), rule);
  };
  return measured(loss(weights) - loss(book.weights));
}
