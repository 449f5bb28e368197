/** Reallocation in simulated years: idle where agents are alike, useful where they differ. */
import { describe, expect, test } from "vitest";
import {
  drawdownKeeps,
  naiveSharpe,
  POD_LADDER,
  REALLOCATION,
  reallocate,
  skills,
} from "../../src/liquidation/reallocation.ts";
import { dice } from "./fleets.ts";
import { count } from "./large.ts";

const VOLATILITY = 0.2;

interface Year {
  /** Mean turnover of a week. */
  readonly turnover: number;
  readonly naive: number;
  /** Gain over equal shares, less costs, and that of one who knows from the first day. */
  readonly gain: number;
  readonly oracle: number;
}

/** A year of daily returns, with a decision each week from the fourth on. */
function year(seed: number, ratios: readonly number[]): Year {
  const d = dice(seed);
  const n = ratios.length;
  const mean = (i: number): number => ((ratios[i] ?? 0) * VOLATILITY) / 365;
  const records: number[][] = ratios.map(() => []);
  let shares = ratios.map(() => 1 / n);
  let simple = shares;
  const best = ratios.map((_, i) => i).sort((a, b) => (ratios[b] ?? 0) - (ratios[a] ?? 0));
  const known = ratios.map(() => REALLOCATION.floor);
  let left = 1 - n * REALLOCATION.floor;
  for (const i of best) {
    const more = Math.min(left, REALLOCATION.cap - REALLOCATION.floor);
    known[i] = REALLOCATION.floor + more;
    left -= more;
  }
  let [turnover, naive, gain, oracle] = [0, 0, 0, 0];
  for (let day = 0; day < 365; day++) {
    ratios.forEach((_, i) => {
      records[i]?.push(mean(i) + (VOLATILITY / Math.sqrt(365)) * d.normal());
      gain += ((shares[i] ?? 0) - 1 / n) * mean(i);
      oracle += ((known[i] ?? 0) - 1 / n) * mean(i);
    });
    if (day % 7 !== 6 || day < 27) continue;
    const made = reallocate(records, shares, REALLOCATION);
    if (!made.ok) throw new Error(made.reason);
    turnover += made.value.turnover;
    gain -= 2 * made.value.turnover * REALLOCATION.cost;
    shares = [...made.value.shares];
    const next = naiveSharpe(records, 7);
    naive += next.reduce((s, x, i) => s + Math.abs(x - (simple[i] ?? 0)), 0) / 2;
    simple = next;
  }
  return { turnover: turnover / 49, naive: naive / 49, gain, oracle };
}

const worlds = count(30, 400);
const years = (ratios: readonly number[]): Year[] =>
  Array.from({ length: worlds }, (_, i) => year(i + 1, ratios));
const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;

