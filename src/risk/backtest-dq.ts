/** The dynamic quantile test: whether anything known yesterday predicts a breach. */
import { type Ppm, toFraction } from "../core/ppm.ts";
import { breachesOf, type TestResult } from "./backtest.ts";
import { chiSquareSf } from "./distributions.ts";
import { cell, dot, eigen, filled } from "./matrix.ts";
import { type Measured, measured, refused } from "./refusal.ts";
import { at, faultOfCount, faultOfTail, type Series } from "./series.ts";

export interface DynamicQuantileOptions {
  /** Breaches of so many days before. Default 4. */
  readonly lags?: number;
  /** Yesterday's squared return among the regressors (GAS). Default true. */
  readonly squaredReturn?: boolean;
  /** Today's VaR forecast among the regressors. Default true. */
  readonly forecast?: boolean;
}

/** Directions with less than this share of the largest eigenvalue carry no information. */
const RANK_TOLERANCE = 1e-12;

/**
 * DQ = H'X (X'X)^-1 X'H / (a(1-a)), H[t] = breach - a, chi-square with the number of regressors.
 *
 * Formula: regressors for t = lags..T-1: one, -VaR[t], H[t-lags]..H[t-1], r[t-1]^2. A collinear
 * regressor (a constant VaR) is dropped by the generalised inverse; df stays the number of columns.
 * Source: Engle and Manganelli (2004); the GAS package. Hits are strict.
 * None: faults of the series, `too-few-samples` below ten rows a regressor.
 */
export function dynamicQuantile(
  returns: Series,
  losses: Series,
  tail: Ppm,
  options: DynamicQuantileOptions = {},
): Measured<TestResult> {
  const lags = options.lags ?? 4;
  const fault = faultOfTail(tail) ?? faultOfCount(lags, 0, "lags");
  if (fault) return fault;
  const hits = breachesOf(returns, losses, "strict");
  if (!hits.ok) return hits;
  const alpha = toFraction(tail);
  const h = Float64Array.from(hits.value, (hit) => hit - alpha);
  const start = Math.max(lags, options.squaredReturn === false ? 0 : 1);
  const columns = regressors({ returns, losses, h, lags, start, options });
  const rows = returns.length - start;
  if (rows < 10 * columns.length) {
    return refused(
      "too-few-samples",
      `${columns.length} regressors need ${10 * columns.length} rows`,
    );
  }
  const statistic = projected(columns, h.subarray(start)) / (alpha * (1 - alpha));
  return measured({ statistic, df: columns.length, p: chiSquareSf(statistic, columns.length) });
}

interface Design {
  readonly returns: Series;
  readonly losses: Series;
  readonly h: Float64Array;
  readonly lags: number;
  readonly start: number;
  readonly options: DynamicQuantileOptions;
}

function regressors({ returns, losses, h, lags, start, options }: Design): Float64Array[] {
  const column = (f: (t: number) => number): Float64Array =>
    Float64Array.from({ length: returns.length - start }, (_, i) => f(i + start));
  const columns = [column(() => 1)];
  if (options.forecast !== false) columns.push(column((t) => -at(losses, t)));
  for (let lag = lags; lag >= 1; lag--) columns.push(column((t) => at(h, t - lag)));
  if (options.squaredReturn !== false) columns.push(column((t) => at(returns, t - 1) ** 2));
  return columns;
}

/** H'X (X'X)^+ X'H: squared length of H on the space of the columns, each scaled to unit length. */
function projected(columns: readonly Float64Array[], h: Float64Array): number {
  const scaled = columns.map((column) => {
    const length = Math.sqrt(dot(column, column));
    return length > 0 ? column.map((x) => x / length) : column;
  });
  const column = (i: number): Float64Array => scaled[i] ?? new Float64Array(0);
  const gram = filled(scaled.length, (i, j) => dot(column(i), column(j)));
  const loads = scaled.map((each) => dot(each, h));
  const { values, vectors } = eigen(gram);
  return values.reduce((sum, value, k) => {
    if (value <= RANK_TOLERANCE * (values[0] ?? 1)) return sum;
    const load = loads.reduce((s, x, i) => s + x * cell(vectors, k, i), 0);
    return sum + (load * load) / value;
  }, 0);
}
