/** The domains service: names had once, paid once, kept for a year at a time, parked, sold or lost. */
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { type Id, id } from "../../src/core/ids.ts";
import { DAY, HOUR, MINUTE } from "../../src/core/time.ts";
import type { EffectName } from "../../src/protocol/effects.ts";
import {
  budgetOf,
  costOf,
  ENDINGS,
  earnedIn,
  endingOf,
  isTaken,
  namesFor,
  renewalOf,
  visitsOf,
} from "../../src/venue/paper/domain-names.ts";
import { GRACE } from "../../src/venue/paper/domains.ts";
import { newWorld, request, resumedWorld } from "../../src/venue/paper/engine.ts";
import { fromPlainText, toPlainText } from "../../src/venue/paper/plain.ts";
import type { State, World } from "../../src/venue/paper/world.ts";
import {
  approved,
  ask,
  depositOf,
  explained,
  flatTape,
  only,
  pass,
  SOON,
  USD,
  usd,
} from "./helpers.ts";

const options = { seed: "names", tape: flatTape(), wallet: SOON };
function world(): World {
  const made = newWorld(options);
  ask(made, depositOf("1000"));
  return made;
}
const search = (made: World, query = "fleet") => {
  const [found] = only(ask(made, { type: "SearchDomains", query }), "domainsFound");
  return found?.offers ?? [];
};
const free = (made: World) => made.state.accounts.get(USD)?.free ?? 0n;
const refused = (made: World, effect: Parameters<typeof approved>[0]) =>
  request(made, approved(effect));

/** Buys names until the registrar lets us have one: its chance is the effect's name's. */
function bought(made: World, domain?: Id) {
  const name = domain ?? search(made)[0]?.domain ?? id("none.com");
  for (let i = 0; i < 20; i += 1) {
    const effect = { type: "RegisterDomain", domain: name, maxCost: usd("700") } as const;
    const asked = approved(effect, `dom.${name}.${i}`);
    expect(request(made, asked)).toEqual({ outcome: "accepted" });
    const [registered] = only(pass(made, 30_000), "domainRegistered");
    if (registered !== undefined) return { ...registered, domain: name };
  }
  throw new Error("the registrar let us have none");
}

describe("searching", () => {
  test("DMV-001: a search names free names with their prices, the same ones every time", () => {
    const made = world();
    const offers = search(made);
    expect(offers.length).toBeGreaterThan(3);
    expect(offers.length).toBeLessThanOrEqual(8);
    expect(search(made)).toEqual(offers);
    for (const { domain, cost, renewal, visits } of offers) {
      expect(isTaken(made.rules.chance, domain)).toBe(false);
      expect(domain).toContain("fleet");
      expect(cost === renewal || cost === renewal * 10n).toBe(true);
      expect(visits).toBe(visitsOf(made.rules.chance, domain));
    }
  });

  test("DMV-002: a year of .com costs 9.20 euros, 20 % and 1.08: the published service's sum", () => {
    expect(renewalOf("com")).toBe(usd("11.9232"));
    expect(costOf(1, "abcd.com", "com")).toBe(usd("119.232"));
  });

  test("DMV-003: what is no word, or no name of an ending sold here, is refused", () => {
    const made = world();
    for (const query of ["", "Fleet", "a b", "x".repeat(33)]) {
      expect(refused(made, { type: "SearchDomains", query })).toMatchObject({
        reason: "a search is 1 to 32 of a-z, 0-9 and -",
      });
    }
    for (const domain of ["fleet.moon", "-a.com", "a..com", "com"]) {
      const effect = { type: "RegisterDomain", domain: domain as Id, maxCost: usd("1") } as const;
      expect(refused(made, effect)).toMatchObject({ reason: "no such ending is sold here" });
    }
  });

  test.prop([fc.stringMatching(/^[a-z0-9-]{1,32}$/)])(
    "DMV-004: always every name that a search thinks of is one, has a price and an ending",
    (query) => {
      for (const name of namesFor(query)) {
        const ending = endingOf(name);
        expect(ENDINGS).toContain(ending);
        expect(costOf(3, name, ending ?? "")).toBeGreaterThan(0n);
      }
    },
  );
});

