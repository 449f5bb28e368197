/** Margin calls and the marks that are kept for a crisis, as the fold keeps them. */
import { type AgentId, type Id, id, type MarketId } from "../core/ids.ts";
import { type Micro, ZERO } from "../core/money.ts";
import { type Millis, millis } from "../core/time.ts";
import type { CallPhase } from "../protocol/words.ts";

/** A margin call of the fleet, or of an isolated agent. The last one is kept. */
export interface MarginCall {
  readonly call: Id;
  phase: CallPhase;
  readonly graceEndsAt: Millis;
  /** When the next plan is due; a plan without steps waits longer each time. */
  planAt: Millis;
  waitMs: number;
}

/** What the plans of the two duties that close positions are called; their orders carry it as their cause. */
export const ORANGE = id("orange");
export const TRAILING = id("trailing-stop");

/** A duty that closes positions without a call, while what it wants closed is not. */
export interface Followed {
  /** When it is looked at again, and how long the last plan without steps waited. */
  planAt: Millis;
  waitMs: number;
  /** Until when what it asked back may land. Zero: nothing was. */
  landsBy: Millis;
  /** What may stay reserved. None: undefined where the zone says it. */
  target: Micro | undefined;
}

/** What plans have sent into a market in the span of the rules' pace. */
export interface Paced {
  readonly since: Millis;
  /** USDC at the marks of the plans, sells positive. */
  readonly net: Micro;
}

export interface CrisisState {
  /** How many thresholds of maintenance are passed. */
  alert: number;
  /** Highest equity, moved by what comes in and goes out. */
  peak: Micro;
  /** Calls made so far: they are numbered. */
  made: number;
  readonly calls: Map<AgentId, MarginCall>;
  /** Whose call is neither cured nor resolved. */
  readonly live: Set<AgentId>;
  /**
   * Dry powder that is deployed: behind the positions of an agent beyond its cap, or, by the name of
   * the fleet, let stand behind what a liquidation would else have closed.
   */
  readonly powder: Map<AgentId, Micro>;
  /** Orange and the trailing stop, by the names that their orders carry. */
  readonly followed: Map<Id, Followed>;
  readonly paced: Map<MarketId, Paced>;
  /** Periods closed, and when the next one ends; zero before there are any. */
  periods: number;
  periodAt: Millis;
  /** The reserve as it was measured last; zero before it was. */
  sized: Micro;
}

export const emptyCrisis = (): CrisisState => ({
  alert: 0,
  peak: ZERO,
  made: 0,
  calls: new Map(),
  live: new Set(),
  powder: new Map(),
  followed: new Map(),
  paced: new Map(),
  periods: 0,
  periodAt: millis(0),
  sized: ZERO,
});
