/** Fields of the wire: what is an amount, a name, a time, and all that is none. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { z } from "zod";
import { assetId, USDC } from "../../src/core/ids.ts";
import { AMOUNT_MAX } from "../../src/core/limits.ts";
import { formatMicro, formatPrice, formatQty, formatUnits } from "../../src/core/money.ts";
import * as fields from "../../src/protocol/fields.ts";

const takes = (field: z.ZodType, value: unknown): boolean => field.safeParse(value).success;
const refusesAll = (field: z.ZodType, values: readonly unknown[]): void => {
  expect(values.filter((value) => takes(field, value))).toEqual([]);
};

/** Nothing of this is an amount, whatever it is an amount of. */
const NO_AMOUNTS: readonly unknown[] = [
  ...[
    "",
    " ",
    "NaN",
    "Infinity",
    "-Infinity",
    "1e3",
    "1E-9",
    "0x10",
    "+1",
    "1.",
    ".5",
    "01",
    "1,000",
    "1 ",
    " 1",
  ],
  ...[
    "-1",
    "-0.000001",
    "1_000",
    "１",
    "1.0000000001",
    "9".repeat(30),
    `0.${"0".repeat(60)}1`,
    "1\n",
    "null",
  ],
  ...[
    1,
    0,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    10n,
    true,
    null,
    undefined,
    {},
    [],
    ["1"],
    new Date(0),
  ],
];

describe("amounts", () => {
  test("FLD-001: what is no plain decimal text above zero is no amount, quantity or price", () => {
    for (const field of [fields.amount, fields.quantity, fields.priceField]) {
      refusesAll(field, [...NO_AMOUNTS, "0", "-0", "0.0"]);
    }
    refusesAll(fields.amountOrZero, NO_AMOUNTS);
    expect(fields.amountOrZero.parse("0")).toBe(0n);
  });

  test("FLD-002: an amount has at most its unit's decimals, and at most the largest value", () => {
    expect(fields.amount.parse("1.000001")).toBe(1_000_001n);
    refusesAll(fields.amount, ["1.0000001", "0.0000001", "1000000000000.000001"]);
    expect(fields.amount.parse("1000000000000")).toBe(AMOUNT_MAX);
    expect(fields.quantity.parse("0.00000001")).toBe(1n);
    refusesAll(fields.quantity, ["0.000000001", "10000000000.00000001"]);
    expect(fields.priceField.parse("10000000000")).toBe(AMOUNT_MAX);
  });

  test("FLD-003: always what is written is read back the same", () => {
    const whole = fc.bigInt({ min: 1n, max: AMOUNT_MAX });
    fc.assert(
      fc.property(whole, (value) => {
        expect(fields.amount.parse(formatMicro(value as never))).toBe(value);
        expect(fields.quantity.parse(formatQty(value as never))).toBe(value);
        expect(fields.priceField.parse(formatPrice(value as never))).toBe(value);
        for (const asset of [USDC, assetId("ETH")]) {
          expect(fields.assetAmount(asset, formatUnits(value as never, asset))).toBe(value);
        }
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test("FLD-004: always any text is read exactly or refused, and never throws", () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^-?\d{0,20}\.?\d{0,10}$/));
    fc.assert(
      fc.property(text, (given) => {
        const read = fields.amount.safeParse(given);
        if (!read.success) return;
        expect(read.data > 0n && read.data <= AMOUNT_MAX).toBe(true);
        expect(Number(formatMicro(read.data))).toBeCloseTo(Number(given), 5);
      }),
      { seed: 2, numRuns: 500 },
    );
  });

  test("FLD-005: an amount of an asset is read by its own decimals", () => {
    expect(fields.assetAmount(USDC, "1.5")).toBe(1_500_000n);
    expect(fields.assetAmount(assetId("ETH"), "1.5")).toBe(150_000_000n);
    expect(fields.assetAmount(USDC, "0.0000001")).toBeUndefined();
    for (const bad of ["0", "-1", "NaN", "", "1e3", "9".repeat(24)]) {
      expect(fields.assetAmount(USDC, bad)).toBeUndefined();
    }
  });
});

describe("names", () => {
  const PROTOTYPE = ["__proto__", "toString", "hasOwnProperty"];

  test("FLD-006: agents and markets are 1 to 32 of a-z, 0-9 and -, and no word of a prototype is one", () => {
    const bad = [
      "",
      "A",
      "a.b",
      "a b",
      "a*",
      ">",
      "a\n",
      "ä",
      "a".repeat(33),
      ...PROTOTYPE,
      1,
      null,
    ];
    for (const field of [fields.agentField, fields.marketField]) {
      refusesAll(field, bad);
      expect([field.parse("a"), field.parse("a-1".padEnd(32, "x"))]).toHaveLength(2);
    }
  });

  test("FLD-007: an id has at most 64 plain characters, an asset at most 16", () => {
    refusesAll(fields.idField, [
      "",
      "a/b",
      "a b",
      "a".repeat(65),
      "a\u202e",
      "a\0",
      "<b>",
      "*",
      1,
      {},
    ]);
    expect(fields.idField.parse("A-z.0_9:x")).toBe("A-z.0_9:x");
    expect(takes(fields.idField, "a".repeat(64))).toBe(true);
    refusesAll(fields.assetField, ["", "usdc", "US DC", "A".repeat(17), "A-B", ...PROTOTYPE]);
    expect(takes(fields.assetField, "A".repeat(16))).toBe(true);
  });

  test("FLD-008: a note has no control, direction or line characters, and at most 200", () => {
    refusesAll(fields.noteField, [
      "a\n",
      "\u0007",
      "\u202e",
      "\u200b",
      "\u2028",
      "\u001b[31m",
      "a".repeat(201),
      1,
    ]);
    expect(
      takes(fields.noteField, "A note, with 'quotes' & <angles>: naïve ✓".padEnd(200, ".")),
    ).toBe(true);
  });
});

describe("numbers", () => {
  const NO_WHOLES = [Number.NaN, Number.POSITIVE_INFINITY, 1.5, -1, 2 ** 53, "1", 1n, null];

  test("FLD-009: ratios, leverages, times and durations are whole, and within their bounds", () => {
    const bounds = [
      [fields.ppmField, 0, 1_000_000_000],
      [fields.leverageField, 1, 200_000_000],
      [fields.timeField, 0, 8_640_000_000_000],
      [fields.durationField, 1, 315_360_000_000],
    ] as const;
    for (const [field, least, most] of bounds) {
      expect([takes(field, least), takes(field, most)]).toEqual([true, true]);
      refusesAll(field, [...NO_WHOLES, least - 1, most + 1]);
    }
  });
});
