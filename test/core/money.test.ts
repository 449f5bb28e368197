/** Exact money: rounding by name, texts there and back, and the one way back from floats. */
import { fc, test as prop } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import {
  divide,
  formatDecimal,
  fromFloat,
  notional,
  parseDecimal,
  price,
  priceOf,
  qty,
  qtyFor,
} from "../../src/core/money.ts";
import { percent, ratio, share } from "../../src/core/ppm.ts";

describe("rounding", () => {
  test("MON-001: each rounding has its direction, on both sides of zero", () => {
    const all = (a: bigint, b: bigint) =>
      (["up", "down", "floor", "ceil"] as const).map((how) => divide(a, b, how));
    expect(all(7n, 2n)).toEqual([4n, 3n, 3n, 4n]);
    expect(all(-7n, 2n)).toEqual([-4n, -3n, -4n, -3n]);
    expect(all(7n, -2n)).toEqual([-4n, -3n, -4n, -3n]);
    expect(all(6n, 2n)).toEqual([3n, 3n, 3n, 3n]);
    expect(() => divide(1n, 0n, "up")).toThrow("a divisor is not zero");
  });

  prop.prop([
    fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }),
    fc.bigInt({ min: 1n, max: 10n ** 18n }),
  ])(
    "MON-002: always floor <= exact <= ceil, one apart at most, and down is towards zero",
    (a, b) => {
      const floor = divide(a, b, "floor");
      const ceil = divide(a, b, "ceil");
      expect(floor * b <= a && a <= ceil * b).toBe(true);
      expect(ceil - floor === (a % b === 0n ? 0n : 1n)).toBe(true);
      expect(divide(a, b, "down")).toBe(a < 0n ? ceil : floor);
      expect(divide(a, b, "up")).toBe(a < 0n ? floor : ceil);
    },
  );

  prop.prop([fc.bigInt({ min: 1n, max: 10n ** 15n }), fc.bigInt({ min: 1n, max: 10n ** 12n })])(
    "MON-003: always what a value buys is worth no more than it, and one unit more is not",
    (at, size) => {
      const value = notional(price(at), qty(size), "down");
      if (value === 0n) return;
      const bought = qtyFor(value, price(at), "down");
      expect(notional(price(at), bought, "down") <= value).toBe(true);
      expect(notional(price(at), qty(bought + 1n), "up") >= value).toBe(true);
      expect(priceOf(value, qty(size), "down") <= at).toBe(true);
    },
  );
});

describe("texts", () => {
  prop.prop([fc.bigInt({ min: -(10n ** 23n), max: 10n ** 23n }), fc.integer({ min: 0, max: 12 })])(
    "MON-004: always a text is read as what it was written from",
    (value, decimals) => {
      expect(parseDecimal(formatDecimal(value, decimals), decimals)).toBe(value);
    },
  );

  test("MON-005: what is no plain decimal, or finer than the unit, is none", () => {
    for (const text of [
      "",
      "1.",
      ".5",
      "+1",
      "1e3",
      " 1",
      "0x1",
      "1,5",
      "01",
      "NaN",
      "--1",
      "1.1234567",
    ]) {
      expect([text, parseDecimal(text, 6)]).toEqual([text, undefined]);
    }
    expect(parseDecimal("-0.000001", 6)).toBe(-1n);
  });
});

describe("floats", () => {
  test("MON-006: a float comes back as the decimal it is written as, not as its product", () => {
    expect(Math.ceil(2.007 * 1e6)).toBe(2_007_001);
    expect(fromFloat(2.007, 6, "ceil")).toBe(2_007_000n);
    expect(fromFloat(0.1 + 0.2, 6, "ceil")).toBe(300_001n);
    expect(fromFloat(-1.0000001, 6, "floor")).toBe(-1_000_001n);
    expect(fromFloat(1e21, 6, "down")).toBe(10n ** 27n);
    expect(fromFloat(5e-324, 6, "up")).toBe(1n);
    for (const bad of [Number.NaN, Infinity, -Infinity]) {
      expect(() => fromFloat(bad, 6, "up")).toThrow("finite");
    }
  });
});

describe("ratios", () => {
  test("MON-007: per cent is exact where floats are not", () => {
    expect(percent(1)).toBe(10_000);
    expect(percent(0.1)).toBe(1_000);
    expect(share(10n as never, percent(15), "ceil")).toBe(2n);
    expect(ratio(1n, 3n, "ceil")).toBe(333_334);
    expect(ratio(1n, 0n, "ceil")).toBeUndefined();
  });
});