describe("buying", () => {
  test("DMV-010: the price is locked at once, and spent when the registrar has it", () => {
    const made = world();
    const [offer] = search(made);
    const before = free(made);
    const asked = approved({
      ...({ type: "RegisterDomain", domain: offer?.domain ?? id("x.com") } as const),
      maxCost: offer?.cost ?? usd("0"),
    });
    request(made, asked);
    expect(made.state.accounts.get(USD)?.locked).toBe(offer?.cost);
    const reports = pass(made, 30_000);
    const [registered] = only(reports, "domainRegistered");
    const [failed] = only(reports, "domainFailed");
    expect([registered, failed].filter((one) => one !== undefined)).toHaveLength(1);
    expect(made.state.accounts.get(USD)?.locked).toBe(0n);
    expect(before - free(made)).toBe(registered === undefined ? 0n : offer?.cost);
    explained(made);
  });

  test("DMV-011: a name is had once: asked for again under another name it is taken", () => {
    const made = world();
    const { domain } = bought(made);
    const again = { type: "RegisterDomain", domain, maxCost: usd("700") } as const;
    expect(refused(made, again)).toMatchObject({ reason: "domain unavailable" });
    expect(search(made).map((one) => one.domain)).not.toContain(domain);
    const taken = [...namesFor("market")].find((name) => isTaken(made.rules.chance, name));
    const other = { type: "RegisterDomain", domain: taken ?? id("x.com"), maxCost: usd("700") };
    expect(refused(made, other as typeof again)).toMatchObject({ reason: "domain unavailable" });
  });

  test("DMV-012: sent twice, as after a lost answer, it is registered and charged once", () => {
    const made = world();
    const [offer] = search(made);
    const domain = offer?.domain ?? id("x.com");
    const asked = approved({ type: "RegisterDomain", domain, maxCost: usd("700") } as const);
    const before = free(made);
    expect(request(made, asked)).toEqual(request(made, asked));
    pass(made, 30_000);
    expect(request(made, asked)).toEqual({ outcome: "accepted" });
    expect(pass(made, MINUTE)).toEqual([]);
    expect(made.state.domains.size).toBeLessThanOrEqual(1);
    expect(before - free(made)).toBe(made.state.domains.size === 1 ? offer?.cost : 0n);
  });

  test("DMV-013: two registrations at the same time are charged twice", () => {
    const made = world();
    const [a, b] = search(made);
    const before = free(made);
    for (const offer of [a, b]) {
      const domain = offer?.domain ?? id("x.com");
      request(made, approved({ type: "RegisterDomain", domain, maxCost: usd("700") } as const));
    }
    pass(made, 30_000);
    const paid = [...made.state.domains.values()].reduce((sum, { cost }) => sum + cost, 0n);
    expect(before - free(made)).toBe(paid);
  });

  test("DMV-014: dearer than it may be, or than the account is worth, it is refused unpaid", () => {
    const made = newWorld(options);
    pass(made, 2_000);
    const [offer] = search(made);
    const [domain, cost] = [offer?.domain ?? id("x.com"), offer?.cost ?? usd("1")];
    const less = { type: "RegisterDomain", domain, maxCost: usd("0.000001") } as const;
    expect(refused(made, less)).toMatchObject({ reason: expect.stringContaining("it costs") });
    expect(refused(made, { ...less, maxCost: cost })).toMatchObject({
      reason: "insufficient balance",
    });
  });
});

