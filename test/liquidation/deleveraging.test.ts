/** Closed forms of how much to close, and schedules: worked by hand and against brute force. */
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
import { afterPlan, planInDistress } from "../../src/liquidation/distress.ts";
import { executionPrice, impactFromDepth } from "../../src/liquidation/impact.ts";
import { disposalStep, schedule } from "../../src/liquidation/schedule.ts";
import type { Measured } from "../../src/risk/refusal.ts";
import { dice, fleet } from "./fleets.ts";

function value<T>(answer: Measured<T>): T {
  if (!answer.ok) throw new Error(answer.reason);
  return answer.value;
}

describe("how much to close", () => {
  test("DELEV-001: the cheapest reduction closes the best ratio first and stops at the target", () => {
    const positions = [
      { notional: 1000, maintenanceRate: 0.05, closeCostRate: 0.001 },
      { notional: 1000, maintenanceRate: 0.05, closeCostRate: 0.01 },
    ];
    const found = value(cheapestReduction(positions, 100, 0.5));
    // 50 of 100 must go; the first helps by 49.5 a whole, the second by 45.
    expect(found.closed[0]).toBe(1);
    expect(found.closed[1]).toBeCloseTo(0.5 / 45, 12);
    expect(found.maintenance).toBeCloseTo(0.5 * found.equity, 9);
    expect(value(cheapestReduction(positions, 10_000, 0.5)).cost).toBe(0);
    expect(value(cheapestReduction(positions, -100, 0.5)).feasible).toBe(false);
    expect(cheapestReduction(positions, Number.NaN, 0.5).ok).toBe(false);
    expect(cheapestReduction(positions, 1, -0.5).ok).toBe(false);
  });

  test("DELEV-002: no other closing on a grid is cheaper", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const d = dice(seed);
      const positions = [0, 1, 2].map(() => ({
        notional: d.between(100, 1000),
        maintenanceRate: d.between(0.01, 0.1),
        closeCostRate: d.between(0, 0.02),
      }));
      const before = positions.reduce((s, p) => s + p.notional * p.maintenanceRate, 0);
      const equity = before * d.between(0.3, 1);
      const found = value(cheapestReduction(positions, equity, 0.8));
      if (!found.feasible) continue;
      expect(found.maintenance).toBeLessThanOrEqual(0.8 * found.equity + 1e-9);
      for (let code = 0; code < 21 ** 3; code++) {
        const x = [code % 21, Math.floor(code / 21) % 21, Math.floor(code / 441)].map(
          (k) => k / 20,
        );
        const cost = positions.reduce(
          (s, p, i) => s + p.closeCostRate * p.notional * (x[i] ?? 0),
          0,
        );
        const left = positions.reduce(
          (s, p, i) => s + p.maintenanceRate * p.notional * (1 - (x[i] ?? 0)),
          0,
        );
        if (left <= 0.8 * (equity - cost) && cost < found.cost - 1e-9)
          expect(cost).toBe(found.cost);
      }
    }
  });

  test("DELEV-003: amounts that cover a shortage between weights, as Drift's own tests have them", () => {
    const input = {
      shortage: 10,
      assetWeight: 0.8,
      assetMultiplier: 1,
      liabilityWeight: 1.2,
      liabilityMultiplier: 1,
      price: 100,
      insuranceFee: 0,
    };
    expect(value(liabilityToCover(input))).toBeCloseTo(0.25, 12);
    const fees = { ...input, assetMultiplier: 1.1, liabilityMultiplier: 0.9 };
    expect(value(liabilityToCover(fees))).toBeCloseTo(0.45, 6);
    expect(value(liabilityToCover({ ...input, insuranceFee: 0.01 }))).toBeCloseTo(0.257731958, 8);
    expect(value(liabilityToCover({ ...input, assetWeight: 1.2 }))).toBe(Number.POSITIVE_INFINITY);
    expect(value(liabilityToCover({ ...input, shortage: 0 }))).toBe(0);
    expect(liabilityForAsset(10, 1, 1.01, 100, 0.99)).toBeCloseTo(0.098019801, 8);
    expect(assetForLiability(1, 1, 1.01, 100, 0.99)).toBeCloseTo(102.020202, 6);
  });

  test("DELEV-004: where fees eat what closing frees no amount covers a shortage", () => {
    const input = {
      shortage: 10,
      marginRatio: 0.02,
      liquidatorFee: 0.02,
      insuranceFee: 0,
      price: 1,
      quotePrice: 1,
    };
    expect(value(baseToCover(input))).toBe(Number.POSITIVE_INFINITY);
    expect(value(baseToCover({ ...input, shortage: 0 }))).toBe(0);
    expect(baseToCover({ ...input, price: Number.NaN }).ok).toBe(false);
  });

  test("DELEV-005: insurance fees take at most 95 % of what is left, and never more than their limit", () => {
    const perp = {
      shortage: 0,
      base: 10,
      marginRatio: 0.05,
      liquidatorFee: 0.01,
      price: 100,
      quotePrice: 1,
      maxFee: 1,
    };
    expect(perpInsuranceFee(perp)).toBeCloseTo(0.038, 12);
    expect(perpInsuranceFee({ ...perp, maxFee: 0.02 })).toBe(0.02);
    const spot = {
      shortage: 10,
      amount: 1,
      assetWeight: 0.8,
      assetMultiplier: 1,
      liabilityWeight: 1.2,
      liabilityMultiplier: 1,
      price: 100,
      maxFee: 1,
    };
    expect(spotInsuranceFee(spot)).toBeCloseTo((0.95 * 0.3) / 1.2, 12);
    expect(spotInsuranceFee({ ...spot, amount: 0 })).toBe(0);
    expect(spotInsuranceFee({ ...spot, assetWeight: 1.2 })).toBe(0);
    expect(spotInsuranceFee({ ...spot, maxFee: 0.1 })).toBe(0.1);
  });

  test("DELEV-006: the share to liquidate grows with time over the whole shortage", () => {
    const input = {
      shortage: 60,
      alreadyFreed: 40,
      elapsed: 30,
      duration: 60,
      initial: 0.1,
      tiny: 50,
    };
    expect(shareToLiquidate(input)).toBeCloseTo(20 / 60, 12);
    expect(shareToLiquidate({ ...input, elapsed: 600 })).toBe(1);
    expect(shareToLiquidate({ ...input, elapsed: 0 })).toBe(0);
    expect(shareToLiquidate({ ...input, shortage: 49 })).toBe(1);
    expect(shareToLiquidate({ ...input, duration: 0 })).toBe(1);
  });

  test("DELEV-007: the smallest slice of arXiv 2512.01112, and its execution prices", () => {
    const equity = 10 / 99 - 4.5;
    const input = {
      side: -1,
      qty: 1,
      price: 5.5,
      execution: 5.55,
      equity,
      maintenanceRate: 0.1,
      feeRate: 0.003,
    } as const;
    const found = smallestSlice(input);
    expect(found.raw).toBeCloseTo((0.55 - equity) / 0.4835, 9);
    expect(found.raw).toBeCloseTo(10.24, 2);
    expect(found.slice).toBe(1);
    expect(smallestSlice({ ...input, equity: 1 }).slice).toBe(0);
    expect(smallestSlice({ ...input, execution: 9 }).slice).toBe(1);
    expect(executionPrice(1.3, 1, 0.5, "sell")).toBeCloseTo(1.05, 12);
    expect(executionPrice(1.6, 1, 2, "buy")).toBeCloseTo(2.6, 12);
  });

  test("DELEV-008: depth on a screen gives the impact, and odd depths are refused", () => {
    const impact = value(impactFromDepth({ depth: 1e6, move: 0.01, permanentShare: 0.25 }));
    expect(impact.temporary).toBeCloseTo(0.75e-8, 20);
    expect(impact.permanent).toBeCloseTo(0.25e-8, 20);
    expect(impactFromDepth({ depth: 0, move: 0.01, permanentShare: 0.25 }).ok).toBe(false);
    expect(impactFromDepth({ depth: 1, move: 0.01, permanentShare: 2 }).ok).toBe(false);
    expect(impactFromDepth({ depth: 1, move: Number.NaN, permanentShare: 0 }).ok).toBe(false);
  });
});

