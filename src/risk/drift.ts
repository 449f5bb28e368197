/**
 * The drift alarm: whether two series still move together as they did, at a stated false-alarm
 * rate.
 */
import type { Ppm } from "../core/ppm.ts";
import { criticalValue, type DriftHorizon } from "./drift-calibration.ts";
import { concordanceOf, concordanceScores } from "./drift-concordance.ts";
import { type Measured, measured, refused } from "./refusal.ts";
import { at, faultOfSet, type Series } from "./series.ts";

/**
 * What the pair was like before: Kendall's tau, which any tails leave alone, and how far it
 * scatters.
 */
export interface DriftBaseline {
  readonly tau: number;
  /** atanh(tau), in which tau scatters evenly. */
  readonly z: number;
  /** Deviation of z for a sample of one; that of n is this over sqrt(n). */
  readonly deviation: number;
  readonly observations: number;
}

/** Fewest baseline pairs: below, the scatter itself is too uncertain for the stated rate. */
export const BASELINE_MIN = 250;

/**
 * Baseline of a pair: a fraction of a millisecond for 500 pairs.
 *
 * Formula: deviation = 2 sd(h) / (1 - tau^2), h[i] the mean concordance of pair i with all others,
 * the projection of the U-statistic. Limits: pairs are taken as independent in time; filter
 * volatility first where it clusters in one series and not in the other.
 * None: faults of the series, `too-few-samples` below 250 pairs, `flat` for perfect concordance.
 */
export function driftBaseline(x: Series, y: Series): Measured<DriftBaseline> {
  const fault = faultOfSet([x, y], BASELINE_MIN, "baseline");
  if (fault) return fault;
  const n = x.length;
  const score = concordanceScores(x, y);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (score[i] as number) / (n - 1);
  const tau = sum / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += ((score[i] as number) / (n - 1) - tau) ** 2;
  const deviation = (2 * Math.sqrt(squares / (n - 1))) / (1 - tau * tau);
  if (!(deviation > 0 && Math.abs(tau) < 1)) {
    return refused("flat", "the baseline is perfectly concordant or does not vary");
  }
  return measured({ tau, z: Math.atanh(tau), deviation, observations: n });
}

/** A monitoring period under way: the pairs since its start and what they say. Plain data. */
export interface DriftMonitor {
  readonly baseline: DriftBaseline;
  readonly horizon: DriftHorizon;
  /** Chance that a whole period alarms at least once though nothing changed. */
  readonly falseAlarmRate: Ppm;
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Concordant less discordant among the pairs of this period. */
  readonly concordance: number;
  /** The latest detector over its critical value: at or above one is an alarm. */
  readonly strain: number;
  readonly alarm: DriftAlarm | undefined;
}

export interface DriftAlarm {
  /** Observations of the period at which it came, from 1. */
  readonly after: number;
  readonly direction: "rise" | "fall";
  readonly tauBefore: number;
  readonly tauNow: number;
}

/** A period without observations. None: `out-of-range` for a rate that is not tabulated. */
export function driftMonitor(
  baseline: DriftBaseline,
  horizon: DriftHorizon,
  falseAlarmRate: Ppm,
): Measured<DriftMonitor> {
  const critical = criticalValue(horizon, falseAlarmRate, baseline.z);
  if (!critical.ok) return critical;
  const empty = { x: [], y: [], concordance: 0, strain: 0, alarm: undefined };
  return measured({ baseline, horizon, falseAlarmRate, ...empty });
}

/** No verdict before so many pairs of a period, or a fifth of it. */
const FIRST = 10;
const firstOf = (horizon: number): number => Math.max(FIRST, Math.floor(horizon / 5));
/**
 * Kendall's tau of t pairs, drawn to zero as if one more comparison had tied: perfect concordance
 * of ten pairs is then 45/46 and not infinitely far from everything.
 */
export const shrunkTau = (concordance: number, t: number): number =>
  concordance / ((t * (t - 1)) / 2 + 1);

