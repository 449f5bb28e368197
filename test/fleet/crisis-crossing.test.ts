/** Crossing inside the fleet: two agents' books change exactly, and the venue never hears of it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { USDC } from "../../src/core/ids.ts";
import { formatDecimal } from "../../src/core/money.ts";
import { resultOf } from "../../src/fleet/ledger.ts";
import { ALICE, BOB, BTC_PERP, coins, usd } from "./cast.ts";
import {
  CALLS,
  crisisFleet,
  crisisPolicy,
  eventsOf,
  forcedOrders,
  held,
  positionOf,
  venueOf,
} from "./crisis-cast.ts";
import { given, tick, wait } from "./spec.ts";
import { marks } from "./steps.ts";

/** Alice long and Bob short at 10,000, called at a mark, the grace over. */
const crossed = (long: string, short: string, mark: string, mode: "cross" | "isolated" = "cross") =>
  given(
    ...crisisFleet(
      crisisPolicy(CALLS),
      "1000",
      [ALICE, { cap: "500", leaseMs: 900_000 }],
      [BOB, { cap: "490", leaseMs: 900_000, mode }],
    ),
    ...held(ALICE, long),
    ...held(BOB, short, "sell"),
    marks(mark),
    wait(300_000),
    tick,
  );

describe("crossing", () => {
  test("CRX-001: a long closes against a short at the mark: no order, no fee, results that the two share", () => {
    const story = crossed("0.23", "0.19", "8000");
    const crosses = eventsOf(story, "PositionsCrossed");
    expect(crosses.length).toBeGreaterThan(0);
    const [first] = crosses;
    expect(first).toMatchObject({ market: BTC_PERP, because: "call-1" });
    expect([first?.long.of, first?.short.of]).toEqual([ALICE, BOB]);
    // A fifth of 10,000 is lost on one side and won on the other.
    expect((first?.long.realized ?? 0n) + (first?.short.realized ?? 0n)).toBe(0n);
    expect(first?.long.realized).toBe(-((first?.qty ?? 0n) * 2_000n * 1_000_000n) / 100_000_000n);
    const fees = resultOf(story.state.ledger, USDC, "fees", BOB);
    expect(fees).toBe(usd("-1.9"));
    const net = (positionOf(story, ALICE)?.qty ?? 0n) + (positionOf(story, BOB)?.qty ?? 0n);
    expect(net).toBe(coins("0.04"));
  });

  test("CRX-002: stops follow what is left", () => {
    const story = crossed("0.23", "0.19", "8000");
    for (const agent of [ALICE, BOB]) {
      const left = positionOf(story, agent);
      const size = left === undefined || left.qty < 0n ? -(left?.qty ?? 0n) : left.qty;
      expect(left?.stopQty).toBe(size);
    }
  });

  test("CRX-003: an isolated agent crosses with nobody", () => {
    const story = crossed("0.23", "0.19", "8000", "isolated");
    expect(eventsOf(story, "MarginExpired")).toHaveLength(1);
    expect(eventsOf(story, "PositionsCrossed")).toEqual([]);
    expect(forcedOrders(story.state).every(({ agent }) => agent === ALICE)).toBe(true);
  });

  test("CRX-004: whatever is crossed at whatever mark, our books stay equal to the venue's", () => {
    let crosses = 0;
    const lots = (n: number): string => formatDecimal(BigInt(n), 3);
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 235 }),
        fc.integer({ min: 170, max: 215 }),
        fc.integer({ min: 700, max: 930 }),
        (long, short, mark) => {
          const story = crossed(lots(long), lots(short), `${mark}0.37`);
          crosses += eventsOf(story, "PositionsCrossed").length;
          // The venue saw two fills: a purchase and a sale at 10,000, a thousandth of fee each.
          const traded = BigInt(long + short) * 10_000n;
          const cash = usd("1000") - traded;
          const net = BigInt(long - short);
          expect(venueOf(story, cash, net * 100_000n, net * 10_000_000n)).toEqual([]);
        },
      ),
      { seed: 7, numRuns: 40, endOnFailure: true },
    );
    expect(crosses).toBeGreaterThan(20);
  });
});
