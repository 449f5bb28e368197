/** The words of a liquidation plan: what goes in and what comes out. Integers in, integers out. */
import type { MarketImpact } from "./impact.ts";

/** USDC that no ledger can tell apart. */
export const SAME = 1e-6;

/** A market as the planner sees it. */
export interface PlanMarket extends MarketImpact {
  readonly id: string;
  /** 1e-8 USDC for one whole coin. */
  readonly mark: bigint;
  /** Smallest quantity of an order, 1e-8 coin. */
  readonly lot: bigint;
  /** Largest net quantity that this plan may send, 1e-8 coin. Absent: no limit. */
  readonly pace?: bigint;
}

/** A position as the planner sees it. */
export interface PlanPosition {
  readonly id: string;
  readonly agent: string;
  readonly market: string;
  /** 1e-8 coin, long positive. */
  readonly qty: bigint;
  /**
   * Millionths of USDC that are free again when all of it is closed; in part, pro rata, floored.
   */
  readonly margin: bigint;
  /** Delegation priority: a lower tier is closed before a higher one is touched. */
  readonly tier: number;
  /** Has margin of its own that does not help the fleet: never touched. */
  readonly isolated?: boolean;
  /** Protected collateral of another agent: never touched. */
  readonly guarded?: boolean;
  /** Reduce by at most this, 1e-8 coin. Absent: all of it. */
  readonly maxQty?: bigint;
  /** USDC lost with the hedge that this position is, when all of it is closed. */
  readonly hedge?: number;
  /** USDC of funding that closing all of it forgoes (positive) or saves (negative). */
  readonly funding?: number;
  /** Unrealised profit in millionths, for the rule that closes losers first. */
  readonly pnl?: bigint;
}

export interface PlanInput {
  /** Millionths of USDC of margin that must come free to restore the target. */
  readonly need: bigint;
  /**
   * How much more must come free for each unit of cost, in millionths: the target ratio where the
   * cost is paid out of the collateral. 0 (default) where the need already counts it.
   */
  readonly costShare?: number;
  readonly markets: readonly PlanMarket[];
  readonly positions: readonly PlanPosition[];
}

/** Cost in USDC, estimated; the sum is `total`. */
export interface PlanCost {
  readonly total: number;
  readonly temporary: number;
  readonly permanent: number;
  /** Predicted second round: mark-down of what the fleet keeps. */
  readonly secondRound: number;
  readonly fees: number;
  readonly funding: number;
  readonly hedge: number;
}

export type StepReason =
  /** Two positions of the fleet close against each other at the mark. */
  | "crossed"
  /** The tiers up to this one do not free enough without all of it. */
  | "tier-exhausted"
  /** Frees margin at less than the price at which the plan stops. */
  | "cheapest"
  /** The position at which the target is met. */
  | "marginal";

export interface PlanStep {
  readonly kind: "cross" | "reduce" | "close";
  readonly position: string;
  readonly agent: string;
  readonly market: string;
  /** What the order does; a crossed step sends none. */
  readonly side: "sell" | "buy";
  /** 1e-8 coin to close. */
  readonly qty: bigint;
  /** Orders of one lot each; the last one may be less than a lot when it empties the position. */
  readonly lots: bigint;
  /** The position on the other side of a cross. */
  readonly against?: string;
  /** Millionths of USDC of margin that this step frees. */
  readonly frees: bigint;
  /** USDC that this step adds to the cost when steps run in this order; they sum to the total. */
  readonly cost: number;
  readonly reason: StepReason;
  readonly because: string;
}

export type UntouchedReason =
  | "isolated"
  | "guarded"
  | "empty"
  | "later-tier"
  | "dearer"
  | "costs-more-than-it-frees"
  | "pace"
  /** Others do without it for hardly more: one order fewer. */
  | "fewer-orders"
  /** The rule that was asked for closes others. */
  | "not-by-rule"
  /** Closing it would push somebody else into selling. */
  | "second-round"
  | "not-needed";

export interface Alternative {
  readonly rule: string;
  readonly cost: number;
  readonly freed: bigint;
  readonly touched: number;
}

export interface Plan {
  /** `short`: all that may be closed does not restore the target. */
  readonly status: "nothing-to-do" | "restored" | "short";
  readonly need: bigint;
  readonly freed: bigint;
  /** Millionths that are missing when the status is `short`, else 0. */
  readonly shortfall: bigint;
  /** Freed beyond the need and the cost share: less than one lot of this plan frees, or a pair under a tight pace. */
  readonly over: bigint;
  readonly cost: PlanCost;
  /** USDC: no plan that obeys the same rules costs less. */
  readonly lowerBound: number;
  /** (cost - lowerBound) / |cost|; 0 when the plan is proven optimal. */
  readonly gap: number;
  /** `exact`: by enumeration. `bounded`: within `gap` of the optimum. */
  readonly proof: "exact" | "bounded";
  /** USDC that one more USDC of freed margin costs at the end of this plan. */
  readonly shadowPrice: number;
  readonly steps: readonly PlanStep[];
  readonly untouched: readonly { readonly id: string; readonly reason: UntouchedReason }[];
  readonly alternatives: readonly Alternative[];
}
