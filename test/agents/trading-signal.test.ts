/** Trend and volatility: what they are of prices that are known. */
import { expect, test } from "vitest";
import { tradingConfig } from "../../agents/trading/config.ts";
import { type Signal, sampled, trend, volatility } from "../../agents/trading/signal.ts";
import { MINUTE, YEAR } from "../../src/core/time.ts";
import { randomOf } from "../../src/sdk/random.ts";

const config = tradingConfig.parse({});
const VOL = 0.8;

/** A walk without trend: log returns of both signs, of the given yearly volatility. */
function walk(seed: number, samples: number, vol = VOL, step = MINUTE): Signal {
  const random = randomOf(seed, 0);
  const size = vol * Math.sqrt(step / YEAR);
  let log = Math.log(60_000);
  let signal: Signal | undefined;
  for (let i = 0; i < samples; i++) {
    signal = sampled(signal, Math.exp(log), 1 + i * step, config);
    // Three uniform draws, centred and scaled to variance one, are near enough to normal.
    log += size * 2 * (random.next() + random.next() + random.next() - 1.5);
  }
  if (signal === undefined) throw new Error("a walk has samples");
  return signal;
}

test("TSG-001: without a trend the trend has mean 0 and deviation 1, however short the warm-up", () => {
  for (const samples of [6, 12, 60]) {
    const values = Array.from({ length: 4_000 }, (_, seed) => trend(walk(seed, samples), config));
    const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
    const square = values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.06);
    expect(Math.sqrt(square)).toBeGreaterThan(0.9);
    expect(Math.sqrt(square)).toBeLessThan(1.1);
  }
});

test("TSG-002: volatility is the prior at first and the market's in the end", () => {
  expect(volatility(walk(1, 1), config)).toBeCloseTo(config.startVol, 12);
  const late = Array.from({ length: 50 }, (_, seed) => volatility(walk(seed, 600, 1.6), config));
  const mean = late.reduce((sum, one) => sum + one, 0) / late.length;
  expect(mean).toBeGreaterThan(1.5);
  expect(mean).toBeLessThan(1.7);
});

test("TSG-003: volatility does not depend on how often it is sampled", () => {
  const mean = (step: number): number =>
    Array.from({ length: 50 }, (_, seed) => volatility(walk(seed, 600, VOL, step), config)).reduce(
      (sum, one) => sum + one / 50,
      0,
    );
  expect(mean(1_500) / mean(60_000)).toBeCloseTo(1, 6);
});

test("TSG-004: volatility is believed only between its bounds", () => {
  let flat = walk(1, 1);
  for (let i = 1; i < 2_000; i++) flat = sampled(flat, 60_000, 1 + i * MINUTE, config);
  expect(volatility(flat, config)).toBe(config.minVol);
  expect(trend(flat, config)).toBe(0);
  expect(volatility(walk(1, 600, 40), config)).toBe(config.maxVol);
});

test("TSG-005: the same mark seen again changes nothing, and neither does an older one", () => {
  const signal = walk(1, 10);
  expect(sampled(signal, 61_000, signal.at, config)).toBe(signal);
  expect(sampled(signal, 61_000, signal.at - 1, config)).toBe(signal);
});

test("TSG-006: after a gap the trend starts anew and the volatility is kept", () => {
  const before = walk(3, 100, 1.6);
  const after = sampled(before, 90_000, before.at + config.gapMs + 1, config);
  expect(after.samples).toBe(1);
  expect(trend(after, config)).toBe(0);
  expect(volatility(after, config)).toBe(volatility(before, config));
});
