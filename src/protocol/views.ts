/** What an agent and the operator are told of the truth: plain JSON, amounts as decimal texts. */

import type { BettingView } from "./betting-view.ts";
import type { CrisisView } from "./crisis-view.ts";
import type { DomainView, SearchView } from "./domain-views.ts";
import type { AgreementsView, DuesView } from "./due-views.ts";
import type { JobsView } from "./job-views.ts";
import type { AttributionView, MarginView } from "./margin-view.ts";
import type { PlayedView } from "./play.ts";
import type { PricesView } from "./prices-view.ts";
import type { ProcessView } from "./process-view.ts";
import type { ReferredView } from "./referrer-view.ts";
import type { MeasuresView } from "./risk-view.ts";
import type {
  BetPhase,
  DelegationPhase,
  EscrowPhase,
  LoanPhase,
  MarginMode,
  Mode,
  OrderPhase,
  PositionPhase,
  Regime,
  Service,
  Side,
  Zone,
} from "./words.ts";

export interface DelegationView {
  readonly phase: DelegationPhase;
  readonly cap: string;
  readonly reserved: string;
  readonly available: string;
  readonly services: readonly Service[];
  /** 1x is 1_000_000. */
  readonly maxLeverage: number;
  readonly priority: number;
  readonly mode: MarginMode;
  readonly floor: string;
  readonly expiresAt: number;
  readonly closeAt: number | undefined;
  /** Highest realized and unrealized result since it was granted. None: absent of an older fleet. */
  readonly peak?: string;
  /** Lowest since that highest one. None: absent of an older fleet. */
  readonly trough?: string;
}

export interface PositionView {
  readonly market: string;
  readonly phase: PositionPhase;
  /** Signed; long is positive. */
  readonly qty: string;
  readonly entry: string;
  readonly mark: string;
  readonly margin: string;
  readonly unrealized: string;
  readonly stop: string;
  /** Maintenance margin at the mark. */
  readonly maintenance?: string;
  /** The venue's queue for deleveraging. Absent where the venue has not ranked what we hold. */
  readonly adl?: AdlView;
  /** Funding received (negative: paid) on what is open. */
  readonly funding?: string;
}

/** Where the fleet's net position of a market, which this one is part of, stands in its queue. */
export interface AdlView {
  /** 1 to 5; 5 is taken next. */
  readonly lights: number;
  /** The part of its side that is taken before it, in ppm. */
  readonly ahead: number;
}

/** Another agent consents to close so much of its opposite position, at the mark. */
export interface OfferView {
  readonly agent: string;
  readonly market: string;
  readonly qty: string;
  readonly expiresAt: number;
}

export interface OrderView {
  readonly order: string;
  readonly market: string;
  readonly side: Side;
  readonly qty: string;
  readonly filled: string;
  readonly phase: OrderPhase;
  readonly by: string;
}

export interface MarketView {
  readonly market: string;
  readonly base: string;
  readonly mark: string;
  readonly markAt: number;
  readonly lot: string;
  readonly tick: string;
  readonly minNotional: string;
  readonly maxNotional: string;
  readonly maxLeverage: number;
  readonly takerFee: number;
  /** Margin brackets by notional, ascending; rates in ppm. The last has no end. */
  readonly tiers?: readonly {
    readonly upTo?: string;
    readonly initial: number;
    readonly maintenance: number;
  }[];
  /** Funding rate of the last payment, in 1e-9 of the notional; positive is paid by longs. */
  readonly funding?: number;
  /** Its sources do not agree on its price, and nothing opens there. None: absent where they do. */
  readonly uncertain?: boolean;
}

export interface BetView {
  readonly bet: string;
  readonly game: string;
  readonly stake: string;
  readonly phase: BetPhase;
  readonly params: Readonly<Record<string, string | number>>;
  readonly clientSeed: string;
  readonly payout: string;
  readonly seedHash: string;
  readonly nonce: number;
  readonly resultHash: string;
  readonly outcome: string;
  /** The law has proven it fair, and it stays so when its seed is forgotten. None: absent, it is not proven. */
  readonly proven?: boolean;
}

export interface EscrowView {
  readonly escrow: string;
  readonly role: "pay" | "earn";
  readonly counterparty: string;
  readonly amount: string;
  readonly description: string;
  /** "" where none was named. */
  readonly referrer: string;
  /** Who judges a dispute of it; "" where the venue's own does. */
  readonly referee: string;
  readonly phase: EscrowPhase;
  /** When it falls back to the payer, in the venue's time; 0 before it is funded and once disputed. */
  readonly expiresAt: number;
  /** An act of ours that the venue has not confirmed yet. */
  readonly pending: string;
}

