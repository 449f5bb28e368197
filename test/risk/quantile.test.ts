/** Quantile rules by definition, one against the other, and by property. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ppm } from "../../src/core/ppm.ts";
import {
  ceilingRank,
  type QuantileRule,
  quantile,
  quickselect,
  weightedQuantile,
} from "../../src/risk/quantile.ts";
import { taken } from "./reference-series.ts";

const TEN = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const finite = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });

describe("quantiles", () => {
  test("QTL-001: the nine rules differ on ten numbers exactly as Hyndman and Fan define them", () => {
    const at = (rule: QuantileRule) => taken(quantile(TEN, 0.25, rule));
    expect([1, 2, 3, 4, 5, 6, 7].map((rule) => at(rule as QuantileRule))).toEqual([
      3, 3, 2, 2.5, 3, 2.75, 3.25,
    ]);
    expect(at(8)).toBeCloseTo(2.916666666666667, 12);
    expect(at(9)).toBeCloseTo(2.9375, 12);
  });

  test("QTL-002: a 99 % VaR of 100 observations is the worst one, not the second worst", () => {
    expect(Math.ceil(100 * (1 - 0.99))).toBe(2);
    expect(ceilingRank(100, ppm(10_000))).toBe(1);
    const hundred = Array.from({ length: 100 }, (_, i) => -i);
    expect(taken(quantile(hundred, 0.01, "ceiling"))).toBe(-99);
  });

  test("QTL-003: always ceil(n tail) by exact integers, for any n and tail", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e9 }),
        fc.integer({ min: 1, max: 500_000 }),
        (n, tail) => {
          const exact = (BigInt(n) * BigInt(tail) + 999_999n) / 1_000_000n;
          expect(BigInt(ceilingRank(n, tail))).toBe(exact);
        },
      ),
    );
  });

  test("QTL-004: always between the extremes, and rising with the probability", () => {
    const rules: QuantileRule[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, "ceiling"];
    fc.assert(
      fc.property(
        fc.array(finite, { minLength: 1, maxLength: 40 }),
        fc.constantFrom(...rules),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, rule, p, q) => {
          const low = taken(quantile(values, Math.min(p, q), rule));
          const high = taken(quantile(values, Math.max(p, q), rule));
          expect(low).toBeLessThanOrEqual(high + 1e-9 * Math.abs(high));
          expect(low).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
          expect(high).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
        },
      ),
    );
  });

  test("QTL-005: quickselect always puts the value of a rank where sorting would", () => {
    fc.assert(
      fc.property(fc.array(finite, { minLength: 1, maxLength: 200 }), fc.nat(), (values, seed) => {
        const rank = seed % values.length;
        const sorted = Float64Array.from(values).sort();
        expect(quickselect(Float64Array.from(values), rank)).toBe(sorted[rank]);
      }),
    );
  });

  test("QTL-006: equal weights give rule 1, and a weight of its own decides alone", () => {
    const tail = ppm(250_000);
    expect(
      taken(
        weightedQuantile(
          TEN,
          TEN.map(() => 2),
          tail,
        ),
      ),
    ).toBe(taken(quantile(TEN, 0.25, 1)));
    expect(
      taken(
        weightedQuantile(
          TEN,
          TEN.map((x) => (x === 7 ? 1 : 0)),
          tail,
        ),
      ),
    ).toBe(7);
  });

  test("QTL-007: empty, NaN, a probability above one and negative weights are refused by name", () => {
    expect(quantile([], 0.5)).toMatchObject({ ok: false, code: "empty" });
    expect(quantile([1, Number.NaN], 0.5)).toMatchObject({ ok: false, code: "not-finite" });
    expect(quantile([1], 1.5)).toMatchObject({ ok: false, code: "out-of-range" });
    const weighted = (weights: number[]) => weightedQuantile([1, 2], weights, ppm(10_000));
    expect(weighted([1, -1])).toMatchObject({ ok: false, code: "out-of-range" });
    expect(weighted([1])).toMatchObject({ ok: false, code: "length-mismatch" });
    expect(weighted([0, 0])).toMatchObject({ ok: false, code: "out-of-range" });
  });
});
