/** The trailing stop, the drawdown ladder and the health table. */
import { fc, test as prop } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { type Micro, micro } from "../../src/core/money.ts";
import { ONE, type Ppm, percent, ppm } from "../../src/core/ppm.ts";
import {
  distanceToBreach,
  equityRatio,
  HEALTH_RULES,
  type HealthInput,
  headroom,
  health,
  maintenanceRatio,
  utilization,
} from "../../src/risk/health.ts";
import {
  DRAWDOWN_LADDER,
  drawdown,
  drawdownOf,
  excessGross,
  ladderFault,
  ladderStep,
  shiftPeak,
  trailingStop,
} from "../../src/risk/ladder.ts";
import { taken } from "./reference-series.ts";

const usd = (value: number): Micro => micro(BigInt(Math.round(value * 1e6)));
const amounts = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 15n }).map(micro);

describe("trailing stop and ladder", () => {
  prop.prop([fc.array(amounts, { minLength: 1, maxLength: 30 })])(
    "LADDER-001: always the peak never falls and the stop fires exactly at its threshold",
    (path) => {
      let peak = usd(0);
      for (const equity of path) {
        const stop = trailingStop(peak, equity, percent(15));
        expect(stop.peak).toBeGreaterThanOrEqual(peak);
        const lost = (stop.peak - equity) * 1_000_000n;
        const reached = stop.peak > 0n && lost > (150_000n - 1n) * stop.peak;
        expect(stop.fired).toBe(reached);
        peak = stop.peak;
      }
    },
  );

  test("LADDER-002: drawdown rounds up and passes 100 % below zero", () => {
    expect(drawdown(usd(100), usd(85))).toBe(150_000);
    expect(drawdown(micro(3n), micro(2n))).toBe(333_334);
    expect(drawdown(usd(100), usd(-20))).toBe(1_200_000);
    expect(drawdown(usd(0), usd(-20))).toBe(0);
    expect(taken(drawdownOf(100, 85))).toBeCloseTo(0.15, 12);
    expect(taken(drawdownOf(0, -5))).toBe(0);
    expect(drawdownOf(Number.NaN, 1)).toMatchObject({ code: "not-finite" });
  });

  test("LADDER-003: a deposit moves the peak so that the drawdown stays", () => {
    const peak = shiftPeak(usd(100), usd(90), usd(90));
    expect(peak).toBe(usd(200));
    expect(drawdown(peak, usd(180))).toBe(drawdown(usd(100), usd(90)));
    const after = shiftPeak(usd(100), usd(90), usd(-45));
    expect(drawdown(after, usd(45))).toBe(100_000);
    expect(shiftPeak(usd(100), usd(0), usd(50))).toBe(usd(150));
    expect(shiftPeak(usd(10), usd(0), usd(-50))).toBe(0n);
  });

  test("LADDER-004: the text's rungs: 5, 8, 12, 18 %", () => {
    const index = (fall: number) => taken(ladderStep(DRAWDOWN_LADDER, percent(fall))).index;
    expect([0, 4.99, 5, 8, 12, 17.99, 18, 99].map(index)).toEqual([0, 0, 1, 2, 3, 3, 4, 4]);
    const rung = taken(ladderStep(DRAWDOWN_LADDER, percent(9))).rung;
    expect(rung).toMatchObject({ gross: 750_000, hedge: "protect" });
    expect(excessGross(usd(1_000), usd(1_000), rung)).toBe(usd(250));
    expect(excessGross(usd(700), usd(1_000), rung)).toBe(0n);
  });

  test("LADDER-005: the way down is at once, the way up waits for the margin of return", () => {
    const step = (fall: number, current: number) =>
      taken(ladderStep(DRAWDOWN_LADDER, percent(fall), current, percent(1))).index;
    expect(step(13, 0)).toBe(3);
    expect(step(11.5, 3)).toBe(3);
    expect(step(10.99, 3)).toBe(2);
    expect(step(0, 3)).toBe(0);
  });

  test("LADDER-006: what is not a ladder is named", () => {
    const rung = (from: number, gross: number) => ({
      from: ppm(from),
      gross: ppm(gross),
      hedge: "none" as const,
    });
    expect(ladderFault(DRAWDOWN_LADDER)).toBeUndefined();
    expect(ladderFault([])?.code).toBe("empty");
    expect(ladderFault([rung(5, 1)])?.code).toBe("out-of-range");
    expect(ladderFault([rung(0, 5), rung(0, 4)])?.code).toBe("out-of-range");
    expect(ladderFault([rung(0, 5), rung(1, 6)])?.code).toBe("out-of-range");
    expect(ladderFault([rung(0, ONE + 1)])?.code).toBe("out-of-range");
    expect(ladderStep(DRAWDOWN_LADDER, -1 as Ppm)).toMatchObject({ code: "out-of-range" });
  });
});

