/** From journal to state: a snapshot if there is a good one, then every message after it, chain checked. */
import { InvariantError } from "../core/assert.ts";
import type { FleetId } from "../core/ids.ts";
import { emptyState, type FleetState } from "../fleet/state.ts";
import { foldTurn } from "../fleet/turn.ts";
import type { Batch } from "../protocol/turns.ts";
import {
  EMPTY_HEAD,
  JournalBrokenError,
  type JournalEntry,
  type JournalHead,
  type JournalPort,
} from "../wire/journal.ts";
import type { SnapshotStore } from "../wire/snapshot-store.ts";
import { readBatch } from "./batches.ts";
import { SNAPSHOT_SCHEMA, thawState } from "./snapshots.ts";

export interface Recovered {
  readonly state: FleetState;
  readonly head: JournalHead;
  /** Where the fold began: 0 without a snapshot. */
  readonly from: number;
  readonly turns: number;
  /** Why no snapshot was used, or "". */
  readonly note: string;
}

/**
 * @throws JournalBrokenError when an event is not known to this program, or breaks what it holds true:
 *   whoever leads on what it cannot follow leads on nothing.
 */
function foldBatch(state: FleetState, batch: Batch, seq: number): void {
  for (const [turn, taken] of batch.turns.entries()) {
    try {
      foldTurn(state, taken, { seq, turn });
    } catch (cause) {
      if (!(cause instanceof InvariantError)) throw cause;
      const why = `journal message ${seq}, turn ${turn}, cannot be followed: ${cause.message}`;
      throw new JournalBrokenError(`${why}. Was it written by a newer version?`, { cause });
    }
  }
}

/** Folds one message into the state; answers how many turns it held. @throws JournalBrokenError */
export function foldEntry(state: FleetState, entry: JournalEntry, prev: string): number {
  const batch = readBatch(entry, state.fleet, prev);
  foldBatch(state, batch, entry.seq);
  return batch.turns.length;
}

/** The hash of message `seq`, "" when the journal is shorter. */
async function hashAt(journal: JournalPort, seq: number): Promise<string> {
  for await (const entry of journal.read(seq)) return entry.hash;
  return "";
}

async function start(
  fleet: FleetId,
  journal: JournalPort,
  store: SnapshotStore | undefined,
): Promise<{ state: FleetState; head: JournalHead; note: string }> {
  const fresh = (note: string) => ({ state: emptyState(fleet), head: EMPTY_HEAD, note });
  if (store === undefined) return fresh("");
  const loaded = await store.load(SNAPSHOT_SCHEMA);
  if (loaded.kind === "newer") throw new Error(`${loaded.reason}: start the newer program`);
  if (loaded.kind === "none") return fresh(loaded.reason);
  const { seq, hash, bytes } = loaded.snapshot;
  // A snapshot is a cache of this journal or it is nothing.
  if ((await hashAt(journal, seq)) !== hash) return fresh(`no such message ${seq} in this journal`);
  const state = thawState(bytes);
  if (state === undefined || state.fleet !== fleet) return fresh("it is of another fleet");
  return { state, head: { seq, hash }, note: "" };
}

/** @throws JournalBrokenError when the chain does not hold. */
export async function recover(
  fleet: FleetId,
  journal: JournalPort,
  store?: SnapshotStore,
): Promise<Recovered> {
  const begun = await start(fleet, journal, store);
  let head = begun.head;
  let turns = 0;
  // A message is folded once the next one has vouched for its bytes: a flipped bit is then a broken
  // chain, not whatever the flipped bytes would do to the fold.
  let vouched: { readonly seq: number; readonly batch: Batch } | undefined;
  const fold = (): void => {
    if (vouched === undefined) return;
    foldBatch(begun.state, vouched.batch, vouched.seq);
    turns += vouched.batch.turns.length;
  };
  for await (const entry of journal.read(head.seq + 1)) {
    const batch = readBatch(entry, fleet, head.hash);
    fold();
    vouched = { seq: entry.seq, batch };
    head = { seq: entry.seq, hash: entry.hash };
  }
  fold();
  return { state: begun.state, head, from: begun.head.seq, turns, note: begun.note };
}
