/** Which refusals may be races: what an agent had excuses one claim that comes too late, and no more. */
import { describe, expect, test } from "vitest";
import type { RejectionCode } from "../../src/protocol/rejections.ts";
import type { Command } from "../../src/protocol/turns.ts";
import { LateClaims } from "../../src/runtime/late-claims.ts";
import { ALICE, BOB } from "../fleet/cast.ts";
import { by, type Draft } from "../fleet/spec.ts";
import { order } from "../fleet/steps.ts";

const command = ({ type, from, body }: Draft) =>
  ({ type, stamp: { from }, body }) as unknown as Command;

const watched = (...accepted: readonly Draft[]) => {
  const late = new LateClaims();
  for (const draft of accepted) late.accepted(command(draft));
  return (draft: Draft, code: RejectionCode) => late.excuses(command(draft), code);
};
const cancel = (name: string, from = ALICE) => by(from, "CancelOrder", { order: name });
const reduce = order(ALICE, "r", { side: "sell", qty: "1", reduceOnly: true });
const job = (type: "TakeJob" | "DeliverJob", from = ALICE) =>
  type === "TakeJob"
    ? by(from, type, { by: "bob", job: "j1" })
    : by(from, type, { by: "bob", job: "j1", result: "x" });
const posted = by(BOB, "PostJob", {
  ...{ job: "j1", kind: "data", brief: "rates", amount: "1", ttlMs: 9_000 },
});

describe("late claims", () => {
  test("LCL-001: an order that was its own and has ended is asked for once, and not again", () => {
    const excuses = watched(order(ALICE, "o1"));
    expect(excuses(cancel("o1"), "unknown_order")).toBe(true);
    expect(excuses(cancel("o1"), "unknown_order")).toBe(false);
  });

  test("LCL-002: what it never had, and what another had, excuses nothing", () => {
    const excuses = watched(order(ALICE, "o1"));
    expect(excuses(cancel("o2"), "unknown_order")).toBe(false);
    expect(excuses(cancel("o1", BOB), "unknown_order")).toBe(false);
    expect(excuses(cancel("o1"), "id_reused")).toBe(false);
  });

  test("LCL-003: each order of a market excuses one reduction of what its stop has closed meanwhile", () => {
    const late = new LateClaims();
    const excuses = () => late.excuses(command(reduce), "reduce_exceeds");
    expect(excuses()).toBe(false);
    for (const name of ["o1", "o2"]) {
      late.accepted(command(order(ALICE, name)));
      expect([excuses(), excuses()]).toEqual([true, false]);
    }
  });

  test("LCL-004: a job is its poster's: everybody who would have it may come too late, once", () => {
    const excuses = watched(posted);
    expect(excuses(job("TakeJob"), "unknown_job")).toBe(true);
    expect(excuses(job("DeliverJob"), "unknown_job")).toBe(false);
    expect(excuses(job("TakeJob", BOB), "unknown_job")).toBe(true);
    expect(watched()(job("TakeJob"), "unknown_job")).toBe(false);
  });

  test("LCL-005: a search excuses one purchase of what the next one no longer offers", () => {
    const search = by(ALICE, "SearchDomains", { query: "fleet" });
    const buy = by(ALICE, "RegisterDomain", { domain: "fleet.com" });
    const excuses = watched(search);
    expect([excuses(buy, "no_offer"), excuses(buy, "no_offer")]).toEqual([true, false]);
  });

  test("LCL-006: the last 256 things are remembered", () => {
    const names = Array.from({ length: 257 }, (_, i) => `n${i}`);
    const hold = (reservation: string) =>
      by(ALICE, "Reserve", { reservation, amount: "1", service: "trading", ttlMs: 1_000 });
    const excuses = watched(...names.map(hold));
    const release = (reservation: string) => by(ALICE, "Release", { reservation });
    expect(excuses(release("n0"), "unknown_reservation")).toBe(false);
    expect(excuses(release("n1"), "unknown_reservation")).toBe(true);
  });
});
