/** The drift alarm's critical values: printed anew on demand, else held against fresh runs. */
import { describe, expect, test } from "vitest";
import { ppm } from "../../src/core/ppm.ts";
import {
  COLUMN_CORRELATIONS,
  criticalValue,
  type DriftHorizon,
  FALSE_ALARM_RATES,
} from "../../src/risk/drift-calibration.ts";
import { largestDetector } from "./drift-runs.ts";
import { taken } from "./reference-series.ts";
import { chanceOf } from "./simulate.ts";

const RUNS = Number(process.env["FLOTILLA_CALIBRATE"] ?? 0);
const HORIZONS: readonly DriftHorizon[] = [30, 130];

/** Quantiles of the largest detector at each tabulated rate. */
function quantilesOf(horizon: DriftHorizon, rho: number, runs: number, seed: number): number[] {
  const chance = chanceOf(seed);
  const setting = { before: rho, now: rho, horizon, df: 4 };
  const sorted = Float64Array.from({ length: runs }, () => largestDetector(chance, setting)).sort();
  return FALSE_ALARM_RATES.map((rate) => sorted[Math.ceil(runs * (1 - rate / 1e6)) - 1] ?? 0);
}

describe("calibration of the drift alarm", () => {
  for (const horizon of RUNS > 0 ? HORIZONS : []) {
    test(`prints the table for a period of ${horizon}`, { timeout: 3_600_000 }, () => {
      const columns = COLUMN_CORRELATIONS.map((rho) => {
        const seed = 7_000 + horizon + Math.round(rho * 100);
        return quantilesOf(horizon, rho, RUNS, seed);
      });
      const rows = FALSE_ALARM_RATES.map((_, k) => columns.map((column) => column[k]?.toFixed(3)));
      console.log(
        horizon,
        rows.map((row) => row.join(", ")),
      );
      expect(rows.length).toBe(FALSE_ALARM_RATES.length);
    });
  }

  test("DRC-001: the tabulated 5 % value is that of fresh runs, to their own error", () => {
    for (const horizon of HORIZONS) {
      const [fresh = 0] = quantilesOf(horizon, 0.6, 1_500, 99);
      const z = Math.atanh((2 / Math.PI) * Math.asin(0.6));
      const kept = taken(criticalValue(horizon, ppm(50_000), z));
      expect(Math.abs(fresh - kept)).toBeLessThan(0.15);
    }
  });

  test("DRC-002: rarer alarms and tighter pairs need larger values; unknown rates are refused", () => {
    for (const horizon of HORIZONS) {
      const at = (rate: number, z: number) => taken(criticalValue(horizon, ppm(rate), z));
      FALSE_ALARM_RATES.slice(1).forEach((rate, i) => {
        expect(at(rate, 0.5)).toBeGreaterThan(at(FALSE_ALARM_RATES[i] ?? 0, 0.5));
      });
      expect(at(50_000, 1.9)).toBeGreaterThan(at(50_000, 0.5));
      expect(at(50_000, 9)).toBe(at(50_000, 1.8));
      expect(at(50_000, -0.5)).toBe(at(50_000, 0.5));
      expect(criticalValue(horizon, ppm(20_000), 0)).toMatchObject({ code: "out-of-range" });
    }
  });
});
