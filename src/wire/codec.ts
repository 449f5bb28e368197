/** Reads MessagePack that strangers may have written: bounds are checked before obeyed. */
import { BATCH_BYTES_MAX, COMMAND_BYTES_MAX, MESSAGE_DEPTH_MAX } from "../core/limits.ts";

export type DecodeCode =
  | "too-long"
  | "too-deep"
  | "truncated"
  | "trailing-bytes"
  | "type-not-spoken"
  | "key-not-text"
  | "key-forbidden"
  | "key-twice"
  | "number-not-finite"
  | "integer-too-large"
  | "text-not-utf8";

export interface DecodeRefusal {
  readonly ok: false;
  readonly code: DecodeCode;
  readonly reason: string;
}
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

/** Leaves the walk at the first fault; never leaves this file. */
class Refused extends Error {
  readonly code: DecodeCode;
  constructor(code: DecodeCode, reason: string) {
    super(reason);
    this.code = code;
  }
}
// A refusal is an answer, not a fault of ours: its stack is never read and costs much.
const refused = (code: DecodeCode, reason: string): Refused => {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const made = new Refused(code, reason);
  Error.stackTraceLimit = limit;
  return made;
};

const NO_BYTES = Buffer.alloc(0);
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

// One walk at a time: the language is single-threaded and the walk calls nothing that comes back.
let bytes: Buffer = NO_BYTES;
let view: DataView = new DataView(NO_BYTES.buffer);
let at = 0;
let end = 0;
let exact = true;

/** Reads one value that fills the bytes to the last. Never throws for what the bytes hold. */
export function decode(input: Uint8Array, limits: DecodeLimits): Decoded | DecodeRefusal {
  if (input.length > limits.bytesMax) {
    const reason = `a message has at most ${limits.bytesMax} bytes, was ${input.length}`;
    return { ok: false, code: "too-long", reason };
  }
  bytes = Buffer.from(input.buffer, input.byteOffset, input.length);
  view = new DataView(input.buffer, input.byteOffset, input.length);
  at = 0;
  end = input.length;
  exact = limits.integers === "exact";
  try {
    const value = read(limits.depthMax);
    if (at !== end)
      throw refused("trailing-bytes", `a message ends where its value ends, at ${at}`);
    return { ok: true, value };
  } catch (fault) {
    if (fault instanceof Refused) return { ok: false, code: fault.code, reason: fault.message };
    throw fault;
  } finally {
    bytes = NO_BYTES;
  }
}

/** Moves past `count` bytes and answers where they start. */
function take(count: number): number {
  const start = at;
  if (count > end - start) throw refused("truncated", `the message breaks off at byte ${start}`);
  at = start + count;
  return start;
}

function read(depth: number): unknown {
  const head = bytes[take(1)] as number;
  if (head < 0x80) return head;
  if (head < 0x90) return readMap(head & 0x0f, depth);
  if (head < 0xa0) return readArray(head & 0x0f, depth);
  if (head < 0xc0) return readText(head & 0x1f);
  if (head >= 0xe0) return head - 0x100;
  switch (head) {
    case 0xc0:
      return null;
    case 0xc2:
      return false;
    case 0xc3:
      return true;
    case 0xca:
      return finite(view.getFloat32(take(4)));
    case 0xcb:
      return finite(view.getFloat64(take(8)));
    case 0xcc:
      return bytes[take(1)];
    case 0xcd:
      return view.getUint16(take(2));
    case 0xce:
      return view.getUint32(take(4));
    case 0xcf:
      return integer(view.getBigUint64(take(8)));
    case 0xd0:
      return view.getInt8(take(1));
    case 0xd1:
      return view.getInt16(take(2));
    case 0xd2:
      return view.getInt32(take(4));
    case 0xd3:
      return integer(view.getBigInt64(take(8)));
    case 0xd9:
    case 0xda:
    case 0xdb:
      return readText(textLength(head));
    case 0xdc:
      return readArray(view.getUint16(take(2)), depth);
    case 0xdd:
      return readArray(view.getUint32(take(4)), depth);
    case 0xde:
      return readMap(view.getUint16(take(2)), depth);
    case 0xdf:
      return readMap(view.getUint32(take(4)), depth);
    default:
      throw refused("type-not-spoken", `bytes and extensions are not spoken here, at ${at - 1}`);
  }
}

