/** The moves of the search for whole lots, worked by hand. */
import { describe, expect, test } from "vitest";
import { type Choice, copyChoice, costOf, setLots } from "../../src/liquidation/choice.ts";
import { crossFill } from "../../src/liquidation/cross-fill.ts";
import { exhaust } from "../../src/liquidation/exhaust.ts";
import { applyRule, type SIMPLE_RULES } from "../../src/liquidation/rules.ts";
import {
  enough,
  fill,
  fillOnce,
  improve,
  missing,
  noMoreThanOneLotOver,
  trim,
} from "../../src/liquidation/search.ts";
import { COIN, chosen, held, market, question, taskOf } from "./tasks.ts";

const lotsOf = (choice: Choice): number[] => Array.from(choice.lots);

describe("moves", () => {
  const two = [market("deep"), market("thin", { temporary: 3e-5 })];
  const both = [held("a", "deep"), held("b", "thin")];

  test("SEARCH-006: filling takes the cheapest lots per margin until it is enough, or says that it is not", () => {
    const task = taskOf(400_000_000n, two, both);
    // 40 lots: a deep lot costs three times less, so 30 and 10; by eighths it comes near, never short.
    const choice = chosen(task, 0, 0);
    expect(fill(task, choice, 400)).toBe(true);
    expect(missing(task, choice)).toBe(0);
    const [a = 0, b = 0] = lotsOf(choice);
    expect([a + b, a > 2 * b]).toEqual([40, true]);
    expect(fill(task, chosen(task, 0, 0), 3)).toBe(false);
    expect(fill(task, choice, 0)).toBe(true);
    const most = taskOf(2_000_000_001n, two, both);
    const all = chosen(most, 0, 0);
    expect(fill(most, all, 400)).toBe(false);
    expect(lotsOf(all)).toEqual([100, 100]);
  });

  test("SEARCH-007: one lot each in order of its price, never beyond the need, the size or the pace", () => {
    const three = [market("m"), market("n", { fee: 0.01 }), market("o", { fee: 0.02 })];
    const row = [held("a", "o"), held("b", "n"), held("c", "m"), held("d", "m", { qty: 0n })];
    const then = (need: bigint, ...lots: number[]): number[] => {
      const task = taskOf(need, three, row);
      const choice = chosen(task, ...lots);
      fillOnce(task, choice);
      return lotsOf(choice);
    };
    expect(then(10_000_000n, 0, 0, 0)).toEqual([0, 0, 1]);
    expect(then(20_000_000n, 0, 0, 0)).toEqual([0, 1, 1]);
    expect(then(90_000_000n, 0, 0, 0)).toEqual([1, 1, 1]);
    expect(then(10_000_000_000n, 0, 0, 100)).toEqual([1, 1, 100]);
    const tight = taskOf(90_000_000n, [market("m", { pace: 0n }), ...three.slice(1)], row);
    const choice = chosen(tight, 0, 0, 0);
    fillOnce(tight, choice);
    expect(lotsOf(choice)).toEqual([1, 1, 0]);
  });

  test("SEARCH-008: trimming takes back what saves most, then what adds least, and stays enough", () => {
    const task = taskOf(100_000_000n, two, both);
    const trimmed = (a: number, b: number): number[] => {
      const choice = chosen(task, a, b);
      trim(task, choice);
      return lotsOf(choice);
    };
    // 14 lots are four over: the thin ones are dearer, so they go first.
    expect(trimmed(8, 6)).toEqual([8, 2]);
    expect(trimmed(10, 0)).toEqual([10, 0]);
    expect(trimmed(30, 0)).toEqual([10, 0]);
    expect(trimmed(100, 100)).toEqual([10, 0]);
    // A long against a short costs nothing where they cancel: taking back one of a pair adds.
    const pair = taskOf(
      100_000_000n,
      [market("m")],
      [held("a", "m"), held("b", "m", { qty: -100n * COIN })],
    );
    const even = chosen(pair, 20, 20);
    trim(pair, even);
    expect(missing(pair, even)).toBeLessThanOrEqual(0);
    expect(noMoreThanOneLotOver(pair, even)).toBe(true);
    expect(lotsOf(even)).toEqual([5, 5]);
  });

  test("SEARCH-009: exchanges end where no single one is cheaper, and never fall short", () => {
    for (let seed = 1; seed <= 25; seed++) {
      const one = question(seed, { costShare: seed % 3 === 0 ? 300_000 : 0 });
      const { task } = one;
      const all = exhaust(task, one.base);
      trim(task, all);
      const before = costOf(all);
      const near = [...task.open];
      improve(task, all, near, 50);
      expect(costOf(all)).toBeLessThanOrEqual(before + 1e-9);
      expect(missing(task, all)).toBeLessThanOrEqual(0);
      expect(noMoreThanOneLotOver(task, all)).toBe(true);
      for (const i of near) {
        for (const j of near) {
          if (i === j) continue;
          for (const back of [1, 2, 3, all.lots[i] ?? 0]) {
            if (back <= 0 || back > (all.lots[i] ?? 0)) continue;
            if (back === 3 && (all.lots[i] ?? 0) <= 3) continue;
            const tried = copyChoice(all);
            setLots(task.book, tried, i, (all.lots[i] ?? 0) - back);
            if (missing(task, tried) > 0) setLots(task.book, tried, j, enough(task, tried, j));
            if (missing(task, tried) > 0 || !noMoreThanOneLotOver(task, tried)) continue;
            expect(costOf(tried)).toBeGreaterThan(costOf(all) - 1e-6);
          }
        }
      }
    }
  });

  test("SEARCH-010: an exchange gives back one dear lot and takes as many cheap ones as it needs", () => {
    const task = taskOf(100_000_000n, two, both);
    const choice = chosen(task, 0, 10);
    improve(task, choice, [0, 1], 0);
    expect(lotsOf(choice)).toEqual([0, 10]);
    improve(task, choice, [0, 1], 1);
    expect(lotsOf(choice)[1]).toBeLessThan(10);
    improve(task, choice, [0, 1], 50);
    // 0.1 a^2 + 0.3 b^2 with a + b = 10 is least at 7 or 8: 4.9 + 2.7, or 6.4 + 1.2.
    expect(costOf(choice)).toBeCloseTo(7.6, 9);
    const only = chosen(task, 0, 10);
    improve(task, only, [1], 50);
    expect(lotsOf(only)).toEqual([0, 10]);
  });

  test("SEARCH-011: crosses take the cheapest pairs, whole lots, up to the need or the price", () => {
    const longs = [
      held("a", "m", { hedge: 200 }),
      held("b", "m", { qty: 30n * COIN + COIN / 2n, margin: 300_000_000n }),
    ];
    const shorts = [held("c", "m", { qty: -50n * COIN }), held("d", "n")];
    const then = (need: bigint, price: number, from = [0, 0, 0, 0]): number[] => {
      const task = taskOf(need, [market("m", { pace: 0n }), market("n")], [...longs, ...shorts]);
      const choice = chosen(task, ...from);
      crossFill(task, choice, price);
      return lotsOf(choice);
    };
    // A lot of b frees 9.836 and one of c 20; b goes first, for a is hedged. Of its 30.5 lots 30 are whole.
    expect(then(100_000_000n, 1)).toEqual([0, 4, 4, 0]);
    expect(then(10_000_000_000n, 1)).toEqual([20, 30, 50, 0]);
    // A lot of a loses 2 of hedge for 10 + 20 of margin: 0.0667.
    expect(then(10_000_000_000n, 0.05)).toEqual([0, 30, 30, 0]);
    expect(then(10_000_000_000n, 0.07)).toEqual([20, 30, 50, 0]);
    expect(then(0n, 1)).toEqual([0, 0, 0, 0]);
    expect(then(10_000_000_000n, 1, [0, 28, 10, 0])).toEqual([38, 30, 50, 0]);
  });

  test("SEARCH-012: all of a tier is what may go, less the lots that cost more of the target than they free", () => {
    const free = taskOf(1n, two, both);
    expect(lotsOf(exhaust(free, chosen(free, 0, 0)))).toEqual([100, 100]);
    const shared = taskOf(1n, two, both, { costShare: 1_000_000 });
    // A lot frees 10; the n-th deep one costs 0.1 (2n - 1): up to 50 of them, of the thin ones 17.
    expect(lotsOf(exhaust(shared, chosen(shared, 0, 0)))).toEqual([50, 17]);
    // A market that costs next to nothing would count more beyond its pace.
    const bound = taskOf(1n, [market("m", { pace: 10n * COIN })], [held("a", "m")], {
      costShare: 100_000,
    });
    expect(lotsOf(exhaust(bound, chosen(bound, 0)))).toEqual([10]);
    // A long and a short of one market close against each other, whatever its pace; the rest keeps to it.
    const pair = [held("a", "m", { hedge: 1 }), held("b", "m", { qty: -120n * COIN })];
    const tight = taskOf(1n, [market("m", { pace: 10n * COIN })], pair);
    expect(lotsOf(exhaust(tight, chosen(tight, 0, 0)))).toEqual([100, 110]);
    // Three rests of half a lot make room for one lot more.
    const rest = (id: string) => held(id, "m", { qty: -(COIN / 2n), margin: 10n });
    const rests = taskOf(
      1n,
      [market("m", { pace: 10n * COIN })],
      [held("a", "m"), ...["b", "c", "d"].map(rest)],
    );
    expect(lotsOf(exhaust(rests, chosen(rests, 0, 0, 0, 0)))).toEqual([11, 1, 1, 1]);
  });
});

