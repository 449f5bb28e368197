/** Domains that are owned: renewed, parked, offered and sold, and what becomes of them at the end. */
import { describe, expect, test } from "vitest";
import type { Id } from "../../src/core/ids.ts";
import { compareBooks } from "../../src/fleet/books.ts";
import { agentView } from "../../src/fleet/views.ts";
import { ALICE, T0, unitsOf, usd } from "./cast.ts";
import {
  alice,
  buy,
  failed,
  found,
  list,
  listed,
  looked,
  NAME,
  owned,
  park,
  registered,
  renew,
  renewed,
  revenue,
  search,
  sold,
  told,
} from "./domain-steps.ts";
import { all, held, sums, UNMATCHED } from "./domain-sums.ts";
import { answered, effectOf, given, ops, REJECTED, reported, tick, wait } from "./spec.ts";
import { granted } from "./steps.ts";

describe("keeping", () => {
  test("DOM-020: parked it earns; what it earns is its agent's", () => {
    const story = given(...owned).when(park);
    story.brings({ type: "DomainActRequested", act: "ParkDomain", cost: 0n, hold: usd("22") });
    story.when(park).refused("illegal_phase", "ParkDomain is under way");
    story.given(reported(told("domainParked"))).when(reported(revenue));
    expect(sums(story)).toEqual(all("0.5", "22", "9988.5", "0", "12"));
    expect(agentView(story.state, ALICE, T0)?.pnl["domains"]).toBe("0.5");
    story.when(park).refused("illegal_phase", "parked");
  });

  test("DOM-021: sold, its hold is released and the difference to its cost is the result", () => {
    const story = given(...owned).when(list);
    story.brings({ type: "DomainActRequested", act: "ListDomain", asking: usd("20") });
    story.given(reported(listed())).when(reported(sold));
    story.bringsAmong({ type: "DomainSold", received: usd("18"), fee: usd("2") } as never);
    expect(sums(story)).toEqual(all("6", "0", "10006", "0", "0"));
    expect(held(story)).toBeUndefined();
  });

  test("DOM-022: a renewal is paid out of what was reserved ahead, and the next is reserved", () => {
    const story = given(...owned, reported(told("domainDue")));
    expect(held(story)?.due).toBe(true);
    story.when(renew).brings({ type: "DomainActRequested", cost: usd("10"), hold: usd("22") });
    expect(sums(story)).toEqual(all("0", "22", "9978", "10", "12"));
    story.when(reported(renewed));
    story.bringsAmong({ type: "DomainRenewed", hold: usd("32") } as never);
    expect(sums(story)).toEqual(all("0", "32", "9978", "0", "22"));
    expect([held(story)?.due, held(story)?.expiresAt]).toEqual([false, T0 + 99]);
  });

  test("DOM-023: what is reserved ahead renews where nothing new may be opened; halted, nothing does", () => {
    const story = given(...owned, ops("SetMode", { mode: "reduce", reason: "x" })).when(renew);
    story.brings({ type: "DomainActRequested", act: "RenewDomain" });
    given(...owned, ops("SetMode", { mode: "halt", reason: "x" }))
      .when(renew)
      .refused("halted");
    const spent = given(...owned, ops("Cut", { agent: "alice", cap: "25" }), renew);
    spent.given(reported(renewed));
    // No room for another one ahead: the next renewal is an opening like any other.
    expect(held(spent)).toMatchObject({ hold: usd("22"), cost: usd("22") });
    spent.when(renew).refused("cap_exceeded", "asked 10, allowed 3");
    spent.given(ops("Raise", { agent: "alice", cap: "37" }), wait(60_000), tick);
    spent.when(renew).brings({ type: "DomainActRequested", hold: usd("32") });
  });

  test("DOM-024: an act that the registrar refused leaves it as it was, its money back", () => {
    for (const [act, name] of [
      [renew, "RenewDomain"],
      [park, "ParkDomain"],
      [list, "ListDomain"],
    ] as const) {
      const story = given(...owned, act).when(answered(effectOf(name), REJECTED));
      story.brings({ type: "EffectAnswered" }, { type: "DomainActFailed" });
      expect(sums(story)).toEqual(all("0", "22", "9988", "0", "12"));
      expect(held(story)).toMatchObject({ phase: "owned", pending: "" });
    }
  });

  test("DOM-025: lapsed it comes back for a renewal, or is lost with all that it cost", () => {
    const lapsed = [...owned, reported(told("domainLapsed"))];
    const back = given(...lapsed, renew, reported(renewed));
    expect(held(back)?.phase).toBe("owned");
    const story = given(...lapsed);
    story.when(park).refused("illegal_phase", "grace");
    story.when(list).refused("illegal_phase", "grace");
    story.when(reported(told("domainLost"))).bringsAmong({ type: "DomainLost" } as never);
    expect(sums(story)).toEqual(all("-12", "0", "9988", "0", "0"));
  });

  test("DOM-026: sold while its renewal is asked for, the renewal's money is back", () => {
    const story = given(...owned, list, reported(listed()), renew).when(reported(sold));
    expect(sums(story)).toEqual(all("6", "0", "10006", "0", "0"));
    story.when(answered(effectOf("RenewDomain"), REJECTED)).brings({ type: "EffectAnswered" });
  });

  test("DOM-027: who has lost down to its floor may only reduce, by a domain as by anything", () => {
    const floored = [...alice.slice(0, -1), granted(ALICE, { cap: "50", floor: "40" })];
    const story = given(...floored, search, reported(found()), buy, reported(registered()));
    story.given(reported(told("domainLapsed")));
    story.when(reported(told("domainLost")));
    story.bringsAmong({ type: "FloorBreached", loss: usd("12") } as never);
  });

  test("DOM-028: reports that fit nothing, or not so far, are kept", () => {
    for (const early of [registered(), failed, revenue, listed(), sold, renewed]) {
      given(...looked)
        .when(reported(early))
        .brings(...UNMATCHED);
    }
    for (const early of [told("domainLost"), revenue, told("domainDue"), sold]) {
      given(...looked, buy)
        .when(reported(early))
        .brings(...UNMATCHED);
    }
  });
});

