/** Clearing at its edges: exact answers, how many rounds they take, shapes and numbers that are refused. */
import { describe, expect, test } from "vitest";
import {
  type ClearingInput,
  clearingVector,
  defaultCascade,
} from "../../src/liquidation/clearing.ts";
import { value } from "./adl-words.ts";
import { dice } from "./fleets.ts";

const clear = (
  liabilities: number[][],
  externalAssets: number[],
  over: Partial<ClearingInput> = {},
) => value(clearingVector({ liabilities, externalAssets, ...over }));

/** Each owes the next what is listed, the last one nobody. */
const chain = (...owed: number[]): number[][] =>
  [...owed, 0].map((x, i, all) => all.map((_, j) => (j === i + 1 ? x : 0)));

describe("payments", () => {
  test("NET-015: a chain falls one by one, a round each; who has exactly what it owes does not fall", () => {
    const found = clear(chain(10, 10, 10), [4, 3, 2, 0]);
    expect(found.payments).toEqual([4, 7, 9, 0]);
    expect(found.defaults).toEqual([1, 1, 1, 0]);
    expect(found.equities).toEqual([-6, -3, -1, 9]);
    expect(found.rounds).toBe(4);
    const fine = clear(chain(10, 10), [10, 0, 0]);
    expect(fine).toEqual({
      payments: [10, 10, 0],
      defaults: [0, 0, 0],
      equities: [0, 0, 10],
      rounds: 1,
    });
    expect(clear(chain(10, 10), [10 - 5e-12, 0, 0]).rounds).toBe(1);
    expect(clear(chain(10, 10), [10 - 5e-11, 0, 0]).rounds).toBe(3);
    expect(clear(chain(0.001), [0.001 - 5e-13, 0]).rounds).toBe(1);
    expect(clear(chain(0.001), [0.001 - 5e-12, 0]).rounds).toBe(2);
    expect(clear(chain(10), [10 - 5e-8, 0]).defaults).toEqual([0, 0]);
    expect(clear(chain(10), [10 - 5e-7, 0]).defaults).toEqual([1, 0]);
    expect(clear(chain(0.5), [0.5, 0]).equities).toEqual([0, 0.5]);
    expect(clear([[0]], [5])).toEqual({ payments: [0], defaults: [0], equities: [5], rounds: 1 });
  });

  test("NET-016: a ring in which all are short is solved as equations are", () => {
    const liabilities = [
      [0, 20, 0],
      [10, 0, 10],
      [10, 0, 0],
    ];
    // z = min(10, y/2), y = min(20, x), x = min(20, 2 + y/2 + z): with z = y/2, x = 2 + y, so y = 20 is met.
    expect(clear(liabilities, [2, 0, 0]).payments).toEqual([20, 20, 10]);
    // Half a unit less than is owed outside, and with costs: x = 0.5 alpha + beta (y/2 + z), y = beta x, z = beta y/2.
    const [alpha, beta] = [0.5, 0.8];
    const found = clear(liabilities, [0.5, 0, 0], { alpha, beta, externalLiabilities: [1, 0, 0] });
    // Of what a pays 20/21 goes inside.
    const x = (0.5 * alpha) / (1 - ((beta * beta * 20) / 21) * (1 / 2 + beta / 2));
    const y = (beta * x * 20) / 21;
    for (const [i, p] of [x, y, (beta * y) / 2].entries())
      expect(found.payments[i]).toBeCloseTo(p, 12);
    expect(found.defaults).toEqual([1, 1, 1]);
  });

  test("NET-017: payments are a fixed point to the last digits, in no more rounds than parties and one", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const d = dice(seed);
      const n = d.whole(2, 9);
      const liabilities = Array.from({ length: n }, (_, i) =>
        Array.from({ length: n }, (__, j) => (i === j || d.unit() < 0.4 ? 0 : d.between(0, 50))),
      );
      const assets = liabilities.map(() => d.between(0, 40));
      const outside = liabilities.map(() => d.between(0, 20));
      const [alpha, beta] = seed % 2 === 0 ? [1, 1] : [d.unit(), d.unit()];
      const found = clear(liabilities, assets, { externalLiabilities: outside, alpha, beta });
      expect(found.rounds).toBeLessThanOrEqual(n + 1);
      const owed = liabilities.map((row, i) => row.reduce((a, b) => a + b, outside[i] ?? 0));
      found.payments.forEach((paid, i) => {
        const from = liabilities.reduce(
          (sum, row, j) => sum + ((row[i] ?? 0) / (owed[j] ?? 1)) * (found.payments[j] ?? 0),
          0,
        );
        const [all, own] = [owed[i] ?? 0, assets[i] ?? 0];
        const pays = own + from >= all - 1e-9 ? all : alpha * own + beta * from;
        expect(Math.abs(paid - pays)).toBeLessThan(1e-9);
        expect(found.equities[i]).toBeCloseTo(own + from - all, 9);
        expect(found.defaults[i]).toBe(own + from >= all - 1e-9 ? 0 : 1);
      });
    }
  });

  test("NET-018: senior creditors outside come first, and inside what is left is shared", () => {
    const senior = { externalRank: "senior" } as const;
    const found = clear(
      [
        [0, 30, 10],
        [0, 0, 0],
        [0, 0, 0],
      ],
      [60, 0, 0],
      { ...senior, externalLiabilities: [40, 0, 0] },
    );
    expect(found.payments).toEqual([60, 0, 0]);
    expect(found.equities).toEqual([-20, 15, 5]);
    const none = clear(
      [
        [0, 30],
        [0, 0],
      ],
      [10, 0],
      { ...senior, externalLiabilities: [40, 0] },
    );
    expect(none).toMatchObject({ payments: [10, 0], equities: [-60, 0], rounds: 2 });
    // The ring gives two away outside for one that comes in: it ends with what the one has.
    const ring = clear(
      [
        [0, 10],
        [10, 0],
      ],
      [1, 0],
      { ...senior, externalLiabilities: [0, 2] },
    );
    expect(ring.payments[0]).toBeCloseTo(1, 9);
    expect(ring.payments[1]).toBeCloseTo(1, 9);
    const half = clear(
      [
        [0, 10],
        [10, 0],
      ],
      [1, 3],
      { ...senior, externalLiabilities: [2, 2], alpha: 0.5, beta: 0.5 },
    );
    // x = 0.5 + (y - 2)/2 where y pays more than two, y = 1.5 + (x - 2)/2: so little that nothing goes inside.
    expect(half.payments).toEqual([0.5, 1.5]);
  });

  test("NET-031: senior or not, who has what it owes pays all of it, whatever a default would keep", () => {
    const costs = { externalRank: "senior", alpha: 0.5, beta: 0.5 } as const;
    const found = clear(
      [
        [0, 10],
        [9, 0],
      ],
      [30, 1],
      { ...costs, externalLiabilities: [10, 0] },
    );
    // The second has 1 and receives 10; half of either would be less than the 9 that it owes.
    expect(found).toMatchObject({ payments: [20, 9], defaults: [0, 0], equities: [19, 2] });
  });

  test("NET-019: a ring that loses a hair a round does not settle in 200,000", () => {
    const slow = {
      liabilities: [
        [0, 1e6],
        [1e6, 0],
      ],
      externalAssets: [0, 0],
      externalLiabilities: [0, 1e-4],
    };
    expect(clearingVector({ ...slow, externalRank: "senior" })).toMatchObject({
      ok: false,
      code: "not-converged",
    });
    expect(clearingVector(slow).ok).toBe(true);
  });
});

