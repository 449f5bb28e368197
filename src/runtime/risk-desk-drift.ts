/** Whether the watched markets still move together as they did: one alarm at a stated rate, and its end. */
import type { Ppm } from "../core/ppm.ts";
import { type DriftBaseline, driftBaseline } from "../risk/drift.ts";
import { type DriftHorizon, FALSE_ALARM_RATES } from "../risk/drift-calibration.ts";
import { type DriftRow, type DriftTable, driftTable } from "../risk/drift-table.ts";
import type { Scenarios } from "./risk-desk-scenarios.ts";

/** Markets watched at once: ten pairs, each held to a tenth of the rate of all. */
export const WATCHED_MAX = 5;
/** Chance that a period alarms though nothing changed, all pairs together. */
export const FALSE_ALARM_RATE = 50_000 as Ppm;
/** Days of the baseline: what the alarm's rate and power were simulated with. */
const BASELINE_DAYS = 500;
/** Returns before a first verdict. */
const FIRST_VERDICT = 10;
/** An alarm ends after so many verdicts in a row of one fresh period below this strain. */
const QUIET_BELOW = 0.7;
const QUIET_VERDICTS = 3;

/** A market that is watched, by the asset whose history is its baseline. */
export interface Watched {
  readonly market: number;
  readonly asset: number;
}

export class DriftDesk {
  readonly #scenarios: Scenarios;
  readonly horizon: DriftHorizon;
  readonly #baselines = new Map<string, DriftBaseline | undefined>();
  #watched: readonly Watched[] = [];
  #period: number[][] = [];
  #quiet = 0;
  /** Assets of the newest verdict, in the order of its series. */
  #names: readonly string[] = [];
  /** The newest verdict; after an alarm the one that gave it, until there is a fresh one. */
  table: DriftTable | undefined;
  /** Why there is no verdict, or "". */
  says = "no returns have been sampled yet";
  alarm: boolean;

  /** @param alarm whether the law says so already: then it is cleared like any other. */
  constructor(scenarios: Scenarios, horizon: DriftHorizon, alarm: boolean) {
    this.#scenarios = scenarios;
    this.horizon = horizon;
    this.alarm = alarm;
  }

  get watched(): readonly Watched[] {
    return this.#watched;
  }

  get observations(): number {
    return this.#period[0]?.length ?? 0;
  }

  /** What each pair is held to, so that all together keep the rate. */
  get ratePerPair(): Ppm {
    const count = this.#watched.length;
    const pairs = Math.max(1, (count * (count - 1)) / 2);
    const rate = FALSE_ALARM_RATES.find((each) => each * pairs <= FALSE_ALARM_RATE);
    return (rate ?? FALSE_ALARM_RATE) as Ppm;
  }

  /** True when who is watched may be chosen anew: a period begins. */
  get beginning(): boolean {
    return this.observations === 0 || this.observations >= this.horizon;
  }

  /** Begins a period. Markets of one asset, or without a baseline, are to be left out before. */
  begin(watched: readonly Watched[]): void {
    this.#watched = watched;
    this.#period = watched.map(() => []);
    if (watched.length < 2) {
      this.says = "fewer than two markets with a history of their own have marks";
    }
  }

  /** One more return of every watched market, in their order. */
  add(returns: readonly number[]): void {
    if (this.#watched.length < 2) return;
    returns.forEach((value, i) => {
      this.#period[i]?.push(value);
    });
    if (this.observations < FIRST_VERDICT) {
      this.says = `${this.observations} returns, a verdict needs ${FIRST_VERDICT}`;
      return;
    }
    this.#judge();
  }

  #judge(): void {
    const baselines = this.#pairs();
    if (baselines === undefined) return;
    const base = this.#watched.map(({ asset }) => this.#history(asset));
    const told = driftTable(base, this.#period, {
      ...{ horizon: this.horizon, falseAlarmRate: FALSE_ALARM_RATE, baselines },
    });
    if (!told.ok) {
      this.says = told.reason;
      return;
    }
    this.table = told.value;
    this.#names = this.#watched.map(({ asset }) => this.#scenarios.assets[asset] ?? "?");
    const strain = this.worst?.strain ?? 0;
    if (strain >= 1) {
      this.alarm = true;
      this.says = `alarm: ${this.pairText()}`;
      this.#again();
    } else if (!this.alarm) this.says = "no pair has drifted";
    else this.#easing(strain);
  }

  /** The monitor returns: only a fresh period that stays quiet ends an alarm. */
  #easing(strain: number): void {
    if (strain >= QUIET_BELOW) {
      this.says = `the alarm holds: strain ${strain.toFixed(2)}, ends below ${QUIET_BELOW}`;
      return this.#again();
    }
    this.#quiet += 1;
    this.says = `quiet for ${this.#quiet} of ${QUIET_VERDICTS} verdicts`;
    if (this.#quiet < QUIET_VERDICTS) return;
    this.alarm = false;
    this.#quiet = 0;
    this.says = "the monitor has returned";
  }

  #again(): void {
    this.#quiet = 0;
    this.begin(this.#watched);
  }

  /** Baselines of all pairs. None: undefined where one cannot be had; `says` tells why. */
  #pairs(): readonly DriftBaseline[] | undefined {
    const out: DriftBaseline[] = [];
    for (const [i, first] of this.#watched.entries()) {
      for (const second of this.#watched.slice(i + 1)) {
        const kept = this.#baselineOf(first.asset, second.asset);
        if (kept === undefined) return undefined;
        out.push(kept);
      }
    }
    return out;
  }

  #baselineOf(first: number, second: number): DriftBaseline | undefined {
    const key = `${first}/${second}`;
    if (!this.#baselines.has(key)) {
      const made = driftBaseline(this.#history(first), this.#history(second));
      if (!made.ok) this.says = `no baseline: ${made.reason}`;
      this.#baselines.set(key, made.ok ? made.value : undefined);
    }
    return this.#baselines.get(key);
  }

  #history(asset: number): Float64Array {
    return (this.#scenarios.returns[asset] ?? new Float64Array()).slice(-BASELINE_DAYS);
  }

  /** The pair that strains most. None: undefined before the first verdict. */
  get worst(): DriftRow | undefined {
    return this.table?.rows.reduce((most, row) => (row.strain > most.strain ? row : most));
  }

  /** Such as `BTC/ETH`; "" before the first verdict. */
  pairOf(row: DriftRow | undefined): string {
    return row === undefined ? "" : `${this.#names[row.first]}/${this.#names[row.second]}`;
  }

  pairText(): string {
    const row = this.worst;
    if (row === undefined) return "seen before this coordinator led";
    return `${this.pairOf(row)} ${row.recent.toFixed(2)}, was ${row.base.toFixed(2)}`;
  }
}
