/** Everything that can have happened. Past tense, whole, and never changed once released. */
import type { AgentId, AssetId, Id, MarketId } from "../core/ids.ts";
import type { Micro, Price, Qty, Units } from "../core/money.ts";
import type { Ppm } from "../core/ppm.ts";
import type { Millis } from "../core/time.ts";
import type { Approved, EffectName } from "./effects.ts";
import type { CrisisEvent, FlatEvent } from "./events-crisis.ts";
import type { DomainEvent } from "./events-domains.ts";
import type { DueEvent } from "./events-dues.ts";
import type { JobEvent } from "./events-jobs.ts";
import type { BetEvent, EscrowEvent, LoanEvent } from "./events-obligations.ts";
import type { BelievedMark, PriceEvent } from "./events-prices.ts";
import type { ReferralEvent } from "./events-referrals.ts";
import type { VenueEvent } from "./events-venue.ts";
import type { Policy } from "./policy.ts";
import type { RegimeFacts, RiskEstimate, StableFacts } from "./risk-facts.ts";
import type { ContainCause, MarginMode, Mode, Service, Side, Zone } from "./words.ts";

interface OfAgent {
  readonly agent: AgentId;
}
/** An event that asks something of the world carries the effect with its name. */
interface WithEffect {
  readonly effect: Approved;
}

export type GovernanceEvent =
  | { readonly type: "FleetConfigured"; readonly policy: Policy; readonly policyHash: string }
  | { readonly type: "LeaderElected"; readonly epoch: number; readonly holder: string }
  | (OfAgent & { readonly type: "AgentEnrolled"; readonly note: string })
  | (OfAgent & { readonly type: "AgentRetired" })
  | (OfAgent & {
      readonly type: "DelegationGranted";
      readonly cap: Micro;
      readonly services: readonly Service[];
      readonly maxLeverage: Ppm;
      readonly priority: number;
      readonly mode: MarginMode;
      readonly floor: Micro;
      readonly leaseMs: number;
      readonly expiresAt: Millis;
      /** What the grant was measured against. */
      readonly collateral: Micro;
      readonly dryPowder: Micro;
    })
  | (OfAgent & { readonly type: "LeaseRenewed"; readonly expiresAt: Millis })
  | (OfAgent & { readonly type: "LeaseExpired" })
  | (OfAgent & {
      readonly type: "RaiseScheduled";
      readonly cap: Micro;
      readonly effectiveAt: Millis;
    })
  | (OfAgent & { readonly type: "CapRaised"; readonly cap: Micro })
  | (OfAgent & { readonly type: "RaiseVoided"; readonly reason: string })
  | (OfAgent & { readonly type: "CapCut"; readonly cap: Micro })
  | (OfAgent & { readonly type: "DelegationRecalled"; readonly closeAt: Millis })
  | (OfAgent & { readonly type: "DelegationRevoked" })
  | (OfAgent & { readonly type: "DelegationEnded" })
  | (OfAgent & { readonly type: "FloorBreached"; readonly loss: Micro; readonly allowed: Micro })
  /** It misbehaves: the door saw `count` of `cause` within `windowMs`. It may only reduce from here on. */
  | (OfAgent & {
      readonly type: "AgentContained";
      readonly cause: ContainCause;
      readonly count: number;
      readonly windowMs: number;
    })
  | (OfAgent & {
      /** `agent` is "fleet" for all; with `venue`, for all that is at one venue. */
      readonly type: "ModeSet";
      readonly venue?: Id;
      readonly mode: Mode;
      readonly epoch: number;
      readonly reason: string;
    });

export type WalletEvent =
  | (OfAgent &
      WithEffect & {
        readonly type: "DepositRequested";
        readonly asset: AssetId;
        readonly units: Units;
      })
  | { readonly type: "Deposited"; readonly asset: AssetId; readonly units: Units }
  | (OfAgent &
      WithEffect & {
        readonly type: "WithdrawalApproved";
        readonly asset: AssetId;
        readonly units: Units;
        readonly to: Id;
      })
  | { readonly type: "Withdrawn"; readonly asset: AssetId; readonly units: Units }
  | { readonly type: "WithdrawalFailed"; readonly asset: AssetId; readonly units: Units };

export type ReservationEvent =
  | (OfAgent & {
      readonly type: "ReservationHeld";
      readonly reservation: Id;
      readonly amount: Micro;
      readonly service: Service;
      readonly expiresAt: Millis;
    })
  | (OfAgent & {
      readonly type: "ReservationReleased";
      readonly reservation: Id;
      readonly amount: Micro;
    })
  /** An obligation took its place: the hold goes on under the obligation's own name. */
  | (OfAgent & {
      readonly type: "ReservationPosted";
      readonly reservation: Id;
      readonly amount: Micro;
    })
  /** Its time ran out unused, or its delegation is taken back. */
  | (OfAgent & {
      readonly type: "ReservationVoided";
      readonly reservation: Id;
      readonly amount: Micro;
    });

