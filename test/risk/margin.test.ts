/** Margin by tiers on integers: continuity, order, rounding, and what is not a table. */
import { fc, test as prop } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { InvariantError } from "../../src/core/assert.ts";
import { type Micro, micro } from "../../src/core/money.ts";
import { ppm } from "../../src/core/ppm.ts";
import {
  initialMargin,
  type MarginTier,
  maintenanceMargin,
  positionLimit,
  tierOf,
  tiersFault,
} from "../../src/risk/margin.ts";

const usd = (value: number): Micro => micro(BigInt(Math.round(value * 1e6)));
const tier = (upTo: number | undefined, initial: number, maintenance: number): MarginTier => ({
  upTo: upTo === undefined ? undefined : usd(upTo),
  initial: ppm(initial),
  maintenance: ppm(maintenance),
});
const TABLE = [
  tier(50_000, 8_000, 4_000),
  tier(600_000, 10_000, 5_000),
  tier(3_000_000, 13_334, 6_500),
  tier(undefined, 20_000, 10_000),
];
const notionals = fc.bigInt({ min: 0n, max: 10n ** 15n }).map(micro);

describe("margin by tiers", () => {
  test("MARGIN-001: maintenance is rate x notional less the amount of the lower brackets", () => {
    expect(maintenanceMargin(TABLE, usd(50_000))).toBe(usd(200));
    expect(maintenanceMargin(TABLE, usd(600_000))).toBe(usd(600_000 * 0.005 - 50));
    expect(maintenanceMargin(TABLE, usd(1_000_000))).toBe(usd(1_000_000 * 0.0065 - 950));
    expect(maintenanceMargin(TABLE, usd(12_000_000))).toBe(usd(12_000_000 * 0.01 - 11_450));
    expect(maintenanceMargin(TABLE, usd(0))).toBe(0n);
  });

  test("MARGIN-002: a bound belongs to the bracket below it", () => {
    expect(tierOf(TABLE, usd(50_000))).toBe(TABLE[0]);
    expect(tierOf(TABLE, usd(50_000.000001))).toBe(TABLE[1]);
    expect(positionLimit(TABLE)).toBeUndefined();
    const ended = TABLE.slice(0, 2);
    expect(positionLimit(ended)).toBe(usd(600_000));
    expect(tierOf(ended, usd(9e6))).toBe(ended[1]);
    expect(maintenanceMargin(ended, usd(1e6))).toBe(usd(1e6 * 0.005 - 50));
  });

  test("MARGIN-003: initial margin is the larger of 1 / leverage and the bracket's rate", () => {
    expect(initialMargin(TABLE, usd(10_000), ppm(10_000_000))).toBe(usd(1_000));
    expect(initialMargin(TABLE, usd(10_000), ppm(200_000_000))).toBe(usd(80));
    expect(initialMargin(TABLE, usd(100), ppm(3_000_000))).toBe(33_333_334n);
    expect(initialMargin(TABLE, usd(100), ppm(500_000))).toBe(usd(200));
  });

  test("MARGIN-004: the smallest amount is rounded up to a whole unit", () => {
    expect(maintenanceMargin(TABLE, micro(1n))).toBe(1n);
    expect(initialMargin(TABLE, micro(1n), ppm(100_000_000))).toBe(1n);
  });

  prop.prop([notionals, fc.bigInt({ min: 0n, max: 10n ** 12n })])(
    "MARGIN-005: always more notional needs no less margin, and no more than the top rate adds",
    (notional, more) => {
      const larger = micro(notional + more);
      const step = maintenanceMargin(TABLE, larger) - maintenanceMargin(TABLE, notional);
      expect(step).toBeGreaterThanOrEqual(0n);
      expect(step * 1_000_000n).toBeLessThanOrEqual(more * 10_000n + 1_000_000n);
    },
  );

  prop.prop([notionals, fc.integer({ min: 1_000_000, max: 125_000_000 })])(
    "MARGIN-006: always initial margin is at least maintenance margin",
    (notional, leverage) => {
      const initial = initialMargin(TABLE, notional, ppm(leverage));
      expect(initial).toBeGreaterThanOrEqual(maintenanceMargin(TABLE, notional));
    },
  );

  test("MARGIN-007: what is not a table is named", () => {
    expect(tiersFault(TABLE)).toBeUndefined();
    const code = (tiers: readonly MarginTier[]) => tiersFault(tiers)?.code;
    expect(code([])).toBe("empty");
    expect(code([tier(undefined, 10_000, 5_000), tier(5, 10_000, 5_000)])).toBe("out-of-range");
    expect(code([tier(5, 10_000, 5_000), tier(5, 10_000, 5_000)])).toBe("out-of-range");
    expect(code([tier(undefined, 10_000, 0)])).toBe("out-of-range");
    expect(code([tier(undefined, 5_000, 10_000)])).toBe("out-of-range");
    expect(code([tier(undefined, 1_000_001, 10_000)])).toBe("out-of-range");
    expect(code([tier(5, 10_000, 5_000), tier(undefined, 10_000, 4_000)])).toBe("out-of-range");
    const broken = { ...tier(undefined, 1, 1), maintenance: Number.NaN as never };
    expect(code([broken])).toBe("not-finite");
  });

  test("MARGIN-008: a negative notional, no table or no leverage is a bug", () => {
    expect(() => maintenanceMargin(TABLE, micro(-1n))).toThrow(InvariantError);
    expect(() => maintenanceMargin([], micro(1n))).toThrow(InvariantError);
    expect(() => initialMargin(TABLE, micro(1n), ppm(0))).toThrow(InvariantError);
    expect(() => tierOf([], micro(1n))).toThrow(InvariantError);
  });
});
