/** Reads MessagePack that strangers may have written: bounds are checked before obeyed. */
import { Unpackr } from "msgpackr/unpack";
import { BATCH_BYTES_MAX, COMMAND_BYTES_MAX, MESSAGE_DEPTH_MAX } from "../core/limits.ts";
import { type DecodeRefusal, faultOf } from "./codec-check.ts";

export interface Decoded {
  readonly ok: true;
  /** Null, boolean, number, bigint, string, arrays and plain objects of these. */
  readonly value: unknown;
}

export interface DecodeLimits {
  readonly bytesMax: number;
  readonly depthMax: number;
  /**
   * What a 64-bit integer becomes. `exact`: always a bigint; in the journal `encode` wrote it of
   * one. `number`: a number, refused beyond 2^53; commands, where other languages write times so.
   */
  readonly integers: "exact" | "number";
}

const COMMAND: DecodeLimits = {
  bytesMax: COMMAND_BYTES_MAX,
  depthMax: MESSAGE_DEPTH_MAX,
  integers: "number",
};
const JOURNAL: DecodeLimits = {
  bytesMax: BATCH_BYTES_MAX + 4 * COMMAND_BYTES_MAX,
  depthMax: MESSAGE_DEPTH_MAX,
  integers: "exact",
};

/** One command, reply, beat or lease. */
export const decodeCommand = (bytes: Uint8Array): Decoded | DecodeRefusal => decode(bytes, COMMAND);
/** One journal message: up to what the broker takes. */
export const decodeJournal = (bytes: Uint8Array): Decoded | DecodeRefusal => decode(bytes, JOURNAL);

const PLAIN = { useRecords: false, mapsAsObjects: true } as const;
const unpackrs = {
  exact: new Unpackr({ ...PLAIN, int64AsType: "bigint" }),
  number: new Unpackr({ ...PLAIN, int64AsType: "number" }),
} as const;

/**
 * Reads one value that fills the bytes to the last. Never throws for what the bytes hold.
 *
 * The library obeys lengths, extensions and keys as they come and repairs bad UTF-8, so it is given
 * only what a walk over all of the bytes has found to be a value of the wire.
 */
export function decode(bytes: Uint8Array, limits: DecodeLimits): Decoded | DecodeRefusal {
  const { bytesMax, depthMax, integers } = limits;
  if (bytes.length > bytesMax) {
    const reason = `a message has at most ${bytesMax} bytes, was ${bytes.length}`;
    return { ok: false, code: "too-long", reason };
  }
  const fault = faultOf(bytes, depthMax, integers === "number");
  return fault ?? { ok: true, value: unpackrs[integers].unpack(bytes) };
}
