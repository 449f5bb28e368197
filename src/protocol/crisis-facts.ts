/** The facts and estimates that events of a crisis carry. */
import type { AgentId, MarketId } from "../core/ids.ts";
import type { Micro, Price, Qty } from "../core/money.ts";
import type { Ppm } from "../core/ppm.ts";

/** The margin that a decision was made by. */
export interface MarginFacts {
  readonly utilization: Ppm;
  readonly maintenanceRatio: Ppm;
  readonly maintenance: Micro;
  readonly equity: Micro;
  readonly reserved: Micro;
  readonly collateral: Micro;
}

/** One use of a source of cash. */
export interface CashStep {
  readonly source: string;
  readonly kind: string;
  readonly amount: Micro;
  /** What of it counts towards the need: nothing of what lands late. */
  readonly counts: Micro;
  /** Estimated. */
  readonly cost: Micro;
  readonly timeToCashMs: number;
  readonly certainty: Ppm;
  readonly reason: string;
}

export interface LiquidationStep {
  readonly kind: "cross" | "reduce" | "close";
  readonly of: AgentId;
  readonly market: MarketId;
  readonly side: "buy" | "sell";
  readonly qty: Qty;
  readonly frees: Micro;
  /** Estimated; with the others it makes up the plan's. */
  readonly cost: Micro;
  readonly reason: string;
  readonly because: string;
}

/** What a plan believed of a market that it trades in. */
export interface BookBelief {
  readonly market: MarketId;
  readonly mark: Price;
  /** USDC that move the price by 1 %. */
  readonly depth: Micro;
  readonly halfSpread: Ppm;
  /** The share of a move that stays. */
  readonly permanentShare: Ppm;
  readonly takerFee: Ppm;
  /** Which of the numbers are the market's own; the others are what the rules say of every market. */
  readonly own: readonly string[];
}

/** Steps that wait for fuller books: the cost expected with them, and if they went at once. */
export type WaitingSteps = Record<"expected" | "atOnce", Micro> & { readonly steps: number };

/** What a reallocation makes of one agent. Ratios are annual Sharpe ratios in ppm. */
export interface ReallocatedLine {
  readonly of: AgentId;
  /** Caps; `naive` is what the Sharpe ratio of the last seven periods alone would give. */
  readonly before: Micro;
  readonly after: Micro;
  readonly inUse: Micro;
  readonly naive: Micro;
  /** As its record shows, and after shrinking towards what all have in common. */
  readonly observed: Ppm;
  readonly mean: Ppm;
}

/** One side of a cross, after it. */
export interface CrossedSide {
  readonly of: AgentId;
  /** Gain (positive) or loss of the part that closed. */
  readonly realized: Micro;
  readonly positionQty: Qty;
  readonly positionCost: Micro;
  readonly positionMargin: Micro;
}
