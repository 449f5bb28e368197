/** What can have happened in a crisis. Past tense, whole; estimates that a decision used stand in it. */
import type { AgentId, AssetId, Id, MarketId } from "../core/ids.ts";
import type { Micro, Price, Qty } from "../core/money.ts";
import type { Ppm } from "../core/ppm.ts";
import type { Millis } from "../core/time.ts";
import type {
  BookBelief,
  CashStep,
  CrossedSide,
  LiquidationStep,
  MarginFacts,
  ReallocatedLine,
  WaitingSteps,
} from "./crisis-facts.ts";

/** `agent` is "fleet" for the fleet's own margin, else an isolated agent. */
interface OfScope {
  readonly agent: AgentId;
}

export type CallEvent =
  | (OfScope & {
      readonly type: "MarginCalled";
      readonly call: Id;
      readonly cause: "utilization" | "maintenance";
      /** Margin that must come free to be back at the target. */
      readonly need: Micro;
      readonly graceEndsAt: Millis;
    } & MarginFacts)
  | (OfScope & {
      readonly type: "MarginCured" | "MarginExpired" | "MarginResolved";
      readonly call: Id;
    } & MarginFacts)
  | (OfScope & {
      readonly type: "LiquidationPlanned";
      readonly call: Id;
      readonly status: "nothing-to-do" | "restored" | "short";
      /** Which margin the plan frees. */
      readonly by: "utilization" | "maintenance";
      readonly need: Micro;
      /** Under way already, of orders that have not ended. */
      readonly underway: Micro;
      readonly freed: Micro;
      readonly shortfall: Micro;
      /** Estimated cost, and what no plan under the same rules goes below. */
      readonly cost: Micro;
      readonly lowerBound: Micro;
      /** (cost - lowerBound) / cost. */
      readonly gap: Ppm;
      /** The steps that are taken now; `more` wait for the next plan. */
      readonly steps: readonly LiquidationStep[];
      readonly more: number;
      /** Of each market that a step trades in. Absent in plans of older versions. */
      readonly books?: readonly BookBelief[];
      readonly alternatives: readonly { readonly rule: string; readonly cost: Micro }[];
      /** More shocks are likely: this call with the next, and what planning for this one alone would cost. */
      readonly distress?: {
        readonly chance: Ppm;
        readonly nextNeed: Micro;
        readonly expected: Micro;
        readonly alone: Micro;
      };
      readonly waiting?: WaitingSteps;
      /**
       * The cheapest plan would force others to sell: USDC lost to the sales that this one forces, on whom, and
       * what the cheapest would have cost together with its own.
       */
      readonly knockOn?: {
        readonly cost: Micro;
        readonly of: readonly AgentId[];
        readonly unspared: Micro;
      };
      /**
       * Rounds after which sales forced on others, by this plan or one that was looked at beside it, still grew: what
       * they come to is not known, and was not weighed.
       */
      readonly unsettled?: number;
      /** The pace lets no more go of some market before this time. */
      readonly pacedUntil?: Millis;
      /** When to look again, if nothing else happens. */
      readonly planAt: Millis;
    });

