/** Folds what sources said of prices, which of them are doubted, and where they do not agree. */
import { must, unreachable } from "../core/assert.ts";
import type { Millis } from "../core/time.ts";
import type { PriceEvent } from "../protocol/events-prices.ts";
import type { Reading } from "./market-state.ts";
import type { FleetState } from "./state.ts";

export function evolvePrice(state: FleetState, event: PriceEvent, at: Millis): void {
  switch (event.type) {
    case "PricesRead":
      for (const { market, source, price, at: saidAt } of event.readings) {
        const { readings } = must(state.markets.get(market), "a reading names a market");
        const { doubts, quarantined } = readings.get(source) ?? { doubts: 0, quarantined: false };
        readings.set(source, { price, at: saidAt, heardAt: at, doubts, quarantined });
      }
      return;
    case "SourceDoubted":
      return judged(state, event, { doubts: event.times });
    case "SourceQuarantined":
      return judged(state, event, { quarantined: true });
    case "SourceBelieved":
      return judged(state, event, { doubts: 0, quarantined: false });
    case "PriceUncertain":
    case "PriceCertain":
      must(state.markets.get(event.market), "a price is of a market").uncertain =
        event.type === "PriceUncertain";
      return;
    default:
      return unreachable(event);
  }
}

type OfSource = Extract<PriceEvent, { type: `Source${string}` }>;

function judged(state: FleetState, { market, source }: OfSource, now: Partial<Reading>): void {
  const { readings } = must(state.markets.get(market), "a source is of a market");
  const held = must(readings.get(source), "who is judged has said something");
  readings.set(source, { ...held, ...now });
}
