/** Insurance funds and reserves: who pays a deficit, how large a reserve is best, and what is socialised. */
import { describe, expect, test } from "vitest";
import {
  depositHaircut,
  impliedRatio,
  lossPerContract,
  reserveSize,
  waterfall,
} from "../../src/liquidation/insurance.ts";
import { sum, value } from "./adl-words.ts";
import { dice } from "./fleets.ts";

const ODD = [Number.NaN, Number.POSITIVE_INFINITY];

describe("insurance and reserves", () => {
  test("INS-001: a deficit is paid by the fund, then by winners, and what is left is said", () => {
    expect(value(waterfall(100, 30, 50))).toEqual({
      deficit: 100,
      insurance: 30,
      deleveraging: 50,
      uncovered: 20,
      fundAfter: 0,
    });
    expect(value(waterfall(10, 30, 50)).fundAfter).toBe(20);
    expect(waterfall(-1, 0, 0).ok).toBe(false);
  });

  test("INS-002: K* is the VaR at 1 - r/kappa and no other reserve among the losses is cheaper", () => {
    const losses = Array.from({ length: 100 }, (_, i) => i + 1);
    expect(value(reserveSize(losses, 1, 100)).reserve).toBe(99);
    expect(value(reserveSize(losses, 5, 100)).reserve).toBe(95);
    expect(value(reserveSize(losses, 0, 100)).reserve).toBe(100);
    expect(value(reserveSize(losses, 100, 100)).reserve).toBe(0);
    for (let seed = 1; seed <= 200; seed++) {
      const d = dice(seed);
      const sample = Array.from({ length: 40 }, () => Math.max(-5, 10 * d.normal()));
      const [rate, penalty] = [d.between(0.01, 1), 1];
      const found = value(reserveSize(sample, rate, penalty));
      const cost = (k: number): number =>
        rate * k + (penalty * sum(sample.map((x) => Math.max(0, x - k)))) / sample.length;
      expect(found.cost).toBeCloseTo(cost(found.reserve), 12);
      for (const k of [0, ...sample.filter((x) => x > 0)]) {
        expect(found.cost).toBeLessThanOrEqual(cost(k) + 1e-12);
      }
      const implied = value(impliedRatio(sample, found.reserve));
      expect(implied.low).toBeLessThanOrEqual(found.ratio);
      if (found.reserve > 0) expect(implied.high).toBeGreaterThanOrEqual(found.ratio);
    }
    expect(reserveSize([], 1, 2).ok).toBe(false);
    expect(reserveSize([1], -1, 2).ok).toBe(false);
    expect(impliedRatio([1], -1).ok).toBe(false);
  });

  test("INS-003: a socialised loss cuts the index up to a step, never more than all of it", () => {
    expect(depositHaircut(11_000_000n, 120_000_000n).steps).toBe(916_666_667n);
    expect(depositHaircut(0n, 1n).steps).toBe(0n);
    expect(depositHaircut(1n, 0n).steps).toBe(0n);
    expect(depositHaircut(5n, 1n)).toEqual({ steps: 10_000_000_000n, fraction: 1 });
    expect(value(lossPerContract(-100, 7, -4))).toBeCloseTo(100 / 11, 12);
    expect(lossPerContract(1, 0, 0).ok).toBe(false);
  });
});

