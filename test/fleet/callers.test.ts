/** Who may command at all, and what every obligation checks alike: its caller, its reservation, its room. */
import { describe, expect, test } from "vitest";
import { OPEN_PER_AGENT_MAX } from "../../src/core/limits.ts";
import { agentView } from "../../src/fleet/views.ts";
import { ALICE } from "./cast.ts";
import { by, type Draft, given, ops, type Step, wait } from "./spec.ts";
import { aliceLong, enrolled, fleetOf, granted, marks, open, order } from "./steps.ts";

type Extra = { readonly reservation?: string };
const escrow = (name: string, role: "pay" | "earn", extra: Extra = {}) =>
  by(ALICE, "OpenEscrow", {
    ...{ escrow: name, role, counterparty: "shop", amount: "1", timeoutMs: 9, description: "x" },
    ...extra,
  });

/** What an agent may open, each with the reservation that it takes the place of. */
const OBLIGATIONS: Readonly<Record<string, (name: string, extra?: Extra) => Draft>> = {
  PlaceOrder: (name, extra = {}) => order(ALICE, name, { qty: "0.001", limit: "9950", ...extra }),
  PlaceBet: (name, extra = {}) =>
    by(ALICE, "PlaceBet", {
      ...{ bet: name, game: "dice", stake: "1", params: {}, clientSeed: "alice-seed", ...extra },
    }),
  "OpenEscrow to pay": (name, extra) => escrow(name, "pay", extra),
  "OpenEscrow to earn": (name, extra) => escrow(name, "earn", extra),
  OpenLoan: (name, extra = {}) =>
    by(ALICE, "OpenLoan", {
      ...{ loan: name, asset: "USDC", amount: "1", minRate: 0, noticeMs: 9, ...extra },
    }),
};
const reserve = (reservation: string, amount = "100") =>
  by(ALICE, "Reserve", { reservation, amount, service: "trading", ttlMs: 1_000 });

const COMMANDS: readonly Draft[] = [
  ...Object.values(OBLIGATIONS).map((make) => make("n1")),
  reserve("r1"),
  by(ALICE, "Release", { reservation: "r1" }),
  by(ALICE, "Renew", {}),
  by(ALICE, "CancelOrder", { order: "o1" }),
  by(ALICE, "MoveStop", { market: "btc-perp", stop: "9500" }),
  by(ALICE, "RotateSeed", {}),
  by(ALICE, "CheckBet", { bet: "b1", verified: true }),
  by(ALICE, "DeliverEscrow", { escrow: "e1" }),
  by(ALICE, "ReleaseEscrow", { escrow: "e1" }),
  by(ALICE, "DisputeEscrow", { escrow: "e1", reason: "x" }),
  by(ALICE, "RecallLoan", { loan: "l1" }),
  by(ALICE, "SearchDomains", { query: "fleet" }),
  by(ALICE, "PostJob", { job: "j1", kind: "data", brief: "x", amount: "1", ttlMs: 9 }),
  by(ALICE, "TakeJob", { by: "bob", job: "j1" }),
  by(ALICE, "DeliverJob", { by: "bob", job: "j1", result: "x" }),
  by(ALICE, "AcceptJob", { job: "j1" }),
  by(ALICE, "RegisterDomain", { domain: "fleet.com" }),
  by(ALICE, "RenewDomain", { domain: "fleet.com" }),
  by(ALICE, "ParkDomain", { domain: "fleet.com" }),
  by(ALICE, "ListDomain", { domain: "fleet.com", asking: "20" }),
];
const NAMING: readonly Draft[] = [
  ops("Retire", { agent: "alice" }),
  granted(ALICE),
  ops("Raise", { agent: "alice", cap: "1" }),
  ops("Cut", { agent: "alice", cap: "1" }),
  ops("Recall", { agent: "alice", graceMs: 1 }),
  ops("Revoke", { agent: "alice" }),
  ops("SetMode", { agent: "alice", mode: "halt", reason: "x" }),
];

describe("callers", () => {
  test.each([...COMMANDS, ...NAMING])(
    "WHO-001: $type is refused where its agent is not enrolled, or retired",
    (command) => {
      given(...open)
        .when(command)
        .refused("unknown_agent");
      given(...open, enrolled(ALICE), ops("Retire", { agent: "alice" }))
        .when(command)
        .refused("agent_retired");
    },
  );

  test.each(NAMING.slice(2, 6))(
    "WHO-002: $type is refused where there is no delegation, or none any more",
    (command) => {
      given(...open, enrolled(ALICE))
        .when(command)
        .refused("no_delegation");
      given(...fleetOf(ALICE), ops("Revoke", { agent: "alice" }))
        .when(command)
        .refused("no_delegation");
    },
  );

  test("WHO-003: an ended delegation leaves nothing to use, nor to see as left", () => {
    const story = given(...fleetOf(ALICE), ops("Revoke", { agent: "alice" }));
    expect(agentView(story.state, ALICE, story.now)?.delegation).toMatchObject({ available: "0" });
    for (const make of Object.values(OBLIGATIONS)) story.when(make("n1")).refused("no_delegation");
  });

  test("WHO-004: an agent has one position of its own, and touches no other's", () => {
    const story = given(
      ...aliceLong,
      enrolled("bob" as typeof ALICE),
      granted("bob" as typeof ALICE),
    );
    const out = {
      ...order(ALICE, "o9", { side: "sell", reduceOnly: true }),
      from: "bob" as typeof ALICE,
    };
    story.when(out).refused("nothing_to_reduce");
  });
});

const cases = Object.entries(OBLIGATIONS).map(([name, make]) => ({ name, make }));

describe.each(cases)("$name", ({ name, make }) => {
  test("WHO-005: it takes the place of a pending reservation, once, and of no other", () => {
    const story = given(...fleetOf(ALICE), reserve("r1"));
    story.when(make("n1", { reservation: "r1" }));
    expect(story.last?.events[0]).toMatchObject({ type: "ReservationPosted", reservation: "r1" });
    story.when(make("n2", { reservation: "r1" })).refused("unknown_reservation");
    given(...fleetOf(ALICE), reserve("r1"), wait(1_000))
      .when(make("n1", { reservation: "r1" }))
      .refused("reservation_not_pending");
  });

  test("WHO-006: no more are open than allowed", () => {
    const story = given(...fleetOf(ALICE));
    for (let i = 0; i < OPEN_PER_AGENT_MAX; i++) story.take(make(`n${i}`));
    expect(story.last?.rejection).toBeUndefined();
    story.when(make("more")).refused("too_many_open");
  });

  test("WHO-007: it asks for no more than is left of the delegation", () => {
    const tight: readonly Step[] = [...fleetOf(ALICE), reserve("r1", "2000"), marks("10000")];
    const story = given(...tight).when(make("n1"));
    if (name === "OpenEscrow to earn") story.brings({ type: "EscrowRequested" });
    else story.refused("cap_exceeded");
  });

  test("WHO-008: it needs its service", () => {
    const services = ["domains"] as const;
    given(...open, enrolled(ALICE), granted(ALICE, { services: [...services] }))
      .when(make("n1"))
      .refused("service_not_permitted");
  });
});
