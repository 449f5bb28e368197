/** Thresholds of crises that a mutation run found unguarded: caps of numbers, and what comes first. */
import { describe, expect, test } from "vitest";
import { FLEET } from "../../src/core/ids.ts";
import { micro } from "../../src/core/money.ts";
import { percent, ppm } from "../../src/core/ppm.ts";
import type { Context } from "../../src/fleet/admission.ts";
import { callsDue } from "../../src/fleet/calls.ts";
import { floorDue } from "../../src/fleet/floors.ts";
import { missingBelow, needOf, reliefMost, withoutRelief } from "../../src/fleet/margins.ts";
import type { Law } from "../../src/fleet/state.ts";
import type { CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import type { ZonePolicy } from "../../src/protocol/policy.ts";
import { ALICE, BOB, DORA, POLICY, TEN_TIMES, usd } from "./cast.ts";
import { CALLS, crisisFleet, crisisPolicy, eventsOf, held } from "./crisis-cast.ts";
import { by, given, inner, ops, reported, type Step } from "./spec.ts";
import { configured, enrolled, fill, granted, marks, order } from "./steps.ts";

const one = (crisis: CrisisPolicy, terms = {}): readonly Step[] =>
  crisisFleet(crisisPolicy(crisis), "1000", [ALICE, { cap: "950", ...terms }]);
const calm = given(...one(CALLS)).state;
/** The law with other zones, and with dry powder of the fleet deployed. */
const lawOf = (zones: Partial<ZonePolicy>, rest: Partial<Law> = {}): Law => ({
  ...calm,
  policy: { ...crisisPolicy(CALLS), zones: { ...POLICY.zones, ...zones } },
  ...rest,
});

describe("needs", () => {
  const { targetUtilization: _, targetMaintenance: __, ...bare } = CALLS;

  test("LIM-720: a target that the rules leave to others is never below a millionth", () => {
    const used = { reserved: usd("10"), maintenance: usd("10") };
    const zones = { yellow: ppm(40_000), orange: ppm(50_000), red: ppm(60_000) };
    expect(needOf(lawOf(zones, used), bare, FLEET)).toMatchObject({
      ...{ by: "utilization", costShare: 1, amount: usd("10") },
    });
    const rules = { ...bare, callAt: percent(3), hysteresis: percent(5) };
    expect(needOf(lawOf({}, used), rules, FLEET)).toMatchObject({
      ...{ by: "maintenance", costShare: 1, amount: usd("10") },
    });
  });

  test("LIM-721: use is measured by collateral, maintenance by equity, which counts gains too", () => {
    // 549.9999 of 1,000 is below 55 %; of 1,500 more would be.
    const law = lawOf({}, { reserved: usd("600"), unrealized: usd("500") });
    expect(needOf(law, CALLS, FLEET)?.amount).toBe(usd("50.001"));
    const poor = lawOf({}, { maintenance: usd("1000"), unrealized: usd("500") });
    expect(needOf(poor, CALLS, FLEET)?.amount).toBe(usd("100.0015"));
  });

  test("LIM-722: what is missing is never less than nothing, nor counted from less than nothing", () => {
    expect(missingBelow(usd("10"), usd("100"), percent(50))).toBe(0n);
    expect(missingBelow(usd("10"), micro(-usd("100")), percent(50))).toBe(usd("10"));
  });

  test("LIM-723: dry powder stands in for no more than keeps the fleet below red", () => {
    // Red at 85 % less 5 % less a target of 55 %: 250 of 1,000.
    expect(reliefMost(calm, percent(55))).toBe(usd("250"));
    expect(reliefMost({ ...calm, collateral: micro(-usd("1000")) }, percent(55))).toBe(0n);
    const powder = new Map([[FLEET, usd("400")]]);
    const law = lawOf({}, { reserved: usd("900"), crisis: { ...calm.crisis, powder } });
    // 900 less 549.999 less 250, and not less 400.
    expect(needOf(law, CALLS, FLEET)?.amount).toBe(usd("100.001"));
    const { crisis: ___, ...policy } = crisisPolicy(CALLS);
    expect(withoutRelief({ ...law, policy })).toBe(0n);
  });
});

describe("before there are rules", () => {
  test("LIM-724: a leader is told of and nothing follows", () => {
    given()
      .when(inner("Lead", { epoch: 1, holder: "a" }))
      .brings({ type: "LeaderElected" });
  });

  test("LIM-725: without a grace nobody is called, however scarce margin is", () => {
    const { graceMs: _, ...rest } = CALLS;
    const story = given(...one(rest), ...held(ALICE, "0.46"));
    expect(story.state.zone).toBe("red");
    expect(eventsOf(story, "MarginCalled")).toEqual([]);
    expect([...callsDue({ law: story.state, at: story.now } as unknown as Context)]).toEqual([]);
  });
});

describe("alerts", () => {
  test("LIM-727: nothing is told before its threshold, however near", () => {
    // 150 of 997 is 15 %, within six of twenty.
    const rules = { alerts: [percent(20)], hysteresis: percent(6) };
    const story = given(...one(rules), ...held(ALICE, "0.3"));
    expect(eventsOf(story, "MaintenanceAlert")).toEqual([]);
  });

  test("LIM-728: an alert that the rules no longer have is over", () => {
    const rules = { alerts: [percent(10)] };
    const story = given(...one(rules), ...held(ALICE, "0.3"));
    expect(story.state.crisis.alert).toBe(1);
    story.when(configured(crisisPolicy({}), "p2"));
    story.bringsAmong({ type: "MaintenanceAlert", from: 1, to: 0 });
  });
});

describe("lost cover", () => {
  test("LIM-729: who has most unused is cut first, then by name, and nobody below what is in use", () => {
    const caps = [
      [DORA, { cap: "200" }],
      [ALICE, { cap: "200" }],
      [BOB, { cap: "600" }],
    ] as const;
    const story = given(
      ...crisisFleet(crisisPolicy({ cutOnShortfall: true }), "1000", ...caps),
      ...held(BOB, "0.29"),
    );
    const cuts = eventsOf(story, "ShortfallCut");
    expect(cuts.map(({ agent }) => agent)).toEqual([ALICE, DORA, BOB]);
    // 464 are lost, and less than 420 unused.
    story.given(marks("8400"));
    const left = [ALICE, DORA, BOB].map((id) => story.state.agents.get(id)?.delegation?.cap);
    expect(left).toEqual([0n, 0n, usd("580")]);
  });
});

describe("floors", () => {
  test("LIM-730: a floor of the whole cap is reached by a loss, not by none", () => {
    const story = given(...one({}, { floor: "950" }));
    const ctx = { law: story.state, at: story.now } as unknown as Context;
    expect([...floorDue(ctx, ALICE)]).toEqual([]);
    story.given(order(ALICE, "o1", { qty: "0.01" }), reported(fill(ALICE, "o1", "0.01")));
    expect(eventsOf(story, "FloorBreached")).toMatchObject([{ agent: ALICE, loss: usd("0.1") }]);
  });
});

describe("results and drawdowns", () => {
  const ladder = (...rungs: readonly (readonly [number, number])[]) =>
    rungs.map(([drawdown, keeps]) => ({ drawdown: ppm(drawdown), keeps: percent(keeps) }));

  test("LIM-731: a fill's own loss cuts in its turn", () => {
    // 3 of fees on 950.
    const story = given(...one({ drawdownLadder: ladder([3_000, 50]) }));
    story.given(order(ALICE, "o1", { qty: "0.3" }));
    story
      .when(reported(fill(ALICE, "o1", "0.3")))
      .bringsAmong({ type: "DrawdownCut", agent: ALICE });
  });

  test("LIM-732: what moved nobody's results asks for nothing: a stop waits for the next mark", () => {
    const story = given(...one({}), ...held(ALICE, "0.1"), enrolled(BOB));
    story.given(configured(crisisPolicy({ softStop: percent(1_000) }), "p2"));
    story.when(granted(BOB, { cap: "10" })).bringsNo("PositionStopped");
    const reserve = { reservation: "r1", amount: "1", service: "trading", ttlMs: 60_000 } as const;
    story.when(by(ALICE, "Reserve", reserve)).bringsNo("PositionStopped");
    story.when(marks("10000")).bringsAmong({ type: "PositionStopped", level: "soft" });
  });

  test("LIM-733: who keeps nothing has nothing left to be cut", () => {
    const story = given(...one({ drawdownLadder: ladder([50_000, 0]) }), ...held(ALICE, "0.2"));
    story.given(marks("9700"), marks("9400"));
    expect(eventsOf(story, "DrawdownCut")).toMatchObject([{ cap: 0n, rung: 1 }]);
  });

  test("LIM-734: a trailing stop of more than the whole is hit when nothing is left", () => {
    const rules = { trailingStop: percent(150) };
    const story = given(...one(rules, { maxLeverage: TEN_TIMES }));
    story.given(...held(ALICE, "0.9", "buy", TEN_TIMES), marks("8900"));
    expect(eventsOf(story, "TrailingStopHit")).toEqual([]);
    story.given(marks("8889"));
    expect(story.state.collateral).toBeLessThan(0n);
    expect(eventsOf(story, "TrailingStopHit")).toHaveLength(1);
  });
});

describe("raises", () => {
  test("LIM-735: a raise whose delegation has run out meanwhile is void, and says so", () => {
    const story = given(...one({}, { cap: "100", leaseMs: 30_000 }));
    story.given(ops("Raise", { agent: "alice", cap: "150" }), { wait: 30_000 });
    story.given(inner("Tick", {}), { wait: 30_000 }).when(inner("Tick", {}));
    story.bringsAmong({ type: "RaiseVoided", agent: ALICE, reason: "the delegation is expired" });
  });
});
