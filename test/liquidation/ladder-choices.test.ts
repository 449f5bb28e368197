/** Which choice of lumps the ladder takes where several would do, and smallest amounts. */
import { describe, expect, test } from "vitest";
import type { CashSource, LadderPlan } from "../../src/liquidation/ladder.ts";
import { reduceSources } from "../../src/liquidation/reduce-sources.ts";
import { value } from "./adl-words.ts";
import { climbed, source } from "./cash.ts";
import { held, market, USDC } from "./hand.ts";

const lump = (id: string, over: Partial<CashSource> = {}) =>
  source(id, { divisible: false, ...over });
const taken = (plan: LadderPlan): string => plan.steps.map((s) => `${s.id} ${s.amount}`).join(", ");

describe("choices that cost the same", () => {
  test("CASH-020: the one whose most disruptive source disturbs less, though its rate is higher", () => {
    // Five each: once for opening it, once as a rate of a twentieth.
    const opened = lump("opened", { kind: "liquidate", fixedCost: 5n });
    const rated = lump("rated", { kind: "loan", costPpm: 50_000 });
    expect(taken(climbed(100n, [opened, rated]))).toBe("rated 100");
    const idle = lump("idle", { costPpm: 50_000 });
    expect(taken(climbed(100n, [{ ...opened, kind: "pending" }, idle]))).toBe("idle 100");
    // A pair is as disruptive as its worse half, whichever half is taken first.
    const half = { amount: 50n, costPpm: 20_000 };
    const calm = lump("calm", { kind: "loan", costPpm: 40_000 });
    for (const kinds of [
      ["liquidate", "idle"],
      ["idle", "liquidate"],
    ] as const) {
      const pair = kinds.map((kind, i) =>
        lump(`half${i}`, { ...half, kind, fixedCost: BigInt(i), costPpm: 20_000 + i * 20_000 }),
      );
      expect(taken(climbed(100n, [...pair, calm]))).toBe("calm 100");
    }
  });

  test("CASH-021: of equal lumps the first by name, and one rather than two", () => {
    expect(taken(climbed(100n, [lump("b"), lump("a"), lump("c")]))).toBe("a 100");
    const two = [lump("a", { amount: 50n }), lump("b", { amount: 50n }), lump("c")];
    expect(taken(climbed(100n, two))).toBe("c 100");
    expect(taken(climbed(90n, [lump("a", { kind: "loan" }), lump("b", { kind: "loan" })]))).toBe(
      "a 100",
    );
  });

  test("CASH-022: a fixed cost of one makes a lump of a source, none makes none", () => {
    // The first is cheaper by its rate, but to open it costs more than the second in all.
    const fixed = [source("a", { fixedCost: 1n }), source("b", { costPpm: 10_000, amount: 50n })];
    expect(climbed(150n, fixed).cost).toBe(2n);
    const opened = [source("a", { fixedCost: 1n, amount: 100n }), source("b", { amount: 100n })];
    expect(climbed(100n, opened)).toMatchObject({ cost: 0n, steps: [{ id: "b" }] });
    const smooth = Array.from({ length: 13 }, (_, i) => source(`s${i}`));
    expect(climbed(150n, smooth).proven).toBe(true);
    expect(climbed(150n, [...smooth.slice(1), lump("x")]).proven).toBe(true);
    const whole = Array.from({ length: 13 }, (_, i) => source(`s${i}`, { fixedCost: 1n }));
    expect(climbed(150n, whole).proven).toBe(false);
  });
});

