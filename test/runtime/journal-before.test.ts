/** A journal of before: replayed it gives what it gave, and who goes on from it decides what would have been decided. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { FLEET, fleetId, type Id } from "../../src/core/ids.ts";
import { type Millis, millis } from "../../src/core/time.ts";
import { type Deadline, nextDeadline } from "../../src/fleet/deadlines.ts";
import { breaches } from "../../src/fleet/invariants.ts";
import { isSpent } from "../../src/fleet/spent.ts";
import { emptyState, type FleetState } from "../../src/fleet/state.ts";
import { takeTurn } from "../../src/fleet/turn.ts";
import type { Command, InnerCommand } from "../../src/protocol/turns.ts";
import { readBatch } from "../../src/runtime/batches.ts";
import { foldEntry } from "../../src/runtime/recover.ts";
import { EMPTY_HEAD, type JournalEntry, sha256 } from "../../src/wire/journal.ts";

interface Facts {
  readonly fleet: string;
  /** After each message: how many deadlines there were, and the earliest. */
  readonly heaps: readonly (readonly [number, number])[];
  readonly deadlines: readonly (readonly [number, string, string])[];
  readonly ledger: readonly (readonly [string, string])[];
  readonly counts: Readonly<Record<string, number>>;
  /** Turns of an exact clock that decided something, in twenty minutes after a message. */
  readonly then: readonly {
    readonly after: number;
    readonly said: readonly (readonly [number, string])[];
  }[];
}

const here = (name: string): Buffer => readFileSync(new URL(name, import.meta.url));
const FACTS = JSON.parse(here("journal-before.json").toString()) as Facts;

/** Each message behind its length, 4 bytes big-endian. */
function messages(): readonly JournalEntry[] {
  const bytes = gunzipSync(here("journal-before.gz"));
  const found: JournalEntry[] = [];
  for (let from = 0; from < bytes.length; ) {
    const end = from + 4 + bytes.readUInt32BE(from);
    const message = Uint8Array.from(bytes.subarray(from + 4, end));
    found.push({ seq: found.length + 1, bytes: message, hash: sha256(message) });
    from = end;
  }
  return found;
}

function folded(after?: (state: FleetState, index: number) => void): FleetState {
  const state = emptyState(fleetId(FACTS.fleet));
  let prev = EMPTY_HEAD.hash;
  for (const [i, entry] of messages().entries()) {
    foldEntry(state, entry, prev);
    prev = entry.hash;
    after?.(state, i);
  }
  return state;
}

const order = (a: Deadline, b: Deadline): number =>
  a.at - b.at || (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : a.key < b.key ? -1 : 1);

/** What the coordinator tells itself, at a time. */
function told(state: FleetState, at: Millis, command: Omit<InnerCommand, "stamp">, seq: number) {
  const stamp = { id: "" as Id, from: FLEET, at, exp: millis(at + 60_000), print: 0 };
  return takeTurn(state, { ...command, stamp } as Command, { seq, turn: 0 });
}

describe("a journal that was written before spent deadlines were let go", () => {
  test("OLD-001: leaves after every message as many deadlines as it left, and the same first", () => {
    const heaps: (readonly [number, number])[] = [];
    folded(({ deadlines }) => heaps.push([deadlines.length, nextDeadline(deadlines) ?? 0]));
    expect(heaps).toEqual(FACTS.heaps);
    const first = messages()[0];
    expect(first && readBatch(first, fleetId(FACTS.fleet), EMPTY_HEAD.hash).v).toBe(1);
  });

  test("OLD-002: gives the books, the counts and the deadlines that it gave", () => {
    const state = folded();
    expect(breaches(state)).toEqual([]);
    expect([...state.ledger].map(([account, held]) => [account, `${held}`])).toEqual(FACTS.ledger);
    expect(Object.fromEntries(state.counts)).toEqual(FACTS.counts);
    const left = [...state.deadlines].sort(order).map(({ at, kind, key }) => [at, kind, key]);
    expect(left).toEqual(FACTS.deadlines);
    // Some of them are spent: otherwise it would show nothing.
    expect(state.deadlines.filter((one) => isSpent(state, one)).length).toBeGreaterThan(3);
  });

  test("OLD-003: who leads on from it decides the same at the same times, in fewer turns", () => {
    const at = new Map(FACTS.then.map(({ after, said }) => [after, said]));
    const said = new Map<number, unknown>();
    let quiet = 0;
    folded((state, index) => {
      if (!at.has(index + 1)) return;
      const then = goesOn(structuredClone(state));
      said.set(index + 1, then.said);
      quiet += then.quiet;
    });
    expect(said).toEqual(at);
    expect(quiet).toBe(0);
  });
});

/** Leads, and wakes at each deadline for twenty minutes: what was decided, and turns in which nothing was. */
function goesOn(state: FleetState) {
  const until = state.at + 1_200_000;
  const said: (readonly [number, string])[] = [];
  let quiet = 0;
  told(state, state.at, { type: "Lead", body: { epoch: 2, holder: "next" } }, 1_000);
  for (let seq = 1_001; ; seq += 1) {
    const next = nextDeadline(state.deadlines);
    if (next === undefined || next > until) return { said, quiet };
    const turn = told(state, millis(Math.max(next, state.at)), { type: "Tick", body: {} }, seq);
    const made = (turn?.events ?? []).filter(({ type }) => type !== "DeadlinesPassed");
    if (made.length > 0) said.push([state.at, made.map(({ type }) => type).join(" ")]);
    else quiet += 1;
  }
}