export type OrderEvent =
  | (OfAgent &
      WithEffect & {
        readonly type: "OrderApproved";
        readonly order: Id;
        readonly market: MarketId;
        readonly side: Side;
        readonly qty: Qty;
        /** The part of qty that opens or grows a position; the rest reduces. */
        readonly opening: Qty;
        readonly limit: Price;
        readonly tif: "ioc" | "gtc";
        readonly leverage: Ppm;
        readonly stop: Price;
        /** Margin held for the opening part until it fills. */
        readonly hold: Micro;
        readonly mark: Price;
        readonly markAt: Millis;
        /** Why, when the coordinator gave it: "unprotected", "flatten", "recall", … */
        readonly forced: string;
        readonly note: string;
        /** None: absent where the fleet's value at risk was not measured for it. */
        readonly estimate?: RiskEstimate;
      })
  | (OfAgent & { readonly type: "OrderWorking"; readonly order: Id })
  | (OfAgent & { readonly type: "OrderUnresolved"; readonly order: Id; readonly reason: string })
  | (OfAgent & {
      readonly type: "OrderRejected";
      readonly order: Id;
      readonly reason: string;
      readonly released: Micro;
    })
  | (OfAgent & { readonly type: "FillBooked" } & FillFacts)
  | (OfAgent & {
      readonly type: "OrderClosed";
      readonly order: Id;
      readonly phase: "filled" | "cancelled";
      readonly filled: Qty;
      readonly released: Micro;
    })
  | (OfAgent & WithEffect & { readonly type: "CancelRequested"; readonly order: Id });

/** One fill and what it did to the books of its agent. */
export interface FillFacts {
  /** "" for a fill of a stop. */
  readonly order: Id | "";
  readonly trade: string;
  readonly market: MarketId;
  readonly side: Side;
  readonly qty: Qty;
  readonly price: Price;
  readonly notional: Micro;
  readonly fee: Micro;
  /** Gain (positive) or loss on the part that closed; of what the venue took, with what its fund paid. */
  readonly realized: Micro;
  /** Position after the fill: signed quantity, signed cost, margin held for it. */
  readonly positionQty: Qty;
  readonly positionCost: Micro;
  readonly positionMargin: Micro;
  /** The part of the order's hold that this fill used or gave back. */
  readonly holdUsed: Micro;
}

export type StopEvent =
  | (OfAgent &
      WithEffect & {
        readonly type: "StopRequested";
        readonly market: MarketId;
        readonly version: number;
        readonly side: Side;
        /** 0 removes the stop. */
        readonly qty: Qty;
        readonly trigger: Price;
        readonly protectBy: Millis;
      })
  | (OfAgent & {
      readonly type: "StopConfirmed";
      readonly market: MarketId;
      readonly version: number;
    })
  | (OfAgent & {
      readonly type: "StopFailed";
      readonly market: MarketId;
      readonly version: number;
      readonly reason: string;
    })
  | (OfAgent & {
      readonly type: "StopTriggered";
      readonly market: MarketId;
      readonly version: number;
    })
  /** The coordinator closes the position. */
  | (OfAgent & {
      readonly type: "PositionClosing";
      readonly market: MarketId;
      readonly reason: string;
    });

export type MarketEvent =
  | { readonly type: "MarksSet"; readonly marks: readonly BelievedMark[] }
  | {
      readonly type: "MarkRefused";
      readonly market: MarketId;
      readonly price: Price;
      readonly reason: string;
    }
  | {
      readonly type: "FundingBooked";
      readonly market: MarketId;
      readonly rateNano: bigint;
      readonly mark: Price;
      readonly payment: Micro;
      readonly shares: readonly { readonly agent: AgentId; readonly amount: Micro }[];
      /** payment less the shares: booked to the fleet's rounding account. */
      readonly remainder: Micro;
    }
  | {
      readonly type: "ZoneChanged";
      readonly from: Zone;
      readonly to: Zone;
      readonly utilization: Ppm;
      readonly reserved: Micro;
      readonly collateral: Micro;
    }
  | {
      readonly type: "CoverageLost" | "CoverageRestored";
      readonly committed: Micro;
      readonly collateral: Micro;
      readonly dryPowder: Micro;
    }
  | ({ readonly type: "StableShareLow" | "StableShareRestored" } & StableFacts)
  | ({ readonly type: "RegimeSet" } & RegimeFacts);

export type MachineryEvent =
  /** The venue's answer to an effect, as it counts from now on. */
  | (OfAgent & {
      readonly type: "EffectAnswered";
      readonly name: EffectName;
      readonly outcome: "accepted" | "rejected" | "unknown";
      readonly reason: string;
    })
  | { readonly type: "ReportsTaken"; readonly through: number }
  /** A report that fits nothing we know of: kept, never guessed at. */
  | { readonly type: "ReportUnmatched"; readonly report: string; readonly reason: string }
  /** The earliest so many deadlines have passed; at most a bounded number in one turn. */
  | { readonly type: "DeadlinesPassed"; readonly count: number }
  /** A sweep over all agents does not fit one turn: it goes on at the next tick. */
  | { readonly type: "SweepPaused"; readonly mode: Mode; readonly venue?: Id }
  /** The venue's books differ from ours by this much; openings stay shut until they agree. */
  | {
      readonly type: "BooksDiffer";
      readonly what: string;
      readonly ours: string;
      readonly theirs: string;
    }
  | { readonly type: "BooksAgree"; readonly through: number };

export type FleetEvent =
  | GovernanceEvent
  | FlatEvent
  | DueEvent
  | WalletEvent
  | ReservationEvent
  | OrderEvent
  | StopEvent
  | MarketEvent
  | PriceEvent
  | BetEvent
  | EscrowEvent
  | ReferralEvent
  | LoanEvent
  | DomainEvent
  | JobEvent
  | CrisisEvent
  | VenueEvent
  | MachineryEvent;

export type EventOf<T extends FleetEvent["type"]> = Extract<FleetEvent, { readonly type: T }>;
