/** The journal port: one fenced, ordered, append-only row of byte batches, and how it fails. */
import { hash } from "node:crypto";

/** Where the journal ends. An empty journal ends at sequence 0 with a hash of 64 zeros. */
export interface JournalHead {
  readonly seq: number;
  /** SHA-256 of the last message's bytes, 64 hex digits. */
  readonly hash: string;
}

/** One stored message: one batch of turns. `bytes` is opaque to the port. */
export interface JournalEntry {
  /** 1 for the first message; no number is ever left out. */
  readonly seq: number;
  readonly bytes: Uint8Array;
  /** SHA-256 of `bytes`, 64 hex digits, computed anew at every read. */
  readonly hash: string;
}

/**
 * One message of the journal is one batch of turns. The batch carries the hash of the batch before
 * inside its bytes; that link is the caller's to write and to check.
 */
export interface JournalPort {
  /** Where the journal ends now. @throws JournalUnavailableError, JournalBrokenError */
  head(): Promise<JournalHead>;
  /**
   * Stores `bytes` as the message that follows `expected`, once, and answers the new head. One
   * append at a time: a second one before the first has ended is a bug of the caller.
   *
   * A lost acknowledgement is settled inside: the tail is read back and compared by hash.
   *
   * @throws FencedError when another writer has appended: stop, throw away what ran ahead, replay.
   * @throws JournalUnavailableError when the batch is proven not stored, or when the broker stays
   *   away so long that nothing can be proven (`outcome` says which). The same call may be made
   *   again.
   * @throws JournalBrokenError when the journal is shorter or other than `expected` says.
   */
  append(expected: JournalHead, bytes: Uint8Array): Promise<JournalHead>;
  /** Everything from `fromSeq` up to the head as it was at the call. A gap is an error. */
  read(fromSeq: number): AsyncIterable<JournalEntry>;
  /** As `read`, then live until aborted. Survives reconnects without gap or repetition. */
  follow(fromSeq: number, signal: AbortSignal): AsyncIterable<JournalEntry>;
  close(): Promise<void>;
}

export const EMPTY_HASH = "0".repeat(64);
export const EMPTY_HEAD: JournalHead = { seq: 0, hash: EMPTY_HASH };

/** SHA-256 as 64 hex digits. */
export const sha256 = (bytes: Uint8Array): string => hash("sha256", bytes, "hex");

export const sameHead = (a: JournalHead, b: JournalHead): boolean =>
  a.seq === b.seq && a.hash === b.hash;

/** Another writer lives. Never retried: memory that ran ahead of the journal is thrown away. */
export class FencedError extends Error {
  override readonly name = "FencedError";
  readonly code = "fenced";
  readonly retryable = false;
}

/** The broker is away, or refused for want of room. */
export class JournalUnavailableError extends Error {
  override readonly name = "JournalUnavailableError";
  readonly code = "journal-unavailable";
  readonly retryable = true;
  /** `absent`: the batch is proven not stored. `unknown`: the same append must be made again. */
  readonly outcome: "absent" | "unknown";

  constructor(message: string, outcome: "absent" | "unknown", options?: ErrorOptions) {
    super(message, options);
    this.outcome = outcome;
  }
}

/** The stored journal contradicts itself or what was seen of it before. A person must look. */
export class JournalBrokenError extends Error {
  override readonly name = "JournalBrokenError";
  readonly code = "journal-broken";
  readonly retryable = false;
}
