/** One market as the fold keeps it: its policy, its marks, and what was learned from them. */
import type { AgentId, SourceId } from "../core/ids.ts";
import type { Price } from "../core/money.ts";
import type { Ppm } from "../core/ppm.ts";
import type { Millis } from "../core/time.ts";
import type { MarketPolicy } from "../protocol/policy.ts";
import type { MarkTime } from "./past-state.ts";

/** What one of several sources said last. */
export interface Reading {
  readonly price: Price;
  /** The source's own time of it, and when it was admitted: what its age is measured by. */
  readonly at: Millis;
  readonly heardAt: Millis;
  /** Readings in a row that were beyond the divergence, and whether it counts no more for that. */
  readonly doubts: number;
  readonly quarantined: boolean;
}

export interface Market {
  policy: MarketPolicy;
  /** No longer in the rules: what is open there may only be reduced. */
  delisted: boolean;
  mark: Price | undefined;
  /** The marks added up over time, until this one came. */
  markTime: MarkTime;
  /** Admission time of the mark: what its age is measured by. */
  markAt: Millis;
  /** The source's own time of it. */
  sourceAt: Millis;
  /** The last mark that the volatility was taken at, and the yearly variance, in ppm squared. */
  sampled: { readonly at: Millis; readonly price: Price } | undefined;
  variance: bigint;
  /** The part of the leverage that volatility leaves, as it was told last. */
  scale: Ppm;
  /** Admission time of the newest mark that was another price, and readings since that said the same. */
  movedAt: Millis;
  repeats: number;
  /** A jump that was not believed at first: the same again confirms it. */
  doubted: Price | undefined;
  /** Funding rate of the last payment, in 1e-9 of the notional. None: undefined until one is told. */
  rateNano: bigint | undefined;
  /**
   * The venue would not take an order of the coordinator's for its price: the mark that it was priced by, how often
   * in a row, and until when nothing is sent by that mark again. None: undefined once one is taken.
   */
  refused: { readonly mark: Price; readonly times: number; readonly until: Millis } | undefined;
  readonly positions: Set<AgentId>;
  /** By source; empty where the venue alone is asked. */
  readonly readings: Map<SourceId, Reading>;
  /** Its sources do not agree: the mark stands as it was, and nothing opens. */
  uncertain: boolean;
}