export interface LoanView {
  readonly loan: string;
  readonly asset: string;
  readonly amount: string;
  readonly rate: number;
  /** What the borrower has posted over the loan, in ppm, as last told. None: absent before it is open. */
  readonly collateral?: number;
  /** How long its borrower may take once it is recalled, in the venue's time. None: absent of an older fleet. */
  readonly noticeMs?: number;
  readonly phase: LoanPhase;
  readonly interest: string;
}

export interface HoldingView {
  readonly asset: string;
  readonly wallet: string;
  readonly lent: string;
  /** Largest part of it that may be lent, in ppm. None: absent where the fleet's own bound holds. */
  readonly lendShare?: number;
}

/** An agent's own truth, as of journal message `seq`. */
export interface AgentView extends DuesView, JobsView, PlayedView, ReferredView {
  readonly fleet: string;
  readonly agent: string;
  readonly seq: number;
  readonly at: number;
  readonly zone: Zone;
  /** The stricter of the fleet's mode and the agent's. */
  readonly mode: Mode;
  readonly delegation: DelegationView | undefined;
  /** On its own cap and results. */
  readonly margin: MarginView;
  readonly reservations: readonly {
    readonly reservation: string;
    readonly amount: string;
    readonly expiresAt: number;
  }[];
  readonly orders: readonly OrderView[];
  readonly positions: readonly PositionView[];
  /** What others consent to close with this agent. */
  readonly offers?: readonly OfferView[];
  readonly bets: readonly BetView[];
  readonly escrows: readonly EscrowView[];
  readonly loans: readonly LoanView[];
  readonly domains: readonly DomainView[];
  /** None: undefined before the first search. */
  readonly search: SearchView | undefined;
  readonly markets: readonly MarketView[];
  /** The fleet's holdings: a lender needs to know what lies idle. */
  readonly holdings: readonly HoldingView[];
  readonly lendShare: number;
  readonly casino: {
    readonly seedHash: string;
    readonly revealed: readonly { readonly seedHash: string; readonly serverSeed: string }[];
  } & BettingView;
  /**
   * Realized gains and losses of this agent since enrolment, by kind, in USDC; `coins` is what it earned
   * in other assets, at the mark when it came, and `total` the sum of all.
   */
  readonly pnl: Readonly<Record<string, string>>;
}

export interface AgentLine extends BettingView {
  readonly agent: string;
  readonly phase: string;
  readonly mode: Mode;
  readonly cap: string;
  readonly reserved: string;
  readonly realized: string;
  readonly unrealized: string;
  readonly positions: number;
  readonly openOrders: number;
  readonly expiresAt: number;
}

/** The fleet's truth, as of journal message `seq`. */
export interface FleetView extends CrisisView, AgreementsView, PricesView {
  readonly fleet: string;
  readonly seq: number;
  readonly at: number;
  readonly epoch: number;
  readonly leader: string;
  readonly mode: Mode;
  readonly haltEpoch: number;
  readonly zone: Zone;
  readonly utilization: number;
  readonly collateral: string;
  readonly reserved: string;
  readonly committed: string;
  readonly dryPowder: string;
  /** Part of the collateral in stablecoins, in ppm, rounded down. Absent where there is no collateral. */
  readonly stableShare?: number;
  /** What the rules ask for at least. Absent where they ask for nothing. */
  readonly stableShareMin?: number;
  readonly margin: MarginView;
  readonly covered: boolean;
  readonly booksAgree: boolean;
  readonly conserved: boolean;
  readonly wallet: readonly HoldingView[];
  readonly agents: readonly AgentLine[];
  readonly positions: readonly {
    readonly agent: string;
    readonly market: string;
    readonly qty: string;
    readonly mark: string;
    readonly unrealized: string;
    readonly phase: string;
    readonly adl?: AdlView;
  }[];
  readonly outstandingEffects: number;
  readonly unresolvedEffects: number;
  readonly turns: number;
  readonly rejections: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** `fleet.<f>.risk`: at a steady rate, as of journal message `seq`. */
export interface RiskView {
  readonly fleet: string;
  readonly seq: number;
  readonly at: number;
  readonly epoch: number;
  readonly mode: Mode;
  readonly zone: Zone;
  /** Reserved over collateral, in ppm. */
  readonly utilization: number;
  readonly collateral: string;
  readonly reserved: string;
  readonly committed: string;
  readonly dryPowder: string;
  readonly unrealized: string;
  readonly margin: MarginView;
  readonly covered: boolean;
  readonly booksAgree: boolean;
  readonly outstandingEffects: number;
  /** The market's weather, and whether no delegation may grow for it. */
  readonly regime: Regime;
  readonly frozen: boolean;
  /** None: absent before the fleet has rules. */
  readonly measures?: MeasuresView;
}

export type StatusView = FleetView & {
  readonly attribution: AttributionView;
  readonly process: ProcessView;
};
