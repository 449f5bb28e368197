/** The parts of the search for whole lots, each against a plain scan or worked by hand. */
import { describe, expect, test } from "vitest";
import {
  type Choice,
  copyChoice,
  costOf,
  counted,
  netIf,
  setLots,
} from "../../src/liquidation/choice.ts";
import {
  cheaper,
  countedIf,
  enough,
  missing,
  noMoreThanOneLotOver,
  room,
} from "../../src/liquidation/search.ts";
import { dice } from "./fleets.ts";
import { COIN, chosen, held, market, paced, type Question, question, taskOf } from "./tasks.ts";

/** Some lots of the open tier, drawn. */
function drawn({ task, base }: Question, seed: number): Choice {
  const d = dice(seed);
  const choice = copyChoice(base);
  for (const i of task.open)
    setLots(task.book, choice, i, d.unit() < 0.5 ? 0 : d.whole(0, task.book.cap[i] ?? 0));
  return choice;
}

describe("questions", () => {
  test("SEARCH-001: what would count, and what is missing, is what counts once the lots are set", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const one = question(seed, { costShare: seed % 2 === 0 ? 500_000 : 0 });
      const { task } = one;
      const choice = drawn(one, seed);
      for (const i of task.open) {
        const lots = dice(seed + i).whole(0, task.book.cap[i] ?? 0);
        const after = copyChoice(choice);
        setLots(task.book, after, i, lots);
        const counts = counted(task.book, after.freed, costOf(after));
        expect(Math.abs(countedIf(task, choice, i, lots) - counts)).toBeLessThanOrEqual(
          seed % 2 === 0 ? 1 : 0,
        );
        expect(missing(task, after)).toBe(task.need - counts);
      }
    }
  });

  test("SEARCH-002: enough is the fewest lots that restore the target, as a scan finds them", () => {
    let asked = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const one = question(seed, {
        positions: 4,
        lots: 300,
        costShare: seed % 3 === 0 ? 5_000 : 0,
      });
      const { task } = one;
      const choice = drawn(one, seed);
      if (missing(task, choice) <= 0) continue;
      for (const i of task.open) {
        const cap = task.book.cap[i] ?? 0;
        let lots = (choice.lots[i] ?? 0) + 1;
        while (lots < cap && countedIf(task, choice, i, lots) < task.need) lots += 1;
        expect(enough(task, choice, i)).toBe(Math.min(lots, cap));
        asked += 1;
      }
    }
    expect(asked).toBeGreaterThan(60);
  });

  test("SEARCH-003: a guess that the cost makes too small, or too large, is put right", () => {
    // A lot frees 10; at half a share each lot costs 2 x 0.1 x lots more of what is freed.
    const flat = taskOf(100_000_000n, [market("m")], [held("a", "m")]);
    expect(enough(flat, chosen(flat, 0), 0)).toBe(10);
    expect(enough(flat, chosen(flat, 9), 0)).toBe(10);
    const dear = taskOf(100_000_000n, [market("m", { temporary: 2e-4 })], [held("a", "m")], {
      costShare: 500_000,
    });
    // n lots count 10 n - n^2: 100 is never reached before n = 10 -> 0; the most is 25 at 5.
    expect(enough(dear, chosen(dear, 0), 0)).toBe(100);
    const some = { ...dear, need: 20_000_000 };
    expect(countedIf(some, chosen(some, 0), 0, 100)).toBeLessThan(20_000_000);
    expect(enough(some, chosen(some, 0), 0)).toBe(100);
    const saves = taskOf(100_000_000n, [market("m")], [held("a", "m", { funding: -400 })], {
      costShare: 1_000_000,
    });
    // Each lot saves 4 and costs 0.1 n^2 in all: 14 n - 0.1 n^2 reaches 100 at 8, not at the guess of 10.
    expect(enough(saves, chosen(saves, 0), 0)).toBe(8);
  });

  test("SEARCH-004: room is the most lots that keep to the pace, or to what is sent already", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const free = question(seed, { lots: 12 });
      const one = paced(free, dice(seed).whole(0, 9));
      const { task } = one;
      const choice = drawn(one, seed + 5);
      for (const i of task.open) {
        const m = task.book.market[i] ?? 0;
        const sign = task.book.sign[i] ?? 0;
        const [now, cap] = [choice.lots[i] ?? 0, task.book.cap[i] ?? 0];
        expect(room(free.task.book, choice, i)).toBe(cap);
        const limit = Math.max(task.book.pace[m] ?? 0, sign * (choice.net[m] ?? 0)) * (1 + 1e-12);
        let most = now;
        while (most < cap && sign * netIf(task.book, choice, i, most + 1) <= limit) most += 1;
        expect(room(task.book, choice, i)).toBe(most);
      }
    }
    // Five lots less a hair are four.
    const hair = taskOf(
      1n,
      [market("m", { lot: 100n * COIN, pace: 500n * COIN - 1n })],
      [held("a", "m", { qty: 10_000n * COIN })],
    );
    expect(room(hair.book, chosen(hair, 0), 0)).toBe(4);
    expect(room(hair.book, chosen(hair, 7), 0)).toBe(7);
  });

  test("SEARCH-005: one lot over at most: some lot that is closed is needed", () => {
    const task = taskOf(
      100_000_000n,
      [market("m")],
      [held("a", "m"), held("b", "m", { margin: 2_000_000_000n })],
    );
    const over = (a: number, b: number): boolean => noMoreThanOneLotOver(task, chosen(task, a, b));
    expect([over(10, 0), over(11, 0), over(0, 5), over(0, 6)]).toEqual([true, false, true, false]);
    // 110: without a lot of the second it is 90.
    expect([over(9, 1), over(1, 5), over(2, 5)]).toEqual([true, true, false]);
    expect(over(0, 0)).toBe(false);
    const [dear, cheap] = [chosen(task, 2, 0), chosen(task, 1, 0)];
    expect(cheaper(dear, cheap).lots).toEqual(cheap.lots);
    expect(cheaper(cheap, dear)).toBe(cheap);
    expect(cheaper(cheap, copyChoice(cheap))).toBe(cheap);
    expect(cheaper(undefined, dear)).toEqual(dear);
  });
});
