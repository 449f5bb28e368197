/**
 * Repair of a matrix that no returns could have: the nearest positive semidefinite one, and how
 * far.
 */
import {
  cell,
  eigen,
  faultOfCorrelation,
  faultOfSymmetric,
  filled,
  frobenius,
  identity,
  type Rows,
} from "./matrix.ts";
import { type Measured, measured, refused } from "./refusal.ts";

/**
 * `spectral`: negative eigenvalues to zero, rows of the root rescaled to unit length (Rebonato and
 * Jaeckel 1999; QuantLib's Spectral). `higham`: the nearest correlation matrix in the Frobenius
 * norm by alternating projections with Dykstra's correction (Higham 2002). `shrink`: the least mix
 * with the identity that has no negative eigenvalue; keeps the order of the correlations.
 */
export type RepairMethod = "spectral" | "higham" | "shrink";

/** A matrix that is positive semidefinite, and what was done to make it so. */
export interface Repaired {
  readonly matrix: number[][];
  /** False: the matrix was fit as given and is returned unchanged. */
  readonly repaired: boolean;
  readonly method: RepairMethod | "none";
  /** Root of the summed squared changes, over all cells. Zero when nothing was done. */
  readonly distance: number;
  /** Largest change of one cell. */
  readonly largestChange: number;
  /** The least eigenvalue before the repair. Negative is why. */
  readonly minEigenvalueBefore: number;
}

export interface RepairOptions {
  readonly method?: RepairMethod;
  /** Least eigenvalue that the result must have, relative to the largest. Default 0. */
  readonly floor?: number;
}

/** A least eigenvalue above minus this share of the largest is rounding, not a fault. */
const ROUNDING = 1e-12;
const HIGHAM_STEPS_MAX = 2_000;
const HIGHAM_TOLERANCE = 1e-13;

/**
 * A correlation matrix made positive semidefinite with ones on the diagonal.
 *
 * None: `empty`, `length-mismatch`, `not-finite`, `not-symmetric`, `out-of-range`, `not-converged`.
 */
export function repairCorrelation(m: Rows, options: RepairOptions = {}): Measured<Repaired> {
  const fault = faultOfCorrelation(m, "correlation");
  if (fault) return fault;
  const { values } = eigen(m);
  const least = values[values.length - 1] ?? 0;
  const floor = Math.max(options.floor ?? 0, 0) * (values[0] ?? 1);
  if (least >= floor - ROUNDING * (values[0] ?? 1)) {
    return measured(unchanged(m, least));
  }
  const method = options.method ?? "spectral";
  const matrix =
    method === "spectral"
      ? spectral(m, floor)
      : method === "shrink"
        ? shrunk(m, least, floor)
        : higham(m, floor);
  if (matrix === undefined) return refused("not-converged", "the projections did not settle");
  return measured(report(m, matrix, method, least));
}

/**
 * A covariance matrix made positive semidefinite: its correlations are repaired, variances kept.
 *
 * None: as for correlations, and `not-positive` where a variance is zero or negative.
 */
export function repairCovariance(m: Rows, options: RepairOptions = {}): Measured<Repaired> {
  const fault = faultOfSymmetric(m, "covariance");
  if (fault) return fault;
  const roots = m.map((_, i) => Math.sqrt(cell(m, i, i)));
  if (!roots.every((root) => root > 0)) {
    return refused("not-positive", "a variance is zero or negative");
  }
  const scaled = (f: (i: number, j: number) => number): number[][] => filled(m.length, f);
  const root = (i: number): number => roots[i] ?? 1;
  const correlation = scaled((i, j) => (i === j ? 1 : cell(m, i, j) / (root(i) * root(j))));
  // |rho| > 1 is what an indefinite covariance may carry: clamp it, the repair does the rest.
  const clamped = scaled((i, j) => Math.max(-1, Math.min(1, cell(correlation, i, j))));
  const done = repairCorrelation(clamped, options);
  if (!done.ok) return done;
  const clampedAny = frobenius(clamped, correlation) > ROUNDING;
  if (!done.value.repaired && !clampedAny) {
    return measured(unchanged(m, done.value.minEigenvalueBefore));
  }
  const matrix = scaled((i, j) => cell(done.value.matrix, i, j) * root(i) * root(j));
  const least = Math.min(...eigen(m).values);
  return measured(report(m, matrix, options.method ?? "spectral", least));
}

function unchanged(m: Rows, least: number): Repaired {
  return {
    matrix: m.map((row) => [...row]),
    repaired: false,
    method: "none",
    distance: 0,
    largestChange: 0,
    minEigenvalueBefore: least,
  };
}

function report(before: Rows, after: number[][], method: RepairMethod, least: number): Repaired {
  let largestChange = 0;
  after.forEach((row, i) => {
    row.forEach((value, j) => {
      largestChange = Math.max(largestChange, Math.abs(value - cell(before, i, j)));
    });
  });
  return {
    matrix: after,
    repaired: true,
    method,
    distance: frobenius(before, after),
    largestChange,
    minEigenvalueBefore: least,
  };
}

function clippedEigen(m: Rows, floor: number): number[][] {
  const { values, vectors } = eigen(m);
  return filled(m.length, (i, j) =>
    values.reduce((sum, value, k) => {
      const kept = Math.max(value, floor);
      return kept === 0 ? sum : sum + kept * cell(vectors, k, i) * cell(vectors, k, j);
    }, 0),
  );
}

function spectral(m: Rows, floor: number): number[][] {
  const clipped = clippedEigen(m, floor);
  const scale = clipped.map((_, i) => Math.sqrt(cell(clipped, i, i)));
  return filled(m.length, (i, j) =>
    i === j ? 1 : cell(clipped, i, j) / ((scale[i] ?? 1) * (scale[j] ?? 1)),
  );
}

function shrunk(m: Rows, least: number, floor: number): number[][] {
  // (1-t) m + t I has least eigenvalue (1-t) least + t.
  const t = Math.min(1, (floor - least) / (1 - least));
  return filled(m.length, (i, j) => (i === j ? 1 : (1 - t) * cell(m, i, j)));
}

function higham(m: Rows, floor: number): number[][] | undefined {
  const n = m.length;
  let y = m.map((row) => [...row]);
  let correction = filled(n, () => 0);
  for (let step = 0; step < HIGHAM_STEPS_MAX; step++) {
    const r = filled(n, (i, j) => cell(y, i, j) - cell(correction, i, j));
    const x = clippedEigen(r, floor);
    correction = filled(n, (i, j) => cell(x, i, j) - cell(r, i, j));
    const next = filled(n, (i, j) => (i === j ? 1 : cell(x, i, j)));
    const moved = frobenius(next, y) / Math.max(1, frobenius(next, identity(n)));
    y = next;
    // The unit-diagonal projection may sit a rounding below zero: one rescaled clip ends there.
    if (moved < HIGHAM_TOLERANCE) return spectral(y, floor);
  }
  return undefined;
}
