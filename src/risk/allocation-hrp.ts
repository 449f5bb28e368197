/**
 * Hierarchical risk parity: assets are grouped by correlation, then risk is split down the tree.
 */
import { must } from "../core/assert.ts";
import { correlationOf } from "./covariance.ts";
import {
  cell,
  dot,
  faultOfCorrelation,
  faultOfSymmetric,
  filled,
  type Rows,
  timesVector,
} from "./matrix.ts";
import { finite, type Measured, refused } from "./refusal.ts";

export type Linkage = "single" | "complete" | "average" | "ward";

export interface HrpOptions {
  /** How the distance between groups is taken; `single` by default, as in the paper. */
  readonly linkage?: Linkage;
  /**
   * What is clustered. `correlation` (default): d = sqrt((1 - rho) / 2) itself, as PyPortfolioOpt
   * does. `columns`: the Euclidean distance between the columns of that matrix, as the paper does.
   */
  readonly distance?: "correlation" | "columns";
  /** Correlations to cluster by; those of the covariance by default. */
  readonly correlation?: Rows;
}

export interface HrpAllocation {
  /** Long only, summing to 1, in the order of the matrix. */
  readonly weights: readonly number[];
  /** Assets from left to right under the tree. */
  readonly order: readonly number[];
  readonly volatility: number;
}

/**
 * Weights by hierarchical risk parity.
 *
 * Formula:  cluster, order the leaves, then halve the ordered list again and again (the first half
 *           is the shorter) and give each half the share 1 - v1 / (v1 + v2), v the variance of the
 *           half under inverse-variance weights.
 * Refusals: faults of the matrix; `flat` where a variance is zero.
 * Source:   Lopez de Prado, Building Diversified Portfolios that Outperform Out of Sample (2016).
 *           Leaves are ordered as scipy does: of two groups the one formed first is on the left.
 */
export function hierarchicalRiskParity(
  covariance: Rows,
  options: HrpOptions = {},
): Measured<HrpAllocation> {
  const fault = faultOfSymmetric(covariance, "covariance");
  if (fault) return fault;
  const own = correlationOf(covariance);
  if (!own.ok) return own;
  const correlation = options.correlation ?? own.value;
  const wrong = faultOfCorrelation(correlation, "correlation");
  if (wrong) return wrong;
  if (correlation.length !== covariance.length) {
    return refused("length-mismatch", "correlation and covariance have one size");
  }
  const { linkage = "single", distance = "correlation" } = options;
  const order = leafOrder(distances(correlation, distance), linkage);
  const weights = covariance.map(() => 1);
  let groups: readonly (readonly number[])[] = [order];
  while (groups.length > 0) {
    const halves = groups.flatMap((g) => {
      const middle = Math.floor(g.length / 2);
      return g.length > 1 ? [g.slice(0, middle), g.slice(middle)] : [];
    });
    for (let k = 0; k + 1 < halves.length; k += 2)
      split(covariance, weights, halves[k], halves[k + 1]);
    groups = halves;
  }
  const variance = dot(weights, timesVector(covariance, weights));
  return finite({ weights, order, volatility: Math.sqrt(Math.max(0, variance)) });
}

function split(
  covariance: Rows,
  weights: number[],
  left: readonly number[] = [],
  right: readonly number[] = [],
): void {
  const a = clusterVariance(covariance, left);
  const share = 1 - a / (a + clusterVariance(covariance, right));
  for (const i of left) weights[i] = (weights[i] ?? 0) * share;
  for (const i of right) weights[i] = (weights[i] ?? 0) * (1 - share);
}

/** Variance of a group under inverse-variance weights. */
function clusterVariance(covariance: Rows, group: readonly number[]): number {
  const inverse = group.map((i) => 1 / cell(covariance, i, i));
  const total = inverse.reduce((sum, v) => sum + v, 0);
  let variance = 0;
  for (const [a, i] of group.entries()) {
    for (const [b, j] of group.entries()) {
      variance += (inverse[a] ?? 0) * (inverse[b] ?? 0) * cell(covariance, i, j);
    }
  }
  return variance / total ** 2;
}

function distances(correlation: Rows, kind: "correlation" | "columns"): number[][] {
  const n = correlation.length;
  const direct = filled(n, (i, j) =>
    Math.sqrt(Math.min(1, Math.max(0, (1 - cell(correlation, i, j)) / 2))),
  );
  if (kind === "correlation") return direct;
  return filled(n, (i, j) =>
    Math.sqrt(direct.reduce((sum, row) => sum + ((row[i] ?? 0) - (row[j] ?? 0)) ** 2, 0)),
  );
}

interface Cluster {
  /** Number in order of forming; leaves come first. */
  readonly id: number;
  readonly size: number;
  readonly leaves: readonly number[];
  /** Distance to each other live cluster, by id. */
  readonly to: Map<number, number>;
}

/** Merges the two nearest groups until one is left; the leaves of that one, left to right. */
function leafOrder(d: Rows, linkage: Linkage): readonly number[] {
  const n = d.length;
  const live = new Map<number, Cluster>();
  for (let i = 0; i < n; i++) {
    const to = new Map<number, number>();
    for (let j = 0; j < n; j++) if (j !== i) to.set(j, cell(d, i, j));
    live.set(i, { id: i, size: 1, leaves: [i], to });
  }
  for (let id = n; live.size > 1; id++) {
    const [a, b, between] = nearest(live);
    const merged: Cluster = {
      id,
      size: a.size + b.size,
      leaves: [...a.leaves, ...b.leaves],
      to: new Map(),
    };
    live.delete(a.id);
    live.delete(b.id);
    for (const other of live.values()) {
      const far = joined(linkage, a, b, other, between);
      merged.to.set(other.id, far);
      other.to.set(id, far);
      other.to.delete(a.id);
      other.to.delete(b.id);
    }
    live.set(id, merged);
  }
  return [...live.values()][0]?.leaves ?? [];
}

/**
 * The two nearest live groups, the one formed first on the left; the earliest pair among equals.
 */
function nearest(live: ReadonlyMap<number, Cluster>): [Cluster, Cluster, number] {
  let best: [Cluster, Cluster, number] | undefined;
  for (const a of live.values()) {
    for (const b of live.values()) {
      if (a.id >= b.id) continue;
      const between = a.to.get(b.id) ?? Number.POSITIVE_INFINITY;
      if (best === undefined || between < best[2]) best = [a, b, between];
    }
  }
  return must(best, "two groups are left to merge");
}

/** Distance from a merged group to another, by the update of Lance and Williams. */
function joined(linkage: Linkage, a: Cluster, b: Cluster, other: Cluster, between: number): number {
  const da = a.to.get(other.id) ?? 0;
  const db = b.to.get(other.id) ?? 0;
  switch (linkage) {
    case "single":
      return Math.min(da, db);
    case "complete":
      return Math.max(da, db);
    case "average":
      return (a.size * da + b.size * db) / (a.size + b.size);
    case "ward": {
      const total = a.size + b.size + other.size;
      const square =
        ((a.size + other.size) * da * da +
          (b.size + other.size) * db * db -
          other.size * between * between) /
        total;
      return Math.sqrt(Math.max(0, square));
    }
  }
}
