/** Remembers the journal's head outside the journal, and refuses to lead on one that went back. */
import { readFile } from "node:fs/promises";
import type { NatsConnection } from "@nats-io/transport-node";
import type { FleetId } from "../core/ids.ts";
import { writeAtomic } from "./atomic-file.ts";
import { systemWireClock, type WireClock } from "./clock.ts";
import type { JournalHead, JournalPort } from "./journal.ts";
import { readMessage, storeMessage } from "./js-api.ts";
import { coreStream, coreSubject } from "./subjects.ts";

/** One place where a head is kept. */
export interface HeadPlace {
  readonly name: string;
  /** None: undefined when nothing was ever kept. @throws Error when what is kept cannot be read. */
  load(): Promise<JournalHead | undefined>;
  save(head: JournalHead): Promise<void>;
}

const HASH = /^[0-9a-f]{64}$/;

function parseHead(text: string): JournalHead {
  const { seq, hash } = JSON.parse(text) as Partial<JournalHead>;
  if (!Number.isSafeInteger(seq) || typeof hash !== "string" || !HASH.test(hash)) {
    throw new Error("it is no head of a journal");
  }
  return { seq: seq as number, hash };
}
const formatHead = ({ seq, hash }: JournalHead): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ seq, hash }));

/** A head in a local file, replaced atomically. */
export const headFile = (path: string): HeadPlace => ({
  name: path,
  load: async () => {
    const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT") return undefined;
      throw cause;
    });
    return text === undefined ? undefined : parseHead(text);
  },
  save: (head) => writeAtomic(path, [formatHead(head)]),
});

/** A head in the fleet's KV bucket, by the connection `c_journal`. */
export const headKey = (nc: NatsConnection, fleet: FleetId, answerMs = 2_000): HeadPlace => ({
  name: coreSubject(fleet, "head"),
  load: async () => {
    const which = { last_by_subj: coreSubject(fleet, "head") };
    const stored = await readMessage(nc, coreStream(fleet), which, answerMs);
    return stored && parseHead(new TextDecoder().decode(stored.bytes));
  },
  save: async (head) => {
    const stream = coreStream(fleet);
    await storeMessage(nc, coreSubject(fleet, "head"), formatHead(head), { stream }, answerMs);
  },
});

export interface HeadMemory {
  /** Every head that is remembered, and what could not be read, for the operator. */
  recall(): Promise<{ readonly heads: readonly JournalHead[]; readonly faults: readonly string[] }>;
  /** Cheap: to be called at each acknowledged append. Written at most every `everyMs`. */
  note(head: JournalHead): void;
  /** Writes the last head that was noted, and ends. */
  close(): Promise<void>;
}

export interface HeadMemoryOptions {
  readonly everyMs?: number;
  readonly clock?: WireClock;
  /** A head that could not be written is written next time; here it is told. */
  readonly onFault?: (message: string) => void;
}

/** Remembers in several places at once, off the hot path. */
export function headMemory(
  places: readonly HeadPlace[],
  options: HeadMemoryOptions = {},
): HeadMemory {
  const { everyMs = 500, clock = systemWireClock } = options;
  let noted: JournalHead | undefined;
  let written: JournalHead | undefined;
  let cancel: (() => void) | undefined;
  let writing: Promise<void> = Promise.resolve();

  const write = (): Promise<void> => {
    cancel = undefined;
    writing = writing.then(async () => {
      const head = noted;
      if (head === undefined || head === written) return;
      const results = await Promise.allSettled(places.map((place) => place.save(head)));
      written = head;
      results.forEach((result, i) => {
        if (result.status === "fulfilled") return;
        written = undefined;
        options.onFault?.(
          `the journal's head was not kept in ${places[i]?.name}: ${result.reason}`,
        );
      });
    });
    return writing;
  };
  return {
    recall: async () => {
      const results = await Promise.allSettled(places.map((place) => place.load()));
      const faults = results.flatMap((result, i) =>
        result.status === "rejected" ? [`${places[i]?.name}: ${result.reason}`] : [],
      );
      const heads = results.flatMap((result) =>
        result.status === "fulfilled" && result.value !== undefined ? [result.value] : [],
      );
      return { heads, faults };
    },
    note: (head) => {
      noted = head;
      cancel ??= clock.after(everyMs, () => void write());
    },
    close: async () => {
      cancel?.();
      await write();
    },
  };
}

export type HeadCheck =
  | { readonly ok: true; readonly head: JournalHead }
  | { readonly ok: false; readonly reason: string };

/**
 * Whether the journal holds every head that is remembered: as far, and with the same hash there.
 *
 * A journal that lost its tail, was made anew, or was exchanged is thereby found before anything is
 * appended to it. The same question fits a snapshot: that too is a head the journal must hold.
 */
export async function checkHead(
  journal: JournalPort,
  remembered: readonly JournalHead[],
): Promise<HeadCheck> {
  const head = await journal.head();
  for (const { seq, hash } of remembered) {
    if (seq === 0) continue;
    if (head.seq < seq) {
      const reason = `the journal ends at ${head.seq}, but ${seq} was acknowledged`;
      return { ok: false, reason };
    }
    for await (const entry of journal.read(seq)) {
      if (entry.hash === hash) break;
      return { ok: false, reason: `message ${seq} is not the one that was acknowledged` };
    }
  }
  return { ok: true, head };
}
