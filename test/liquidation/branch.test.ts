/** The proof by branching: the cheapest of all choices, whatever the start, and how much it looks at. */
import { describe, expect, test } from "vitest";
import { branch } from "../../src/liquidation/branch.ts";
import { type Choice, choose, costOf, inPace } from "../../src/liquidation/choice.ts";
import { exhaust } from "../../src/liquidation/exhaust.ts";
import { relax } from "../../src/liquidation/relax.ts";
import { missing, noMoreThanOneLotOver } from "../../src/liquidation/search.ts";
import { paced, type Question, question } from "./tasks.ts";

/** A question in which closing some positions saves funding: more lots may then cost less. */
function saving(seed: number): Question {
  const one = question(seed, { positions: 6, lots: 4, costShare: 300_000 });
  const { book } = one.task;
  const linear = book.linear.map((x, i) => (i % 2 === 0 ? -x - 3 : x));
  const asked = { ...one.task, book: { ...book, linear } };
  return { ...one, task: asked, base: choose(asked.book, one.base.lots) };
}

const shapes: readonly (readonly [string, (seed: number) => Question])[] = [
  ["plain", (seed) => question(seed, { positions: 7, lots: 4 })],
  ["a share of the cost", (seed) => question(seed, { positions: 7, lots: 4, costShare: 700_000 })],
  ["markets that bend", (seed) => question(seed, { positions: 7, lots: 4, permanent: 1 })],
  ["a pace", (seed) => paced(question(seed, { positions: 8, lots: 4, markets: 2 }), 4)],
  ["savings", saving],
];

/** Larger ones, of which trying every choice would take too long. */
const large: readonly ((seed: number) => Question)[] = [
  (seed) => question(seed, { positions: 14, lots: 7 }),
  (seed) => question(seed, { positions: 14, lots: 7, costShare: 600_000, permanent: 1 }),
  (seed) => paced(question(seed, { positions: 14, lots: 6, markets: 2 }), 8),
];

/** The cheapest choice that is enough, within the pace and no more than one lot over, by trying all. */
function least({ task, base }: Question): number {
  const { book, open } = task;
  let best = Number.POSITIVE_INFINITY;
  const lots = base.lots.slice();
  const visit = (place: number): void => {
    const i = open[place];
    if (i !== undefined) {
      for (let k = 0; k <= (book.cap[i] ?? 0); k++) {
        lots[i] = k;
        visit(place + 1);
      }
      lots[i] = 0;
      return;
    }
    const choice = choose(book, lots.slice());
    if (missing(task, choice) > 0 || costOf(choice) >= best) return;
    const from = { ...choice, net: base.net };
    const lawful = [...open].every((o) => {
      const m = book.market[o] ?? 0;
      const sent = Math.abs(choice.net[m] ?? 0);
      const most = Math.max(book.pace[m] ?? 0, Math.abs(from.net[m] ?? 0));
      return sent <= most * (1 + 1e-12);
    });
    if (lawful && noMoreThanOneLotOver(task, choice)) best = costOf(choice);
  };
  visit(0);
  return best;
}

/** A start that is enough but not cheap: all that may go. */
const startOf = ({ task, base }: Question): Choice => exhaust(task, base);

function proved(
  one: Question,
  budget: number,
): { readonly cost: number; readonly proven: boolean } {
  const { task, base } = one;
  const found = branch(
    task,
    base,
    relax(task.book, base, task.open, task.need),
    startOf(one),
    budget,
  );
  expect(missing(task, found.choice)).toBeLessThanOrEqual(0);
  for (const i of task.open)
    expect(inPace(task.book, found.choice, i, found.choice.lots[i] ?? 0)).toBe(true);
  return { cost: costOf(found.choice), proven: found.proven };
}

describe("branch and bound", () => {
  test("BRANCH-001: it ends with the cheapest of all choices, as trying every one finds it", () => {
    for (const [name, ask] of shapes) {
      let better = 0;
      for (let seed = 1; seed <= 9; seed++) {
        const one = ask(seed);
        const start = startOf(one);
        if (missing(one.task, start) > 0) continue;
        const found = proved(one, 1e6);
        expect(found.proven, `${name} ${seed}`).toBe(true);
        expect(Math.abs(found.cost - least(one)), `${name} ${seed}`).toBeLessThan(1e-6);
        better += found.cost < costOf(start) - 1e-6 ? 1 : 0;
      }
      expect(better, name).toBeGreaterThan(2);
    }
  });

  test("BRANCH-002: on record: how many nodes each proof needs, and with one less it is none", () => {
    const needed = large.map((ask) =>
      [1, 2, 3, 4, 5, 6].map((seed) => {
        const one = ask(seed);
        if (missing(one.task, startOf(one)) > 0) return 0;
        let [less, enough] = [0, 65_536];
        while (enough - less > 1) {
          const middle = (less + enough) >> 1;
          if (proved(one, middle).proven) enough = middle;
          else less = middle;
        }
        return enough;
      }),
    );
    expect(needed).toEqual([
      [183, 32, 20, 118, 30, 47],
      [181, 32, 26, 204, 23, 20],
      [53, 0, 35, 10, 21, 25],
    ]);
  });

  test("BRANCH-003: a search that is cut short keeps the best so far, never worse than its start", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const one = question(seed, { positions: 12, lots: 9 });
      const costs = [1, 10, 100, 1_000].map((budget) => proved(one, budget).cost);
      expect(costs).toEqual([...costs].sort((a, b) => b - a));
      expect(costs[0]).toBeLessThanOrEqual(costOf(startOf(one)));
    }
  });
});
