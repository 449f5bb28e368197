/** Deleveraging at its edges: what is refused and what just passes, ties, zeros and rests. */
import { describe, expect, test } from "vitest";
import {
  adlRound,
  burden,
  cappedProRata,
  minMax,
  queue,
  riskAwareShares,
} from "../../src/liquidation/adl.ts";
import {
  adlRank,
  adlScore,
  type ContractRound,
  contractsProRata,
  lotsForHaircuts,
} from "../../src/liquidation/adl-lots.ts";
import { value } from "./adl-words.ts";

describe("budgets", () => {
  test("ADL-017: columns and budgets without meaning are refused by their names, nothing is fine", () => {
    for (const bad of [-1e-9, Number.NaN, Number.POSITIVE_INFINITY]) {
      const budget = { code: "out-of-range", reason: "the budget is finite and not negative" };
      expect(cappedProRata(bad, [1], [1])).toMatchObject(budget);
      expect(queue(bad, [1], [1])).toMatchObject(budget);
      expect(minMax(bad, [1])).toMatchObject(budget);
      const reason = (name: string) => ({ reason: `${name} are finite and not negative` });
      expect(cappedProRata(1, [1, bad], [1, 1])).toMatchObject(reason("weights"));
      expect(cappedProRata(1, [1, 1], [bad, 1])).toMatchObject(reason("caps"));
      expect(queue(1, [bad, 1], [1, 2])).toMatchObject(reason("caps"));
      expect(riskAwareShares([bad], [1], { kind: "linear" })).toMatchObject(reason("equity"));
      expect(riskAwareShares([1], [bad], { kind: "linear" })).toMatchObject(reason("leverage"));
    }
    expect(cappedProRata(1, [1, 2], [1])).toMatchObject({
      reason: "weights, caps are of one length",
    });
    const scores = { reason: "there is one score for each cap, and none is NaN" };
    for (const bad of [[], [1, 2], [Number.NaN]]) expect(queue(1, [1], bad)).toMatchObject(scores);
    expect(value(queue(1, [1], [Number.POSITIVE_INFINITY]))).toEqual([1]);
    expect(value(cappedProRata(0, [1], [1]))).toEqual([0]);
    expect(value(cappedProRata(1, [], []))).toEqual([]);
    expect(value(queue(0, [1], [1]))).toEqual([0]);
  });

  test("ADL-018: water fills over three caps, the tightest first; no weight, no cut", () => {
    // 12 over weights 1, 2, 3: levels of the caps 1, 3 and 9. The first holds 1; 11 are shared by 2 and 3.
    expect(value(cappedProRata(12, [1, 2, 3], [1, 6, 27]))).toEqual([1, 4.4, 6.6]);
    expect(value(cappedProRata(40, [3, 2, 1], [27, 6, 1]))).toEqual([27, 6, 1]);
    expect(value(cappedProRata(6, [1, 2, 3], [1, 2, 3]))).toEqual([1, 2, 3]);
    expect(value(cappedProRata(5, [0, 1], [9, 3]))).toEqual([0, 3]);
    expect(value(cappedProRata(5, [0, 0], [9, 3]))).toEqual([0, 0]);
    // Two of one level, in either order.
    expect(value(cappedProRata(3, [2, 1, 1], [2, 1, 9]))).toEqual([1.5, 0.75, 0.75]);
    expect(value(cappedProRata(5, [1, 2, 1], [1, 2, 9]))).toEqual([1, 2, 2]);
  });

  test("ADL-019: a queue takes equal scores by their index, and ends at the budget", () => {
    expect(value(queue(5, [3, 3, 3], [1, 1, 2]))).toEqual([2, 0, 3]);
    expect(value(queue(99, [3, 3], [1, 2]))).toEqual([3, 3]);
    expect(value(queue(4, [3, 3], [-1, -2]))).toEqual([3, 1]);
    expect(burden([1, 5], [4, 0])).toBe(0.25);
    expect(burden([], [])).toBe(0);
    expect(burden([0.5, 0.1], [1, 1])).toBe(0.5);
  });

  test("ADL-020: weights of risk: what is below the threshold bears nothing, none left bears all nought", () => {
    const shares = value(riskAwareShares([1, 1, 2], [2, 0.5, 3], { kind: "cvar", threshold: 1 }));
    // 1 x 2 x 1 and 2 x 3 x 2.
    expect(shares).toEqual([2 / 14, 0, 12 / 14]);
    expect(value(riskAwareShares([1, 2], [1, 1], { kind: "linear" }))).toEqual([1 / 3, 2 / 3]);
    expect(value(riskAwareShares([0, 0], [1, 1], { kind: "square" }))).toEqual([0, 0]);
    expect(value(riskAwareShares([], [], { kind: "square" }))).toEqual([]);
  });
});