describe("keeping", () => {
  test("DMV-020: its year is a year; a notice comes 30 days before its end, a grace of 30 after", () => {
    const made = world();
    const { registration, expiresAt, at } = bought(made);
    expect(expiresAt - at).toBe(365 * DAY);
    const [due] = only(pass(made, 336 * DAY), "domainDue");
    expect(expiresAt - (due?.at ?? 0)).toBe(30 * DAY);
    const [lapsed] = only(pass(made, 30 * DAY), "domainLapsed");
    expect(lapsed).toMatchObject({ registration, at: expiresAt });
    expect(refused(made, { type: "ParkDomain", registration })).toMatchObject({
      outcome: "rejected",
    });
    const [lost] = only(pass(made, 31 * DAY), "domainLost");
    expect(lost?.at).toBe(expiresAt + GRACE);
    const late = { type: "RenewDomain", registration, maxCost: usd("100") } as const;
    expect(refused(made, late)).toMatchObject({ reason: "the domain is no longer ours" });
    explained(made);
  });

  test("DMV-021: a renewal adds a year, before the end and within the grace, and is paid once each", () => {
    const made = world();
    const { registration, expiresAt, renewal } = bought(made);
    const before = free(made);
    const renew = { type: "RenewDomain", registration, maxCost: renewal } as const;
    const [first] = only(ask(made, renew), "domainRenewed");
    expect(first).toMatchObject({ cost: renewal, expiresAt: expiresAt + 365 * DAY });
    pass(made, 2 * 365 * DAY + DAY);
    const [second] = only(ask(made, renew), "domainRenewed");
    expect(second?.expiresAt).toBe(expiresAt + 2 * 365 * DAY);
    expect(only(pass(made, 31 * DAY), "domainLost")).toEqual([]);
    expect(before - free(made)).toBe(renewal * 2n);
    expect(refused(made, { ...renew, maxCost: usd("0.01") })).toMatchObject({
      outcome: "rejected",
    });
    for (let i = 0; i < 9; i += 1) request(made, approved(renew));
    expect(refused(made, renew)).toMatchObject({ reason: "ten years ahead is the most" });
  });

  test("DMV-022: parked it pays each half hour what its visitors bring, to the unit", () => {
    const made = world();
    const offer = search(made).find(({ visits, cost }) => visits >= 3 && cost < usd("700"));
    const { registration, domain } = bought(made, offer?.domain);
    const before = free(made);
    ask(made, { type: "ParkDomain", registration });
    const paid = only(pass(made, 6 * HOUR), "domainRevenue");
    const each = earnedIn(made.rules.chance, domain, 30 * MINUTE, DAY);
    expect(paid.length).toBeGreaterThanOrEqual(11);
    expect(new Set(paid.map(({ amount }) => amount))).toEqual(new Set([each]));
    expect(free(made) - before).toBe(each * BigInt(paid.length));
    expect(refused(made, { type: "ParkDomain", registration })).toMatchObject({
      reason: "the domain is parked",
    });
    explained(made);
  });

  test("DMV-023: a buyer takes it at the asking price less a tenth; then it is another's for good", () => {
    const made = world();
    const offer = search(made).find(({ visits, cost }) => visits >= 2 && cost < usd("700"));
    const { registration, domain } = bought(made, offer?.domain);
    const before = free(made);
    ask(made, { type: "ListDomain", registration, asking: usd("1") });
    const [sold] = only(pass(made, 3 * DAY), "domainSold");
    expect(sold).toMatchObject({ asking: usd("1"), fee: usd("0.1"), received: usd("0.9") });
    expect(free(made) - before).toBe(usd("0.9"));
    const again = { type: "RegisterDomain", domain, maxCost: usd("700") } as const;
    expect(refused(made, again)).toMatchObject({ reason: "domain unavailable" });
    explained(made);
  });

  test("DMV-024: for more than anybody would give, nobody buys it", () => {
    const made = world();
    const { registration, domain } = bought(made);
    const slots = Array.from({ length: 200 }, (_, slot) => slot);
    const budgets = slots.map((slot) => budgetOf(made.rules.chance, domain, slot));
    ask(made, { type: "ListDomain", registration, asking: usd("100000") });
    expect(only(pass(made, 3 * DAY), "domainSold")).toEqual([]);
    expect(budgets.every((budget) => budget < usd("100000"))).toBe(true);
    expect(refused(made, { type: "ListDomain", registration, asking: usd("0") })).toMatchObject({
      reason: "a price is above zero",
    });
  });

  test("DMV-025: a name that is being registered, or that never was, is not acted on", () => {
    const made = world();
    const [offer] = search(made);
    const domain = offer?.domain ?? id("x.com");
    const asked = approved({ type: "RegisterDomain", domain, maxCost: usd("700") } as const);
    request(made, asked);
    expect(refused(made, { type: "ParkDomain", registration: asked.name })).toMatchObject({
      reason: "the domain is being registered",
    });
    const nobody = { type: "ParkDomain", registration: "0.0.7" as EffectName } as const;
    expect(refused(made, nobody)).toMatchObject({ reason: "unknown domain" });
  });

  test("DMV-026: cut into steps or not, killed and resumed or not, a year goes the same way", () => {
    const whole = world();
    const parts = world();
    const [a, b] = [bought(whole), bought(parts)];
    expect(b).toEqual(a);
    for (const made of [whole, parts]) {
      request(made, approved({ type: "ParkDomain", registration: a.registration }, "dom.park"));
    }
    const all = pass(whole, 10 * DAY);
    const kept = fromPlainText(toPlainText(parts.state)) as State;
    const resumed = resumedWorld(options, kept);
    const cut = Array.from({ length: 40 }, () => pass(resumed, 6 * HOUR)).flat();
    expect(only(cut, "domainRevenue")).toEqual(only(all, "domainRevenue"));
  });

  test("DMV-027: a state that was kept before there were domains is gone on from", () => {
    const made = world();
    const { domains: _, soldDomains: __, ...older } = made.state;
    for (const { flows } of older.accounts.values()) {
      Reflect.deleteProperty(flows, "domainsPaid");
      Reflect.deleteProperty(flows, "domainsEarned");
    }
    const resumed = resumedWorld(options, older as State);
    bought(resumed);
    explained(resumed);
  });
});
