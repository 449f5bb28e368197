/** Whether two whole correlation matrices differ: Jennrich's chi-square, and Box's kin. */
import type { TestResult } from "./backtest.ts";
import { chiSquareSf } from "./distributions.ts";
import { cell, faultOfCorrelation, filled, inverse, product, type Rows, solve } from "./matrix.ts";
import { type Measured, measured, refused } from "./refusal.ts";
import { faultOfCount } from "./series.ts";

/**
 * `paper`: tr(ZZ)/2 - d' S^-1 d with S = I + R o R^-1. `psych`: tr(ZZ')/2 with S = R o R, what the
 * R package psych computes; it differs from the paper.
 */
export type JennrichForm = "paper" | "psych";

/**
 * Jennrich's test of equal correlation matrices, chi-square with p(p-1)/2 degrees of freedom.
 *
 * Formula: R = (n1 R1 + n2 R2)/(n1+n2), Z = sqrt(n1 n2/(n1+n2)) R^-1 (R1 - R2), d = diag Z.
 * Source: Jennrich (1970), JASA 65. Limits: normal data; under heavy tails it rejects too often, so
 * the drift alarm does not rest on it. None: faults of the matrices, `singular`, `out-of-range`.
 */
export function jennrich(
  r1: Rows,
  n1: number,
  r2: Rows,
  n2: number,
  form: JennrichForm = "paper",
): Measured<TestResult> {
  const fault =
    faultOfCorrelation(r1, "r1") ??
    faultOfCorrelation(r2, "r2") ??
    faultOfCount(n1, 2, "n1") ??
    faultOfCount(n2, 2, "n2");
  if (fault) return fault;
  const p = r1.length;
  if (r2.length !== p) return refused("length-mismatch", "the matrices are of one size");
  if (p < 2) return refused("too-few-samples", "one asset has no correlation");
  const pooled = filled(p, (i, j) => (n1 * cell(r1, i, j) + n2 * cell(r2, i, j)) / (n1 + n2));
  const inverted = inverse(pooled);
  if (!inverted.ok) return inverted;
  const root = Math.sqrt((n1 * n2) / (n1 + n2));
  const gap = filled(p, (i, j) => root * (cell(r1, i, j) - cell(r2, i, j)));
  const z = product(inverted.value, gap);
  const diagonal = z.map((_, i) => cell(z, i, i));
  const weight = filled(p, (i, j) =>
    form === "paper"
      ? (i === j ? 1 : 0) + cell(pooled, i, j) * cell(inverted.value, i, j)
      : cell(pooled, i, j) ** 2,
  );
  const solved = solve(weight, diagonal);
  if (!solved.ok) return solved;
  let trace = 0;
  for (let i = 0; i < p; i++) {
    for (let j = 0; j < p; j++) {
      trace += cell(z, i, j) * (form === "paper" ? cell(z, j, i) : cell(z, i, j));
    }
  }
  const taken = diagonal.reduce((sum, d, i) => sum + d * (solved.value[i] ?? 0), 0);
  const statistic = trace / 2 - taken;
  const df = (p * (p - 1)) / 2;
  return measured({ statistic, df, p: chiSquareSf(Math.max(0, statistic), df) });
}
