/** The codec: everything of ours comes back as it was, everything hostile is refused by its code. */
import fc from "fast-check";
import { Packr, pack, unpack } from "msgpackr/pack";
import { describe, expect, test } from "vitest";
import { BATCH_BYTES_MAX, COMMAND_BYTES_MAX, MESSAGE_DEPTH_MAX } from "../../src/core/limits.ts";
import { decode, decodeCommand, decodeJournal } from "../../src/wire/codec.ts";
import type { DecodeCode } from "../../src/wire/codec-check.ts";
import { encode, joinArray } from "../../src/wire/codec-encode.ts";

/** The library as others use it, with and without its shortest maps. */
const other = new Packr({ useRecords: false, variableMapSize: true });
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const hex = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replace(/ /g, ""), "hex"));

const plainKey = fc.oneof(
  fc.constantFrom("id", "market", "type", "0", "17", "ключ", ""),
  fc.string({ maxLength: 20, unit: "grapheme" }),
);
const isFree = (key: string): boolean =>
  !(key in {}) && key !== "prototype" && Buffer.byteLength(key) <= 64;
const number = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
  fc.constantFrom(0, 127, 128, 255, 256, 65535, 65536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, -1, -32, -33),
  fc.constantFrom(-128, -129, -32768, -(2 ** 31), 1.7e12, 2 ** 53 - 1, 2 ** 53, 5e-324, 1e308),
);
const integer = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -300n, max: 300n }),
);
const text = fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ maxLength: 300 }));
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: "small" },
    fc.oneof(fc.constant(null), fc.boolean(), number, integer, text),
    fc.array(tie("value"), { maxLength: 20 }),
    fc.dictionary(plainKey.filter(isFree), tie("value"), { maxKeys: 20, noNullPrototype: true }),
  ),
}));

describe("what is written is read back", () => {
  test("COD-001: always any value of the wire comes back as it was, bigints as bigints", () => {
    fc.assert(
      fc.property(value, (sent) => {
        expect(decodeJournal(encode(sent))).toStrictEqual({ ok: true, value: sent });
      }),
      { numRuns: 1_000 },
    );
  });

  test("COD-002: always the library alone reads the same", () => {
    fc.assert(
      fc.property(value, (sent) => {
        expect(other.unpack(encode(sent))).toEqual(sent);
        expect(unpack(encode(sent))).toEqual(sent);
      }),
      { numRuns: 500 },
    );
  });

  test("COD-003: always what the library alone writes is read the same", () => {
    fc.assert(
      fc.property(value, (sent) => {
        expect(decodeJournal(other.pack(sent))).toEqual({ ok: true, value: sent });
        expect(decodeJournal(pack(sent))).toEqual({ ok: true, value: sent });
      }),
      { numRuns: 500 },
    );
  });

  test("COD-004: a time in milliseconds stays a number, a small bigint stays a bigint", () => {
    const sent = { at: 1_713_000_000_123, one: 1n, minus: -1n, count: 1 };
    expect(decodeJournal(encode(sent))).toStrictEqual({ ok: true, value: sent });
  });

  test("COD-005: a 64-bit integer in a command is a number, and refused beyond 2^53", () => {
    expect(decodeCommand(encode(1_713_000_000_123n))).toEqual({
      ok: true,
      value: 1_713_000_000_123,
    });
    expect(decodeCommand(encode(2n ** 53n))).toMatchObject({ code: "integer-too-large" });
    expect(decodeCommand(encode(-(2n ** 53n)))).toMatchObject({ code: "integer-too-large" });
    expect(decodeCommand(hex("cf ffffffffffffffff"))).toMatchObject({ code: "integer-too-large" });
  });

  test("COD-006: fields that are undefined are left out and -0 is written as 0", () => {
    expect(decodeCommand(encode({ a: undefined, b: -0 }))).toStrictEqual({
      ok: true,
      value: { b: 0 },
    });
    const many = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`k${i}`, i % 2 || undefined]),
    );
    const kept = Object.fromEntries(Object.entries(many).filter(([, v]) => v !== undefined));
    expect(decodeCommand(encode(many))).toStrictEqual({ ok: true, value: kept });
  });

  test("COD-007: always parts that are joined read as the array of their values", () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 40 }), (values) => {
        const joined = joinArray(values.map((each) => encode(each)));
        expect(Buffer.compare(joined, encode(values))).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test("COD-008: long arrays, long maps and long texts come back", () => {
    const sent = {
      list: Array.from({ length: 70_000 }, (_, i) => i & 0xff),
      map: Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`key${i}`, i])),
      text: "é".repeat(40_000),
    };
    const limits = { bytesMax: 2 ** 24, depthMax: 4, integers: "exact" } as const;
    expect(decode(encode(sent), limits)).toEqual({ ok: true, value: sent });
  });

  test("COD-011: two keys of one length and one hash are two keys, in short maps and long ones", () => {
    const sent: Record<string, number> = { Aa: 1, BB: 2 };
    expect(decodeCommand(encode(sent))).toEqual({ ok: true, value: sent });
    for (let i = 0; i < 40; i++) sent[`k${i}`] = i;
    expect(decodeCommand(encode(sent))).toEqual({ ok: true, value: sent });
  });

  test("COD-012: maps of many keys within each other, to the deepest, come back", () => {
    const keys = Array.from({ length: 32 }, (_, i) => [`k${i}`, i] as const);
    let sent: Record<string, unknown> = Object.fromEntries(keys);
    for (let i = 0; i < 15; i++) sent = { ...Object.fromEntries(keys.slice(1)), k0: sent };
    const limits = { bytesMax: 2 ** 20, depthMax: 16, integers: "exact" } as const;
    expect(decode(encode(sent), limits)).toEqual({ ok: true, value: sent });
  });

  test("COD-009: a view into a larger buffer is read from its own bytes only", () => {
    const inner = encode({ id: "abc", n: 1.5 });
    const outer = new Uint8Array(inner.length + 20).fill(0xff);
    outer.set(inner, 7);
    expect(decodeCommand(outer.subarray(7, 7 + inner.length))).toMatchObject({ ok: true });
    expect(decodeCommand(outer.subarray(7, 6 + inner.length))).toMatchObject({ code: "truncated" });
  });

  test.each([
    ["NaN", Number.NaN],
    ["an infinity", Number.POSITIVE_INFINITY],
    ["a function", () => 1],
    ["a map", new Map()],
    ["a date", new Date(0)],
    ["bytes", bytes(1)],
    ["65 bits", 2n ** 63n],
    ["half a character", "\ud800"],
    ["a symbol", Symbol("x")],
  ])("COD-010: %s is never sent: it is our own bug", (_, bad) => {
    expect(() => encode({ bad })).toThrow(/on the wire|a message holds/);
    expect(decodeCommand(encode({ good: 1 }))).toMatchObject({ ok: true });
  });
});

