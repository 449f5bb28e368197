/** Folds what the venue did unasked: positions it took, ranks it told, and what was done about them. */
import { must, unreachable } from "../core/assert.ts";
import { type Millis, millis } from "../core/time.ts";
import type { TakenFacts, VenueEvent } from "../protocol/events-venue.ts";
import { planAnew, settle } from "./evolve-orders.ts";
import { type FleetState, keyOf } from "./state.ts";
import { VENUE_NAMES_MAX } from "./venue-state.ts";

export function evolveVenue(state: FleetState, event: VenueEvent, at: Millis): void {
  const { venue } = state;
  switch (event.type) {
    case "VenueLiquidated":
    case "AutoDeleveraged":
      take(state, event);
      return planAnew(state, at);
    case "AdlRankSet": {
      const { market, position, lights, ahead } = event;
      if (lights === 0) venue.ranks.delete(market);
      else {
        const actedAt = venue.ranks.get(market)?.actedAt ?? millis(0);
        venue.ranks.set(market, { position, lights, ahead, actedAt, anew: true });
      }
      return;
    }
    case "AdlAvoided": {
      const rank = venue.ranks.get(event.market);
      if (rank === undefined) return;
      rank.actedAt = at;
      rank.anew = false;
      return;
    }
    // Its orders and modes are events of their own.
    case "HedgeBared":
      return;
    default:
      return unreachable(event);
  }
}

function take(state: FleetState, { name, market, parts }: TakenFacts): void {
  const { taken } = state.venue;
  taken.add(name);
  for (const oldest of taken) {
    if (taken.size <= VENUE_NAMES_MAX) break;
    taken.delete(oldest);
  }
  for (const part of parts) {
    const position = must(state.positions.get(keyOf(part.of, market)), "what is taken is held");
    settle(state, position, part, part.fee);
  }
}