describe("simulated years", () => {
  test("ALLOC-001: where all agents are alike less than 2 % turns over in a week; the naive rule turns half over", () => {
    for (const ratios of [
      [1, 1, 1, 1, 1],
      [0, 0, 0, 0, 0],
      [2, 2, 2, 2],
    ]) {
      const found = years(ratios);
      expect(mean(found.map((y) => y.turnover))).toBeLessThan(0.02);
      expect(Math.max(...found.map((y) => y.turnover))).toBeLessThan(0.03);
      expect(mean(found.map((y) => y.naive))).toBeGreaterThan(0.3);
    }
  });

  test("ALLOC-002: where two of five are better by 4 it earns at least 60 % of what one earns who knows", () => {
    const found = years([3, 3, -1, -1, -1]);
    const share = mean(found.map((y) => y.gain)) / mean(found.map((y) => y.oracle));
    expect(share).toBeGreaterThanOrEqual(0.6);
    expect(share).toBeLessThan(1);
  });

  test("ALLOC-003: shares stay within floor, cap and step, and sum to one", () => {
    const d = dice(9);
    let shares = [0.2, 0.2, 0.2, 0.2, 0.2];
    const records = [8, 2, 0, -2, -8].map((r) =>
      Array.from({ length: 200 }, () => (r * 0.2) / 365 + 0.01 * d.normal()),
    );
    for (let k = 0; k < 10; k++) {
      const made = reallocate(records, shares, REALLOCATION);
      if (!made.ok) throw new Error(made.reason);
      const next = made.value.shares;
      expect(mean(next) * 5).toBeCloseTo(1, 12);
      next.forEach((x, i) => {
        expect(x).toBeGreaterThanOrEqual(REALLOCATION.floor - 1e-12);
        expect(x).toBeLessThanOrEqual(REALLOCATION.cap + 1e-12);
        expect(Math.abs(x - (shares[i] ?? 0))).toBeLessThanOrEqual(REALLOCATION.step + 1e-12);
      });
      shares = [...next];
    }
    expect(shares[0]).toBeCloseTo(REALLOCATION.cap, 9);
    expect(shares[4]).toBeLessThan(0.1);
  });

  test("ALLOC-004: it says why it does not move", () => {
    const d = dice(4);
    const noise = [0, 0, 0].map(() => Array.from({ length: 60 }, () => 0.01 * d.normal()));
    const [one = []] = noise;
    const shares = [1 / 3, 1 / 3, 1 / 3];
    const because = (records: number[][], over = {}): string => {
      const made = reallocate(records, shares, { ...REALLOCATION, ...over });
      if (!made.ok) throw new Error(made.reason);
      expect(made.value.moved).toBe(made.value.because === "moved");
      return made.value.because;
    };
    expect(because([one, one, one])).toBe("no-difference");
    const apart = noise.map((r, i) => r.map((x) => x + 0.004 * (i - 1)));
    expect(because(apart)).toBe("moved");
    expect(because(apart, { cost: 10 })).toBe("not-worth-its-cost");
    expect(because(apart, { confidence: 1.1 })).toBe("not-sure-enough");
  });
});

describe("skill", () => {
  test("ALLOC-005: a week at a ratio of 2 is worth a t-statistic of 0.28, and shrinks to almost nothing", () => {
    const error = Math.sqrt(365 / 7);
    expect(2 / error).toBeCloseTo(0.28, 2);
    const d = dice(2);
    const records = [0, 1, 2].map(() => Array.from({ length: 7 }, () => 0.01 * d.normal()));
    const made = skills(records, 365);
    if (!made.ok) throw new Error(made.reason);
    for (const { mean: m, observed, error: e } of made.value.agents) {
      expect(e).toBeGreaterThan(error * 0.99);
      expect(Math.abs(m - made.value.common)).toBeLessThan(
        Math.abs(observed - made.value.common) + 1e-9,
      );
    }
  });

  test("ALLOC-006: records that tell nothing are refused", () => {
    expect(skills([], 365)).toMatchObject({ code: "empty" });
    expect(skills([[0.1]], 365)).toMatchObject({ code: "too-few-samples" });
    expect(skills([[0.1, 0.1]], 365)).toMatchObject({ code: "flat" });
    expect(skills([[0.1, Number.NaN]], 365)).toMatchObject({ code: "not-finite" });
    expect(skills([[0.1, 0.2]], 0)).toMatchObject({ code: "not-positive" });
    const records = [
      [0.1, 0.2, 0.1],
      [0.2, 0.1, 0.3],
    ];
    for (const over of [
      { floor: 0.6 },
      { cap: 0.4 },
      { step: 0 },
      { cost: -1 },
      { lean: Number.NaN },
    ]) {
      const policy = { ...REALLOCATION, cap: 0.9, ...over };
      expect(reallocate(records, [0.5, 0.5], policy)).toMatchObject({ code: "out-of-range" });
    }
    expect(reallocate(records, [0.5, 0.6], { ...REALLOCATION, cap: 0.9 }).ok).toBe(false);
    expect(reallocate(records, [1], { ...REALLOCATION, cap: 0.9 }).ok).toBe(false);
  });

  test("ALLOC-007: the ladder halves at 5 % and stops at 7.5 %", () => {
    expect([0, 0.049, 0.05, 0.074, 0.075, 0.5].map((x) => drawdownKeeps(x, POD_LADDER))).toEqual([
      1, 1, 0.5, 0.5, 0, 0,
    ]);
    expect(drawdownKeeps(0.5, [])).toBe(1);
  });
});
