/** What a venue tells of itself: numbered reports, marks, and a snapshot to check ourselves against. */
import type { AssetId, Id, MarketId, SourceId } from "../core/ids.ts";
import type { Micro, Price, Qty, Units } from "../core/money.ts";
import type { Ppm } from "../core/ppm.ts";
import type { Millis } from "../core/time.ts";
import type { EffectName } from "./effects.ts";
import type { DomainOffer } from "./events-domains.ts";
import type { Side } from "./words.ts";

/** A fill of an order, or of a stop (then `stop` names slot and version). */
export interface FillReport {
  readonly type: "fill";
  readonly trade: string;
  readonly order: EffectName;
  readonly stop?: { readonly slot: string; readonly version: number };
  readonly market: MarketId;
  readonly side: Side;
  readonly qty: Qty;
  readonly price: Price;
  /** price x qty as the venue booked it: up for a buy, down for a sell. Positive. */
  readonly notional: Micro;
  /** Paid by us. */
  readonly fee: Micro;
}

/** What the registrar tells; `registration` is the name of the effect that registered the domain. */
export type DomainReport =
  | {
      readonly type: "domainsFound";
      readonly search: EffectName;
      readonly offers: readonly DomainOffer[];
    }
  | {
      readonly type: "domainRegistered";
      readonly registration: EffectName;
      readonly cost: Micro;
      readonly renewal: Micro;
      readonly expiresAt: Millis;
    }
  | { readonly type: "domainFailed"; readonly registration: EffectName; readonly reason: string }
  | { readonly type: "domainParked"; readonly registration: EffectName }
  | { readonly type: "domainListed"; readonly registration: EffectName; readonly asking: Micro }
  | {
      readonly type: "domainRenewed";
      readonly registration: EffectName;
      readonly cost: Micro;
      readonly expiresAt: Millis;
    }
  | { readonly type: "domainRevenue"; readonly registration: EffectName; readonly amount: Micro }
  | {
      readonly type: "domainSold";
      readonly registration: EffectName;
      readonly buyer: Id;
      readonly asking: Micro;
      readonly fee: Micro;
      readonly received: Micro;
    }
  | { readonly type: "domainDue"; readonly registration: EffectName }
  | { readonly type: "domainLapsed"; readonly registration: EffectName }
  | { readonly type: "domainLost"; readonly registration: EffectName };

/** What the venue took of our net position unasked. Told once, under a name that is unique for ever. */
interface TakenReport {
  readonly name: string;
  readonly market: MarketId;
  /** Of the trade that closed: a long is closed by a sell. */
  readonly side: Side;
  readonly qty: Qty;
  readonly price: Price;
  /** As the venue booked it. Positive. */
  readonly notional: Micro;
  readonly mark: Price;
}

