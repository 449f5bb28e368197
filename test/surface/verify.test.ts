/** What a proof of the journal finds, and what it lets pass. */
import { describe, expect, test } from "vitest";
import { agentId, FLEET, fleetId, type Id, OPERATOR } from "../../src/core/ids.ts";
import { millis } from "../../src/core/time.ts";
import { emptyState, type FleetState } from "../../src/fleet/state.ts";
import { takeTurn } from "../../src/fleet/turn.ts";
import type { Command } from "../../src/protocol/turns.ts";
import { OpenBatch } from "../../src/runtime/batches.ts";
import { freezeState, SNAPSHOT_SCHEMA } from "../../src/runtime/snapshots.ts";
import { canonicalState, stateHash, verifyJournal } from "../../src/surface/cli/verify.ts";
import type { JournalPort } from "../../src/wire/journal.ts";
import { MemoryStore, memoryJournal } from "../../src/wire/journal-memory.ts";

const DEMO = fleetId("demo");

/** An election, then three agents who join: four messages. */
async function written(): Promise<{ store: MemoryStore; journal: JournalPort; state: FleetState }> {
  const store = new MemoryStore();
  const journal = memoryJournal(store);
  const state = emptyState(DEMO);
  const commands: Command[] = ["", "ann", "bob", "cleo"].map((name, i) => {
    const at = millis(1_000 + i);
    const stamp = { id: `c-${i}` as Id, at, exp: millis(9_000), print: i };
    return name === ""
      ? { type: "Lead", stamp: { ...stamp, from: FLEET }, body: { epoch: 1, holder: "here" } }
      : {
          type: "Enrol",
          stamp: { ...stamp, from: OPERATOR },
          body: { id: stamp.id, agent: agentId(name) },
        };
  });
  for (const [i, command] of commands.entries()) {
    const turn = takeTurn(state, command, { seq: i + 1, turn: 0 });
    if (turn === undefined) throw new Error("each of these commands does something");
    const batch = new OpenBatch();
    batch.add(turn);
    await journal.append(store.head, batch.close(DEMO, 1, store.head.hash));
  }
  return { store, journal, state };
}

const ask = (journal: JournalPort, more: object = {}) =>
  verifyJournal({ fleet: DEMO, journal, remembered: undefined, snapshots: undefined, ...more });

/** A store that holds one snapshot. */
const keeping = (seq: number, hash: string, state: FleetState) => ({
  save: async () => undefined,
  load: async () => ({
    kind: "snapshot" as const,
    snapshot: { seq, hash, schema: SNAPSHOT_SCHEMA, bytes: freezeState(state) },
  }),
});

describe("a journal that holds", () => {
  test("CLI-060: is read to its head, folded, and named by the hash of its fold", async () => {
    const { store, journal, state } = await written();
    expect(await ask(journal, { remembered: store.head })).toEqual({
      ...{ ok: true, fleet: "demo", seq: 4, headHash: store.head.hash, turns: 4, rejections: 0 },
      ...{ stateHash: stateHash(state), remembered: store.head, snapshotSeq: 0, faults: [] },
    });
  });

  test("CLI-061: and whose snapshot is its fold says as of which message", async () => {
    const { store, journal, state } = await written();
    const snapshots = keeping(4, store.head.hash, state);
    expect(await ask(journal, { snapshots })).toMatchObject({ ok: true, snapshotSeq: 4 });
  });

  test("CLI-062: an empty journal holds too", async () => {
    expect(await ask(memoryJournal())).toMatchObject({ ok: true, seq: 0, turns: 0 });
  });
});

describe("a journal that does not", () => {
  test("CLI-063: a message that was exchanged for another breaks the chain", async () => {
    const { store, journal } = await written();
    const second = store.entries[1];
    if (second === undefined) throw new Error("there are four");
    store.entries[2] = { ...second, seq: 3 };
    await expect(ask(journal)).rejects.toThrow("the chain is broken");
  });

  test("CLI-064: a flipped bit in any message is found", async () => {
    for (const i of [0, 1, 2]) {
      const { store } = await written();
      const entry = store.entries[i];
      if (entry === undefined) throw new Error("there are four");
      const bytes = Uint8Array.from(entry.bytes);
      bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1;
      const rewritten = new MemoryStore();
      for (const [k, each] of store.entries.entries()) {
        const read = k === i ? bytes : each.bytes;
        await memoryJournal(rewritten).append(rewritten.head, read);
      }
      await expect(ask(memoryJournal(rewritten))).rejects.toMatchObject({ code: "journal-broken" });
    }
  });

  test("CLI-065: one that lost its tail is shorter than what was acknowledged", async () => {
    const { store, journal } = await written();
    const remembered = store.head;
    store.entries.pop();
    const told = await ask(journal, { remembered });
    expect(told).toMatchObject({ ok: false, seq: 3 });
    expect(told.faults).toEqual(["the journal ends at 3, but 4 was acknowledged"]);
  });

  test("CLI-066: another message where a remembered one stood is a fault", async () => {
    const { journal } = await written();
    const told = await ask(journal, { remembered: { seq: 2, hash: "0".repeat(64) } });
    expect(told.faults).toEqual(["message 2 is not the one that the coordinator remembers"]);
  });

  test("CLI-067: a snapshot that is not the fold is a fault", async () => {
    const { store, journal, state } = await written();
    state.rejections += 1;
    const told = await ask(journal, { snapshots: keeping(4, store.head.hash, state) });
    expect(told.faults).toEqual(["the snapshot as of 4 is not the fold of the journal"]);
  });
});

test("CLI-068: a state has one text, whatever order it was filled in, and another for each change", () => {
  const [a, b] = [emptyState(DEMO), emptyState(DEMO)];
  a.ledger.set("USDC/wallet", 5n).set("USDC/external", -5n);
  b.ledger.set("USDC/external", -5n).set("USDC/wallet", 5n);
  expect(canonicalState(a)).toBe(canonicalState(b));
  b.ledger.set("USDC/wallet", 6n);
  expect(stateHash(a)).not.toBe(stateHash(b));
});
