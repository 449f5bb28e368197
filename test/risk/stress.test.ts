/** Stress: rows, the worst of them, and the smallest move that breaks the book. */
import { fc, test as prop } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { covarianceOf } from "../../src/risk/covariance.ts";
import {
  mostLikelyBreak,
  reverseStress,
  type StressBook,
  stress,
  survivalTable,
} from "../../src/risk/stress.ts";
import {
  HISTORICAL,
  SCENARIOS,
  SYNTHETIC,
  scenarioNamed,
} from "../../src/risk/stress-scenarios.ts";
import { taken } from "./reference-series.ts";

const BOOK: StressBook = {
  equity: 1_000,
  positions: [
    { asset: "BTC", notional: 5_000, maintenanceRate: 0.05 },
    { asset: "ETH", notional: -3_000, maintenanceRate: 0.05 },
  ],
  collateral: [{ asset: "BTC", value: 500 }],
};
const fall = (move: number) => ({ name: "fall", moves: {}, other: move, vol: 0 });

/** A position of 1e-322 is none: its ratios are beyond what a float holds, and are refused as such. */
const orNone = (notional: number): number => (Math.abs(notional) < 1e-6 ? 0 : notional);

describe("stress", () => {
  test("STRESS-001: a row adds positions and collateral, and margins what is left of the notional", () => {
    const row = taken(stress(BOOK, fall(-0.2)));
    expect(row.pnl).toBeCloseTo(-1_000 + 600 - 100, 9);
    expect(row.equity).toBeCloseTo(500, 9);
    expect(row.maintenance).toBeCloseTo(0.05 * 8_000 * 0.8, 9);
    expect(row.cover).toBeCloseTo(500 / 320, 9);
    expect(row.survives).toBe(true);
  });

  test("STRESS-002: equity that just meets maintenance does not survive", () => {
    const book = { equity: 5, positions: [{ asset: "BTC", notional: 100, maintenanceRate: 0.05 }] };
    expect(taken(stress(book, fall(0))).survives).toBe(false);
    expect(taken(stress({ ...book, equity: 5.01 }, fall(0))).survives).toBe(true);
  });

  test("STRESS-003: the table has every scenario by its name and says which is worst", () => {
    const table = taken(survivalTable(BOOK, SCENARIOS));
    expect(table.rows.length).toBe(HISTORICAL.length + SYNTHETIC.length);
    expect(new Set(table.rows.map((row) => row.name)).size).toBe(table.rows.length);
    const spare = table.rows.map((row) => row.equity - row.maintenance);
    expect(table.worst.equity - table.worst.maintenance).toBe(Math.min(...spare));
    expect(table.survives).toBe(table.rows.every((row) => row.survives));
    expect(scenarioNamed("ftx 2022-11-08..09")?.moves["SOL"]).toBe(-0.5775);
    expect(scenarioNamed("no such")).toBeUndefined();
  });

  test("STRESS-004: gamma and vega count", () => {
    const option = { asset: "BTC", notional: 0, gamma: -100, vega: -10, maintenanceRate: 0 };
    const row = taken(stress({ equity: 10, positions: [option] }, { ...fall(-0.2), vol: 0.5 }));
    expect(row.pnl).toBeCloseTo(-2 - 5, 12);
    expect(row.cover).toBeUndefined();
  });

  test("STRESS-005: reverse stress finds the smaller of both ways", () => {
    const long = {
      equity: 100,
      positions: [{ asset: "BTC", notional: 1_000, maintenanceRate: 0.05 }],
    };
    const found = taken(reverseStress(long, { BTC: 0.01 }));
    expect(found.moves["BTC"]).toBeCloseTo(-50 / 950, 12);
    const short = {
      ...long,
      positions: [{ asset: "BTC", notional: -1_000, maintenanceRate: 0.05 }],
    };
    expect(taken(reverseStress(short, { BTC: 0.01 })).moves["BTC"]).toBeCloseTo(50 / 1_050, 12);
    const hedged = {
      equity: 100,
      positions: [
        { asset: "BTC", notional: 1_000, gamma: -20_000, maintenanceRate: 0 },
        { asset: "BTC", notional: -900, maintenanceRate: 0 },
      ],
    };
    const t = taken(reverseStress(hedged, { BTC: 1 })).size;
    expect(100 + 100 * t - 10_000 * t * t).toBeCloseTo(0, 9);
    expect(t).toBeLessThan(0);
  });

  prop.prop([
    fc.double({ min: 300, max: 5_000, noNaN: true }),
    fc.double({ min: -8_000, max: 8_000, noNaN: true }).map(orNone),
    fc.double({ min: -8_000, max: 8_000, noNaN: true }).map(orNone),
    fc.double({ min: -20_000, max: 5_000, noNaN: true }),
  ])(
    "STRESS-006: always at the move equity is maintenance, and nearer moves survive",
    (equity, btc, eth, gamma) => {
      const book: StressBook = {
        equity,
        positions: [
          { asset: "BTC", notional: btc, gamma, maintenanceRate: 0.01 },
          { asset: "ETH", notional: eth, maintenanceRate: 0.02 },
        ],
      };
      const direction = { BTC: 0.01, ETH: 0.013 };
      const found = reverseStress(book, direction);
      const at = (t: number) =>
        taken(
          stress(book, { name: "t", moves: { BTC: 0.01 * t, ETH: 0.013 * t }, other: 0, vol: 0 }),
        );
      const end = found.ok ? found.value.size : 70;
      for (const share of [-0.99, -0.5, 0.5, 0.99]) {
        const t = share * Math.min(Math.abs(end), 76);
        expect(at(t).survives, `${t}`).toBe(true);
      }
      if (!found.ok) {
        expect(found.code).toBe("never-liquidated");
        return;
      }
      const row = at(found.value.size);
      expect(Math.abs(row.equity - row.maintenance)).toBeLessThan(
        1e-9 * (equity + Math.abs(row.pnl)) * 1e3,
      );
    },
  );

  test("STRESS-007: the most likely break loses the buffer, and no likelier move does", () => {
    const covariance = taken(
      covarianceOf(
        [0.03, 0.05],
        [
          [1, 0.8],
          [0.8, 1],
        ],
      ),
    );
    const exposures = [5_000, -2_000];
    const found = taken(mostLikelyBreak(exposures, covariance, 400));
    const loss = found.moves.reduce((sum, move, i) => sum + move * (exposures[i] ?? 0), 0);
    expect(loss).toBeCloseTo(-400, 9);
    const length = (x: readonly number[]): number => {
      const [a = 0, b = 0] = x;
      // The inverse of the covariance, by hand.
      const det = 0.03 ** 2 * 0.05 ** 2 * (1 - 0.64);
      return Math.sqrt((a * a * 0.0025 - 2 * a * b * 0.0012 + b * b * 0.0009) / det);
    };
    expect(length(found.moves)).toBeCloseTo(found.sigmas, 9);
    for (const shift of [-0.02, -0.005, 0.005, 0.02]) {
      const [a = 0, b = 0] = found.moves;
      expect(length([a + shift * 2, b + shift * 5])).toBeGreaterThan(found.sigmas);
    }
    expect(mostLikelyBreak(exposures, covariance, 0)).toMatchObject({ code: "already-liquidated" });
    expect(mostLikelyBreak([0, 0], covariance, 1)).toMatchObject({ code: "never-liquidated" });
    expect(mostLikelyBreak([1], covariance, 1)).toMatchObject({ code: "length-mismatch" });
  });

  test("STRESS-008: empty books, absurd falls and broken equity are named", () => {
    expect(stress({ equity: 1, positions: [] }, fall(0))).toMatchObject({ code: "empty" });
    expect(stress(BOOK, fall(-1.01))).toMatchObject({ code: "out-of-range" });
    expect(stress({ ...BOOK, equity: Number.NaN }, fall(0))).toMatchObject({ code: "not-finite" });
    expect(survivalTable(BOOK, [])).toMatchObject({ code: "empty" });
    expect(reverseStress({ ...BOOK, equity: 1 }, { BTC: 1 })).toMatchObject({
      code: "already-liquidated",
    });
    expect(reverseStress(BOOK, {})).toMatchObject({ code: "never-liquidated" });
    expect(reverseStress(BOOK, { BTC: Number.POSITIVE_INFINITY })).toMatchObject({
      code: "not-finite",
    });
  });
});
