/**
 * How concordant each pair is with all the others: the scores that Kendall's tau is the mean of.
 */
import { at, type Series } from "./series.ts";

/**
 * Concordant less discordant partners of each pair. Ties count for neither.
 *
 * Cost: n log n by a Fenwick tree over the ranks of y in the order of x; n^2 where a series has
 * ties.
 * Source: the counting is Knight's (1966), kept by point. Lengths must be equal; does not check.
 */
export function concordanceScores(x: Series, y: Series): Float64Array {
  const n = x.length;
  const [ranksX, ranksY] = [ranksOf(x), ranksOf(y)];
  if (ranksX === undefined || ranksY === undefined) return plainScores(x, y);
  const byX = new Int32Array(n);
  for (let i = 0; i < n; i++) byX[ranksX[i] as number] = i;
  const tree = new Int32Array(n + 1);
  const scores = new Float64Array(n);
  for (let rankX = 0; rankX < n; rankX++) {
    const i = byX[rankX] as number;
    const rankY = ranksY[i] as number;
    const below = countBelow(tree, rankY);
    add(tree, rankY);
    // Left and below are `below`; right and above are those above less those left and above.
    const above = n - 1 - rankY - (rankX - below);
    scores[i] = 2 * (below + above) - (n - 1);
  }
  return scores;
}

/**
 * 1 where two differences have one sign, -1 where opposite, 0 at a tie. A product could underflow.
 */
export const concordanceOf = (dx: number, dy: number): number => Math.sign(dx) * Math.sign(dy);

/** The same by comparing every two pairs. */
export function plainScores(x: Series, y: Series): Float64Array {
  const n = x.length;
  const scores = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const xi = at(x, i);
    const yi = at(y, i);
    for (let j = 0; j < i; j++) {
      const sign = concordanceOf(xi - (x[j] as number), yi - (y[j] as number));
      scores[i] = (scores[i] as number) + sign;
      scores[j] = (scores[j] as number) + sign;
    }
  }
  return scores;
}

/**
 * How many are smaller, of each; undefined where two are equal.
 * Cost: n log n. Sorted as numbers and found again, which is faster than sorting places by a function.
 */
function ranksOf(series: Series): Int32Array | undefined {
  const sorted = new Float64Array(series).sort();
  const n = sorted.length;
  for (let k = 1; k < n; k++) if (sorted[k] === sorted[k - 1]) return undefined;
  const ranks = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const value = series[i] as number;
    let low = 0;
    let high = n - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    ranks[i] = low;
  }
  return ranks;
}

/** How many ranks below this one are in the tree. */
function countBelow(tree: Int32Array, rank: number): number {
  let count = 0;
  for (let k = rank; k > 0; k -= k & -k) count += tree[k] as number;
  return count;
}

function add(tree: Int32Array, rank: number): void {
  for (let k = rank + 1; k < tree.length; k += k & -k) tree[k] = (tree[k] as number) + 1;
}
