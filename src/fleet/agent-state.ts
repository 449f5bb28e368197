/** What the law keeps of an agent: its delegation, its sums, and what it has open. */
import type { AgentId, Id, MarketId } from "../core/ids.ts";
import type { Micro } from "../core/money.ts";
import type { Ppm } from "../core/ppm.ts";
import type { Millis } from "../core/time.ts";
import type { DelegationPhase, MarginMode, Mode, Service } from "../protocol/words.ts";
import type { Betting } from "./betting-state.ts";
import type { Dealt } from "./dealt-state.ts";
import type { AgentPast } from "./past-state.ts";
import type { Play } from "./play-state.ts";
import type { Registration } from "./referrals-state.ts";
import type { WorkBought } from "./work-bought.ts";

export interface Delegation {
  phase: DelegationPhase;
  cap: Micro;
  /**
   * What the coordinator's own cuts have taken of the cap: not to be used any more, but an isolated agent's call is
   * measured with it, for a cut must not itself bring the call.
   */
  withheld: Micro;
  services: readonly Service[];
  maxLeverage: Ppm;
  priority: number;
  mode: MarginMode;
  floor: Micro;
  leaseMs: number;
  expiresAt: Millis;
  /** Set while recalling: when what is open is closed. */
  closeAt: Millis | undefined;
  raise: { cap: Micro; effectiveAt: Millis } | undefined;
  /** Realized result when it was granted: losses are counted from there. */
  realizedAtGrant: Micro;
}

export interface Agent {
  readonly agent: AgentId;
  readonly note: string;
  retired: boolean;
  mode: Mode;
  delegation: Delegation | undefined;
  /** Sum of what its reservations, orders, positions and obligations hold. */
  reserved: Micro;
  /** Sum of realized results of every kind. */
  realized: Micro;
  /** Of `realized`, what came in other assets than USDC: at the mark when it came. */
  coins: Micro;
  unrealized: Micro;
  /** Maintenance margin of its positions at their marks. */
  maintenance: Micro;
  readonly play: Play;
  /** Highest realized and unrealized result, and the rung of the drawdown ladder that it stands on. */
  peak: Micro;
  /** Lowest result since that highest one. */
  trough: Micro;
  rung: number;
  /** Gain of each period and the cap that it was made with, the newest last; bounded by the rules. */
  readonly record: { readonly gain: Micro; readonly base: Micro }[];
  /** Its result when the last period ended. */
  recordedAt: Micro;
  /** What is open, by kind, so that nothing is searched for. */
  readonly reservations: Set<Id>;
  readonly orders: Set<Id>;
  readonly positions: Set<MarketId>;
  readonly bets: Set<Id>;
  readonly escrows: Set<Id>;
  readonly loans: Set<Id>;
  readonly domains: Set<Id>;
  readonly jobs: Set<Id>;
  readonly work: WorkBought;
  readonly dues: Set<Id>;
  readonly dealt: Dealt;
  readonly betting: Betting;
  referrer: Registration | undefined;
  readonly past: AgentPast;
}
