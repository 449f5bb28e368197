/** Dry powder: deployed by the coordinator alone, with its reason, only where the rules say so, and got back. */
import { describe, expect, test } from "vitest";
import { FLEET } from "../../src/core/ids.ts";
import { qty } from "../../src/core/money.ts";
import { percent, ppm } from "../../src/core/ppm.ts";
import { deployedOf } from "../../src/fleet/powder.ts";
import { coverOf, dryPowderOf, powderLeft, reserveOf } from "../../src/fleet/totals.ts";
import { fleetView } from "../../src/fleet/views.ts";
import type { CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import { ALICE, BOB, TEN_TIMES, usd } from "./cast.ts";
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
import { weather } from "./risk-cases.ts";
import { given, tick, wait } from "./spec.ts";
import { closed, deposited, marks, order } from "./steps.ts";

/** 20 % of 1,000 is kept; 780 of it are reserved, and then the price falls until that is red. */
const reserved = (crisis: CrisisPolicy) => [
  ...crisisFleet(crisisPolicy(crisis, { dryPowder: percent(20) }), "1000", [ALICE, { cap: "799" }]),
  ...held(ALICE, "0.39"),
];
const expired = (crisis: CrisisPolicy) => [...reserved(crisis), marks("9750"), wait(300_000), tick];
/** Closing takes some 5,500 ppm of what it frees: five times its fee of 0.1 %, and what it moves. */
const RULE: CrisisPolicy = { ...CALLS, powderCost: ppm(2_000) };

describe("in a call of the fleet", () => {
  test("PWD-001: at the end of the grace the reserve stands in for what would else be closed", () => {
    const story = given(...expired(RULE));
    const { collateral } = story.state;
    const [told] = eventsOf(story, "DryPowderDeployed");
    const kept = reserveOf(story.state);
    expect(told).toMatchObject({ agent: FLEET, cause: "call-1", reserve: kept, amount: kept });
    expect(told).toMatchObject({ deployed: kept, remaining: 0n });
    expect(told?.because).toMatch(/grace is over/);
    expect(fleetView(story.state, story.now).margin.duties).toContainEqual(
      expect.objectContaining({ duty: "dry-powder", agent: FLEET }),
    );
    const [plan] = eventsOf(story, "LiquidationPlanned");
    // 780 less 55 % of the collateral less the reserve.
    const below = (collateral * 549_999n) / 1_000_000n;
    expect(plan?.need).toBe(usd("780") - below - kept);
    expect(eventsOf(story, "CashRaised").at(-1)?.steps[0]).toMatchObject({
      ...{ kind: "dry-powder", source: "dry-powder:fleet", timeToCashMs: 0, certainty: 1_000_000 },
    });
  });

  test("PWD-002: without its price in the rules it stays where it is, and more is closed", () => {
    const [on, off] = [given(...expired(RULE)), given(...expired(CALLS))];
    expect(eventsOf(off, "DryPowderDeployed")).toEqual([]);
    const closing = [on, off].map((story) => forcedOrders(story.state)[0]?.qty ?? 0n);
    expect(closing[0]).toBeLessThan(closing[1] ?? 0n);
  });

  test("PWD-010: it is weighed against closing: dearer than that it stays, in a thin book it goes first again", () => {
    const dear = { ...CALLS, powderCost: ppm(10_000) };
    const deep = given(...expired(dear));
    expect(eventsOf(deep, "DryPowderDeployed")).toEqual([]);
    const raised = eventsOf(deep, "CashRaised").at(-1);
    expect(raised?.steps.map(({ kind }) => kind)).toEqual(raised?.steps.map(() => "reduce"));
    // What was weighed is closed by one plan, not by two.
    expect(raised?.covered).toBe(raised?.need);
    expect(eventsOf(deep, "LiquidationPlanned")).toMatchObject([{ need: raised?.need, more: 0 }]);
    expect(forcedOrders(deep.state)).toHaveLength(1);
    const thin = given(...expired({ ...dear, depth: usd("10000") }));
    expect(eventsOf(thin, "DryPowderDeployed")).toMatchObject([
      { amount: reserveOf(thin.state), because: expect.stringContaining("nothing cheaper") },
    ]);
  });

  test("PWD-011: what crosses inside the fleet, but for an odd lot, costs next to nothing and goes first", () => {
    const rules = crisisPolicy({ ...CALLS, powderCost: ppm(1_000) }, { dryPowder: percent(10) });
    const fleet = crisisFleet(rules, "1000", [ALICE, { cap: "580" }], [BOB, { cap: "290" }]);
    const both = [...fleet, ...held(ALICE, "0.28"), ...held(BOB, "0.14", "sell")];
    const story = given(...both, marks("9200"), wait(300_000), tick);
    expect(eventsOf(story, "DryPowderDeployed")).toEqual([]);
    expect(eventsOf(story, "PositionsCrossed")).toHaveLength(1);
    expect(forcedOrders(story.state)).toMatchObject([{ qty: qty(100_000n) }]);
  });

  test("PWD-012: where none is kept nothing is weighed: the plan alone says what is closed", () => {
    const none = crisisPolicy(RULE, { dryPowder: percent(0) });
    const fleet = crisisFleet(none, "1000", [ALICE, { cap: "799" }]);
    const story = given(...fleet, ...held(ALICE, "0.39"), marks("9700"), wait(300_000), tick);
    expect(eventsOf(story, "LiquidationPlanned")).toHaveLength(1);
    expect(eventsOf(story, "CashRaised")).toEqual([]);
  });

  test("PWD-013: it stands in for nothing that an order under way frees", () => {
    const stop = { trailingStop: percent(5), trailingReduce: percent(60) };
    const story = given(...expired({ ...RULE, ...stop }));
    expect(forcedOrders(story.state)).toMatchObject([{ cause: "trailing-stop" }]);
    const [, plan] = eventsOf(story, "LiquidationPlanned");
    expect(plan).toMatchObject({ call: "call-1", steps: [] });
    expect(plan?.underway).toBeGreaterThan(plan?.need ?? 0n);
    expect(eventsOf(story, "DryPowderDeployed")).toEqual([]);
  });

  test("PWD-003: nothing is deployed before the grace ends, nor in a call that is cured", () => {
    const story = given(...reserved(RULE), marks("9750"));
    expect(eventsOf(story, "MarginCalled")).toHaveLength(1);
    story.given(wait(299_999), tick);
    expect(eventsOf(story, "DryPowderDeployed")).toEqual([]);
    story.given(deposited("300"), wait(1), tick);
    expect(eventsOf(story, "DryPowderDeployed")).toEqual([]);
  });

  test("PWD-004: it opens nothing to anybody: cover is what it was", () => {
    const before = coverOf(given(...reserved(RULE), marks("9750")).state);
    const story = given(...expired(RULE));
    expect(coverOf(story.state)).toBe(before);
    expect(dryPowderOf(story.state)).toBe(reserveOf(story.state));
    expect(powderLeft(story.state)).toBe(0n);
    expect(fleetView(story.state, 0).powder).toMatchObject({ remaining: "0" });
  });

  test("PWD-005: what it lets stand is below red, and it comes back below the target, once", () => {
    const story = given(...expired(RULE)).given(forcedFill("9750"));
    expect(eventsOf(story, "MarginResolved")).toHaveLength(1);
    expect(["orange", "yellow"]).toContain(story.state.zone);
    expect(deployedOf(story.state)).toBeGreaterThan(0n);
    story.when(deposited("900"));
    story.bringsAmong({ type: "DryPowderReturned", agent: FLEET, deployed: 0n } as never);
    expect(eventsOf(story, "DryPowderReturned")).toHaveLength(1);
    expect(fleetView(story.state, 0).powder).toBeUndefined();
  });
});

describe("behind a position", () => {
  const rule: CrisisPolicy = { topUp: percent(160), topUpFromReserve: true };
  const steps = (crisis: CrisisPolicy, mode: "cross" | "isolated" = "cross") => [
    ...crisisFleet(crisisPolicy(crisis, { dryPowder: percent(20) }), "1000", [
      ALICE,
      { cap: "102.1", maxLeverage: TEN_TIMES, mode },
    ]),
    ...held(ALICE, "0.1", "buy", TEN_TIMES),
    marks("9700"),
  ];
  test("PWD-006: below 160 % what the delegation has not left comes from the reserve", () => {
    const story = given(...steps(rule));
    // 7.60 are missing, 2.10 are the agent's own.
    expect(eventsOf(story, "DryPowderDeployed")).toMatchObject([
      { agent: ALICE, amount: usd("5.5"), cause: "top-up", need: usd("7.6"), deployed: usd("5.5") },
    ]);
    expect(eventsOf(story, "PositionToppedUp")).toMatchObject([{ amount: usd("7.6") }]);
    expect(positionOf(story)?.margin).toBe(usd("107.6"));
    expect(dryPowderOf(story.state)).toBe(reserveOf(story.state) - usd("5.5"));
    story.when(order(ALICE, "o2", { qty: "0.002" })).refused("cap_exceeded");
  });

  test("PWD-007: off, or for an isolated agent, only its own delegation is used", () => {
    const off = given(...steps({ topUp: percent(160) }));
    const own = given(...steps(rule, "isolated"));
    for (const story of [off, own]) {
      expect(eventsOf(story, "DryPowderDeployed")).toEqual([]);
      expect(deployedOf(story.state)).toBe(0n);
    }
    expect(eventsOf(off, "PositionToppedUp")).toMatchObject([{ amount: usd("2.1") }]);
  });

  test("PWD-008: it comes back with the position, and cover is told the truth throughout", () => {
    const story = given(...steps({ ...rule, hardStop: percent(130) }));
    story.given(marks("7000"), closed(ALICE, "0.1", "7000"));
    expect(eventsOf(story, "DryPowderReturned").at(-1)).toMatchObject({ agent: ALICE });
    expect(deployedOf(story.state)).toBe(0n);
    expect(dryPowderOf(story.state)).toBe(reserveOf(story.state));
  });
});

describe("behind a position in a call of the fleet", () => {
  const rule: CrisisPolicy = { ...CALLS, topUp: percent(160), topUpFromReserve: true };
  const fallen = (crisis: CrisisPolicy, deposit = "1000") =>
    given(
      ...crisisFleet(
        ...[crisisPolicy(crisis, { dryPowder: percent(10) }), deposit],
        ...([[ALICE, { cap: "610" }]] as const),
        ...([[BOB, { cap: "102.1", maxLeverage: TEN_TIMES }]] as const),
      ),
      ...[...held(BOB, "0.1", "buy", TEN_TIMES), ...held(ALICE, "0.3"), marks("9550")],
    );

  test("PWD-014: nothing is put there, nor deployed, where the call wants less reserved, or comes in this turn", () => {
    const story = fallen(rule);
    expect(eventsOf(story, "MarginCalled")).toMatchObject([{ cause: "utilization" }]);
    expect(story.state.covered).toBe(true);
    story.given(marks("9549"), wait(1_000), marks("9540"));
    expect(eventsOf(story, "PositionToppedUp")).toEqual([]);
    expect(eventsOf(story, "DryPowderDeployed")).toEqual([]);
    expect(story.state.reserved).toBe(usd("700"));
    // Cured, it goes on: what is missing behind bob's is put there.
    story.given(deposited("2000"), marks("9540"));
    expect(eventsOf(story, "MarginCured")).toHaveLength(1);
    expect(eventsOf(story, "DryPowderDeployed")).toMatchObject([{ cause: "top-up", agent: BOB }]);
  });

  test("PWD-015: it is where the call is for maintenance, or the rules have none", () => {
    const story = fallen({ ...rule, callAt: percent(6), targetMaintenance: percent(5) }, "3000");
    story.given(marks("9400"));
    expect(eventsOf(story, "MarginCalled")).toMatchObject([{ cause: "maintenance" }]);
    expect(eventsOf(story, "DryPowderDeployed").map(({ cause }) => cause)).toEqual([
      ...["top-up", "top-up"],
    ]);
    const { graceMs: _, ...none } = rule;
    expect(eventsOf(fallen(none), "PositionToppedUp")).toHaveLength(1);
  });
});

describe("its size", () => {
  const sized = (reserve: string) => weather({ reserve: usd(reserve) });
  const steps = (crisis: CrisisPolicy) =>
    crisisFleet(crisisPolicy(crisis, { dryPowder: percent(10) }), "1000", [ALICE, { cap: "700" }]);

  test("PWD-009: measured where the rules size it, and never below the policy's share", () => {
    const story = given(...steps({ reserveRatio: ppm(10_000) }), sized("250"));
    expect(reserveOf(story.state)).toBe(usd("250"));
    expect(coverOf(story.state)).toBe(usd("50"));
    story.given(sized("40"));
    expect(reserveOf(story.state)).toBe(usd("100"));
    const off = given(...steps({}), sized("250"));
    expect(reserveOf(off.state)).toBe(usd("100"));
  });
});
