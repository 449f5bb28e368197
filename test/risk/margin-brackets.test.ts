/** Brackets in plain numbers against the integer form, and rates that grow with size. */
import { fc, test as prop } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { micro } from "../../src/core/money.ts";
import { ppm } from "../../src/core/ppm.ts";
import { maintenanceMargin } from "../../src/risk/margin.ts";
import {
  bracketMargin,
  bracketsFault,
  cumulativeAmounts,
  maintenanceOf,
} from "../../src/risk/margin-brackets.ts";
import {
  linearSizeRate,
  openInterestInitialRate,
  sizeDiscountAssetWeight,
  sizePremiumLiabilityWeight,
} from "../../src/risk/margin-rates.ts";
import { taken } from "./reference-series.ts";

const TABLE = [
  { upTo: 50_000, initial: 0.008, maintenance: 0.004 },
  { upTo: 600_000, initial: 0.01, maintenance: 0.005 },
  { upTo: 3_000_000, initial: 0.0135, maintenance: 0.0065 },
];
const TIERS = TABLE.map((b) => ({
  upTo: micro(BigInt(b.upTo) * 1_000_000n),
  initial: ppm(Math.round(b.initial * 1e6)),
  maintenance: ppm(Math.round(b.maintenance * 1e6)),
}));

describe("margin brackets", () => {
  prop.prop([fc.integer({ min: 0, max: 3_000_000 })])(
    "BRACKET-001: always equal to the integer form within its rounding",
    (notional) => {
      const exact = Number(maintenanceMargin(TIERS, micro(BigInt(notional) * 1_000_000n))) / 1e6;
      expect(taken(bracketMargin(TABLE, notional)).maintenance).toBeCloseTo(exact, 5);
    },
  );

  test("BRACKET-002: a notional beyond the table is refused, or extends the last bracket", () => {
    expect(bracketMargin(TABLE, 3_000_001)).toMatchObject({ ok: false, code: "out-of-range" });
    expect(taken(bracketMargin(TABLE, 4_000_000, { beyond: "extend" })).maintenance).toBeCloseTo(
      4_000_000 * 0.0065 - 950,
      6,
    );
  });

  test("BRACKET-003: leverage below the bracket's maximum raises the initial margin only", () => {
    const answer = taken(bracketMargin(TABLE, 10_000, { leverage: 10 }));
    expect(answer).toMatchObject({ initial: 1_000, maintenance: 40, maxLeverage: 125, index: 0 });
    expect(taken(bracketMargin(TABLE, 10_000, { leverage: 500 })).initial).toBe(80);
  });

  test("BRACKET-004: many notionals add up; an empty list is refused", () => {
    expect(taken(maintenanceOf(TABLE, [10_000, 50_000])).total).toBe(240);
    expect(maintenanceOf(TABLE, [])).toMatchObject({ code: "empty" });
    expect(maintenanceOf(TABLE, [1, Number.NaN])).toMatchObject({ code: "not-finite" });
    expect(bracketMargin(TABLE, -1)).toMatchObject({ code: "out-of-range" });
    expect(bracketMargin(TABLE, 1, { leverage: 0 })).toMatchObject({ code: "out-of-range" });
  });

  test("BRACKET-005: what is not a table is named", () => {
    const last = { upTo: Number.POSITIVE_INFINITY, initial: 0.1, maintenance: 0.05 };
    expect(bracketsFault([...TABLE, last])).toBeUndefined();
    expect(bracketsFault([])?.code).toBe("empty");
    expect(bracketsFault([last, last])?.code).toBe("out-of-range");
    expect(bracketsFault([{ ...last, maintenance: 0.2 }])?.code).toBe("out-of-range");
    expect(bracketsFault([{ ...last, maintenance: Number.NaN }])?.code).toBe("not-finite");
    expect(bracketsFault([last, { ...last, upTo: Number.NaN }])?.code).toBe("out-of-range");
    const falling = [TABLE[1] ?? last, { ...last, initial: 0.009, maintenance: 0.005 }];
    expect(bracketsFault(falling)?.code).toBe("out-of-range");
    expect(cumulativeAmounts([])).toMatchObject({ code: "empty" });
  });
});

describe("rates that grow with size", () => {
  test("RATE-001: an asset's weight never rises and a liability's never falls with size", () => {
    let asset = 1;
    let owed = 0;
    for (const size of [0, 1, 100, 1e4, 1e6, 1e9]) {
      const a = taken(sizeDiscountAssetWeight(size, 1e-4, 0.9));
      const l = taken(sizePremiumLiabilityWeight(size, 1e-4, 1.1));
      expect(a).toBeLessThanOrEqual(asset);
      expect(l).toBeGreaterThanOrEqual(owed);
      [asset, owed] = [a, l];
    }
    expect(taken(sizeDiscountAssetWeight(1e9, 1e-5, 0.9, { step: 0 }))).toBeCloseTo(
      1.1 / (1 + 1e-5 * Math.sqrt(1e9)),
      12,
    );
  });

  test("RATE-002: the initial rate rises in a line between the caps of open interest", () => {
    const scale = { base: 0.1, lowerCap: 100, upperCap: 200 };
    const at = (open: number) => taken(openInterestInitialRate(open, scale));
    expect([0, 100, 150, 200, 999].map(at)).toEqual([0.1, 0.1, 0.55, 1, 1]);
    expect(taken(openInterestInitialRate(1e9, { ...scale, upperCap: 0 }))).toBe(0.1);
    expect(openInterestInitialRate(1, { ...scale, upperCap: 50 })).toMatchObject({ ok: false });
  });

  test("RATE-003: a linear rate counts units or whole steps, up to its cap", () => {
    expect(taken(linearSizeRate(100, { base: 0.02, perUnit: 0.00005 }))).toBeCloseTo(0.025, 12);
    const steps = { base: 0.01, perUnit: 0.005, every: 200 };
    expect(taken(linearSizeRate(200, steps))).toBe(0.01);
    expect(taken(linearSizeRate(201, steps))).toBeCloseTo(0.015, 12);
    expect(taken(linearSizeRate(1e9, { ...steps, cap: 0.5 }))).toBe(0.5);
    expect(linearSizeRate(1, { ...steps, every: 0 })).toMatchObject({ code: "out-of-range" });
  });
});