export type ReportBody =
  | FillReport
  /** Maintenance was not met: the venue closed it at the market, or, at the price where nothing was left. */
  | ({
      readonly type: "venueLiquidated";
      /** Paid by us to the insurance fund. */
      readonly fee: Micro;
      /** What the fund paid for us, where nothing was left. */
      readonly covered: Micro;
      /** Of the whole account, before it. */
      readonly equity: Micro;
      readonly maintenance: Micro;
    } & TakenReport)
  /** Closed against another's bankruptcy, at the price where that one has nothing left. No fee. */
  | ({ readonly type: "autoDeleveraged" } & TakenReport)
  /** Our place in the queue of those that are deleveraged next, whenever it or the position changes. */
  | {
      readonly type: "adlRank";
      readonly market: MarketId;
      /** Signed net position that is ranked; 0 is none any more. */
      readonly position: Qty;
      /** 5 for the first fifth of its side, 1 for the last; 0 without a position. */
      readonly lights: number;
      /** The part of its side that is taken before it. */
      readonly ahead: Ppm;
    }
  /** No more fills of this order will come. `filled` is the sum of all its fills. */
  | {
      readonly type: "orderDone";
      readonly order: EffectName;
      readonly reason: "filled" | "cancelled" | "expired" | "rejected";
      readonly filled: Qty;
    }
  | { readonly type: "stopSet"; readonly slot: string; readonly version: number; readonly qty: Qty }
  | {
      readonly type: "stopFailed";
      readonly slot: string;
      readonly version: number;
      readonly reason: string;
    }
  | { readonly type: "stopTriggered"; readonly slot: string; readonly version: number }
  /** Net payment on the account's net position of one market; positive is received. */
  | {
      readonly type: "funding";
      readonly market: MarketId;
      readonly rate: Ppm;
      /** Rate in 1e-9, finer than ppm: what was charged by. */
      readonly rateNano: bigint;
      readonly mark: Price;
      readonly position: Qty;
      readonly payment: Micro;
    }
  | { readonly type: "seedCommitted"; readonly seedHash: string }
  | {
      readonly type: "seedRevealed";
      readonly seedHash: string;
      readonly serverSeed: string;
      /** How many draws it decided by the house's own count: one more than its last nonce. */
      readonly bets: number;
    }
  | {
      readonly type: "betSettled";
      readonly bet: EffectName;
      readonly won: boolean;
      /** Gross, with the stake; zero on a loss. */
      readonly payout: Micro;
      readonly seedHash: string;
      readonly nonce: number;
      readonly clientSeed: string;
      readonly resultHash: string;
      /** The outcome as text, e.g. "73.21". */
      readonly outcome: string;
    }
  | {
      readonly type: "escrowFunded";
      readonly escrow: EffectName;
      /** When it falls back to the payer. */
      readonly expiresAt: Millis;
    }
  | { readonly type: "escrowDelivered"; readonly escrow: EffectName }
  | {
      readonly type: "escrowReleased";
      readonly escrow: EffectName;
      /** What the payee got. */
      readonly received: Micro;
      readonly fee: Micro;
      /** Share of the fee that came back to us as referrer. */
      readonly referral: Micro;
      /** The agent of ours that the share is for: registered as who refers this one. None: absent. */
      readonly referrer?: Id;
    }
  | { readonly type: "escrowRefunded"; readonly escrow: EffectName; readonly amount: Micro }
  | { readonly type: "escrowDisputed"; readonly escrow: EffectName; readonly reason: string }
  | { readonly type: "escrowDeclined"; readonly escrow: EffectName; readonly reason: string }
  | {
      readonly type: "loanOpened";
      readonly loan: EffectName;
      readonly rate: Ppm;
      readonly collateral: Ppm;
    }
  /** The borrower's collateral over the loan, when it was called and when it was filled up. */
  | { readonly type: "loanCollateral"; readonly loan: EffectName; readonly ratio: Ppm }
  | { readonly type: "loanInterest"; readonly loan: EffectName; readonly amount: Units }
  | {
      readonly type: "loanReturned";
      readonly loan: EffectName;
      readonly principal: Units;
      readonly interest: Units;
      /** The borrower's collateral was sold for it. */
      readonly liquidated?: boolean;
    }
  | DomainReport
  | {
      readonly type: "deposited";
      readonly effect?: EffectName;
      readonly asset: AssetId;
      readonly amount: Units;
    }
  | {
      readonly type: "withdrawn";
      readonly effect: EffectName;
      readonly asset: AssetId;
      readonly amount: Units;
    };

/** Numbered 1, 2, 3 … by the venue without gaps; `at` is the venue's (market) time. */
export type VenueReport = ReportBody & { readonly seq: number; readonly at: Millis };

export interface Mark {
  /** Who says so. None: absent for the venue itself. */
  readonly source?: SourceId;
  readonly market: MarketId;
  readonly price: Price;
  /** When the source made it, market time. */
  readonly at: Millis;
  /** Funding rate of the last payment, in 1e-9 of the notional. None: absent where none is told. */
  readonly rateNano?: bigint;
}

/** The venue's own books of our account, as of report `seq`. */
export interface VenueSnapshot {
  readonly seq: number;
  readonly at: Millis;
  /** Free assets at the venue. */
  readonly balances: ReadonlyMap<AssetId, Units>;
  /** Locked by bets, escrows, loans and withdrawals under way. */
  readonly locked: ReadonlyMap<AssetId, Units>;
  /** Net positions; cost is the signed sum of notionals of what is open. */
  readonly positions: ReadonlyMap<MarketId, { readonly qty: Qty; readonly cost: Micro }>;
  readonly openOrders: readonly EffectName[];
  readonly stops: readonly { readonly slot: string; readonly version: number; readonly qty: Qty }[];
  readonly counterparties?: readonly Id[];
  /** Names that are registered for us. */
  readonly domains?: readonly Id[];
}
