/** Correlation between series: Pearson, Spearman, Kendall; how concentrated a matrix is. */
import { correlationOf, covariance, row, symmetric } from "./covariance.ts";
import { cell, eigen, faultOfCorrelation, type Rows } from "./matrix.ts";
import { type Measured, measured, refused } from "./refusal.ts";
import { at, faultOfSet, type Series, type SeriesSet } from "./series.ts";

export type CorrelationKind = "pearson" | "spearman" | "kendall";

/**
 * Correlation of two series of equal length.
 *
 * `spearman` is Pearson's of mid-ranks; `kendall` is tau-b, which corrects for ties.
 * None: `empty`, `too-few-samples` below two, `not-finite`, `length-mismatch`, `flat` where one is
 * constant.
 */
export function correlation(
  x: Series,
  y: Series,
  kind: CorrelationKind = "pearson",
): Measured<number> {
  const matrix = correlationMatrix([x, y], kind);
  return matrix.ok ? measured(cell(matrix.value, 0, 1)) : matrix;
}

/** All pairs of `returns[asset][time]`, ones on the diagonal. None: as for a pair. */
export function correlationMatrix(
  returns: SeriesSet,
  kind: CorrelationKind = "pearson",
): Measured<number[][]> {
  const fault = faultOfSet(returns, 2, "returns");
  if (fault) return fault;
  const flat = returns.findIndex(isFlat);
  if (flat >= 0) return refused("flat", `returns[${flat}] does not vary`);
  if (kind === "kendall") {
    return measured(
      symmetric(returns.length, (i, j) =>
        i === j ? 1 : kendallTau(row(returns, i), row(returns, j)),
      ),
    );
  }
  const set = kind === "spearman" ? returns.map(midRanks) : returns;
  const matrix = covariance(set);
  return matrix.ok ? correlationOf(matrix.value) : matrix;
}

function isFlat(series: Series): boolean {
  for (let i = 1; i < series.length; i++) if (at(series, i) !== at(series, 0)) return false;
  return true;
}

/** Ranks from 1; equal values share the mean of their ranks. */
export function midRanks(series: Series): Float64Array {
  const order = Array.from(series, (_, i) => i).sort((i, j) => at(series, i) - at(series, j));
  const ranks = new Float64Array(series.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    const value = at(series, order[start] ?? 0);
    while (end < order.length && at(series, order[end] ?? 0) === value) end++;
    for (let k = start; k < end; k++) ranks[order[k] ?? 0] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

/** tau-b by comparing all pairs: n^2/2, exact. */
function kendallTau(x: Series, y: Series): number {
  let agreed = 0;
  let untiedX = 0;
  let untiedY = 0;
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) {
      const dx = Math.sign(at(x, i) - at(x, j));
      const dy = Math.sign(at(y, i) - at(y, j));
      agreed += dx * dy;
      untiedX += dx * dx;
      untiedY += dy * dy;
    }
  }
  return agreed / Math.sqrt(untiedX * untiedY);
}

/** What a correlation matrix says about diversification. */
export interface Concentration {
  /** Mean of the off-diagonal correlations; 1 for a single asset. */
  readonly averagePairwise: number;
  /** Eigenvalues, largest first; they add up to the number of assets. */
  readonly eigenvalues: number[];
  /** Share of the variance that the first k factors explain, k = 1 to n (Kritzman et al. 2011). */
  readonly absorption: number[];
  /** exp of the entropy of the eigenvalue shares: 1 (all one bet) to n (all independent). */
  readonly effectiveBets: number;
  /** n^2 / sum of squared eigenvalues: the participation ratio, another count of bets. */
  readonly participation: number;
}

/**
 * Concentration of a correlation matrix (a covariance matrix is turned into one by
 * `correlationOf`).
 *
 * Source of the entropy form: Meucci (2009), over principal components.
 * None: `empty`, `length-mismatch`, `not-finite`, `not-symmetric`, `out-of-range`,
 * `not-positive-definite`.
 */
export function concentration(matrix: Rows): Measured<Concentration> {
  const fault = faultOfCorrelation(matrix, "correlation");
  if (fault) return fault;
  const n = matrix.length;
  const { values } = eigen(matrix);
  if ((values[n - 1] ?? 0) < -1e-9 * n)
    return refused("not-positive-definite", "repair the matrix first");
  let sum = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) sum += cell(matrix, i, j);
  let explained = 0;
  const absorption = values.map((value) => {
    explained += value / n;
    return explained;
  });
  const shares = values.map((value) => Math.max(value, 0) / n).filter((share) => share > 0);
  const entropy = -shares.reduce((total, share) => total + share * Math.log(share), 0);
  return measured({
    averagePairwise: n === 1 ? 1 : sum / ((n * (n - 1)) / 2),
    eigenvalues: values,
    absorption,
    effectiveBets: Math.exp(entropy),
    participation: (n * n) / values.reduce((total, value) => total + value * value, 0),
  });
}

/**
 * Meucci's effective number of bets of a portfolio: exp of the entropy of the variance shares that
 * the principal components of a covariance matrix have in it. 1 to n.
 *
 * None: `empty`, `length-mismatch`, `not-symmetric`, `length-mismatch`, `flat` when the variance is
 * zero.
 */
export function effectiveBets(weights: Series, matrix: Rows): Measured<number> {
  if (weights.length !== matrix.length || weights.length === 0) {
    return refused("length-mismatch", "there is one weight for each row");
  }
  const fault = faultOfSet([weights], 1, "weights");
  if (fault) return fault;
  const { values, vectors } = eigen(matrix);
  const parts = vectors.map((vector, k) => {
    const load = vector.reduce((sum, v, i) => sum + v * at(weights, i), 0);
    return Math.max(values[k] ?? 0, 0) * load * load;
  });
  const total = parts.reduce((sum, part) => sum + part, 0);
  if (!(total > 0)) return refused("flat", "the portfolio has no variance");
  const entropy = parts.reduce((sum, part) => {
    const share = part / total;
    return share > 0 ? sum - share * Math.log(share) : sum;
  }, 0);
  return measured(Math.exp(entropy));
}
