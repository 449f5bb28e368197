/** What the venue takes unasked: booked once, to who held it, to the unit. */
import { describe, expect, test } from "vitest";
import { FLEET, USDC } from "../../src/core/ids.ts";
import { compareBooks } from "../../src/fleet/books.ts";
import { resultOf } from "../../src/fleet/ledger.ts";
import { keyOf } from "../../src/fleet/state.ts";
import { VENUE_NAMES_MAX } from "../../src/fleet/venue-state.ts";
import { agentView, fleetView } from "../../src/fleet/views.ts";
import { ALICE, BOB, BTC_PERP, coins, DORA, unitsOf, usd } from "./cast.ts";
import { eventsOf, held, positionOf, venueOf } from "./crisis-cast.ts";
import { given, inner, reported, type Story } from "./spec.ts";
import { done, fill, fleetOf, marks, order } from "./steps.ts";
import { deleveraged, liquidated, ranked } from "./venue-cast.ts";

/** Alice long 0.1 and Bob long 0.05 at 10,000, the mark at 9,000; Dora short 0.03. */
const longs = (): Story =>
  given(
    ...fleetOf(ALICE, BOB, DORA),
    ...held(ALICE, "0.1"),
    ...held(BOB, "0.05"),
    ...held(DORA, "0.03", "sell"),
    marks("9000"),
  );
const partsOf = (story: Story) =>
  [...eventsOf(story, "AutoDeleveraged"), ...eventsOf(story, "VenueLiquidated")].flatMap(
    ({ parts }) => parts,
  );

