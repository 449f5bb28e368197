/** Writes values as MessagePack: the few types that are spoken on the wire, and nothing else. */
import { assert, InvariantError } from "../core/assert.ts";
import { MESSAGE_DEPTH_MAX } from "../core/limits.ts";

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
/** Strings up to here are written by hand: below it the call into native code costs more. */
const SHORT = 48;
const SCRATCH_START = 64 * 1024;
/** A scratch that one giant message has grown past this is not kept. */
const SCRATCH_KEPT = 4 * 1024 * 1024;

let scratch = Buffer.allocUnsafeSlow(SCRATCH_START);
let view = new DataView(scratch.buffer);
let at = 0;

function room(bytes: number): void {
  if (at + bytes <= scratch.length) return;
  const grown = Buffer.allocUnsafeSlow(Math.max(scratch.length * 2, at + bytes));
  scratch.copy(grown, 0, 0, at);
  scratch = grown;
  view = new DataView(scratch.buffer);
}

/**
 * A value as MessagePack.
 *
 * Null, booleans, finite numbers, bigints of 64 bits, well-formed strings, arrays and plain
 * objects. A number never leaves as a 64-bit integer and a bigint always does, so each comes back
 * as what it was. Fields that are undefined are left out. -0 is written as 0.
 *
 * @throws InvariantError on anything else: what we send is made by our own code.
 */
export function encode(value: unknown, depthMax = MESSAGE_DEPTH_MAX): Uint8Array {
  at = 0;
  write(value, depthMax);
  return taken();
}

function taken(): Uint8Array {
  const bytes = Buffer.allocUnsafe(at);
  scratch.copy(bytes, 0, 0, at);
  if (scratch.length > SCRATCH_KEPT) {
    scratch = Buffer.allocUnsafeSlow(SCRATCH_START);
    view = new DataView(scratch.buffer);
  }
  return bytes;
}

/**
 * An array of values that are encoded already: a batch is put together without encoding it twice,
 * and its size is known while it grows (the sum of the parts and at most 5 bytes).
 */
export function joinArray(parts: readonly Uint8Array[]): Uint8Array {
  at = 0;
  room(5);
  arrayHeader(parts.length);
  for (const part of parts) {
    room(part.length);
    scratch.set(part, at);
    at += part.length;
  }
  return taken();
}

function write(value: unknown, depth: number): void {
  if (typeof value === "string") writeString(value);
  else if (typeof value === "number") writeNumber(value);
  else if (typeof value === "bigint") writeBigint(value);
  else if (typeof value === "object" && value !== null) writeNested(value, depth);
  else {
    room(1);
    scratch[at++] = simple(value);
  }
}

function simple(value: unknown): number {
  if (value === null) return 0xc0;
  if (typeof value === "boolean") return value ? 0xc3 : 0xc2;
  throw new InvariantError(`a message holds data only, was ${typeof value}`);
}

function writeNested(value: object, depth: number): void {
  assert(depth > 0, "a message is nested no deeper than the limit");
  if (Array.isArray(value)) writeArray(value, depth);
  else writeMap(value as Readonly<Record<string, unknown>>, depth);
}

function writeArray(values: readonly unknown[], depth: number): void {
  room(5);
  arrayHeader(values.length);
  for (let i = 0; i < values.length; i++) write(values[i], depth - 1);
}

function arrayHeader(length: number): void {
  if (length < 16) scratch[at++] = 0x90 | length;
  else if (length < 0x1_0000) {
    scratch[at++] = 0xdc;
    view.setUint16(at, length);
    at += 2;
  } else {
    scratch[at++] = 0xdd;
    view.setUint32(at, length);
    at += 4;
  }
}

function writeMap(fields: Readonly<Record<string, unknown>>, depth: number): void {
  const proto = Object.getPrototypeOf(fields);
  assert(proto === Object.prototype || proto === null, "a message holds plain objects only");
  const keys = Object.keys(fields);
  const header = at;
  room(5);
  if (keys.length < 16) at += 1;
  else if (keys.length < 0x1_0000) at += 3;
  else at += 5;
  let count = 0;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    const value = fields[key];
    if (value === undefined) continue;
    count += 1;
    writeString(key);
    write(value, depth - 1);
  }
  // Written last, when it is known how many fields were there.
  if (keys.length < 16) scratch[header] = 0x80 | count;
  else if (keys.length < 0x1_0000) {
    scratch[header] = 0xde;
    view.setUint16(header + 1, count);
  } else {
    scratch[header] = 0xdf;
    view.setUint32(header + 1, count);
  }
}

function writeNumber(value: number): void {
  room(9);
  if (value >>> 0 === value) {
    if (value < 0x80) scratch[at++] = value;
    else if (value < 0x100) {
      scratch[at++] = 0xcc;
      scratch[at++] = value;
    } else if (value < 0x1_0000) {
      scratch[at++] = 0xcd;
      view.setUint16(at, value);
      at += 2;
    } else {
      scratch[at++] = 0xce;
      view.setUint32(at, value);
      at += 4;
    }
  } else if (value >> 0 === value) {
    if (value >= -0x20) scratch[at++] = value & 0xff;
    else {
      scratch[at++] = 0xd2;
      view.setInt32(at, value);
      at += 4;
    }
  } else {
    assert(Number.isFinite(value), "a number on the wire is finite");
    scratch[at++] = 0xcb;
    view.setFloat64(at, value);
    at += 8;
  }
}

function writeBigint(value: bigint): void {
  assert(value >= INT64_MIN && value <= INT64_MAX, "an integer on the wire fits 64 bits");
  room(9);
  scratch[at++] = 0xd3;
  view.setBigInt64(at, value);
  at += 8;
}

function writeString(text: string): void {
  const length = text.length;
  // Three bytes for each unit of UTF-16 are always enough.
  room(5 + length * 3);
  if (length <= SHORT && writeAscii(text, length)) return;
  assert(!/\p{Surrogate}/u.test(text), "a text on the wire is well-formed");
  const bytes = Buffer.byteLength(text, "utf8");
  if (bytes < 32) scratch[at++] = 0xa0 | bytes;
  else if (bytes < 0x100) {
    scratch[at++] = 0xd9;
    scratch[at++] = bytes;
  } else if (bytes < 0x1_0000) {
    scratch[at++] = 0xda;
    view.setUint16(at, bytes);
    at += 2;
  } else {
    scratch[at++] = 0xdb;
    view.setUint32(at, bytes);
    at += 4;
  }
  scratch.write(text, at, "utf8");
  at += bytes;
}

/** Writes a short plain text; false, and nothing written, when a character is not ASCII. */
function writeAscii(text: string, length: number): boolean {
  let to = length < 32 ? at + 1 : at + 2;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) return false;
    scratch[to++] = code;
  }
  if (length < 32) scratch[at] = 0xa0 | length;
  else {
    scratch[at] = 0xd9;
    scratch[at + 1] = length;
  }
  at = to;
  return true;
}
