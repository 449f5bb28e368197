/** Walks over MessagePack that strangers may have written, before anything is made of it. */
import { isUtf8 } from "node:buffer";

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

const NO_BYTES = new Uint8Array(0);

// One walk at a time: the language is single-threaded and the walk calls nothing that comes back.
let bytes: Uint8Array = NO_BYTES;
let view: DataView = new DataView(NO_BYTES.buffer);
let at = 0;
let end = 0;
let safeIntegers = false;

/**
 * What is wrong with these bytes, in time and memory bounded by their number.
 *
 * @param safe whether 64-bit integers beyond 2^53 are refused.
 * None: undefined when they are one value of the wire, from the first byte to the last.
 */
export function faultOf(
  input: Uint8Array,
  depthMax: number,
  safe: boolean,
): DecodeRefusal | undefined {
  bytes = input;
  view = new DataView(input.buffer, input.byteOffset, input.length);
  at = 0;
  end = input.length;
  safeIntegers = safe;
  held = 0;
  try {
    walk(depthMax);
    if (at === end) return undefined;
    throw refused("trailing-bytes", `a message ends where its value ends, at ${at}`);
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

function walk(depth: number): void {
  const head = bytes[take(1)] as number;
  if (head < 0x80 || head >= 0xe0) return;
  if (head < 0x90) walkMap(head & 0x0f, depth);
  else if (head < 0xa0) walkArray(head & 0x0f, depth);
  else if (head < 0xc0) walkText(head & 0x1f);
  else walkLong(head, depth);
}

function walkLong(head: number, depth: number): void {
  switch (head) {
    case 0xc0:
    case 0xc2:
    case 0xc3:
      return;
    case 0xca:
      return finite(view.getFloat32(take(4)));
    case 0xcb:
      return finite(view.getFloat64(take(8)));
    case 0xcc:
    case 0xd0:
      take(1);
      return;
    case 0xcd:
    case 0xd1:
      take(2);
      return;
    case 0xce:
    case 0xd2:
      take(4);
      return;
    case 0xcf:
      return integer(view.getUint32(take(8)));
    case 0xd3:
      return integer(view.getInt32(take(8)));
    case 0xd9:
    case 0xda:
    case 0xdb:
      return walkText(textLength(head));
    case 0xdc:
      return walkArray(view.getUint16(take(2)), depth);
    case 0xdd:
      return walkArray(view.getUint32(take(4)), depth);
    case 0xde:
      return walkMap(view.getUint16(take(2)), depth);
    case 0xdf:
      return walkMap(view.getUint32(take(4)), depth);
    default:
      throw refused("type-not-spoken", `bytes and extensions are not spoken here, at ${at - 1}`);
  }
}

function textLength(head: number): number {
  if (head === 0xd9) return bytes[take(1)] as number;
  return head === 0xda ? view.getUint16(take(2)) : view.getUint32(take(4));
}

function finite(value: number): void {
  if (!Number.isFinite(value)) {
    throw refused("number-not-finite", `a number is finite, was ${value}`);
  }
  if (Object.is(value, -0)) throw refused("number-not-finite", "a number is not negative zero");
}

/** By its upper half; a sum that is rounded is beyond 2^53 before and after. */
function integer(upper: number): void {
  if (!safeIntegers) return;
  if (Number.isSafeInteger(upper * 2 ** 32 + view.getUint32(at - 4))) return;
  throw refused("integer-too-large", "an integer of a command is within 2^53; larger is a text");
}

function walkArray(length: number, depth: number): void {
  if (depth === 0) throw refused("too-deep", "the message is nested too deep");
  // Each element takes a byte at least: a length that lies is met before it is obeyed.
  if (length > end - at) {
    throw refused("truncated", `an array of ${length} does not fit the message`);
  }
  for (let i = 0; i < length; i++) walk(depth - 1);
}

const ASCII_END = 0x80;
/** Above this, a call into native code is faster than a look at each byte. */
const SHORT = 32;

function walkText(length: number): void {
  const start = take(length);
  if (length <= SHORT) {
    let i = start;
    while (i < at && (bytes[i] as number) < ASCII_END) i++;
    if (i === at) return;
  }
  wideText(start);
}

function wideText(start: number): void {
  if (isUtf8(bytes.subarray(start, at))) return;
  throw refused("text-not-utf8", `a text is valid UTF-8, at byte ${start}`);
}

/** What every object has without being given it. As keys they would be read where none was sent. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  "prototype",
]);
const KEY_BYTES_MAX = 64;
const mixed = (hash: number, byte: number): number => (Math.imul(hash, 31) + byte) | 0;
const SLOTS = 1_024;
/** By the low bits of its hash: 1 where a key may be a forbidden one and is looked at. */
const suspect = new Uint8Array(SLOTS);
for (const key of FORBIDDEN) {
  suspect[[...Buffer.from(key)].reduce(mixed, key.length) & (SLOTS - 1)] = 1;
}

let keyStart = 0;

/** Moves past a key and answers its hash; its bytes are from `keyStart` to `at`. */
function walkKey(): number {
  const head = bytes[take(1)] as number;
  let length: number;
  if (head >= 0xa0 && head < 0xc0) length = head & 0x1f;
  else if (head >= 0xd9 && head <= 0xdb) length = textLength(head);
  else throw refused("key-not-text", "a key is a text");
  if (length > KEY_BYTES_MAX) {
    throw refused("key-forbidden", `a key has at most ${KEY_BYTES_MAX} bytes`);
  }
  keyStart = take(length);
  let hash = length;
  let all = 0;
  for (let i = keyStart; i < at; i++) {
    const byte = bytes[i] as number;
    hash = (Math.imul(hash, 31) + byte) | 0;
    all |= byte;
  }
  if (all >= ASCII_END) wideText(keyStart);
  if (suspect[hash & (SLOTS - 1)] === 1 && FORBIDDEN.has(latin1(keyStart, at))) {
    throw refused("key-forbidden", "a key is not a name that objects have");
  }
  return hash;
}

/** Another text for other bytes, whatever they are. */
const latin1 = (from: number, to: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("latin1");

/** Keys of the maps that the walk is in, innermost last: their hashes, and where they stand. */
const HELD = 512;
const heldHash = new Int32Array(HELD);
const heldStart = new Uint32Array(HELD);
const heldEnd = new Uint32Array(HELD);
let held = 0;
/** Above this, comparing each key with each would let a small message take long. */
const FEW = 32;

function walkMap(length: number, depth: number): void {
  if (depth === 0) throw refused("too-deep", "the message is nested too deep");
  if (length * 2 > end - at) {
    throw refused("truncated", `a map of ${length} does not fit the message`);
  }
  if (length > FEW || held + length > HELD) return walkLongMap(length, depth);
  const first = held;
  for (let i = 0; i < length; i++) {
    const hash = walkKey();
    for (let k = first; k < held; k++) if (heldHash[k] === hash) refuseSame(k);
    heldHash[held] = hash;
    heldEnd[held] = at;
    heldStart[held] = keyStart;
    held += 1;
    walk(depth - 1);
  }
  held = first;
}

function refuseSame(k: number): void {
  if (latin1(heldStart[k] as number, heldEnd[k] as number) !== latin1(keyStart, at)) return;
  throw refused("key-twice", "a key stands once in a map");
}

function walkLongMap(length: number, depth: number): void {
  const keys = new Set<string>();
  for (let i = 0; i < length; i++) {
    walkKey();
    keys.add(latin1(keyStart, at));
    if (keys.size === i) throw refused("key-twice", "a key stands once in a map");
    walk(depth - 1);
  }
}