describe("rounds", () => {
  test("ADL-021: losers are relieved from the deepest on, equal ones by index, and nobody else changes", () => {
    const round = (equities: number[], severity: number) =>
      value(adlRound({ equities, severity, rule: { kind: "pro-rata" } }));
    expect(round([10, -2, 0, -4, -4], 0.5).equities).toEqual([5, -2, 0, 0, -3]);
    expect(round([10, -4, -2, -4], 0.8)).toMatchObject({ equities: [2, 0, -2, 0], budget: 8 });
    expect(round([10, -4], 0)).toEqual({ equities: [10, -4], budget: 0, haircuts: [0, 0] });
    expect(round([2, -4], 1)).toEqual({ equities: [0, -2], budget: 2, haircuts: [1, 0] });
    expect(round([2, -1], 1).equities).toEqual([1, 0]);
    expect(round([0.75, -0.5], 1).equities).toEqual([0.25, 0]);
    const queued = (order: number[]) =>
      value(adlRound({ equities: [3, 3, -4], severity: 1, rule: { kind: "queue", order } }))
        .equities;
    expect([queued([1, 0]), queued([0, 1]), queued([1])]).toEqual([
      [2, 0, 0],
      [0, 2, 0],
      [2, 0, 0],
    ]);
    const bad = (severity: number, equities = [1]) =>
      adlRound({ equities, severity, rule: { kind: "pro-rata" } });
    for (const severity of [-1e-9, 1.001, Number.NaN])
      expect(bad(severity)).toMatchObject({
        code: "out-of-range",
        reason: "severity is in [0, 1]",
      });
    expect(bad(1, [Number.POSITIVE_INFINITY])).toMatchObject({ code: "not-finite" });
    expect([bad(0).ok, bad(1).ok]).toEqual([true, true]);
  });
});

