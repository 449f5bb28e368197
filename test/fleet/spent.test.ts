/** Deadlines whose matter is settled are let go: none that still matters, and whoever replays has the same left. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEADLINES_PER_TURN_MAX, PROOF_WITHIN_MS } from "../../src/core/limits.ts";
import type { Deadline } from "../../src/fleet/deadlines.ts";
import { emptyState } from "../../src/fleet/state.ts";
import { foldTurn } from "../../src/fleet/turn.ts";
import { dice, drawn, revealed, revealedAfter, settledBet } from "./bet-cases.ts";
import { canonical } from "./canonical.ts";
import { ALICE, BOB, DEMO, POLICY } from "./cast.ts";
import { type Choice, RandomFleet } from "./random-fleet.ts";
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
  tick,
  UNKNOWN,
  wait,
} from "./spec.ts";
import { done, fill, fleetOf, granted, order, stopSet } from "./steps.ts";
import { Twin } from "./twin.ts";

const number = fc.integer({ min: 0, max: 1_000_000_000 });
const choices: fc.Arbitrary<readonly Choice[]> = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 23 }), number, number, number),
  { minLength: 120, maxLength: 220, size: "max" },
);
const numRuns = Math.ceil(Number(process.env["FLOTILLA_RUNS"] ?? 60) / 10);
/** What a random fleet lets go of. Nobody there works for another. */
const KINDS = ["answer", "draws", "dues", "lease", "proof", "protect", "reservation"];
/** Longer than any lease, proof or grace of these fleets. */
const ALL_MS = 2_000_000;

test("SPT-001: always a fleet that lets spent deadlines go decides the same at the same times as one that keeps them", () => {
  const seen = new Set<string>();
  const spent = new Set<string>();
  const idle = { ours: 0, theirs: 0 };
  fc.assert(
    fc.property(choices, (all) => {
      const story = new Twin();
      const fleet = new RandomFleet({ story });
      for (const choice of all) fleet.step(choice);
      story.run(wait(ALL_MS));
      fleet.finish();
      for (const type of story.state.counts.keys()) seen.add(type);
      for (const kind of story.spent.keys()) spent.add(kind);
      idle.ours += story.idle.ours;
      idle.theirs += story.idle.theirs;
    }),
    { seed: 2026, numRuns },
  );
  expect([...spent].sort()).toEqual(KINDS);
  const fired = ["LeaseExpired", "ReservationVoided", "DuesNetted", "BetProven", "PositionClosing"];
  expect(fired.filter((type) => !seen.has(type))).toEqual([]);
  expect(idle.ours * 2).toBeLessThan(idle.theirs);
});

interface Matter {
  readonly kind: Deadline["kind"];
  readonly begun: readonly Step[];
  /** What settles it before its time. */
  readonly settled: readonly Step[];
  /** What leaves it open. Absent: nothing has to happen. */
  readonly unsettled?: readonly Step[];
  /** When it would pass, after what settles it, ms. */
  readonly ms: number;
  /** What comes of it, unsettled. */
  readonly brings: string;
}

const reserve = by(ALICE, "Reserve", {
  ...{ reservation: "r1", amount: "300", service: "trading", ttlMs: 1_000 },
});
const post = by(ALICE, "PostJob", {
  ...{ job: "j1", kind: "data", brief: "what borrowers pay", amount: "5", ttlMs: 10_000 },
});
const bare = [
  ...[...fleetOf(ALICE), order(ALICE, "o1"), answered(effectOf("PlaceOrder"), ACCEPTED)],
  reported(fill(ALICE, "o1", "0.1"), done(ALICE, "o1", "0.1")),
];
const debt = [
  ops("SetAgreement", { party: "shop", everyMs: 5_000 }),
  by(ALICE, "RecordDue", { due: "d1", party: "shop", direction: "receive", amount: "7" }),
];

const MATTERS: readonly Matter[] = [
  {
    ...{ kind: "lease", begun: [...fleetOf(ALICE), wait(9)], ms: 599_991 },
    ...{ settled: [by(ALICE, "Renew", {})], brings: "LeaseExpired" },
  },
  {
    ...{ kind: "lease", begun: fleetOf(ALICE), ms: 600_000 },
    ...{ settled: [ops("Revoke", { agent: "alice" })], brings: "LeaseExpired" },
  },
  {
    ...{ kind: "reservation", begun: [...fleetOf(ALICE), reserve], ms: 1_000 },
    ...{ settled: [order(ALICE, "o1", { reservation: "r1" })], brings: "ReservationVoided" },
  },
  {
    ...{ kind: "reservation", begun: [...fleetOf(ALICE), reserve], ms: 1_000 },
    ...{ settled: [by(ALICE, "Release", { reservation: "r1" })], brings: "ReservationVoided" },
  },
  {
    ...{ kind: "job", begun: [...fleetOf(ALICE, BOB), post], ms: 10_000 },
    ...{ settled: [by(ALICE, "CancelJob", { job: "j1" })], brings: "JobEnded" },
  },
  {
    ...{ kind: "protect", begun: bare, ms: POLICY.protectWithinMs },
    ...{ settled: [reported(stopSet(ALICE))], brings: "PositionClosing" },
  },
  {
    ...{
      kind: "answer",
      begun: [...fleetOf(ALICE), order(ALICE, "o1")],
      ms: POLICY.answerWithinMs,
    },
    ...{ settled: [answered(effectOf("PlaceOrder"), ACCEPTED)], brings: "EffectAnswered" },
  },
  {
    ...{
      kind: "answer",
      begun: [...fleetOf(ALICE), order(ALICE, "o1")],
      ms: POLICY.answerWithinMs,
    },
    ...{ settled: [answered(effectOf("PlaceOrder"), UNKNOWN)], brings: "EffectAnswered" },
  },
  {
    ...{ kind: "proof", begun: settledBet(), ms: PROOF_WITHIN_MS },
    ...{ settled: [revealed, tick], brings: "BetUnproven" },
  },
  {
    ...{ kind: "draws", begun: [...settledBet(), dice("b2"), revealedAfter(9)] },
    ...{ settled: [reported(drawn("b2", { nonce: 8 }))], ms: PROOF_WITHIN_MS },
    ...{ unsettled: [answered(effectOf("PlaceBet"), REJECTED)], brings: "SeedDrawsUntold" },
  },
  {
    ...{ kind: "dues", begun: [...fleetOf(ALICE), ...debt], ms: 5_000 },
    ...{ settled: [ops("ReceiveDue", { party: "shop", amount: "7" })], brings: "DuesNetted" },
  },
];

