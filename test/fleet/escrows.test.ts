/** Escrows from both sides: what is locked, what comes back, and who may act when. */

import { describe, expect, test } from "vitest";
import { percent } from "../../src/core/ppm.ts";
import { millis } from "../../src/core/time.ts";
import { balance } from "../../src/fleet/ledger.ts";
import type { Law } from "../../src/fleet/state.ts";
import type { ReportBody } from "../../src/protocol/reports.ts";
import { ALICE, named, POLICY, usd } from "./cast.ts";
import { answered, by, effectOf, given, REJECTED, reported } from "./spec.ts";
import { configured, deposited, enrolled, fleetOf, granted, open } from "./steps.ts";

const alice = fleetOf(ALICE);
const cash = (story: ReturnType<typeof given>, account = "USDC/wallet") =>
  balance(story.state.ledger, account);
const holder = (story: ReturnType<typeof given>) => story.state.agents.get(ALICE);

describe("escrows", () => {
  const openEscrow = (role: "pay" | "earn", amount = "100") =>
    by(ALICE, "OpenEscrow", {
      escrow: "e1",
      role,
      counterparty: "shop",
      amount,
      timeoutMs: 9_000,
      description: "work",
      referrer: "bob",
    });
  const act = (type: "DeliverEscrow" | "ReleaseEscrow") => by(ALICE, type, { escrow: "e1" });
  const dispute = by(ALICE, "DisputeEscrow", { escrow: "e1", reason: "late" });
  type Told =
    | "escrowFunded"
    | "escrowDelivered"
    | "escrowDeclined"
    | "escrowDisputed"
    | "escrowRefunded"
    | "escrowReleased";
  const told =
    (type: Told, more: object = {}) =>
    (law: Law): ReportBody =>
      ({
        type,
        escrow: law.escrows.get("alice/e1")?.name ?? "0.0.0",
        reason: "so",
        ...(type === "escrowFunded" ? { expiresAt: millis(9_000) } : {}),
        ...more,
      }) as ReportBody;
  const released = told("escrowReleased", {
    received: usd("99"),
    fee: usd("1"),
    referral: usd("0.15"),
  });

  test("ESC-001: what we pay lies in escrow until we release it, and is then spent", () => {
    const story = given(...alice).when(openEscrow("pay"));
    story.brings({
      type: "EscrowRequested",
      effect: { effect: { type: "OpenEscrow", referrer: "bob" } },
    });
    expect([cash(story), cash(story, "USDC/escrow"), holder(story)?.reserved]).toEqual([
      usd("9900"),
      usd("100"),
      usd("100"),
    ]);
    story.given(reported(told("escrowFunded"), told("escrowDelivered")));
    story.when(act("ReleaseEscrow")).brings({ type: "EscrowActRequested", act: "ReleaseEscrow" });
    story.when(act("ReleaseEscrow")).refused("illegal_phase", "ReleaseEscrow is under way");
    story.when(reported(released)).brings({ type: "EscrowReleased" }, { type: "ReportsTaken" });
    expect([cash(story), cash(story, "USDC/escrow")]).toEqual([usd("9900.15"), 0n]);
    expect([holder(story)?.realized, holder(story)?.reserved, story.state.escrows.size]).toEqual([
      usd("-99.85"),
      0n,
      0,
    ]);
  });

  test("ESC-002: what we earn holds nothing and comes when it is released", () => {
    const story = given(...alice, openEscrow("earn"), reported(told("escrowFunded")));
    expect(holder(story)?.reserved).toBe(0n);
    story.when(act("DeliverEscrow")).brings({ type: "EscrowActRequested", act: "DeliverEscrow" });
    story.given(reported(told("escrowDelivered"), released));
    expect([cash(story), holder(story)?.realized]).toEqual([usd("10099.15"), usd("99.15")]);
  });

  test("ESC-003: a refund comes back, less what the platform keeps, which is a cost", () => {
    const story = given(
      ...alice,
      openEscrow("pay"),
      reported(told("escrowFunded"), told("escrowRefunded", { amount: usd("98") })),
    );
    expect([cash(story), cash(story, "USDC/escrow"), holder(story)?.realized]).toEqual([
      usd("9998"),
      0n,
      usd("-2"),
    ]);
  });

  test("ESC-004: release and refund of one escrow: the first in the journal wins, money moves once", () => {
    const story = given(...alice, openEscrow("pay"), reported(told("escrowFunded")));
    const refund = told("escrowRefunded", { amount: usd("100") })(story.state);
    const release = released(story.state);
    story.when(reported(release, refund));
    story.brings({ type: "EscrowReleased" }, { type: "ReportUnmatched" }, { type: "ReportsTaken" });
    expect(cash(story)).toBe(usd("9900.15"));
  });

  test("ESC-005: declined, or refused by the venue, it gives everything back", () => {
    for (const end of [
      reported(told("escrowDeclined")),
      answered(effectOf("OpenEscrow"), REJECTED),
    ]) {
      const story = given(...alice, openEscrow("pay")).when(end);
      story.bringsAmong({ type: "EscrowFailed", agent: ALICE, escrow: "e1" } as never);
      expect([cash(story), holder(story)?.reserved]).toEqual([usd("10000"), 0n]);
    }
  });

  test("ESC-006: each role has its acts, and every act its phase", () => {
    given(...alice, openEscrow("pay"))
      .when(act("DeliverEscrow"))
      .refused("not_allowed");
    given(...alice, openEscrow("earn"))
      .when(act("DeliverEscrow"))
      .refused("illegal_phase");
    given(...alice, openEscrow("earn"))
      .when(dispute)
      .refused("illegal_phase");
    given(...alice, openEscrow("earn"), reported(told("escrowFunded"), told("escrowDelivered")))
      .when(act("DeliverEscrow"))
      .refused("illegal_phase", "delivered");
  });

  test("ESC-007: either disputes what is funded; a dispute ends by the referee alone", () => {
    const story = given(...alice, openEscrow("pay"), reported(told("escrowFunded"))).when(dispute);
    story.brings({ type: "EscrowActRequested", act: "DisputeEscrow", reason: "late" });
    story
      .given(reported(told("escrowDisputed")))
      .when(act("ReleaseEscrow"))
      .refused("illegal_phase", "disputed");
    story
      .when(reported(told("escrowRefunded", { amount: usd("100") })))
      .bringsAmong({ type: "EscrowRefunded", agent: ALICE } as never);
  });

  test("ESC-008: an act that the venue refused may be tried again", () => {
    const story = given(
      ...alice,
      openEscrow("pay"),
      reported(told("escrowFunded")),
      act("ReleaseEscrow"),
    );
    story
      .when(answered(effectOf("ReleaseEscrow"), REJECTED))
      .brings({ type: "EffectAnswered" }, { type: "EscrowActFailed" });
    story.when(act("ReleaseEscrow")).brings({ type: "EscrowActRequested" });
  });

  test("ESC-009: a report out of its order is kept, not booked", () => {
    given(...alice, openEscrow("pay"))
      .when(reported(released))
      .brings({ type: "ReportUnmatched" }, { type: "ReportsTaken" });
  });

  test("ESC-010: what an agent spends counts towards its floor", () => {
    const story = given(
      ...open,
      enrolled(ALICE),
      granted(ALICE, { floor: "1900.15" }),
      openEscrow("pay"),
    );
    story.given(reported(told("escrowFunded"))).when(reported(released));
    story.bringsAmong({
      type: "FloorBreached",
      agent: ALICE,
      loss: usd("99.85"),
      allowed: usd("99.85"),
    });
  });

  test("ESC-030: the fleet's own registration refers every escrow that names nobody, and its share is the agent's", () => {
    const rules = { ...POLICY, referrer: named("fleet-self") };
    const fleet = [configured(rules, "p2"), deposited("10000"), enrolled(ALICE), granted(ALICE)];
    const plain = by(ALICE, "OpenEscrow", {
      ...{ escrow: "e1", role: "pay", counterparty: "shop", amount: "100", timeoutMs: 9_000 },
      description: "work",
    });
    const story = given(...fleet).when(plain);
    story.brings({
      type: "EscrowRequested",
      effect: { effect: { type: "OpenEscrow", referrer: "fleet-self" } },
    });
    story.given(reported(told("escrowFunded")), reported(released));
    expect(holder(story)?.realized).toBe(usd("-99.85"));
    given(...fleet)
      .when(openEscrow("pay"))
      .brings({ type: "EscrowRequested", effect: { effect: { referrer: "bob" } } });
    const alone = given(...alice).when(plain);
    const [event] = alone.last?.events ?? [];
    const effect = event?.type === "EscrowRequested" ? event.effect.effect : undefined;
    expect(effect !== undefined && "referrer" in effect).toBe(false);
  });

  test("ESC-031: a wallet of 100 backs 70 of margin and 30 of an escrow at once, and not a cent more", () => {
    const rules = { ...POLICY, dryPowder: percent(0) };
    const wide = { ...rules.zones, yellow: percent(98), orange: percent(99), red: percent(100) };
    const fleet = [configured({ ...rules, zones: wide }, "p2"), deposited("100"), enrolled(ALICE)];
    const margin = by(ALICE, "Reserve", {
      ...{ reservation: "r1", amount: "70", service: "trading", ttlMs: 9_000 },
    });
    const story = given(...fleet, granted(ALICE, { cap: "100" }), margin);
    story
      .when(openEscrow("pay", "30.000001"))
      .refused("cap_exceeded", "asked 30.000001, allowed 30");
    story.when(openEscrow("pay", "30")).bringsAmong({ type: "EscrowRequested" } as never);
    expect(holder(story)?.reserved).toBe(usd("100"));
  });
});
