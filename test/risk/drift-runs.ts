/** Runs of the drift alarm on pairs whose correlation is known, for tests and calibration. */
import type { Ppm } from "../../src/core/ppm.ts";
import {
  type DriftBaseline,
  detectorOf,
  driftBaseline,
  driftScan,
  shrunkTau,
} from "../../src/risk/drift.ts";
import type { DriftHorizon } from "../../src/risk/drift-calibration.ts";
import { taken } from "./reference-series.ts";
import type { Chance } from "./simulate.ts";

export interface Pair {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** Bivariate Student pairs of a correlation; `df` undefined is normal. */
export function pairsOf(chance: Chance, length: number, rho: number, df?: number): Pair {
  const x = new Float64Array(length);
  const y = new Float64Array(length);
  const rest = Math.sqrt(1 - rho * rho);
  for (let t = 0; t < length; t++) {
    const [a, b] = normals(chance);
    // One common divisor makes the pair elliptical: its tails come together.
    const scale = df === undefined ? 1 : Math.sqrt(df / chiSquare(chance, df));
    x[t] = a * scale;
    y[t] = (rho * a + rest * b) * scale;
  }
  return { x, y };
}

function normals(chance: Chance): readonly [number, number] {
  for (;;) {
    const u = 2 * chance.uniform() - 1;
    const v = 2 * chance.uniform() - 1;
    const w = u * u + v * v;
    if (w >= 1 || w === 0) continue;
    const scale = Math.sqrt((-2 * Math.log(w)) / w);
    return [u * scale, v * scale];
  }
}

/** Chi-square of a whole number of degrees of freedom, from its exponentials and one normal. */
function chiSquare(chance: Chance, df: number): number {
  let sum = 0;
  for (let k = 0; k + 1 < df; k += 2) sum -= 2 * Math.log(chance.uniform());
  if (df % 2 === 1) sum += normals(chance)[0] ** 2;
  return sum;
}

export interface Setting {
  readonly before: number;
  readonly now: number;
  readonly horizon: DriftHorizon;
  readonly df?: number;
  readonly base?: number;
}

/** One run: a baseline at the old correlation, a period at the new one. */
export function drawn(chance: Chance, setting: Setting): { baseline: DriftBaseline; period: Pair } {
  const old = pairsOf(chance, setting.base ?? 500, setting.before, setting.df);
  const baseline = taken(driftBaseline(old.x, old.y));
  return { baseline, period: pairsOf(chance, setting.horizon, setting.now, setting.df) };
}

/** Share of runs that alarm. */
export function alarmShare(chance: Chance, runs: number, setting: Setting, rate: Ppm): number {
  let alarms = 0;
  for (let run = 0; run < runs; run++) {
    const { baseline, period } = drawn(chance, setting);
    const scan = taken(driftScan(baseline, period.x, period.y, setting.horizon, rate));
    if (scan.after !== undefined) alarms++;
  }
  return alarms / runs;
}

/** Largest detector of one run without change: what the critical values are quantiles of. */
export function largestDetector(chance: Chance, setting: Setting): number {
  const { baseline, period } = drawn(chance, setting);
  const { x, y } = period;
  const first = Math.max(10, Math.floor(setting.horizon / 5));
  let concordance = 0;
  let largest = 0;
  for (let t = 1; t <= x.length; t++) {
    for (let i = 0; i < t - 1; i++) {
      const product =
        ((x[t - 1] as number) - (x[i] as number)) * ((y[t - 1] as number) - (y[i] as number));
      concordance += product > 0 ? 1 : product < 0 ? -1 : 0;
    }
    if (t < first) continue;
    const tau = shrunkTau(concordance, t);
    largest = Math.max(largest, Math.abs(detectorOf(baseline, tau, t, setting.horizon)));
  }
  return largest;
}
