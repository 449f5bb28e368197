/** Draws of one seed go up by one: a draw used twice is a dispute, one left out is told and counted. */
import { describe, expect, test } from "vitest";
import { PROOF_WITHIN_MS } from "../../src/core/limits.ts";
import { sha256 } from "../../src/core/sha256.ts";
import { agentView, fleetView } from "../../src/fleet/views.ts";
import type { ReportBody } from "../../src/protocol/reports.ts";
import {
  COMMITTED,
  dice,
  drawn,
  revealed,
  revealedAfter,
  seedsRevealed,
  settledBet,
} from "./bet-cases.ts";
import { ALICE, BOB } from "./cast.ts";
import {
  answered,
  effectOf,
  given,
  REJECTED,
  reported,
  type Step,
  type Story,
  tick,
  wait,
} from "./spec.ts";
import { enrolled, fleetOf, granted } from "./steps.ts";

const committed = (seedHash: string): ReportBody => ({ type: "seedCommitted", seedHash });
const bob = [enrolled(BOB), granted(BOB)];
const bobs = (name: string): Step => ({ ...dice(name), from: BOB });
const told = { type: "BetNonceSkipped", agent: ALICE, seedHash: COMMITTED } as const;
const skippedIn = (story: Story) => ({
  own: agentView(story.state, ALICE, story.now)?.casino.skipped,
  line: fleetView(story.state, story.now).agents[0]?.skipped,
});

/** Alice's bets, all of them open. */
const openBets = (...names: readonly string[]) => [...fleetOf(ALICE), ...names.map((n) => dice(n))];
/** One after the other is settled, each by this draw; what the last one brought is looked at. */
const settled = (story: Story, draws: Readonly<Record<string, number>>): Story =>
  story.when(...Object.entries(draws).map(([bet, nonce]) => reported(drawn(bet, { nonce }))));

describe("a draw that is used twice", () => {
  test("NCE-001: is a dispute at once, though its seed is unknown: the house lied, and its agent is held", () => {
    const story = given(...settledBet(), dice("b2")).when(reported(drawn("b2")));
    story.brings(
      { type: "BetSettled", bet: "b2" },
      { type: "BetProven", bet: "b2", fault: "draw-used-twice" },
      { type: "BetDisputed", bet: "b2", reason: "draw-used-twice" },
      { type: "BettingHeld", bet: "b2", atFault: "house", reason: "draw-used-twice" },
      { type: "ReportsTaken" },
    );
    expect(story.state.bets.get("alice/b2")).toMatchObject({ phase: "disputed", proof: "false" });
    story.when(dice("b3")).refused("betting_held", "b2: the house lied (draw-used-twice)");
  });

  test("NCE-002: is one though the first was another agent's, whose own bet stands", () => {
    const story = given(...settledBet(), ...bob, bobs("b2"));
    story.when(reported(drawn("b2", {}, BOB)));
    story.bringsAmong({ type: "BettingHeld", agent: BOB, bet: "b2" });
    expect(story.state.bets.get("alice/b1")).toMatchObject({ phase: "settled", proof: "open" });
    story.when(dice("b3")).refused("betting_held", "b2 of bob: the house lied (draw-used-twice)");
  });

  test("NCE-003: leaves what comes next as it was", () => {
    const story = given(...openBets("b1", "b2", "b3", "b4"));
    settled(story, { b1: 7, b2: 8, b3: 7, b4: 9 }).bringsNo("BetNonceSkipped");
  });
});

