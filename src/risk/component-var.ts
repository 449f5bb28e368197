/**
 * Who brings the risk: marginal, component and incremental VaR of a book, by the normal formula.
 */
import type { Ppm } from "../core/ppm.ts";
import { toFraction } from "../core/ppm.ts";
import { normalPdf, normalQuantile } from "./distributions.ts";
import { dot, faultOfSymmetric, type Rows, timesVector } from "./matrix.ts";
import { type Measured, measured, type Refusal, refused } from "./refusal.ts";
import { at, faultOf, faultOfTail, type Series } from "./series.ts";

/**
 * A total and its Euler parts: `parts[i] = weight[i] * marginal[i]`, and they add up to `total`.
 */
export interface Contributions {
  /** Loss of the whole, positive a loss. */
  readonly total: number;
  /** Change of the total for one more unit of each weight. */
  readonly marginal: number[];
  readonly parts: number[];
  /** parts / total; undefined where the total is zero. */
  readonly shares: number[] | undefined;
}

/** Weights or notionals with the mean and covariance of their returns. */
export interface Book {
  /** Signed, in money or as fractions: long positive. Need not add up to one. */
  readonly weights: Series;
  /** Mean return of each. Default all zero, usual for short horizons. */
  readonly means?: Series;
  readonly covariance: Rows;
}

/**
 * Normal VaR of a book with its Euler parts: VaR = -w.mu - z sqrt(w' S w).
 *
 * Units: those of weights times returns. Source: Garman (1996); Tasche (1999).
 * None: faults of the matrix, `length-mismatch`, `bad-tail`, `not-positive-definite`.
 */
export const normalComponentVar = (book: Book, tail: Ppm): Measured<Contributions> =>
  normalComponents(book, tail, (z) => -z);

/**
 * Normal expected shortfall of a book with its parts: ES = -w.mu + sqrt(w' S w) pdf(z)/tail.
 *
 * Units and None: as `normalComponentVar`.
 */
export const normalComponentEs = (book: Book, tail: Ppm): Measured<Contributions> =>
  normalComponents(book, tail, (z, p) => normalPdf(z) / p);

function normalComponents(
  book: Book,
  tail: Ppm,
  factorOf: (z: number, p: number) => number,
): Measured<Contributions> {
  const fault = faultOfTail(tail) ?? faultOfBook(book);
  if (fault) return fault;
  const p = toFraction(tail);
  const factor = factorOf(normalQuantile(p), p);
  const slopes = timesVector(book.covariance, book.weights);
  const square = dot(book.weights, slopes);
  const scale = book.covariance.reduce(
    (s, row, i) => s + (row[i] ?? 0) * at(book.weights, i) ** 2,
    0,
  );
  if (square < -1e-12 * scale) {
    return refused("not-positive-definite", "the covariance has a negative direction: repair it");
  }
  const sigma = Math.sqrt(Math.max(square, 0));
  // A book without risk has no slope: the deviation has a kink there, its parts are taken as zero.
  const marginal = slopes.map(
    (slope, i) => (sigma > 0 ? (factor * slope) / sigma : 0) - (book.means ? at(book.means, i) : 0),
  );
  return measured(contributions(marginal, book.weights));
}

/** Parts of a homogeneous measure out of its slopes. */
export function contributions(marginal: readonly number[], weights: Series): Contributions {
  const parts = marginal.map((slope, i) => slope * at(weights, i));
  const total = parts.reduce((sum, part) => sum + part, 0);
  const shares = total === 0 ? undefined : parts.map((part) => part / total);
  return { total, marginal: [...marginal], parts, shares };
}

/** Why a book cannot be measured, or undefined. */
function faultOfBook(book: Book): Refusal | undefined {
  const fault =
    faultOf(book.weights, 1, "weights") ??
    faultOfSymmetric(book.covariance, "covariance") ??
    (book.means ? faultOf(book.means, 1, "means") : undefined);
  if (fault) return fault;
  const n = book.weights.length;
  if (book.covariance.length !== n || (book.means && book.means.length !== n)) {
    return refused("length-mismatch", "weights, means and covariance are of one size");
  }
  return undefined;
}

/**
 * Incremental VaR: the VaR of the book with a change, less the VaR without it. Exact, not the
 * slope.
 *
 * Units: as the book. Positive: the change adds risk. None: as `normalComponentVar`.
 */
export function normalIncrementalVar(book: Book, change: Series, tail: Ppm): Measured<number> {
  const before = normalComponentVar(book, tail);
  if (!before.ok) return before;
  if (change.length !== book.weights.length) {
    return refused("length-mismatch", "the change has an entry for each weight");
  }
  const weights = Float64Array.from(book.weights, (w, i) => w + at(change, i));
  const after = normalComponentVar({ ...book, weights }, tail);
  return after.ok ? measured(after.value.total - before.value.total) : after;
}

/**
 * Parts added up by owner, e.g. by agent: `owners[i]` owns part i, 0 <= owner < count.
 *
 * The sums add up to the same total.
 * None: faults of the parts, `length-mismatch`, `out-of-range` for an owner that is none.
 */
export function byOwner(
  parts: Series,
  owners: ArrayLike<number>,
  count: number,
): Measured<Float64Array> {
  const fault = faultOf(parts, 1, "parts");
  if (fault) return fault;
  if (owners.length !== parts.length) {
    return refused("length-mismatch", "each part has one owner");
  }
  const out = new Float64Array(count);
  for (let i = 0; i < parts.length; i++) {
    const owner = owners[i] ?? -1;
    if (!(Number.isSafeInteger(owner) && owner >= 0 && owner < count)) {
      return refused("out-of-range", `owners[${i}] is 0 to ${count - 1}, was ${owner}`);
    }
    out[owner] = (out[owner] ?? 0) + at(parts, i);
  }
  return measured(out);
}
