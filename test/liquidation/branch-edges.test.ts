/** The proof by branching at its edges: what it spends, ties, an exact need, a rest of a lot. */
import { expect, test } from "vitest";
import { branch } from "../../src/liquidation/branch.ts";
import { type Choice, choose, costOf } from "../../src/liquidation/choice.ts";
import { exhaust } from "../../src/liquidation/exhaust.ts";
import { relax } from "../../src/liquidation/relax.ts";
import type { Task } from "../../src/liquidation/search.ts";
import { COIN, chosen, held, market, question, taskOf } from "./tasks.ts";

function proof(task: Task, base: Choice, budget = 1e6) {
  const relaxed = relax(task.book, base, task.open, task.need);
  const found = branch(task, base, relaxed, exhaust(task, base), budget);
  return { lots: Array.from(found.choice.lots), cost: costOf(found.choice), proven: found.proven };
}

const none = (task: Task): Choice => choose(task.book, new Float64Array(task.open.length));

/** The smallest budget within which a proof ends. */
function enough(task: Task, base: Choice): number {
  let [less, most] = [0, 1_024];
  while (most - less > 1) {
    const middle = (less + most) >> 1;
    if (proof(task, base, middle).proven) most = middle;
    else less = middle;
  }
  return most;
}

test("BRANCH-004: on record: counts of lots that are looked at, sixteen for each node of the budget", () => {
  const needed = [0, 700_000].map((costShare) =>
    [2, 3, 5, 6, 7, 10].map((seed) => {
      const { task, base } = question(seed, { positions: 6, lots: 200, costShare });
      return enough(task, base);
    }),
  );
  expect(needed).toEqual([
    [336, 45, 45, 8, 338, 30],
    [169, 45, 19, 13, 555, 27],
  ]);
});

test("BRANCH-005: on record: with which budget each better choice is first found", () => {
  const found = [1, 2, 3, 4].map((seed) => {
    const { task, base } = question(seed, { positions: 12, lots: 9 });
    const costs = Array.from({ length: 80 }, (_, k) => proof(task, base, k + 1).cost);
    return costs.flatMap((cost, k) => (k > 0 && cost < (costs[k - 1] ?? 0) ? [k + 1] : []));
  });
  expect(found).toEqual([[10], [8, 11, 15], [5, 9, 17, 21], [8]]);
});

test("BRANCH-006: exactly what is needed is enough, of one position or of all together", () => {
  const one = taskOf(30_000_000n, [market("m")], [held("a", "m")]);
  expect(proof(one, none(one))).toMatchObject({ lots: [3], proven: true });
  const three = ["a", "b", "c"].map((id) => held(id, id, { qty: 2n * COIN, margin: 20_000_000n }));
  const all = taskOf(
    60_000_000n,
    three.map(({ id }) => market(id)),
    three,
  );
  const start = { ...chosen(all, 2, 2, 2), linear: 1e6 };
  const relaxed = relax(all.book, none(all), all.open, all.need);
  const { choice } = branch(all, none(all), relaxed, start, 1e6);
  expect(Array.from(choice.lots)).toEqual([2, 2, 2]);
  expect(costOf(choice)).toBeLessThan(1e6);
});

test("BRANCH-007: of choices that cost the same the first that is found stays", () => {
  const pair = ["a", "b"].map((id) => held(id, "m", { qty: 2n * COIN, margin: 20_000_000n }));
  const task = taskOf(9_000_000n, [market("m")], pair);
  expect(proof(task, none(task)).lots).toEqual([0, 1]);
});

test("BRANCH-008: the rest of a lot costs what it is, not what a whole lot would", () => {
  // Three and a half coins and four: the half one closes all of a, and frees as much as a lot of b.
  const task = taskOf(
    35_000_000n,
    [market("m", { temporary: 1e-4 }), market("n", { temporary: 1.1e-4 })],
    [
      held("a", "m", { qty: 350_000_000n, margin: 35_000_000n }),
      held("b", "n", { qty: 4n * COIN, margin: 20_000_000n }),
    ],
  );
  let least = Number.POSITIVE_INFINITY;
  for (let a = 0; a <= 4; a++) {
    for (let b = 0; b <= 4; b++) {
      const choice = chosen(task, a, b);
      if (choice.freed >= task.need) least = Math.min(least, costOf(choice));
    }
  }
  const found = proof(task, none(task));
  expect(found.cost).toBeCloseTo(least, 9);
  expect(found.lots).toEqual([3, 1]);
});

test("BRANCH-009: what earlier tiers sent beyond a pace may stay, and more may not go", () => {
  const pace = { pace: 5n * COIN };
  const book = taskOf(
    100_000_000n,
    [market("m", pace), market("n", { temporary: 1e-3 })],
    [held("a", "m"), held("b", "m"), held("c", "n"), held("d", "m", { qty: -10n * COIN })],
  );
  // Eight of a are gone already, of five that may be sent.
  const base = chosen(book, 8, 0, 0, 0);
  const task = { ...book, open: Int32Array.from([1, 2, 3]), need: 200_000_000 };
  // Two of a short bring the eight down to six: what was sent may shrink, and the dear c stays.
  expect(proof(task, base)).toMatchObject({ lots: [8, 0, 0, 2], proven: true });
});
