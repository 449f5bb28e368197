/** What the simulator found in the product, kept with the seeds that found it. */
import { expect, test } from "vitest";
import { fleetId } from "../../src/core/ids.ts";
import { millis } from "../../src/core/time.ts";
import type { Turn } from "../../src/protocol/turns.ts";
import { recover } from "../../src/runtime/recover.ts";
import { encode } from "../../src/wire/codec-encode.ts";
import { EMPTY_HASH, JournalBrokenError, sha256 } from "../../src/wire/journal.ts";
import { MemoryStore, memoryJournal } from "../../src/wire/journal-memory.ts";
import { broken, run } from "./given.ts";

const FLEET = fleetId("sim");

test("SIM-050: seed 1 of clock steps: a wall clock set back before a start holds no deadline up", {
  timeout: 60_000,
}, async () => {
  const result = await run(1, { faults: ["clock-step"], mode: "safety", minutes: 30 });
  expect(broken(result)).toBe("");
});

test("SIM-052: seed 48 of version skews: an event that nobody knows is a broken journal, not a bug", async () => {
  const turn = { type: "Tick", id: "", from: "fleet", at: millis(1), exp: millis(2), print: 0 };
  const told = { ...turn, events: [{ type: "TimeTravelled" }] };
  const bytes = encode([2, FLEET, 1, EMPTY_HASH, [told]]);
  const store = new MemoryStore();
  store.entries.push({ seq: 1, bytes, hash: sha256(bytes) });
  await expect(recover(FLEET, memoryJournal(store))).rejects.toThrow(JournalBrokenError);
  await expect(recover(FLEET, memoryJournal(store))).rejects.toThrow(/written by a newer version/);
});

test("SIM-053: seed 3 of clock steps: a clock an hour ahead does not lead, and no command is late for it", {
  timeout: 60_000,
}, async () => {
  const result = await run(3, { faults: ["clock-step"], mode: "safety", minutes: 120 });
  expect(broken(result)).toBe("");
  expect(result.counts["clock-refused"]).toBeGreaterThan(0);
  expect(result.counts["late-refused"] ?? 0).toBe(0);
});

test("SIM-051: seed 2032 of bit flips: flipped bytes are never folded, the chain is found broken", async () => {
  const turn = {
    ...{ type: "Tick", id: "", from: "fleet", at: millis(1), exp: millis(2), print: 0 },
    events: [{ type: "DeadlinesPassed", count: 0 }],
  } as unknown as Turn;
  const first = Buffer.from(encode([2, FLEET, 1, EMPTY_HASH, [turn]]));
  const second = encode([2, FLEET, 1, sha256(first), [turn]]);
  // "DeadlinesPawsed" is no event: to fold it would be a broken assertion, not a damaged journal.
  const flipped = Uint8Array.from(first);
  flipped[first.indexOf("Passed") + 2] = "w".charCodeAt(0);
  const store = new MemoryStore();
  for (const [i, bytes] of [flipped, second].entries()) {
    store.entries.push({ seq: i + 1, bytes, hash: sha256(bytes) });
  }
  await expect(recover(FLEET, memoryJournal(store))).rejects.toThrow(JournalBrokenError);
});

test("SIM-054: seed 107 of crashes: where the venue refuses by this mark, a plan goes around, and the judge knows", {
  timeout: 60_000,
}, async () => {
  const faults = ["market-crash", "reports-missing", "pause"] as const;
  const result = await run(107, { faults, parts: [], mode: "safety", minutes: 240 });
  expect(broken(result)).toBe("");
  const { checker } = result.world;
  expect(checker.law.counts.get("OrderRejected") ?? 0).toBeGreaterThan(0);
});

test("SIM-055: seed 3 of crashes: the wait for another mark ends by this turn's clock, not by that of the turn before", {
  timeout: 60_000,
}, async () => {
  const faults = ["feed-off", "market-crash", "two-coordinators"] as const;
  const result = await run(3, { faults, parts: [], mode: "safety", minutes: 240 });
  expect(broken(result)).toBe("");
  const { checker } = result.world;
  expect(checker.law.counts.get("OrderRejected") ?? 0).toBeGreaterThan(0);
});