describe("over time", () => {
  const input = {
    size: 1_000_000,
    horizon: 5,
    steps: 5,
    sigma: 0.95,
    eta: 2.5e-6,
    gamma: 2.5e-7,
    epsilon: 0.0625,
    lambda: 1e-6,
  };

  test("DELEV-009: kappa solves its equation, and small changes of the schedule only cost more", () => {
    const found = value(schedule(input));
    const rate = input.eta - (input.gamma * 1) / 2;
    expect(2 * (Math.cosh(found.kappa) - 1)).toBeCloseTo((input.lambda * 0.95 ** 2) / rate, 12);
    const price = (x: readonly number[]): number => {
      let cost = (input.gamma * input.size ** 2) / 2 + input.epsilon * input.size;
      for (let j = 1; j < x.length; j++) {
        const n = (x[j - 1] ?? 0) - (x[j] ?? 0);
        cost += rate * n * n + input.lambda * input.sigma ** 2 * (x[j] ?? 0) ** 2;
      }
      return cost;
    };
    expect(price(found.holdings)).toBeCloseTo(
      found.expectedCost + input.lambda * found.variance,
      3,
    );
    for (let j = 1; j < 5; j++) {
      for (const change of [-1000, 1000]) {
        const moved = found.holdings.map((x, k) => (k === j ? x + change : x));
        expect(price(moved)).toBeGreaterThan(price(found.holdings));
      }
    }
  });

  test("DELEV-010: without risk aversion it is a straight line, with much of it nearly all at once", () => {
    expect(value(schedule({ ...input, lambda: 0 })).holdings[1]).toBeCloseTo(800_000, 6);
    const urgent = value(schedule({ ...input, lambda: 1e6 }));
    expect(urgent.holdings[1] ?? 1).toBeLessThan(1);
    expect(urgent.holdings.every(Number.isFinite)).toBe(true);
    expect(schedule({ ...input, steps: 0 }).ok).toBe(false);
    expect(schedule({ ...input, gamma: 1 }).ok).toBe(false);
    expect(schedule({ ...input, sigma: Number.NaN }).ok).toBe(false);
  });

  test("DELEV-011: 280 lots go as 100, 90, 45, 45 where the book holds 1,000 and then 900 (0012-POSR-013)", () => {
    const disposal = { fraction: 0.5, fullBelow: 50, bookShare: 0.1 };
    const books = [1000, 900, 450, 450];
    let left = 280;
    const taken = books.map((book) => {
      const step = value(disposalStep(left, book, disposal));
      left -= step;
      return step;
    });
    expect(taken).toEqual([100, 90, 45, 45]);
    expect(left).toBe(0);
    expect(disposalStep(-1, 1, disposal).ok).toBe(false);
    expect(disposalStep(1, 1, { ...disposal, fraction: 0 }).ok).toBe(false);
  });
});

