/** The drift alarm: its false alarms and its power, counted. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ppm } from "../../src/core/ppm.ts";
import {
  driftBaseline,
  driftMonitor,
  driftScan,
  driftStep,
  pearsonOfTau,
} from "../../src/risk/drift.ts";
import { DRIFT_POWER } from "../../src/risk/drift-calibration.ts";
import { concordanceScores, plainScores } from "../../src/risk/drift-concordance.ts";
import { bridgeTail, pearsonCusum, spearmanCusum } from "../../src/risk/drift-cusum.ts";
import { driftTable } from "../../src/risk/drift-table.ts";
import { alarmShare, drawn, pairsOf } from "./drift-runs.ts";
import { taken } from "./reference-series.ts";
import { chanceOf } from "./simulate.ts";

const RATE = ppm(50_000);
const HEAVY = { df: 4 };

describe("drift alarm", () => {
  test("DRF-001: 10,000 heavy-tailed periods of 30 without change: 5 % +- 0.7 % alarm", () => {
    const setting = { before: 0.75, now: 0.75, horizon: 30, ...HEAVY } as const;
    const share = alarmShare(chanceOf(31), 10_000, setting, RATE);
    expect(Math.abs(share - 0.05)).toBeLessThanOrEqual(0.007);
  }, 60_000);

  test("DRF-002: 10,000 heavy-tailed periods of 130 without change: 5 % +- 0.7 % alarm", () => {
    const setting = { before: 0.08, now: 0.08, horizon: 130, ...HEAVY } as const;
    const share = alarmShare(chanceOf(32), 10_000, setting, RATE);
    expect(Math.abs(share - 0.05)).toBeLessThanOrEqual(0.007);
  }, 60_000);

  test("DRF-003: .75 to .95 is found within 30 observations with power of at least 80 %", () => {
    for (const df of [4, undefined]) {
      const tails = df === undefined ? {} : { df };
      const setting = { before: 0.75, now: 0.95, horizon: 30, ...tails } as const;
      expect(alarmShare(chanceOf(33), 1_000, setting, RATE)).toBeGreaterThanOrEqual(0.8);
    }
  }, 60_000);

  test("DRF-004: .08 to .42 is found within 130 observations with power of at least 80 %", () => {
    for (const df of [4, undefined]) {
      const tails = df === undefined ? {} : { df };
      const setting = { before: 0.08, now: 0.42, horizon: 130, ...tails } as const;
      expect(alarmShare(chanceOf(34), 1_000, setting, RATE)).toBeGreaterThanOrEqual(0.8);
    }
  }, 60_000);

  test("DRF-005: the stated power is what runs show, to three percent", () => {
    for (const { before, after, horizon, student4 } of DRIFT_POWER.slice(0, 2)) {
      const setting = { before, now: after, horizon, ...HEAVY };
      const share = alarmShare(chanceOf(35), 1_200, setting, RATE);
      expect(Math.abs(share - student4 / 1e6)).toBeLessThan(0.03);
    }
  }, 60_000);

  test("DRF-006: step by step says what a scan says, names the direction, and keeps the first alarm", () => {
    const { baseline, period } = drawn(chanceOf(36), { before: 0.5, now: 0.95, horizon: 30 });
    let monitor = taken(driftMonitor(baseline, 30, RATE));
    for (let t = 0; t < 30; t++) {
      monitor = taken(driftStep(monitor, period.x[t] ?? 0, period.y[t] ?? 0));
    }
    const scan = taken(driftScan(baseline, period.x, period.y, 30, RATE));
    expect(monitor.alarm?.after).toBe(scan.after);
    expect(monitor.alarm).toMatchObject({ direction: "rise", tauBefore: baseline.tau });
    expect(driftStep(monitor, 0, 0)).toMatchObject({ code: "out-of-range" });
    expect(driftStep(taken(driftMonitor(baseline, 30, RATE)), Number.NaN, 0)).toMatchObject({
      code: "not-finite",
    });
  });

  test("DRF-007: a stricter rate alarms less, a common jump in volatility does not alarm at all more", () => {
    const setting = { before: 0.6, now: 0.8, horizon: 30, ...HEAVY } as const;
    const strict = alarmShare(chanceOf(37), 400, setting, ppm(1_000));
    expect(strict).toBeLessThan(alarmShare(chanceOf(37), 400, setting, RATE));
    const chance = chanceOf(38);
    let alarms = 0;
    for (let run = 0; run < 400; run++) {
      const { baseline, period } = drawn(chance, { before: 0.6, now: 0.6, horizon: 30 });
      const louder = { x: period.x.map((v) => 5 * v), y: period.y.map((v) => 5 * v) };
      if (taken(driftScan(baseline, louder.x, louder.y, 30, RATE)).after !== undefined) alarms++;
    }
    expect(alarms / 400).toBeLessThan(0.085);
  });

  test("DRF-008: short, constant and perfectly tied baselines are refused by name", () => {
    const { x, y } = pairsOf(chanceOf(39), 300, 0.5);
    expect(driftBaseline(x.subarray(0, 100), y.subarray(0, 100))).toMatchObject({
      code: "too-few-samples",
    });
    expect(driftBaseline(x, x)).toMatchObject({ code: "flat" });
    expect(
      driftBaseline(
        x,
        x.map(() => 1),
      ),
    ).toMatchObject({ code: "flat" });
    const baseline = taken(driftBaseline(x, y));
    expect(driftScan(baseline, x, y, 30, RATE)).toMatchObject({ code: "out-of-range" });
    expect(driftScan(baseline, x.subarray(0, 5), y.subarray(0, 5), 30, RATE)).toMatchObject({
      code: "too-few-samples",
    });
    expect(driftMonitor(baseline, 30, ppm(12_345))).toMatchObject({ code: "out-of-range" });
    expect(pearsonOfTau(baseline.tau)).toBeCloseTo(0.5, 1);
  });
});

describe("concordance", () => {
  test("DRF-013: the fast count is always the plain one, with ties and without", () => {
    const values = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 2, maxLength: 30 });
    const fine = fc.array(fc.double({ noNaN: true, min: -1, max: 1 }), {
      minLength: 2,
      maxLength: 30,
    });
    fc.assert(
      fc.property(fc.oneof(values, fine), fc.oneof(values, fine), (a, b) => {
        const n = Math.min(a.length, b.length);
        const [x, y] = [a.slice(0, n), b.slice(0, n)];
        expect(concordanceScores(x, y)).toEqual(plainScores(x, y));
      }),
    );
  });
});

describe("change within a sample", () => {
  test("DRF-009: the bridge's tail at 10, 5 and 1 %", () => {
    expect(bridgeTail(1.2238)).toBeCloseTo(0.1, 4);
    expect(bridgeTail(1.3581)).toBeCloseTo(0.05, 4);
    expect(bridgeTail(1.6276)).toBeCloseTo(0.01, 4);
    expect(bridgeTail(0)).toBe(1);
  });

  test("DRF-010: Spearman's CUSUM keeps its size without any moments, and both date a change", () => {
    const chance = chanceOf(40);
    let rejected = 0;
    for (let run = 0; run < 1_000; run++) {
      const { x, y } = pairsOf(chance, 200, 0.5, 2);
      if (taken(spearmanCusum(x, y)).p < 0.05) rejected++;
    }
    expect(Math.abs(rejected / 1_000 - 0.045)).toBeLessThan(0.025);
    const before = pairsOf(chance, 250, 0.5);
    const after = pairsOf(chance, 250, 0.9);
    const x = Float64Array.from([...before.x, ...after.x]);
    const y = Float64Array.from([...before.y, ...after.y]);
    for (const test of [spearmanCusum, pearsonCusum]) {
      const found = taken(test(x, y));
      expect(found.p).toBeLessThan(0.01);
      expect(Math.abs(found.changeAfter - 250)).toBeLessThan(60);
    }
    expect(spearmanCusum([1], [1])).toMatchObject({ code: "too-few-samples" });
    expect(
      pearsonCusum(
        x,
        x.map(() => 2),
      ),
    ).toMatchObject({ code: "flat" });
  });
});

describe("table of pairs", () => {
  const chance = chanceOf(41);
  const base = pairsOf(chance, 500, 0.3);
  const third = Float64Array.from({ length: 530 }, chance.normal);
  const recent = pairsOf(chance, 30, 0.97);
  const set = [base.x, base.y, third.subarray(0, 500)];
  const now = [recent.x, recent.y, third.subarray(500)];

  test("DRF-011: the changed pair alarms alone, the rate for all is told, bets shrink", () => {
    const table = taken(driftTable(set, now, { horizon: 30 }));
    expect(table.alarm).toBe(true);
    expect(table.rows.filter((row) => row.alarm)).toMatchObject([{ first: 0, second: 1 }]);
    expect(table).toMatchObject({ ratePerPair: 10_000, statedRate: 30_000 });
    expect(table.betsNow).toBeLessThan(table.betsBefore);
    expect(table.averageNow).toBeGreaterThan(table.averageBefore);
    expect(table.jennrich?.p).toBeLessThan(0.01);
  });

  test("DRF-012: too many pairs for the rate and unlike sets are refused, not quietly loosened", () => {
    const many = Array.from({ length: 12 }, () =>
      Float64Array.from({ length: 300 }, chance.normal),
    );
    const few = many.map((series) => series.subarray(0, 30));
    expect(driftTable(many, few, { horizon: 30 })).toMatchObject({ code: "out-of-range" });
    expect(driftTable(set, now.slice(1), { horizon: 30 })).toMatchObject({
      code: "length-mismatch",
    });
  });
});
