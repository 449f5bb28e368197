/** Small symmetric matrices as rows of numbers: checks, Cholesky, inverse, eigenvalues. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { type Measured, measured, type Refusal, refused } from "./refusal.ts";

/** A matrix as rows. Never changed in place by these functions. */
export type Rows = readonly (readonly number[])[];

/** One cell; NaN outside. */
export const cell = (m: Rows, i: number, j: number): number => m[i]?.[j] ?? Number.NaN;

/** An n x n matrix of f(i, j). */
export const filled = (n: number, f: (i: number, j: number) => number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (__, j) => f(i, j)));

export const identity = (n: number): number[][] => filled(n, (i, j) => (i === j ? 1 : 0));

/** The product a b. Columns of a equal rows of b. */
export function product(a: Rows, b: Rows): number[][] {
  const columns = b[0]?.length ?? 0;
  return a.map((row) => {
    const out = new Array<number>(columns).fill(0);
    row.forEach((value, k) => {
      for (let j = 0; j < columns; j++) out[j] = (out[j] ?? 0) + value * cell(b, k, j);
    });
    return out;
  });
}

/** The product m v. */
export const timesVector = (m: Rows, v: ArrayLike<number>): number[] =>
  m.map((row) => row.reduce((sum, value, j) => sum + value * (v[j] ?? Number.NaN), 0));

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? Number.NaN) * (b[i] ?? Number.NaN);
  return sum;
};

export const transposed = (m: Rows): number[][] =>
  Array.from({ length: m[0]?.length ?? 0 }, (_, j) => m.map((row) => row[j] ?? Number.NaN));

/** Root of the sum of squared differences of two matrices of one shape. */
export const frobenius = (a: Rows, b: Rows): number =>
  Math.sqrt(
    a.reduce((s, row, i) => s + row.reduce((t, v, j) => t + (v - cell(b, i, j)) ** 2, 0), 0),
  );

/** Relative asymmetry that is taken for rounding. */
const SYMMETRY = 1e-9;

/**
 * Why a matrix is not a symmetric one: `empty`, `length-mismatch`, `not-finite`, `not-symmetric`.
 */
export function faultOfSymmetric(m: Rows, what: string): Refusal | undefined {
  const n = m.length;
  if (n === 0) return refused("empty", `${what} is empty`);
  for (let i = 0; i < n; i++) {
    if (m[i]?.length !== n) return refused("length-mismatch", `${what} is not square`);
    for (let j = 0; j < n; j++) {
      if (!Number.isFinite(cell(m, i, j))) {
        return refused("not-finite", `${what}[${i}][${j}] is not finite`);
      }
    }
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const gap = Math.abs(cell(m, i, j) - cell(m, j, i));
      if (gap > SYMMETRY * Math.max(1, Math.abs(cell(m, i, j)))) {
        return refused("not-symmetric", `${what}[${i}][${j}] differs from [${j}][${i}]`);
      }
    }
  }
  return undefined;
}

/** Why a matrix is not one of correlations: as above, `out-of-range` for diagonal or bounds. */
export function faultOfCorrelation(m: Rows, what: string): Refusal | undefined {
  const fault = faultOfSymmetric(m, what);
  if (fault) return fault;
  for (let i = 0; i < m.length; i++) {
    if (Math.abs(cell(m, i, i) - 1) > SYMMETRY) {
      return refused("out-of-range", `${what}[${i}][${i}] is not one`);
    }
    for (let j = 0; j < i; j++) {
      if (Math.abs(cell(m, i, j)) > 1 + SYMMETRY) {
        return refused("out-of-range", `${what}[${i}][${j}] is beyond one`);
      }
    }
  }
  return undefined;
}

/**
 * Eigenvalues, largest first, and their unit vectors, `vectors[k]` for `values[k]`.
 *
 * The sign of each vector is set so that its largest entry is positive: the same on any machine.
 */
export function eigen(m: Rows): { readonly values: number[]; readonly vectors: number[][] } {
  const n = m.length;
  const symmetric = filled(n, (i, j) => (cell(m, i, j) + cell(m, j, i)) / 2);
  const result = new EigenvalueDecomposition(new Matrix(symmetric), { assumeSymmetric: true });
  const columns = transposed(result.eigenvectorMatrix.to2DArray());
  const order = result.realEigenvalues.map((_, k) => k);
  order.sort((a, b) => (result.realEigenvalues[b] ?? 0) - (result.realEigenvalues[a] ?? 0));
  return {
    values: order.map((k) => result.realEigenvalues[k] ?? Number.NaN),
    vectors: order.map((k) => pointed(columns[k] ?? [])),
  };
}

function pointed(vector: readonly number[]): number[] {
  const largest = vector.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
  return largest < 0 ? vector.map((x) => -x) : [...vector];
}

/** A pivot below this share of its diagonal says that a matrix is singular in double precision. */
const PIVOT_MIN = 1e-13;

/** Lower triangular L with L L' = m. None: `singular` unless m is positive definite. */
export function cholesky(m: Rows): Measured<number[][]> {
  const n = m.length;
  const lower = filled(n, () => 0);
  for (let j = 0; j < n; j++) {
    const rowJ = lower[j] ?? [];
    const pivot = cell(m, j, j) - dot(rowJ.slice(0, j), rowJ);
    if (!(pivot > PIVOT_MIN * Math.abs(cell(m, j, j)))) {
      return refused("singular", `pivot ${j} is not positive`);
    }
    rowJ[j] = Math.sqrt(pivot);
    for (let i = j + 1; i < n; i++) {
      const rowI = lower[i] ?? [];
      rowI[j] = (cell(m, i, j) - dot(rowI.slice(0, j), rowJ)) / (rowJ[j] ?? 1);
    }
  }
  return measured(lower);
}

/** x with m x = b for a positive definite m. None: `singular`. */
export function solve(m: Rows, b: ArrayLike<number>): Measured<number[]> {
  const factor = cholesky(m);
  return factor.ok ? measured(substituted(factor.value, b)) : factor;
}

/** x with L L' x = b. */
export function substituted(lower: Rows, b: ArrayLike<number>): number[] {
  const n = lower.length;
  const x = Array.from({ length: n }, (_, i) => b[i] ?? Number.NaN);
  for (let i = 0; i < n; i++) {
    let sum = x[i] ?? 0;
    for (let k = 0; k < i; k++) sum -= cell(lower, i, k) * (x[k] ?? 0);
    x[i] = sum / cell(lower, i, i);
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i] ?? 0;
    for (let k = i + 1; k < n; k++) sum -= cell(lower, k, i) * (x[k] ?? 0);
    x[i] = sum / cell(lower, i, i);
  }
  return x;
}

/** The inverse of a positive definite matrix. None: `singular`. */
export function inverse(m: Rows): Measured<number[][]> {
  const factor = cholesky(m);
  if (!factor.ok) return factor;
  const unit = identity(m.length);
  return measured(transposed(unit.map((column) => substituted(factor.value, column))));
}