describe("what the venue took", () => {
  test("VEV-001: it is parted by lots among those on its side, and nobody on the other", () => {
    // 40 lots over 100 and 50: 26 2/3 and 13 1/3, the lot that is left to the larger remainder.
    const story = longs()
      .when(reported(deleveraged("0.04")))
      .bringsAmong({
        type: "AutoDeleveraged",
        name: "t-1",
      });
    expect(partsOf(story).map(({ of, qty }) => [of, qty])).toEqual([
      [ALICE, coins("0.027")],
      [BOB, coins("0.013")],
    ]);
    expect(positionOf(story, ALICE)?.qty).toBe(coins("0.073"));
    expect(positionOf(story, BOB)?.qty).toBe(coins("0.037"));
    expect(positionOf(story, DORA)?.qty).toBe(-coins("0.03"));
  });

  test("VEV-002: a short is taken by a purchase, from the shorts alone", () => {
    const story = longs().when(reported(deleveraged("0.01", { side: "buy" })));
    expect(partsOf(story).map(({ of }) => of)).toEqual([DORA]);
    expect(positionOf(story, DORA)?.qty).toBe(-coins("0.02"));
  });

  test("VEV-003: result, fee and cover go by what each lost, add up, and free its margin", () => {
    const before = longs();
    const margin = positionOf(before, ALICE)?.margin ?? 0n;
    const terms = { fee: "1.000001", covered: "2" };
    const story = before.when(reported(liquidated("0.12", terms)));
    const parts = partsOf(story);
    const sum = (of: (part: (typeof parts)[number]) => bigint): bigint =>
      parts.reduce((total, part) => total + of(part), 0n);
    expect(sum(({ qty }) => qty)).toBe(coins("0.12"));
    expect(sum(({ notional }) => notional)).toBe(usd("1080"));
    expect(sum(({ fee }) => fee)).toBe(usd("1.000001"));
    // 0.12 bought at 10,000 and sold at 9,000, less what the fund paid.
    expect(sum(({ realized }) => realized)).toBe(usd("-118"));
    for (const { of, realized, fee } of parts) {
      expect(resultOf(story.state.ledger, USDC, "trading", of)).toBe(realized);
      const opened = of === ALICE ? "1" : "0.5";
      expect(resultOf(story.state.ledger, USDC, "fees", of)).toBe(-fee - usd(opened));
    }
    expect(positionOf(story, ALICE)?.margin).toBeLessThan(margin);
    expect(story.last?.events.find(({ type }) => type === "VenueLiquidated")).toMatchObject({
      ...{ fee: usd("1.000001"), covered: usd("2"), equity: usd("40"), maintenance: usd("50") },
    });
  });

  test("VEV-004: our books are the venue's after it", () => {
    const story = longs().when(reported(liquidated("0.12", { fee: "0.7", covered: "0.2" })));
    // 10,000 came in; 0.15 bought and 0.03 sold at 10,000 with a thousandth of fee; 0.12 sold at 9,000.
    const cash = usd("10000") - usd("1501.5") + usd("299.7") + usd("1080") - usd("0.5");
    expect(venueOf(story, cash, 0n, 0n)).toEqual([]);
    const wrong = venueOf(story, cash + 1n, 0n, 0n);
    expect(wrong.map(({ what }) => what)).toEqual(["cash less cost"]);
  });

  test("VEV-005: stops follow what is left, and a position that is gone has none", () => {
    const story = longs().when(reported(deleveraged("0.15")));
    for (const agent of [ALICE, BOB]) {
      expect(positionOf(story, agent)).toMatchObject({ phase: "flat", qty: 0n, margin: 0n });
    }
    const stops = story.last?.events.filter(({ type }) => type === "StopRequested") ?? [];
    expect(stops).toMatchObject([
      { agent: ALICE, qty: 0n },
      { agent: BOB, qty: 0n },
    ]);
    expect(story.state.agents.get(ALICE)?.reserved).toBe(0n);
  });

  test("VEV-006: told again under its name it is booked once, by whatever number", () => {
    const story = longs()
      .given(reported(deleveraged("0.04")))
      .when(reported(deleveraged("0.04")));
    story.brings(
      { type: "ReportUnmatched", reason: "it is booked already" },
      { type: "ReportsTaken" },
    );
    expect(positionOf(story, ALICE)?.qty).toBe(coins("0.073"));
    story.when(reported(deleveraged("0.01", { name: "t-2" })));
    expect(eventsOf(story, "AutoDeleveraged")).toHaveLength(2);
  });

  test("VEV-007: the names that are kept are bounded, the newest stay", () => {
    const story = longs();
    const one = (i: number) => deleveraged("0.001", { name: `n-${i}` });
    for (let i = 0; i < 3; i += 1) story.given(reported(one(i)));
    expect([...story.state.venue.taken]).toEqual(["n-0", "n-1", "n-2"]);
    for (let i = 0; i < VENUE_NAMES_MAX; i += 1) story.state.venue.taken.add(`f-${i}`);
    story.last = undefined;
    story.take(inner("TakeReports", { reports: [] }));
    const reports = [{ ...one(3), seq: story.state.reportsThrough + 1, at: story.now }];
    story.take(inner("TakeReports", { reports }));
    expect(story.state.venue.taken.size).toBe(VENUE_NAMES_MAX);
    expect(story.state.venue.taken.has("n-3")).toBe(true);
    expect(story.state.venue.taken.has("n-0")).toBe(false);
  });

  test("VEV-008: what a gap left out is refused until it is read again, and then booked once", () => {
    const story = longs();
    const { reportsThrough } = story.state;
    const at = story.now;
    const [first, second] = [
      { ...deleveraged("0.01", { name: "a" }), seq: reportsThrough + 1, at },
      { ...deleveraged("0.02", { name: "b" }), seq: reportsThrough + 2, at },
    ];
    story.when(inner("TakeReports", { reports: [second] })).refused("report_gap");
    story.when(inner("TakeReports", { reports: [first, second] }));
    story.when(inner("TakeReports", { reports: [first, second] }));
    expect(eventsOf(story, "AutoDeleveraged").map(({ name }) => name)).toEqual(["a", "b"]);
  });

  test("VEV-009: more than anybody holds is a trade of the fleet's own, and closed", () => {
    const story = longs().when(reported(liquidated("0.2", { fee: "2", covered: "1" })));
    const [event] = eventsOf(story, "VenueLiquidated");
    expect(event).toMatchObject({ qty: coins("0.15"), notional: usd("1350"), fee: usd("1.5") });
    expect(positionOf(story, FLEET)?.qty).toBe(-coins("0.05"));
    story.bringsAmong({ type: "PositionClosing", agent: FLEET, reason: "unordered" });
    expect(venueOf(story, -1n, 0n, 0n).map(({ what }) => what)).toContain("cash less cost");
  });

  test("VEV-010: what fits nothing is kept, and nothing is booked", () => {
    const story = longs();
    const market = "moon-perp" as typeof BTC_PERP;
    for (const body of [
      deleveraged("0.01", { market }),
      deleveraged("0", { name: "z" }),
      ranked("1", 5, market),
    ]) {
      story.when(reported(body)).brings({ type: "ReportUnmatched" }, { type: "ReportsTaken" });
    }
    expect(story.state.venue.ranks.size).toBe(0);
  });

  test("VEV-011: a mismatch with the venue's books still shuts openings", () => {
    const story = longs().given(reported(deleveraged("0.04")));
    const differences = compareBooks(story.state, {
      ...{ seq: story.state.reportsThrough, at: story.now, openOrders: [], stops: [] },
      balances: new Map([[USDC, unitsOf("1", 6)]]),
      ...{ locked: new Map(), positions: new Map() },
    });
    const through = story.state.reportsThrough;
    story.when(inner("CompareBooks", { through, differences }));
    story.bringsAmong({ type: "BooksDiffer", what: `position ${BTC_PERP}` });
    story.when(order(ALICE, "more")).refused("reduce_only");
  });

  test("VEV-012: an order that was closing it closes no more than what is left", () => {
    const story = longs()
      .given(order(ALICE, "out", { side: "sell", qty: "0.1", reduceOnly: true }))
      .given(reported(deleveraged("0.15")))
      .when(reported(fill(ALICE, "out", "0.1", "9000"), done(ALICE, "out", "0.1")));
    // The venue took it first: the order opened a short, which nobody admitted.
    story.bringsAmong({ type: "PositionClosing", agent: ALICE, market: BTC_PERP });
  });
});

describe("the rank of what we hold", () => {
  test("VEV-020: it is seen by those on the side that is ranked, until the position is gone", () => {
    const story = longs().given(reported(ranked("0.12", 3)));
    const seen = (agent: typeof ALICE) => agentView(story.state, agent, 0)?.positions[0]?.adl;
    expect(seen(ALICE)).toEqual({ lights: 3, ahead: 400_000 });
    expect(seen(BOB)).toEqual({ lights: 3, ahead: 400_000 });
    expect(seen(DORA)).toBeUndefined();
    const told = fleetView(story.state, 0).positions.map(({ agent, adl }) => [agent, adl?.lights]);
    expect(told).toEqual([
      [ALICE, 3],
      [BOB, 3],
      [DORA, undefined],
    ]);
    story.given(reported(ranked("0", 0)));
    expect(seen(ALICE)).toBeUndefined();
    expect(story.state.positions.has(keyOf(ALICE, BTC_PERP))).toBe(true);
  });
});
