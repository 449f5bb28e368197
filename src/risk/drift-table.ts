/** Every pair against its baseline in one table, and one alarm for all with a stated rate. */
import { ONE, type Ppm } from "../core/ppm.ts";
import type { TestResult } from "./backtest.ts";
import { concentration, correlationMatrix } from "./correlation.ts";
import { jennrich } from "./correlation-jennrich.ts";
import { ewmaCorrelation } from "./correlation-rolling.ts";
import { type DriftBaseline, driftBaseline, driftScan } from "./drift.ts";
import { type DriftHorizon, FALSE_ALARM_RATES } from "./drift-calibration.ts";
import { cell } from "./matrix.ts";
import { repairCorrelation } from "./matrix-repair.ts";
import { type Measured, measured, refused } from "./refusal.ts";
import { at, faultOfRange, faultOfSet, faultOfTail, type SeriesSet } from "./series.ts";

export interface DriftTableOptions {
  /** Pairs since the period began, at most the horizon. */
  readonly horizon: DriftHorizon;
  /** Chance that any pair alarms in a period though none changed. Default 5 %. */
  readonly falseAlarmRate?: Ppm;
  /** Decay of the weighted correlation shown beside. Default 0.94. */
  readonly lambda?: number;
  /** Baselines kept from before, for the pairs (0,1), (0,2), ... (1,2), ...; else made anew. */
  readonly baselines?: readonly DriftBaseline[];
}

/** One pair of series, first < second. */
export interface DriftRow {
  readonly first: number;
  readonly second: number;
  readonly base: number;
  readonly recent: number;
  readonly weighted: number;
  /** At or above one: this pair alarms. */
  readonly strain: number;
  readonly alarm: boolean;
}

export interface DriftTable {
  readonly rows: readonly DriftRow[];
  readonly alarm: boolean;
  /** What the alarm costs at most: each pair is held to this, and all together to `statedRate`. */
  readonly ratePerPair: Ppm;
  readonly statedRate: Ppm;
  readonly averageBefore: number;
  readonly averageNow: number;
  readonly betsBefore: number;
  readonly betsNow: number;
  /** The whole matrix at once, for information: under heavy tails it rejects too often. */
  readonly jennrich: TestResult | undefined;
}

/**
 * Recent returns of all series against their baseline.
 *
 * Formula: Bonferroni over the pairs, at the largest tabulated rate that keeps the sum within
 * `falseAlarmRate`; the sum that results is told. None: faults of the sets, `length-mismatch`,
 * `out-of-range` where so many pairs cannot be held to the rate, those of `driftBaseline`.
 */
export function driftTable(
  base: SeriesSet,
  recent: SeriesSet,
  options: DriftTableOptions,
): Measured<DriftTable> {
  const wanted = options.falseAlarmRate ?? (50_000 as Ppm);
  const lambda = options.lambda ?? 0.94;
  const fault =
    faultOfTail(wanted) ??
    faultOfRange(lambda, 0, 1, "lambda") ??
    faultOfSet(base, 2, "base") ??
    faultOfSet(recent, 2, "recent");
  if (fault) return fault;
  if (base.length !== recent.length || base.length < 2) {
    return refused("length-mismatch", "base and recent hold the same two or more series");
  }
  const pairs = (base.length * (base.length - 1)) / 2;
  const rate = FALSE_ALARM_RATES.find((each) => each * pairs <= wanted);
  if (rate === undefined) {
    return refused("out-of-range", `${pairs} pairs cannot be held to ${wanted} ppm together`);
  }
  if (options.baselines !== undefined && options.baselines.length !== pairs) {
    return refused("length-mismatch", "there is one baseline for each pair");
  }
  const rows: DriftRow[] = [];
  const before = correlationMatrix(base);
  if (!before.ok) return before;
  const now = correlationMatrix(recent);
  if (!now.ok) return now;
  for (let i = 0; i < base.length; i++) {
    for (let j = i + 1; j < base.length; j++) {
      const kept = options.baselines?.[rows.length];
      const baseline = kept ? measured(kept) : driftBaseline(base[i] ?? [], base[j] ?? []);
      if (!baseline.ok) return baseline;
      const row = pairRow(baseline.value, recent, [i, j], { ...options, lambda }, rate as Ppm);
      if (!row.ok) return row;
      const known = { base: cell(before.value, i, j), recent: cell(now.value, i, j) };
      rows.push({ ...row.value, ...known });
    }
  }
  const old = concentration(before.value);
  if (!old.ok) return old;
  // Fewer periods than series leave the recent matrix singular, never indefinite beyond rounding.
  const repaired = repairCorrelation(now.value);
  if (!repaired.ok) return repaired;
  const fresh = concentration(repaired.value.matrix);
  if (!fresh.ok) return fresh;
  const tested = jennrich(before.value, length(base), now.value, length(recent));
  return measured({
    rows,
    alarm: rows.some((row) => row.alarm),
    ratePerPair: rate as Ppm,
    statedRate: Math.min(rate * pairs, ONE) as Ppm,
    averageBefore: old.value.averagePairwise,
    averageNow: fresh.value.averagePairwise,
    betsBefore: old.value.effectiveBets,
    betsNow: fresh.value.effectiveBets,
    jennrich: tested.ok ? tested.value : undefined,
  });
}

const length = (set: SeriesSet): number => set[0]?.length ?? 0;

function pairRow(
  baseline: DriftBaseline,
  recent: SeriesSet,
  [first, second]: readonly [number, number],
  { horizon, lambda }: { readonly horizon: DriftHorizon; readonly lambda: number },
  rate: Ppm,
): Measured<Omit<DriftRow, "base" | "recent">> {
  const [x, y] = [recent[first] ?? [], recent[second] ?? []];
  const scan = driftScan(baseline, x, y, horizon, rate);
  if (!scan.ok) return scan;
  const weighted = ewmaCorrelation(x, y, lambda);
  if (!weighted.ok) return weighted;
  const { strain } = scan.value;
  const last = at(weighted.value, x.length - 1);
  return measured({ first, second, weighted: last, strain, alarm: strain >= 1 });
}
