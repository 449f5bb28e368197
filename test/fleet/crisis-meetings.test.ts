/** Where duties, calls and pace meet: what one of them does must not undo or forget another. */
import { describe, expect, test } from "vitest";
import { FLEET } from "../../src/core/ids.ts";
import { percent, ppm } from "../../src/core/ppm.ts";
import { keyOf } from "../../src/fleet/state.ts";
import type { CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import { ALICE, BOB, BTC_PERP, named, TEN_TIMES, usd } from "./cast.ts";
import {
  CALLS,
  crisisFleet,
  crisisPolicy,
  ended,
  eventsOf,
  forcedFill,
  forcedOrders,
  held,
  plansOf,
} from "./crisis-cast.ts";
import {
  answered,
  by,
  effectOf,
  given,
  REJECTED,
  reported,
  type Step,
  type Story,
  tick,
  wait,
} from "./spec.ts";
import { deposited, done, marks, order, stopFill } from "./steps.ts";

const RETRY = 2_000;
const deep = { depth: usd("1000000") };
const one = (crisis: CrisisPolicy, cap = "950", deposit = "1000") =>
  crisisFleet(crisisPolicy(crisis), deposit, [ALICE, { cap }]);
const bet = (stake: string): Step =>
  by(ALICE, "PlaceBet", {
    ...{ bet: "b1", game: "dice", stake, params: {}, clientSeed: "seed-seed" },
  });
const loan: readonly Step[] = [
  by(ALICE, "OpenLoan", {
    ...{ loan: "l1", asset: "USDC", amount: "200", minRate: 0, noticeMs: 60_000 },
  }),
  reported((law) => ({
    type: "loanOpened",
    loan: law.loans.get(keyOf(ALICE, named("l1")))?.name as never,
    ...{ rate: ppm(94_000), collateral: ppm(0) },
  })),
];

describe("during the grace of a fleet's call", () => {
  test("FOL-031: what a trailing stop's order did not fill is asked for again after the retry wait", () => {
    const stop = { trailingStop: percent(10), trailingReduce: percent(50) };
    const story = given(...one({ ...CALLS, ...stop }), ...held(ALICE, "0.4"));
    story.given(marks("9700"), marks("9400"));
    expect(eventsOf(story, "MarginCalled")).toMatchObject([{ agent: FLEET }]);
    expect(forcedOrders(story.state)).toMatchObject([{ cause: "trailing-stop" }]);
    story.given(ended(), wait(RETRY), tick);
    expect(forcedOrders(story.state)).toMatchObject([{ cause: "trailing-stop" }]);
  });

  test("FOL-032: orange asks loans back, and leaves positions to their agents", () => {
    const rules: CrisisPolicy = {
      ...{ ...CALLS, recallLoans: true, reduceWithinMs: 60_000 },
      ...{ callAt: percent(15), targetMaintenance: percent(10) },
    };
    const story = given(...one(rules), ...held(ALICE, "0.3"), marks("9900"));
    expect(eventsOf(story, "MarginCalled")).toMatchObject([{ agent: FLEET, cause: "maintenance" }]);
    expect(story.state.zone).toBe("yellow");
    story.given(marks("9300"), wait(RETRY), tick, wait(60_000), tick);
    expect([story.state.zone, story.state.crisis.live.has(FLEET)]).toEqual(["orange", true]);
    expect(forcedOrders(story.state)).toEqual([]);
  });
});

test("FOL-033: orange that a top-up brings asks loans back like any other, before anything is closed", () => {
  const rules = { ...deep, topUp: percent(160), recallLoans: true, reduceWithinMs: 300_000 };
  const terms = { cap: "1400", maxLeverage: TEN_TIMES };
  const story = given(
    ...crisisFleet(crisisPolicy(rules), "2000", [ALICE, terms]),
    ...[...loan, ...held(ALICE, "0.7", "buy", TEN_TIMES), bet("400")],
  );
  expect(story.state.zone).toBe("yellow");
  // 1,300 are reserved of 1,783; 53.2 more that are put behind the position bring orange.
  story.given(marks("9700"));
  expect(story.state.zone).toBe("orange");
  expect(eventsOf(story, "PositionToppedUp")).toHaveLength(1);
  expect(eventsOf(story, "LoanRecallRequested")).toMatchObject([{ reason: "orange" }]);
  story.given(wait(RETRY), tick);
  expect(forcedOrders(story.state)).toEqual([]);
});

describe("what an order of a paced plan did not fill", () => {
  const pace = { depth: ppm(500_000), everyMs: 60_000 };
  const rule = { ...CALLS, depth: usd("1000"), permanentShare: ppm(0), pace };
  const called = (crisis: CrisisPolicy = rule) =>
    given(...one(crisis), ...held(ALICE, "0.41"), marks("9900"), wait(300_000), tick);
  const netOf = (story: Story) => story.state.crisis.paced.get(BTC_PERP)?.net;
  const ends: Step = (law) =>
    forcedOrders(law)
      .slice(0, 1)
      .map(({ agent, order }) => reported(done(agent, order, "0")));

  test("PAC-031: is given back to no later span than its own, and asked for again in what that has left", () => {
    const story = called().given(wait(pace.everyMs), tick);
    expect(forcedOrders(story.state)).toHaveLength(2);
    const sent = netOf(story);
    story.given(ends);
    expect(netOf(story)).toBe(sent);
    story.given(wait(RETRY), tick);
    expect(forcedOrders(story.state)).toHaveLength(1);
  });

  test("PAC-032: is not given back of a closing, which the pace never counted", () => {
    // The stop at the venue closes all, and then the plan's order sells on.
    const story = called().given(reported(stopFill(ALICE, "0.41", "9900")), forcedFill("9900"));
    const sent = netOf(story);
    expect(forcedOrders(story.state)).toMatchObject([{ cause: "call-1", side: "buy" }]);
    for (let i = 0; i < 3; i += 1) story.given(ended(), wait(RETRY), tick);
    expect(netOf(story)).toBe(sent);
  });

  test("PAC-033: may go again at once where a span takes a single lot", () => {
    const story = called({ ...rule, pace: { ...pace, depth: ppm(1) } });
    for (let i = 0; i < 3; i += 1) {
      expect(forcedOrders(story.state)).toMatchObject([{ qty: 100_000n }]);
      story.given(ended(), wait(RETRY), tick);
    }
    story.given(forcedFill("9900"), wait(RETRY), tick);
    expect(forcedOrders(story.state)).toEqual([]);
  });
});

describe("an order that was refused for its price", () => {
  const refused = answered(effectOf("PlaceOrder"), { outcome: "rejected", reason: "price collar" });

  test("FOL-034: goes again for a duty at once with the next mark, as for a call", () => {
    const rules = { ...deep, reduceWithinMs: 300_000 };
    const story = given(...one(rules), ...held(ALICE, "0.2"), bet("400"), refused);
    // By the same mark nothing may go, and each look waits longer.
    story.given(wait(RETRY), tick);
    expect(plansOf(story, "orange").at(-1)?.steps).toEqual([]);
    story.given(wait(1), marks("9999"));
    expect(forcedOrders(story.state)).toMatchObject([{ cause: "orange" }]);
  });

  test("FOL-035: has what it was for planned anew with the next mark, not with every one after it", () => {
    const story = given(...one(CALLS, "1000", "1050"), ...held(ALICE, "0.2"), bet("500"));
    story.given(marks("8800"), wait(300_000), tick, refused);
    // The stop takes the position; what the bet holds nobody can close.
    story.given(reported(stopFill(ALICE, "0.2", "8800")), wait(60_000), tick);
    expect(story.state.crisis.live.has(FLEET)).toBe(true);
    const made = plansOf(story, "call-1").length;
    for (let i = 1; i <= 20; i += 1) story.given(wait(100), marks(String(8_800 - i)));
    expect(plansOf(story, "call-1").length - made).toBeLessThanOrEqual(1);
  });
});

test("FOL-036: orange goes on when a call for maintenance is cured, for that has freed nothing of what it wants", () => {
  const rules: CrisisPolicy = {
    ...{ ...deep, reduceWithinMs: 300_000, graceMs: 300_000, hysteresis: ppm(500) },
    ...{ callAt: ppm(101_000), targetMaintenance: ppm(90_000), targetUtilization: percent(55) },
  };
  const story = given(...one(rules), ...held(ALICE, "0.2"), bet("400"), ended());
  story.given(marks("9900"), wait(RETRY), tick);
  expect(eventsOf(story, "MarginCalled")).toMatchObject([{ agent: FLEET, cause: "maintenance" }]);
  expect(forcedOrders(story.state)).toEqual([]);
  story.given(marks("10000"), marks("10000"));
  expect(eventsOf(story, "MarginCured")).toHaveLength(1);
  expect(story.state.zone).toBe("orange");
  expect(forcedOrders(story.state)).toMatchObject([{ cause: "orange" }]);
});

describe("a trailing stop whose sweep cancels what rests", () => {
  const rule = { ...deep, trailingStop: percent(15), trailingReduce: percent(50) };
  const two = crisisFleet(
    crisisPolicy(rule),
    "1000",
    [ALICE, { cap: "500" }],
    [BOB, { cap: "450" }],
  );
  const rests = (size: string) => order(BOB, "o1", { qty: size, limit: "9950" });
  const hit: readonly Step[] = [marks("10300"), marks("9300")];
  const needs = (story: Story) => plansOf(story, "trailing-stop").map(({ need }) => need);

  test("FOL-037: closes what that does not bring, and no position for what it does", () => {
    // 400 are behind a position, 402 behind the order: half of both is less than the order.
    const story = given(...two, ...held(ALICE, "0.2"), rests("0.2"), ...hit);
    expect(eventsOf(story, "CancelRequested")).toMatchObject([{ agent: BOB, order: "o1" }]);
    expect(needs(story)).toEqual([0n]);
    expect(forcedOrders(story.state)).toEqual([]);
    const name = named("o1");
    story.given(reported(done(BOB, name, "0")), wait(RETRY), tick, wait(60_000), tick);
    expect(story.state.reserved).toBe(usd("400"));
    expect(needs(story)).toEqual([0n]);
    const less = given(...two, ...held(ALICE, "0.2"), rests("0.1"), ...hit);
    // Half of 601 is 300.5, of which 201 come by themselves.
    expect(needs(less)).toEqual([usd("99.5")]);
  });

  test("FOL-038: counts on no cancel that the venue has refused, however often it is asked again", () => {
    const story = given(...two, ...held(ALICE, "0.2"), rests("0.2"), ...hit);
    story.given(answered(effectOf("CancelOrder"), REJECTED), wait(RETRY), tick);
    expect(story.state.orders.get(keyOf(BOB, named("o1")))?.cancelling).toBe(true);
    expect(needs(story)).toEqual([0n, usd("401")]);
  });
});

describe("what orange gives up and the venue does not take back", () => {
  const rules = { ...deep, graceMs: 300_000, recallLoans: true };

  test("FOL-039: is a loan that is asked back again after the retry wait while orange lasts", () => {
    const inOrange = [...one(rules), ...loan, ...held(ALICE, "0.1"), bet("400")];
    const refused = answered(effectOf("RecallLoan"), REJECTED);
    const story = given(...inOrange, refused, wait(RETRY), tick, refused, wait(RETRY), tick);
    expect(story.state.zone).toBe("orange");
    const asked = eventsOf(story, "LoanRecallRequested").map(({ reason }) => reason);
    expect(asked).toEqual(["orange", "orange", "orange"]);
    const over = given(...inOrange, refused, deposited("1000"), wait(RETRY), tick);
    expect(over.state.zone).toBe("green");
    expect(eventsOf(over, "LoanRecallRequested")).toHaveLength(1);
    const off = { ...rules, reduceWithinMs: 300_000, recallLoans: false };
    const agents = by(ALICE, "RecallLoan", { loan: "l1" });
    const own = given(...one(off), ...loan, agents, ...held(ALICE, "0.1"), bet("400"));
    own.given(refused, wait(RETRY), tick);
    expect(eventsOf(own, "LoanRecallRequested")).toHaveLength(1);
  });

  test("FOL-040: is an order whose cancel is asked for again, and counts for nothing that comes meanwhile", () => {
    const rests = order(ALICE, "o1", { qty: "0.2", limit: "10000" });
    const refused = answered(effectOf("CancelOrder"), REJECTED);
    const story = given(...one(rules), rests, bet("400"), refused, wait(RETRY), tick);
    expect(story.state.zone).toBe("orange");
    expect(eventsOf(story, "CancelRequested")).toHaveLength(2);
    const reduces = { ...rules, reduceWithinMs: 300_000 };
    const closes = [...one(reduces), ...held(ALICE, "0.2"), order(ALICE, "o1", { qty: "0.05" })];
    const both = given(...closes, bet("300"), ended(), refused, wait(RETRY), tick);
    expect(eventsOf(both, "CancelRequested")).toHaveLength(2);
    expect(plansOf(both, "orange")).toHaveLength(2);
  });
});

test("FOL-041: a top-up does not bring the call of the fleet that would ask for it back", () => {
  const rules = { ...CALLS, topUp: percent(160) };
  const terms = { cap: "1700", maxLeverage: TEN_TIMES };
  const steps = (crisis: CrisisPolicy) => [
    ...crisisFleet(crisisPolicy(crisis), "2000", [ALICE, terms]),
    ...[...held(ALICE, "0.7", "buy", TEN_TIMES), bet("780"), marks("9700")],
  ];
  const story = given(...steps(rules));
  // 53.2 are missing behind the position; of 1,783 some 35.5 more bring utilization to just below 85 %.
  expect(eventsOf(story, "PositionToppedUp")).toMatchObject([{ amount: usd("35.548217") }]);
  story.given(tick, marks("9700"));
  expect(story.state.zone).toBe("orange");
  expect(eventsOf(story, "MarginCalled")).toEqual([]);
  expect(eventsOf(story, "PositionToppedUp")).toHaveLength(1);
  const { graceMs: _, ...none } = rules;
  expect(eventsOf(given(...steps(none)), "PositionToppedUp")).toMatchObject([
    { amount: usd("53.2") },
  ]);
});
