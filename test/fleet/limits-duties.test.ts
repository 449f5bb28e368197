/** Limits that a mutation run found unguarded: what the fleet and its agents' positions do by themselves. */
import { describe, expect, test } from "vitest";
import { FLEET } from "../../src/core/ids.ts";
import { percent, ppm } from "../../src/core/ppm.ts";
import { marginOf, needOf } from "../../src/fleet/margins.ts";
import { zoneAt } from "../../src/fleet/zones.ts";
import type { CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import { ALICE, BOB, POLICY, TEN_TIMES, usd } from "./cast.ts";
import {
  CALLS,
  crisisFleet,
  crisisPolicy,
  eventsOf,
  forcedOrders,
  held,
  positionOf,
} from "./crisis-cast.ts";
import { by, given, ops, type Step, tick, wait } from "./spec.ts";
import { closed, deposited, enrolled, granted, marks, open } from "./steps.ts";

const one = (crisis: CrisisPolicy, terms = {}): readonly Step[] =>
  crisisFleet(crisisPolicy(crisis), "1000", [ALICE, { cap: "950", ...terms }]);
const tenTimes = (crisis: CrisisPolicy): readonly Step[] => [
  ...one(crisis, { maxLeverage: TEN_TIMES }),
  ...held(ALICE, "0.1", "buy", TEN_TIMES),
];
const reserve = (amount: string, reservation: string) =>
  by(ALICE, "Reserve", { reservation, amount, service: "trading", ttlMs: 600_000 });
const bet = (stake: string) =>
  by(ALICE, "PlaceBet", {
    ...{ bet: "b1", game: "dice", stake, params: {}, clientSeed: "seed-seed" },
  });
const reduceOnly = ops("SetMode", { mode: "reduce", reason: "test", agent: "alice" });

describe("alerts", () => {
  test("LIM-201: an alert that was passed is taken back only below it by the hysteresis", () => {
    const rule = { alerts: [percent(10), percent(20)], hysteresis: percent(2) };
    const story = given(...one(rule), ...held(ALICE, "0.3"), marks("8200"));
    expect(eventsOf(story, "MaintenanceAlert").at(-1)).toMatchObject({ to: 2 });
    // 135 of 697 is 19.4 %.
    story.given(marks("9000"));
    const { maintenanceRatio } = marginOf(story.state, FLEET);
    expect([maintenanceRatio > 180_000, maintenanceRatio < 200_000]).toEqual([true, true]);
    expect(eventsOf(story, "MaintenanceAlert").at(-1)).toMatchObject({ to: 2 });
    const { hysteresis: _, ...bare } = rule;
    const without = given(...one(bare), ...held(ALICE, "0.3"), marks("8200"), marks("9000"));
    expect(eventsOf(without, "MaintenanceAlert").at(-1)).toMatchObject({ from: 2, to: 1 });
  });

  test("LIM-202: a single threshold alerts, and its alert ends with the last position", () => {
    const story = given(...one({ alerts: [percent(10)] }), ...held(ALICE, "0.3"));
    expect(eventsOf(story, "MaintenanceAlert")).toMatchObject([{ from: 0, to: 1 }]);
    story.given(ops("Revoke", { agent: "alice" }), closed(ALICE, "0.3"));
    expect(eventsOf(story, "MaintenanceAlert").at(-1)).toMatchObject({ from: 1, to: 0 });
  });
});

describe("orange", () => {
  const rule = { reduceWithinMs: 300_000, depth: usd("1000000") };
  const raised = (story: ReturnType<typeof given>) => eventsOf(story, "CashRaised").length;

  test("LIM-203: it is answered once, when it begins, from yellow as from green", () => {
    const story = given(...one(rule), ...held(ALICE, "0.31"));
    expect([story.state.zone, raised(story)]).toEqual(["yellow", 0]);
    story.given(bet("150"));
    expect([story.state.zone, raised(story)]).toEqual(["orange", 1]);
    story.given(marks("10000"), marks("10001"));
    expect([story.state.zone, raised(story)]).toEqual(["orange", 1]);
  });

  test("LIM-204: coming down from red it is not answered again", () => {
    const story = given(...one(rule), ...held(ALICE, "0.31"), reserve("280", "r1"));
    expect([story.state.zone, raised(story)]).toEqual(["red", 0]);
    story.given(deposited("130"));
    expect([story.state.zone, raised(story)]).toEqual(["orange", 0]);
  });

  test("LIM-205: with a grace and neither of its own rules it raises nothing", () => {
    const story = given(...one(CALLS), ...held(ALICE, "0.4"));
    expect([story.state.zone, raised(story)]).toEqual(["orange", 0]);
  });
});

describe("top-ups and stops", () => {
  test("LIM-206: nothing is put behind a position of an agent that may only reduce", () => {
    const rule = { topUp: percent(160) };
    const free = given(...tenTimes(rule), marks("9700"));
    expect(eventsOf(free, "PositionToppedUp")).toHaveLength(1);
    const bound = given(...tenTimes(rule), reduceOnly, marks("9700"));
    expect(eventsOf(bound, "PositionToppedUp")).toEqual([]);
  });

  test("LIM-207: nor behind one that is being closed", () => {
    const rule = { topUp: percent(160), hardStop: percent(130) };
    const story = given(...tenTimes({ hardStop: percent(130) }), marks("9600"));
    expect(positionOf(story)?.closing).toBeDefined();
    story.given(marks("9590"));
    expect(eventsOf(story, "PositionStopped")).toHaveLength(1);
    const both = given(...tenTimes(rule), ops("Revoke", { agent: "alice" }), marks("9590"));
    expect(positionOf(both)?.closing).toBeDefined();
    expect(eventsOf(both, "PositionToppedUp")).toEqual([]);
  });

  test("LIM-215: where nothing is left to put behind a position nothing is told", () => {
    const poor = given(...one({ topUp: percent(160) }, { cap: "102.1", maxLeverage: TEN_TIMES }));
    poor.given(...held(ALICE, "0.1", "buy", TEN_TIMES), marks("9700"), marks("9690"));
    expect(eventsOf(poor, "PositionToppedUp")).toMatchObject([{ amount: usd("2.1") }]);
  });

  test("LIM-208: the soft stop is past only above it by the hysteresis", () => {
    const rule = { softStop: percent(150), hysteresis: percent(20) };
    // 76 behind 976: 155.7 % of 48.80; 84 behind 984: 170.7 % of 49.20.
    const story = given(...tenTimes(rule), marks("9700"), marks("9760"));
    expect(eventsOf(story, "PositionStopped")).toMatchObject([{ level: "soft" }]);
    story.given(marks("9840"));
    expect(eventsOf(story, "PositionStopped").at(-1)).toMatchObject({ level: "clear" });
    const { hysteresis: _, ...bare } = rule;
    const without = given(...tenTimes(bare), marks("9700"), marks("9760"));
    expect(eventsOf(without, "PositionStopped").at(-1)).toMatchObject({ level: "clear" });
  });

  test("LIM-209: at exactly the hard stop a position stands, and a millionth below it closes", () => {
    // At 9,600: 60 behind 960, 125 % of 48.
    const at = (stop: number) => given(...tenTimes({ hardStop: ppm(stop) }), marks("9600"));
    expect(forcedOrders(at(1_250_000).state)).toEqual([]);
    expect(forcedOrders(at(1_250_001).state)).toHaveLength(1);
  });
});

describe("drawdowns", () => {
  test("LIM-210: a rung is reached by a loss of exactly its part, not by one unit less", () => {
    // 2 of fees and 50 of loss on 950: 5.4737 %, rounded up.
    const cuts = (drawdown: number) =>
      eventsOf(
        given(
          ...one({ drawdownLadder: [{ drawdown: ppm(drawdown), keeps: percent(50) }] }),
          ...held(ALICE, "0.2"),
          marks("9750"),
        ),
        "DrawdownCut",
      );
    expect(cuts(54_737)).toMatchObject([{ drawdown: 54_737 }]);
    expect(cuts(54_738)).toEqual([]);
  });
});

describe("margins", () => {
  test("LIM-211: of an isolated agent only maintenance is asked, however much of its cap it uses", () => {
    const fleet = crisisFleet(crisisPolicy(CALLS), "10000", [
      ALICE,
      { cap: "410", mode: "isolated" as const },
    ]);
    const story = given(...fleet, ...held(ALICE, "0.2"));
    expect(marginOf(story.state, ALICE).utilization).toBeGreaterThan(900_000);
    expect(needOf(story.state, CALLS, ALICE)).toBeUndefined();
  });

  test("LIM-212: without a target of its own maintenance goes back below the call by the hysteresis", () => {
    const { targetMaintenance: _, ...rest } = CALLS;
    const rules = { ...rest, callAt: percent(20), targetUtilization: percent(95) };
    const story = given(
      ...one(rules, { maxLeverage: TEN_TIMES }),
      ...held(ALICE, "0.3", "buy", TEN_TIMES),
      marks("8500"),
    );
    const need = (more: CrisisPolicy) => needOf(story.state, { ...rules, ...more }, FLEET);
    expect(need({})).toMatchObject({ by: "maintenance", costShare: 150_000 });
    expect(need({ hysteresis: percent(1) })).toMatchObject({ costShare: 190_000 });
    // 127.50 of 547: 23.3 %.
    expect(need({ callAt: percent(40) })).toBeUndefined();
  });

  test("LIM-213: without hysteresis the green zone takes a fleet that uses nothing", () => {
    const zones = { ...POLICY.zones, hysteresis: ppm(0) };
    expect(zoneAt(zones, ppm(0), "green")).toBe("green");
    expect(zoneAt(zones, ppm(0), "red")).toBe("green");
  });
});

describe("raises", () => {
  test("LIM-214: when its time comes a raise needs cover for what it adds, and for no more", () => {
    const story = given(...open, enrolled(ALICE), granted(ALICE), enrolled(BOB));
    story.given(granted(BOB, { cap: "6000" }), ops("Raise", { agent: "alice", cap: "3000" }));
    story.given(wait(60_000)).when(tick);
    story.bringsAmong({ type: "CapRaised", agent: ALICE, cap: usd("3000") });
  });
});
