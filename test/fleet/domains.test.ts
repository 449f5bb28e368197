/** Domains: looked for, and bought out of what is held for them. */
import { describe, expect, test } from "vitest";
import { percent } from "../../src/core/ppm.ts";
import { agentView } from "../../src/fleet/views.ts";
import type { EffectName } from "../../src/protocol/effects.ts";
import type { ReportBody } from "../../src/protocol/reports.ts";
import { ALICE, BOB, POLICY, T0, usd } from "./cast.ts";
import {
  alice,
  buy,
  failed,
  found,
  looked,
  NAME,
  owned,
  registered,
  search,
} from "./domain-steps.ts";
import { all, held, holder, sums, UNMATCHED } from "./domain-sums.ts";
import {
  ACCEPTED,
  answered,
  by,
  effectOf,
  given,
  ops,
  REJECTED,
  reported,
  tick,
  wait,
} from "./spec.ts";
import { configured, deposited, enrolled, granted, marks } from "./steps.ts";

describe("searching", () => {
  test("DOM-001: what a search found is offered to its agent, one search at a time", () => {
    const story = given(...alice).when(search);
    story.brings({ type: "DomainSearched", query: "fleet" });
    story.when(search).refused("search_pending", "fleet");
    story.when(reported(found())).bringsAmong({ type: "DomainsFound", query: "fleet" } as never);
    const view = agentView(story.state, ALICE, T0);
    expect(view?.search).toEqual({
      query: "fleet",
      pending: false,
      offers: [
        { domain: NAME, cost: "12", renewal: "10", visits: 5 },
        { domain: "getfleet.com", cost: "9", renewal: "9", visits: 1 },
      ],
    });
    story.when(search).brings({ type: "DomainSearched" });
  });

  test("DOM-002: a search that was refused offers nothing, and another may be asked", () => {
    const story = given(...alice, search);
    story.when(answered(effectOf("SearchDomains"), REJECTED));
    story.brings({ type: "EffectAnswered" }, { type: "DomainSearchFailed", query: "fleet" });
    story.when(buy).refused("no_offer", NAME);
    story.when(search).brings({ type: "DomainSearched" });
  });

  test("DOM-003: an answer that nobody waits for is kept and changes nothing", () => {
    const story = given(...looked);
    story.when(reported(found())).brings(...UNMATCHED);
    story.when(answered("9.9.9" as EffectName, REJECTED)).refused("unknown_effect");
  });
});

describe("buying", () => {
  test("DOM-010: a purchase holds the price and a renewal; its money is in escrow until it is had", () => {
    const story = given(...looked).when(buy);
    const asked = { type: "RegisterDomain", domain: NAME, maxCost: usd("12") } as const;
    const effect = { effect: asked } as const;
    story.brings({ type: "DomainRequested", cost: usd("12"), hold: usd("22"), effect });
    expect(sums(story)).toEqual(all("0", "22", "9988", "12", "0"));
    expect(story.state.collateral).toBe(usd("10000"));
    story.when(reported(registered()));
    story.bringsAmong({ type: "DomainRegistered", cost: usd("12"), hold: usd("22") } as never);
    expect(sums(story)).toEqual(all("0", "22", "9988", "0", "12"));
  });

  test("DOM-011: a domain is worth nothing as collateral, unless the policy gives it a haircut", () => {
    expect(given(...owned).state.collateral).toBe(usd("9988"));
    const rules = { ...POLICY, domainHaircut: percent(75) };
    const story = given(
      ...[configured(rules, "p2"), deposited("10000"), marks("10000")],
      ...[enrolled(ALICE), granted(ALICE), search, reported(found()), buy],
      reported(registered()),
    );
    expect(story.state.collateral).toBe(usd("9991"));
  });

  test("DOM-012: a purchase takes the place of its reserve; one that is not drawn on lapses", () => {
    const hold = by(ALICE, "Reserve", {
      ...{ reservation: "r1", amount: "22", service: "domains", ttlMs: 1_000 },
    });
    const story = given(...looked, hold);
    expect(holder(story)?.reserved).toBe(usd("22"));
    story.when(by(ALICE, "RegisterDomain", { domain: NAME, reservation: "r1" }));
    story.brings(
      { type: "ReservationPosted", amount: usd("22") },
      { type: "DomainRequested", hold: usd("22") },
    );
    expect(holder(story)?.reserved).toBe(usd("22"));
    const idle = given(...looked, hold, wait(1_000)).when(tick);
    idle.bringsAmong({ type: "ReservationVoided" } as never);
    expect(holder(idle)?.reserved).toBe(0n);
  });

  test("DOM-013: no more than the delegation permits is bought, and only where it permits domains", () => {
    const small = [...alice.slice(0, -1), granted(ALICE, { cap: "21.999999" })];
    given(...small, search, reported(found()))
      .when(buy)
      .refused("cap_exceeded", "asked 22, allowed 21.999999");
    const other = [...alice.slice(0, -1), granted(ALICE, { services: ["trading"] })];
    given(...other)
      .when(search)
      .refused("service_not_permitted", "domains");
    given(...looked, ops("SetMode", { mode: "reduce", reason: "x" }))
      .when(buy)
      .refused("reduce_only");
  });

  test("DOM-014: a name is had once in the fleet, whoever asks for it", () => {
    const story = given(...owned, enrolled(BOB), granted(BOB));
    story.when(buy).refused("domain_exists", NAME);
    const bobs = by(BOB, "SearchDomains", { query: "fleet" });
    story.given(bobs, (law) =>
      reported({
        ...(found()(law) as Extract<ReportBody, { type: "domainsFound" }>),
        search: law.searches.get(BOB)?.name ?? ("0.0.0" as EffectName),
      }),
    );
    story.when(by(BOB, "RegisterDomain", { domain: NAME })).refused("domain_exists", NAME);
    story.when(by(BOB, "RegisterDomain", { domain: "getfleet.com" }));
    story.brings({ type: "DomainRequested", agent: BOB });
  });

  test("DOM-015: what was not had costs nothing and holds nothing, by answer or by report", () => {
    for (const end of [answered(effectOf("RegisterDomain"), REJECTED), reported(failed)]) {
      const story = given(...looked, buy).when(end);
      story.bringsAmong({ type: "DomainFailed", agent: ALICE, domain: NAME } as never);
      expect(sums(story)).toEqual(all("0", "0", "10000", "0", "0"));
      expect(held(story)).toBeUndefined();
      // The quote is used: it is looked for again before it is asked for again.
      story.when(buy).refused("no_offer", NAME);
      story.given(search, reported(found())).when(buy).brings({ type: "DomainRequested" });
    }
  });

  test("DOM-016: charged less than it was asked for, the rest is back", () => {
    const story = given(...looked, buy, reported(registered("11.5")));
    expect(sums(story)).toEqual(all("0", "21.5", "9988.5", "0", "11.5"));
  });

  test("DOM-017: told twice, it is booked once: a second registration fits nothing", () => {
    const story = given(...looked, buy, answered(effectOf("RegisterDomain"), ACCEPTED));
    story.given(reported(registered()));
    const before = sums(story);
    story.when(reported(registered())).brings(...UNMATCHED);
    expect(sums(story)).toEqual(before);
  });
});
