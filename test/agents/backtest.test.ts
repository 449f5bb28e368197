/** The backtest: its figures by hand, and that it pays for what it trades. */
import { expect, test } from "vitest";
import { tradingConfig } from "../../agents/trading/config.ts";
import { backtest } from "../bench/backtest.ts";
import { drawdownOf, sharpeOf } from "../bench/strategies.ts";
import { type Bars, barsOf } from "../bench/strategy-data.ts";
import { flatTape } from "../venue/helpers.ts";

const DAY = 86_400_000;

/** One market's closes by the day, with the same funding every day. */
const bars = (closes: readonly number[], funding = 0): Bars => ({
  ...{ name: "made", stepMs: DAY, times: closes.map((_, i) => (i + 1) * DAY) },
  markets: [
    {
      ...{ market: "btc-perp", base: "BTC", closes },
      funding: closes.map(() => funding),
      lastNano: closes.map(() => Math.round(funding * 1e9)),
    },
  ],
});
const config = tradingConfig.parse({
  ...{ markets: ["btc-perp"], warmup: 3, fullSamples: 1, holdMs: 0, gapMs: 604_800_000 },
  ...{ reduceEveryMs: 0, startVol: 0.5, volHalfLife: 100_000 },
});
const rising = Array.from({ length: 120 }, (_, i) => 100 * 1.01 ** i);

test("STB-001: a Sharpe ratio and its error are those of the textbook", () => {
  // Mean 1, deviation 2 of a sample: 0.5 a day; symmetric and flat-tailed, so the error is near 1 / sqrt(n).
  const daily = Array.from({ length: 400 }, (_, i) => 1 + (i % 2 === 0 ? 2 : -2));
  const { mean, deviation, ratio, error } = sharpeOf(daily);
  expect(mean).toBeCloseTo(365, 9);
  expect(deviation).toBeCloseTo(2 * Math.sqrt(365) * Math.sqrt(400 / 399), 6);
  expect(ratio).toBeCloseTo(0.5 * Math.sqrt(365), 1);
  // 1 + 0.5^2 / 2 - 2 / 4 x 0.5^2, for an excess kurtosis of -2.
  expect(error).toBeCloseTo(Math.sqrt(1 / 399) * Math.sqrt(365), 2);
  expect(sharpeOf([0, 0, 0]).ratio).toBe(0);
});

test("STB-002: the drawdown is the deepest fall from the highest sum", () => {
  expect(drawdownOf([0.1, -0.05, 0.2, -0.1, -0.2, 0.5])).toBeCloseTo(0.3, 12);
  expect(drawdownOf([0.1, 0.1])).toBe(0);
  expect(drawdownOf([-0.1, -0.1])).toBeCloseTo(0.2, 12);
});

test("STB-003: a trend is earned less what trading costs; funding is taken from who is long", () => {
  const free = backtest(bars(rising), config);
  const made = free.daily.reduce((sum, one) => sum + one, 0);
  expect(made).toBeGreaterThan(0.1);
  expect(free.orders).toBeGreaterThan(0);
  // 5 bp of fee and 2 bp of slippage on what was traded.
  expect(free.fees).toBeCloseTo(free.traded * 0.0007, 5);
  const paid = backtest(bars(rising, 0.001), config);
  expect(paid.funding).toBeLessThan(-0.01);
  expect(paid.daily.reduce((sum, one) => sum + one, 0)).toBeLessThan(made);
});

test("STB-004: nothing is known before it is over: a jump at the end of the data is traded by nobody", () => {
  const flat = Array.from({ length: 60 }, () => 100);
  const jumped = backtest(bars([...flat, 200]), config);
  expect(jumped.traded).toBe(0);
});

test("STB-005: the same data makes the same result, and a tape is read by an even grid", () => {
  expect(backtest(bars(rising), config)).toEqual(backtest(bars(rising), config));
  const grid = barsOf(flatTape(), 3_600_000);
  expect(new Set(grid.times.slice(1).map((at, i) => at - (grid.times[i] ?? 0)))).toEqual(
    new Set([3_600_000]),
  );
  for (const { closes } of grid.markets) expect(closes).toHaveLength(grid.times.length);
});