const GOOD: HealthInput = {
  equity: 1_000,
  collateral: 1_000,
  reserved: 300,
  maintenance: 150,
  netExposure: 1_000,
  stressedEquity: 800,
  stressedMaintenance: 120,
};
const levels = (change: Partial<HealthInput>) => {
  const answer = taken(health({ ...GOOD, ...change }));
  return [answer.level, ...answer.rows.map((row) => row.level)];
};

describe("health", () => {
  test("HEALTH-001: every measure turns at its own bounds, and the worst is the account's level", () => {
    expect(levels({})).toEqual(["safe", "safe", "safe", "safe", "safe", "safe"]);
    expect(levels({ maintenance: 500 })[1]).toBe("warning");
    expect(levels({ maintenance: 800 })[1]).toBe("critical");
    expect(levels({ reserved: 600 })[2]).toBe("warning");
    expect(levels({ reserved: 800 })[2]).toBe("critical");
    expect(levels({ maintenance: 600 })[3]).toBe("warning");
    expect(levels({ netExposure: -2_000 })[4]).toBe("warning");
    expect(levels({ netExposure: 3_500 })[4]).toBe("critical");
    expect(levels({ stressedEquity: 132 })[5]).toBe("warning");
    expect(levels({ stressedEquity: 120 })[5]).toBe("critical");
    expect(levels({ stressedEquity: 120 })[0]).toBe("critical");
    expect(levels({ reserved: 600 })[0]).toBe("warning");
  });

  test("HEALTH-002: without equity or collateral every ratio is critical, not zero", () => {
    expect(levels({ equity: 0 })).toEqual([
      "critical",
      "critical",
      "safe",
      "critical",
      "critical",
      "safe",
    ]);
    expect(levels({ collateral: 0 })[2]).toBe("critical");
    expect(levels({ collateral: 0, reserved: 0 })[2]).toBe("safe");
    expect(levels({ stressedMaintenance: 0 })[5]).toBe("safe");
    expect(levels({ stressedMaintenance: 0, stressedEquity: -1 })[5]).toBe("critical");
  });

  test("HEALTH-003: the three ratios refuse where they say nothing", () => {
    expect(utilization(1, 0)).toMatchObject({ code: "out-of-range" });
    expect(utilization(-1, 1)).toMatchObject({ code: "out-of-range" });
    expect(maintenanceRatio(1, -1)).toMatchObject({ code: "out-of-range" });
    expect(equityRatio(1, 0)).toMatchObject({ code: "out-of-range" });
    expect(taken(equityRatio(-5, 100))).toBe(-0.05);
    expect(maintenanceRatio(1e308, 1e-308)).toMatchObject({ code: "not-finite" });
    expect(health({ ...GOOD, equity: Number.NaN })).toMatchObject({ code: "not-finite" });
    expect(health(GOOD, [])).toMatchObject({ code: "empty" });
    expect(HEALTH_RULES.length).toBe(5);
  });

  test("HEALTH-005: headroom is what is free beyond the target, and never below zero", () => {
    expect(taken(headroom(1_000, 300, 0.6))).toBeCloseTo(500, 9);
    expect(taken(headroom(1_000, 900, 0.6))).toBe(0);
    expect(headroom(1, 1, 0)).toMatchObject({ code: "out-of-range" });
  });

  prop.prop([
    fc.double({ min: 1, max: 1e6, noNaN: true }),
    fc.double({ min: 0, max: 1e6, noNaN: true }),
    fc.double({ min: -1e7, max: 1e7, noNaN: true }),
  ])(
    "HEALTH-004: always at the distance to breach equity is maintenance",
    (equity, maintenance, net) => {
      const answer = distanceToBreach(equity, maintenance, net);
      if (!answer.ok) {
        expect(["already-liquidated", "never-liquidated"]).toContain(answer.code);
        return;
      }
      const x = answer.value;
      expect(equity + net * x).toBeCloseTo(maintenance * (1 + x), 0);
      expect(x).toBeGreaterThanOrEqual(-1);
    },
  );
});
