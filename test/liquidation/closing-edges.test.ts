/** Closed forms and schedules at their edges. */
import { describe, expect, test } from "vitest";
import {
  assetForLiability,
  baseToCover,
  cheapestReduction,
  liabilityForAsset,
  liabilityToCover,
  perpInsuranceFee,
  shareToLiquidate,
  smallestSlice,
  spotInsuranceFee,
} from "../../src/liquidation/deleveraging.ts";
import { disposalStep, type ScheduleInput, schedule } from "../../src/liquidation/schedule.ts";
import { value } from "./adl-words.ts";

const ODD = [Number.NaN, Number.POSITIVE_INFINITY];

describe("how much to close", () => {
  const rated = (notional: number, maintenanceRate: number, closeCostRate: number) => ({
    notional,
    maintenanceRate,
    closeCostRate,
  });

  test("DELEV-015: ties go to the first, what does not help stays, and exactly enough is feasible", () => {
    const alike = [rated(100, 0.1, 0.01), rated(100, 0.1, 0.01)];
    // Each helps by (0.1 - 0.5 x 0.01) x 100 = 9.5; 20 - 0.5 x 31 = 4.5 must go.
    expect(value(cheapestReduction(alike, 31, 0.5)).closed).toEqual([4.5 / 9.5, 0]);
    const none = [rated(100, 0.005, 0.01), rated(100, 0.1, 0)];
    expect(value(cheapestReduction(none, 0, 0.5))).toMatchObject({
      feasible: false,
      closed: [0, 1],
      cost: 0,
      maintenance: 0.5,
    });
    const edge = value(cheapestReduction([rated(100, 0.1, 0.01)], 1, 0.5));
    // All of it: 10 of maintenance gone for 1 of cost: 0 <= 0.5 x 0.
    expect(edge).toMatchObject({ feasible: true, closed: [1], cost: 1, maintenance: 0, equity: 0 });
    expect(value(cheapestReduction([rated(100, 0.1, 0.01)], 1 - 1e-8, 0.5)).feasible).toBe(true);
    expect(value(cheapestReduction([rated(100, 0.1, 0.01)], 1 - 1e-7, 0.5)).feasible).toBe(false);
    expect(value(cheapestReduction([rated(1, 0.1, 0)], -1e-9, 1)).feasible).toBe(true);
    expect(value(cheapestReduction([rated(1, 0.1, 0)], -3e-9, 1)).feasible).toBe(false);
    expect(value(cheapestReduction([rated(0, 0.1, 0.1)], 0, 0))).toMatchObject({
      feasible: true,
      closed: [0],
      cost: 0,
    });
    // The dearer ratio comes first in the list and is closed last.
    const order = [rated(100, 0.1, 0.02), rated(100, 0.1, 0.01)];
    expect(value(cheapestReduction(order, 31, 0.5)).closed).toEqual([0, 4.5 / 9.5]);
    expect(value(cheapestReduction(order, 40, 0.5)).closed).toEqual([0, 0]);
    for (const bad of ODD) {
      expect(cheapestReduction([rated(bad, 0, 0)], 1, 1)).toMatchObject({ code: "not-finite" });
      expect(cheapestReduction([], bad, 1)).toMatchObject({ code: "not-finite" });
      expect(cheapestReduction([], 1, bad)).toMatchObject({ code: "not-finite" });
    }
    for (const bad of [rated(-1, 0, 0), rated(0, -1, 0), rated(0, 0, -1)])
      expect(cheapestReduction([bad], 1, 1)).toMatchObject({ code: "out-of-range" });
    expect(cheapestReduction([], 1, -1e-9)).toMatchObject({ code: "out-of-range" });
  });

  test("DELEV-016: what covers a shortage, with its edges", () => {
    const base = {
      shortage: 10,
      marginRatio: 0.1,
      liquidatorFee: 0.02,
      insuranceFee: 0.03,
      price: 50,
      quotePrice: 2,
    };
    expect(value(baseToCover(base))).toBeCloseTo(10 / (50 * 2 * 0.05), 12);
    for (const over of [{ price: 0 }, { quotePrice: 0 }, { marginRatio: 0.01 }])
      expect(value(baseToCover({ ...base, ...over }))).toBe(Number.POSITIVE_INFINITY);
    // Nothing times less than nothing is still nothing freed.
    const none = [
      baseToCover({ ...base, price: 0, marginRatio: 0.01 }),
      baseToCover({ ...base, quotePrice: 0, marginRatio: 0.01 }),
    ];
    for (const one of none) expect(value(one)).toBe(Number.POSITIVE_INFINITY);
    expect(value(baseToCover({ ...base, shortage: 0, price: 0 }))).toBe(0);
    const move = {
      ...{ shortage: 10, assetWeight: 0.8, assetMultiplier: 1.5, liabilityWeight: 1.2 },
      ...{ liabilityMultiplier: 2, price: 100, insuranceFee: 0.1 },
    };
    // 1.2 - 0.8 x 1.5 / 2 = 0.6, less 0.12.
    expect(value(liabilityToCover(move))).toBeCloseTo(10 / (100 * 0.48), 12);
    expect(value(liabilityToCover({ ...move, price: 0.5 }))).toBeCloseTo(10 / 0.24, 12);
    expect(value(baseToCover({ ...base, price: 0.5 }))).toBeCloseTo(10 / 0.05, 10);
    expect(value(liabilityToCover({ ...move, price: 0 }))).toBe(Number.POSITIVE_INFINITY);
    expect(value(liabilityToCover({ ...move, price: 0, insuranceFee: 0.9 }))).toBe(
      Number.POSITIVE_INFINITY,
    );
    expect(value(liabilityToCover({ ...move, insuranceFee: 0.5 }))).toBe(Number.POSITIVE_INFINITY);
    expect(value(liabilityToCover({ ...move, shortage: 0, price: 0 }))).toBe(0);
    for (const name of Object.keys(base))
      for (const bad of [-1, ...ODD])
        expect(baseToCover({ ...base, [name]: bad }), name).toMatchObject({ code: "out-of-range" });
    for (const name of Object.keys(move))
      for (const bad of [-1, ...ODD])
        expect(liabilityToCover({ ...move, [name]: bad }), name).toMatchObject({
          code: "out-of-range",
        });
    expect(liabilityForAsset(10, 2, 4, 5, 3)).toBeCloseTo((10 * 2 * 3) / (5 * 4), 12);
    expect(assetForLiability(10, 2, 4, 5, 3)).toBeCloseTo((10 * 5 * 4) / (2 * 3), 12);
  });

  test("DELEV-017: fees are what is left, never below nought, none of nothing", () => {
    const perp = {
      shortage: 2,
      base: 4,
      marginRatio: 0.1,
      liquidatorFee: 0.02,
      price: 10,
      quotePrice: 0.5,
      maxFee: 1,
    };
    // 0.1 - 0.02 - 2 / 20 is below nought.
    expect(perpInsuranceFee(perp)).toBe(0);
    expect(perpInsuranceFee({ ...perp, shortage: 1 })).toBeCloseTo(0.95 * 0.03, 12);
    for (const over of [
      { base: 0 },
      { price: 0 },
      { quotePrice: 0 },
      { marginRatio: 0.02 },
      { marginRatio: 0.01 },
    ])
      expect(perpInsuranceFee({ ...perp, shortage: -9, ...over })).toBe(0);
    const spot = {
      ...{ shortage: 10, amount: 2, assetWeight: 0.8, assetMultiplier: 1.5, liabilityWeight: 1.2 },
      ...{ liabilityMultiplier: 2, price: 50, maxFee: 1 },
    };
    // 1.2 - 0.6 - 10 / 100 = 0.5 of 1.2.
    expect(spotInsuranceFee(spot)).toBeCloseTo((0.95 * 0.5) / 1.2, 12);
    expect(spotInsuranceFee({ ...spot, shortage: 70 })).toBe(0);
    for (const over of [
      { amount: 0 },
      { price: 0 },
      { liabilityMultiplier: 0 },
      { assetWeight: 1.2 },
      { assetWeight: 1.3 },
    ])
      expect(spotInsuranceFee({ ...spot, shortage: -99, ...over })).toBe(0);
  });

  test("DELEV-018: shares and slices at their edges", () => {
    const share = {
      shortage: 60,
      alreadyFreed: 0,
      elapsed: 0,
      duration: 60,
      initial: 0.1,
      tiny: 60,
    };
    expect(shareToLiquidate(share)).toBeCloseTo(0.1, 12);
    expect(shareToLiquidate({ ...share, tiny: 60.1 })).toBe(1);
    for (const shortage of [0, -1])
      expect(shareToLiquidate({ ...share, shortage, tiny: -5 })).toBe(1);
    expect(shareToLiquidate({ ...share, shortage: 0.5, tiny: 0 })).toBeCloseTo(0.1, 12);
    expect(shareToLiquidate({ ...share, elapsed: 30 })).toBeCloseTo(0.6, 12);
    for (const duration of [0, -1])
      expect(shareToLiquidate({ ...share, duration, initial: 0 })).toBe(1);
    expect(shareToLiquidate({ ...share, duration: 0.5, elapsed: 0.25, initial: 0 })).toBeCloseTo(
      0.5,
      12,
    );
    expect(shareToLiquidate({ ...share, alreadyFreed: 20, elapsed: 15 })).toBeCloseTo(8 / 60, 12);
    const slice = {
      side: 1,
      qty: 4,
      price: 10,
      execution: 9.5,
      equity: 2,
      maintenanceRate: 0.1,
      feeRate: 0.01,
    } as const;
    // Missing 0.1 x 10 x 4 - 2 = 2, a unit brings -0.5 - 0.1 + 1.
    expect(smallestSlice(slice)).toEqual({ raw: expect.closeTo(5, 12), slice: 4 });
    expect(smallestSlice({ ...slice, equity: 3 })).toEqual({
      raw: expect.closeTo(2.5, 12),
      slice: expect.closeTo(2.5, 12),
    });
    expect(smallestSlice({ ...slice, side: -1, equity: 3 }).raw).toBeCloseTo(1 / 1.4, 12);
    expect(smallestSlice({ ...slice, equity: 4 })).toEqual({ raw: 0, slice: 0 });
    expect(smallestSlice({ ...slice, equity: 3.5 }).raw).toBeCloseTo(1.25, 12);
    expect(smallestSlice({ ...slice, execution: 9.25, feeRate: 0.025 })).toEqual({
      raw: Number.POSITIVE_INFINITY,
      slice: 4,
    });
  });
});

