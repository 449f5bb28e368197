/** Marks and funding: which prices are believed, and who pays what of a funding. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FLEET } from "../../src/core/ids.ts";
import { type Price, price } from "../../src/core/money.ts";
import { ppm } from "../../src/core/ppm.ts";
import { millis } from "../../src/core/time.ts";
import { resultOf } from "../../src/fleet/ledger.ts";
import { fundingOf } from "../../src/fleet/markets.ts";
import type { Mark, ReportBody } from "../../src/protocol/reports.ts";
import { ALICE, at, BOB, BTC_PERP, coins, T0, usd } from "./cast.ts";
import { given, inner, reported } from "./spec.ts";
import { aliceLong, fill, fleetOf, open, order } from "./steps.ts";

const btc = (text: string, later: number): Mark => ({
  market: BTC_PERP,
  price: at(text),
  at: millis(T0 + later),
});
const set = (...marks: readonly Mark[]) => inner("SetMarks", { marks });
const markOf = (story: ReturnType<typeof given>) => story.state.markets.get(BTC_PERP)?.mark;

describe("marks", () => {
  test("MRK-001: a mark is believed when its source made it later than the last", () => {
    given(...open)
      .when(set(btc("10100", 0)))
      .bringsNothing();
    const story = given(...open).when(set(btc("10100", 1)));
    story.brings({ type: "MarksSet" });
    story.when(set(btc("10200", 1))).bringsNothing();
    expect(markOf(story)).toBe(at("10100"));
  });

  test("MRK-002: a jump is doubted until the next reading says the same; a normal one clears it", () => {
    const story = given(...open).when(set(btc("12000.00000001", 1)));
    story.brings({ type: "MarkRefused", market: BTC_PERP });
    expect(markOf(story)).toBe(at("10000"));
    story.when(set(btc("12100", 2))).brings({ type: "MarksSet" });
    expect(markOf(story)).toBe(at("12100"));
    const calm = given(...open, set(btc("15000", 1)), set(btc("10001", 2)));
    calm.when(set(btc("15000", 3))).brings({ type: "MarkRefused" });
    given(...open, set(btc("15000", 1)))
      .when(set(btc("15151", 2)))
      .brings({ type: "MarkRefused" });
    given(...open)
      .when(set(btc("12000", 1)))
      .brings({ type: "MarksSet" });
  });

  test.each(["0", "-1"])("MRK-003: a price of %s is never believed, said twice or not", (bad) => {
    const wrong = { ...btc("1", 1), price: price(BigInt(bad)) };
    const story = given(...open)
      .when(set(wrong))
      .brings({ type: "MarkRefused" });
    story.when(set({ ...wrong, at: millis(T0 + 2) })).brings({ type: "MarkRefused" });
  });

  test("MRK-004: of one market's marks in one command the newest counts, wherever it stands", () => {
    const story = given(...open, set(btc("10200", 5), btc("10100", 3)));
    expect(markOf(story)).toBe(at("10200"));
    expect(story.state.markets.get(BTC_PERP)?.sourceAt).toBe(T0 + 5);
  });

  test("MRK-005: a mark of an unknown market says nothing", () => {
    const moon = { ...btc("1", 1), market: "moon-perp" as typeof BTC_PERP };
    given(...open)
      .when(set(moon))
      .bringsNothing();
  });

  test("MRK-006: positions are valued at every mark, rounded down", () => {
    const story = given(...aliceLong, set(btc("10000.00000001", 1)));
    expect(story.state.unrealized).toBe(0n);
    story.given(set(btc("9999.99999999", 2)));
    expect(story.state.unrealized).toBe(-1n);
  });
});

describe("funding", () => {
  const funding = (payment: string, rateNano: bigint, mark = "10000"): ReportBody => ({
    type: "funding",
    ...{ market: BTC_PERP, rate: ppm(0), rateNano, mark: at(mark) as Price },
    ...{ position: coins("0.1"), payment: usd(payment) },
  });

  test("FUN-001: the long pays and the short receives where the rate is positive", () => {
    const both = [
      ...fleetOf(ALICE, BOB),
      order(ALICE, "o1", { qty: "0.2" }),
      order(BOB, "o1", { side: "sell" }),
    ];
    const story = given(...both, reported(fill(ALICE, "o1", "0.2"), fill(BOB, "o1", "0.1")));
    story.when(reported(funding("-0.1", 100_000n)));
    story.bringsAmong({
      type: "FundingBooked",
      ...{ market: BTC_PERP, payment: usd("-0.1"), remainder: 0n },
      shares: [
        { agent: ALICE, amount: usd("-0.2") },
        { agent: BOB, amount: usd("0.1") },
      ],
    } as never);
    expect(resultOf(story.state.ledger, "USDC" as never, "funding", ALICE)).toBe(usd("-0.2"));
  });

  test("FUN-002: each share is rounded down; what is left over is the fleet's own, named", () => {
    const story = given(...aliceLong).when(reported(funding("-0.1", 100_001n, "10000.00001")));
    expect(story.state.agents.get(ALICE)?.realized).toBe(usd("-1") - 100_002n);
    expect(story.state.agents.get(FLEET)?.realized).toBe(2n);
  });

  test("FUN-003: funding on what we do not hold goes to the fleet, whole", () => {
    const story = given(...open).when(reported(funding("-1", 100_000n)));
    expect(story.state.agents.get(FLEET)?.realized).toBe(usd("-1"));
  });

  test("FUN-004: funding of an unknown market is kept, not booked", () => {
    given(...open)
      .when(reported({ ...funding("-1", 1n), market: "moon-perp" } as ReportBody))
      .brings({ type: "ReportUnmatched" }, { type: "ReportsTaken" });
  });

  test("FUN-005: always shares are at most exact, and less than one unit below it", () => {
    const size = fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n });
    const rate = fc.bigInt({ min: -(10n ** 8n), max: 10n ** 8n });
    const mark = fc.bigInt({ min: 1n, max: 10n ** 15n });
    fc.assert(
      fc.property(size, rate, mark, (held, rateNano, price) => {
        const exact = -held * price * rateNano;
        const share = fundingOf(held, price as Price, rateNano) * 10n ** 19n;
        expect(share <= exact && exact - share < 10n ** 19n).toBe(true);
      }),
      { seed: 3, numRuns: 300 },
    );
  });
});
