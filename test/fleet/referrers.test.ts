/** Who refers an agent at the escrow service: registered once, and its share of each fee is its own. */
import { describe, expect, test } from "vitest";
import { FLEET, USDC } from "../../src/core/ids.ts";
import { attributionView } from "../../src/fleet/attribution.ts";
import { balance, resultOf } from "../../src/fleet/ledger.ts";
import type { Law } from "../../src/fleet/state.ts";
import { agentView, fleetView } from "../../src/fleet/views.ts";
import type { ReportBody } from "../../src/protocol/reports.ts";
import { ALICE, BOB, named, POLICY, usd } from "./cast.ts";
import {
  ACCEPTED,
  answered,
  by,
  effectOf,
  given,
  ops,
  REJECTED,
  reported,
  type Step,
  type Story,
  UNKNOWN,
} from "./spec.ts";
import { configured, deposited, enrolled, fleetOf, granted, marks } from "./steps.ts";

const register = (referrer = "bob") => by(ALICE, "RegisterReferrer", { referrer });
const asked = effectOf("RegisterReferrer");
const registered = (referrer = "bob"): readonly Step[] => [
  register(referrer),
  answered(asked, ACCEPTED),
];
const openEscrow = (more: object = {}, role: "pay" | "earn" = "pay") =>
  by(ALICE, "OpenEscrow", {
    ...{ escrow: "e1", role, counterparty: "shop", amount: "100", timeoutMs: 9_000 },
    ...{ description: "work", ...more },
  });
const released =
  (more: object = {}) =>
  (law: Law): ReportBody => ({
    ...{ type: "escrowReleased", escrow: law.escrows.get("alice/e1")?.name ?? ("0.0.0" as never) },
    ...{ received: usd("99"), fee: usd("1"), referral: usd("0.15"), ...more },
  });
const funded = (law: Law): ReportBody => ({
  ...{ type: "escrowFunded", escrow: law.escrows.get("alice/e1")?.name ?? ("0.0.0" as never) },
  expiresAt: law.at,
});
const fleet = fleetOf(ALICE, BOB);
const referrerIn = (story: Story) => agentView(story.state, ALICE, story.now)?.referrer;
const referrerAsked = (story: Story) => {
  const [event] = story.last?.events ?? [];
  const effect = event !== undefined && "effect" in event ? event.effect.effect : undefined;
  return effect?.type === "OpenEscrow" ? effect.referrer : "no escrow";
};

describe("a registration", () => {
  test("RFR-001: is asked of the service, and holds when it has answered", () => {
    const story = given(...fleet).when(register());
    const effect = { type: "RegisterReferrer", referrer: "bob", own: true };
    story.brings({ type: "ReferrerRequested", agent: ALICE, referrer: "bob", effect: { effect } });
    expect(referrerIn(story)).toEqual({ referrer: "bob", phase: "requested" });
    story.when(answered(asked, UNKNOWN)).bringsNo("ReferrerRegistered");
    story.when(answered(asked, ACCEPTED));
    story.brings({ type: "EffectAnswered" }, { type: "ReferrerRegistered", referrer: "bob" });
    expect(referrerIn(story)).toEqual({ referrer: "bob", phase: "registered" });
  });

  test("RFR-002: is of another, and never changed, neither while it is asked for nor after", () => {
    given(...fleet)
      .when(register("alice"))
      .refused("not_allowed", "nobody refers itself");
    const story = given(...fleet, register());
    story.when(register("out-data-1")).refused("referrer_set", "bob");
    story.given(answered(asked, ACCEPTED));
    for (const other of ["out-data-1", "bob"])
      story.when(register(other)).refused("referrer_set", "bob");
  });

  test("RFR-003: that the service refused is told, and another may be asked for", () => {
    const story = given(...fleet, register("nobody")).when(answered(asked, REJECTED));
    story.brings(
      { type: "EffectAnswered" },
      { type: "ReferrerRefused", agent: ALICE, referrer: "nobody", reason: "no" },
    );
    expect(referrerIn(story)).toBeUndefined();
    story.when(register()).brings({ type: "ReferrerRequested" });
  });

  test("RFR-004: needs a delegation for escrows, and none of its margin", () => {
    const none = [...fleetOf(BOB), enrolled(ALICE)];
    given(...none)
      .when(register())
      .refused("no_delegation");
    given(...none, granted(ALICE, { services: ["casino"] }))
      .when(register())
      .refused("service_not_permitted", "escrow");
    given(...fleet, ops("Revoke", { agent: "alice" }))
      .when(register())
      .refused("no_delegation");
    const story = given(...fleet, ...registered());
    expect(story.state.agents.get(ALICE)?.reserved).toBe(0n);
  });

  test("RFR-010: who is halted or may only reduce registers nobody, for that is for good", () => {
    for (const mode of ["reduce", "halt"] as const)
      given(...fleet, ops("SetMode", { agent: "alice", mode, reason: "looked at" }))
        .when(register())
        .refused(mode === "halt" ? "halted" : "reduce_only");
  });

  test("RFR-011: where the rules name a referrer the share stays in the fleet, and no outsider is registered", () => {
    const rules = { ...POLICY, referrer: named("fleet-self") };
    const begun = [
      ...[configured(rules), deposited("10000"), marks("10000")],
      ...[enrolled(ALICE), granted(ALICE), enrolled(BOB), granted(BOB)],
    ];
    given(...begun)
      .when(register("out-data-1"))
      .refused("not_allowed", "the rules name the fleet's referrer: an outsider is none");
    for (const own of ["bob", "fleet"])
      given(...begun)
        .when(register(own))
        .brings({ type: "ReferrerRequested", referrer: own });
  });

  test.each([
    ["bob", true],
    ["fleet", true],
    ["dora", false],
    ["out-data-1", false],
    ["Out.Data", false],
  ] as const)("RFR-005: the service is told whether %s is of this account: %s", (referrer, own) => {
    const gone = [enrolled("dora" as never), ops("Retire", { agent: "dora" })];
    const story = given(...fleet, ...gone).when(register(referrer));
    story.brings({ type: "ReferrerRequested", effect: { effect: { referrer, own } } });
  });
});

