/** Random orders and the fills they may get, to see that what was held covers what is needed. */
import fc from "fast-check";
import { type Micro, notional, price, qty } from "../../src/core/money.ts";
import { ppm } from "../../src/core/ppm.ts";
import { collarPrice, holdFor } from "../../src/fleet/pricing.ts";
import { initialMargin } from "../../src/risk/margin.ts";
import { POLICY } from "./cast.ts";

/** Cases in which a buy filled in parts at or below its limit needs more than was held: none. */
export function fitsHold(): readonly unknown[] {
  const market = POLICY.markets[0];
  if (market === undefined) throw new Error("the cast has a market");
  const found: unknown[] = [];
  const lots = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 6 });
  const leverages = fc.integer({ min: 1_000_000, max: 10_000_000 });
  const marks = fc.integer({ min: 100, max: 90_000 });
  fc.assert(
    fc.property(lots, leverages, marks, (parts, times, whole) => {
      const mark = price(BigInt(whole) * 100_000_000n);
      const limit = collarPrice(market, POLICY.collar, "buy", mark);
      const size = parts.reduce((sum, lot) => sum + BigInt(lot) * market.lot, 0n);
      const held = holdFor(market, qty(size), limit, mark, ppm(times));
      const needed = parts.reduce((sum, lot) => {
        const value: Micro = notional(limit, qty(BigInt(lot) * market.lot), "up");
        return sum + initialMargin(market.tiers, value, ppm(times));
      }, 0n);
      if (needed > held) found.push({ parts, times, whole, held, needed });
    }),
    { seed: 7, numRuns: 200 },
  );
  return found;
}
