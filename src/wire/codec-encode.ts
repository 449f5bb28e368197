/** Writes values as MessagePack: the few types that are spoken on the wire, and nothing else. */
import { Packr } from "msgpackr/pack";
import { assert, InvariantError } from "../core/assert.ts";
import { MESSAGE_DEPTH_MAX } from "../core/limits.ts";

/** In every engine that runs this, and younger than the library of types that is compiled with. */
declare global {
  interface String {
    isWellFormed(): boolean;
  }
}

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

// Records would make a message readable only after those before it; so each names its own keys.
const PLAIN = { useRecords: false, variableMapSize: true } as const;
const packr = new Packr(PLAIN);
/** Leaves fields out that are undefined; looking for them makes it slower, so it is used then only. */
const leavingOut = new Packr({ ...PLAIN, ...{ skipValues: [undefined] } });

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
  return (hasGaps(value, depthMax) ? leavingOut : packr).pack(value);
}

/**
 * An array of values that are encoded already: a batch is put together without encoding it twice,
 * and its size is known while it grows (the sum of the parts and at most 5 bytes).
 */
export const joinArray = (parts: readonly Uint8Array[]): Uint8Array =>
  Buffer.concat([arrayHeader(parts.length), ...parts]);

function arrayHeader(length: number): Uint8Array {
  if (length < 16) return Uint8Array.of(0x90 | length);
  if (length < 0x1_0000) return Uint8Array.of(0xdc, length >> 8, length & 0xff);
  return Uint8Array.of(
    0xdd,
    length >>> 24,
    (length >> 16) & 0xff,
    (length >> 8) & 0xff,
    length & 0xff,
  );
}

/** Whether a field somewhere within is undefined. @throws InvariantError for what is not spoken. */
function hasGaps(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case "string":
      assert(value.isWellFormed(), "a text on the wire is well-formed");
      return false;
    case "number":
      assert(Number.isFinite(value), "a number on the wire is finite");
      return false;
    case "bigint":
      assert(value >= INT64_MIN && value <= INT64_MAX, "an integer on the wire fits 64 bits");
      return false;
    case "boolean":
      return false;
    case "object":
      if (value === null) return false;
      assert(depth > 0, "a message is nested no deeper than the limit");
      if (Array.isArray(value)) return listHasGaps(value, depth - 1);
      return mapHasGaps(value as Readonly<Record<string, unknown>>, depth - 1);
    default:
      throw new InvariantError(`a message holds data only, was ${typeof value}`);
  }
}

function listHasGaps(values: readonly unknown[], depth: number): boolean {
  let gaps = false;
  for (let i = 0; i < values.length; i++) if (hasGaps(values[i], depth)) gaps = true;
  return gaps;
}

function mapHasGaps(fields: Readonly<Record<string, unknown>>, depth: number): boolean {
  const proto = Object.getPrototypeOf(fields);
  assert(proto === Object.prototype || proto === null, "a message holds plain objects only");
  const keys = Object.keys(fields);
  let gaps = false;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    assert(key.isWellFormed(), "a text on the wire is well-formed");
    const value = fields[key];
    if (value === undefined || hasGaps(value, depth)) gaps = true;
  }
  return gaps;
}
