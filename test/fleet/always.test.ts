/** What always holds, over random interleavings of agents, operator, clock, feed and venue. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonical } from "./canonical.ts";
import { type Choice, RandomFleet } from "./random-fleet.ts";

const number = fc.integer({ min: 0, max: 1_000_000_000 });
const choices: fc.Arbitrary<readonly Choice[]> = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 23 }), number, number, number),
  { minLength: 20, maxLength: 220, size: "max" },
);
/** More runs by FLOTILLA_RUNS, for a night. */
const numRuns = Number(process.env["FLOTILLA_RUNS"] ?? 60);

describe("always, whatever happens in whatever order", () => {
  test("ALW-001: no rule broken, nothing over-delegated, our books the venue's, replay the same", () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(choices, (all) => {
        const fleet = new RandomFleet();
        for (const choice of all) fleet.step(choice);
        fleet.finish();
        for (const [type, count] of fleet.story.state.counts)
          seen.set(type, (seen.get(type) ?? 0) + count);
      }),
      { seed: 2024, numRuns },
    );
    // A walk that never meets a thing proves nothing of it.
    const met = ["FillBooked", "StopConfirmed", "StopTriggered", "PositionClosing", "BetSettled"];
    const also = [
      "BetProven",
      "BetDisputed",
      "BetNonceSkipped",
      "BettingHeld",
      "BettingCleared",
      "EscrowReleased",
      "EscrowRefunded",
      "ReferrerRegistered",
      "ReferrerRefused",
      "ReferralEarned",
      "LoanReturned",
      "CapRaised",
      "DelegationEnded",
    ];
    const last = [
      "ReservationPosted",
      "ReservationVoided",
      "FundingBooked",
      "Withdrawn",
      "ModeSet",
      "OrderUnresolved",
      "DuesNetted",
      "DuePaid",
      "SettlementOffered",
      "PositionsCrossed",
      "VenueLiquidated",
      "AutoDeleveraged",
    ];
    expect([...met, ...also, ...last].filter((type) => !seen.has(type))).toEqual([]);
  });

  test("ALW-003: a walk among domains alone breaks no rule either, and meets all that can happen to one", () => {
    const seen = new Set<string>();
    const what = fc.constantFrom(1, 1, 1, 9, 9, 12, 13, 14, 17, 19);
    const walk = fc.array(fc.tuple(what, number, number, number), {
      ...{ minLength: 150, maxLength: 250, size: "max" },
    });
    fc.assert(
      fc.property(walk, (all) => {
        const fleet = new RandomFleet();
        for (const choice of all) fleet.step(choice);
        fleet.finish();
        for (const type of fleet.story.state.counts.keys()) seen.add(type);
      }),
      { seed: 2025, numRuns: Math.ceil(numRuns / 4) },
    );
    const types = ["Searched", "sFound", "SearchFailed", "Requested", "Registered", "Failed"];
    const acts = ["ActRequested", "ActFailed", "Parked", "Listed", "Renewed", "Revenue"];
    const ends = ["Sold", "Due", "Lapsed", "Lost"];
    const met = [...types, ...acts, ...ends].map((type) => `Domain${type}`);
    expect(met.filter((type) => !seen.has(type))).toEqual([]);
  });

  test("ALW-002: the same commands make the same turns", () => {
    fc.assert(
      fc.property(choices, (all) => {
        const [one, two] = [new RandomFleet(), new RandomFleet()];
        for (const fleet of [one, two]) for (const choice of all) fleet.step(choice);
        expect(canonical(two.story.journal)).toBe(canonical(one.story.journal));
      }),
      { seed: 4202, numRuns: Math.ceil(numRuns / 6) },
    );
  });
});