function textLength(head: number): number {
  if (head === 0xd9) return bytes[take(1)] as number;
  return head === 0xda ? view.getUint16(take(2)) : view.getUint32(take(4));
}

function finite(value: number): number {
  if (!Number.isFinite(value)) {
    throw refused("number-not-finite", `a number is finite, was ${value}`);
  }
  if (Object.is(value, -0)) throw refused("number-not-finite", "a number is not negative zero");
  return value;
}

function integer(value: bigint): bigint | number {
  if (exact) return value;
  const near = Number(value);
  if (Number.isSafeInteger(near)) return near;
  throw refused("integer-too-large", "an integer of a command is within 2^53; larger is a text");
}

function readArray(length: number, depth: number): unknown[] {
  if (depth === 0) throw refused("too-deep", "the message is nested too deep");
  // Each element takes a byte at least: a length that lies is met before memory is given to it.
  if (length > end - at)
    throw refused("truncated", `an array of ${length} does not fit the message`);
  const values: unknown[] = [];
  for (let i = 0; i < length; i++) values.push(read(depth - 1));
  return values;
}

/** What every object has without being given it. As keys they would be read where none was sent. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  "prototype",
]);

function readMap(length: number, depth: number): Record<string, unknown> {
  if (depth === 0) throw refused("too-deep", "the message is nested too deep");
  if (length * 2 > end - at) {
    throw refused("truncated", `a map of ${length} does not fit the message`);
  }
  const fields: Record<string, unknown> = {};
  for (let i = 0; i < length; i++) {
    const key = readKey();
    // No forbidden key is ever set, so whatever is already there is a field of this very map.
    if (fields[key] !== undefined) throw refused("key-twice", "a key stands once in a map");
    fields[key] = read(depth - 1);
  }
  return fields;
}

const KEY_BYTES_MAX = 64;
/** The keys of the protocol are few and come again; each slot remembers one. Bounded, by design. */
const KEYS = 4096;
const known: string[] = new Array(KEYS).fill("");

function readKey(): string {
  const head = bytes[take(1)] as number;
  let length: number;
  if (head >= 0xa0 && head < 0xc0) length = head & 0x1f;
  else if (head >= 0xd9 && head <= 0xdb) length = textLength(head);
  else throw refused("key-not-text", "a key is a text");
  if (length > KEY_BYTES_MAX) {
    throw refused("key-forbidden", `a key has at most ${KEY_BYTES_MAX} bytes`);
  }
  const start = take(length);
  let hash = length;
  for (let i = start; i < at; i++) hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0;
  const slot = (hash ^ (hash >>> 12)) & (KEYS - 1);
  const guess = known[slot] as string;
  if (guess.length === length && matches(guess, start)) return guess;
  const key = textAt(start, length);
  if (FORBIDDEN.has(key)) throw refused("key-forbidden", "a key is not a name that objects have");
  // Only plain keys: their length in bytes is their length as a text, which the guess relies on.
  if (key.length === length) known[slot] = key;
  return key;
}

function matches(text: string, start: number): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) !== bytes[start + i]) return false;
  }
  return true;
}

const readText = (length: number): string => textAt(take(length), length);

function textAt(start: number, length: number): string {
  for (let i = start; i < start + length; i++) {
    if ((bytes[i] as number) >= 0x80) return wideText(start, length);
  }
  return bytes.toString("latin1", start, start + length);
}

function wideText(start: number, length: number): string {
  try {
    return utf8.decode(bytes.subarray(start, start + length));
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw refused("text-not-utf8", `a text is valid UTF-8, at byte ${start}`);
  }
}