export type DutyEvent =
  | (OfScope & {
      readonly type: "MaintenanceAlert";
      /** How many thresholds are passed, before and now. */
      readonly from: number;
      readonly to: number;
    } & MarginFacts)
  | (OfScope & {
      readonly type: "CashRaised";
      readonly because: string;
      readonly need: Micro;
      readonly deadlineMs: number;
      /** What counts and lands in time, what is missing, and what it costs. */
      readonly covered: Micro;
      readonly shortfall: Micro;
      readonly cost: Micro;
      readonly steps: readonly CashStep[];
      readonly proven: boolean;
    })
  | {
      readonly type: "PositionsCrossed";
      readonly because: string;
      readonly market: MarketId;
      readonly mark: Price;
      readonly markAt: Millis;
      readonly qty: Qty;
      /** Value at the mark: what the long is paid and the short pays. */
      readonly notional: Micro;
      readonly long: CrossedSide;
      readonly short: CrossedSide;
    }
  | (OfScope & {
      /** `hard`: the coordinator closes it. `clear`: it is above the soft stop again. */
      readonly type: "PositionStopped";
      readonly market: MarketId;
      readonly level: "soft" | "hard" | "clear";
      readonly equity: Micro;
      readonly maintenance: Micro;
      readonly mark: Price;
    })
  | (OfScope & {
      /**
       * The coordinator's reserve at work: behind a position of `agent` ("top-up"), or, for "fleet",
       * instead of closing what the call that is named would have closed.
       */
      readonly type: "DryPowderDeployed";
      readonly amount: Micro;
      readonly cause: string;
      readonly because: string;
      readonly need: Micro;
      /** What the rules keep, what of it is deployed now, and what is left. */
      readonly reserve: Micro;
      readonly deployed: Micro;
      readonly remaining: Micro;
    })
  | (OfScope & {
      /** Its place is taken by the agent's own delegation, or it is needed no more. */
      readonly type: "DryPowderReturned";
      readonly amount: Micro;
      readonly because: string;
      readonly deployed: Micro;
    })
  | (OfScope & {
      readonly type: "PositionToppedUp";
      readonly market: MarketId;
      readonly amount: Micro;
      readonly equity: Micro;
      readonly maintenance: Micro;
    })
  /** Fleet equity fell this far from its highest: openings are shut in the whole fleet. */
  | (OfScope & {
      readonly type: "TrailingStopHit";
      readonly peak: Micro;
      readonly equity: Micro;
      readonly epoch: number;
    })
  /** A rung of the drawdown ladder: the cap is what it keeps. */
  | (OfScope & {
      readonly type: "DrawdownCut";
      readonly drawdown: Ppm;
      readonly peak: Micro;
      readonly result: Micro;
      readonly rung: number;
      readonly cap: Micro;
    })
  | (OfScope & {
      /** Caps were weighed: what is cut and raised follows in events of its own, unless it is dry. */
      readonly type: "Reallocated";
      readonly rule: "sharpe" | "ladder";
      readonly dryRun: boolean;
      readonly because: string;
      /** Half the sum of all changes of shares; yearly gain and the chance that it is one, estimated. */
      readonly turnover: Ppm;
      readonly gain: Ppm;
      readonly chance: Ppm;
      readonly lines: readonly ReallocatedLine[];
    })
  /** A market's realised volatility, yearly in ppm, leaves this part of its leverage. */
  | {
      readonly type: "LeverageScaled";
      readonly market: MarketId;
      readonly volatility: Ppm;
      readonly target: Ppm;
      readonly from: Ppm;
      readonly to: Ppm;
    }
  /** New rules let an asset count for more: not before this time. */
  | {
      readonly type: "HaircutScheduled";
      readonly asset: AssetId;
      readonly from: Ppm;
      readonly to: Ppm;
      readonly effectiveAt: Millis;
    }
  | { readonly type: "HaircutLoosened"; readonly asset: AssetId; readonly haircut: Ppm }
  /** New rules loosen a rule: until this time it is `from`. Texts are JSON, amounts decimal; empty is none. */
  | {
      readonly type: "RuleScheduled";
      readonly rule: string;
      readonly from: string;
      readonly to: string;
      readonly effectiveAt: Millis;
    }
  /** Its time has come: the rule is `to` now, what the rules say or a step towards it. */
  | {
      readonly type: "RuleLoosened";
      readonly rule: string;
      readonly from: string;
      readonly to: string;
    }
  /** Every delegated agent's gain since the last one is kept. */
  | { readonly type: "PeriodClosed"; readonly period: number; readonly nextAt: Millis }
  | (OfScope & {
      readonly type: "ShortfallCut";
      readonly cap: Micro;
      readonly unused: Micro;
      readonly shortfall: Micro;
      /** Taken back beyond it, where the rules ask for some. */
      readonly spare?: Micro;
    })
  /** It consents to close so much of its position against another's, or against one agent's alone. */
  | (OfScope & {
      readonly type: "SettlementOffered";
      readonly market: MarketId;
      readonly qty: Qty;
      readonly with: AgentId | undefined;
      readonly expiresAt: Millis;
    })
  /** A payment inside the fleet: in the ledger alone, at no fee. */
  | (OfScope & {
      readonly type: "InternalPaid";
      readonly to: AgentId;
      readonly amount: Micro;
      readonly note: string;
    });

export type CrisisEvent = CallEvent | DutyEvent;

/** A flattened scope has nothing left, by our books and the venue's; or something came back to it. */
export type FlatEvent = OfScope & {
  readonly type: "FlatReached" | "FlatLost";
  readonly venue?: Id;
  /** Of the mode that asked for it. */
  readonly epoch: number;
};