describe("over time", () => {
  const input: ScheduleInput = {
    size: 100,
    horizon: 2,
    steps: 4,
    sigma: 0.5,
    eta: 0.1,
    gamma: 0.05,
    epsilon: 0.02,
    lambda: 0,
  };

  test("DELEV-019: a straight line by hand, and a curve that keeps its shape at any scale", () => {
    const found = value(schedule(input));
    expect(found.holdings).toEqual([100, 75, 50, 25, 0]);
    expect(found.trades).toEqual([25, 25, 25, 25]);
    // 0.05 x 10,000 / 2 + 0.02 x 100 + (0.1 - 0.0125) / 0.5 x 2,500; 0.25 x 0.5 x (5,625 + 2,500 + 625).
    expect(found.expectedCost).toBeCloseTo(250 + 2 + 437.5, 9);
    expect(found.variance).toBeCloseTo(1_093.75, 9);
    expect(found.kappa).toBe(0);
    const curve = value(schedule({ ...input, lambda: 3 }));
    const sinh = (t: number): number =>
      (100 * Math.sinh(curve.kappa * (2 - t))) / Math.sinh(curve.kappa * 2);
    for (const [j, x] of curve.holdings.entries()) expect(x).toBeCloseTo(sinh(j / 2), 9);
    expect(2 * (Math.cosh(curve.kappa * 0.5) - 1)).toBeCloseTo((0.25 * 3 * 0.25) / 0.0875, 9);
    expect(value(schedule({ ...input, lambda: 1e9 })).holdings.at(-1)).toBe(0);
    expect(value(schedule({ ...input, steps: 1 })).holdings).toEqual([100, 0]);
  });

  test("DELEV-020: parameters without meaning by their codes, edges pass", () => {
    const code = (over: Partial<ScheduleInput>) => {
      const made = schedule({ ...input, ...over });
      return made.ok ? "fine" : made.code;
    };
    for (const name of Object.keys(input))
      expect(code({ [name]: Number.NaN }), name).toBe("not-finite");
    for (const over of [
      { size: 0 },
      { size: -1 },
      { horizon: 0 },
      { horizon: -1 },
      { steps: 0 },
      { steps: 1.5 },
      { steps: -2 },
    ])
      expect(code(over)).toBe("not-positive");
    for (const over of [
      { sigma: -0.1 },
      { gamma: -0.1 },
      { epsilon: -0.1 },
      { lambda: -0.1 },
      { eta: 0.0125 },
      { eta: 0.01 },
    ])
      expect(code(over)).toBe("out-of-range");
    for (const over of [
      { sigma: 0 },
      { gamma: 0 },
      { epsilon: 0 },
      { size: 0.5 },
      { horizon: 0.5 },
      { eta: 0.013 },
    ])
      expect(code(over)).toBe("fine");
  });

  test("DELEV-021: disposals: a share up, a book's share down, all at once below the bound", () => {
    const disposal = { fraction: 0.3, fullBelow: 10, bookShare: 0.25 };
    const step = (left: number, book: number, over = {}) =>
      value(disposalStep(left, book, { ...disposal, ...over }));
    expect([step(11, 1e9), step(10, 1e9), step(9, 1e9), step(0, 9)]).toEqual([4, 10, 9, 0]);
    expect([step(20, 1e9), step(100, 1e9), step(100, 7), step(100, 8), step(100, 3)]).toEqual([
      6, 30, 1, 2, 0,
    ]);
    expect([
      step(50, 1e9, { fraction: 1 }),
      step(50, 30, { bookShare: 0.1 }),
      step(50, 9, { bookShare: 0 }),
    ]).toEqual([50, 3, 0]);
    expect(step(20, 1e9, { fullBelow: 0 })).toBe(6);
    const refused = (left: number, book: number, over = {}) =>
      disposalStep(left, book, { ...disposal, ...over }).ok;
    expect([
      refused(-1, 1),
      refused(0.5, 1),
      refused(1, -1),
      refused(1, Number.NaN),
      refused(1, 0),
    ]).toEqual([false, false, false, false, true]);
    for (const over of [
      { fraction: 0 },
      { fraction: 1.1 },
      { bookShare: -0.1 },
      { bookShare: 1.1 },
      { fullBelow: -1 },
    ])
      expect(refused(5, 5, over)).toBe(false);
    expect(refused(5, 5, { fraction: 1, bookShare: 1, fullBelow: 0 })).toBe(true);
  });
});
