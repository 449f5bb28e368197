/** Proves a journal: every link of the chain, every fold, and what is remembered elsewhere. */
import { createHash } from "node:crypto";
import type { FleetId } from "../../core/ids.ts";
import { breaches } from "../../fleet/invariants.ts";
import { emptyState, type FleetState, type Law } from "../../fleet/state.ts";
import { foldEntry } from "../../runtime/recover.ts";
import { SNAPSHOT_SCHEMA, thawState } from "../../runtime/snapshots.ts";
import { EMPTY_HEAD, type JournalHead, type JournalPort } from "../../wire/journal.ts";
import type { SnapshotStore } from "../../wire/snapshot-store.ts";

export interface Verified {
  readonly ok: boolean;
  readonly fleet: string;
  readonly seq: number;
  readonly headHash: string;
  readonly turns: number;
  readonly rejections: number;
  /** Of the folded state: the same journal has the same hash on every machine. */
  readonly stateHash: string;
  /** The head that the coordinator remembers outside the journal; undefined when there is none. */
  readonly remembered: JournalHead | undefined;
  /** Message as of which the kept snapshot is the fold; 0 when there is none to compare. */
  readonly snapshotSeq: number;
  /** What does not hold, in words; none when all does. */
  readonly faults: readonly string[];
}

/** A text that is equal exactly when two states are, whatever order they were filled in. */
export function canonicalState(law: Law): string {
  return JSON.stringify(law, (_key, held: unknown) => {
    if (typeof held === "bigint") return `${held}n`;
    if (held instanceof Map) return { map: [...held].sort(byKey) };
    if (held instanceof Set) return { set: [...held].sort() };
    if (held === null || typeof held !== "object" || Array.isArray(held)) return held;
    // What is undefined is not there: the journal does not tell the two apart.
    return Object.fromEntries(Object.entries(held).sort(byKey));
  });
}

const byKey = ([a]: [unknown, unknown], [b]: [unknown, unknown]): number =>
  String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;

export const stateHash = (law: Law): string =>
  createHash("sha256").update(canonicalState(law)).digest("hex");

export interface VerifyOptions {
  readonly fleet: FleetId;
  readonly journal: JournalPort;
  readonly remembered: JournalHead | undefined;
  readonly snapshots: SnapshotStore | undefined;
  readonly onProgress?: (seq: number, turns: number) => void;
}

/** What the kept snapshot says, to be compared when the fold reaches it. */
async function keptSnapshot(
  store: SnapshotStore | undefined,
): Promise<{ seq: number; hash: string; state: FleetState } | undefined> {
  const loaded = await store?.load(SNAPSHOT_SCHEMA);
  if (loaded?.kind !== "snapshot") return undefined;
  const state = thawState(loaded.snapshot.bytes);
  const { seq, hash } = loaded.snapshot;
  return state === undefined ? undefined : { seq, hash, state };
}

/**
 * Reads the whole journal up to where it ends now.
 *
 * @throws JournalBrokenError at the first message that is not what its place demands.
 */
export async function verifyJournal(options: VerifyOptions): Promise<Verified> {
  const { fleet, journal, remembered, onProgress } = options;
  const faults: string[] = [];
  const snapshot = await keptSnapshot(options.snapshots);
  let snapshotSeq = 0;
  const state = emptyState(fleet);
  let head = EMPTY_HEAD;
  let turns = 0;
  for await (const entry of journal.read(1)) {
    turns += foldEntry(state, entry, head.hash);
    head = { seq: entry.seq, hash: entry.hash };
    if (remembered?.seq === entry.seq && remembered.hash !== entry.hash) {
      faults.push(`message ${entry.seq} is not the one that the coordinator remembers`);
    }
    if (snapshot?.seq === entry.seq) {
      snapshotSeq = entry.seq;
      const same = snapshot.hash === entry.hash && stateHash(snapshot.state) === stateHash(state);
      if (!same) faults.push(`the snapshot as of ${entry.seq} is not the fold of the journal`);
    }
    onProgress?.(entry.seq, turns);
  }
  if (remembered !== undefined && remembered.seq > head.seq) {
    faults.push(`the journal ends at ${head.seq}, but ${remembered.seq} was acknowledged`);
  }
  for (const { rule, detail } of breaches(state)) faults.push(`${rule}: ${detail}`);
  return {
    ok: faults.length === 0,
    fleet,
    seq: head.seq,
    headHash: head.hash,
    turns,
    rejections: state.rejections,
    stateHash: stateHash(state),
    remembered,
    snapshotSeq,
    faults,
  };
}
