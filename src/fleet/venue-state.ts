/** What the fold keeps of the venue's own acts: which were booked, and where our positions stand in its queue. */
import type { MarketId } from "../core/ids.ts";
import type { Qty } from "../core/money.ts";
import type { Ppm } from "../core/ppm.ts";
import type { Millis } from "../core/time.ts";

/** Names that are kept: a venue that tells an act again does so soon. */
export const VENUE_NAMES_MAX = 4_096;

export interface AdlRank {
  /** Signed net position that the venue ranked. */
  readonly position: Qty;
  /** 1 to 5; 5 is taken next. */
  readonly lights: number;
  readonly ahead: Ppm;
  /** When the fleet last closed something for it; zero before it did. */
  actedAt: Millis;
  /** Ranked anew since the fleet last closed something for it. */
  anew: boolean;
}

export interface VenueState {
  /** Names of liquidations and deleveragings that were booked, the oldest first. */
  readonly taken: Set<string>;
  readonly ranks: Map<MarketId, AdlRank>;
}

export const emptyVenue = (): VenueState => ({ taken: new Set(), ranks: new Map() });
