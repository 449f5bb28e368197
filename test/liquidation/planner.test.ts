/**
 * The planner against plain enumeration, against the simple rules, and against its own promises.
 */
import { describe, expect, test } from "vitest";
import type { Plan, PlanInput } from "../../src/liquidation/plan-types.ts";
import { type PlanOptions, plan } from "../../src/liquidation/planner.ts";
import { costOfLots, dice, enumerated, type FleetShape, fleet, restored } from "./fleets.ts";
import { count, LARGE } from "./large.ts";

function planned(input: PlanInput, options?: PlanOptions): Plan {
  const answer = plan(input, options);
  if (!answer.ok) throw new Error(answer.reason);
  return answer.value;
}

/** Lots that a plan closes, in the order of the input's positions. */
function lotsOf(input: PlanInput, made: Plan): number[] {
  return input.positions.map((p) => {
    const lot = input.markets.find((m) => m.id === p.market)?.lot ?? 1n;
    let qty = 0n;
    for (const step of made.steps) if (step.position === p.id) qty += step.qty;
    return Number((qty + lot - 1n) / lot);
  });
}

const percentile = (values: number[], part: number): number =>
  [...values].sort((a, b) => a - b)[Math.ceil(part * values.length) - 1] ?? Number.NaN;
const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);

/** Fleets of 1 to 8 positions in 5 markets. */
function small(seed: number, shape: Partial<FleetShape> = {}): PlanInput {
  const positions = dice(seed + 1_000_000).whole(1, 8);
  return fleet(seed, { positions, markets: 5, lots: LARGE ? 4 : 3, ...shape });
}

describe("against the enumerated optimum", () => {
  const worlds = count(200, 10_000);
  const ours: number[] = [];
  const unproven: number[] = [];
  const smallest: number[] = [];
  const totals: number[] = [];
  const dearer: unknown[] = [];
  for (let seed = 1; seed <= worlds; seed++) {
    const input = small(seed);
    const best = enumerated(input);
    if (best === undefined) continue;
    const made = planned(input);
    ours.push(made.cost.total / best);
    unproven.push(planned(input, { proofNodes: 0 }).cost.total / best);
    totals.push(made.cost.total);
    dearer.push(...made.alternatives.filter(({ cost }) => cost < made.cost.total - 1e-6));
    smallest.push(made.alternatives.find((a) => a.rule === "smallest-first")?.cost ?? Number.NaN);
  }

  test(`PLAN-001: over ${worlds} fleets the cost is at most 1.05 x the optimum at p99, 1.01 x on average`, () => {
    expect(ours.length).toBe(worlds);
    expect(percentile(ours, 0.99)).toBeLessThanOrEqual(1.05);
    expect(sum(ours) / ours.length).toBeLessThanOrEqual(1.01);
    expect(Math.min(...ours)).toBeGreaterThan(1 - 1e-9);
  });

  test("PLAN-051: in none of them is any simple rule cheaper", () => expect(dearer).toEqual([]));

  test("PLAN-002: so is the way without a proof, which thousands of positions take", () => {
    expect(percentile(unproven, 0.99)).toBeLessThanOrEqual(1.05);
    expect(sum(unproven) / unproven.length).toBeLessThanOrEqual(1.01);
  });

  test("PLAN-003: in aggregate smallest-first costs at least three times as much", () => {
    expect(sum(smallest) / sum(totals)).toBeGreaterThanOrEqual(3);
  });
});

describe("what a plan states of itself", () => {
  const shapes: Partial<FleetShape>[] = [
    {},
    { shorts: 0.4 },
    { permanent: 1 },
    { costShare: 600_000 },
    { shorts: 0.3, permanent: 1, costShare: 800_000 },
  ];

  test("PLAN-004: the lower bound is never above the optimum, and exact means the optimum", () => {
    for (const shape of shapes) {
      for (let seed = 1; seed <= count(20, 500); seed++) {
        const input = small(seed, { positions: dice(seed).whole(1, 6), ...shape });
        const best = enumerated(input);
        const made = planned(input);
        const loose = planned(input, { proofNodes: 0 });
        if (best === undefined) {
          expect(made.status).not.toBe("restored");
          continue;
        }
        expect(made.status).toBe("restored");
        expect(made.lowerBound).toBeLessThanOrEqual(best + 1e-6);
        expect(loose.lowerBound).toBeLessThanOrEqual(best + 1e-6);
        if (made.proof === "exact") expect(Math.abs(made.cost.total - best)).toBeLessThan(1e-6);
      }
    }
  });

  test("PLAN-005: the cost is what an independent sum of the same lots gives, part by part and step by step", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const input = small(seed, { shorts: 0.3, lots: 9 });
      const made = planned(input);
      const { total, temporary, permanent, secondRound, fees, funding, hedge } = made.cost;
      expect(total).toBeCloseTo(costOfLots(input, lotsOf(input, made)), 6);
      expect(total).toBeCloseTo(temporary + permanent + secondRound + fees + funding + hedge, 9);
      expect(sum(made.steps.map((step) => step.cost))).toBeCloseTo(total, 6);
      expect(made.steps.reduce((all, step) => all + step.frees, 0n)).toBe(made.freed);
      expect(made.gap).toBeGreaterThanOrEqual(0);
      for (const step of made.steps) expect(step.because.length).toBeGreaterThan(10);
    }
  });

  test("PLAN-006: the gap stays under a thousandth for 300 positions of many lots", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const made = planned(fleet(seed, { positions: 300, markets: 20, lots: 400 }));
      expect(made.proof).toBe("bounded");
      expect(made.gap).toBeLessThan(1e-3);
    }
  });
});

