/**
 * A running examination of the fleet's own forecasts: the last so many, judged after each outcome.
 */
import type { Ppm } from "../core/ppm.ts";
import { type CoverageReport, coverage } from "./backtest.ts";
import { type TrafficLight, trafficLight } from "./backtest-traffic.ts";
import { type Measured, measured, refused } from "./refusal.ts";
import { faultOfCount, faultOfTail } from "./series.ts";

/** The examination's whole memory: plain, immutable, fit for a journal or a snapshot. */
export interface LiveBacktest {
  readonly tail: Ppm;
  /** How many outcomes are remembered. */
  readonly window: number;
  /** Newest last: one for a breach. */
  readonly breaches: readonly number[];
  /** Outcomes ever seen, and breaches among them. */
  readonly seen: number;
  readonly seenBreaches: number;
}

export interface LiveReport {
  readonly coverage: CoverageReport;
  readonly light: TrafficLight;
  /** True while neither coverage nor independence is rejected at 5 %. */
  readonly passes: boolean;
}

/** An examination without outcomes yet. None: `bad-tail`, `out-of-range` for a window below 2. */
export function liveBacktest(tail: Ppm, window: number): Measured<LiveBacktest> {
  const fault = faultOfTail(tail) ?? faultOfCount(window, 2, "window");
  return fault ?? measured({ tail, window, breaches: [], seen: 0, seenBreaches: 0 });
}

/**
 * The examination after one more outcome.
 *
 * Units: `forecast` is the VaR as a positive loss, made before; `gain` what the same book made over
 * the horizon, a loss negative. None: `not-finite`.
 */
export function withOutcome(
  state: LiveBacktest,
  forecast: number,
  gain: number,
): Measured<LiveBacktest> {
  if (!Number.isFinite(forecast) || !Number.isFinite(gain)) {
    return refused("not-finite", "forecast and gain are finite");
  }
  const breach = gain < -forecast ? 1 : 0;
  const kept = state.breaches.slice(Math.max(0, state.breaches.length + 1 - state.window));
  return measured({
    ...state,
    breaches: [...kept, breach],
    seen: state.seen + 1,
    seenBreaches: state.seenBreaches + breach,
  });
}

/** Fewest expected breaches in the window before a verdict is given. */
const EXPECTED_MIN = 1;
const SIGNIFICANCE = 0.05;

/** What the window says now. None: `too-few-samples` until one breach is expected in it. */
export function liveReport(state: LiveBacktest): Measured<LiveReport> {
  const outcomes = state.breaches.length;
  if (outcomes * state.tail < EXPECTED_MIN * 1_000_000 || outcomes < 2) {
    const needed = Math.max(2, Math.ceil((EXPECTED_MIN * 1_000_000) / state.tail));
    return refused("too-few-samples", `${outcomes} outcomes, a verdict needs ${needed}`);
  }
  const report = coverage(state.breaches, state.tail);
  if (!report.ok) return report;
  const light = trafficLight(report.value.breaches, outcomes, state.tail);
  if (!light.ok) return light;
  const { unconditional, independence } = report.value;
  const passes = unconditional.p >= SIGNIFICANCE && independence.p >= SIGNIFICANCE;
  return measured({ coverage: report.value, light: light.value, passes });
}
