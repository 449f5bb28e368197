/** The domains strategy: it buys under a reserve what is worth it, prices it, renews it, or lets it go. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { domains } from "../../agents/domains/actor.ts";
import { domainsConfig } from "../../agents/domains/config.ts";
import { beginDomains, domainsStrategy } from "../../agents/domains/strategy.ts";
import type { DomainView, SearchView } from "../../src/protocol/domain-views.ts";
import type { AgentView } from "../../src/protocol/views.ts";
import { Practice } from "../../src/sdk/conformance-practice.ts";
import { MemoryFleet } from "../../src/sdk/memory-fleet.ts";
import { runSpecialist } from "../../src/sdk/run.ts";
import { sampleDelegation, sampleView } from "../../src/sdk/sample-view.ts";
import { advance, SimulatedClock } from "../sdk/helpers.ts";
import { bodies, decided, done, refused } from "./context.ts";

const config = domainsConfig.parse({ words: ["fleet", "ledger"], everyMs: 5_000 });
const offer = (domain: string, visits: number, cost = "12"): SearchView["offers"][number] => ({
  ...{ domain, cost, renewal: "12", visits },
});
const searched = (...offers: SearchView["offers"]): SearchView => ({
  ...{ query: "fleet", pending: false, offers },
});
const held = (part: Partial<DomainView> = {}): DomainView => ({
  ...{ domain: "fleet.com", phase: "owned", cost: "12", renewal: "12", ahead: "12" },
  ...{ asking: "0", earned: "0", visits: 5, expiresAt: 9, due: false, pending: "" },
  ...part,
});
const viewOf = (part: Partial<AgentView> = {}): AgentView =>
  sampleView("domains", { at: 10_000, ...part });
const decide = (view: AgentView, given = config, memory = beginDomains()) =>
  decided(domainsStrategy, view, memory, given);
const acts = (domain: DomainView, given = config) =>
  decide(viewOf({ domains: [domain], search: { ...searched(), pending: true } }), given).intents;

describe("buying", () => {
  test("DMS-001: it looks for its words in turn, at most one search at a time, and not too often", () => {
    const first = decide(viewOf());
    expect(bodies(first, "SearchDomains")).toEqual([{ query: "fleet" }]);
    const soon = decide(viewOf({ at: 14_999, search: searched() }), config, first.memory);
    expect(soon.intents).toEqual([]);
    const later = decide(viewOf({ at: 15_000, search: searched() }), config, first.memory);
    expect(bodies(later, "SearchDomains")).toEqual([{ query: "ledger" }]);
    const waiting = viewOf({ search: { ...searched(), pending: true } });
    expect(decide(waiting).intents).toEqual([]);
  });

  test("DMS-002: it reserves price and renewal, and buys in the place of that reserve", () => {
    const decision = decide(viewOf({ search: searched(offer("a.com", 2), offer("b.com", 7)) }));
    const [reserve] = bodies(decision, "Reserve");
    expect(reserve).toMatchObject({ amount: "24", service: "domains" });
    expect(bodies(decision, "RegisterDomain")).toEqual([
      { domain: "b.com", reservation: reserve?.reservation },
    ]);
  });

  test("DMS-003: it buys only what is worth its price and more, and no dearer than it may be", () => {
    // Six USDC a visit, one and a half times the price: three visits pay for 12 USDC, two do not.
    for (const [one, buys] of [
      [offer("a.com", 2), false],
      [offer("a.com", 3), true],
      [offer("a.com", 19, "15.000001"), false],
    ] as const) {
      const decision = decide(viewOf({ search: searched(one) }));
      expect(bodies(decision, "RegisterDomain").length > 0).toBe(buys);
    }
  });

  test("DMS-004: within what is available, its share of the cap, and how many it may have", () => {
    const search = searched(offer("a.com", 9));
    const poor = { ...sampleDelegation("domains"), available: "23.999999" };
    expect(bodies(decide(viewOf({ search, delegation: poor })), "Reserve")).toEqual([]);
    const tight = domainsConfig.parse({ useShare: 0.023 });
    expect(bodies(decide(viewOf({ search }), tight), "Reserve")).toEqual([]);
    const full = domainsConfig.parse({ maxHeld: 1 });
    const decision = decide(viewOf({ search, domains: [held({ phase: "parked" })] }), full);
    expect(decision).toMatchObject({ intents: [], rest: "it has as many domains as it may" });
  });

  test("DMS-008: a name that it has, or asks for, is bought no second time, whoever offers it", () => {
    const search = searched(offer("a.com", 9), offer("b.com", 7));
    for (const phase of ["requested", "owned", "parked"] as const) {
      const domains = [held({ domain: "a.com", phase })];
      const decision = decide(viewOf({ search, domains }));
      expect(bodies(decision, "RegisterDomain")).toMatchObject([{ domain: "b.com" }]);
    }
  });

  test("DMS-005: a name that was refused is left alone for a while, and its reserve given back", () => {
    const search = searched(offer("a.com", 9));
    const first = decide(viewOf({ search }));
    const outcomes = [
      ...done(first.intents.slice(0, 1)),
      ...refused(first.intents.slice(1), "no_offer"),
    ];
    const left = [{ reservation: "r-1", amount: "24", expiresAt: 99_000 }];
    const view = viewOf({ at: 11_000, search, reservations: left });
    const after = decided(domainsStrategy, view, first.memory, config, { outcomes });
    expect(bodies(after, "Release")).toEqual([{ reservation: "r-1" }]);
    expect(bodies(after, "RegisterDomain")).toEqual([]);
    const later = decide(viewOf({ at: 71_001, search }), config, after.memory);
    expect(bodies(later, "RegisterDomain")).toHaveLength(1);
  });

  test("DMS-007: a name that it asked for and never had is left alone too, though nobody refused it", () => {
    const search = searched(offer("a.com", 9));
    const first = decide(viewOf({ search }));
    const soon = decide(viewOf({ at: 11_000, search }), config, first.memory);
    expect(bodies(soon, "RegisterDomain")).toEqual([]);
    const later = decide(viewOf({ at: 70_000, search }), config, first.memory);
    expect(bodies(later, "RegisterDomain")).toHaveLength(1);
  });

  test("DMS-006: told to reduce it buys nothing, and still keeps, prices and gives back", () => {
    const search = searched(offer("a.com", 9));
    const view = viewOf({ search, zone: "orange", domains: [held(), held({ phase: "grace" })] });
    const { intents } = decide(view);
    expect(intents.map(({ command }) => command)).toEqual(["ListDomain", "RenewDomain"]);
    expect(decide(viewOf({ search, zone: "red" })).rest).toBe("the zone is red");
  });
});

describe("keeping", () => {
  test("DMS-010: what it owns it offers at its worth, and no lower than what brings its cost back", () => {
    expect(acts(held())).toEqual([
      { command: "ListDomain", body: { domain: "fleet.com", asking: "30" } },
    ]);
    expect(acts(held({ visits: 1 }))).toMatchObject([{ body: { asking: "13.333334" } }]);
  });

  test("DMS-011: told to park it parks, and leaves what is parked", () => {
    const parking = domainsConfig.parse({ use: "park" });
    expect(acts(held(), parking)).toEqual([
      { command: "ParkDomain", body: { domain: "fleet.com" } },
    ]);
    expect(acts(held({ phase: "parked" }), parking)).toEqual([]);
  });

  test("DMS-023: told to park, it takes back what it offered while it was told to sell", () => {
    const parking = domainsConfig.parse({ use: "park" });
    const listed = held({ phase: "listed", asking: "30" });
    expect(acts(listed, parking)).toEqual([
      { command: "ParkDomain", body: { domain: "fleet.com" } },
    ]);
    expect(acts(listed)).toEqual([]);
    expect(acts({ ...listed, pending: "ListDomain" }, parking)).toEqual([]);
  });

  test("DMS-012: unsold it is offered a tenth cheaper, down to its least; then it is parked", () => {
    const listed = (asking: string) => held({ phase: "listed", asking });
    const search = { ...searched(), pending: true };
    const memory = { ...beginDomains(), pricedAt: { "fleet.com": 0 } };
    const at = config.repriceMs;
    const step = (asking: string, when = at) =>
      decide(viewOf({ at: when, search, domains: [listed(asking)] }), config, memory).intents;
    expect(step("30", at - 1)).toEqual([]);
    expect(step("30")).toMatchObject([{ command: "ListDomain", body: { asking: "27" } }]);
    expect(step("14")).toMatchObject([{ command: "ListDomain", body: { asking: "13.333334" } }]);
    expect(step("13.333334")).toMatchObject([{ command: "ParkDomain" }]);
  });

  test("DMS-013: on the registrar's notice it renews what is worth it, and lets the rest lapse", () => {
    expect(acts(held({ due: true }))).toMatchObject([{ command: "RenewDomain" }]);
    expect(acts(held({ due: true, phase: "parked", visits: 2 }))).toEqual([]);
    expect(acts(held({ phase: "grace" }))).toMatchObject([{ command: "RenewDomain" }]);
    expect(acts(held({ phase: "grace", visits: 2 }))).toEqual([]);
  });

  test("DMS-014: what is asked for and not yet confirmed is waited for", () => {
    expect(acts(held({ phase: "requested" }))).toEqual([]);
    expect(acts(held({ pending: "ListDomain" }))).toEqual([]);
  });
});

test("DMS-020: always it holds no more than its share and what is available", () => {
  const cents = fc.integer({ min: 0, max: 40_000 }).map((value) => String(value / 100));
  const offers = fc.array(fc.tuple(fc.nat(19), fc.integer({ min: 1, max: 3_000 })), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(cents, cents, offers, (cap, available, made) => {
      const delegation = { ...sampleDelegation("domains"), cap, available };
      const search = searched(
        ...made.map(([visits, cost], i) => offer(`n${i}.com`, visits, String(cost / 100))),
      );
      const [reserve] = bodies(decide(viewOf({ delegation, search })), "Reserve");
      const amount = Number(reserve?.amount ?? 0);
      expect(amount).toBeLessThanOrEqual(Number(available));
      expect(amount).toBeLessThanOrEqual(Number(cap) * config.useShare + 1e-6);
    }),
  );
});

test("DMS-021: its config is strict", () => {
  expect(domainsConfig.safeParse({}).success).toBe(true);
  for (const bad of [{ words: [] }, { words: ["Fleet"] }, { use: "hold" }, { minGain: 0.5 }]) {
    expect(domainsConfig.safeParse(bad).success).toBe(false);
  }
});

test("DMS-022: run against a fleet it searches, buys, offers, and after a crash buys nothing twice", async () => {
  const clock = new SimulatedClock();
  const fleet = new MemoryFleet({
    view: sampleView("domains"),
    now: () => clock.now(),
    script: new Practice().script,
  });
  const start = (nonce: string) =>
    runSpecialist(domains, { link: fleet.link(), nonce, seed: 5, clock, config: { maxHeld: 3 } });
  const first = start("a");
  await advance(clock, 20_000, 500);
  await first.stop();
  const second = start("b");
  await advance(clock, 20_000, 500);
  const names = fleet.taken.flatMap(({ command, body }) =>
    command === "RegisterDomain" ? [String(body["domain"])] : [],
  );
  expect(names).toHaveLength(3);
  expect(new Set(names).size).toBe(3);
  expect(fleet.view.domains.map(({ phase }) => phase)).toEqual(["listed", "listed", "listed"]);
  expect(second.phase()).toBe("resting");
  await second.stop();
});
