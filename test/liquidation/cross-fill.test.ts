/** Internal crosses and all of a tier: which pairs, how many lots of each, and in what order. */
import { expect, test } from "vitest";
import { choose, costOf, counted, setLots } from "../../src/liquidation/choice.ts";
import { crossFill } from "../../src/liquidation/cross-fill.ts";
import { exhaust } from "../../src/liquidation/exhaust.ts";
import { room } from "../../src/liquidation/search.ts";
import { COIN, held, market, question, taskOf } from "./tasks.ts";

/** A position of so many lots, a short for a negative number, with so much margin and hedge a lot. */
const of = (id: string, lots: bigint, margin = 10_000_000n, hedge = 0) => {
  const count = lots < 0n ? -lots : lots;
  return held(id, "m", {
    ...{ qty: lots * COIN, margin: margin * count, hedge: hedge * Number(count) },
  });
};

function crossed(need: bigint, ...positions: ReturnType<typeof of>[]): number[] {
  const task = taskOf(need, [market("m")], positions);
  const choice = choose(task.book, new Float64Array(positions.length));
  crossFill(task, choice, Number.POSITIVE_INFINITY);
  return Array.from(choice.lots);
}

test("PAIR-001: a large side goes against one small one after the other, to the last lot", () => {
  const all = 10_000_000_000n;
  expect(crossed(all, of("a", 10n), of("b", -2n), of("c", -3n), of("d", -5n))).toEqual([
    10, 2, 3, 5,
  ]);
  expect(crossed(all, of("a", -10n), of("b", 2n), of("c", 3n), of("d", 5n))).toEqual([10, 2, 3, 5]);
  expect(crossed(all, of("a", 4n), of("b", 4n), of("c", -6n), of("d", -9n))).toEqual([4, 4, 6, 2]);
  expect(crossed(all, of("a", 4n), of("b", 4n))).toEqual([0, 0]);
});

test("PAIR-002: it ends where nothing is missing, however little a lot frees", () => {
  // Half a USDC a pair: three make up 1.1.
  const small = 250_000n;
  expect(crossed(1_100_000n, of("a", 10n, small), of("b", -10n, small))).toEqual([3, 3]);
  expect(crossed(1_500_000n, of("a", 10n, small), of("b", -10n, small))).toEqual([3, 3]);
  expect(crossed(0n, of("a", 10n), of("b", -10n))).toEqual([0, 0]);
});

test("PAIR-003: the cheaper per margin goes first: by what a USDC costs, not a lot", () => {
  const short = of("z", -4n, 0n);
  const need = 40_000_000n;
  // A hedge of 2 for 10 of margin, or of 3 for 20; and of 0.5 for half a USDC, which is dearest.
  expect(crossed(need, of("a", 4n, 10_000_000n, 2), of("b", 4n, 20_000_000n, 3), short)).toEqual([
    0, 2, 2,
  ]);
  expect(crossed(need, of("a", 4n, 500_000n, 0.5), of("b", 4n, 20_000_000n, 3), short)).toEqual([
    0, 2, 2,
  ]);
  // Of two at one price the one that frees more; what frees nothing and costs is dearest of all.
  expect(crossed(need, of("a", 4n), of("b", 4n, 20_000_000n), short)).toEqual([0, 2, 2]);
  expect(crossed(need, of("a", 4n, 0n, 1), of("b", 4n, 20_000_000n, 3), short)).toEqual([0, 2, 2]);
});

test("PAIR-004: all of a tier: pairs go whole where no order may be sent at all", () => {
  const task = taskOf(10_000_000_000n, [market("m", { pace: 0n })], [of("a", 7n), of("b", -4n)]);
  const none = choose(task.book, new Float64Array(2));
  expect(Array.from(exhaust(task, none).lots)).toEqual([4, 4]);
});

test("PAIR-005: under a pace the cheapest go, by what their first lot costs per margin", () => {
  const row = [
    of("a", 5n, 10_000_000n, 2),
    of("b", 5n, 20_000_000n, 3),
    of("c", 5n, 500_000n, 0.5),
  ];
  const task = taskOf(10_000_000_000n, [market("m", { pace: 6n * COIN })], row);
  const none = choose(task.book, new Float64Array(3));
  expect(Array.from(exhaust(task, none).lots)).toEqual([1, 5, 0]);
});

test("PAIR-006: of all of a tier no count of any one position would add more to the target", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const { task, base } = question(seed, { positions: 10, lots: 9, costShare: 9_000_000 });
    const { book } = task;
    const all = exhaust(task, base);
    const now = counted(book, all.freed, costOf(all));
    for (const i of task.open) {
      const had = all.lots[i] ?? 0;
      for (let lots = 0; lots <= room(book, all, i); lots++) {
        setLots(book, all, i, lots);
        expect(counted(book, all.freed, costOf(all)), `${seed} ${i}`).toBeLessThanOrEqual(now + 1);
      }
      setLots(book, all, i, had);
    }
  }
});
