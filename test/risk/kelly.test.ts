/** Kelly stakes: closed forms against brute force, bounds that shrink an unproven edge. */
import { fc, test as prop } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import {
  betGrowth,
  fractionalKelly,
  growthRate,
  kellyBet,
  kellyBetBounded,
  kellyContinuous,
  kellyContinuousBounded,
  kellyOutcomes,
  kellyPortfolio,
  winRateBound,
} from "../../src/risk/kelly.ts";
import { taken } from "./reference-series.ts";

const chance = fc.double({ min: 0.01, max: 0.99, noNaN: true });
const odds = fc.double({ min: 0.1, max: 20, noNaN: true });

describe("Kelly", () => {
  prop.prop([chance, odds])("KELLY-001: always no other stake grows faster", (p, b) => {
    const best = taken(kellyBet({ p, odds: b }));
    const top = taken(betGrowth({ p, odds: b }, best));
    for (const other of [0, best * 0.9, best + (1 - best) * 0.1, best + (1 - best) * 0.5]) {
      expect(taken(betGrowth({ p, odds: b }, other))).toBeLessThanOrEqual(top + 1e-12);
    }
  });

  prop.prop([chance, odds, fc.double({ min: 0.05, max: 1, noNaN: true })])(
    "KELLY-002: always the list of outcomes agrees with the bet of two",
    (p, b, loss) => {
      const two = taken(kellyOutcomes([b, -loss], [p, 1 - p]));
      expect(two).toBeCloseTo(taken(kellyBet({ p, odds: b, loss })), 9);
    },
  );

  test("KELLY-003: a bet without an edge, and the house's, gets nothing", () => {
    expect(taken(kellyBet({ p: 0.5, odds: 1 }))).toBe(0);
    expect(taken(kellyBet({ p: 18 / 37, odds: 1 }))).toBe(0);
    expect(taken(kellyBet({ p: 1, odds: 1 }))).toBe(1);
    expect(taken(kellyOutcomes([0.1, -0.2]))).toBe(0);
  });

  test("KELLY-004: Wilson's bound is below the rate and shrinks the stake until the edge is proven", () => {
    // 55 of 100 at 1.645: Wilson's lower end is 0.46792.
    expect(taken(winRateBound(55, 100, 1.645))).toBeCloseTo(0.46792, 5);
    // Tabulated by Newcombe (1998), Stat. Med. 17, 857: 81 of 263, 95 % two-sided.
    expect(taken(winRateBound(81, 263, 1.959964))).toBeCloseTo(0.2553, 4);
    expect(taken(winRateBound(0, 20, 1.959964))).toBe(0);
    const payoff = { odds: 1 };
    expect(taken(kellyBetBounded({ wins: 55, tries: 100, z: 1.645 }, payoff))).toBe(0);
    const proven = taken(kellyBetBounded({ wins: 5_500, tries: 10_000, z: 1.645 }, payoff));
    expect(proven).toBeGreaterThan(0.08);
    expect(proven).toBeLessThan(0.1);
    expect(taken(winRateBound(3, 10, 0))).toBeCloseTo(0.3, 12);
    expect(winRateBound(0, 0, 1)).toMatchObject({ code: "too-few-samples" });
    expect(winRateBound(3, 2, 1)).toMatchObject({ code: "out-of-range" });
  });

  test("KELLY-005: half Kelly keeps three quarters of the excess growth", () => {
    const drift = { mu: 0.11, sigma: 0.15, r: 0.06 };
    const full = taken(kellyContinuous(drift));
    const half = taken(fractionalKelly(full, 0.5));
    const excess = (f: number) => taken(growthRate(drift, f)) - 0.06;
    expect(excess(half)).toBeCloseTo(0.75 * excess(full), 12);
    expect(excess(2 * full)).toBeCloseTo(0, 12);
    expect(fractionalKelly(full, 1.5)).toMatchObject({ code: "out-of-range" });
  });

  test("KELLY-006: a drift within its own error is not staked on", () => {
    const drift = { mu: 0.3, sigma: 0.65 };
    expect(taken(kellyContinuousBounded(drift, { periods: 4, z: 1.645 }))).toBe(0);
    const long = taken(kellyContinuousBounded(drift, { periods: 100, z: 1.645 }));
    expect(long).toBeCloseTo((0.3 - 1.645 * 0.065) / 0.4225, 12);
  });

  test("KELLY-007: the portfolio's growth is at its top and bad matrices are named", () => {
    const covariance = [
      [0.4, 0.1],
      [0.1, 0.3],
    ];
    const best = taken(kellyPortfolio([0.2, 0.1], covariance, 0.02));
    const [a = 0, b = 0] = best.fractions;
    expect(0.4 * a + 0.1 * b).toBeCloseTo(0.18, 12);
    expect(0.1 * a + 0.3 * b).toBeCloseTo(0.08, 12);
    expect(best.growth).toBeCloseTo(0.02 + (0.18 * a + 0.08 * b) / 2, 12);
    const code = (mu: number[], c: number[][]) => {
      const answer = kellyPortfolio(mu, c);
      return answer.ok ? "ok" : answer.code;
    };
    expect(
      code(
        [1, 1],
        [
          [1, 1],
          [1, 1],
        ],
      ),
    ).toBe("singular");
    expect(
      code(
        [1, 1],
        [
          [0, 0],
          [0, 0],
        ],
      ),
    ).toBe("singular");
    expect(
      code(
        [1, 1],
        [
          [1, 0.5],
          [0.4, 1],
        ],
      ),
    ).toBe("not-symmetric");
    expect(
      code(
        [1],
        [
          [1, 0],
          [0, 1],
        ],
      ),
    ).toBe("length-mismatch");
    expect(code([], [])).toBe("empty");
    expect(code([Number.NaN], [[1]])).toBe("not-finite");
  });

  test("KELLY-008: a bet that cannot lose, ruin and chances that do not sum are named", () => {
    expect(kellyOutcomes([0.1, 0.2])).toMatchObject({ code: "unbounded" });
    expect(kellyOutcomes([0.1, -0.2], [0.5, 0.6])).toMatchObject({ code: "out-of-range" });
    expect(kellyOutcomes([0.1], [0.5, 0.5])).toMatchObject({ code: "length-mismatch" });
    expect(kellyOutcomes([])).toMatchObject({ code: "empty" });
    expect(betGrowth({ p: 0.5, odds: 1 }, 1)).toMatchObject({ code: "out-of-range" });
    expect(kellyBet({ p: 1.1, odds: 1 })).toMatchObject({ code: "out-of-range" });
    expect(kellyBet({ p: 0.5, odds: 0 })).toMatchObject({ code: "out-of-range" });
    expect(kellyContinuous({ mu: 0.1, sigma: 0 })).toMatchObject({ code: "out-of-range" });
    expect(kellyContinuous({ mu: 1e300, sigma: 1e-10 })).toMatchObject({ code: "not-finite" });
  });
});
