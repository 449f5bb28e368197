/** Ledoit and Wolf's shrinkage: a covariance that can be inverted when observations are few. */
import { centredOn, covariance, row, symmetric } from "./covariance.ts";
import { cell, type Rows } from "./matrix.ts";
import { type Measured, measured, refused } from "./refusal.ts";
import { at, faultOfSet, type SeriesSet } from "./series.ts";

/**
 * `scaled-identity`: towards the mean variance on the diagonal (Ledoit and Wolf 2004, JMVA 88; what
 * scikit-learn computes). `constant-correlation`: towards the mean correlation (2004, JPM 30).
 */
export type ShrinkageTarget = "scaled-identity" | "constant-correlation";

export interface Shrunk {
  readonly matrix: number[][];
  /** Weight of the target, 0 to 1. */
  readonly intensity: number;
}

/**
 * (1-d) S + d T with S of divisor n and the d that minimises the expected squared error.
 *
 * None: faults of the set, `too-few-samples` below four observations, `flat` where a variance is
 * zero.
 */
export function shrunkCovariance(returns: SeriesSet, target: ShrinkageTarget): Measured<Shrunk> {
  const fault = faultOfSet(returns, 4, "returns");
  if (fault) return fault;
  const sample = covariance(returns, { divisor: "n" });
  if (!sample.ok) return sample;
  const s = sample.value;
  if (!s.every((_, i) => cell(s, i, i) > 0)) return refused("flat", "a series does not vary");
  const set = returns.map((series) => centredOn(series, "mean"));
  const t = target === "scaled-identity" ? identityTarget(s) : constantTarget(s);
  const rho = target === "scaled-identity" ? 0 : rhoOf(set, s, t);
  const gamma = squares(s, (i, j) => cell(s, i, j) - cell(t, i, j));
  const kappa = gamma > 0 ? (piOf(set, s) - rho) / gamma : 0;
  const intensity = Math.max(0, Math.min(1, kappa / (set[0]?.length ?? 1)));
  const mix = (i: number, j: number): number =>
    (1 - intensity) * cell(s, i, j) + intensity * cell(t, i, j);
  return measured({ matrix: symmetric(s.length, mix), intensity });
}

function identityTarget(s: Rows): number[][] {
  const mean = s.reduce((sum, _, i) => sum + cell(s, i, i), 0) / s.length;
  return symmetric(s.length, (i, j) => (i === j ? mean : 0));
}

function constantTarget(s: Rows): number[][] {
  const n = s.length;
  const root = (i: number): number => Math.sqrt(cell(s, i, i));
  let sum = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) sum += cell(s, i, j) / (root(i) * root(j));
  }
  const mean = n > 1 ? sum / ((n * (n - 1)) / 2) : 0;
  return symmetric(n, (i, j) => (i === j ? cell(s, i, i) : mean * root(i) * root(j)));
}

/** Sum of the asymptotic variances of the entries of S, times the observations. */
function piOf(set: SeriesSet, s: Rows): number {
  const length = set[0]?.length ?? 1;
  return total(s, (i, j) => {
    let sum = 0;
    for (let t = 0; t < length; t++) {
      sum += (at(row(set, i), t) * at(row(set, j), t) - cell(s, i, j)) ** 2;
    }
    return sum / length;
  });
}

/** Sum of the asymptotic covariances of the target's entries with those of S. */
function rhoOf(set: SeriesSet, s: Rows, target: Rows): number {
  const length = set[0]?.length ?? 1;
  const root = (i: number): number => Math.sqrt(cell(s, i, i));
  const theta = (k: number, i: number, j: number): number => {
    let sum = 0;
    for (let t = 0; t < length; t++) {
      const own = at(row(set, k), t) ** 2 - cell(s, k, k);
      sum += own * (at(row(set, i), t) * at(row(set, j), t) - cell(s, i, j));
    }
    return sum / length;
  };
  return total(s, (i, j) => {
    if (i === j) return theta(i, i, i);
    const mean = cell(target, i, j) / (root(i) * root(j));
    const lift = (root(j) / root(i)) * theta(i, i, j) + (root(i) / root(j)) * theta(j, i, j);
    return (mean / 2) * lift;
  });
}

function total(m: Rows, f: (i: number, j: number) => number): number {
  let sum = 0;
  for (let i = 0; i < m.length; i++) for (let j = 0; j < m.length; j++) sum += f(i, j);
  return sum;
}

const squares = (m: Rows, f: (i: number, j: number) => number): number =>
  total(m, (i, j) => f(i, j) ** 2);