describe("refused", () => {
  test("NET-020: shapes and numbers by their own codes, edges pass", () => {
    const code = (over: Partial<ClearingInput>) => {
      const answer = clearingVector({
        liabilities: [
          [0, 1],
          [1, 0],
        ],
        externalAssets: [1, 1],
        ...over,
      });
      return answer.ok ? "fine" : answer.code;
    };
    expect(code({ liabilities: [], externalAssets: [] })).toBe("empty");
    for (const bad of [
      { liabilities: [[0, 1], [1]] },
      { externalAssets: [1] },
      { externalLiabilities: [1] },
    ])
      expect(code(bad)).toBe("length-mismatch");
    for (const bad of [
      {
        liabilities: [
          [0, Number.NaN],
          [1, 0],
        ],
      },
      { externalAssets: [1, Number.NaN] },
      { externalLiabilities: [1, Number.POSITIVE_INFINITY] },
    ])
      expect(code(bad)).toBe("not-finite");
    for (const bad of [
      {
        liabilities: [
          [0, -1],
          [1, 0],
        ],
      },
      { externalAssets: [1, -1] },
      { externalLiabilities: [-1, 0] },
      {
        liabilities: [
          [0, 1],
          [1, 1],
        ],
      },
    ])
      expect(code(bad)).toBe("out-of-range");
    for (const name of ["alpha", "beta"]) {
      for (const bad of [-0.001, 1.001, Number.NaN])
        expect(code({ [name]: bad })).toBe("out-of-range");
      for (const fine of [0, 1]) expect(code({ [name]: fine })).toBe("fine");
    }
    expect(
      code({
        liabilities: [
          [0, 0],
          [0, 0],
        ],
        externalAssets: [0, 0],
        externalLiabilities: [0, 0],
      }),
    ).toBe("fine");
  });

  test("NET-021: contagion: who loses more than its worth falls in the next round, exactly its worth does not", () => {
    const input = { liabilities: chain(10, 10, 10), externalAssets: [3, 4, 6, 0] };
    const fall = (recovery: number) => value(defaultCascade(input, recovery));
    expect(fall(0)).toEqual({ defaults: [1, 1, 1, 0], round: [0, 1, 2, -1] });
    expect(fall(0.6)).toEqual({ defaults: [1, 0, 0, 0], round: [0, -1, -1, -1] });
    expect(fall(0.5)).toEqual({ defaults: [1, 1, 0, 0], round: [0, 1, -1, -1] });
    expect(fall(1).round).toEqual([0, -1, -1, -1]);
    expect(value(defaultCascade({ ...input, externalAssets: [10, 0, 0, 0] }, 0)).defaults).toEqual([
      0, 0, 0, 0,
    ]);
    // Two that owe one: each alone is borne, both are not.
    const two = {
      liabilities: [
        [0, 0, 4, 0],
        [0, 0, 4, 0],
        [0, 0, 0, 9],
        [0, 0, 0, 0],
      ],
      externalAssets: [0, 0, 6, 0],
    };
    expect(value(defaultCascade(two, 0)).round).toEqual([0, 0, 1, -1]);
    expect(value(defaultCascade({ ...two, externalAssets: [4, 0, 6, 0] }, 0)).round).toEqual([
      -1, 0, -1, -1,
    ]);
    for (const bad of [-0.1, 1.1, Number.NaN])
      expect(defaultCascade(input, bad)).toMatchObject({ code: "out-of-range" });
    expect(defaultCascade({ ...input, externalAssets: [1] }, 0)).toMatchObject({
      code: "length-mismatch",
    });
  });
});
