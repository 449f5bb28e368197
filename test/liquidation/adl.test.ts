/**
 * Deleveraging: the worked examples of the papers, and numbers without meaning refused.
 */
import { describe, expect, test } from "vitest";
import {
  adlRound,
  burden,
  cappedProRata,
  minMax,
  queue,
  type RiskWeight,
  riskAwareShares,
} from "../../src/liquidation/adl.ts";
import {
  adlRank,
  adlScore,
  contractsProRata,
  lotsForHaircuts,
} from "../../src/liquidation/adl-lots.ts";
import { at, sum, value } from "./adl-words.ts";

describe("worked examples", () => {
  const equities = [10, 5, 1, -3, -12];

  test("ADL-001: the queue wipes the second winner out and cuts the first to 7.5 (arXiv 2512.01112 v3)", () => {
    const order = [1, 0, 2, 4, 3];
    const first = value(adlRound({ equities, severity: 0.5, rule: { kind: "queue", order } }));
    expect(first.budget).toBe(7.5);
    expect(first.equities).toEqual([7.5, 0, 1, -3, -4.5]);
    expect(first.haircuts).toEqual([0.25, 1, 0, 0, 0]);
    // The paper prints 3.75 for the next round at severity 1/2; half of 3.75 leaves 5.625.
    const next = [7.5, 0, 1, -1.5, -2.25];
    const half = value(
      adlRound({ equities: next, severity: 0.5, rule: { kind: "queue", order: [0, 2] } }),
    );
    expect(half.equities[0]).toBe(5.625);
    const whole = value(
      adlRound({ equities: next, severity: 1, rule: { kind: "queue", order: [0, 2] } }),
    );
    expect(whole.equities).toEqual([3.75, 0, 1, 0, 0]);
  });

  test("ADL-002: pro rata scales all winners by 17/32", () => {
    const found = value(adlRound({ equities, severity: 0.5, rule: { kind: "pro-rata" } }));
    expect(found.equities.slice(0, 3)).toEqual([5.3125, 2.65625, 0.53125]);
    expect(found.haircuts.slice(0, 3)).toEqual([15 / 32, 15 / 32, 15 / 32]);
    expect(found.equities.slice(3)).toEqual([-3, -4.5]);
  });

  test("ADL-003: the even burden is budget over capacity, and any queue's is strictly worse (2602.15182, 9)", () => {
    const capacity = [40, 30, 20, 10];
    const cuts = value(minMax(25, capacity));
    expect(burden(cuts, capacity)).toBe(0.25);
    expect(burden(value(queue(25, capacity, [1, 2, 3, 4])), capacity)).toBe(1);
  });

  test("ADL-004: a queue jumps by twice the budget for the smallest change of a score (2602.15182, 8)", () => {
    const before = value(queue(10, [20, 20], [1, 1 + 1e-12]));
    const after = value(queue(10, [20, 20], [1 + 1e-12, 1]));
    expect(sum(before.map((x, i) => Math.abs(x - at(after, i))))).toBe(20);
    const smooth = value(cappedProRata(10, [1, 1 + 1e-12], [20, 20]));
    const near = value(cappedProRata(10, [1 + 1e-12, 1], [20, 20]));
    expect(sum(smooth.map((x, i) => Math.abs(x - at(near, i))))).toBeLessThan(1e-10);
  });

  test("ADL-005: whole contracts go by largest remainder, ties to the later position unless told", () => {
    const round = {
      positions: [5, 5, 5, -9],
      required: 7,
      side: "long",
      rounding: "ceil",
      lossPerContract: 1,
    } as const;
    expect(value(contractsProRata(round)).closed).toEqual([2, 2, 3, 0]);
    expect(value(contractsProRata({ ...round, ties: "first" })).closed).toEqual([3, 2, 2, 0]);
    expect(value(contractsProRata({ ...round, side: "short" })).closed).toEqual([0, 0, 0, 7]);
    expect(value(contractsProRata({ ...round, side: "both", required: 24 })).closed).toEqual([
      5, 5, 5, 9,
    ]);
    const half = { ...round, required: 2.5 };
    expect(value(contractsProRata({ ...half, rounding: "round" })).required).toBe(2);
    expect(value(contractsProRata({ ...half, rounding: "floor" })).required).toBe(2);
    expect(value(contractsProRata({ ...half, rounding: "ceil" })).required).toBe(3);
    expect(value(contractsProRata({ ...round, lossPerContract: 0 })).contracts).toBe(0);
    expect(value(contractsProRata({ ...round, positions: [0.9, 0.4] })).contracts).toBe(0);
  });

  test("ADL-006: extra contracts come once each, or in rounds until the number is met", () => {
    const round = {
      positions: [1, 1, 9],
      weights: [10, 10, 1],
      required: 9,
      side: "long",
      rounding: "ceil",
      lossPerContract: 1,
    } as const;
    expect(value(contractsProRata(round)).contracts).toBe(3);
    expect(value(contractsProRata({ ...round, extra: "until-met" })).closed).toEqual([1, 1, 7]);
  });

  test("ADL-007: contracts near targets in USDC take the largest uncovered part first", () => {
    expect(value(lotsForHaircuts([10, 10], [4, 3], [9, 9]))).toEqual({
      closed: [3, 3],
      realized: 21,
      target: 20,
    });
    expect(value(lotsForHaircuts([10, 10], [4, 3], [1, 9])).closed).toEqual([1, 4]);
  });

  test("ADL-008: a score ranks by profit and leverage, and a rank is what would be taken before", () => {
    const long = { qty: 2, entry: 100, mark: 110, equity: 44 };
    expect(adlScore(long, "pnl-times-leverage")).toBeCloseTo(0.1 * 5, 12);
    expect(adlScore(long, "price-ratio-times-leverage")).toBeCloseTo(1.1 * 5, 12);
    expect(adlScore(long, "pnl")).toBe(20);
    expect(adlScore({ ...long, qty: -2 }, "pnl-times-leverage")).toBeCloseTo(-0.1 / 5, 12);
    const others = [
      { score: 9, size: 30 },
      { score: 1, size: 60 },
    ];
    expect(adlRank({ score: 5, size: 10 }, others)).toEqual({ ahead: 30, share: 0.3, lights: 4 });
    expect(adlRank({ score: 10, size: 10 }, others).lights).toBe(5);
    expect(adlRank({ score: 0, size: 10 }, others).lights).toBe(1);
  });

  test("ADL-013: risk-aware shares of the paper's three winners, by each of its weights (2512.01112 v3)", () => {
    // The paper prints equities and leverages rounded: so are its shares.
    const shares = (weight: RiskWeight): number[] =>
      value(riskAwareShares([0.163, 0.728, 0.109], [1.031, 0.925, 1.548], weight));
    const near = (found: readonly number[], printed: readonly number[]): void => {
      for (const [i, share] of found.entries())
        expect(Math.abs(share - at(printed, i))).toBeLessThan(2e-3);
    };
    near(shares({ kind: "linear" }), [0.164, 0.589, 0.246]);
    near(shares({ kind: "square" }), [0.155, 0.498, 0.348]);
    near(shares({ kind: "cvar", threshold: 0.9 }), [0.149, 0.114, 0.737]);
  });

  test("ADL-014: its deficit of 0.705 against 7.72 of winners is a haircut of 0.0913 of each", () => {
    const equities = [0.163 * 7.72, 0.728 * 7.72, 0.109 * 7.72, -0.705];
    const found = value(adlRound({ equities, severity: 1, rule: { kind: "pro-rata" } }));
    for (const haircut of found.haircuts.slice(0, 3)) expect(haircut).toBeCloseTo(0.0913, 4);
  });

  test("ADL-012: risk-aware shares sum to one, and numbers without meaning are refused", () => {
    const shares = value(riskAwareShares([1, 2, 3], [1, 2, 0.5], { kind: "square" }));
    expect(sum(shares)).toBeCloseTo(1, 12);
    expect(value(riskAwareShares([1], [0.5], { kind: "cvar", threshold: 0.9 }))).toEqual([0]);
    expect(cappedProRata(-1, [1], [1]).ok).toBe(false);
    expect(cappedProRata(1, [1, 2], [1]).ok).toBe(false);
    expect(cappedProRata(1, [Number.NaN], [1]).ok).toBe(false);
    expect(queue(1, [1], [Number.NaN]).ok).toBe(false);
    expect(queue(1, [1], []).ok).toBe(false);
    expect(adlRound({ equities: [1], severity: 2, rule: { kind: "pro-rata" } }).ok).toBe(false);
    expect(adlRound({ equities: [Number.NaN], severity: 1, rule: { kind: "pro-rata" } }).ok).toBe(
      false,
    );
    expect(lotsForHaircuts([1], [1, 2], [1]).ok).toBe(false);
    expect(lotsForHaircuts([-1], [1], [1]).ok).toBe(false);
    const round = {
      positions: [1],
      required: 1,
      side: "long",
      rounding: "ceil",
      lossPerContract: 1,
    } as const;
    expect(contractsProRata({ ...round, required: Number.NaN }).ok).toBe(false);
    expect(contractsProRata({ ...round, weights: [1, 2] }).ok).toBe(false);
    expect(contractsProRata({ ...round, weights: [-1] }).ok).toBe(false);
  });
});
