/** What the drift alarm and the examinations say of themselves, in rows and in words. */
import { formatPpm, ONE } from "../core/ppm.ts";
import type { BacktestView, DriftView } from "../protocol/risk-view.ts";
import { DRIFT_POWER } from "../risk/drift-calibration.ts";
import { FALSE_ALARM_RATE } from "./risk-desk-drift.ts";
import { shown } from "./risk-desk-numbers.ts";
import { SAMPLE_MINUTES, type Watch } from "./risk-desk-watch.ts";

/**
 * The power that is published is of one pair at the whole rate. Every watched pair is held to a
 * part of it, so that an alarm of all has less; the words say so.
 */
function powerOf(horizon: number): string[] {
  return DRIFT_POWER.filter((one) => one.horizon === horizon).map(
    ({ before, after, student4 }) =>
      `${before} to ${after} within ${horizon} returns: ${formatPpm(student4)} for one pair ` +
      `held to ${formatPpm(FALSE_ALARM_RATE)}, heavy tails`,
  );
}

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
    power: powerOf(drift.horizon),
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
