/** One journal message as bytes: turns encoded as they come, put together when the batch is closed. */
import { assert } from "../core/assert.ts";
import { BATCH_BYTES_MAX, BATCH_TURNS_MAX } from "../core/limits.ts";
import type { Batch, Turn } from "../protocol/turns.ts";
import { decodeJournal } from "../wire/codec.ts";
import { encode, joinArray } from "../wire/codec-encode.ts";
import { JournalBrokenError, type JournalEntry } from "../wire/journal.ts";

/** What is written; one before is read as well. */
export const BATCH_VERSION = 2;
/** Bytes of a batch beside its turns, more than enough. */
const ENVELOPE = 512;

/** Turns that wait to become one message. */
export class OpenBatch {
  readonly turns: Turn[] = [];
  readonly #parts: Uint8Array[] = [];
  readonly #turnsMax: number;
  #bytes = ENVELOPE;

  constructor(turnsMax = BATCH_TURNS_MAX) {
    this.#turnsMax = turnsMax;
  }

  add(turn: Turn): void {
    const part = encode(turn);
    this.turns.push(turn);
    this.#parts.push(part);
    this.#bytes += part.length;
  }

  /** Full: nothing more is decided until it is under way. */
  get full(): boolean {
    return this.turns.length >= this.#turnsMax || this.#bytes >= BATCH_BYTES_MAX / 2;
  }

  /** [version, fleet, epoch, previous hash, turns]. */
  close(fleet: string, epoch: number, prev: string): Uint8Array {
    const header = [encode(BATCH_VERSION), encode(fleet), encode(epoch), encode(prev)];
    return joinArray([...header, joinArray(this.#parts)]);
  }
}

/**
 * Reads a message back and checks that it belongs here.
 *
 * @param prev hash of the message before; undefined where reading begins in the middle.
 * @throws JournalBrokenError when the bytes are none of ours, of a version we do not know, of another
 *   fleet, or do not follow the message before.
 */
export function readBatch(entry: JournalEntry, fleet: string, prev: string | undefined): Batch {
  const read = decodeJournal(entry.bytes);
  const broken = (why: string): JournalBrokenError =>
    new JournalBrokenError(`journal message ${entry.seq}: ${why}`);
  if (!read.ok) throw broken(read.reason);
  const value = read.value;
  if (!Array.isArray(value) || value.length !== 5) throw broken("it is no batch");
  const [version, of, epoch, before, turns] = value as unknown[];
  if (version !== 1 && version !== BATCH_VERSION)
    throw broken(`version ${String(version)} is not known to this program`);
  if (of !== fleet) throw broken(`it belongs to fleet ${String(of)}, not ${fleet}`);
  if (prev !== undefined && before !== prev)
    throw broken("it does not follow the message before: the chain is broken");
  assert(typeof epoch === "number" && Array.isArray(turns), "a batch of ours is well-formed");
  return { v: version, fleet, epoch, prev: String(before), turns: turns as Turn[] };
}
