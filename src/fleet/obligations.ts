/** Reservations, bets, escrows, loans, domains and jobs as the fold keeps them. */
import type { AgentId, AssetId, Id } from "../core/ids.ts";
import type { Micro, Price, Units } from "../core/money.ts";
import type { Ppm } from "../core/ppm.ts";
import type { Millis } from "../core/time.ts";
import type { EffectName } from "../protocol/effects.ts";
import type { DomainAct, DomainOffer } from "../protocol/events-domains.ts";
import type { HedgeTerms } from "../protocol/events-jobs.ts";
import type {
  BetPhase,
  DomainPhase,
  EscrowPhase,
  JobKind,
  JobPhase,
  LoanPhase,
  Service,
} from "../protocol/words.ts";

/** A hold that nothing stands behind yet. */
export interface Reservation {
  readonly agent: AgentId;
  readonly amount: Micro;
  readonly service: Service;
  readonly expiresAt: Millis;
}

export interface Bet {
  readonly agent: AgentId;
  readonly bet: Id;
  readonly name: EffectName;
  readonly game: string;
  readonly stake: Micro;
  readonly params: Readonly<Record<string, string | number>>;
  readonly clientSeed: string;
  /** The commitment that stood when it was placed; "" when none did. */
  readonly committed: string;
  phase: BetPhase;
  payout: Micro;
  seedHash: string;
  nonce: number;
  resultHash: string;
  outcome: string;
  /**
   * What the law itself made of its proof: nothing yet, nothing in time, that it holds, or that it does not.
   */
  proof: "open" | "overdue" | "fair" | "false";
  /** Its draw had decided another bet before it. */
  reused: boolean;
  /** Once settled: by when its proof is to be made. */
  proveBy: Millis;
}

export interface Escrow {
  readonly agent: AgentId;
  readonly escrow: Id;
  readonly name: EffectName;
  readonly role: "pay" | "earn";
  readonly counterparty: Id;
  readonly amount: Micro;
  readonly description: string;
  readonly referrer: Id | undefined;
  readonly referee: Id | undefined;
  phase: EscrowPhase;
  /** When it falls back to the payer, in the venue's time; undefined before funding, and once disputed. */
  expiresAt: Millis | undefined;
  /** The act that the venue has not yet confirmed, or "". */
  pending: string;
}

export interface Loan {
  readonly agent: AgentId;
  readonly loan: Id;
  readonly name: EffectName;
  readonly asset: AssetId;
  readonly units: Units;
  readonly hold: Micro;
  readonly noticeMs: number;
  rate: Ppm;
  /** What the borrower has posted over it, as last told; zero before it is open. */
  collateral: Ppm;
  phase: LoanPhase;
  interest: Units;
}

export interface Domain {
  readonly agent: AgentId;
  readonly domain: Id;
  readonly name: EffectName;
  readonly visits: number;
  phase: DomainPhase;
  /** All that was paid for it; while requested, what is asked for it. */
  cost: Micro;
  renewal: Micro;
  /** The cost, and what is reserved ahead for a renewal. */
  hold: Micro;
  /** Asked of buyers; zero where it is not for sale. */
  asking: Micro;
  /** Lies ready for the registrar: a price that it has not yet taken. */
  paying: Micro;
  earned: Micro;
  /** In the venue's time; zero before it is registered. */
  expiresAt: Millis;
  due: boolean;
  /** The act that the registrar has not yet confirmed, or "". */
  pending: DomainAct | "";
}

/** An agent's last search; `name` is its effect's while it is under way. */
export interface Search {
  readonly query: string;
  readonly name: EffectName | undefined;
  readonly offers: readonly DomainOffer[];
}

/** Work that one agent offers the others. */
export interface Job {
  readonly agent: AgentId;
  readonly job: Id;
  readonly kind: JobKind;
  readonly brief: string;
  readonly amount: Micro;
  readonly ttlMs: number;
  readonly hedge: HedgeTerms | undefined;
  /** Of a hedge that stands: the mark at which it was delivered. */
  mark: Price | undefined;
  phase: JobPhase;
  taker: AgentId | undefined;
  result: string;
  expiresAt: Millis;
}
