/** Market time seen through the marks: returns at a steady distance, drift, weather, and own forecasts. */
import type { Ppm } from "../core/ppm.ts";
import { DAY, MINUTE } from "../core/time.ts";
import type { RegimeFacts } from "../protocol/risk-facts.ts";
import type { Regime } from "../protocol/words.ts";
import {
  type LiveBacktest,
  type LiveReport,
  liveBacktest,
  liveReport,
  withOutcome,
} from "../risk/backtest-live.ts";
import { correlationMatrix } from "../risk/correlation.ts";
import type { DriftHorizon } from "../risk/drift-calibration.ts";
import { exposureOf } from "../risk/fleet-var.ts";
import { fleetVar } from "../risk/fleet-var-measures.ts";
import type { Measured } from "../risk/refusal.ts";
import { REGIMES, regimeOf } from "../risk/regime.ts";
import type { RiskBook } from "./risk-desk-book.ts";
import { DriftDesk, FALSE_ALARM_RATE, WATCHED_MAX, type Watched } from "./risk-desk-drift.ts";
import { deviationOf, ppmDown, ppmUp } from "./risk-desk-numbers.ts";
import type { Scenarios } from "./risk-desk-scenarios.ts";

/** Market time between two returns: at half an hour the coins' moves are no longer out of step. */
export const SAMPLE_MINUTES = 30;
const SAMPLE_MS = SAMPLE_MINUTES * MINUTE;
/** How far from the half hour a mark may be: below a tenth of the way the noise of it is small. */
const NEAR_MS = 2 * MINUTE;
const SAMPLES_A_DAY = DAY / SAMPLE_MS;
/** Returns before volatility and correlation of now are judged. */
const WEATHER_MIN = 10;
/** Correlation of now: the newest so many returns. */
const WEATHER_WINDOW = 30;
/** Forecasts that are remembered. */
const OUTCOMES = 1_000;

export interface WatchSettings {
  readonly horizon: DriftHorizon;
  /** Tails whose forecasts are examined, e.g. one per cent. */
  readonly tails: readonly Ppm[];
}

interface Examined {
  readonly tail: Ppm;
  state: LiveBacktest;
  /** For the time until the next sample. None: undefined where nothing could be forecast. */
  forecast: number | undefined;
}

export class Watch {
  readonly drift: DriftDesk;
  readonly #book: RiskBook;
  readonly #scenarios: Scenarios;
  readonly #examined: Examined[];
  #bucket: number | undefined;
  #marketAt = 0;
  /** Marks at the newest half hour; undefined where they were far off it. */
  #before: Float64Array | undefined;
  /** A half hour that the marks which are about to be set are nearest to. */
  #crossed: { readonly next: boolean; readonly late: number } | undefined;
  /** Marks at the half hours of the last day, oldest first, however far off. */
  #day: readonly { readonly at: number; readonly marks: Float64Array }[] = [];
  /** Newest last. */
  #returns: Float64Array[] = [];
  /** Exposures in coins when the forecasts were made. */
  #held: Float64Array | undefined;
  #correlation: number;
  #volatilityRatio = 1;
  #regime: Regime;

