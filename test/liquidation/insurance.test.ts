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