describe("at their edges", () => {
  test("INS-004: each pays up to what it has, in turn", () => {
    expect(value(waterfall(10, 4, 3))).toEqual({
      deficit: 10,
      insurance: 4,
      deleveraging: 3,
      uncovered: 3,
      fundAfter: 0,
    });
    expect(value(waterfall(10, 4, 30))).toEqual({
      deficit: 10,
      insurance: 4,
      deleveraging: 6,
      uncovered: 0,
      fundAfter: 0,
    });
    expect(value(waterfall(0, 0, 0))).toEqual({
      deficit: 0,
      insurance: 0,
      deleveraging: 0,
      uncovered: 0,
      fundAfter: 0,
    });
    for (const bad of [-1, ...ODD])
      for (const all of [
        [bad, 1, 1],
        [1, bad, 1],
        [1, 1, bad],
      ] as const)
        expect(waterfall(all[0], all[1], all[2]).ok).toBe(false);
  });

  test("INS-005: reserves among four losses by hand", () => {
    const size = (rate: number, penalty = 1, losses = [4, -3, 1, 10]) =>
      value(reserveSize(losses, rate, penalty));
    expect(size(0.25)).toEqual({ reserve: 4, exceeded: 0.25, ratio: 0.25, cost: 0.25 * 4 + 6 / 4 });
    expect(size(0.24)).toMatchObject({ reserve: 10, exceeded: 0, cost: 2.4 });
    expect(size(0.5)).toMatchObject({ reserve: 1, exceeded: 0.5, cost: 0.5 + (3 + 9) / 4 });
    expect(size(1)).toMatchObject({ reserve: 0, exceeded: 0.75, cost: 15 / 4 });
    expect(size(3)).toMatchObject({ reserve: 0, ratio: 3 });
    expect(size(0.6, 2)).toMatchObject({ reserve: 4, ratio: 0.3 });
    expect(size(1, 1, [5, 6])).toMatchObject({ reserve: 0, exceeded: 1 });
    // A third of three, and nine tenths of ten, in floats are a hair less than whole.
    expect(size(1, 3, [1, 2, 3]).reserve).toBe(2);
    expect(size(0.1 * 3, 1, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).reserve).toBe(7);
    for (const bad of ODD) {
      expect(reserveSize([1], bad, 1).ok).toBe(false);
      expect(reserveSize([1], 0, bad).ok).toBe(false);
      expect(reserveSize([bad], 0, 1).ok).toBe(false);
      expect(impliedRatio([1], bad).ok).toBe(false);
      expect(impliedRatio([bad], 1).ok).toBe(false);
    }
    expect([
      reserveSize([1], -1e-9, 1).ok,
      reserveSize([1], 0, 0).ok,
      reserveSize([1], 0, 0.5).ok,
    ]).toEqual([false, false, true]);
    expect(impliedRatio([], 1).ok).toBe(false);
  });

  test("INS-006: what a reserve implies, cuts of an index, and losses of a contract", () => {
    const implied = (reserve: number) => value(impliedRatio([4, -3, 1, 10], reserve));
    expect([implied(4), implied(5), implied(0), implied(10), implied(11)]).toEqual([
      { low: 0.25, high: 0.5 },
      { low: 0.25, high: 0.25 },
      { low: 0.75, high: 1 },
      { low: 0, high: 0.25 },
      { low: 0, high: 0 },
    ]);
    expect(value(impliedRatio([0.5, 0.25], 0.75))).toEqual({ low: 0, high: 0 });
    expect([impliedRatio([1], 0).ok, impliedRatio([1], -0.1).ok]).toEqual([true, false]);
    expect(depositHaircut(1n, 4n, 8n)).toEqual({ steps: 2n, fraction: 0.25 });
    expect(depositHaircut(1n, 3n, 8n)).toEqual({ steps: 3n, fraction: 0.375 });
    expect(depositHaircut(2n, 4n, 1n)).toEqual({ steps: 1n, fraction: 1 });
    expect(depositHaircut(4n, 4n, 8n)).toEqual({ steps: 8n, fraction: 1 });
    expect(depositHaircut(5n, 4n, 8n).steps).toBe(8n);
    for (const none of [
      [0n, 4n, 8n],
      [-1n, 4n, 8n],
      [1n, 0n, 8n],
      [1n, -4n, 8n],
      [1n, 4n, 0n],
      [1n, 4n, -8n],
    ] as const)
      expect(depositHaircut(none[0], none[1], none[2])).toEqual({ steps: 0n, fraction: 0 });
    expect(depositHaircut(1n, 1n)).toEqual({ steps: 10_000_000_000n, fraction: 1 });
    expect(depositHaircut(1n, 1n, 1n).steps).toBe(1n);
    expect(value(lossPerContract(-12, 2, -4))).toBe(2);
    expect(value(lossPerContract(12, 0, 4))).toBe(3);
    for (const bad of ODD) {
      expect(lossPerContract(bad, 1, 1)).toMatchObject({ code: "not-finite" });
      expect(lossPerContract(1, bad, 1)).toMatchObject({ code: "not-finite" });
    }
    expect(lossPerContract(1, 0, 0)).toMatchObject({ code: "empty" });
  });
});
