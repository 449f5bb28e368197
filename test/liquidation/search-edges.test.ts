/** Where the moves of the search for whole lots begin and end, in costs that are the same for each lot. */
import { describe, expect, test } from "vitest";
import type { Choice } from "../../src/liquidation/choice.ts";
import { fill, fillOnce, improve, missing, trim } from "../../src/liquidation/search.ts";
import { COIN, chosen, held, market, taskOf } from "./tasks.ts";

const lotsOf = (choice: Choice): number[] => Array.from(choice.lots);
/** A market that costs nothing itself: what a lot costs is its hedge's. */
const free = (id: string, over = {}) => market(id, { temporary: 0, ...over });
/** A hundred lots that free ten each and cost so much each. */
const at = (id: string, where: string, each: number, over = {}) =>
  held(id, where, { hedge: each * 100, ...over });

describe("moves at their edges", () => {
  const cheapAndDear = (need: bigint, over = {}) =>
    taskOf(need, [free("m"), free("n")], [at("a", "m", 1), at("b", "n", 2)], over);

  test("SEARCH-014: what costs alike goes at once: an addition for each position, and no more than are allowed", () => {
    const task = cheapAndDear(1_200_000_000n);
    const filled = (steps: number): [boolean, ...number[]] => {
      const choice = chosen(task, 0, 0);
      return [fill(task, choice, steps), ...lotsOf(choice)];
    };
    expect(filled(2)).toEqual([true, 100, 20]);
    expect(filled(1)).toEqual([false, 100, 0]);
    expect(filled(0)).toEqual([false, 0, 0]);
  });

  test("SEARCH-015: a lot that costs more than it frees is never taken, however cheap it looks", () => {
    // Half of each cost counts against the need: 10 is freed, 11 is lost.
    const share = { costShare: 500_000 };
    const lost = taskOf(50_000_000n, [free("m")], [at("a", "m", 22)], share);
    const none = chosen(lost, 0);
    expect([fill(lost, none, 400), ...lotsOf(none)]).toEqual([false, 0]);
    const both = taskOf(50_000_000n, [free("m")], [at("a", "m", 22), at("b", "m", 2)], share);
    const choice = chosen(both, 0, 0);
    // Each of b counts nine: six are needed.
    expect([fill(both, choice, 400), ...lotsOf(choice)]).toEqual([true, 0, 6]);
  });

  test("SEARCH-016: what goes at once keeps to the pace of its market", () => {
    const task = taskOf(
      200_000_000n,
      [free("m", { pace: 5n * COIN }), free("n")],
      [at("a", "m", 1), at("b", "n", 2)],
    );
    const choice = chosen(task, 0, 0);
    expect([fill(task, choice, 400), ...lotsOf(choice)]).toEqual([true, 5, 15]);
  });

  test("SEARCH-017: the first pass takes a position's last lot, and stops with the last that is needed", () => {
    const small = { qty: COIN, margin: 10_000_000n };
    const rows = [at("a", "m", 0, small), at("b", "n", 0, small), at("c", "n", 0, small)];
    const then = (need: bigint): number[] => {
      const task = taskOf(need, [free("m"), free("n")], rows);
      const choice = chosen(task, 0, 0, 0);
      fillOnce(task, choice);
      return lotsOf(choice);
    };
    expect(then(20_000_000n)).toEqual([1, 1, 0]);
    expect(then(20_000_001n)).toEqual([1, 1, 1]);
    expect(then(99_000_000n)).toEqual([1, 1, 1]);
  });

  test("SEARCH-018: taking back goes by what each margin saves to take back, in as many lots as are over", () => {
    // Closing saves, so taking back adds: of a 2 for 10 of margin, of b 3 for 20.
    const rows = [at("a", "m", -2), at("b", "n", -3, { margin: 2_000_000_000n })];
    const task = taskOf(100_000_000n, [free("m"), free("n")], rows);
    const choice = chosen(task, 8, 4);
    trim(task, choice);
    expect(lotsOf(choice)).toEqual([8, 1]);
    // One lot more than is needed is not taken back where that adds.
    const exact = chosen(task, 10, 0);
    trim(task, exact);
    expect(lotsOf(exact)).toEqual([10, 0]);
    // What saves goes first, the larger saving before the smaller, down to the need.
    const dear = taskOf(100_000_000n, [free("m"), free("n")], [at("a", "m", 2), at("b", "n", 3)]);
    const over = chosen(dear, 10, 10);
    trim(dear, over);
    expect(lotsOf(over)).toEqual([10, 0]);
  });

  test("SEARCH-019: exchanges end with the round in which none was cheaper", () => {
    class Counted extends Array<number> {
      looks = 0;
      override [Symbol.iterator](): ArrayIterator<number> {
        this.looks += 1;
        return super[Symbol.iterator]();
      }
    }
    const looks = (...lots: number[]): number => {
      const near = new Counted(0, 1);
      const task = cheapAndDear(100_000_000n);
      const choice = chosen(task, ...lots);
      improve(task, choice, near, 50);
      expect(lotsOf(choice)).toEqual([10, 0]);
      return near.looks;
    };
    // Each round looks at the list once, and once for each of its two.
    expect(looks(10, 0)).toBe(3);
    // Ten go back by one, two and three, then by one and two, then the last: three rounds, and one for nothing.
    expect(looks(0, 10)).toBe(12);
  });

  test("SEARCH-020: nothing is given back that would leave a market with more than its pace", () => {
    // Fifty bought and fifty sold cancel: of b nothing may come back, though it costs 4 and c but 1.
    const market5 = free("m", { pace: 5n * COIN });
    const rows = [at("a", "m", 0), at("b", "m", 4, { qty: -100n * COIN }), at("c", "n", 1)];
    const task = taskOf(1_000_000_000n, [market5, free("n")], rows);
    const choice = chosen(task, 50, 50, 0);
    improve(task, choice, [0, 1, 2], 50);
    expect(missing(task, choice)).toBeLessThanOrEqual(0);
    const [a = 0, b = 0, c = 0] = lotsOf(choice);
    expect([a - b, a + b + c, b < 50]).toEqual([5, 100, true]);
    // One and the same position is not exchanged with itself.
    const alone = chosen(task, 50, 50, 0);
    improve(task, alone, [1], 50);
    expect(lotsOf(alone)).toEqual([50, 50, 0]);
  });
});
