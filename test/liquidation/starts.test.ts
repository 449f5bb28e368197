/** Where the search begins: between the two ends of the fractional plan, and with the positions near its price. */
import { describe, expect, test } from "vitest";
import type { Choice } from "../../src/liquidation/choice.ts";
import type { Relaxed } from "../../src/liquidation/relax.ts";
import type { Task } from "../../src/liquidation/search.ts";
import { nearOf, starts } from "../../src/liquidation/starts.ts";
import { COIN, chosen, held, market, taskOf } from "./tasks.ts";

const USDC = 1_000_000n;
/** A market that costs nothing itself: what a lot costs is its hedge's. */
const free = (id: string, over = {}) => market(id, { temporary: 0, ...over });
/** A hundred lots that free ten USDC each and cost so much each. */
const at = (id: string, where: string, each: number, over = {}) =>
  held(id, where, { hedge: each * 100, ...over });

/** A fractional plan from so many lots of each to so many, at a price of margin. */
const relaxed = (low: readonly number[], high: readonly number[], price = 0): Relaxed => ({
  ...{ bound: 0, price, constant: 0, scale: 1 },
  ...{ slopes: new Float64Array(2), reduced: new Float64Array(low.length) },
  ...{ low: Float64Array.from(low), high: Float64Array.from(high) },
});

/** Nought is nought, whatever its sign. */
const lotsOf = (choice: Choice): number[] => Array.from(choice.lots, (lots) => lots + 0);
/** All starts, as lots. */
const all = (task: Task, base: Choice, of: Relaxed): number[][] =>
  [...starts(task, base, of)].map(lotsOf);

/** Lots of a cost one, of b two, each in a market of its own. */
const apart = (need: bigint, costs: readonly [number, number] = [1, 2]): Task =>
  taskOf(need, [free("m"), free("n")], [at("a", "m", costs[0]), at("b", "n", costs[1])]);
const filled = (task: Task, of: Relaxed): number[] | undefined =>
  all(task, chosen(task, 0, 0), of)[1];

describe("between the ends of the fractional plan", () => {
  test("START-001: as far from the one to the other as the need is", () => {
    // From nothing to sixty lots for thirty that are needed: half of each.
    expect(filled(apart(300n * USDC), relaxed([0, 0], [40, 20]))).toEqual([20, 10]);
    // 299 of a thousand: 23.92 and 5.98 lots, floored, and the two that are missing of the cheaper.
    expect(filled(apart(299n * USDC), relaxed([0, 0], [80, 20]))).toEqual([25, 5]);
  });

  test("START-002: where the nearer end is enough it begins there, and stays there where both are one", () => {
    const task = apart(50n * USDC);
    expect(filled(task, relaxed([3, 2], [10, 10]))).toEqual([3, 2]);
    expect(filled(task, relaxed([3, 2], [3, 2]))).toEqual([3, 2]);
    expect(filled(task, relaxed([4, 2], [10, 10]))).toEqual([4, 2]);
  });

  test("START-003: a hair below a whole lot counts as it, a hair above as no more", () => {
    const task = apart(50n * USDC, [2, 1]);
    expect(filled(task, relaxed([3 - 1e-10, 2], [3, 2]))).toEqual([3, 2]);
    expect(filled(apart(300n * USDC), relaxed([0, 0], [40 + 1e-10, 20]))).toEqual([20, 10]);
  });

  test("START-004: a millionth that is missing is missing: it goes to the further end", () => {
    const small = { hedge: 500, margin: 100n };
    const markets = [free("m"), free("n")];
    const rows = [at("a", "m", 1), at("b", "n", 2), held("c", "n", small)];
    const task = taskOf(50n * USDC + 1n, markets, rows);
    const [, start] = all(task, chosen(task, 0, 0, 0), relaxed([3, 2, 0], [3, 2, 1]));
    expect(start).toEqual([3, 2, 1]);
  });

  test("START-005: beyond an end that is not enough only by what is filled up", () => {
    expect(filled(apart(1_000n * USDC), relaxed([0, 0], [40, 20]))).toEqual([80, 20]);
  });
});

