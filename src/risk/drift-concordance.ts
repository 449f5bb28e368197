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
  const byX = orderOf(x);
  const byY = orderOf(y);
  if (hasTies(x, byX) || hasTies(y, byY)) return plainScores(x, y);
  const rankY = new Int32Array(n);
  byY.forEach((i, rank) => {
    rankY[i] = rank;
  });
  const tree = new Int32Array(n + 1);
  const scores = new Float64Array(n);
  for (let rankX = 0; rankX < n; rankX++) {
    const i = byX[rankX] as number;
    const below = countBelow(tree, rankY[i] as number);
    add(tree, rankY[i] as number);
    // Left and below are `below`; right and above are those above less those left and above.
    const above = n - 1 - (rankY[i] as number) - (rankX - below);
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

function orderOf(series: Series): Uint32Array {
  return Uint32Array.from(series, (_, i) => i).sort(
    (a, b) => (series[a] as number) - (series[b] as number),
  );
}

function hasTies(series: Series, order: Uint32Array): boolean {
  for (let k = 1; k < order.length; k++) {
    if (series[order[k] as number] === series[order[k - 1] as number]) return true;
  }
  return false;
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
