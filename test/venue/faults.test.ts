/** Faults on the way to the platform and back. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Fault, seededFaults } from "../../src/venue/paper/faults.ts";
import { PaperPlatform } from "../../src/venue/paper/platform.ts";
import { PaperVenue } from "../../src/venue/paper/venue.ts";
import { approved, depositOf, flatTape, HandClock, USD, usdUnits } from "./helpers.ts";

let clock: HandClock;
let platform: PaperPlatform;
beforeEach(() => {
  clock = new HandClock();
  platform = new PaperPlatform({ clock, seed: "faults", tape: flatTape(), speed: 1 });
});
afterEach(() => platform.close());

describe("faults", () => {
  const venueWith = (fault: Fault | undefined) =>
    new PaperVenue({
      platform,
      clock,
      faults: (_approved, nth) => (nth === 0 ? fault : undefined),
    });
  const deposit = approved(depositOf("5"), "6.0.0");

  test("FLT-001: a lost request is unknown and proven absent; a lost answer is unknown and accepted", async () => {
    const lost = venueWith({ type: "lose-request" });
    expect(await lost.submit(deposit)).toMatchObject({ outcome: "unknown" });
    expect(await lost.lookup(deposit.name)).toEqual({ found: "absent" });
    const silent = venueWith({ type: "lose-answer" });
    expect(await silent.submit(deposit)).toMatchObject({ outcome: "unknown" });
    expect(await silent.lookup(deposit.name)).toEqual({ found: "accepted" });
  });

  test("FLT-002: a request that arrives twice has its effect once", async () => {
    const twice = venueWith({ type: "duplicate" });
    expect(await twice.submit(deposit)).toEqual({ outcome: "accepted" });
    clock.move(10_000);
    expect(platform.snapshot().balances.get(USD)).toBe(usdUnits("6"));
  });

  test("FLT-003: a rejection is the platform's own word, and is remembered", async () => {
    const refusing = venueWith({ type: "reject", reason: "no" });
    expect(await refusing.submit(deposit)).toEqual({ outcome: "rejected", reason: "no" });
    expect(await refusing.submit(deposit)).toEqual({ outcome: "rejected", reason: "no" });
    expect(await refusing.lookup(deposit.name)).toEqual({ found: "rejected", reason: "no" });
  });

  test("FLT-004: a delayed request arrives when its time has come", async () => {
    const slow = venueWith({ type: "delay", ms: 50 });
    const answer = slow.submit(deposit);
    expect(await slow.lookup(deposit.name)).toEqual({ found: "absent" });
    clock.move(50);
    expect(await answer).toEqual({ outcome: "accepted" });
  });

  test("FLT-005: faults by seed are the same every time and come as often as they should", () => {
    const rates = { loseRequest: 0.1, loseAnswer: 0.1, delay: 0.1, duplicate: 0.1, reject: 0.1 };
    const draw = () => {
      const faults = seededFaults("faults", rates);
      return Array.from({ length: 2_000 }, (_, nth) => faults(deposit, nth)?.type ?? "none");
    };
    const all = draw();
    expect(draw()).toEqual(all);
    for (const kind of ["lose-request", "lose-answer", "delay", "duplicate", "reject"]) {
      const share = all.filter((type) => type === kind).length / all.length;
      expect(Math.abs(share - 0.1)).toBeLessThan(0.03);
    }
  });
});
