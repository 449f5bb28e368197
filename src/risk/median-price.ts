/** One price of several: the median, and who agrees with it. */
import { abs, type Price } from "../core/money.ts";
import type { Ppm } from "../core/ppm.ts";

/** What one source says. */
export interface Reading {
  readonly price: Price;
}

export interface Median<R extends Reading> {
  readonly price: Price;
  /** Those within the divergence of it, among them the one that says it. */
  readonly agree: readonly R[];
  readonly apart: readonly R[];
}

const MILLION = 1_000_000n;

/** Is a price within the divergence of another? Exact, by cross-multiplying. */
export const agrees = (price: Price, mark: Price, divergence: Ppm): boolean =>
  abs(price - mark) * MILLION <= mark * BigInt(divergence);

/**
 * The median of what sources say, where more than half of them agree with it.
 *
 * Units:    prices as they are; divergence in ppm of the median.
 * Formula:  sorted ascending, the middle one; of an even number the nearer of the middle two to `last`, the
 *           lower where there is no last or both are as near. So it is always a price that somebody said.
 * Rounding: none.
 * None:     undefined of no reading, and where half or fewer are within the divergence of it: two that
 *           differ, three of which no two agree.
 * Bound:    with an odd number of readings, fewer than half of them false, it lies between true ones; with
 *           four or more of an even number and fewer than half false as well. Of two that agree it is within the
 *           divergence of the true one: two can say no more.
 * Source:   a median lies between honest reports while more than half are honest; that a source beyond a
 *           divergence from the median of all counts for nothing is how price indexes of exchanges are made
 *           (Binance Futures, price index, "single price source deviation": 5 % of 2020, weight zero).
 */
export function medianPrice<R extends Reading>(
  readings: readonly R[],
  last: Price | undefined,
  divergence: Ppm,
): Median<R> | undefined {
  const price = middleOf(
    readings.map((one) => one.price),
    last,
  );
  if (price === undefined) return undefined;
  const agree = readings.filter((one) => agrees(one.price, price, divergence));
  if (agree.length * 2 <= readings.length) return undefined;
  return { price, agree, apart: readings.filter((one) => !agree.includes(one)) };
}

function middleOf(prices: readonly Price[], last: Price | undefined): Price | undefined {
  const sorted = prices.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const upper = sorted[Math.floor(sorted.length / 2)];
  if (upper === undefined || sorted.length % 2 === 1) return upper;
  const lower = sorted[sorted.length / 2 - 1] ?? upper;
  return last !== undefined && abs(upper - last) < abs(lower - last) ? upper : lower;
}
