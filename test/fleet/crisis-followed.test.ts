/** Duties that close without a call, followed until what they want is closed; and plans that are paced. */
import { describe, expect, test } from "vitest";
import { FLEET } from "../../src/core/ids.ts";
import { percent, ppm } from "../../src/core/ppm.ts";
import { keyOf } from "../../src/fleet/state.ts";
import type { CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import { ALICE, named, usd } from "./cast.ts";
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
import { by, given, ops, reported, type Step, tick, wait } from "./spec.ts";
import { deposited, marks } from "./steps.ts";

const one = (crisis: CrisisPolicy, cap = "950") =>
  crisisFleet(crisisPolicy(crisis), "1000", [ALICE, { cap }]);
const RETRY = 2_000;

const text = (size: bigint): string => String(Number(size) / 1e8);

const bet = by(ALICE, "PlaceBet", {
  ...{ bet: "b1", game: "dice", stake: "400", params: {}, clientSeed: "seed-seed" },
});
const loan = (notice: number): readonly Step[] => [
  by(ALICE, "OpenLoan", {
    ...{ loan: "l1", asset: "USDC", amount: "200", minRate: 0, noticeMs: notice },
  }),
  reported((law) => ({
    type: "loanOpened",
    loan: law.loans.get(keyOf(ALICE, named("l1")))?.name as never,
    rate: ppm(94_000),
    collateral: ppm(0),
  })),
];

describe("orange, once entered", () => {
  const rule = { recallLoans: true, reduceWithinMs: 300_000, depth: usd("1000000") };
  /** 400 behind 0.2 BTC and a bet of 400, of 998. */
  const inOrange: readonly Step[] = [...one(rule), ...held(ALICE, "0.2"), bet];

  test("FOL-001: what the market does not fill is asked for again, what is under way is not, nor what it fills", () => {
    const story = given(...inOrange);
    const [first] = plansOf(story, "orange");
    expect(story.state.zone).toBe("orange");
    expect(forcedOrders(story.state)).toHaveLength(1);
    story.given(wait(RETRY), tick);
    // The order is under way: no second one beside it.
    expect(forcedOrders(story.state)).toHaveLength(1);
    story.given(ended("0.005"), wait(RETRY), tick);
    const [, second] = plansOf(story, "orange");
    // Ten came free, and 70 % of a fee of 0.05 is missing more.
    expect(second?.need).toBe((first?.need ?? 0n) - usd("10") + usd("0.035"));
    expect(forcedOrders(story.state)).toMatchObject([{ cause: "orange", agent: ALICE }]);
    story.given(forcedFill());
    expect(story.state.zone).toBe("yellow");
    expect(story.state.crisis.followed.size).toBe(0);
    const made = plansOf(story, "orange").length;
    story.given(wait(60_000), tick, marks("10000"));
    expect(plansOf(story, "orange")).toHaveLength(made);
  });

  test("FOL-002: a venue that fills nothing is asked again, each time after a wait, not every turn", () => {
    const story = given(...inOrange);
    for (let i = 0; i < 5; i += 1) {
      story.given(ended());
      expect(forcedOrders(story.state)).toHaveLength(0);
      story.given(wait(RETRY), tick);
      expect(forcedOrders(story.state)).toHaveLength(1);
    }
    expect(plansOf(story, "orange")).toHaveLength(6);
  });

  test("FOL-003: loans that were asked back in time stand for it until they must have landed", () => {
    const steps = [...one(rule), ...loan(60_000), ...held(ALICE, "0.1"), bet];
    const story = given(...steps);
    expect(eventsOf(story, "CashRaised")[0]?.steps).toMatchObject([{ kind: "loan" }]);
    story.given(wait(299_999), tick, marks("10000"));
    expect(forcedOrders(story.state)).toHaveLength(0);
    story.given(wait(1), tick);
    // It has not come: what it should have brought is closed.
    expect(plansOf(story, "orange")).toHaveLength(1);
    expect(forcedOrders(story.state)).toMatchObject([{ cause: "orange" }]);
  });

  test("FOL-004: it ends with the zone, and where a call of the fleet asks for more", () => {
    const eased = given(...inOrange, ended(), deposited("1000"));
    expect(eased.state.zone).toBe("green");
    eased.given(wait(RETRY), tick, wait(60_000), tick);
    expect(plansOf(eased, "orange")).toHaveLength(1);
    const called = given(
      ...[...one({ ...rule, ...CALLS }), ...held(ALICE, "0.2"), bet, ended()],
      marks("9600"),
    );
    expect(eventsOf(called, "MarginCalled")).toMatchObject([{ agent: FLEET }]);
    expect(called.state.crisis.followed.size).toBe(0);
    called.given(wait(RETRY), tick);
    expect(forcedOrders(called.state)).toEqual([]);
  });
});

test("FOL-013: a call of the red zone that is cured into orange leaves its duty in force, cured further it does not", () => {
  const rule = { reduceWithinMs: 300_000, depth: usd("1000000") };
  const called = () =>
    given(
      ...[...one({ ...rule, ...CALLS }), ...held(ALICE, "0.2"), bet, ended()],
      ...[marks("9600"), wait(RETRY), tick],
    );
  const cured = called().given(deposited("100"));
  expect(eventsOf(cured, "MarginCured")).toHaveLength(1);
  expect(cured.state.zone).toBe("orange");
  expect(forcedOrders(cured.state)).toEqual([]);
  cured.given(wait(RETRY), tick);
  expect(forcedOrders(cured.state)).toMatchObject([{ agent: ALICE, cause: "orange" }]);
  cured.given(forcedFill("9600"));
  expect(cured.state.zone).toBe("yellow");
  expect(cured.state.crisis.followed.size).toBe(0);
  const well = called().given(deposited("1000"), wait(RETRY), tick);
  expect(eventsOf(well, "MarginCured")).toHaveLength(1);
  expect([well.state.zone, forcedOrders(well.state)]).toEqual(["green", []]);
});

test("FOL-007: what the market moves between a plan and its fill is not followed order by order", () => {
  const rule = { reduceWithinMs: 300_000, depth: usd("1000000") };
  const story = given(...one(rule), ...held(ALICE, "0.2"), bet);
  const need = plansOf(story, "orange")[0]?.need ?? 0n;
  // A tenth of a hysteresis of 5 % of 998 is 4.99, and every lot that is not sold frees 2 less.
  const lots = (need / 2_000_000n + 1n) * 100_000n;
  story.given(ended(text(lots - 100_000n)), wait(60_000), tick);
  expect(story.state.zone).toBe("orange");
  expect(plansOf(story, "orange")).toHaveLength(1);
  const two = given(...one(rule), ...held(ALICE, "0.2"), bet);
  two.given(ended(text(lots - 300_000n)), wait(60_000), tick);
  expect(plansOf(two, "orange")).toHaveLength(2);
});

describe("a trailing stop, once hit", () => {
  const rule = { trailingStop: percent(15), trailingReduce: percent(50), depth: usd("1000000") };
  const hit: readonly Step[] = [...one(rule), ...held(ALICE, "0.4"), marks("10300"), marks("9300")];
  test("FOL-005: what it wants closed is followed to what it left, by what it left", () => {
    const story = given(...hit);
    const target = story.state.reserved - (plansOf(story, "trailing-stop")[0]?.need ?? 0n);
    expect(target).toBe(usd("400"));
    story.given(ended("0.05"), wait(RETRY), tick);
    expect(plansOf(story, "trailing-stop").at(-1)?.need).toBe(usd("300"));
    story.given(forcedFill("9300"));
    expect(story.state.reserved).toBe(target);
    const made = plansOf(story, "trailing-stop").length;
    story.given(wait(60_000), tick, marks("9300"));
    expect(plansOf(story, "trailing-stop")).toHaveLength(made);
  });

  test("FOL-006: it is over when the operator opens the fleet again", () => {
    const story = given(...hit, ended());
    story.given(ops("SetMode", { mode: "run", reason: "seen" }));
    story.given(wait(60_000), tick, marks("9300"));
    expect(plansOf(story, "trailing-stop")).toHaveLength(1);
    const latched = given(...hit, ended(), wait(60_000), tick);
    expect(plansOf(latched, "trailing-stop").length).toBeGreaterThan(1);
  });
});

describe("a pace", () => {
  /** 1,000 USDC move the market by 1 %: two thousand at a time are some 0.2 BTC. */
  const pace = { depth: ppm(500_000), everyMs: 10_000 };
  const rule = { ...CALLS, depth: usd("1000"), permanentShare: ppm(0), pace };
  const expired = (crisis: CrisisPolicy) =>
    given(...one(crisis), ...held(ALICE, "0.41"), marks("9900"), wait(300_000), tick);

  test("PAC-001: no more goes than the rules' part of the depth, and the rest with the next span", () => {
    const story = expired(rule);
    const [plan] = plansOf(story, "call-1");
    // 500 USDC at 9,900 are 0.0505: fifty lots.
    expect(plan).toMatchObject({ status: "short", steps: [{ qty: 5_000_000n }] });
    expect(plan?.pacedUntil).toBe(story.now + pace.everyMs);
    expect(plan?.planAt).toBe(plan?.pacedUntil);
    story.given(forcedFill("9900"));
    // After a fill it is planned again, and nothing more may go yet.
    expect(plansOf(story, "call-1").at(-1)).toMatchObject({ steps: [], pacedUntil: plan?.planAt });
    story.given(wait(pace.everyMs - 1), tick);
    expect(forcedOrders(story.state)).toEqual([]);
    story.given(wait(1), tick);
    expect(forcedOrders(story.state)).toMatchObject([{ qty: 5_000_000n }]);
  });

  test("PAC-002: without it all goes at once; a wider one or a shorter span lets more go", () => {
    const { pace: _, ...free } = rule;
    const whole = plansOf(expired(free), "call-1")[0];
    expect(whole?.status).toBe("restored");
    expect(whole?.pacedUntil).toBeUndefined();
    const wider = { ...rule, pace: { ...pace, depth: ppm(1_000_000) } };
    expect(plansOf(expired(wider), "call-1")[0]?.steps).toMatchObject([{ qty: 10_100_000n }]);
    const shorter = { ...rule, pace: { ...pace, everyMs: 5_000 } };
    const story = expired(shorter).given(forcedFill("9900"), wait(5_000), tick);
    expect(forcedOrders(story.state)).toHaveLength(1);
  });

  test("PAC-003: one lot may always go, however thin the market", () => {
    const thin = { ...rule, pace: { ...pace, depth: ppm(1) } };
    expect(plansOf(expired(thin), "call-1")[0]?.steps).toMatchObject([{ qty: 100_000n }]);
  });

  test("PAC-004: the pace is of the market, whichever plan sends: a duty's orders count for the call's", () => {
    const orange = { recallLoans: true, reduceWithinMs: 300_000 };
    const story = given(
      ...one({ ...rule, ...orange, graceMs: 1 }),
      ...[...held(ALICE, "0.2"), bet, forcedFill()],
    );
    expect(plansOf(story, "orange")[0]).toMatchObject({ status: "short" });
    story.given(marks("8500"), wait(1), tick);
    // 0.05 at 10,000 were all of it, and a lower mark frees nothing more.
    expect(plansOf(story, "call-1")[0]).toMatchObject({ steps: [] });
    expect(plansOf(story, "call-1")[0]?.pacedUntil).toBeDefined();
  });
});