const nested = (depth: number): Uint8Array =>
  Uint8Array.from([...new Array<number>(depth).fill(0x91), 0xc0]);

/** Forty keys, k0 to k39, each with a 1. */
const LONG_MAP = Array.from({ length: 40 }, (_, i) => {
  const key = Buffer.from(`k${i}`);
  return `a${key.length}${key.toString("hex")}01`;
}).join("");

const HOSTILE: readonly (readonly [string, Uint8Array, DecodeCode])[] = [
  ["nothing", bytes(), "truncated"],
  ["a byte too many", bytes(0xc0, 0xc0), "trailing-bytes"],
  ["the byte that is never used", bytes(0xc1), "type-not-spoken"],
  ["bytes", hex("c4 01 00"), "type-not-spoken"],
  ["bytes of 4 GB", hex("c6 ffffffff"), "type-not-spoken"],
  ["an extension", hex("d4 01 00"), "type-not-spoken"],
  ["an extension of 4 GB", hex("c9 ffffffff 01"), "type-not-spoken"],
  ["a timestamp extension", hex("d6 ff 00000000"), "type-not-spoken"],
  ["an undefined of msgpackr", hex("d4 00 00"), "type-not-spoken"],
  ["a record definition of msgpackr", hex("d4 72 40 91 a1 61 01"), "type-not-spoken"],
  ["an array of 4 billion", hex("dd ffffffff"), "truncated"],
  ["a map of 4 billion", hex("df ffffffff"), "truncated"],
  ["a text of 4 GB", hex("db ffffffff 61"), "truncated"],
  ["a key of 4 GB", hex("81 db ffffffff 61 01"), "key-forbidden"],
  ["half a number", hex("cb 3ff0"), "truncated"],
  ["NaN", hex("cb 7ff8000000000000"), "number-not-finite"],
  ["a small NaN", hex("ca 7fc00000"), "number-not-finite"],
  ["infinity", hex("cb 7ff0000000000000"), "number-not-finite"],
  ["minus infinity", hex("ca ff800000"), "number-not-finite"],
  ["minus zero", hex("cb 8000000000000000"), "number-not-finite"],
  ["a small minus zero", hex("ca 80000000"), "number-not-finite"],
  ["a key twice", hex("82 a1 61 01 a1 61 02"), "key-twice"],
  ["a key twice, in two lengths", hex("82 a1 61 c0 d9 01 61 c0"), "key-twice"],
  ["a key twice in a long map", hex(`de0029 ${LONG_MAP} a2 6b30 01`), "key-twice"],
  ["a key twice after another map", hex("83 a1 61 01 a1 62 81 a1 61 01 a1 61 02"), "key-twice"],
  ["bad UTF-8 in a long text", hex(`d9 40 ${"61".repeat(63)}ff`), "text-not-utf8"],
  ["a number as key", hex("81 01 01"), "key-not-text"],
  ["null as key", hex("81 c0 01"), "key-not-text"],
  ["a map as key", hex("81 80 01"), "key-not-text"],
  ["an overlong character", hex("a2 c080"), "text-not-utf8"],
  ["half a surrogate", hex("a3 eda080"), "text-not-utf8"],
  ["a cut character", hex("a1 c3"), "text-not-utf8"],
  ["bad UTF-8 in a key", hex("81 a1 ff 01"), "text-not-utf8"],
  ["a nesting one too deep", nested(MESSAGE_DEPTH_MAX + 1), "too-deep"],
  ["a nesting of 16,000", nested(16_000), "too-deep"],
  ["a byte over the limit", new Uint8Array(COMMAND_BYTES_MAX + 1).fill(0xc0), "too-long"],
  ["10 MB", new Uint8Array(10_000_000).fill(0x91), "too-long"],
];

