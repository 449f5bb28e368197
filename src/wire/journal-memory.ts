/** The journal in memory: for tests and simulations, proven by the contract of the real one. */

import { EventEmitter, once } from "node:events";
import { untilEither } from "../core/either.ts";
import {
  EMPTY_HEAD,
  FencedError,
  JournalBrokenError,
  type JournalEntry,
  type JournalHead,
  type JournalPort,
  sameHead,
  sha256,
} from "./journal.ts";

/** What several ports share, as several connections share a stream. */
export class MemoryStore {
  readonly entries: JournalEntry[] = [];
  readonly changed = new EventEmitter().setMaxListeners(0);

  get head(): JournalHead {
    const last = this.entries.at(-1);
    return last === undefined ? EMPTY_HEAD : { seq: last.seq, hash: last.hash };
  }
}

/** A port on a store of its own, or on one that is shared. */
export function memoryJournal(store: MemoryStore = new MemoryStore()): JournalPort {
  const closed = new AbortController();
  return {
    head: async () => store.head,
    append: async (expected, bytes) => append(store, expected, bytes),
    read: (fromSeq) => read(store, fromSeq, store.head.seq),
    follow: (fromSeq, signal) =>
      untilEither(signal, closed.signal, (ended) => follow(store, fromSeq, ended)),
    close: async () => closed.abort(),
  };
}

function append(store: MemoryStore, expected: JournalHead, bytes: Uint8Array): JournalHead {
  const entry = { seq: expected.seq + 1, bytes: Uint8Array.from(bytes), hash: sha256(bytes) };
  const { head } = store;
  if (sameHead(head, expected)) {
    store.entries.push(entry);
    store.changed.emit("change");
    return { seq: entry.seq, hash: entry.hash };
  }
  if (head.seq <= expected.seq) {
    throw new JournalBrokenError(`the journal ends at ${head.seq}, otherwise than ${expected.seq}`);
  }
  // The same call made again after an answer that was lost.
  if (sameHead(head, entry)) return head;
  throw new FencedError(`the journal is at ${head.seq}, past ${expected.seq}`);
}

async function* read(store: MemoryStore, from: number, to: number): AsyncGenerator<JournalEntry> {
  for (let seq = Math.max(1, from); seq <= to; seq++) {
    const entry = store.entries[seq - 1];
    if (entry?.seq !== seq) throw new JournalBrokenError(`message ${seq} is missing`);
    yield entry;
  }
}

async function* follow(
  store: MemoryStore,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<JournalEntry> {
  let next = Math.max(1, from);
  while (!signal.aborted) {
    const entry = store.entries[next - 1];
    if (entry !== undefined) {
      next += 1;
      yield entry;
    } else await once(store.changed, "change", { signal }).catch(() => undefined);
  }
}
