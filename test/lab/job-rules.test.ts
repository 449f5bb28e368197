/** The judge of jobs: what is done and not paid, what stands and is not held, and what its end owes and does not pay, is told. */
import { expect, test } from "vitest";
import { millis } from "../../src/core/time.ts";
import { JobRules } from "../../src/lab/check/job-rules.ts";
import type { FleetEvent } from "../../src/protocol/events.ts";
import { ALICE, at, BOB, BTC_PERP, coins, named, usd } from "../fleet/cast.ts";

const job = { agent: BOB, job: named("h1") };
const hedge = { market: BTC_PERP, side: "buy", qty: coins("0.05"), cover: usd("40") } as const;
const stands: readonly FleetEvent[] = [
  {
    ...{ type: "JobPosted", ...job, kind: "hedge", brief: "long", amount: usd("2"), hedge },
    ...{ ttlMs: 9, expiresAt: millis(9) },
  },
  { type: "JobTaken", ...job, by: ALICE },
  {
    ...{ type: "JobDelivered", ...job, by: ALICE, result: "", mark: at("10000") },
    expiresAt: millis(9),
  },
];
const ended = (mark: string, phase: "paid" | "rejected" = "paid"): FleetEvent => ({
  ...{ type: "JobEnded", ...job, phase, reason: "", mark: at(mark) },
});
const paid = (from: typeof ALICE, to: typeof ALICE, amount: string): FleetEvent => ({
  ...{ type: "InternalPaid", agent: from, to, amount: usd(amount), note: "" },
});

/** What is told of these events, with so much held at the end. */
function told(held: string, ...events: readonly FleetEvent[]): readonly string[] {
  const found: string[] = [];
  const sizes = new Map([[`${ALICE}/${BTC_PERP}`, coins(held) as bigint]]);
  const rules = new JobRules((invariant) => found.push(invariant), sizes);
  for (const event of events) rules.event(event);
  rules.turn();
  return found;
}

test("HGR-001: held while it stands, paid and settled to the unit at its end, it is fine", () => {
  expect(told("0.05", ...stands)).toEqual([]);
  const pay = paid(BOB, ALICE, "2");
  expect(told("0", ...stands, ended("10200"), pay, paid(ALICE, BOB, "10"))).toEqual([]);
  expect(told("0", ...stands, ended("9800"), pay, paid(BOB, ALICE, "10"))).toEqual([]);
  expect(told("0", ...stands, ended("12000"), pay, paid(ALICE, BOB, "40"))).toEqual([]);
  expect(told("0", ...stands, ended("10200", "rejected"), paid(ALICE, BOB, "10"))).toEqual([]);
  expect(told("0", ...stands, ended("10000"), pay)).toEqual([]);
});

test("HGR-002: a unit less held, or a move paid not, the other way, doubled or by a unit wrong is told", () => {
  const pay = paid(BOB, ALICE, "2");
  const end = [...stands, ended("10200"), pay];
  expect(told("0.04999999", ...stands)).toEqual(["I13"]);
  expect(told("0", ...end)).toEqual(["I1"]);
  expect(told("0", ...end, paid(BOB, ALICE, "10"))).toEqual(["I1", "I1"]);
  expect(told("0", ...end, paid(ALICE, BOB, "10.000001"))).toEqual(["I1", "I1"]);
  expect(told("0", ...stands, ended("10200"), paid(ALICE, BOB, "10"))).toEqual(["I1"]);
  const left = [...stands, ended("10200", "rejected"), pay, paid(ALICE, BOB, "10")];
  expect(told("0", ...left)).toEqual(["I1"]);
});

test("HGR-003: work that is no hedge is paid when it ends so, by what was offered, and not otherwise", () => {
  const work: readonly FleetEvent[] = [
    {
      ...{ type: "JobPosted", ...job, kind: "data", brief: "rates", amount: usd("2") },
      ...{ ttlMs: 9, expiresAt: millis(9) },
    },
    { type: "JobTaken", ...job, by: ALICE },
  ];
  const ends = (phase: "paid" | "lapsed"): FleetEvent => ({
    ...{ type: "JobEnded", ...job, phase, reason: "" },
  });
  expect(told("0", ...work, ends("paid"), paid(BOB, ALICE, "2"))).toEqual([]);
  expect(told("0", ...work, ends("lapsed"))).toEqual([]);
  expect(told("0", ...work, ends("paid"))).toEqual(["I1"]);
  expect(told("0", ...work, ends("paid"), paid(BOB, ALICE, "3"))).toEqual(["I1", "I1"]);
  expect(told("0", ...work, ends("lapsed"), ends("lapsed"))).toEqual(["I4"]);
});
