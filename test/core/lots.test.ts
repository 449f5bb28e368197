/** Parting a whole among its holders: exact to the unit, in whole lots, by largest remainder. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { byLots, byParts } from "../../src/core/lots.ts";
import { abs, micro, min, type Qty, qty } from "../../src/core/money.ts";
import { contractsProRata } from "../../src/liquidation/adl-lots.ts";

const sum = (list: readonly bigint[]): bigint => list.reduce((a, b) => a + b, 0n);
const quantities = (...list: readonly number[]): readonly Qty[] => list.map((n) => qty(BigInt(n)));
const sizes = fc.array(fc.bigInt(0n, 90_000n), { maxLength: 9 }).map((list) => list.map(qty));
const lots = fc.bigInt(1n, 900n).map(qty);

describe("quantities", () => {
  test("LOT-001: floors first, then a lot each by largest remainder, the earlier of two equal ones", () => {
    // Shares of 7 among 5, 5 and 5 are 2 1/3 each: the one lot that is left goes to the first.
    expect(byLots(qty(7n), quantities(5, 5, 5), qty(1n))).toEqual([3n, 2n, 2n]);
    // 5, 2.5 and 2.5 lots of ten: of two equal remainders the earlier gets the lot.
    expect(byLots(qty(100n), quantities(200, 100, 100), qty(10n))).toEqual([50n, 30n, 20n]);
    expect(byLots(qty(60n), quantities(100, 50, 30), qty(10n))).toEqual([30n, 20n, 10n]);
  });

  test("LOT-002: more than all is all, nothing is nothing, and nobody gets nothing", () => {
    expect(byLots(qty(99n), quantities(5, 7), qty(10n))).toEqual([5n, 7n]);
    expect(byLots(qty(0n), quantities(5, 7), qty(1n))).toEqual([0n, 0n]);
    expect(byLots(qty(5n), [], qty(1n))).toEqual([]);
    expect(byLots(qty(5n), quantities(0, 0), qty(1n))).toEqual([0n, 0n]);
  });

  test("LOT-003: always the parts are the whole, none beyond its size, and within a lot of its share", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 300_000n).map(qty), sizes, lots, (whole, all, lot) => {
        const parts = byLots(whole, all, lot);
        const total = sum(all);
        const target = min(whole, qty(total));
        expect(sum(parts)).toBe(target);
        for (const [i, part] of parts.entries()) {
          const size = all[i] ?? 0n;
          expect(part >= 0n && part <= size).toBe(true);
          expect(abs(part * total - target * size) <= lot * total).toBe(true);
        }
      }),
      { seed: 11, numRuns: 2_000 },
    );
  });

  test("LOT-004: in whole lots it is the contracts pro rata of the study, ties to the first", () => {
    const whole = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(whole, fc.integer({ min: 0, max: 400 }), (positions, required) => {
        const total = positions.reduce((a, b) => a + b, 0);
        const wanted = Math.min(required, total);
        const study = contractsProRata({
          ...{ positions, required: wanted, side: "long", rounding: "ceil", lossPerContract: 1 },
          ...{ ties: "first", extra: "until-met" },
        });
        // Remainders that are equal in whole numbers may differ in floats: their lots may change places.
        const ours = byLots(qty(BigInt(required)), quantities(...positions), qty(1n)).map(Number);
        const theirs = study.ok ? study.value.closed : [];
        expect(ours.reduce((a, b) => a + b, 0)).toBe(theirs.reduce((a, b) => a + b, 0));
        for (const [i, part] of ours.entries()) {
          expect(Math.abs(part - (theirs[i] ?? 0))).toBeLessThanOrEqual(1);
        }
      }),
      { seed: 12, numRuns: 1_000 },
    );
  });
});

describe("money", () => {
  test("LOT-005: always an amount's parts are the amount, and each is within a unit of its share", () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 15n), 10n ** 15n).map(micro), sizes, (amount, parts) => {
        const total = sum(parts);
        const shares = byParts(amount, parts);
        expect(sum(shares)).toBe(total === 0n ? 0n : amount);
        for (const [i, share] of shares.entries()) {
          if (total === 0n) continue;
          expect(abs(share * total - amount * (parts[i] ?? 0n)) <= total).toBe(true);
        }
      }),
      { seed: 13, numRuns: 2_000 },
    );
  });
});
