/** Clearing at its edges: what is rounding, what is a default, and when payments are still. */
import { expect, test } from "vitest";
import { clearingVector } from "../../src/liquidation/clearing.ts";
import { value } from "./adl-words.ts";

test("NET-041: a party is short by more than rounding, and in default by more than a tenth of a millionth", () => {
  const alone = (owed: number, has: number) =>
    value(
      clearingVector({
        liabilities: [[0]],
        externalAssets: [has],
        externalLiabilities: [owed],
        alpha: 0,
      }),
    );
  // Of one owed a million-millionth is rounding, half as much again is not: then all is lost.
  expect(alone(1, 1 - 1e-12).payments).toEqual([1]);
  expect(alone(1, 1 - 1.5e-12).payments).toEqual([0]);
  const kept = (owed: number, has: number) =>
    value(
      clearingVector({ liabilities: [[0]], externalAssets: [has], externalLiabilities: [owed] }),
    );
  expect(kept(1 + 1e-7, 1)).toMatchObject({ payments: [1], defaults: [0] });
  expect(kept(1 + 2e-7, 1)).toMatchObject({ payments: [1], defaults: [1] });
});

test("NET-042: on record: rounds until payments that fall by halves are still, to 1e-14 of the largest or of one", () => {
  // Each pays a tenth and half of what it receives: in the end a fifth.
  const rounds = (scale: number) => {
    const found = value(
      clearingVector({
        liabilities: [
          [0, 2 * scale],
          [scale, 0],
        ],
        externalAssets: [0.1 * scale, 0.1 * scale],
        ...{ beta: 0.5, externalRank: "senior" },
      }),
    );
    for (const paid of found.payments) expect(paid / scale).toBeCloseTo(0.2, 7);
    return found.rounds;
  };
  expect([1e-6, 1e-3, 0.4, 1, 1e6].map(rounds)).toEqual([28, 38, 47, 47, 47]);
});