  constructor(
    book: RiskBook,
    scenarios: Scenarios,
    settings: WatchSettings,
    before: { readonly regime: Regime; readonly frozen: boolean },
  ) {
    this.#book = book;
    this.#scenarios = scenarios;
    this.#regime = before.regime;
    const own = book.markets.filter(({ stand }) => !stand.proxy).map(({ stand }) => stand.asset);
    // With fewer than two assets there is nothing that could drift, nor ever end an alarm.
    const mayDrift = new Set(own).size >= 2;
    this.drift = new DriftDesk(scenarios, settings.horizon, before.frozen && mayDrift);
    this.#correlation = averageOf(scenarios.returns);
    this.#examined = settings.tails.flatMap((tail) => {
      const state = liveBacktest(tail, OUTCOMES);
      return state.ok ? [{ tail, state: state.value, forecast: undefined }] : [];
    });
  }

  /** Marks of this market time are about to be set: what stands until now may be a sample. */
  passing(marketAt: number): void {
    const bucket = Math.floor(marketAt / SAMPLE_MS);
    const [before, lastAt] = [this.#bucket, this.#marketAt];
    this.#marketAt = Math.max(lastAt, marketAt);
    if (before !== undefined && bucket <= before) return;
    this.#bucket = bucket;
    if (before === undefined) return;
    const half = bucket * SAMPLE_MS;
    const crossed = { next: bucket === before + 1, early: half - lastAt, late: marketAt - half };
    if (crossed.early <= crossed.late) this.#cross(crossed.next, crossed.early);
    else this.#crossed = crossed;
  }

  /** They are set: where they are nearer to the half hour than those before, they are the sample. */
  passed(): void {
    const crossed = this.#crossed;
    this.#crossed = undefined;
    if (crossed !== undefined) this.#cross(crossed.next, crossed.late);
  }

  /** @param next whether the half hour before this one was crossed before it. */
  #cross(next: boolean, off: number): void {
    const now = this.#book.fleet.marks.slice();
    const since = this.#marketAt - DAY;
    this.#day = [...this.#day.filter(({ at }) => at > since), { at: this.#marketAt, marks: now }];
    // What is far from a half hour, or comes behind a gap, is the end of no return.
    const before = next ? this.#before : undefined;
    const held = next ? this.#held : undefined;
    this.#before = undefined;
    this.#held = undefined;
    if (off > NEAR_MS) {
      const minutes = (off / MINUTE).toFixed(0);
      this.drift.says = `marks are ${minutes} market minutes off the half hour, allowed 2`;
      return;
    }
    this.#before = now;
    if (before !== undefined) this.#sampled(before, now, held);
    this.#forecast();
  }

  #sampled(before: Float64Array, now: Float64Array, held: Float64Array | undefined): void {
    if (held !== undefined) this.#examine(held, before, now);
    const moved = now.map((mark, i) => mark / (before[i] ?? Number.NaN) - 1);
    this.#returns = [...this.#returns, moved].slice(-SAMPLES_A_DAY);
    if (this.drift.beginning) this.drift.begin(this.#choose(now));
    const watched = this.drift.watched.map(({ market }) => moved[market] ?? Number.NaN);
    if (watched.every(Number.isFinite)) this.drift.add(watched);
    this.#weigh();
  }

  /** The markets with the largest exposure, one for each asset that has a history; then the first. */
  #choose(marks: Float64Array): readonly Watched[] {
    const able = this.#book.markets.flatMap(({ stand }, market) =>
      stand.proxy || !((marks[market] ?? 0) > 0) ? [] : [{ market, asset: stand.asset }],
    );
    const size = ({ market }: Watched): number => Math.abs(exposureOf(this.#book.fleet, market));
    const seen = new Set<number>();
    return able
      .sort((a, b) => size(b) - size(a) || a.market - b.market)
      .filter(({ asset }) => !seen.has(asset) && seen.add(asset))
      .slice(0, WATCHED_MAX);
  }

  /** Correlation and volatility of now against the usual, once a sample. */
  #weigh(): void {
    const { watched } = this.drift;
    const series = watched.map(({ market }) =>
      Float64Array.from(this.#returns, (row) => row[market] ?? Number.NaN).filter(Number.isFinite),
    );
    const shortest = Math.min(...series.map((one) => one.length));
    if (watched.length === 0 || shortest < WEATHER_MIN) return;
    const ratios = series.map((one, i) => {
      const usual = this.#scenarios.volatilities[watched[i]?.asset ?? -1] ?? 0;
      return usual > 0 ? (deviationOf(one) * Math.sqrt(SAMPLES_A_DAY)) / usual : 1;
    });
    this.#volatilityRatio = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    const recent = series.map((one) => one.slice(-Math.min(shortest, WEATHER_WINDOW)));
    this.#correlation = averageOf(recent);
  }

  /** Worst return of a watched market since a day ago, or since there are samples. */
  #worstDay(): number {
    const then = this.#day[0]?.marks;
    if (then === undefined) return 0;
    const { marks } = this.#book.fleet;
    const moves = this.drift.watched.map(
      ({ market }) => (marks[market] ?? Number.NaN) / (then[market] ?? Number.NaN) - 1,
    );
    return Math.max(-1, Math.min(0, ...moves.filter(Number.isFinite)));
  }

  /** The weather as it is now: a few divisions, fit for every mark. */
  judge(): RegimeFacts {
    const worstDay = this.#worstDay();
    const [averageCorrelation, volatilityRatio] = [this.#correlation, this.#volatilityRatio];
    const weather = { averageCorrelation, worstDay, volatilityRatio };
    const told = regimeOf(weather, this.#regime);
    // Worse is believed at once; calmer only by who has seen enough: not by one that just took over.
    const calmer = told.ok && REGIMES.indexOf(told.value) < REGIMES.indexOf(this.#regime);
    if (told.ok && !(calmer && this.#day.length < WEATHER_MIN)) this.#regime = told.value;
    const crisis = this.#regime === "liquidity-crisis";
    const { drift } = this;
    const { worst } = drift;
    return {
      regime: this.#regime,
      alarm: drift.alarm || crisis,
      reason: drift.alarm
        ? `correlations drift: ${drift.pairText()}`
        : crisis
          ? "a liquidity crisis"
          : `worst day ${(worstDay * 100).toFixed(1)} %, volatility ${volatilityRatio.toFixed(2)}x`,
      marketAt: this.#marketAt,
      averageCorrelation: ppmDown(averageCorrelation),
      worstDay: ppmDown(worstDay),
      volatilityRatio: ppmUp(volatilityRatio),
      strain: ppmUp(worst?.strain ?? 0),
      pair: drift.pairOf(worst),
      observations: drift.observations,
      falseAlarmRate: FALSE_ALARM_RATE,
    };
  }

  /** What the book made since the forecast, by the marks alone: trades in between do not count. */
  #examine(held: Float64Array, before: Float64Array, now: Float64Array): void {
    let gain = 0;
    for (let market = 0; market < held.length; market++) {
      const coins = held[market] ?? 0;
      if (coins !== 0) gain += coins * ((now[market] ?? 0) - (before[market] ?? 0));
    }
    for (const one of this.#examined) {
      if (one.forecast === undefined) continue;
      const next = withOutcome(one.state, one.forecast, gain);
      if (next.ok) one.state = next.value;
    }
  }

  /** One-day VaR brought to the time between two samples by the root of time. */
  #forecast(): void {
    const { fleet } = this.#book;
    const flat = fleet.holders.every((count) => count === 0);
    this.#held = Float64Array.from(fleet.marks, (mark, i) =>
      mark > 0 ? exposureOf(fleet, i) / mark : 0,
    );
    for (const one of this.#examined) {
      const told = fleetVar(fleet, one.tail);
      // A flat book forecasts nothing: an outcome of zero against zero would only flatter.
      one.forecast = told.ok && !flat ? told.value / Math.sqrt(SAMPLES_A_DAY) : undefined;
    }
  }

  /** The examinations so far, with what can be said of each. */
  get examinations(): readonly {
    readonly tail: Ppm;
    readonly state: LiveBacktest;
    readonly report: Measured<LiveReport>;
  }[] {
    return this.#examined.map(({ tail, state }) => ({ tail, state, report: liveReport(state) }));
  }
}

/** Mean correlation of series of one length; zero where there are not two that vary. */
function averageOf(series: readonly Float64Array[]): number {
  const told = series.length < 2 ? undefined : correlationMatrix(series);
  if (told === undefined || !told.ok) return 0;
  let sum = 0;
  let pairs = 0;
  told.value.forEach((row, i) => {
    for (let j = 0; j < i; j++) {
      sum += row[j] ?? 0;
      pairs += 1;
    }
  });
  return sum / pairs;
}
