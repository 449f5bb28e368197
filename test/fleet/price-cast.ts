/** A fleet that asks two more sources for prices, and what they say. */
import { type SourceId, sourceId, VENUE } from "../../src/core/ids.ts";
import { percent } from "../../src/core/ppm.ts";
import { millis } from "../../src/core/time.ts";
import type { Policy, PricesPolicy } from "../../src/protocol/policy.ts";
import { at, BTC_PERP, ETH_PERP, POLICY, T0 } from "./cast.ts";
import { inner, type Step } from "./spec.ts";

export const INDEX_A = sourceId("index-a");
export const INDEX_B = sourceId("index-b");

/** Divergence 2 %; doubted three times is too often; who speaks alone is not followed. */
export const PRICES: PricesPolicy = {
  sources: [INDEX_A, INDEX_B],
  divergence: percent(2),
  maxAgeMs: 8_000,
  quarantineAfter: 3,
  alone: "hold",
};
export const priced = (prices: Partial<PricesPolicy> = {}, rest: Partial<Policy> = {}): Policy => ({
  ...POLICY,
  ...rest,
  prices: { ...PRICES, ...prices },
});

/** One source says a price of BTC, later than anything said before. */
export const says =
  (source: SourceId, price: string, market = BTC_PERP): Step =>
  (law) => {
    const before = law.markets.get(market)?.readings.get(source)?.at ?? 0;
    const newest = millis(Math.max(T0, law.at, before + 1));
    const from = source === VENUE ? {} : { source };
    return inner("SetMarks", { marks: [{ ...from, market, price: at(price), at: newest }] });
  };

/** All three say the same of both markets. */
export const agreed = (btc: string, eth = "1000"): readonly Step[] =>
  [VENUE, INDEX_A, INDEX_B].flatMap((source) => [says(source, btc), says(source, eth, ETH_PERP)]);