/**
 * The period after one more pair of returns. O(pairs of the period).
 *
 * Formula: detector |atanh tau[t] - z| / (deviation sqrt(1/t + 1/B)) (t/H)^(1/4) against the
 * critical value; a closed period in the manner of Wied and Galeano (2013), with Kendall's tau for
 * Pearson's correlation. The first alarm stays. A full period refuses: begin a new one.
 * None: `not-finite`, `out-of-range` where the period is full.
 */
export function driftStep(monitor: DriftMonitor, x: number, y: number): Measured<DriftMonitor> {
  if (!Number.isFinite(x) || !Number.isFinite(y)) return refused("not-finite", "a pair is finite");
  if (monitor.x.length >= monitor.horizon) {
    return refused("out-of-range", "the monitoring period is over: begin a new one");
  }
  let concordance = monitor.concordance;
  for (let i = 0; i < monitor.x.length; i++) {
    concordance += concordanceOf(x - (monitor.x[i] as number), y - (monitor.y[i] as number));
  }
  const t = monitor.x.length + 1;
  const next = { ...monitor, x: [...monitor.x, x], y: [...monitor.y, y], concordance };
  if (t < firstOf(monitor.horizon)) return measured(next);
  const found = strainOf(monitor, concordance, t);
  if (!found.ok) return found;
  const { strain, tau } = found.value;
  return measured({ ...next, strain, alarm: monitor.alarm ?? alarmOf(monitor, strain, tau, t) });
}

function strainOf(
  { baseline, horizon, falseAlarmRate }: DriftMonitor,
  concordance: number,
  t: number,
): Measured<{ readonly strain: number; readonly tau: number }> {
  const critical = criticalValue(horizon, falseAlarmRate, baseline.z);
  if (!critical.ok) return critical;
  const tau = shrunkTau(concordance, t);
  const detector = detectorOf(baseline, tau, t, horizon);
  return measured({ strain: Math.abs(detector) / critical.value, tau });
}

/** The signed detector at t pairs of a period, tau as shrunk: positive where they move closer. */
export function detectorOf(
  baseline: DriftBaseline,
  tau: number,
  t: number,
  horizon: number,
): number {
  const scatter = baseline.deviation * Math.sqrt(1 / t + 1 / baseline.observations);
  return ((Math.atanh(tau) - baseline.z) / scatter) * (t / horizon) ** 0.25;
}

function alarmOf(
  { baseline }: DriftMonitor,
  strain: number,
  tau: number,
  after: number,
): DriftAlarm | undefined {
  if (strain < 1) return undefined;
  const direction = tau > baseline.tau ? "rise" : "fall";
  return { after, direction, tauBefore: baseline.tau, tauNow: tau };
}

/**
 * Largest strain over a whole period at once, for those who hold the pairs already. At or above one
 * the period alarms. At most `horizon` pairs.
 *
 * None: faults of the series, `out-of-range` for a rate that is not tabulated or too many pairs.
 */
export function driftScan(
  baseline: DriftBaseline,
  x: Series,
  y: Series,
  horizon: DriftHorizon,
  falseAlarmRate: Ppm,
): Measured<{ readonly strain: number; readonly after: number | undefined }> {
  const critical = criticalValue(horizon, falseAlarmRate, baseline.z);
  if (!critical.ok) return critical;
  const fault = faultOfSet([x, y], firstOf(horizon), "period");
  if (fault) return fault;
  if (x.length > horizon) return refused("out-of-range", `a period is at most ${horizon} pairs`);
  let concordance = 0;
  let strain = 0;
  let after: number | undefined;
  for (let t = 1; t <= x.length; t++) {
    const xt = at(x, t - 1);
    const yt = at(y, t - 1);
    for (let i = 0; i < t - 1; i++) {
      concordance += concordanceOf(xt - (x[i] as number), yt - (y[i] as number));
    }
    if (t < firstOf(horizon)) continue;
    const detector = detectorOf(baseline, shrunkTau(concordance, t), t, horizon);
    const now = Math.abs(detector) / critical.value;
    strain = Math.max(strain, now);
    if (now >= 1 && after === undefined) after = t;
  }
  return measured({ strain, after });
}

/** The Pearson correlation that a tau stands for in any elliptical law: sin(pi tau / 2). */
export const pearsonOfTau = (tau: number): number => Math.sin((Math.PI * tau) / 2);