describe("an escrow of who is referred", () => {
  test("RFR-006: brings the share to the agent that referred it, to the unit, and all columns add up", () => {
    const story = given(...fleet, ...registered(), openEscrow(), reported(funded));
    story.when(reported(released({ referrer: named("bob"), referral: usd("0.149999") })));
    const fee = { fee: usd("1"), referral: usd("0.149999") };
    story.brings(
      { type: "EscrowReleased", agent: ALICE, fee: usd("1"), referral: 0n },
      { type: "ReferralEarned", agent: BOB, of: ALICE, escrow: "e1", ...fee },
      { type: "ReportsTaken" },
    );
    const results = [ALICE, BOB].map((one) => resultOf(story.state.ledger, USDC, "escrow", one));
    expect(results).toEqual([usd("-100"), usd("0.149999")]);
    expect(story.state.agents.get(BOB)?.realized).toBe(usd("0.149999"));
    expect(balance(story.state.ledger, "USDC/wallet")).toBe(usd("9900.149999"));
    expect(fleetView(story.state, story.now).referral).toEqual({
      ...{ income: "0.149999", fees: "1", net: "-0.850001", by: { bob: "0.149999" } },
    });
    const { lines, total } = attributionView(story.state, story.now);
    const escrow = lines.map(({ agent, results: of }) => [agent, of["escrow"]]);
    expect(escrow).toEqual(expect.arrayContaining([["bob", "0.149999"]]));
    expect(total.results["escrow"]).toBe("-99.850001");
  });

  test("RFR-007: of the fleet's own referral it is the fleet's; of a sale too", () => {
    const story = given(...fleet, ...registered("fleet"), openEscrow({}, "earn"), reported(funded));
    const delivered = by(ALICE, "DeliverEscrow", { escrow: "e1" });
    story.given(delivered, reported(released({ type: "escrowDelivered" }) as never));
    story.when(reported(released({ referrer: named("fleet") })));
    story.bringsAmong({ type: "ReferralEarned", agent: FLEET, of: ALICE });
    expect(story.state.agents.get(FLEET)?.realized).toBe(usd("0.15"));
    expect(story.state.agents.get(ALICE)?.realized).toBe(usd("99"));
  });

  test("RFR-008: names nobody in its order once one is registered, unless it wants another for this one", () => {
    const rules = { ...POLICY, referrer: named("fleet-self") };
    const begun = [
      ...[configured(rules), deposited("10000"), marks("10000")],
      ...[enrolled(ALICE), granted(ALICE), enrolled(BOB), granted(BOB)],
    ];
    expect(referrerAsked(given(...begun).when(openEscrow()))).toBe("fleet-self");
    expect(referrerAsked(given(...begun, register()).when(openEscrow()))).toBe("fleet-self");
    const story = given(...begun, ...registered()).when(openEscrow());
    expect(referrerAsked(story)).toBeUndefined();
    expect(agentView(story.state, ALICE, story.now)?.escrows[0]?.referrer).toBe("bob");
    const other = given(...begun, ...registered()).when(openEscrow({ referrer: "out-data-1" }));
    expect(referrerAsked(other)).toBe("out-data-1");
  });

  test("RFR-009: a share that the venue says is nobody's of the fleet stays with its own agent", () => {
    const story = given(...fleet, ...registered(), openEscrow(), reported(funded));
    story.when(reported(released({ referrer: named("somebody") })));
    story.brings({ type: "EscrowReleased", referral: usd("0.15") }, { type: "ReportsTaken" });
    expect(story.state.agents.get(ALICE)?.realized).toBe(usd("-99.85"));
    // Of nothing nothing is told.
    const none = given(...fleet, ...registered(), openEscrow(), reported(funded));
    none.when(reported(released({ referrer: named("bob"), referral: 0n })));
    none.bringsNo("ReferralEarned");
  });
});