describe("what is settled before its time", () => {
  test.each(MATTERS.map((one, i) => [`SPT-${100 + i}`, one.kind, one] as const))(
    "%s: a deadline (%s) brings no turn when its matter is settled, and its turn when it is not",
    (_id, kind, { begun, settled, unsettled = [], ms, brings }) => {
      // Other effects are unanswered in these stories: only this kind's deadlines are looked at.
      const first = given(...begun);
      const mine = first.state.deadlines.filter((one) => one.kind === kind);
      expect(mine.length).toBeGreaterThan(0);
      const kept = given(...begun, ...unsettled, wait(ms)).when(tick);
      expect(kept.last?.events.map(({ type }) => type)).toContain(brings);
      const story = given(...begun, ...settled, wait(ms)).when(tick);
      expect(story.last?.events.map(({ type }) => type) ?? []).not.toContain(brings);
    },
  );

  test("SPT-002: nobody is woken for it: the clock finds nothing, and nothing is journaled", () => {
    const story = given(...fleetOf(ALICE), reserve, post);
    for (const settled of [
      by(ALICE, "Release", { reservation: "r1" }),
      by(ALICE, "CancelJob", { job: "j1" }),
    ]) {
      story.given(settled);
      expect(story.last?.spent).toBe(1);
    }
    expect(story.state.deadlines.map(({ kind }) => kind)).toEqual(["lease"]);
    story.given(wait(1_000)).when(tick).bringsNothing();
  });

  test("SPT-003: it goes when it is the earliest, not before, and with it all that are spent after it", () => {
    const named = (reservation: string, ttlMs: number) =>
      by(ALICE, "Reserve", { reservation, amount: "1", service: "trading", ttlMs });
    const freed = (reservation: string) => by(ALICE, "Release", { reservation });
    const story = given(...fleetOf(ALICE), named("a", 10), named("b", 20), named("c", 30));
    story.given(freed("b"));
    expect([story.last?.spent, story.state.deadlines.length]).toEqual([undefined, 4]);
    story.given(freed("a"));
    expect([story.last?.spent, story.state.deadlines.length]).toEqual([2, 2]);
  });

  test("SPT-007: one turn lets go no more than one turn of the clock takes; the next goes on, and nothing else changes", () => {
    const story = given(...fleetOf(ALICE));
    const named = (reservation: string, ttlMs: number) =>
      by(ALICE, "Reserve", { reservation, amount: "1", service: "trading", ttlMs });
    const freed = (reservation: string) => by(ALICE, "Release", { reservation });
    story.take(named("first", 10));
    for (let i = 0; i < DEADLINES_PER_TURN_MAX + 2; i++) {
      story.take(named(`r${i}`, 20));
      story.take(freed(`r${i}`));
    }
    const kept = story.state.deadlines.length;
    expect(kept).toBe(DEADLINES_PER_TURN_MAX + 4);
    expect(story.take(freed("first"))?.spent).toBe(DEADLINES_PER_TURN_MAX);
    expect(story.take(named("last", 5))?.spent).toBeUndefined();
    expect(story.take(freed("last"))?.spent).toBe(4);
    expect(story.state.deadlines.map(({ kind }) => kind)).toEqual(["lease"]);
    story.check();
  });

  test("SPT-004: one that is spent passes with a living one, in its turn", () => {
    const story = given(...fleetOf(ALICE, BOB), wait(5), by(BOB, "Renew", {}));
    story.given(wait(599_995)).when(tick);
    story.brings({ type: "DeadlinesPassed", count: 2 }, { type: "LeaseExpired", agent: ALICE });
  });

  test("SPT-005: a new grant has its own lease, though the old one's deadline is gone", () => {
    const story = given(...fleetOf(ALICE), ops("Revoke", { agent: "alice" }), granted(ALICE));
    story.given(wait(600_000)).when(tick);
    story.bringsAmong({ type: "LeaseExpired", agent: ALICE });
  });

  test("SPT-006: a turn that says nothing of it, as those of before, takes nothing away", () => {
    const story = given(...fleetOf(ALICE), reserve, by(ALICE, "Release", { reservation: "r1" }));
    const [ours, before] = [emptyState(DEMO), emptyState(DEMO)];
    for (const { turn, place } of story.journal) {
      const { spent: _, ...silent } = turn;
      foldTurn(ours, turn, place);
      foldTurn(before, silent, place);
    }
    expect(canonical(ours)).toBe(canonical(story.state));
    expect(before.deadlines.map(({ kind }) => kind).sort()).toEqual(["lease", "reservation"]);
  });
});