describe("what a plan obeys", () => {
  const shape = { positions: 12, markets: 3, lots: 6, shorts: 0.3, tiers: 3, barred: 0.15 };

  test("PLAN-007: it restores the target and some lot of it is needed", () => {
    for (let seed = 1; seed <= count(150, 2000); seed++) {
      for (const costShare of [0, 700_000]) {
        const input = fleet(seed, { ...shape, costShare });
        const made = planned(input);
        if (made.status !== "restored") continue;
        const lots = lotsOf(input, made);
        const need = Number(input.need);
        // The cost of a share is summed in another order here: a millionth of difference is
        // rounding.
        const slack = costShare === 0 ? 0 : 1;
        expect(restored(input, lots)).toBeGreaterThanOrEqual(need - slack);
        expect(Math.abs(Number(made.over) - restored(input, lots) + need)).toBeLessThanOrEqual(
          slack,
        );
        const needed = lots.some((k, i) => {
          const fewer = lots.map((l, j) => (j === i ? l - 1 : l));
          return k > 0 && restored(input, fewer) < need;
        });
        expect(needed).toBe(true);
      }
    }
  });

  test("PLAN-008: isolated and guarded positions are untouched, and said to be", () => {
    for (let seed = 1; seed <= 100; seed++) {
      const input = fleet(seed, shape);
      const made = planned(input);
      const touched = new Set(made.steps.map((step) => step.position));
      for (const p of input.positions) {
        if (!p.isolated && !p.guarded) continue;
        expect(touched.has(p.id)).toBe(false);
        const reason = made.untouched.find(({ id }) => id === p.id)?.reason;
        expect(reason).toBe(p.isolated ? "isolated" : "guarded");
      }
    }
  });

  test("PLAN-009: a tier is touched only when all lots of the tiers before it are closed", () => {
    let spread = 0;
    for (let seed = 1; seed <= count(150, 2000); seed++) {
      const input = fleet(seed, shape);
      const made = planned(input);
      const lots = lotsOf(input, made);
      const tiers = input.positions.flatMap((p, i) => ((lots[i] ?? 0) > 0 ? [p.tier] : []));
      const last = Math.max(...tiers);
      if (last > 0) spread += 1;
      input.positions.forEach((p, i) => {
        if (p.tier >= last || p.isolated || p.guarded) return;
        const lot = input.markets.find((m) => m.id === p.market)?.lot ?? 1n;
        const size = p.qty < 0n ? -p.qty : p.qty;
        expect(BigInt(lots[i] ?? 0) * lot).toBeGreaterThanOrEqual(size);
      });
    }
    expect(spread).toBeGreaterThan(20);
  });

  test("PLAN-010: it is never dearer than any simple rule", () => {
    for (let seed = 1; seed <= count(50, 2000); seed++) {
      for (const change of [{}, { permanent: 1 }, { costShare: 500_000 }, { tiers: 1, lots: 60 }]) {
        const made = planned(fleet(seed, { ...shape, ...change }), { seed });
        for (const rule of made.alternatives) {
          expect(made.cost.total).toBeLessThanOrEqual(rule.cost + 1e-9);
        }
      }
    }
  });

  test("PLAN-011: always the same plan, in whatever order the input comes", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const input = fleet(seed, shape);
      const turned = {
        ...input,
        markets: [...input.markets].reverse(),
        positions: [...input.positions].reverse(),
      };
      expect(planned(turned)).toEqual(planned(input));
    }
  });

  test("PLAN-012: no more than the pace goes into a market, and a cross does not count", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const input = fleet(seed, { ...shape, tiers: 2, share: 0.5 });
      const paced = { ...input, markets: input.markets.map((m) => ({ ...m, pace: 5n * m.lot })) };
      const made = planned(paced);
      for (const market of paced.markets) {
        let net = 0n;
        for (const step of made.steps) {
          if (step.market !== market.id || step.kind === "cross") continue;
          net += step.side === "sell" ? step.qty : -step.qty;
        }
        expect(net < 0n ? -net : net).toBeLessThanOrEqual(market.pace);
      }
      if (made.status === "short") expect(made.shortfall).toBe(made.need - made.freed);
    }
  });
});
