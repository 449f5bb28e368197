/**
 * Escrow lifecycles on both sides, with outsiders that keep their word and outsiders that do not.
 */
import { describe, expect, test } from "vitest";
import { type Id, id } from "../../src/core/ids.ts";
import { MINUTE } from "../../src/core/time.ts";
import type { EffectName, OpenEscrowEffect } from "../../src/protocol/effects.ts";
import type { VenueReport } from "../../src/protocol/reports.ts";
import { newWorld, request } from "../../src/venue/paper/engine.ts";
import { feesOf } from "../../src/venue/paper/escrow.ts";
import { FLEET_REFERRER, OUTSIDERS } from "../../src/venue/paper/outsiders.ts";
import type { World } from "../../src/venue/paper/world.ts";
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

const HONEST = id("out-data-1");
const GHOST = id("out-ghost-1");

function world(seed = "escrow"): World {
  const made = newWorld({ seed, tape: flatTape(), wallet: SOON });
  ask(made, depositOf("10000"));
  return made;
}

const openOf = (over: Partial<OpenEscrowEffect> = {}): OpenEscrowEffect => ({
  type: "OpenEscrow",
  role: "pay",
  counterparty: HONEST,
  amount: usd("100"),
  timeoutMs: 60 * MINUTE,
  description: "a data set",
  ...over,
});

const typesOf = (reports: readonly VenueReport[]) => reports.map((r) => r.type);

/** Opens escrows until one of them takes the wanted course by itself; the names decide it. */
function until(
  made: World,
  over: Partial<OpenEscrowEffect>,
  course: readonly VenueReport["type"][],
  ms: number,
): { readonly name: EffectName; readonly reports: readonly VenueReport[] } {
  for (let i = 0; i < 200; i += 1) {
    const open = approved(openOf(over), `esc.${course.join("-").slice(0, 20)}.${i}`);
    request(made, open);
    const reports = pass(made, ms);
    if (JSON.stringify(typesOf(reports)) === JSON.stringify(course)) {
      return { name: open.name, reports };
    }
    for (let left = 0; left < 4 && made.state.escrows.size > 0; left += 1) pass(made, 90 * MINUTE);
    expect(made.state.escrows.size).toBe(0);
  }
  throw new Error(`no escrow went ${course.join(", ")}`);
}

const free = (made: World) => made.state.accounts.get(USD)?.free;
const locked = (made: World) => made.state.accounts.get(USD)?.locked;

