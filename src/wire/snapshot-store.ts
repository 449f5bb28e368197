/** Keeps one snapshot of the fold in a file: a cache, thrown away whenever it is in doubt. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { writeAtomic } from "./atomic-file.ts";

/** The fold up to and with message `seq` of the journal, whose hash is `hash`. */
export interface Snapshot {
  readonly seq: number;
  readonly hash: string;
  /** Version of what the bytes mean. */
  readonly schema: number;
  readonly bytes: Uint8Array;
}

export type Loaded =
  | { readonly kind: "snapshot"; readonly snapshot: Snapshot }
  /** Replay the whole journal; `reason` is for the operator. */
  | { readonly kind: "none"; readonly reason: string }
  /** Written by a later version of the program: going on would be a silent rollback. Refuse. */
  | { readonly kind: "newer"; readonly reason: string };

export interface SnapshotStore {
  save(snapshot: Snapshot): Promise<void>;
  /** `schema` is what this program writes. Never throws for what the file holds. */
  load(schema: number): Promise<Loaded>;
}

const MAGIC = "flotilla-snapshot";
const LINE_MAX = 1_024;

interface Header {
  readonly magic: string;
  readonly seq: number;
  readonly hash: string;
  readonly schema: number;
  readonly sum: string;
}

/** Over the header's facts too: a snapshot with another sequence is another snapshot. */
const sumOf = (seq: number, hash: string, schema: number, bytes: Uint8Array): string =>
  createHash("sha256").update(`${seq} ${hash} ${schema}\n`).update(bytes).digest("hex");

/** One file; each save replaces the one before, atomically. */
export function snapshotFile(path: string): SnapshotStore {
  return {
    save: async ({ seq, hash, schema, bytes }) => {
      const sum = sumOf(seq, hash, schema, bytes);
      const header: Header = { magic: MAGIC, seq, hash, schema, sum };
      await writeAtomic(path, [new TextEncoder().encode(`${JSON.stringify(header)}\n`), bytes]);
    },
    load: async (schema) => {
      try {
        return parse(await readFile(path), schema);
      } catch (fault) {
        const missing = (fault as NodeJS.ErrnoException).code === "ENOENT";
        return { kind: "none", reason: missing ? "there is no snapshot" : `unreadable: ${fault}` };
      }
    },
  };
}

function parse(file: Buffer, schemaNow: number): Loaded {
  const none = (reason: string): Loaded => ({ kind: "none", reason });
  const line = file.subarray(0, LINE_MAX).indexOf(0x0a);
  if (line < 0) return none("the snapshot has no header");
  const { magic, seq, hash, schema, sum } = headerOf(file.toString("utf8", 0, line));
  if (magic !== MAGIC || seq === undefined || hash === undefined || schema === undefined) {
    return none("the file is no snapshot");
  }
  const bytes = file.subarray(line + 1);
  // The sum comes first: a version in a damaged file says nothing.
  if (sumOf(seq, hash, schema, bytes) !== sum) return none("the snapshot is damaged");
  if (schema > schemaNow) {
    const reason = `the snapshot is of schema ${schema}, this program knows ${schemaNow}`;
    return { kind: "newer", reason };
  }
  if (schema < schemaNow) return none(`the snapshot is of the older schema ${schema}`);
  return { kind: "snapshot", snapshot: { seq, hash, schema, bytes } };
}

function headerOf(text: string): Partial<Header> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