describe("in distress", () => {
  test("DELEV-012: the plan for two calls is never dearer in expectation than the one for this call alone", () => {
    let changed = 0;
    let saved = 0;
    for (let seed = 1; seed <= 25; seed++) {
      const input = fleet(seed, { positions: 8, markets: 4, lots: 8, share: 0.3 });
      const found = value(planInDistress(input, { probability: 0.8, need: input.need }));
      expect(found.expected).toBeLessThanOrEqual(found.myopic.expected + 1e-9);
      expect(found.plan.status).toBe("restored");
      expect(found.expected).toBeCloseTo(found.plan.cost.total + 0.8 * found.next, 6);
      expect(found.plan.cost.total).toBeGreaterThanOrEqual(found.myopic.now - 1e-9);
      if (found.expected < found.myopic.expected * (1 - 1e-6)) {
        changed += 1;
        saved += 1 - found.expected / found.myopic.expected;
      }
      const calm = value(planInDistress(input, { probability: 0, need: input.need }));
      expect(calm.expected).toBeCloseTo(calm.myopic.now, 9);
    }
    expect(changed).toBeGreaterThan(5);
    expect(saved / 25).toBeGreaterThan(0.01);
    const input = fleet(1, { positions: 2, markets: 1, lots: 2 });
    expect(planInDistress(input, { probability: 2, need: 1n }).ok).toBe(false);
  });

  test("DELEV-014: it obeys the tiers as the plan for one call does", () => {
    let spread = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const input = fleet(seed, { positions: 9, markets: 3, lots: 5, share: 0.5, tiers: 3 });
      const { plan: made } = value(planInDistress(input, { probability: 0.9, need: input.need }));
      const closed = new Map<string, bigint>();
      for (const step of made.steps) {
        closed.set(step.position, (closed.get(step.position) ?? 0n) + step.qty);
      }
      const last = Math.max(...input.positions.map((p) => (closed.has(p.id) ? p.tier : 0)));
      if (last > 0) spread += 1;
      for (const p of input.positions) {
        if (p.tier < last) expect(closed.get(p.id)).toBe(p.qty < 0n ? -p.qty : p.qty);
      }
    }
    expect(spread).toBeGreaterThan(10);
  });

  test("DELEV-013: what a plan leaves has the margin and size that it did not close", () => {
    const input = fleet(5, { positions: 8, markets: 4, lots: 8, share: 0.4, shorts: 0.3 });
    const { plan: made } = value(planInDistress(input, { probability: 0, need: 0n }));
    const left = afterPlan(input, made, 7n);
    const all = (list: readonly { margin: bigint }[]): bigint =>
      list.reduce((s, p) => s + p.margin, 0n);
    expect(all(input.positions) - all(left.positions)).toBe(made.freed);
    expect(left.need).toBe(7n);
  });
});