describe("paying", () => {
  test("VES-001: funded, delivered, released: the payee gets 99 %, we pay the whole", () => {
    const made = world();
    const { name } = until(made, {}, ["escrowFunded", "escrowDelivered"], 10 * MINUTE);
    const before = free(made) ?? 0n;
    expect(locked(made)).toBe(usd("100"));
    const reports = ask(made, { type: "ReleaseEscrow", escrow: name });
    expect(only(reports, "escrowReleased")).toMatchObject([
      { escrow: name, received: usd("99"), fee: usd("1"), referral: 0n },
    ]);
    expect(free(made)).toBe(before);
    expect(locked(made)).toBe(0n);
  });

  test("VES-002: 15 % of the fee comes back when the fleet referred itself", () => {
    const made = world();
    const over = { referrer: FLEET_REFERRER };
    const { name } = until(made, over, ["escrowFunded", "escrowDelivered"], 10 * MINUTE);
    const before = free(made) ?? 0n;
    const [released] = only(ask(made, { type: "ReleaseEscrow", escrow: name }), "escrowReleased");
    expect(released?.referral).toBe(usd("0.15"));
    explained(made);
    expect((free(made) ?? 0n) - before).toBe(usd("0.15"));
  });

  const refer = (referrer: string, own: boolean) =>
    ({ type: "RegisterReferrer", referrer: id(referrer), own }) as const;
  const releasedOf = (made: World, over: Partial<OpenEscrowEffect> = {}) => {
    const { name } = until(made, over, ["escrowFunded", "escrowDelivered"], 10 * MINUTE);
    const before = free(made) ?? 0n;
    const [told] = only(ask(made, { type: "ReleaseEscrow", escrow: name }), "escrowReleased");
    explained(made);
    return { told, came: (free(made) ?? 0n) - before };
  };

  test("VES-040: registered, another agent of the account gets 15 % of each fee, and is named in the report", () => {
    const made = world();
    ask(made, refer("bob", true));
    const { told, came } = releasedOf(made);
    expect([told?.referral, told?.referrer, came]).toEqual([usd("0.15"), "bob", usd("0.15")]);
    // Who is named in the order goes before it.
    const other = releasedOf(made, { referrer: id("somebody") });
    expect([other.told?.referral, other.told?.referrer, other.came]).toEqual([0n, undefined, 0n]);
  });

  test("VES-041: an outsider that is registered gets its share itself; the account's own registration is ours", () => {
    const outside = world();
    ask(outside, refer("out-data-1", false));
    expect(releasedOf(outside)).toMatchObject({ told: { referral: 0n }, came: 0n });
    const own = world();
    ask(own, refer("fleet-self", false));
    const { told, came } = releasedOf(own);
    expect([told?.referral, told?.referrer, came]).toEqual([usd("0.15"), undefined, usd("0.15")]);
  });

  test("VES-042: it is registered once, never itself, and of somebody who is known", () => {
    const made = world();
    const answer = (effect: ReturnType<typeof refer>, name: string) =>
      request(made, approved(effect, name));
    const self = approved(refer("x", true)).agent;
    const no = (reason: string) => ({ outcome: "rejected", reason });
    expect(answer(refer(self, true), "r.1")).toEqual(no("nobody refers itself"));
    expect(answer(refer("somebody", false), "r.2")).toEqual(no("unknown referrer"));
    expect(answer(refer("bob", true), "r.3")).toEqual({ outcome: "accepted" });
    expect(answer(refer("bob", true), "r.3")).toEqual({ outcome: "accepted" });
    const again = no("the referrer is registered already");
    for (const other of [refer("bob", true), refer("out-data-1", false)])
      expect(answer(other, `r.${other.referrer}`)).toEqual(again);
  });

  test("VES-003: what is never delivered is refunded in full at the timeout", () => {
    const made = world();
    const before = free(made);
    const over = { counterparty: GHOST, timeoutMs: 30 * MINUTE };
    const { reports } = until(made, over, ["escrowFunded", "escrowRefunded"], 40 * MINUTE);
    expect(only(reports, "escrowRefunded")).toMatchObject([{ amount: usd("100") }]);
    const [funded, refunded] = reports;
    expect((refunded?.at ?? 0) - (funded?.at ?? 0)).toBe(30 * MINUTE);
    expect(free(made)).toBe(before);
    expect(locked(made)).toBe(0n);
  });

  test("VES-004: delivered but never released is refunded too: the payer must act in time", () => {
    const made = world();
    const course = ["escrowFunded", "escrowDelivered", "escrowRefunded"] as const;
    until(made, { timeoutMs: 20 * MINUTE }, course, 30 * MINUTE);
    expect(locked(made)).toBe(0n);
  });

  test("VES-005: a declined escrow gives the money back", () => {
    const made = world();
    const before = free(made);
    until(made, { counterparty: GHOST }, ["escrowDeclined"], 10 * MINUTE);
    expect(free(made)).toBe(before);
  });

  test("VES-006: a dispute stops the timeout and is judged within the hour, one way or the other", () => {
    const ends = new Set<string>();
    const made = world();
    for (let i = 0; i < 30; i += 1) {
      const open = approved(openOf({ timeoutMs: 15 * MINUTE }), `esc.dispute.${i}`);
      request(made, open);
      pass(made, 10 * MINUTE);
      if (made.state.escrows.get(open.name)?.phase !== "delivered") {
        pass(made, 60 * MINUTE);
        continue;
      }
      const disputed = ask(made, { type: "DisputeEscrow", escrow: open.name });
      expect(typesOf(disputed)).toEqual(["escrowDisputed"]);
      const [end] = pass(made, 61 * MINUTE);
      ends.add(end?.type ?? "none");
    }
    expect([...ends].toSorted()).toEqual(["escrowRefunded", "escrowReleased"]);
    expect(locked(made)).toBe(0n);
  });
});

