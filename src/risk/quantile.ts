/** Sample quantiles: the nine rules of Hyndman and Fan, the ceiling rule, weights, quickselect. */
import type { Ppm } from "../core/ppm.ts";
import { type Measured, measured, refused } from "./refusal.ts";
import { ascending, at, faultOf, faultOfRange, faultOfTail, type Series } from "./series.ts";

/**
 * Which observation, or mix of two, stands for a quantile.
 *
 * 1 to 9 are R's types. `ceiling` takes the k-th smallest, k = ceil(n p), in exact parts per
 * million.
 */
export type QuantileRule = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | "ceiling";

/** Absorbs the last bits of n p, so that 100 * 0.07 is 7 and not a little more. As in R. */
const FUZZ = 4 * Number.EPSILON;

/**
 * The sample quantile of order `probability`.
 *
 * Formula: docs/risk-var.md#quantiles. Source: Hyndman and Fan (1996); R stats::quantile.
 * None: `empty`, `not-finite`, `out-of-range` unless 0 <= probability <= 1.
 */
export function quantile(
  series: Series,
  probability: number,
  rule: QuantileRule = 7,
): Measured<number> {
  const fault = faultOf(series, 1, "series") ?? faultOfRange(probability, 0, 1, "a probability");
  return fault ?? measured(sortedQuantile(ascending(series), probability, rule));
}

/** The same of values already in ascending order, at least one, all finite. Does not check. */
export function sortedQuantile(sorted: Series, probability: number, rule: QuantileRule): number {
  const n = sorted.length;
  if (rule === "ceiling") return ranked(sorted, ceilingRank(n, toPpm(probability)));
  if (rule === 1 || rule === 2 || rule === 3) {
    const position = rule === 3 ? n * probability - 0.5 : n * probability;
    const j = Math.floor(position + FUZZ);
    return mix(sorted, j, stepWeight(rule, position, j));
  }
  if (rule === 7) {
    // R takes this one from 1 + (n-1)p itself, not through the general form: the bits differ.
    const index = 1 + Math.max(n - 1, 0) * probability;
    const j = Math.floor(index + FUZZ);
    return mix(sorted, j, small(index - j));
  }
  const [a, b] = OFFSETS[rule];
  const position = a + probability * (n + 1 - a - b);
  const j = Math.floor(position + FUZZ);
  return mix(sorted, j, small(position - j));
}

const OFFSETS = {
  4: [0, 1],
  5: [0.5, 0.5],
  6: [0, 0],
  8: [1 / 3, 1 / 3],
  9: [3 / 8, 3 / 8],
} as const;

const small = (h: number): number => (Math.abs(h) < FUZZ ? 0 : h);

function stepWeight(rule: 1 | 2 | 3, position: number, j: number): number {
  const beyond = position > j + FUZZ * Math.max(1, j);
  if (rule === 1) return beyond ? 1 : 0;
  if (rule === 2) return beyond ? 1 : 0.5;
  return beyond || j % 2 !== 0 ? 1 : 0;
}

/** (1-h) x[j] + h x[j+1], counted from 1 and held within the sample. */
function mix(sorted: Series, j: number, h: number): number {
  if (h === 0) return ranked(sorted, j);
  if (h === 1) return ranked(sorted, j + 1);
  return (1 - h) * ranked(sorted, j) + h * ranked(sorted, j + 1);
}

const ranked = (sorted: Series, rank: number): number =>
  at(sorted, Math.min(Math.max(rank, 1), sorted.length) - 1);

const toPpm = (probability: number): number => Math.round(probability * 1e6);

/**
 * ceil(n * tail) in integers, at least 1: which worst observation is the tail's edge.
 *
 * In floats ceil(100 * (1 - 0.99)) is 2. Here n <= 2^33 keeps the product a safe integer.
 */
export function ceilingRank(n: number, tail: number): number {
  const product = n * tail;
  const rest = product % 1_000_000;
  const whole = (product - rest) / 1_000_000;
  return Math.max(rest > 0 ? whole + 1 : whole, 1);
}

/**
 * The weighted quantile: the least value whose weight, added from the lowest up, reaches the tail.
 *
 * Formula: type 1 when the weights are equal. Source: Boudoukh, Richardson, Whitelaw (1998).
 * None: `length-mismatch`, `out-of-range` for a negative weight or none positive, `bad-tail`.
 */
export function weightedQuantile(series: Series, weights: Series, tail: Ppm): Measured<number> {
  const fault = faultOf(series, 1, "series") ?? faultOf(weights, 1, "weights") ?? faultOfTail(tail);
  if (fault) return fault;
  if (series.length !== weights.length) {
    return refused("length-mismatch", "there is one weight for each value");
  }
  const order = Array.from(series, (_, i) => i).sort((i, j) => at(series, i) - at(series, j));
  let total = 0;
  for (const i of order) {
    if (at(weights, i) < 0) return refused("out-of-range", "a weight is not negative");
    total += at(weights, i);
  }
  if (total <= 0) return refused("out-of-range", "some weight is positive");
  const target = (total * tail) / 1e6;
  let sum = 0;
  for (const i of order) {
    sum += at(weights, i);
    if (sum >= target * (1 - FUZZ)) return measured(at(series, i));
  }
  return measured(at(series, order[order.length - 1] ?? 0));
}

/**
 * Puts the value of rank `rank` (from 0, ascending) in its place and returns it; smaller ones end
 * up before it, larger ones after. Reorders `values`. Expected time is linear; needs 0 <= rank <
 * length.
 *
 * Source: Floyd and Rivest (1975), without their sampling step; the pivot is the median of three.
 */
export function quickselect(values: Float64Array, rank: number, length = values.length): number {
  let low = 0;
  let high = length - 1;
  while (low < high) {
    const pivot = medianOfThree(values, low, high);
    let i = low;
    let j = high;
    while (i <= j) {
      while ((values[i] as number) < pivot) i++;
      while ((values[j] as number) > pivot) j--;
      if (i > j) break;
      const held = values[i] as number;
      values[i] = values[j] as number;
      values[j] = held;
      i++;
      j--;
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else break;
  }
  return values[rank] as number;
}

function medianOfThree(values: Float64Array, low: number, high: number): number {
  const a = values[low] as number;
  const b = values[(low + high) >>> 1] as number;
  const c = values[high] as number;
  return a < b ? (b < c ? b : Math.max(a, c)) : a < c ? a : Math.max(b, c);
}