describe("the other starts", () => {
  test("START-006: first what crosses at the price, as far as the need", () => {
    const sides = [held("a", "m"), held("b", "m", { qty: -100n * COIN })];
    const task = taskOf(150n * USDC, [free("m")], sides);
    const [crossed] = all(task, chosen(task, 0, 0), relaxed([0, 0], [0, 0]));
    expect(crossed).toEqual([8, 8]);
    const hedged = [at("a", "m", 1), held("b", "m", { qty: -100n * COIN })];
    const dear = taskOf(150n * USDC, [free("m")], hedged);
    expect(all(dear, chosen(dear, 0, 0), relaxed([0, 0], [0, 0], 0.049))[0]).toEqual([0, 0]);
    expect(all(dear, chosen(dear, 0, 0), relaxed([0, 0], [0, 0], 0.051))[0]).toEqual([8, 8]);
  });

  test("START-007: last the further end itself, unless it sends more than the pace", () => {
    const paced = (side: 1n | -1n): Task =>
      taskOf(
        50n * USDC,
        [free("m", { pace: 5n * COIN }), free("n")],
        [at("a", "m", 1, { qty: side * 100n * COIN }), at("b", "n", 2)],
      );
    for (const side of [1n, -1n] as const) {
      const task = paced(side);
      const ends = (lots: number) => all(task, chosen(task, 0, 0), relaxed([0, 0], [lots, 0]));
      expect(ends(5)).toHaveLength(3);
      expect(ends(5)[2]).toEqual([5, 0]);
      expect(ends(6)).toHaveLength(2);
      // A part of a lot at the further end is a whole one.
      expect(ends(4.5)[2]).toEqual([5, 0]);
    }
  });

  test("START-008: what earlier tiers send already is no more than before", () => {
    for (const side of [1n, -1n]) {
      const first = at("first", "m", 0, { qty: side * 100n * COIN });
      const rows = [at("a", "m", 1), at("b", "n", 2), first];
      const task = taskOf(50n * USDC, [free("m", { pace: 5n * COIN }), free("n")], rows);
      const open = Int32Array.from([0, 1]);
      const base = chosen(task, 0, 0, 6);
      const ends = all({ ...task, open }, base, relaxed([0, 0, 0], [0, 1, 0]));
      expect(ends).toHaveLength(3);
      expect(ends[2]).toEqual([0, 1, 6]);
    }
  });

  test("START-009: of more than 256 positions all are rated once, and the further end is not tried", () => {
    const many = (count: number): number[][] => {
      const rows = Array.from({ length: count }, (_, i) =>
        at(`p${String(i).padStart(3, "0")}`, "m", 1),
      );
      const task = taskOf(30n * USDC, [free("m")], rows);
      const none = rows.map(() => 0);
      return all(task, chosen(task, ...none), relaxed(none, none)).map((lots) => lots.slice(0, 4));
    };
    // What costs alike goes at once where lots are rated one by one.
    expect(many(256)).toEqual([
      [0, 0, 0, 0],
      [3, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
    expect(many(257)).toEqual([
      [0, 0, 0, 0],
      [1, 1, 1, 0],
    ]);
  });
});

describe("the positions near the price", () => {
  const rows = [
    held("part", "m"),
    held("open", "m"),
    held("whole", "m"),
    held("small", "m", { margin: 10_000_000n }),
    held("idle", "m", { margin: 0n }),
  ];
  const task = taskOf(50n * USDC, [free("m")], rows);
  const places = new Map(task.book.positions.map(({ id }, i) => [i, id]));
  /** In the order of the ids: idle, open, part, small, whole. */
  const choice = chosen(task, 0, 0, 3, 0, 100);
  const reduced = Float64Array.from([0, -4, 9, 0.05, 3]);
  const near = (most: number) => nearOf(task, choice, reduced, most).map((i) => places.get(i));

  test("START-010: what is closed in part comes first, then what is least above or below the price per margin", () => {
    // 0 of nothing, 3 and 4 of ten USDC, 0.05 of a tenth.
    expect(near(5)).toEqual(["part", "idle", "whole", "open", "small"]);
    expect(near(2)).toEqual(["part", "idle"]);
  });
});
