/** Leverage by volatility, cash kept around announced events, and what a trailing stop closes: each by its parameter. */
import { describe, expect, test } from "vitest";
import { must } from "../../src/core/assert.ts";
import { ONE, percent, ppm } from "../../src/core/ppm.ts";
import { DAY, MINUTE, millis } from "../../src/core/time.ts";
import { depthLeft } from "../../src/fleet/market-books.ts";
import { fleetView } from "../../src/fleet/views.ts";
import { scaleOf } from "../../src/fleet/volatility.ts";
import { CRISIS_FIELDS, type CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import { ALICE, at, BTC_PERP, T0, usd } from "./cast.ts";
import { crisisFleet, crisisPolicy, eventsOf, forcedOrders, held } from "./crisis-cast.ts";
import { by, given, inner, ops, type Step, type Story, tick, wait } from "./spec.ts";
import { marks, order } from "./steps.ts";

const fleet = (crisis: CrisisPolicy) =>
  crisisFleet(crisisPolicy(crisis), "10000", [ALICE, { cap: "5000", leaseMs: 9_000_000 }]);

/** So many returns of a size, up and down, an hour of market time apart. */
const swings = (count: number, size: number): readonly Step[] =>
  Array.from({ length: count }, (_, i) => {
    const price = i % 2 === 0 ? 10_000 * (1 + size) : 10_000;
    const when = millis(T0 + (i + 1) * 60 * MINUTE);
    return inner("SetMarks", {
      marks: [{ market: BTC_PERP, price: at(price.toFixed(2)), at: when }],
    });
  });

const RULE: CrisisPolicy = CRISIS_FIELDS.parse({
  volatility: { target: 800_000, windowMs: DAY, sampleMs: 5 * MINUTE },
});
const ask = (leverage: number) => order(ALICE, "o1", { qty: "0.01", leverage });

describe("volatility", () => {
  test("VOL-001: twice the target leaves half of the leverage, told with its numbers, never below 1x", () => {
    // An hour's return of 1.71 % is 160 % a year.
    const story = given(...fleet(RULE), ...swings(240, 0.01725));
    const told = eventsOf(story, "LeverageScaled");
    const last = told.at(-1);
    expect(last).toMatchObject({ market: BTC_PERP, target: 800_000 });
    expect(last?.volatility).toBeGreaterThan(1_500_000);
    expect(last?.volatility).toBeLessThan(1_700_000);
    expect(last?.to).toBe(Math.floor((800_000 * ONE) / (last?.volatility ?? 1)));
    const part = ((last?.to ?? 0) / 10_000).toFixed(2);
    expect(fleetView(story.state, story.now).margin.duties).toContainEqual({
      ...{ duty: "leverage-scaled", agent: "fleet" },
      says: expect.stringContaining(`volatility leaves ${part}`),
    });
    // Five times is what the delegation allows: about half of that now.
    story.when(ask(3_000_000)).refused("leverage_exceeded");
    story.when(ask(2_300_000)).bringsAmong({ type: "OrderApproved" });
    const wild = given(...fleet(RULE), ...swings(240, 0.4));
    wild.when(ask(1_000_001)).refused("leverage_exceeded");
    wild.when(ask(1_000_000)).bringsAmong({ type: "OrderApproved" });
  });

  test("VOL-002: calm brings all of it back, and only steps of the rule are told", () => {
    const story = given(...fleet(RULE), ...swings(240, 0.01725));
    const rough = eventsOf(story, "LeverageScaled").length;
    expect(rough).toBeLessThan(15);
    const calm = Array.from({ length: 400 }, (_, i) => {
      const when = millis(T0 + (241 + i) * 60 * MINUTE);
      return inner("SetMarks", { marks: [{ market: BTC_PERP, price: at("10000"), at: when }] });
    });
    story.given(...calm);
    expect(eventsOf(story, "LeverageScaled").at(-1)?.to).toBe(ONE);
    story.when(ask(5_000_000)).bringsAmong({ type: "OrderApproved" });
    for (const { from, to } of eventsOf(story, "LeverageScaled"))
      expect(to === ONE || Math.abs(to - from) >= 50_000).toBe(true);
  });

  test("VOL-003: without the rule nothing is measured, told or refused", () => {
    const story = given(...fleet({}), ...swings(240, 0.01725));
    expect(eventsOf(story, "LeverageScaled")).toEqual([]);
    story.when(ask(5_000_000)).bringsAmong({ type: "OrderApproved" });
    const rough = given(...fleet(RULE), ...swings(240, 0.01725));
    rough.given(inner("Configure", { policy: crisisPolicy({}), policyHash: "off" }));
    rough.when(ask(5_000_000)).refused("leverage_exceeded");
    const calm = inner("SetMarks", {
      marks: [{ market: BTC_PERP, price: at("10000"), at: millis(T0 + 300 * 60 * MINUTE) }],
    });
    rough.when(wait(60_000), tick, calm, order(ALICE, "o2", { qty: "0.01", leverage: 5_000_000 }));
    rough.bringsAmong({ type: "OrderApproved" });
  });

  test("VOL-005: what it cut of a market is of no weight once the rule is gone: in the view, in books and plans", () => {
    const none = ppm(0);
    const patience = { withinMs: 60_000, recovery: none, premium: none, shock: none, most: ONE };
    const story = given(...fleet({ ...RULE, patience }), ...swings(240, 0.01725));
    const market = () => must(story.state.markets.get(BTC_PERP), "it is listed");
    const duties = () => fleetView(story.state, story.now).margin.duties.map(({ duty }) => duty);
    expect(depthLeft(story.state, market())).toBe(market().scale);
    expect(duties()).toContain("leverage-scaled");
    const policy = crisisPolicy({ patience });
    story.given(inner("Configure", { policy, policyHash: "off" }), wait(60_000), tick);
    expect(market().scale).toBeLessThan(ONE);
    expect(story.state.policy?.crisis).toEqual({ patience });
    expect(depthLeft(story.state, market())).toBe(ONE);
    expect(scaleOf(story.state, market())).toBe(ONE);
    expect(duties()).not.toContain("leverage-scaled");
  });

  test("VOL-004: marks nearer to each other than a sample are no return of their own", () => {
    const near = (i: number): Step =>
      inner("SetMarks", {
        marks: [
          { market: BTC_PERP, price: at(i % 2 === 0 ? "10500" : "10000"), at: millis(T0 + i + 1) },
        ],
      });
    const story = given(...fleet(RULE), ...Array.from({ length: 200 }, (_, i) => near(i)));
    expect(eventsOf(story, "LeverageScaled")).toEqual([]);
  });
});

describe("the calendar's buffer", () => {
  const event = { name: "fomc", at: T0 + 100_000, beforeMs: 60_000, afterMs: 10_000 };
  const rule = { calendar: [{ ...event, maxLeverage: percent(500), buffer: percent(70) }] };
  test("CAL-001: within the window openings leave it whole; before, after and without it they do not", () => {
    const big = (name: string) => order(ALICE, name, { qty: "1.49", limit: "9950" });
    const story = given(...fleet(rule), wait(40_000), marks("10000"));
    story.when(big("o1")).bringsAmong({ type: "OrderApproved" });
    // 2,994.90 of 10,000 are held: 30 % is all there is.
    story
      .when(order(ALICE, "o2", { qty: "0.01" }))
      .refused("buffer_kept", "asked 20.301, allowed 5.1");
    story
      .when(wait(70_001), marks("10000"))
      .when(order(ALICE, "o3", { qty: "0.01" }))
      .bringsAmong({ type: "OrderApproved" });
    const bare = { ...event, maxLeverage: percent(500) };
    const off = given(...fleet({ calendar: [bare] }), wait(40_000), marks("10000"));
    off.given(big("o1")).when(order(ALICE, "o2", { qty: "0.01" }));
    off.bringsAmong({ type: "OrderApproved" });
  });

  test("CAL-002: without a calendar no leverage is refused for the time", () => {
    given(...fleet({}), wait(50_000), marks("10000"))
      .when(ask(5_000_000))
      .bringsAmong({ type: "OrderApproved" });
  });

  test("CAL-003: what reduces and what a reservation frees is not in its way", () => {
    const story = given(...fleet(rule), ...held(ALICE, "1.4"), wait(40_000), marks("10000"));
    story.given(
      by(ALICE, "Reserve", { reservation: "r1", amount: "200", service: "trading", ttlMs: 90_000 }),
    );
    story.when(order(ALICE, "o2", { qty: "0.08", reservation: "r1" }));
    story.bringsAmong({ type: "OrderApproved" });
    story.when(order(ALICE, "o3", { side: "sell", qty: "0.5", reduceOnly: true }));
    story.bringsAmong({ type: "OrderApproved" });
  });
});

describe("the trailing stop", () => {
  const steps = (crisis: CrisisPolicy): readonly Step[] => [
    ...crisisFleet(crisisPolicy(crisis), "1000", [ALICE, { cap: "950" }]),
    ...held(ALICE, "0.3"),
    marks("10300"),
    marks("9700"),
  ];
  const sold = (story: Story) =>
    forcedOrders(story.state).map(({ qty, cause }) => ({ qty, cause }));
  test("TRS-001: it closes the part of what is reserved that the rule names, and without it nothing", () => {
    const on = given(...steps({ trailingStop: percent(15), trailingReduce: percent(50) }));
    expect(eventsOf(on, "TrailingStopHit")).toHaveLength(1);
    expect(sold(on)).toEqual([{ qty: 15_000_000n, cause: "trailing-stop" }]);
    expect(eventsOf(on, "LiquidationPlanned")[0]?.need).toBe(usd("300"));
    const off = given(...steps({ trailingStop: percent(15) }));
    expect(eventsOf(off, "TrailingStopHit")).toHaveLength(1);
    expect(sold(off)).toEqual([]);
    const none = given(...steps({ trailingReduce: percent(50) }));
    expect(sold(none)).toEqual([]);
    expect(eventsOf(none, "TrailingStopHit")).toEqual([]);
    on.given(marks("9600"), ops("SetMode", { mode: "run", reason: "on" }));
    expect(eventsOf(on, "TrailingStopHit")).toHaveLength(1);
  });
});
