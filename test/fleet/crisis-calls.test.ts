/** Margin calls: called, cured, expired, liquidating, resolved, each by what is true and booked. */
import { describe, expect, test } from "vitest";
import { FLEET } from "../../src/core/ids.ts";
import { percent } from "../../src/core/ppm.ts";
import { needOf } from "../../src/fleet/margins.ts";
import { utilizationOf } from "../../src/fleet/totals.ts";
import { ALICE, BOB, BTC_PERP, coins, FIVE_TIMES, usd } from "./cast.ts";
import {
  CALLS,
  crisisFleet,
  crisisPolicy,
  eventsOf,
  forcedFill,
  forcedOrders,
  held,
  positionOf,
} from "./crisis-cast.ts";
import { by, given, ops, tick, wait } from "./spec.ts";
import { deposited, marks } from "./steps.ts";

/** 820 of 995.9 are reserved: 0.41 BTC at 5x. */
const near = (crisis = CALLS) => [
  ...crisisFleet(crisisPolicy(crisis), "1000", [ALICE, { cap: "1000" }]),
  ...held(ALICE, "0.41"),
];
const called = [...near(), marks("9900")];
const expired = [...called, wait(300_000), tick];

describe("a call", () => {
  test("MCL-001: red calls the fleet with its numbers and a deadline in the journal", () => {
    const story = given(...near()).when(marks("9900"));
    story.bringsAmong({
      type: "MarginCalled",
      agent: FLEET,
      call: "call-1",
      cause: "utilization",
      graceEndsAt: story.now + 300_000,
      reserved: usd("820"),
      collateral: usd("954.9"),
      equity: usd("954.9"),
      maintenance: usd("202.95"),
    } as never);
    const [event] = eventsOf(story, "MarginCalled");
    // Back below 55 % of 954.9: 820 less what is a millionth part below it.
    expect(event?.need).toBe(usd("294.805955"));
    expect(story.state.crisis.calls.get(FLEET)?.phase).toBe("called");
  });

  test("MCL-002: without a grace in the rules nobody is called", () => {
    const { graceMs: _, ...rest } = CALLS;
    given(...near(rest))
      .when(marks("9900"))
      .bringsNo("MarginCalled");
  });

  test("MCL-003: it is cured as soon as truth allows, and may be called again under a new name", () => {
    const story = given(...called).when(deposited("200"));
    story.bringsAmong({ type: "MarginCured", agent: FLEET, call: "call-1" } as never);
    story.given(wait(300_000)).when(tick);
    expect(eventsOf(story, "MarginExpired")).toEqual([]);
    story.when(marks("9400")).bringsAmong({ type: "MarginCalled", call: "call-2" } as never);
  });

  test("MCL-004: nothing is closed before the grace ends, and not a millisecond late", () => {
    const story = given(...called, wait(299_999)).when(tick);
    expect(forcedOrders(story.state)).toEqual([]);
    story.when(wait(1), tick).bringsAmong({ type: "MarginExpired", call: "call-1" } as never);
    story.bringsAmong({ type: "LiquidationPlanned", call: "call-1", status: "restored" } as never);
    story.bringsAmong({ type: "OrderApproved", forced: "call-1", opening: coins("0") } as never);
  });

  test("MCL-005: the plan restores the target by less than a lot over, with reason, cost and gap", () => {
    const story = given(...expired);
    const [plan] = eventsOf(story, "LiquidationPlanned");
    const perLot = usd("2");
    expect(plan?.steps).toHaveLength(1);
    const step = plan?.steps[0];
    expect(step).toMatchObject({ kind: "reduce", of: ALICE, market: BTC_PERP, side: "sell" });
    expect(step?.because).not.toBe("");
    expect(plan?.gap).toBe(0);
    expect(plan?.cost).toBeGreaterThan(0n);
    const freed = plan?.freed ?? 0n;
    const need = (plan?.need ?? 0n) + ((plan?.cost ?? 0n) * 550_000n) / 1_000_000n;
    expect(freed).toBeGreaterThanOrEqual(need);
    expect(freed - need).toBeLessThan(perLot);
    expect(plan?.alternatives.length).toBeGreaterThan(0);
  });

  test("MCL-006: it is resolved by booked fills alone, below the target", () => {
    const story = given(...expired);
    const [sent] = forcedOrders(story.state);
    expect(sent).toBeDefined();
    story.given(wait(60_000), tick);
    expect(eventsOf(story, "MarginResolved")).toEqual([]);
    expect(forcedOrders(story.state)).toHaveLength(1);
    story.when(forcedFill("9900"));
    expect(eventsOf(story, "MarginResolved")).toHaveLength(1);
    expect(utilizationOf(story.state)).toBeLessThan(percent(55));
    expect(story.state.crisis.live.size).toBe(0);
    // At most one lot beyond what was needed: one less would not have done.
    const held = positionOf(story);
    const lot = usd("2");
    expect((story.state.reserved + lot) * 1_000_000n).toBeGreaterThanOrEqual(
      story.state.collateral * 549_000n,
    );
    expect(held?.qty).toBeGreaterThan(0n);
  });

  test("MCL-007: a fill that falls short is followed by a new plan in the turn that books it", () => {
    const story = given(...expired);
    story.given(forcedFill("9000"));
    const plans = eventsOf(story, "LiquidationPlanned");
    expect(plans.length).toBeGreaterThan(1);
    expect(forcedOrders(story.state)).toHaveLength(1);
    story.given(forcedFill("9900"));
    expect(eventsOf(story, "MarginResolved")).toHaveLength(1);
  });

  test("MCL-008: a plan that cannot help waits longer each time and begins again when it can", () => {
    const crisis = { ...CALLS };
    const fleet = crisisFleet(crisisPolicy(crisis), "1000", [ALICE, { cap: "1000" }]);
    const bet = by(ALICE, "PlaceBet", {
      bet: "b1",
      game: "dice",
      stake: "900",
      params: {},
      clientSeed: "seed-seed",
    });
    const story = given(...fleet, bet, wait(300_000), tick);
    expect(eventsOf(story, "LiquidationPlanned")).toMatchObject([{ status: "short", steps: [] }]);
    for (let i = 0; i < 30; i++) story.given(wait(10_000), tick);
    const waits = eventsOf(story, "LiquidationPlanned").length;
    expect(waits).toBeGreaterThan(2);
    expect(waits).toBeLessThan(15);
  });

  test("MCL-009: positions short of maintenance call too, and are reduced for that", () => {
    const crisis = {
      ...CALLS,
      targetMaintenance: percent(12),
      callAt: percent(15),
      targetUtilization: percent(90),
    };
    // 2.5 BTC at 5x: 25,000 notional, 5,000 margin, 1,250 maintenance.
    const fleet = crisisFleet(crisisPolicy(crisis), "10000", [ALICE, { cap: "9000" }]);
    const story = given(...fleet, ...held(ALICE, "2.5")).when(marks("9000"));
    story.bringsAmong({ type: "MarginCalled", cause: "maintenance" } as never);
    story.given(wait(300_000), tick);
    expect(eventsOf(story, "LiquidationPlanned")[0]?.status).toBe("restored");
    story.given(forcedFill("9000"));
    const rules = story.state.policy?.crisis;
    expect(rules && needOf(story.state, rules, FLEET)).toBeUndefined();
    expect(eventsOf(story, "MarginResolved")).toHaveLength(1);
    expect(positionOf(story)?.qty).toBeGreaterThan(0n);
  });

  test("MCL-010: an isolated agent is called on its own margin, and the fleet's call leaves it alone", () => {
    const terms = { cap: "500", mode: "isolated" as const };
    const fleet = crisisFleet(crisisPolicy(CALLS), "10000", [ALICE, terms], [BOB, { cap: "500" }]);
    const story = given(...fleet, ...held(ALICE, "0.2"), ...held(BOB, "0.2"));
    // Equity 500 - 2 - 420; maintenance 79.
    story.when(marks("7900")).bringsAmong({
      type: "MarginCalled",
      agent: ALICE,
      cause: "maintenance",
      equity: usd("78"),
    } as never);
    story.bringsNo("ZoneChanged");
    story.given(wait(299_000), by(ALICE, "Renew", {}), by(BOB, "Renew", {}), wait(1_000), tick);
    expect(forcedOrders(story.state).map(({ agent }) => agent)).toEqual([ALICE]);
    story.given(forcedFill("7900"));
    expect(eventsOf(story, "MarginResolved")).toMatchObject([{ agent: ALICE }]);
  });
});

describe("who is closed", () => {
  test("MCL-011: a lower tier is closed whole before a higher one is touched; isolated ones never", () => {
    const fleet = crisisFleet(
      crisisPolicy(CALLS),
      "1020",
      [ALICE, { cap: "400", priority: 2 }],
      [BOB, { cap: "400", priority: 1 }],
    );
    const story = given(...fleet, ...held(ALICE, "0.195"), ...held(BOB, "0.1"));
    story.given(ops("Withdraw", { asset: "USDC", amount: "200", to: "home" }));
    story.given(marks("9550"), wait(300_000), tick);
    const first = eventsOf(story, "LiquidationPlanned")[0];
    expect(first?.steps.map(({ of, kind, reason }) => [of, kind, reason])).toEqual([
      [BOB, "close", "tier-exhausted"],
      [ALICE, "reduce", "marginal"],
    ]);
  });

  test("MCL-012: a call is the same after a restart: it is in the fold", () => {
    const story = given(...called);
    expect(story.replica.crisis.calls.get(FLEET)).toEqual(story.state.crisis.calls.get(FLEET));
    expect(story.replica.deadlines.some(({ kind }) => kind === "call")).toBe(true);
    expect(FIVE_TIMES).toBe(5_000_000);
  });
});
