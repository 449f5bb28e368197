/** What the operator is told of the sources of each price. */
import { VENUE } from "../core/ids.ts";
import { formatPrice, price as priceOf } from "../core/money.ts";
import type { PricesView } from "../protocol/prices-view.ts";
import type { Law } from "./state.ts";

/** Every market that somebody has said something of; nothing where the venue alone is asked. */
export function pricesView(law: Law): PricesView {
  if (law.policy?.prices === undefined) return {};
  const asked = [VENUE, ...law.policy.prices.sources];
  const prices = [...law.markets.values()]
    .filter(({ readings }) => readings.size > 0)
    .map(({ policy, mark, uncertain, readings }) => ({
      market: policy.market,
      mark: formatPrice(mark ?? priceOf(0n)),
      uncertain,
      sources: [...readings]
        .filter(([source]) => asked.includes(source))
        .map(([source, { price, heardAt, doubts, quarantined }]) => ({
          ...{ source, price: formatPrice(price), heardAt, doubts, quarantined },
        })),
    }));
  return { prices };
}
