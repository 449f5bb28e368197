/** What the venue did to us unasked: liquidations, deleveragings, and what the fleet makes of them. */
import type { AgentId, MarketId } from "../core/ids.ts";
import type { Micro, Price, Qty } from "../core/money.ts";
import type { Ppm } from "../core/ppm.ts";
import type { Side } from "./words.ts";

/**
 * One agent's part of what the venue took, and its position after it.
 *
 * The parts of an event add up to it, to the unit: quantity, notional, fee and what was covered.
 */
export interface TakenPart {
  readonly of: AgentId;
  readonly qty: Qty;
  readonly notional: Micro;
  readonly fee: Micro;
  /** Gain (positive) or loss of the part that closed, with its part of what the fund covered. */
  readonly realized: Micro;
  readonly positionQty: Qty;
  readonly positionCost: Micro;
  readonly positionMargin: Micro;
}

/** What both ways of taking a position say. */
export interface TakenFacts {
  /** The venue's own name of it, unique for ever: booked once, whatever is reported again. */
  readonly name: string;
  readonly market: MarketId;
  /** Of the trade that closed: a long is closed by a sell. */
  readonly side: Side;
  readonly qty: Qty;
  readonly price: Price;
  readonly notional: Micro;
  readonly mark: Price;
  readonly parts: readonly TakenPart[];
}

/** Legs that stood against each other, until the venue took so much of one that they do not. */
interface BaredFacts {
  /** "fleet" where it is the net of all agents that was hedged. */
  readonly agent: AgentId;
  /** The venue event that took a leg, and the market it took it in. */
  readonly name: string;
  readonly market: MarketId;
  /** The markets that were counted against each other, by the name of their group. */
  readonly group: string;
  /** Value at the marks of all legs, signs kept, before and after; and of all legs before, without. */
  readonly netBefore: Micro;
  readonly netAfter: Micro;
  readonly grossBefore: Micro;
  /** What a net may be of what its legs come to. */
  readonly bound: Ppm;
  readonly handling: "reduce" | "freeze" | "tell";
}

export type VenueEvent =
  | ({
      readonly type: "VenueLiquidated";
      /** Paid to the venue's insurance fund, and what that paid for us. */
      readonly fee: Micro;
      readonly covered: Micro;
      /** What it was judged by, of the whole account. */
      readonly equity: Micro;
      readonly maintenance: Micro;
    } & TakenFacts)
  | ({ readonly type: "AutoDeleveraged" } & TakenFacts)
  /** Where our net position stands in the queue of its side now. */
  | {
      readonly type: "AdlRankSet";
      readonly market: MarketId;
      /** Signed net position that is ranked; 0 is none any more. */
      readonly position: Qty;
      /** 5 for the first fifth of its side, 1 for the last; 0 without a position. */
      readonly lights: number;
      /** The part of the side that would be taken before it. */
      readonly ahead: Ppm;
    }
  /** The fleet closes a part of a position before the venue does. */
  | {
      readonly type: "AdlAvoided";
      readonly market: MarketId;
      /** Of the closing orders. */
      readonly side: Side;
      readonly lights: number;
      readonly ahead: Ppm;
      /** The lights from which the rules ask for it. */
      readonly reduceAtRank: number;
      readonly qty: Qty;
      readonly shares: readonly { readonly of: AgentId; readonly qty: Qty }[];
      readonly reason: string;
    }
  | ({ readonly type: "HedgeBared" } & BaredFacts);
