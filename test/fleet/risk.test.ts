/** The fleet's risk in the law: what an alarm freezes, for how long, and what a limit on VaR lets through. */
import { describe, test } from "vitest";
import { ALICE, BOB, DORA } from "./cast.ts";
import { alarm, clear, estimated, limited, risky, weather } from "./risk-cases.ts";
import { given, ops, reported, tick, wait } from "./spec.ts";
import { done, enrolled, fill, fleetOf, granted, order } from "./steps.ts";

const raise = ops("Raise", { agent: "alice", cap: "2500" });

describe("a frozen fleet", () => {
  test("FRZ-001: an alarm is recorded with its numbers, and once", () => {
    const story = given(...fleetOf(ALICE));
    story.when(alarm).brings({
      type: "RegimeSet",
      regime: "sell-off",
      alarm: true,
      averageCorrelation: 600_000,
      observations: 30,
      falseAlarmRate: 50_000,
    });
    story.when(alarm).bringsNothing();
    story.when(weather({ alarm: true, regime: "liquidity-crisis" })).brings({ type: "RegimeSet" });
    story.when(clear).brings({ type: "RegimeSet", alarm: false, regime: "normal" });
    story.when(clear).bringsNothing();
  });

  test("FRZ-002: a raise that falls due while the alarm holds is void", () => {
    const story = given(...fleetOf(ALICE), raise, alarm, wait(60_000));
    story.when(tick).bringsAmong({ type: "RaiseVoided", reason: "delegations are frozen" });
    story.bringsNo("CapRaised");
  });

  test("FRZ-003: once the alarm is over, delegations grow again", () => {
    const story = given(...fleetOf(ALICE), enrolled(BOB), alarm, clear);
    story.when(raise).brings({ type: "RaiseScheduled" });
    story.when(granted(BOB, { cap: "100" })).brings({ type: "DelegationGranted" });
    story.when(wait(60_000), tick).bringsAmong({ type: "CapRaised" });
  });

  test("FRZ-004: what tightens, renews, trades or reduces is open all the while", () => {
    const story = given(...fleetOf(ALICE, BOB, DORA), alarm);
    story.when(order(ALICE, "o1")).brings({ type: "OrderApproved" });
    story.when(reported(fill(ALICE, "o1", "0.1"), done(ALICE, "o1", "0.1")));
    story
      .when(order(ALICE, "o2", { side: "sell", reduceOnly: true }))
      .brings({ type: "OrderApproved" });
    story.when(ops("Cut", { agent: "bob", cap: "100" })).brings({ type: "CapCut" });
    story.when(ops("Revoke", { agent: "dora" })).bringsAmong({ type: "DelegationRevoked" });
  });

  test("FRZ-005: a worse regime without an alarm freezes nothing", () => {
    given(...fleetOf(ALICE), weather({ regime: "sell-off" }))
      .when(raise)
      .brings({ type: "RaiseScheduled" });
  });
});

describe("a limit on the fleet's value at risk", () => {
  test("VLM-001: at the limit an order is approved, and says both numbers", () => {
    given(...limited)
      .when(risky("900", "1000"))
      .brings({ type: "OrderApproved", estimate: estimated("900", "1000") });
  });

  test("VLM-002: what lowers the value at risk is approved however far over the limit it is", () => {
    const story = given(...limited).when(risky("5000", "4999"));
    story.brings({ type: "OrderApproved" });
    story.when(risky("5000", "5000", "o2")).brings({ type: "OrderApproved" });
    story.when(risky("5000", "5000.000001", "o3")).refused("var_exceeded");
  });

  test("VLM-003: what only reduces is never refused for it, measured or not", () => {
    const story = given(...limited).when(risky("0", "10"));
    story.when(reported(fill(ALICE, "o1", "0.1"), done(ALICE, "o1", "0.1")));
    const reduce = order(ALICE, "o2", { side: "sell", qty: "0.05", reduceOnly: true });
    story
      .when({ ...reduce, estimate: estimated("2000", "3000") })
      .brings({ type: "OrderApproved" });
    story
      .when(order(ALICE, "o3", { side: "sell", qty: "0.05", reduceOnly: true }))
      .brings({ type: "OrderApproved" });
  });

  test("VLM-004: without a limit in the fleet file nothing is refused for it", () => {
    given(...fleetOf(ALICE))
      .when(risky("1", "999999"))
      .brings({ type: "OrderApproved", estimate: estimated("1", "999999") });
  });
});
