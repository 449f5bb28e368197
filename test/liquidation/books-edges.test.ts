/** Columns of a plan at their edges: the smallest units, and shares next to a whole millionth. */
import { expect, test } from "vitest";
import { freedBy } from "../../src/liquidation/book.ts";
import { bookOf, COIN, held, market } from "./tasks.ts";

test("BOOK-010: of the smallest unit of a coin the side is told, and a unit over a lot is one more lot", () => {
  const unit = { mark: 100n * COIN, lot: 1n };
  const one = bookOf({
    need: 1n,
    markets: [market("m", unit), market("n")],
    positions: [
      held("a", "m", { qty: 1n }),
      held("b", "m", { qty: -1n }),
      held("c", "n", { qty: 2n * COIN + 1n }),
    ],
  });
  expect(Array.from(one.sign)).toEqual([1, -1, 1]);
  expect(Array.from(one.cap)).toEqual([1, 1, 3]);
});

test("BOOK-011: shares a hair below a whole millionth are floored, though their float is above it", () => {
  for (let k = 0n; k < 20n; k++) {
    const margin = 8_000_000_000_000n + k * 654_321_987n;
    const coins = 2_001n + 2n * k;
    const book = bookOf({
      need: 1n,
      markets: [market("m")],
      positions: [held("a", "m", { qty: coins * COIN, margin })],
    });
    for (let lots = 1n; lots < coins; lots++)
      expect(freedBy(book, 0, Number(lots))).toBe(Number((margin * lots) / coins));
  }
});