describe("more than a dozen lumps", () => {
  /** A fixed cost of a thousand for a single one: nobody takes it who need not. */
  const dear = (n: number) =>
    Array.from({ length: n }, (_, i) => lump(`x${i}`, { amount: 1n, fixedCost: 1_000n }));
  const told = (need: bigint, sources: CashSource[], dull: number) => {
    const plan = climbed(need, [...sources, ...dear(dull)]);
    return [taken(plan), plan.cost, plan.proven];
  };

  test("CASH-026: one after the other is left out where that is cheaper, which may miss the cheapest", () => {
    const own = [
      lump("a", { amount: 90n, costPpm: 300_000, fixedCost: 20n }),
      lump("b", { amount: 20n }),
      source("c", { amount: 80n, costPpm: 100_000, fixedCost: 20n }),
      lump("d", { amount: 70n, costPpm: 300_000 }),
    ];
    // b and 20 of c cost 2 and the 20 of opening it; d alone would be enough for 21.
    expect(told(40n, own, 9)).toEqual(["b 20, c 20", 22n, false]);
    expect(told(40n, own, 8)).toEqual(["d 70", 21n, true]);
  });

  test("CASH-027: the first ones in the order of their rates are tried before any is left out", () => {
    const own = [
      source("a", { amount: 90n, costPpm: 100_000, fixedCost: 20n }),
      source("b", { amount: 90n, costPpm: 200_000, fixedCost: 40n }),
      lump("c", { amount: 70n, costPpm: 400_000 }),
      source("d", { amount: 80n, costPpm: 200_000 }),
    ];
    // 9 and 20 for a, 4 for 20 of d. From all of them one would come to a and c, for 52.
    expect(told(110n, own, 10)).toEqual(["a 90, d 20", 33n, false]);
  });

  test("CASH-028: of those that are in, the last in the order of rates is left out first", () => {
    const own = [
      source("a", { amount: 20n, fixedCost: 30n }),
      source("b", { amount: 20n, costPpm: 200_000 }),
      source("c", { amount: 30n, costPpm: 400_000 }),
      lump("d", { amount: 60n, costPpm: 200_000, fixedCost: 30n }),
    ];
    // 30 to open a, 4 for b, 8 for 20 of c, 12 and 30 for d.
    expect(told(120n, own, 11)).toEqual(["a 20, b 20, c 20, d 60", 84n, false]);
  });
});

describe("smallest amounts", () => {
  test("CASH-023: a millionth is used, recalled and owed like any amount", () => {
    expect(taken(climbed(1n, [source("a", { amount: 1n })]))).toBe("a 1");
    const loan = (id: string, over: Partial<CashSource> = {}) =>
      source(id, { kind: "loan", timeToCash: 10_000, ...over });
    expect(taken(climbed(101n, [loan("a"), loan("b")]))).toBe("a 100, b 1");
    expect(taken(climbed(50n, [loan("a", { amount: 1n }), loan("b")]))).toBe("a 1, b 49");
    expect(taken(climbed(1n, [loan("a")]))).toBe("a 1");
    // A loan of nothing is not recalled, though it comes first.
    expect(taken(climbed(50n, [loan("a", { amount: 0n }), loan("b")]))).toBe("b 50");
    expect(climbed(50n, [loan("a", { amount: 0n })]).unused).toEqual([{ id: "a", reason: "late" }]);
  });

  test("CASH-024: where nothing is needed nothing is used or recalled, not even by the rule of all", () => {
    for (const need of [0n, -5n]) {
      const plan = climbed(
        need,
        [
          source("a"),
          lump("b"),
          lump("c", { fixedCost: 5n }),
          source("d", { kind: "loan", timeToCash: 10_000 }),
        ],
        { lateRecall: "all" },
      );
      expect(plan).toMatchObject({ status: "nothing-to-do", steps: [], cost: 0n, covered: 0n });
      expect(plan.unused).toHaveLength(4);
    }
    const late = source("d", { kind: "loan", timeToCash: 10_000 });
    expect(taken(climbed(1n, [late], { lateRecall: "all" }))).toBe("d 100");
  });

  test("CASH-025: rungs reach the last millionth that closing frees, and cost nothing where it does", () => {
    // Ten lots that free a millionth each, in a market that costs nothing.
    const input = {
      need: 0n,
      markets: [market("m", { temporary: 0, fee: 0 })],
      positions: [held("a", "m", 10n, { margin: 10n })],
    };
    const options = { rungs: 5, kind: "reduce", timeToCash: 0, certainty: 1_000_000 } as const;
    const rungs = value(reduceSources(input, options));
    expect(rungs.map(({ amount, costPpm }) => [amount, costPpm])).toEqual(
      Array.from({ length: 5 }, () => [2n, 0]),
    );
    // The most that a plan may be asked for is one more than this.
    const large = [held("a", "m", 10n, { margin: 8_999_999_999_999_999n })];
    expect(value(reduceSources({ ...input, positions: large }, options))).toHaveLength(5);
    // A fee of a tenth of a per cent: 0.1 USDC a lot, that is 1 % of the ten of margin it frees.
    const fees = { ...input, markets: [market("m", { temporary: 0 })] };
    const priced = value(
      reduceSources({ ...fees, positions: [held("a", "m", 10n)] }, { ...options, rungs: 2 }),
    );
    expect(priced.map(({ amount, costPpm }) => [amount, costPpm])).toEqual([
      [50n * USDC, 10_000],
      [50n * USDC, 10_000],
    ]);
  });
});
