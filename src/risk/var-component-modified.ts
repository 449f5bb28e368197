/** Component VaR and ES by the Cornish-Fisher expansion: parts that see skewness and fat tails. */
import { type Ppm, toFraction } from "../core/ppm.ts";
import { type Contributions, contributions } from "./component-var.ts";
import { normalPdf, normalQuantile } from "./distributions.ts";
import { edgeworth, edgeworthPolynomial } from "./expected-shortfall.ts";
import { type Divisor, meanOf } from "./moments.ts";
import { type Measured, measured, refused } from "./refusal.ts";
import { at, faultOf, faultOfSet, faultOfTail, type Series, type SeriesSet } from "./series.ts";
import { cornishFisher, type Shape } from "./var.ts";

export interface ModifiedBook {
  /** `returns[asset][time]`. */
  readonly returns: SeriesSet;
  /** Signed, one for each asset. */
  readonly weights: Series;
  /**
   * Divisor of the covariance; third and fourth co-moments take n. Default `n-1`, as in R's cov.
   */
  readonly divisor?: Divisor;
}

/** A portfolio's shape and the slope of each of its numbers with respect to each weight. */
interface Sloped {
  readonly shape: Shape;
  readonly mean: number[];
  readonly deviation: number[];
  readonly skewness: number[];
  readonly kurtosis: number[];
}

/**
 * Modified VaR of a book with its Euler parts.
 *
 * Source: Boudt, Peterson, Croux (2008). None: faults of the set, `length-mismatch`, `flat`,
 * `bad-tail`.
 */
export function modifiedComponentVar(book: ModifiedBook, tail: Ppm): Measured<Contributions> {
  const found = slopesOf(book, tail);
  if (!found.ok) return found;
  const { shape, mean, deviation } = found.value;
  const z = normalQuantile(toFraction(tail));
  const h = cornishFisher(z, shape);
  const dh = quantileSlopes(z, found.value);
  const marginal = mean.map(
    (m, i) => -m - h * (deviation[i] ?? 0) - shape.deviation * (dh[i] ?? 0),
  );
  return measured(contributions(marginal, book.weights));
}

/**
 * Modified ES of a book with its parts. `operational`: never below the modified VaR.
 *
 * None: as `modifiedComponentVar`.
 */
export function modifiedComponentEs(
  book: ModifiedBook,
  tail: Ppm,
  operational = true,
): Measured<Contributions> {
  const found = slopesOf(book, tail);
  if (!found.ok) return found;
  const sloped = found.value;
  const { shape } = sloped;
  const p = toFraction(tail);
  const z = normalQuantile(p);
  const h = cornishFisher(z, shape);
  if (operational && -edgeworth(h, shape) / p > h) return modifiedComponentVar(book, tail);
  const dh = quantileSlopes(z, sloped);
  const value = edgeworth(h, shape) / p;
  const slope = edgeworthSlopes(h, shape);
  const marginal = sloped.mean.map((m, i) => {
    const de =
      slope.h * (dh[i] ?? 0) +
      slope.skewness * (sloped.skewness[i] ?? 0) +
      slope.kurtosis * (sloped.kurtosis[i] ?? 0);
    return -m + value * (sloped.deviation[i] ?? 0) + (shape.deviation * de) / p;
  });
  return measured(contributions(marginal, book.weights));
}

/** dh/dw: the expansion's slope through skewness and kurtosis. */
function quantileSlopes(z: number, sloped: Sloped): number[] {
  const s = sloped.shape.skewness;
  const bySkewness = (z ** 2 - 1) / 6 - ((2 * z ** 3 - 5 * z) * s) / 18;
  const byKurtosis = (z ** 3 - 3 * z) / 24;
  return sloped.skewness.map((ds, i) => bySkewness * ds + byKurtosis * (sloped.kurtosis[i] ?? 0));
}

/** Partial slopes of pdf(h) P(h, S, K). */
function edgeworthSlopes(h: number, shape: Shape) {
  const s = shape.skewness;
  const byH =
    (3 * h ** 2 * s) / 6 +
    ((6 * h ** 5 - 36 * h ** 3 + 18 * h) * s ** 2) / 72 +
    ((4 * h ** 3 - 4 * h) * shape.kurtosis) / 24;
  return {
    h: normalPdf(h) * (byH - h * edgeworthPolynomial(h, shape)),
    skewness: normalPdf(h) * (h ** 3 / 6 + ((h ** 6 - 9 * h ** 4 + 9 * h ** 2 + 3) * s) / 36),
    kurtosis: normalPdf(h) * ((h ** 4 - 2 * h ** 2 - 1) / 24),
  };
}

function slopesOf(book: ModifiedBook, tail: Ppm): Measured<Sloped> {
  const { returns, weights } = book;
  const fault =
    faultOfTail(tail) ?? faultOfSet(returns, 4, "returns") ?? faultOf(weights, 1, "weights");
  if (fault) return fault;
  if (weights.length !== returns.length) {
    return refused("length-mismatch", "there is one weight for each series");
  }
  const means = returns.map(meanOf);
  const length = returns[0]?.length ?? 0;
  const centred = portfolioOf(returns, weights, means);
  const covarianceCount = book.divisor === "n" ? length : length - 1;
  // d m_k / d w_i = k mean(x_i p^(k-1)): co-moments without ever building their n^3 and n^4
  // tensors.
  const co = (power: number, count: number): number[] =>
    returns.map((series, i) => {
      let sum = 0;
      for (let t = 0; t < length; t++) {
        sum += (at(series, t) - (means[i] ?? 0)) * at(centred, t) ** power;
      }
      return sum / count;
    });
  const c2 = co(1, covarianceCount);
  const c3 = co(2, length);
  const c4 = co(3, length);
  const along = (c: readonly number[]): number => c.reduce((s, x, i) => s + x * at(weights, i), 0);
  const m2 = along(c2);
  const m3 = along(c3);
  const m4 = along(c4);
  if (!(m2 > 0)) return refused("flat", "the portfolio does not vary");
  const shape = {
    mean: means.reduce((s, m, i) => s + m * at(weights, i), 0),
    deviation: Math.sqrt(m2),
    skewness: m3 / m2 ** 1.5,
    kurtosis: m4 / m2 ** 2 - 3,
  };
  return measured({
    shape,
    mean: means,
    deviation: c2.map((c) => c / shape.deviation),
    skewness: c3.map((c, i) => (3 * c) / m2 ** 1.5 - (3 * m3 * (c2[i] ?? 0)) / m2 ** 2.5),
    kurtosis: c4.map((c, i) => (4 * c) / m2 ** 2 - (4 * m4 * (c2[i] ?? 0)) / m2 ** 3),
  });
}

/** Returns of the portfolio less their mean. */
function portfolioOf(returns: SeriesSet, weights: Series, means: readonly number[]): Float64Array {
  const out = new Float64Array(returns[0]?.length ?? 0);
  returns.forEach((series, i) => {
    for (let t = 0; t < out.length; t++) {
      out[t] = (out[t] ?? 0) + at(weights, i) * (at(series, t) - (means[i] ?? 0));
    }
  });
  return out;
}
