/** The examination of forecasts by their breaches, against published figures and by property. */
import { describe, expect, test } from "vitest";
import { ppm } from "../../src/core/ppm.ts";
import {
  absoluteDeviation,
  breachesOf,
  coverage,
  independence,
  kupiec,
  kupiecRegion,
  quantileLoss,
} from "../../src/risk/backtest.ts";
import { dynamicQuantile } from "../../src/risk/backtest-dq.ts";
import { berkowitz, durationTest } from "../../src/risk/backtest-duration.ts";
import { liveBacktest, liveReport, withOutcome } from "../../src/risk/backtest-live.ts";
import {
  acerbiSzekely,
  fisslerZiegelLoss,
  shortfallTest,
} from "../../src/risk/backtest-shortfall.ts";
import { trafficLight } from "../../src/risk/backtest-traffic.ts";
import { taken } from "./reference-series.ts";
import { chanceOf, garchReturns } from "./simulate.ts";

const P1 = ppm(10_000);
const P5 = ppm(50_000);

describe("backtests", () => {
  test("BTS-001: Kupiec at T = 250 and 1 %: the published ratios", () => {
    const ratio = (n: number) => taken(kupiec(n, 250, P1)).statistic;
    expect(ratio(0)).toBeCloseTo(5.0252, 4);
    expect(ratio(3)).toBeCloseTo(0.0949, 4);
    expect(ratio(6)).toBeCloseTo(3.5554, 4);
    expect(ratio(7)).toBeCloseTo(5.497, 4);
    expect(ratio(10)).toBeCloseTo(12.9555, 4);
  });

  test("BTS-002: the regions where Kupiec does not reject at 95 %", () => {
    const region = (days: number, tail = P1) => taken(kupiecRegion(days, tail, P5));
    expect(region(250)).toEqual({ low: 1, high: 6 });
    expect(region(500)).toEqual({ low: 2, high: 9 });
    expect(region(1000)).toEqual({ low: 5, high: 16 });
    expect(region(255, P5)).toEqual({ low: 7, high: 20 });
    expect(region(510, P5)).toEqual({ low: 17, high: 35 });
    expect(region(1000, P5)).toEqual({ low: 38, high: 64 });
    // The printed table says "N < 7" at T = 255 and 1 %, which admits 0; its ratio rejects it.
    expect(taken(kupiec(0, 255, P1)).p).toBeLessThan(0.05);
  });

  test("BTS-003: Christoffersen's independence sees clusters and lets even spreads pass", () => {
    const ratio = (n00: number, n01: number, n10: number, n11: number) =>
      taken(independence({ n00, n01, n10, n11 })).statistic;
    expect(ratio(235, 7, 7, 0)).toBeCloseTo(0.405, 4);
    expect(ratio(238, 4, 4, 3)).toBeCloseTo(13.4876, 4);
    expect(independence({ n00: -1, n01: 0, n10: 0, n11: 0 })).toMatchObject({
      code: "out-of-range",
    });
  });

  test("BTS-004: without a breach independence is silent and coverage alone decides", () => {
    const none = taken(coverage(new Uint8Array(1000), P1));
    expect(none.independence.statistic).toBe(0);
    expect(none.conditional.statistic).toBe(none.unconditional.statistic);
    expect(none.unconditional.p).toBeLessThan(0.001);
  });

  test("BTS-005: strict and inclusive breaches differ exactly at the threshold", () => {
    const [returns, losses] = [
      [-0.02, -0.01],
      [0.02, 0.02],
    ];
    expect([...taken(breachesOf(returns, losses))]).toEqual([0, 0]);
    expect([...taken(breachesOf(returns, losses, "inclusive"))]).toEqual([1, 0]);
    expect(taken(quantileLoss(returns, losses, P5))).toBeCloseTo((0.01 * 0.05) / 2, 12);
    expect(taken(absoluteDeviation([-0.5, 0], [0.25, 0.25]))).toEqual({ mean: 0.25, max: 0.25 });
    expect(absoluteDeviation([0], [1])).toMatchObject({ code: "empty" });
  });

  test("BTS-006: the traffic light turns yellow at 5 and red at 10, and costs what Basel prints", () => {
    const light = (n: number) => taken(trafficLight(n, 250, P1));
    expect([4, 5, 9, 10].map((n) => light(n).zone)).toEqual(["green", "yellow", "yellow", "red"]);
    expect(1 - light(4).cumulative).toBeCloseTo(0.1078, 4);
    expect(taken(trafficLight(7, 250, P1, 2019)).multiplier).toBe(1.83);
    expect(taken(trafficLight(7, 500, P1)).multiplier).toBeUndefined();
  });

  test("BTS-007: the dynamic quantile test drops a constant VaR and finds predictable breaches", () => {
    const { student } = chanceOf(11);
    const iid = Float64Array.from({ length: 2000 }, () => student(5));
    const constant = new Float64Array(2000).fill(taken5(iid));
    expect(taken(dynamicQuantile(iid, constant, P5)).p).toBeGreaterThan(0.05);
    const clustered = garchReturns(4, 2000, { omega: 2e-6, alpha: 0.2, beta: 0.79, df: 5 });
    const level = new Float64Array(2000).fill(taken5(clustered));
    expect(taken(dynamicQuantile(clustered, level, P5)).p).toBeLessThan(1e-6);
    expect(dynamicQuantile(iid.subarray(0, 50), level.subarray(0, 50), P5)).toMatchObject({
      code: "too-few-samples",
    });
  });

  test("BTS-008: durations without memory pass, breaches in packs do not", () => {
    const { uniform } = chanceOf(12);
    const even = Uint8Array.from({ length: 2000 }, () => (uniform() < 0.05 ? 1 : 0));
    const packs = Uint8Array.from({ length: 2000 }, (_, t) =>
      t % 200 < 10 && t % 2 === 0 ? 1 : 0,
    );
    expect(taken(durationTest(even)).p).toBeGreaterThan(0.05);
    const found = taken(durationTest(packs));
    expect(found.p).toBeLessThan(1e-6);
    expect(found.shape).toBeLessThan(1);
    expect(durationTest(new Uint8Array(100))).toMatchObject({ code: "too-few-samples" });
  });

  test("BTS-009: Berkowitz accepts normal scores and rejects a wrong mean, spread and memory", () => {
    const { normal } = chanceOf(13);
    const scores = Float64Array.from({ length: 1000 }, normal);
    expect(taken(berkowitz(scores)).p).toBeGreaterThan(0.05);
    expect(taken(berkowitz(scores.map((z) => z + 0.3))).p).toBeLessThan(1e-6);
    expect(taken(berkowitz(scores.map((z) => z * 1.3))).p).toBeLessThan(1e-6);
    const memory = scores.map((z, t) => 0.6 * (scores[t - 1] ?? 0) + 0.8 * z);
    expect(taken(berkowitz(memory)).p).toBeLessThan(1e-6);
  });

  test("BTS-010: an honest shortfall passes and half of it does not", () => {
    const { normal } = chanceOf(14);
    const returns = Float64Array.from({ length: 4000 }, normal);
    const losses = returns.map(() => 1.6448536269514722);
    const honest = returns.map(() => 2.062712807507426);
    const understated = honest.map((x) => x * 0.85);
    expect(taken(shortfallTest(returns, losses, honest)).p).toBeGreaterThan(0.05);
    expect(taken(shortfallTest(returns, losses, understated)).p).toBeLessThan(0.001);
    expect(Math.abs(taken(acerbiSzekely(returns, losses, honest, P5)))).toBeLessThan(0.2);
    expect(
      taken(
        acerbiSzekely(
          returns,
          losses,
          honest.map((x) => x / 2),
          P5,
        ),
      ),
    ).toBeLessThan(-0.7);
    const loss = (es: Float64Array) => taken(fisslerZiegelLoss(returns, losses, es, P5));
    expect(loss(honest)).toBeLessThan(loss(honest.map((x) => x * 2)));
    expect(shortfallTest([0], [1], [1])).toMatchObject({ code: "too-few-samples" });
  });

  test("BTS-011: the live examination forgets what leaves its window and says when it knows too little", () => {
    let state = taken(liveBacktest(P5, 40));
    for (let t = 0; t < 19; t++) state = taken(withOutcome(state, 1, 0));
    expect(liveReport(state)).toMatchObject({ ok: false, code: "too-few-samples" });
    for (let t = 0; t < 41; t++) state = taken(withOutcome(state, 1, t < 20 ? -2 : 0));
    expect(state).toMatchObject({ seen: 60, seenBreaches: 20 });
    expect(state.breaches.length).toBe(40);
    const report = taken(liveReport(state));
    expect(report.coverage.breaches).toBe(19);
    expect(report.light.zone).toBe("red");
    expect(report.passes).toBe(false);
    expect(withOutcome(state, Number.NaN, 0)).toMatchObject({ code: "not-finite" });
  });

  test("BTS-012: anything but zeros and ones, unequal lengths and absurd counts are refused", () => {
    expect(coverage([0, 2], P5)).toMatchObject({ code: "out-of-range" });
    expect(coverage([], P5)).toMatchObject({ code: "empty" });
    expect(breachesOf([1, 2], [1])).toMatchObject({ code: "length-mismatch" });
    expect(kupiec(5, 4, P1)).toMatchObject({ code: "out-of-range" });
    expect(kupiec(0, 0, P1)).toMatchObject({ code: "out-of-range" });
    expect(trafficLight(-1, 250, P1)).toMatchObject({ code: "out-of-range" });
  });
});

/** The loss that 5 % of these returns exceed. */
function taken5(returns: Float64Array): number {
  const sorted = returns.slice().sort();
  return -(sorted[Math.floor(returns.length * 0.05)] ?? 0);
}
