/** What the fleet's risk desk tells observers: measures in words and numbers, amounts as decimal texts. */
import type { Regime } from "./words.ts";

/** One measured level. Losses are positive; rounded up. */
export interface TailView {
  /** Confidence in ppm: 990,000 is 99 %. */
  readonly level: number;
  readonly var: string;
}

/** How the fleet's own forecasts have fared. `verdict` says it in words, also when it is too early. */
export interface BacktestView {
  readonly level: number;
  readonly outcomes: number;
  readonly breaches: number;
  /** None: absent while there are too few outcomes. */
  readonly kupiecP?: number;
  readonly christoffersenP?: number;
  readonly light?: "green" | "yellow" | "red";
  readonly verdict: string;
}

export interface DriftRowView {
  readonly pair: string;
  /** Correlation over the baseline, over this period, and exponentially weighted. */
  readonly base: number;
  readonly recent: number;
  readonly weighted: number;
  /** At or above one: this pair alarms. */
  readonly strain: number;
}

export interface DriftView {
  readonly alarm: boolean;
  readonly says: string;
  /** Returns of this monitoring period, and how many it has at most. */
  readonly observations: number;
  readonly horizon: number;
  readonly sampleMinutes: number;
  /** Chance in ppm that a period alarms though nothing changed, all pairs together. */
  readonly falseAlarmRate: number;
  /** What the alarm finds, with its chance in ppm. */
  readonly power: readonly string[];
  readonly rows: readonly DriftRowView[];
  readonly averageBefore: number;
  readonly averageNow: number;
  /** Effective number of independent bets among the watched markets. */
  readonly betsBefore: number;
  readonly betsNow: number;
}

export interface SurvivalView {
  readonly name: string;
  readonly pnl: string;
  readonly equity: string;
  readonly survives: boolean;
}

/** Everything the desk measures of the fleet, as of the snapshot that carries it. */
export interface MeasuresView {
  readonly method: string;
  readonly horizon: string;
  /** Daily returns that are replayed, and their first and last day. */
  readonly window: number;
  readonly from: string;
  readonly to: string;
  /** None: absent where it cannot be measured; `notes` says why. */
  readonly tails?: readonly TailView[];
  /** Mean loss beyond 97.5 %. */
  readonly es975?: string;
  readonly stressed?: {
    readonly regime: Regime;
    readonly assumption: string;
    readonly var: string;
  };
  /** The larger of the two at the level of the limit, and why. */
  readonly worse?: { readonly measure: string; readonly var: string; readonly why: string };
  /** What an opening order may bring the value at risk to. None: absent without a limit. */
  readonly limit?: string;
  /**
   * The dry powder, and the range of r/kappa, in ppm, for which it is the best size: what a unit of
   * reserve costs to hold over what a unit too little costs, against the losses of the book of now.
   */
  readonly reserve?: {
    readonly kept: string;
    readonly impliedFrom: number;
    readonly impliedTo: number;
    /** None: absent where the rules do not size it; `sized` is then the value at risk at 1 - ratio. */
    readonly ratio?: number;
    readonly sized?: string;
  };
  /** Parts of the value at risk at the limit's level: they add up to it exactly. */
  readonly components?: readonly { readonly agent: string; readonly var: string }[];
  readonly equity: string;
  readonly maintenance: string;
  /** Ratios in ppm; absent where there is nothing to divide by. */
  readonly maintenanceRatio?: number;
  readonly equityRatio?: number;
  readonly health: {
    readonly level: string;
    readonly rows: readonly {
      readonly measure: string;
      readonly value: number | undefined;
      readonly level: string;
    }[];
  };
  /** Named scenarios, worst first. */
  readonly survival: readonly SurvivalView[];
  /** Smallest move of all prices together that breaks the fleet, as a fraction. */
  readonly breakingMove?: number;
  /** Effective number of independent bets in the book; absent while it is flat. */
  readonly effectiveBets?: number;
  readonly regime: {
    readonly now: Regime;
    readonly volatility: number;
    readonly pull: number;
    readonly averageCorrelation: number;
    readonly worstDay: number;
    readonly volatilityRatio: number;
    readonly reason: string;
  };
  readonly drift: DriftView;
  readonly backtests: readonly BacktestView[];
  /** What is approximate or missing, each as a sentence. */
  readonly notes: readonly string[];
}