test("SEARCH-013: each simple rule closes in its own order, and no further than the need", () => {
  const row = [
    held("a", "m", { margin: 300_000_000n, pnl: 5n }),
    held("b", "n", { margin: 100_000_000n, pnl: -7n }),
    held("c", "o", { margin: 200_000_000n }),
  ];
  const task = taskOf(
    150_000_000n,
    ["m", "n", "o"].map((id) => market(id)),
    row,
  );
  const lots = (rule: (typeof SIMPLE_RULES)[number], seed = 1, from = [0, 0, 0]): number[] =>
    lotsOf(applyRule(task, chosen(task, ...from), rule, seed));
  expect(lots("smallest-first")).toEqual([0, 100, 25]);
  expect(lots("largest-first")).toEqual([50, 0, 0]);
  expect(lots("losers-first")).toEqual([0, 100, 25]);
  expect(lots("priority-only")).toEqual([50, 0, 0]);
  // A quarter of all margin: 25 lots each, and nothing is left to add.
  expect(lots("pro-rata")).toEqual([25, 25, 25]);
  expect(lots("pro-rata", 1, [50, 0, 0])).toEqual([50, 0, 0]);
  const seen = new Set([1, 2, 3, 4, 5, 6, 7, 8, 9].map((seed) => lots("random", seed).join()));
  expect(seen.size).toBeGreaterThan(1);
  for (const seed of [1, 2, 3]) expect(lots("random", seed)).toEqual(lots("random", seed));
  const gains = taskOf(
    150_000_000n,
    ["m", "n", "o"].map((id) => market(id)),
    row.map((p, i) => ({ ...p, pnl: BigInt(-i) })),
  );
  expect(lotsOf(applyRule(gains, chosen(gains, 0, 0, 0), "losers-first", 1))).toEqual([0, 0, 75]);
});
