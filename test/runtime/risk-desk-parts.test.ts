/** The desk's parts by themselves: when an alarm may end, what a baseline is, what a book cannot say. */
import { describe, expect, test } from "vitest";
import { ppm } from "../../src/core/ppm.ts";
import { correlationMatrix } from "../../src/risk/correlation.ts";
import { stressedRisk } from "../../src/risk/var-stressed.ts";
import { RiskBook } from "../../src/runtime/risk-desk-book.ts";
import { DriftDesk } from "../../src/runtime/risk-desk-drift.ts";
import { partsOf, ppmDown, ppmUp, upText } from "../../src/runtime/risk-desk-numbers.ts";
import { type Scenarios, scenariosOf } from "../../src/runtime/risk-desk-scenarios.ts";
import { StressedDesk } from "../../src/runtime/risk-desk-stressed.ts";
import { ALICE, at, BTC_PERP, coins, ETH_PERP, POLICY, usd } from "../fleet/cast.ts";
import { alarm } from "../fleet/risk-cases.ts";
import { given } from "../fleet/spec.ts";
import { fleetOf, marks } from "../fleet/steps.ts";
import { pairsOf } from "../risk/drift-runs.ts";
import { taken } from "../risk/reference-series.ts";
import { chanceOf } from "../risk/simulate.ts";
import { history, Told } from "./risk-desk-given.ts";

const TAIL = ppm(10_000);
const WATCHED = [
  { market: 0, asset: 0 },
  { market: 1, asset: 1 },
];
/** Days whose correlation is known, oldest first. */
function daysOf(...stretches: readonly (readonly [rho: number, days: number])[]): Scenarios {
  const chance = chanceOf(5);
  const pairs = stretches.map(([rho, days]) => pairsOf(chance, days, rho));
  const returns = [
    Float64Array.from(pairs.flatMap(({ x }) => [...x])),
    Float64Array.from(pairs.flatMap(({ y }) => [...y])),
  ];
  const count = returns[0]?.length ?? 0;
  const volatilities = Float64Array.of(1, 1);
  return { count, assets: ["A", "B"], returns, volatilities, from: "", to: "" };
}

describe("drift by itself", () => {
  test("DSK-070: while an alarm holds, every verdict that is not quiet begins the period anew", () => {
    let loud = 0;
    for (let seed = 1; seed <= 8; seed += 1) {
      const drift = new DriftDesk(daysOf([0.8, 500]), 30, true);
      const period = pairsOf(chanceOf(seed), 100, 0.4);
      drift.begin(WATCHED);
      for (let i = 0; i < 100 && drift.alarm; i += 1) {
        if (drift.beginning) drift.begin(WATCHED);
        const before = drift.observations;
        drift.add([period.x[i] ?? 0, period.y[i] ?? 0]);
        if (before < 9) continue;
        const strain = drift.worst?.strain ?? 0;
        expect(drift.observations === 0).toBe(strain >= 0.7);
        if (strain >= 0.7 && strain < 1) loud += 1;
      }
    }
    // Verdicts between quiet and alarm are what this is about.
    expect(loud).toBeGreaterThan(3);
  });

  test("DSK-071: the baseline is the last 500 days, whatever was before", () => {
    const drift = new DriftDesk(daysOf([-0.9, 500], [0.8, 500]), 30, false);
    const period = pairsOf(chanceOf(8), 12, 0.8);
    drift.begin(WATCHED);
    for (let i = 0; i < 12; i += 1) drift.add([period.x[i] ?? 0, period.y[i] ?? 0]);
    expect(drift.worst?.base).toBeCloseTo(0.8, 1);
    expect(drift.alarm).toBe(false);
  });

  test("DSK-072: where there is but one asset with a history, no alarm is kept that nothing could end", () => {
    const story = given(...fleetOf(ALICE), alarm);
    const told = new Told(story, history(600, ["BTC"]));
    story.when(marks("10000"));
    expect(told.hear()).toMatchObject({ alarm: false, regime: "sell-off" });
  });
});

describe("the book by itself", () => {
  test("DSK-073: while something is held that has no mark, nothing is said of the whole", () => {
    const book = new RiskBook(POLICY.markets, scenariosOf(history(), 500));
    book.mark(BTC_PERP, at("10000"));
    expect(book.around(0, 1, TAIL)?.after).toBeGreaterThan(100);
    book.position(ALICE, ETH_PERP, coins("1"));
    expect(book.around(0, 1, TAIL)).toBeUndefined();
    book.mark(ETH_PERP, at("1000"));
    expect(book.around(0, 1, TAIL)?.before).toBeGreaterThan(10);
  });

  test("DSK-074: orders that come, fill and go leave nothing behind, and a refresh changes nothing", () => {
    const book = new RiskBook(POLICY.markets, scenariosOf(history(), 500));
    book.mark(BTC_PERP, at("10000"));
    book.mark(ETH_PERP, at("1000"));
    book.order("a/1", BTC_PERP, coins("0.3"));
    book.order("a/2", BTC_PERP, coins("-0.1"));
    book.order("b/1", ETH_PERP, coins("2"));
    book.mark(BTC_PERP, at("11000"));
    book.order("a/1", BTC_PERP, coins("0.2"));
    const kept = book.around(1, 1, TAIL);
    book.refresh();
    expect(book.around(1, 1, TAIL)?.after).toBeCloseTo(kept?.after ?? Number.NaN, 8);
    for (const key of ["a/1", "a/2", "b/1"]) book.order(key, undefined, coins("0"));
    expect(book.around(0, 0, TAIL)).toEqual({ before: 0, after: 0 });
  });

  test("DSK-075: the stressed loss is the one of the measure it is a shortcut of", () => {
    const days = scenariosOf(history(), 500);
    const desk = new StressedDesk(days);
    const correlation = taken(correlationMatrix(days.returns));
    for (const exposures of [
      [1_000, 500],
      [1_000, -800],
      [0, 0],
    ]) {
      for (const regime of ["sell-off", "liquidity-crisis"] as const) {
        const book = { exposures, volatilities: days.volatilities, correlation };
        const full = taken(stressedRisk(book, { tail: TAIL }, regime));
        const short = taken(desk.measure(Float64Array.from(exposures), TAIL, regime));
        expect(short.var).toBeCloseTo(full.var.total, 8);
        if (short.var > 0) expect(short.worst).toBe(full.worst);
      }
    }
    // Fair weather is stressed as a sell-off.
    expect(taken(desk.measure(Float64Array.of(1, 1), TAIL, "range")).regime).toBe("sell-off");
  });
});

describe("numbers that cross into integers", () => {
  test("DSK-076: losses and ratios are rounded up or down as named, and parts add up", () => {
    expect(upText(1.000_000_1)).toBe("1.000001");
    expect([ppmUp(0.1234561), ppmDown(-0.1234561)]).toEqual([123_457, -123_457]);
    expect([ppmUp(Infinity), ppmDown(-1e30)]).toEqual([1e12, -1e12]);
    expect(partsOf(usd("1"), [1 / 3, 1 / 3, 1 / 3])).toEqual([333_334n, 333_333n, 333_333n]);
    expect(partsOf(usd("1"), [2, -1])).toEqual([2_000_000n, -1_000_000n]);
    expect(partsOf(usd("0"), [])).toEqual([]);
  });
});