describe("closing", () => {
  const revoke = ops("Revoke", { agent: "alice" });
  const flatten = ops("SetMode", { mode: "flatten", reason: "x" });

  test("DOM-030: revoked or flattened, the coordinator offers every domain at what it cost", () => {
    for (const [end, reason] of [
      [revoke, "revoked"],
      [flatten, "flatten"],
    ] as const) {
      const story = given(...owned).when(end);
      story.bringsAmong({
        ...{ type: "DomainActRequested", act: "ListDomain", reason },
        asking: usd("12"),
      } as never);
    }
  });

  test("DOM-031: a delegation ends when its domains are sold, and not before", () => {
    const story = given(...owned, revoke, reported(listed("12")));
    story.when(tick).bringsNo("DelegationEnded");
    story.when(reported(sold)).bringsAmong({ type: "DelegationEnded", agent: ALICE });
  });

  test("DOM-032: what is registered for who may hold nothing more is offered at once", () => {
    const story = given(...looked, buy, revoke).when(reported(registered()));
    story.bringsAmong({ type: "DomainActRequested", act: "ListDomain" } as never);
  });

  test("DOM-033: what is for sale, or being acted on, is left as it is", () => {
    for (const before of [
      [list, reported(listed())],
      [park],
      [reported(told("domainLapsed"))],
    ] as const) {
      given(...owned, ...before)
        .when(revoke)
        .bringsNo("DomainActRequested");
    }
  });
});

test("DOM-040: our books name the domains that the registrar has for us, and no cash in them", () => {
  const story = given(...owned);
  const venue = (domains: readonly string[]) => ({
    ...{ seq: story.state.reportsThrough, at: T0, locked: new Map(), positions: new Map() },
    balances: new Map([["USDC", unitsOf("9988", 6)]]) as never,
    ...{ openOrders: [], stops: [], domains: domains as readonly Id[] },
  });
  expect(compareBooks(story.state, venue([NAME]))).toEqual([]);
  expect(compareBooks(story.state, venue([]))).toEqual([
    { what: "domains", ours: NAME, theirs: "" },
  ]);
});
