/** What always holds in a crisis: random fleets whose every duty is on and whose thresholds are low. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { percent } from "../../src/core/ppm.ts";
import { CRISIS_FIELDS, type CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import { CALLS } from "./crisis-cast.ts";
import { type Choice, RandomFleet } from "./random-fleet.ts";
import { Twin } from "./twin.ts";

const number = fc.integer({ min: 0, max: 1_000_000_000 });
const choices: fc.Arbitrary<readonly Choice[]> = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 23 }), number, number, number),
  { minLength: 60, maxLength: 260, size: "max" },
);
const numRuns = Number(process.env["FLOTILLA_RUNS"] ?? 120);

const crisis: CrisisPolicy = {
  ...CALLS,
  graceMs: 2_000,
  callAt: percent(1),
  targetMaintenance: percent(0.5),
  targetUtilization: percent(3),
  hysteresis: percent(0.1),
  alerts: [percent(0.2), percent(0.4), percent(0.8)],
  recallLoans: true,
  reduceWithinMs: 10_000,
  softStop: percent(400),
  hardStop: percent(150),
  topUp: percent(300),
  topUpFromReserve: true,
  powderCost: percent(1),
  trailingStop: percent(15),
  drawdownLadder: [
    { drawdown: percent(5), keeps: percent(50) },
    { drawdown: percent(8), keeps: percent(0) },
  ],
  cutOnShortfall: true,
  adl: { reduceAtRank: 4, reduceBy: percent(40), hedge: "reduce", hedgeBound: percent(60) },
  reallocate: CRISIS_FIELDS.parse({ reallocate: { periodMs: 700, every: 6, least: 4, keep: 9 } })
    .reallocate,
};
const zones = {
  yellow: percent(7),
  orange: percent(9),
  red: percent(11),
  hysteresis: percent(1),
};

test("ALW-101: in a crisis no rule breaks, our books stay the venue's, and replay is the same", () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(choices, (all) => {
      const fleet = new RandomFleet({ rules: { crisis, zones, dryPowder: percent(60) } });
      for (const choice of all) fleet.step(choice);
      fleet.finish();
      for (const [type, count] of fleet.story.state.counts)
        seen.set(type, (seen.get(type) ?? 0) + count);
    }),
    // Shrinking a story takes longer than reading it.
    { seed: 1987, numRuns, endOnFailure: true },
  );
  const met = [
    "MarginCalled",
    "MarginCured",
    "MarginExpired",
    "LiquidationPlanned",
    "MarginResolved",
    "CashRaised",
    "MaintenanceAlert",
    "PositionStopped",
    "PositionToppedUp",
    "DryPowderDeployed",
    "DryPowderReturned",
    "DrawdownCut",
    "PeriodClosed",
    "Reallocated",
    "FlatReached",
    "VenueLiquidated",
    "AutoDeleveraged",
    "AdlRankSet",
    "AdlAvoided",
    "HedgeBared",
  ];
  expect(met.filter((type) => !seen.has(type))).toEqual([]);
}, 90_000);

test("ALW-102: in a crisis too a fleet that lets spent deadlines go decides the same at the same times", () => {
  fc.assert(
    fc.property(choices, (all) => {
      const story = new Twin();
      const fleet = new RandomFleet({ story, rules: { crisis, zones, dryPowder: percent(60) } });
      for (const choice of all) fleet.step(choice);
      fleet.finish();
    }),
    { seed: 77, numRuns: Math.ceil(numRuns / 8), endOnFailure: true },
  );
}, 90_000);
