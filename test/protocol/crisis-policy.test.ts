/** The crisis part of a fleet file: strict, with sound defaults, and faults by their names. */
import { expect, test } from "vitest";
import {
  CRISIS_DEFAULTS,
  CRISIS_FIELDS,
  type CrisisPolicy,
  crisisFaults,
} from "../../src/protocol/crisis-policy.ts";

test("CRP-001: the defaults are sound, and an unknown field is refused", () => {
  expect(crisisFaults(CRISIS_DEFAULTS)).toEqual([]);
  expect(CRISIS_FIELDS.safeParse({}).success).toBe(true);
  expect(CRISIS_FIELDS.safeParse({ graceMillis: 1 }).success).toBe(false);
  expect(CRISIS_FIELDS.parse({ depth: "2500000.5" }).depth).toBe(2_500_000_500_000n);
});

test("CRP-002: each rule between fields is told by its field", () => {
  const rungs = (...all: (readonly [number, number])[]) => ({
    drawdownLadder: all.map(([drawdown, keeps]) => ({ drawdown, keeps })),
  });
  const cases: readonly (readonly [unknown, string])[] = [
    [{ alerts: [500_000, 500_000] }, "policy.crisis.alerts"],
    [rungs([50_000, 500_000], [40_000, 0]), "policy.crisis.drawdownLadder"],
    [rungs([50_000, 500_000], [75_000, 500_000]), "policy.crisis.drawdownLadder"],
    [rungs([50_000, 1_000_000]), "policy.crisis.drawdownLadder"],
    [{ targetMaintenance: 800_000 }, "policy.crisis.targetMaintenance"],
    [{ targetMaintenance: 0 }, "policy.crisis.targetMaintenance"],
    [{ targetUtilization: 0 }, "policy.crisis.targetUtilization"],
    [{ softStop: 1_300_000 }, "policy.crisis.softStop"],
    [{ callAt: 1_000_001 }, "policy.crisis.callAt"],
    [{ trailingStop: 0 }, "policy.crisis.trailingStop"],
    [rungs([0, 500_000]), "policy.crisis.drawdownLadder"],
    [{ calendar: [{ maxLeverage: 999_999 }] }, "policy.crisis.calendar"],
    [{ topUp: 1_300_000 }, "policy.crisis.topUp"],
    [{ permanentShare: 1_000_001 }, "policy.crisis.permanentShare"],
    [{ reserveRatio: 0 }, "policy.crisis.reserveRatio"],
    [{ reserveRatio: 1_000_000 }, "policy.crisis.reserveRatio"],
    [{ trailingReduce: 1_000_001 }, "policy.crisis.trailingReduce"],
    [{ volatility: { target: 0 } }, "policy.crisis.volatility.target"],
    [{ calendar: [{ buffer: 1_000_001 }] }, "policy.crisis.calendar"],
    [{ distress: { chance: 1_000_001, shock: 1 } }, "policy.crisis.distress"],
    [{ distress: { chance: 1, shock: 1_000_001 } }, "policy.crisis.distress"],
    [{ fewerOrders: 50_001 }, "policy.crisis.fewerOrders"],
    [{ patience: { recovery: 1_000_001, shock: 1 } }, "policy.crisis.patience"],
    [{ patience: { recovery: 1, shock: 1_000_001 } }, "policy.crisis.patience"],
    [{ reallocate: { step: 0, least: 2, keep: 2 } }, "policy.crisis.reallocate"],
    [{ reallocate: { step: 1, least: 3, keep: 2 } }, "policy.crisis.reallocate"],
  ];
  for (const [change, field] of cases) {
    const faults = crisisFaults({ ...CRISIS_DEFAULTS, ...(change as CrisisPolicy) });
    expect([change, faults.map((fault) => fault.split(":")[0])]).toEqual([change, [field]]);
  }
  expect(crisisFaults(rungs([50_000, 500_000], [75_000, 0]) as unknown as CrisisPolicy)).toEqual(
    [],
  );
});

test("CRP-003: time to reduce that ends before an order is answered is refused: it would reduce nothing", () => {
  const reduce = (reduceWithinMs: number) => crisisFaults({ reduceWithinMs }, 3_000);
  expect(reduce(3_001)).toEqual([]);
  expect(reduce(3_000)).toEqual([expect.stringContaining("above policy.answerWithinMs (3000)")]);
  expect(crisisFaults(CRISIS_DEFAULTS, 300_000)).toHaveLength(1);
});

test("CRP-004: by default a call lets 5 minutes, alerts are at 50, 70 and 85 %, stops at 150 and 130 %", () => {
  expect(CRISIS_DEFAULTS).toMatchObject({
    ...{ graceMs: 300_000, callAt: 850_000, targetUtilization: 550_000 },
    ...{ alerts: [500_000, 700_000, 850_000], softStop: 1_500_000, hardStop: 1_300_000 },
    ...{ recallLoans: true, topUpFromReserve: true },
  });
});
