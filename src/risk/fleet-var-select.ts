/** The k worst of many gains, without sorting: what a tick pays for a quantile. */
import { quickselect } from "./quantile.ts";

/** Up to so many worst values a sorted insertion beats quickselect by far. */
const INSERTION_MAX = 64;

/**
 * Fills `worst[0..k-1]` with the k smallest of `gains[0..n-1]`; the last is the k-th smallest.
 *
 * The insertion form leaves them ascending: its expected cost is one comparison a value and k
 * ln(n/k) insertions. `scratch` is overwritten where k is large. Needs 1 <= k <= n, worst and
 * scratch as long.
 */
export function selectWorst(
  gains: Float64Array,
  n: number,
  k: number,
  worst: Float64Array,
  scratch: Float64Array,
): void {
  if (k > INSERTION_MAX) {
    scratch.set(gains);
    quickselect(scratch, k - 1, n);
    for (let i = 0; i < k; i++) worst[i] = scratch[i] as number;
    return;
  }
  worst[0] = gains[0] as number;
  let size = 1;
  let edge = k === 1 ? (worst[0] as number) : Infinity;
  for (let s = 1; s < n; s++) {
    const gain = gains[s] as number;
    if (gain >= edge) continue;
    let i = size < k ? size++ : k - 1;
    while (i > 0 && (worst[i - 1] as number) > gain) {
      worst[i] = worst[i - 1] as number;
      i--;
    }
    worst[i] = gain;
    if (size === k) edge = worst[k - 1] as number;
  }
}

/**
 * Indexes of the k smallest gains, ties by the lower index, worst first. One pass and k log k: only what
 * is as low as the k-th smallest is put in order. Needs 1 <= k <= gains.
 */
export function worstScenarios(gains: Float64Array, k: number): number[] {
  const n = gains.length;
  const worst = new Float64Array(k);
  selectWorst(gains, n, k, worst, k > INSERTION_MAX ? new Float64Array(n) : worst);
  const edge = worst.reduce((most, gain) => Math.max(most, gain), -Infinity);
  const tail: number[] = [];
  for (let s = 0; s < n; s++) if ((gains[s] as number) <= edge) tail.push(s);
  tail.sort((a, b) => (gains[a] as number) - (gains[b] as number) || a - b);
  return tail.slice(0, k);
}