describe("earning", () => {
  test("VES-010: funded by the outsider, delivered by us, released: 99 % is ours", () => {
    const made = world();
    const { name } = until(made, { role: "earn" }, ["escrowFunded"], 5 * MINUTE);
    const before = free(made) ?? 0n;
    expect(typesOf(ask(made, { type: "DeliverEscrow", escrow: name }))).toEqual([
      "escrowDelivered",
    ]);
    const [released] = only(pass(made, 10 * MINUTE), "escrowReleased");
    expect(released?.received).toBe(usd("99"));
    expect((free(made) ?? 0n) - before).toBe(usd("99"));
  });

  test("VES-011: an outsider that never funds lets it lapse, and we are told", () => {
    const made = world();
    const over = { role: "earn", counterparty: GHOST, timeoutMs: 10 * MINUTE } as const;
    const { reports } = until(made, over, ["escrowDeclined"], 12 * MINUTE);
    expect(reports[0]).toMatchObject({ reason: expect.any(String) });
  });

  test("VES-012: what we never deliver goes back to the outsider and costs us nothing", () => {
    const made = world();
    const before = free(made);
    const over = { role: "earn", timeoutMs: 10 * MINUTE } as const;
    until(made, over, ["escrowFunded", "escrowRefunded"], 20 * MINUTE);
    expect(free(made)).toBe(before);
  });
});

describe("who may do what", () => {
  test("VES-020: acts out of turn are refused by name", () => {
    const made = world();
    const { name } = until(made, {}, ["escrowFunded", "escrowDelivered"], 10 * MINUTE);
    const refused = (effect: Parameters<typeof approved>[0]) => request(made, approved(effect));
    expect(refused({ type: "DeliverEscrow", escrow: name })).toMatchObject({
      reason: "only the payee delivers",
    });
    const earn = until(made, { role: "earn" }, ["escrowFunded"], 5 * MINUTE);
    expect(refused({ type: "ReleaseEscrow", escrow: earn.name })).toMatchObject({
      reason: "only the payer releases",
    });
    const fresh = approved(openOf());
    request(made, fresh);
    expect(refused({ type: "ReleaseEscrow", escrow: fresh.name })).toMatchObject({
      reason: "the escrow is asked",
    });
    const nobody = "0.0.9" as EffectName;
    expect(refused({ type: "ReleaseEscrow", escrow: nobody })).toMatchObject({
      reason: "unknown escrow",
    });
    expect(refused(openOf({ counterparty: "out-nobody" as Id }))).toMatchObject({
      reason: "unknown counterparty",
    });
    expect(refused(openOf({ amount: usd("0.099999") }))).toMatchObject({ outcome: "rejected" });
    expect(refused(openOf({ amount: usd("20000") }))).toMatchObject({
      reason: "insufficient balance",
    });
  });

  test("VES-021: the fee is rounded up and the referral down, for every amount", () => {
    for (const amount of [usd("0.1"), usd("0.100001"), usd("33.333333"), usd("1000.000099")]) {
      const { fee, referral } = feesOf({ amount, referrer: FLEET_REFERRER, own: false });
      expect(fee * 100n).toBeGreaterThanOrEqual(amount);
      expect((fee - 1n) * 100n).toBeLessThan(amount);
      expect(referral * 100n).toBeLessThanOrEqual(fee * 15n);
      expect((referral + 1n) * 100n).toBeGreaterThan(fee * 15n);
    }
  });

  test("VES-022: an outsider with no honest half is among them, and one that is nearly always honest", () => {
    const tempers = [...OUTSIDERS.values()];
    expect(Math.min(...tempers.map((t) => t.delivers))).toBeLessThan(0.5);
    expect(Math.max(...tempers.map((t) => t.delivers))).toBeGreaterThan(0.95);
  });
});
