/** Who pays whom among many: exact pairs first, equal ones by their names. */
import { describe, expect, test } from "vitest";
import { settle } from "../../src/liquidation/netting.ts";
import { value } from "./adl-words.ts";

/** Transfers of parties that are named in alphabetical order. */
function paid(...nets: bigint[]): string {
  const net = new Map(nets.map((left, i) => [String.fromCharCode(97 + i), left]));
  const { transfers, moved, fewest } = value(settle(net));
  // Who is even already is no party to it.
  expect(fewest).toBe(nets.filter((left) => left !== 0n).length <= 14);
  expect(moved).toBe(nets.reduce((sum, left) => (left > 0n ? sum + left : sum), 0n));
  return transfers.map((t) => `${t.debtor}>${t.creditor} ${t.amount}`).join(", ");
}

/** Five pairs that cancel: with more parties beside them, too many to try all groups. */
const pairs = [20n, -20n, 30n, -30n, 40n, -40n, 50n, -50n, 60n, -60n];
const between = "b>a 20, d>c 30, f>e 40, h>g 50, j>i 60";

describe("settlements", () => {
  test("NET-043: of equal debtors the first by name pays first, and of equal creditors the first is paid", () => {
    expect(paid(-3n, -3n, 4n, 2n)).toBe("a>c 3, b>c 1, b>d 2");
    expect(paid(3n, 3n, -4n, -2n)).toBe("c>a 3, c>b 1, d>b 2");
    expect(paid(2n, 2n, 2n, -5n, -1n)).toBe("d>a 2, d>b 2, d>c 1, e>c 1");
  });

  test("NET-044: among many each of two equal creditors is matched once, the last by name first", () => {
    expect(paid(...pairs, 7n, 7n, -7n, -7n, 9n, -9n)).toBe(`${between}, m>l 7, n>k 7, p>o 9`);
    // Both are matched before the larger debt of n can go to the largest creditor, o.
    expect(paid(...pairs, 7n, 7n, -7n, -7n, 8n, -3n, -5n)).toBe(
      `${between}, m>l 7, n>k 7, p>o 3, q>o 5`,
    );
    // A debt of one goes to who is owed one, not to who is owed five.
    expect(paid(...pairs, 5n, 1n, -4n, -1n, -1n)).toBe(`${between}, m>k 4, n>l 1, o>k 1`);
    // Of equal ones that match nobody the first goes first, here too.
    expect(paid(...pairs, -3n, -3n, 4n, 2n, 0n, 0n)).toBe(`${between}, k>m 3, l>m 1, l>n 2`);
    expect(paid(...pairs, -3n, -3n, 4n, 1n, 1n)).toBe(`${between}, k>m 3, l>m 1, l>n 1, l>o 1`);
  });
});
