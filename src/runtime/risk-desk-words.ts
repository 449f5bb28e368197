/** What the drift alarm and the examinations say of themselves, in rows and in words. */
import { formatPpm, ONE, type Ppm } from "../core/ppm.ts";
import type { BacktestView, DriftView } from "../protocol/risk-view.ts";
import { DRIFT_POWER } from "../risk/drift-calibration.ts";
import { FALSE_ALARM_RATE } from "./risk-desk-drift.ts";
import { shown } from "./risk-desk-numbers.ts";
import { SAMPLE_MINUTES, type Watch } from "./risk-desk-watch.ts";

/**
 * Chance, in ppm, that one pair alarms within a period that begins with the change, where each of
 * several pairs is held to a part of the rate: Student with 4 degrees of freedom, a baseline of 500,
 * 2,000 runs each. Where many pairs change together, as in a crash, the chance of any is larger.
 */
const HELD_POWER: Readonly<Record<number, readonly number[]>> = {
  10000: [696_000, 685_000, 463_000, 995_000, 263_000, 254_000],
  5000: [583_000, 605_000, 364_000, 991_000, 201_000, 147_000],
};

/** What one pair's alarm finds at the rate it is held to, as sentences and as numbers. */
export const heldPower = (horizon: number, rate: number) =>
  DRIFT_POWER.map((one, i) => ({ ...one, power: HELD_POWER[rate]?.[i] ?? one.student4 })).filter(
    (one) => one.horizon === horizon,
  );

const powerOf = (horizon: number, rate: Ppm): string[] =>
  heldPower(horizon, rate).map(
    ({ before, after, power }) =>
      `${before} to ${after} within ${horizon} returns: ${formatPpm(power as Ppm)} for one pair ` +
      `held to ${formatPpm(rate)}, heavy tails`,
  );

export function driftView(watch: Watch): DriftView {
  const { drift } = watch;
  const { table } = drift;
  return {
    alarm: drift.alarm,
    says: drift.says,
    observations: drift.observations,
    horizon: drift.horizon,
    sampleMinutes: SAMPLE_MINUTES,
    falseAlarmRate: table?.statedRate ?? FALSE_ALARM_RATE,
    power: powerOf(drift.horizon, drift.ratePerPair),
    rows: (table?.rows ?? []).map((row) => ({
      pair: drift.pairOf(row),
      base: shown(row.base),
      recent: shown(row.recent),
      weighted: shown(row.weighted),
      strain: shown(row.strain),
    })),
    averageBefore: shown(table?.averageBefore ?? 0),
    averageNow: shown(table?.averageNow ?? 0),
    betsBefore: shown(table?.betsBefore ?? 0),
    betsNow: shown(table?.betsNow ?? 0),
  };
}

export const backtestViews = (watch: Watch): BacktestView[] =>
  watch.examinations.map(({ tail, state, report }) => {
    const base = {
      level: ONE - tail,
      outcomes: state.breaches.length,
      breaches: state.breaches.reduce((sum, one) => sum + one, 0),
    };
    if (!report.ok) return { ...base, verdict: `too early: ${report.reason}` };
    const { coverage, light, passes } = report.value;
    return {
      ...base,
      kupiecP: shown(coverage.unconditional.p),
      christoffersenP: shown(coverage.conditional.p),
      light: light.zone,
      verdict: passes
        ? "neither coverage nor independence is rejected at 5 %"
        : "coverage or independence is rejected at 5 %",
    };
  });
