/**
 * Lending beside a long book, as the paper market assumes it: real closes, but rates that are made to rise when prices
 * fall. What a running fleet measures of itself is in test/fleet/past.test.ts.
 */
import { expect, test } from "vitest";
import { assetId } from "../../src/core/ids.ts";
import { DAY, HOUR } from "../../src/core/time.ts";
import { loadHistory, returnsOf } from "../../src/venue/paper/history.ts";
import { marketRate } from "../../src/venue/paper/lending.ts";
import { historyFile } from "../../src/venue/paper/load-tape.ts";

const returns = returnsOf(loadHistory(historyFile()));
const SEED = 5;

/** A day's yield of a coin lent for that day: the mean of its hourly rates, by the part of a year. */
function yieldOf(coin: string, date: string, fallen: number): number {
  const start = Date.parse(`${date}T00:00:00Z`);
  const rates = Array.from({ length: 24 }, (_, hour) =>
    marketRate(SEED, assetId(coin), start + hour * HOUR, (fallen * (hour + 1)) / 24),
  );
  return rates.reduce((sum, rate) => sum + rate / 1e6, 0) / 24 / 365;
}

interface Days {
  readonly book: readonly number[];
  readonly lent: readonly number[];
}

/** Each day's result of a dollar in the coin, and of a dollar of it lent. */
function daysOf(coin: string): Days {
  const column = returns.assets.indexOf(coin);
  const book = returns.rows.map((row) => row[column] ?? 0);
  const lent = returns.dates.map((date, i) => yieldOf(coin, date, Math.max(0, -(book[i] ?? 0))));
  return { book, lent };
}

const mean = (of: readonly number[]): number => of.reduce((a, b) => a + b, 0) / of.length;

function correlation(a: readonly number[], b: readonly number[]): number {
  const [ma, mb] = [mean(a), mean(b)];
  const moment = (x: readonly number[], mx: number, y: readonly number[], my: number): number =>
    x.reduce((sum, value, i) => sum + (value - mx) * ((y[i] ?? 0) - my), 0);
  return moment(a, ma, b, mb) / Math.sqrt(moment(a, ma, a, ma) * moment(b, mb, b, mb));
}

const COINS = ["BTC", "ETH"] as const;
const days = new Map(COINS.map((coin) => [coin, daysOf(coin)] as const));
const of = (coin: (typeof COINS)[number]): Days => days.get(coin) ?? { book: [], lent: [] };

test.each(COINS)(
  "LHG-001: over three years of %s the rates that are assumed move against a long book",
  (coin) => {
    const { book, lent } = of(coin);
    expect(book.length * DAY).toBeGreaterThan(1_000 * DAY);
    const found = correlation(book, lent);
    expect(found).toBeLessThan(-0.25);
    expect(found).toBeGreaterThan(-0.4);
  },
);

test.each(COINS)(
  "LHG-002: what %s yields on bad days is more, and small beside what is lost",
  (coin) => {
    const { book, lent } = of(coin);
    const bad = book.flatMap((result, i) => (result <= -0.03 ? [i] : []));
    const other = book.flatMap((result, i) => (result > -0.03 ? [i] : []));
    const yields = (at: readonly number[]) => mean(at.map((i) => lent[i] ?? 0));
    expect(bad.length).toBeGreaterThan(50);
    expect(yields(bad)).toBeGreaterThan(1.4 * yields(other));
    const lost = -mean(bad.map((i) => book[i] ?? 0));
    expect(yields(bad) / lost).toBeLessThan(0.003);
  },
);

test("LHG-003: without what short sellers add, rates know nothing of the book", () => {
  const { book } = of("BTC");
  const blind = returns.dates.map((date) => yieldOf("BTC", date, 0));
  expect(Math.abs(correlation(book, blind))).toBeLessThan(0.1);
});
