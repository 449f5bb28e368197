/** How much to close where nothing is missing, nothing helps, or almost nothing is left. */
import { describe, expect, test } from "vitest";
import { adlScore, lotsForHaircuts } from "../../src/liquidation/adl-lots.ts";
import {
  cheapestReduction,
  shareToLiquidate,
  smallestSlice,
} from "../../src/liquidation/deleveraging.ts";
import { value } from "./adl-words.ts";

describe("reductions at their edges", () => {
  test("DELEV-021: short by a billionth is as good as enough, by more is not", () => {
    const feasible = (equity: number): boolean => value(cheapestReduction([], equity, 1)).feasible;
    expect([feasible(0), feasible(-1e-9), feasible(-1.5e-9)]).toEqual([true, true, false]);
  });

  test("DELEV-022: of equal ratios the first, and none beyond the target", () => {
    const same = { notional: 100, maintenanceRate: 0.1, closeCostRate: 0 };
    // Thirty of maintenance, fifteen allowed: one whole and half of the next.
    expect(value(cheapestReduction([same, same, same], 15, 1)).closed).toEqual([1, 0.5, 0]);
    expect(value(cheapestReduction([same, same, same], 20, 1)).closed).toEqual([1, 0, 0]);
    expect(value(cheapestReduction([same, same], 90, 1)).closed).toEqual([0, 0]);
  });

  test("DELEV-023: without a duration all is open at once", () => {
    const now = { shortage: 100, alreadyFreed: 20, elapsed: 0, duration: 0, initial: 0.1, tiny: 1 };
    expect(shareToLiquidate(now)).toBe(1);
    expect(shareToLiquidate({ ...now, elapsed: 9, duration: 10, initial: 0.5 })).toBe(1);
    expect(shareToLiquidate({ ...now, alreadyFreed: 0, elapsed: 2, duration: 10 })).toBeCloseTo(
      0.3,
      12,
    );
  });

  test("DELEV-024: no slice where nothing is missing, though none would help; all where none is enough", () => {
    const slice = { side: 1, qty: 10, price: 100, execution: 90, equity: 50 } as const;
    const rates = { maintenanceRate: 0.05, feeRate: 0 };
    // A unit sold ten below the price loses ten for five of maintenance.
    expect(smallestSlice({ ...slice, ...rates })).toEqual({ raw: 0, slice: 0 });
    const short = { ...slice, ...rates, equity: 40 };
    expect(smallestSlice(short)).toEqual({ raw: Number.POSITIVE_INFINITY, slice: 10 });
    // At five below it neither helps nor harms, at four below each unit gives one.
    expect(smallestSlice({ ...short, execution: 95 }).raw).toBe(Number.POSITIVE_INFINITY);
    expect(smallestSlice({ ...short, execution: 96 })).toEqual({ raw: 10, slice: 10 });
    expect(smallestSlice({ ...short, execution: 99.5, equity: 45.5 })).toEqual({
      raw: 1,
      slice: 1,
    });
  });

  test("ADL-031: contracts of no value are not closed, those of a small one are", () => {
    const lots = (targets: number[], values: number[], most: number[]) =>
      value(lotsForHaircuts(targets, values, most)).closed;
    expect(lots([5], [0], [9])).toEqual([0]);
    // A millionth of a USDC that is uncovered in all, or a billionth of one position, is nothing.
    expect([lots([1e-6], [1], [9]), lots([1.1e-6], [1], [9])]).toEqual([[0], [1]]);
    expect(lots([1e-9, 5], [1, 10], [9, 0])).toEqual([0, 0]);
    expect(lots([1.1e-9, 5], [1, 10], [9, 0])).toEqual([1, 0]);
    expect(lots([1, 0], [0.5, 0.5], [9, 9])).toEqual([2, 0]);
    const score = (qty: number): number =>
      adlScore({ qty, entry: 100, mark: 110, equity: 11 }, "price-ratio-times-leverage");
    // Half a contract of 110 on 11: leverage of five, times 110 over 100, or under it for a short.
    expect(score(0.5)).toBeCloseTo(5.5, 12);
    expect(score(-0.5)).toBeCloseTo(5 / 1.1, 12);
  });
});
