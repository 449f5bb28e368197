/** The whole fleet by seed: in peace, in storms, and after them. */
import { describe, expect, test } from "vitest";
import { fleetId } from "../../src/core/ids.ts";
import { canonical } from "../../src/lab/check/canonical.ts";
import { HALTING, RECOVERABLE } from "../../src/lab/faults.ts";
import { EPOCH } from "../../src/lab/time.ts";
import { recover } from "../../src/runtime/recover.ts";
import { sha256 } from "../../src/wire/journal.ts";
import { MemoryStore, memoryJournal } from "../../src/wire/journal-memory.ts";
import type { Snapshot } from "../../src/wire/snapshot-store.ts";
import { broken, run } from "./given.ts";

const LONG = 280_000;
const FLEET = fleetId("sim");

const snapshotOf = (kept: Snapshot | undefined) =>
  kept === undefined
    ? ({ kind: "none", reason: "there is none" } as const)
    : ({ kind: "snapshot", snapshot: kept } as const);

describe("a simulated fleet", () => {
  test("SIM-010: four hours in peace conserve every unit, and every kind of obligation comes round", {
    timeout: LONG,
  }, async () => {
    const result = await run(1, { faults: [], mode: "liveness", minutes: 240 });
    expect(broken(result)).toBe("");
    const { counts } = result.world.checker.law;
    for (const type of ["FillBooked", "StopConfirmed", "BetSettled", "EscrowReleased"] as const) {
      expect(counts.get(type) ?? 0, type).toBeGreaterThan(0);
    }
    expect((counts.get("LoanInterest") ?? 0) + (counts.get("LoanOpened") ?? 0)).toBeGreaterThan(0);
    // An hour is about ten thousand turns and messages, fewer in peace than in storms.
    const each = (result.turns + result.messages) / 4;
    expect(each).toBeGreaterThan(7_000);
    expect(each).toBeLessThan(13_000);
  });

  test("SIM-011: the same seed makes the same journal, twice", { timeout: LONG }, async () => {
    const asked = { faults: ["crash", "drop", "venue-lost"], minutes: 6 } as const;
    const [first, second] = [await run(42, asked), await run(42, asked)];
    expect(second.hash).toBe(first.hash);
    expect(second.counts).toEqual(first.counts);
    expect(second.steps).toBe(first.steps);
    const other = await run(43, asked);
    expect(other.hash).not.toBe(first.hash);
  });

  test("SIM-013: every fault that goes round with the seeds fires, and the fleet is well after all of them", {
    timeout: LONG,
  }, async () => {
    const groups = Array.from({ length: Math.ceil(RECOVERABLE.length / 5) }, (_, i) =>
      RECOVERABLE.slice(i * 5, i * 5 + 5),
    );
    for (const [i, faults] of groups.entries()) {
      const result = await run(100 + i, { faults, mode: "liveness", minutes: 24 });
      expect(broken(result), faults.join()).toBe("");
    }
  });

  test("SIM-016: killed in the middle, a fleet folds to what its journal folds to, by snapshot or whole", {
    timeout: LONG,
  }, async () => {
    const asked = { faults: ["crash"], mode: "safety", minutes: 10 } as const;
    const result = await run(11, asked);
    expect(broken(result)).toBe("");
    const { checker, streams, coordinators } = result.world;
    expect(coordinators[0]?.starts).toBeGreaterThan(1);
    const store = new MemoryStore();
    for (const [i, bytes] of streams.journal.entries())
      store.entries.push({ seq: i + 1, bytes, hash: sha256(bytes) });
    const whole = await recover(FLEET, memoryJournal(store));
    expect(sha256(Buffer.from(canonical(whole.state)))).toBe(
      sha256(Buffer.from(canonical(checker.law))),
    );
    expect(whole.head.hash).toBe(result.hash);
    const kept = coordinators[0]?.disk.snapshot;
    const place = { save: async () => undefined, load: async () => snapshotOf(kept) };
    const short = await recover(FLEET, memoryJournal(store), place);
    expect(short.from).toBeGreaterThan(0);
    expect(canonical(short.state)).toBe(canonical(whole.state));
    expect((await run(11, asked)).hash).toBe(result.hash);
  });

  test("SIM-015: a halted fleet says so and stands still; mended, it is well again", {
    timeout: LONG,
  }, async () => {
    for (const fault of HALTING) {
      const result = await run(7, { faults: [fault], mode: "liveness", minutes: 24 });
      expect(broken(result), fault).toBe("");
      expect(result.halted, fault).toBe(true);
      expect(result.counts["mended"], fault).toBe(1);
      // Decided to the end.
      expect(result.world.checker.law.at, fault).toBeGreaterThan(EPOCH + 23 * 60_000);
    }
  });

  test("SIM-014: a damaged journal leads nobody", { timeout: LONG }, async () => {
    for (const fault of HALTING) {
      const result = await run(7, { faults: [fault], mode: "safety", minutes: 12 });
      expect(broken(result), fault).toBe("");
      // Damage is done in the first half; nothing is decided after it.
      expect(result.world.checker.law.at, fault).toBeLessThan(EPOCH + 6 * 60_000);
      expect(result.counts[fault], fault).toBe(1);
    }
  });
});
