/** The fleet's rules as data: what the operator writes in the fleet file and the journal keeps. */
import type { AssetId, Id, MarketId, SourceId } from "../core/ids.ts";
import type { Micro, Price, Qty } from "../core/money.ts";
import type { Ppm } from "../core/ppm.ts";
import type { CrisisPolicy } from "./crisis-policy.ts";

/** One bracket of notional; the last has no upper bound. */
export interface TierPolicy {
  readonly upTo: Micro | undefined;
  readonly initial: Ppm;
  readonly maintenance: Ppm;
}

export interface MarketPolicy {
  readonly market: MarketId;
  /** Where it is traded, for the kill switch of one venue. None: absent is the paper platform. */
  readonly venue?: Id;
  /** What is bought and sold, e.g. BTC. */
  readonly base: AssetId;
  readonly lot: Qty;
  readonly tick: Price;
  readonly minNotional: Micro;
  readonly maxNotional: Micro;
  readonly maxLeverage: Ppm;
  readonly takerFee: Ppm;
  readonly tiers: readonly TierPolicy[];
  /** What the fleet believes of this market's book: USDC that move its price by 1 %. None: crisis.depth. */
  readonly depth?: Micro;
  /** Half the spread, and the share of a move that stays. None: as the crisis rules say. */
  readonly halfSpread?: Ppm;
  readonly permanentShare?: Ppm;
}

export interface AssetPolicy {
  readonly asset: AssetId;
  readonly haircut: Ppm;
  /** Of a holding that is kept for long: its own bound of what may be lent. None: the fleet's. */
  readonly lendShare?: Ppm;
  /** The market whose mark values it; undefined for USDC, which is worth itself. */
  readonly market: MarketId | undefined;
}

export interface ZonePolicy {
  /** Utilization at which the zone begins. */
  readonly yellow: Ppm;
  readonly orange: Ppm;
  readonly red: Ppm;
  /** How far below its beginning a zone is left. */
  readonly hysteresis: Ppm;
}

/** Several sources of every price: what is believed is the median of what fresh ones say. */
export interface PricesPolicy {
  /** Beside the venue: each a user of the broker of its own. */
  readonly sources: readonly SourceId[];
  /** How far from the median a source may be and still agree. */
  readonly divergence: Ppm;
  /** What a source said counts for this long, by admission time, in ms. */
  readonly maxAgeMs: number;
  /** Readings in a row beyond the divergence after which a source no longer counts. */
  readonly quarantineAfter: number;
  /**
   * Where there is no majority. `hold`: the last believed mark stands, so that no one source can call or
   * liquidate anybody, and nothing opens. `follow`: the venue, or who speaks alone, is believed by itself.
   */
  readonly alone: "follow" | "hold";
}

export interface Policy {
  readonly markets: readonly MarketPolicy[];
  readonly assets: readonly AssetPolicy[];
  readonly zones: ZonePolicy;
  /** Share of collateral that no delegation may touch. */
  readonly dryPowder: Ppm;
  /** A mark older than this (by admission time) decides nothing, in ms. */
  readonly markAgeMaxMs: number;
  /**
   * A price that says the same for longer than this, while most other markets move, is taken for the
   * price of a frozen feed and opens nothing, in ms. None: absent; then twelve times `markAgeMaxMs`.
   */
  readonly markStillMaxMs?: number;
  /** Largest move between two marks that is believed at once. */
  readonly markJumpMax: Ppm;
  /** None: absent, and the venue alone is believed. */
  readonly prices?: PricesPolicy;
  /** Distance of a limit from the mark. */
  readonly collar: Ppm;
  /** Distance of a stop that nobody named from the mark, as a share of the way to liquidation. */
  readonly stopShare: Ppm;
  /** A position without its native stop for this long is flattened, in ms. */
  readonly protectWithinMs: number;
  /** An effect unanswered for this long is unresolved, in ms. */
  readonly answerWithinMs: number;
  /** Wait before a closing order that did not close is sent again, in ms. */
  readonly closeRetryMs: number;
  /** A raise takes effect after this, in ms. */
  readonly raiseDelayMs: number;
  /** Largest raise in one step, as a share of the cap. */
  readonly raiseStep: Ppm;
  /** Largest share of a holding that may be lent. */
  readonly lendShare: Ppm;
  /**
   * What reserved margin costs a year while no USDC is lent that would tell it; it bounds nothing.
   * None: absent is 5 %, the least that the guide lends USDC for.
   */
  readonly marginRate?: Ppm;
  /**
   * Who refers every escrow that names nobody: the fleet's own registration at the service, which
   * brings a share of each fee back. None: absent, and nobody does.
   */
  readonly referrer?: Id;
  /**
   * What of a domain's cost is no collateral. None: absent, and a domain is worth nothing until it
   * is sold.
   */
  readonly domainHaircut?: Ppm;
  /**
   * Least part of the collateral in stablecoins. Below it the fleet is warned; it bounds nothing.
   * None: absent, and nobody is.
   */
  readonly stableShareMin?: Ppm;
  /**
   * Largest fleet value at risk that an opening order may bring about, as a share of collateral.
   * None: absent, and no order is refused for it.
   */
  readonly varLimit?: Ppm;
  /** None: absent, and the fleet does nothing by itself when margin grows scarce. */
  readonly crisis?: CrisisPolicy;
  /** Commands an agent may send in one second, and how many it may save up. */
  readonly rate: { readonly perSecond: number; readonly burst: number };
}
