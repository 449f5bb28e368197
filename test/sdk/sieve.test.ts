/** Sieves: what passes is what the schema would give back, and what is usual passes. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { sieveOf } from "../../src/sdk/sieve.ts";

const inner = z.looseObject({ name: z.string().max(3), size: z.number().int() });

/** Schemas of every kind that is known to a sieve, and of some that are not. */
const SCHEMAS = {
  text: z.string(),
  short: z.string().max(3),
  pattern: z.string().regex(/^a+$/),
  sticky: z.string().regex(/a/g),
  twoPatterns: z.string().regex(/a/).regex(/b/),
  longEnough: z.string().min(2),
  lowered: z.string().toLowerCase(),
  number: z.number(),
  whole: z.number().int(),
  above: z.number().gt(1),
  yes: z.boolean(),
  word: z.enum(["a", "ab"]),
  fixed: z.literal([1, "a"]),
  list: z.array(z.number().int()).max(2),
  listOfSome: z.array(z.number()).min(1),
  record: z.record(z.string(), z.number()),
  keyed: z.record(z.string().max(1), z.number()),
  either: z.union([z.string().max(1), z.literal("abc")]),
  changedFirst: z.union([z.string().transform((text) => `${text}!`), z.string()]),
  custom: z.custom<string>((given) => typeof given === "string" && given.length <= 2),
  truthy: z.custom<string>((given) => (given === "a" ? 1 : 0)),
  object: inner,
  partly: z.looseObject({ name: z.string().exactOptional(), inner: inner.nullish() }),
  defaulted: z.looseObject({ name: z.string().default("b") }),
  stripped: z.object({ name: z.string() }),
  strict: z.strictObject({ name: z.string() }),
  refined: z.looseObject({ name: z.string() }).refine(({ name }) => name !== "a"),
  changed: z.looseObject({ name: z.string().transform((text) => text.length) }),
} as const satisfies Record<string, z.ZodType>;

const leaf = fc.oneof(
  fc.constantFrom<unknown>("", "a", "ab", "abc", "abcd", "aaa", "A", null, undefined, true, false),
  fc.constantFrom<unknown>(0, 1, 2, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60, 1n),
);
const object = fc.record(
  { name: leaf, size: leaf, inner: leaf, other: leaf },
  { requiredKeys: [], noNullPrototype: true },
);
const given = fc.oneof(
  leaf,
  fc.array(leaf, { maxLength: 3 }),
  object,
  fc.record({ name: leaf, inner: object }, { requiredKeys: [], noNullPrototype: true }),
);

describe("a sieve", () => {
  test.each(Object.entries(SCHEMAS))(
    "SIV-001: always what passes comes out of %s as it went in",
    (_, schema) => {
      const passes = sieveOf(schema);
      fc.assert(
        fc.property(given, (value) => {
          if (!passes(value)) return;
          expect(schema.safeParse(value)).toStrictEqual({ success: true, data: value });
        }),
        { numRuns: 300 },
      );
    },
  );

  test.each([
    ["short", "abc"],
    ["pattern", "aaa"],
    ["whole", -1],
    ["number", 1.5],
    ["word", "ab"],
    ["fixed", "a"],
    ["list", [1, 2]],
    ["record", { a: 1, b: 0.5 }],
    ["either", "abc"],
    ["custom", "ab"],
    ["twoPatterns", "ab"],
    ["object", { name: "abc", size: 1, newer: "field" }],
    ["partly", {}],
    ["partly", { name: "a", inner: { name: "", size: 0 } }],
    ["partly", { inner: null }],
  ] as const)("SIV-002: what %s is for passes: %j", (name, value) => {
    expect(sieveOf(SCHEMAS[name])(value)).toBe(true);
  });

  test.each([
    ["short", "abcd"],
    ["pattern", "ab"],
    ["whole", 1.5],
    ["whole", 2 ** 60],
    ["number", Number.NaN],
    ["word", "b"],
    ["list", [1, 2, 3]],
    ["list", [1, "a"]],
    ["record", { a: "1" }],
    ["either", "ab"],
    ["object", { name: "abc" }],
    ["object", { name: "abcd", size: 1 }],
    ["object", [1]],
    ["object", null],
    ["partly", { name: undefined }],
    ["stripped", { name: "a", other: 1 }],
    ["lowered", "A"],
  ] as const)("SIV-003: what is not for %s does not pass: %j", (name, value) => {
    expect(sieveOf(SCHEMAS[name])(value)).toBe(false);
  });

  test("SIV-004: a pattern that remembers its place is asked as if it did not", () => {
    const passes = sieveOf(SCHEMAS.sticky);
    expect([passes("a"), passes("a"), passes("a")]).toEqual([true, true, true]);
  });
});