const FORBIDDEN_KEYS = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "valueOf",
  "hasOwnProperty",
  "__defineGetter__",
];

describe("what strangers write is refused with its code", () => {
  test.each(HOSTILE)("COD-020: %s is refused", (_, input, code) => {
    expect(decodeCommand(input)).toMatchObject({ ok: false, code });
  });

  test.each(FORBIDDEN_KEYS)("COD-021: the key %s is refused and changes no object", (key) => {
    const raw = Buffer.from(key, "latin1");
    const message = Buffer.concat([
      bytes(0x81, 0xa0 | raw.length),
      raw,
      bytes(0x81, 0xa1, 0x78, 1),
    ]);
    expect(decodeCommand(message)).toMatchObject({ ok: false, code: "key-forbidden" });
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });

  test("COD-022: the deepest nesting that is allowed is read", () => {
    expect(decodeCommand(nested(MESSAGE_DEPTH_MAX))).toMatchObject({ ok: true });
  });

  test("COD-023: always arbitrary bytes are read or refused, never thrown at the caller", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        const read = decodeCommand(noise);
        if (read.ok) expect(decodeCommand(encode(read.value))).toEqual(read);
        else expect(read.reason).not.toBe("");
      }),
      { numRuns: 5_000 },
    );
  });

  test("COD-024: always a message with one byte changed or cut is read or refused", () => {
    fc.assert(
      fc.property(value, fc.nat(), fc.nat(255), fc.boolean(), (sent, where, byte, cut) => {
        const broken = Uint8Array.from(encode(sent));
        const index = where % broken.length;
        if (cut) {
          expect(decodeJournal(broken.subarray(0, index))).toMatchObject({ ok: false });
          return;
        }
        broken[index] = byte;
        expect(typeof decodeJournal(broken).ok).toBe("boolean");
      }),
      { numRuns: 2_000 },
    );
  });

  test("COD-025: the journal takes a full batch and refuses more than the broker would", () => {
    const full = encode("x".repeat(BATCH_BYTES_MAX));
    expect(decodeJournal(full)).toMatchObject({ ok: true });
    expect(decodeJournal(encode("x".repeat(1024 * 1024)))).toMatchObject({ code: "too-long" });
  });

  test("COD-026: a refusal leaves nothing behind for the next message", () => {
    expect(decodeCommand(nested(100)).ok).toBe(false);
    expect(decodeCommand(encode({ a: [1, 2] }))).toEqual({ ok: true, value: { a: [1, 2] } });
  });

  test("COD-027: reading takes no native code, whether it is installed or not", async () => {
    const library: Readonly<Record<string, unknown>> = await import("msgpackr/unpack");
    expect(library["isNativeAccelerationEnabled"]).toBe(false);
  });
});