describe("a draw that is left out", () => {
  test("NCE-004: none is told where each is the next one, whoever's bet it decides", () => {
    const story = given(...settledBet(), ...bob, bobs("b2"), dice("b3"));
    story.when(reported(drawn("b2", { nonce: 8 }, BOB))).bringsNo("BetNonceSkipped");
    story.when(reported(drawn("b3", { nonce: 9 }))).bringsNo("BetNonceSkipped");
    expect(skippedIn(story)).toEqual({ own: undefined, line: undefined });
  });

  test("NCE-005: it is told with what was expected, counted for its agent, and is no dispute", () => {
    const story = settled(given(...openBets("b1", "b2", "b3", "b4")), { b1: 7, b2: 11 });
    story.bringsAmong({ ...told, bet: "b2", expected: 8, nonce: 11, skipped: 3 });
    story.bringsNo("BetDisputed").bringsNo("BettingHeld");
    settled(story, { b3: 12 }).bringsNo("BetNonceSkipped");
    settled(story, { b4: 14 }).bringsAmong({ ...told, expected: 13, skipped: 1 });
    expect(skippedIn(story)).toEqual({ own: 4, line: 4 });
    expect(fleetView(story.state, story.now).counts["BetNonceSkipped"]).toBe(2);
  });

  test("NCE-006: going back to one that was left out is told, and adds none", () => {
    const story = settled(given(...openBets("b1", "b2", "b3")), { b1: 7, b2: 11, b3: 8 });
    story.bringsAmong({ ...told, bet: "b3", expected: 12, nonce: 8, skipped: 0 });
    story.bringsNo("BetDisputed");
    expect(skippedIn(story).own).toBe(3);
  });

  test("NCE-007: a seed that follows another begins at 0; the first may have been drawn from before", () => {
    const begun = [...openBets("b1"), reported(committed(COMMITTED))];
    settled(given(...begun), { b1: 3 }).bringsNo("BetNonceSkipped");
    const follows = [...openBets("b1"), reported(committed("first"), committed(COMMITTED))];
    settled(given(...follows), { b1: 0 }).bringsNo("BetNonceSkipped");
    const late = settled(given(...follows), { b1: 3 });
    late.bringsAmong({ ...told, bet: "b1", expected: 0, nonce: 3, skipped: 3 });
  });

  test("NCE-008: each seed has draws of its own, and after a game of unknown draws nobody can say", () => {
    const other = { nonce: 40, seedHash: "another" };
    const story = given(...openBets("b1", "b2", "b3")).given(reported(drawn("b1")));
    story.when(reported(drawn("b2", other))).bringsNo("BetNonceSkipped");
    settled(story, { b3: 8 }).bringsNo("BetNonceSkipped");
    const strange = given(...settledBet(), dice("k", "keno"), dice("b2"), dice("b3"));
    settled(strange, { k: 8, b2: 33 }).bringsNo("BetNonceSkipped");
    settled(strange, { b3: 35 }).bringsAmong({ ...told, expected: 34, skipped: 1 });
  });

  test("NCE-009: of all seeds ever committed the last 201 are known, and of those without bets only the next draw", () => {
    const story = given(...fleetOf(ALICE));
    for (let i = 0; i < 5; i += 1) {
      const seeds = Array.from({ length: 100 }, (_, k) => committed(sha256(`seed ${k}`)));
      story.given(reported(...seeds), seedsRevealed(100));
    }
    expect(story.state.toProve.size).toBeLessThanOrEqual(201);
    const unrevealed = Array.from({ length: 300 }, (_, k) => committed(`never ${k}`));
    const before = story.state.toProve.size;
    story.given(reported(...unrevealed));
    expect(story.state.toProve.size).toBeLessThanOrEqual(before + 1);
  });
});

describe("draws at the very end of a seed", () => {
  const untold = { type: "SeedDrawsUntold", seedHash: COMMITTED } as const;
  const late = [wait(PROOF_WITHIN_MS), tick] as const;
  const failed = answered(effectOf("PlaceBet"), REJECTED);

  test("NCE-010: that the house counts more than it told of is told at the reveal, once, and is no dispute", () => {
    const story = settled(given(...openBets("b1", "b2")), { b1: 7, b2: 8 }).when(revealedAfter(12));
    const event = { ...untold, drawn: 12, told: 9, untold: 3 };
    story.brings({ type: "SeedRevealed", bets: 12 }, event, { type: "ReportsTaken" });
    expect(fleetView(story.state, story.now).counts["SeedDrawsUntold"]).toBe(1);
    story.when(...late).bringsNo("SeedDrawsUntold");
  });

  test("NCE-011: none is told where it counts what it told of, or where a lower one came last", () => {
    const all = () => settled(given(...openBets("b1", "b2")), { b1: 7, b2: 8 });
    all().when(revealedAfter(9)).bringsNo("SeedDrawsUntold");
    all().when(revealed).bringsNo("SeedDrawsUntold");
    const back = settled(given(...openBets("b1", "b2", "b3")), { b1: 7, b2: 11, b3: 8 });
    back.when(revealedAfter(12)).bringsNo("SeedDrawsUntold");
  });

  test("NCE-012: of a seed that decided no bet all are told, if it follows another", () => {
    const follows = [...fleetOf(ALICE), reported(committed("first"), committed(COMMITTED))];
    const all = { ...untold, drawn: 2, told: 0, untold: 2 };
    given(...follows)
      .when(revealedAfter(2))
      .bringsAmong(all);
    given(...fleetOf(ALICE), reported(committed(COMMITTED)))
      .when(revealedAfter(2))
      .bringsNo("SeedDrawsUntold");
  });

  test("NCE-013: what an open bet may have drawn is not held against it, what a failed one may have is", () => {
    const open = () => given(...settledBet(), dice("b2")).when(revealedAfter(9));
    open().bringsNo("SeedDrawsUntold");
    const settles = open().given(reported(drawn("b2", { nonce: 8 })));
    settles.when(...late).bringsNo("SeedDrawsUntold");
    const fails = open().given(failed);
    fails.when(...late).bringsAmong({ ...untold, drawn: 9, told: 8, untold: 1 });
    // A bet that was placed on the next seed drew nothing of this one.
    const next = open().given(failed, reported(committed("next")), dice("b3"));
    next.when(...late).bringsAmong({ ...untold, untold: 1 });
    // More than the open bets can have drawn is told at once.
    given(...settledBet(), dice("b2"))
      .when(revealedAfter(11))
      .bringsAmong({ ...untold, drawn: 11, told: 8, untold: 2 });
  });

  test("NCE-014: after a game of unknown draws nobody can say how many it took", () => {
    const strange = settled(given(...settledBet(), dice("k", "keno")), { k: 8 });
    strange.when(revealedAfter(33)).bringsNo("SeedDrawsUntold");
    strange.when(...late).bringsNo("SeedDrawsUntold");
  });
});
