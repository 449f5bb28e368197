/** The median of what sources say: the rule by example, and its bounds by property. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { max, min, type Price, price } from "../../src/core/money.ts";
import { percent } from "../../src/core/ppm.ts";
import { medianPrice } from "../../src/risk/median-price.ts";

const said = (...prices: readonly number[]) => prices.map((one) => ({ price: price(BigInt(one)) }));
const at = (value: number | undefined) => (value === undefined ? undefined : price(BigInt(value)));
const median = (prices: readonly number[], last?: number) =>
  medianPrice(said(...prices), at(last), percent(2));

describe("the median price", () => {
  test.each([
    [[100], undefined, 100],
    [[300, 299, 301], undefined, 300],
    [[300, 301, 200], undefined, 300],
    [[300, 301, 400], undefined, 301],
    [[1000, 1001, 1002, 1003], undefined, 1001],
    [[1000, 1001, 1002, 1003], 2000, 1002],
    [[1000, 1010], undefined, 1000],
    [[1000, 1010], 1006, 1010],
    [[1000, 1010], 1005, 1000],
  ])("MED-001: of %j after %s it is %s", (prices, last, expected) => {
    expect(median(prices, last)?.price).toBe(at(expected));
  });

  test.each([
    [[]],
    [[100, 103]],
    [[100, 103, 106]],
    [[100, 100, 200, 200]],
    [[100, 100, 103, 200]],
  ])("MED-002: %j have none: no more than half agree", (prices) => {
    expect(median(prices)).toBeUndefined();
  });

  test("MED-003: the divergence is a part of the median, and itself still agrees", () => {
    expect(median([10_000, 10_000, 10_200])?.apart).toEqual([]);
    expect(median([10_000, 10_000, 10_201])?.apart).toEqual(said(10_201));
    expect(median([10_000, 10_000, 9_799])?.apart).toEqual(said(9_799));
    expect(median([10_000, 10_000, 9_799])?.agree).toEqual(said(10_000, 10_000));
  });

  const anyPrice = fc.bigInt({ min: 1n, max: 10n ** 15n }).map(price);
  const last = fc.option(anyPrice, { nil: undefined });
  const divergence = fc.integer({ min: 1, max: 200_000 }).map((part) => percent(part / 10_000));
  const lowest = (prices: readonly Price[]): Price => prices.reduce(min);
  const highest = (prices: readonly Price[]): Price => prices.reduce(max);

  test("MED-004: always a price that somebody said, within the span of all, with most beside it", () => {
    fc.assert(
      fc.property(
        fc.array(anyPrice, { maxLength: 9 }),
        last,
        divergence,
        (prices, before, part) => {
          const found = medianPrice(
            prices.map((one) => ({ price: one })),
            before,
            part,
          );
          if (found === undefined) return;
          expect(prices).toContain(found.price);
          expect(found.price >= lowest(prices) && found.price <= highest(prices)).toBe(true);
          expect(found.agree.length * 2).toBeGreaterThan(prices.length);
          expect(found.agree.length + found.apart.length).toBe(prices.length);
        },
      ),
      { seed: 39, numRuns: 500 },
    );
  });

  test("MED-005: always one liar of three moves it nowhere that the other two did not reach", () => {
    const near = fc.integer({ min: 0, max: 5_000 });
    const start = fc.bigInt({ min: 10n ** 6n, max: 10n ** 15n });
    fc.assert(
      fc.property(
        start,
        near,
        anyPrice,
        fc.integer({ min: 0, max: 2 }),
        last,
        (one, step, lie, at, before) => {
          const other = one + (one * BigInt(step)) / 1_000_000n;
          const honest = [price(one), price(other)];
          const all = honest.toSpliced(at, 0, lie).map((each) => ({ price: each }));
          // The honest ones are within half a per cent of each other: there is always a majority.
          const found = medianPrice(all, before, percent(1));
          expect(found).toBeDefined();
          if (found === undefined) return;
          expect(found.price >= price(one) && found.price <= price(other)).toBe(true);
        },
      ),
      { seed: 39, numRuns: 500 },
    );
  });

  test("MED-006: always fewer than half that lie leave it between what the others say", () => {
    const truths = fc.array(anyPrice, { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(truths, fc.array(anyPrice, { maxLength: 4 }), last, (honest, lies, before) => {
        const few = lies.slice(0, honest.length - 1);
        const all = [...honest, ...few].map((one) => ({ price: one }));
        const found = medianPrice(all, before, percent(100));
        if (found === undefined) return;
        expect(found.price >= lowest(honest) && found.price <= highest(honest)).toBe(true);
      }),
      { seed: 40, numRuns: 500 },
    );
  });
});