describe("contracts", () => {
  const base: ContractRound = {
    ...{ positions: [4, 4], required: 3, side: "long", rounding: "ceil", lossPerContract: 2 },
  };
  const close = (over: Partial<ContractRound>) => value(contractsProRata({ ...base, ...over }));

  test("ADL-022: halves go to the even number, the rest to the nearest, and less than none is none", () => {
    const required = [0.5, 1.5, 2.5, 3.5, 1.4, 1.6, -0.5, -1.5];
    expect(required.map((x) => close({ required: x, rounding: "round" }).required)).toEqual([
      0, 2, 2, 4, 1, 2, 0, 0,
    ]);
    expect(close({ required: -3 })).toEqual({
      closed: [0, 0],
      required: 0,
      contracts: 0,
      lossTotal: 0,
    });
    expect(close({}).lossTotal).toBe(6);
  });

  test("ADL-023: by weight, largest remainder first, whole contracts at most, less than one whole has no share", () => {
    // 10 by 5, 3, 2 of 10 is exact; 7 is 3.5, 2.1, 1.4: the half comes first.
    expect(close({ positions: [9, 9, 9], weights: [5, 3, 2], required: 7 }).closed).toEqual([
      4, 2, 1,
    ]);
    expect(close({ positions: [9, 9, 9], weights: [2, 5, 3], required: 7 }).closed).toEqual([
      1, 4, 2,
    ]);
    expect(close({ positions: [0.99, 3, 3], required: 4 }).closed).toEqual([0, 2, 2]);
    expect(close({ positions: [2 - 1e-13, 2], required: 4 }).closed).toEqual([2, 2]);
    expect(close({ positions: [4, 4], weights: [1, 0], required: 6 }).closed).toEqual([4, 0]);
    expect(close({ positions: [4, 4], weights: [0, 0], required: 6 }).contracts).toBe(0);
    expect(close({ positions: [5, 5, 5, 5], required: 2, ties: "first" }).closed).toEqual([
      1, 1, 0, 0,
    ]);
    expect(close({ positions: [5, 5, 5, 5], required: 2, ties: "last" }).closed).toEqual([
      0, 0, 1, 1,
    ]);
    expect(close({ positions: [5, 5, 5, 5], required: 3 }).closed).toEqual([0, 1, 1, 1]);
    expect(close({ positions: [-4, 6], side: "both", required: 5 }).closed).toEqual([2, 3]);
    expect(close({ positions: [-4, 6], side: "short", required: 5 }).closed).toEqual([4, 0]);
    expect(close({ required: 1 }).closed).toEqual([0, 1]);
    expect(close({ lossPerContract: 1 }).closed).toEqual([1, 2]);
    expect(close({ weights: [0.25, 0.75], required: 4 }).closed).toEqual([1, 3]);
    // By remainder and not by size; and who has no whole contract weighs nothing.
    expect(close({ positions: [9, 9], weights: [31, 19], required: 5 }).closed).toEqual([3, 2]);
    expect(close({ positions: [0.5, 9, 9], weights: [5, 1, 1], required: 6 }).closed).toEqual([
      0, 3, 3,
    ]);
    // Once each: two of three that are left open. In rounds: all that can be.
    const capped = { positions: [1, 1, 6], weights: [9, 9, 2], required: 8 } as const;
    expect(close(capped).closed).toEqual([1, 1, 1]);
    expect(close({ ...capped, extra: "until-met" }).closed).toEqual([1, 1, 6]);
    expect(close({ ...capped, required: 99, extra: "until-met" }).contracts).toBe(8);
    expect(close({ ...capped, required: 5, extra: "until-met" }).closed).toEqual([1, 1, 3]);
  });

  test("ADL-024: numbers without meaning have their own codes", () => {
    const code = (over: Partial<ContractRound>) => contractsProRata({ ...base, ...over });
    for (const bad of [
      { positions: [Number.NaN, 1] },
      { required: Number.POSITIVE_INFINITY },
      { lossPerContract: Number.NaN },
      { weights: [1, Number.NaN] },
    ])
      expect(code(bad)).toMatchObject({ code: "not-finite" });
    expect(code({ weights: [1] })).toMatchObject({ code: "length-mismatch" });
    for (const bad of [{ lossPerContract: -1 }, { weights: [1, -1] }])
      expect(code(bad)).toMatchObject({
        code: "out-of-range",
        reason: "losses and weights are not negative",
      });
  });

  test("ADL-025: lots for haircuts: floors, then the largest uncovered part of a contract", () => {
    const lots = (targets: number[], values: number[], most: number[]) =>
      value(lotsForHaircuts(targets, values, most));
    expect(lots([10, 7], [4, 4], [9, 9])).toEqual({ closed: [3, 2], realized: 20, target: 17 });
    expect(lots([11, 6], [4, 4], [9, 9])).toEqual({ closed: [3, 2], realized: 20, target: 17 });
    expect(lots([9, 7], [4, 4], [9, 9])).toEqual({ closed: [2, 2], realized: 16, target: 16 });
    expect(lots([5, 5], [0, 2], [9, 9])).toEqual({ closed: [0, 3], realized: 6, target: 10 });
    expect(lots([5], [2], [1])).toEqual({ closed: [1], realized: 2, target: 5 });
    expect(lots([5], [2], [2.9])).toEqual({ closed: [2], realized: 4, target: 5 });
    expect(lots([0, 0], [1, 1], [0, 0])).toEqual({ closed: [0, 0], realized: 0, target: 0 });
    expect(lots([3 + 5e-7], [3], [9])).toEqual({ closed: [1], realized: 3, target: 3 + 5e-7 });
    expect(lots([3 + 2e-6], [3], [9]).closed).toEqual([2]);
    // Equal parts go to the first of them.
    expect(lots([1.5, 1.5], [1, 1], [9, 9]).closed).toEqual([2, 1]);
    for (const bad of [
      [[1], [1, 2], [1]],
      [[1], [1], [1, 2]],
    ] as const)
      expect(lotsForHaircuts(bad[0], bad[1], bad[2])).toMatchObject({ code: "length-mismatch" });
    for (const bad of [
      [[-1], [1], [1]],
      [[1], [-1], [1]],
      [[1], [1], [-1]],
      [[Number.NaN], [1], [1]],
      [[1], [1], [Number.POSITIVE_INFINITY]],
    ] as const)
      expect(lotsForHaircuts(bad[0], bad[1], bad[2])).toMatchObject({ code: "out-of-range" });
  });

  test("ADL-026: scores of winners and losers, long and short", () => {
    const long = { qty: 2, entry: 100, mark: 110, equity: 44 };
    const short = { ...long, qty: -2, mark: 80, equity: 32 };
    expect(adlScore(short, "pnl-times-leverage")).toBeCloseTo(0.2 * 5, 12);
    expect(adlScore(short, "price-ratio-times-leverage")).toBeCloseTo(1.25 * 5, 12);
    expect(adlScore(short, "pnl")).toBe(40);
    expect(adlScore({ ...long, mark: 90 }, "pnl-times-leverage")).toBeCloseTo(
      -0.1 / (180 / 44),
      12,
    );
    expect(adlScore({ ...long, equity: 0 }, "pnl-times-leverage")).toBeCloseTo(
      0.1 * (220 / 1e-12),
      -9,
    );
    expect(adlScore({ ...long, equity: -5 }, "pnl-times-leverage")).toBeGreaterThan(1e13);
    expect(adlScore({ ...long, mark: 100 }, "pnl-times-leverage")).toBe(0);
  });

  test("ADL-027: a rank counts what goes strictly before; five lights for the first fifth, one for the last", () => {
    const rank = (ahead: number, behind: number, size = 0) =>
      adlRank({ score: 5, size }, [
        { score: 6, size: ahead },
        { score: 4, size: behind },
      ]);
    expect([0, 19, 20, 40, 60, 79, 80, 99].map((x) => rank(x, 100 - x).lights)).toEqual([
      5, 5, 4, 3, 2, 2, 1, 1,
    ]);
    expect(rank(100, 0)).toEqual({ ahead: 100, share: 1, lights: 1 });
    expect(adlRank({ score: 5, size: 10 }, [{ score: 5, size: 30 }])).toEqual({
      ahead: 0,
      share: 0,
      lights: 5,
    });
    expect(adlRank({ score: 1, size: 0.25 }, [{ score: 2, size: 0.75 }]).share).toBe(0.75);
    expect(adlRank({ score: 5, size: 0 }, [])).toEqual({ ahead: 0, share: 0, lights: 5 });
  });
});
