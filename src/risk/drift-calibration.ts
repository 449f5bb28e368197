/** Critical values of the drift alarm, simulated under heavy tails; and what they cost and find. */
import { type Ppm, ppm } from "../core/ppm.ts";
import { type Measured, measured, refused } from "./refusal.ts";

/** Length of a monitoring period: 30 finds what is sudden, 130 what is small. */
export type DriftHorizon = 30 | 130;

/** False-alarm rates of a whole period that are tabulated, in ppm. */
export const FALSE_ALARM_RATES = [50_000, 10_000, 5_000, 1_000] as const;
const RATES: readonly number[] = FALSE_ALARM_RATES;

/** Correlations that the columns were simulated at; what is looked up is |atanh(tau)|. */
export const COLUMN_CORRELATIONS = [0, 0.2, 0.4, 0.6, 0.75, 0.85, 0.9, 0.95, 0.97, 0.99] as const;
const COLUMNS = COLUMN_CORRELATIONS.map((rho) => Math.atanh((2 / Math.PI) * Math.asin(rho)));

/**
 * One row a rate, one column a correlation; 30,000 runs each of a bivariate Student with 4 degrees
 * of freedom after a baseline of 500.
 *
 * Made by: FLOTILLA_CALIBRATE=30000 npx vitest run test/risk/drift-calibration.test.ts
 */
const TABLE: Readonly<Record<DriftHorizon, readonly (readonly number[])[]>> = {
  30: [
    [2.546, 2.534, 2.558, 2.581, 2.629, 2.713, 2.823, 3.105, 3.441, 3.969],
    [3.232, 3.183, 3.213, 3.257, 3.345, 3.499, 3.828, 4.392, 4.666, 5.499],
    [3.487, 3.452, 3.484, 3.54, 3.665, 3.849, 4.408, 4.827, 5.197, 6.153],
    [4.177, 4.049, 4.125, 4.181, 4.401, 4.952, 5.37, 5.935, 6.358, 7.386],
  ],
  130: [
    [2.35, 2.344, 2.345, 2.359, 2.358, 2.362, 2.391, 2.449, 2.485, 2.649],
    [2.92, 2.879, 2.908, 2.946, 2.921, 2.933, 2.96, 3.016, 3.076, 3.35],
    [3.134, 3.081, 3.1, 3.164, 3.148, 3.14, 3.174, 3.226, 3.288, 3.611],
    [3.592, 3.562, 3.561, 3.602, 3.64, 3.633, 3.658, 3.665, 3.837, 4.169],
  ],
};

/**
 * The value that the detector of a period passes with the given chance though nothing changed.
 *
 * Linear between the columns in |z|, the last column beyond them. None: `out-of-range` for a rate
 * that is not tabulated.
 */
export function criticalValue(horizon: DriftHorizon, rate: Ppm, z: number): Measured<number> {
  const row = TABLE[horizon]?.[RATES.indexOf(rate)];
  if (row === undefined) {
    return refused("out-of-range", `rates are ${FALSE_ALARM_RATES.join(", ")} ppm over 30 or 130`);
  }
  const size = Math.abs(z);
  const right = COLUMNS.findIndex((column) => column >= size);
  if (right < 0) return measured(row[row.length - 1] ?? Number.NaN);
  if (right === 0) return measured(row[0] ?? Number.NaN);
  const low = COLUMNS[right - 1] ?? 0;
  const high = COLUMNS[right] ?? 1;
  const h = (size - low) / (high - low);
  return measured((1 - h) * (row[right - 1] ?? 0) + h * (row[right] ?? 0));
}

/** What an alarm is worth: told wherever one is shown. */
export interface DriftPower {
  readonly before: number;
  readonly after: number;
  readonly horizon: DriftHorizon;
  /**
   * Chance, in ppm, that a period which begins with the change alarms before it ends, at a rate of
   * 5 % and a baseline of 500: under Student with 4 degrees of freedom, and under the normal.
   */
  readonly student4: Ppm;
  readonly normal: Ppm;
}

const found = (
  before: number,
  after: number,
  horizon: DriftHorizon,
  student4: number,
  normal: number,
): DriftPower => ({ before, after, horizon, student4: ppm(student4), normal: ppm(normal) });

/** Shares of 2,000 runs, to about a percent. test/risk/drift.test.ts holds the first two. */
export const DRIFT_POWER: readonly DriftPower[] = [
  found(0.75, 0.95, 30, 870_000, 940_000),
  found(0.08, 0.42, 130, 850_000, 910_000),
  found(0.42, 0.8, 30, 700_000, 790_000),
  found(0.42, 0.8, 130, 990_000, 990_000),
  found(0.42, 0.6, 130, 500_000, 570_000),
  found(0.95, 0.75, 30, 680_000, 850_000),
];
