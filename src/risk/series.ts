/** What a measure accepts as a series, a tail and a count, and how it says no to the rest. */
import { ONE, type Ppm } from "../core/ppm.ts";
import { type Measured, measured, type Refusal, refused } from "./refusal.ts";

/** Numbers in order of time: plain or typed. Never changed by a measure. */
export type Series = ArrayLike<number>;

/** Series of equal length, one a row: `rows[asset][time]`. */
export type SeriesSet = readonly Series[];

/**
 * Why a series cannot be measured, or undefined. Codes: `empty`, `too-few-samples`, `not-finite`.
 */
export function faultOf(series: Series, atLeast: number, what: string): Refusal | undefined {
  if (series.length === 0) return refused("empty", `${what} is empty`);
  for (let i = 0; i < series.length; i++) {
    if (!Number.isFinite(series[i])) return refused("not-finite", `${what}[${i}] is not finite`);
  }
  if (series.length < atLeast) {
    return refused("too-few-samples", `${what} has ${series.length} values, ${atLeast} are needed`);
  }
  return undefined;
}

/** Why a set of series cannot be measured together. Codes: those of a series, `length-mismatch`. */
export function faultOfSet(set: SeriesSet, atLeast: number, what: string): Refusal | undefined {
  const first = set[0];
  if (first === undefined) return refused("empty", `${what} holds no series`);
  for (let i = 0; i < set.length; i++) {
    const series = set[i] ?? [];
    if (series.length !== first.length) {
      return refused("length-mismatch", `${what}[${i}] is not as long as ${what}[0]`);
    }
    const fault = faultOf(series, atLeast, `${what}[${i}]`);
    if (fault) return fault;
  }
  return undefined;
}

/** Why a tail probability means nothing. Code `bad-tail` unless 0 < tail <= 500,000 ppm. */
export function faultOfTail(tail: Ppm): Refusal | undefined {
  if (Number.isSafeInteger(tail) && tail > 0 && tail <= ONE / 2) return undefined;
  return refused("bad-tail", `a tail is 1 to 500000 ppm, was ${tail}`);
}

/** Why a number is out of its range. Code `out-of-range`; a bound is allowed itself. */
export function faultOfRange(
  value: number,
  low: number,
  high: number,
  what: string,
): Refusal | undefined {
  if (Number.isFinite(value) && value >= low && value <= high) return undefined;
  return refused("out-of-range", `${what} is ${low} to ${high}, was ${value}`);
}

/** Why a count is none. Code `out-of-range` unless it is a whole number of at least `low`. */
export function faultOfCount(value: number, low: number, what: string): Refusal | undefined {
  if (Number.isSafeInteger(value) && value >= low) return undefined;
  return refused("out-of-range", `${what} is a whole number from ${low}, was ${value}`);
}

/**
 * Returns of prices: simple p[t]/p[t-1] - 1, or log ln(p[t]/p[t-1]). One fewer than the prices.
 *
 * None: `too-few-samples` below two prices, `not-positive` where a price is zero or negative.
 */
export function returnsOf(prices: Series, kind: "simple" | "log"): Measured<Float64Array> {
  const fault = faultOf(prices, 2, "prices");
  if (fault) return fault;
  const out = new Float64Array(prices.length - 1);
  for (let t = 0; t < prices.length; t++) {
    const price = prices[t] ?? 0;
    if (price <= 0) return refused("not-positive", `prices[${t}] is not positive`);
    if (t === 0) continue;
    const ratio = price / (prices[t - 1] ?? 1);
    out[t - 1] = kind === "log" ? Math.log(ratio) : ratio - 1;
  }
  return measured(out);
}

/** The values in ascending order, as a new array. */
export const ascending = (series: Series): Float64Array => Float64Array.from(series).sort();

/** The value at i. For indexes that the caller has already held within the length. */
export const at = (series: Series, i: number): number => series[i] ?? Number.NaN;
