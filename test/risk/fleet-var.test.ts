/** The incremental fleet aggregate against a full recompute. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ppm } from "../../src/core/ppm.ts";
import { historicalEs } from "../../src/risk/expected-shortfall.ts";
import {
  createFleetVar,
  driftOf,
  type FleetVar,
  resum,
  setMark,
  setPosition,
  setScenarios,
} from "../../src/risk/fleet-var.ts";
import {
  agentVar,
  allAgentVar,
  fleetComponents,
  fleetEs,
  fleetIncrement,
  fleetVar,
} from "../../src/risk/fleet-var-measures.ts";
import { selectWorst, worstScenarios } from "../../src/risk/fleet-var-select.ts";
import { historicalVar } from "../../src/risk/var.ts";
import { taken } from "./reference-series.ts";
import { chanceOf, garchReturns } from "./simulate.ts";

const P1 = ppm(10_000);
const P5 = ppm(50_000);
const P10 = ppm(100_000);
const MARKETS = 6;
const SCENARIOS = 200;

/** A fleet with scenarios and marks, no positions yet. */
function fresh(markets = MARKETS, scenarios = SCENARIOS): FleetVar {
  const fleet = taken(createFleetVar({ markets, scenarios }));
  for (let market = 0; market < markets; market++) {
    taken(setScenarios(fleet, market, garchReturns(market + 1, scenarios)));
    taken(setMark(fleet, market, 100 * (market + 1)));
  }
  return fleet;
}

/** Gains by the definition, from the books alone. */
function exactGains(fleet: FleetVar): Float64Array {
  return Float64Array.from({ length: fleet.scenarios }, (_, s) =>
    fleet.books.reduce(
      (sum, book) =>
        sum +
        (book?.markets ?? []).reduce(
          (part, market, i) =>
            part +
            (book?.quantities[i] ?? 0) *
              (fleet.marks[market] ?? 0) *
              (fleet.returns[market * fleet.scenarios + s] ?? 0),
          0,
        ),
      0,
    ),
  );
}

describe("fleet VaR", () => {
  test("FLV-001: always the historical VaR and ES of the fleet's gains, after any moves and marks", () => {
    const moves = fc.array(
      fc.record({
        agent: fc.nat(20),
        market: fc.nat(MARKETS - 1),
        quantity: fc.oneof(fc.constant(0), fc.integer({ min: -50, max: 50 })),
        mark: fc.double({ min: 1, max: 1000, noNaN: true }),
      }),
      { minLength: 1, maxLength: 60 },
    );
    fc.assert(
      fc.property(moves, fc.constantFrom(P1, P5, P10), (steps, tail) => {
        const fleet = fresh();
        for (const { agent, market, quantity, mark } of steps) {
          taken(setPosition(fleet, agent, market, quantity));
          taken(setMark(fleet, market, mark));
        }
        const gains = exactGains(fleet);
        const loss = taken(historicalVar(gains, { tail })).loss;
        expect(taken(fleetVar(fleet, tail))).toBeCloseTo(Math.max(0, loss), 6);
        const es = taken(historicalEs(gains, { tail })).loss;
        expect(taken(fleetEs(fleet, tail))).toBeCloseTo(Math.max(0, es), 6);
      }),
      { numRuns: 60 },
    );
  });

  test("FLV-002: after 100,000 changes the kept gains are within 1e-12 of the exact ones", () => {
    const fleet = fresh();
    const { uniform } = chanceOf(1);
    for (let change = 0; change < 100_000; change++) {
      const market = Math.floor(uniform() * MARKETS);
      if (change % 10 === 0)
        setPosition(fleet, Math.floor(uniform() * 50), market, uniform() - 0.5);
      else setMark(fleet, market, 50 + 1000 * uniform());
    }
    const largest = Math.max(...exactGains(fleet).map(Math.abs));
    expect(driftOf(fleet) / largest).toBeLessThan(1e-12);
    const kept = fleet.gains.slice();
    resum(fleet);
    const exact = exactGains(fleet);
    fleet.gains.forEach((gain, s) => {
      expect(Math.abs(gain - (exact[s] ?? 0)) / largest).toBeLessThan(1e-13);
      expect(Math.abs(gain - (kept[s] ?? 0)) / largest).toBeLessThan(1e-12);
    });
  });

  test("FLV-003: a fleet that closes everything is back at exactly nothing", () => {
    const fleet = fresh();
    for (let agent = 0; agent < 9; agent++) taken(setPosition(fleet, agent, 2, 0.1 * (agent + 1)));
    for (let agent = 0; agent < 9; agent++) taken(setPosition(fleet, agent, 2, 0));
    expect(fleet.net[2]).toBe(0);
    expect(fleet.holders[2]).toBe(0);
    resum(fleet);
    expect(taken(fleetVar(fleet, P1))).toBe(0);
  });

  test("FLV-012: nothing of the roundings before is left where nothing is held, or all is held against each other", () => {
    const chance = chanceOf(11);
    const fleet = fresh();
    let dusty = 0;
    for (let round = 0; round < 30; round++) {
      for (let market = 0; market < MARKETS; market++) {
        const size = chance.normal() * 17.3;
        taken(setPosition(fleet, 0, market, size));
        taken(setMark(fleet, market, 90 + 20 * chance.uniform()));
        taken(setPosition(fleet, 1, market, round % 2 === 0 ? -size : size / 3));
      }
      if (round % 2 === 0) {
        expect(fleet.gains.every((gain) => gain === 0)).toBe(true);
        expect(taken(fleetComponents(fleet, P5)).var).toBe(0);
      } else dusty += fleet.gains.some((gain) => gain !== 0) ? 1 : 0;
      for (const agent of [0, 1])
        for (let market = 0; market < MARKETS; market++)
          taken(setPosition(fleet, agent, market, 0));
      expect(taken(fleetVar(fleet, P5))).toBe(0);
    }
    expect(dusty).toBe(15);
  });

  test("FLV-004: opposite positions of two agents leave the fleet without risk and each with its own", () => {
    const fleet = fresh();
    taken(setPosition(fleet, 0, 1, 3));
    taken(setPosition(fleet, 1, 1, -3));
    expect(taken(fleetVar(fleet, P5))).toBe(0);
    expect(taken(agentVar(fleet, 0, P5))).toBeGreaterThan(0);
    expect(taken(agentVar(fleet, 1, P5))).toBeGreaterThan(0);
    expect(taken(agentVar(fleet, 7, P5))).toBe(0);
  });

  test("FLV-005: every agent's VaR at once is each agent's VaR", () => {
    const fleet = fresh();
    const { uniform } = chanceOf(2);
    for (let agent = 0; agent < 30; agent += 3) {
      for (let k = 0; k < agent % 7; k++)
        taken(setPosition(fleet, agent, k % MARKETS, uniform() - 0.5));
    }
    const all = taken(allAgentVar(fleet, P5));
    all.forEach((loss, agent) => {
      expect(loss).toBe(taken(agentVar(fleet, agent, P5)));
    });
  });

  test("FLV-006: an increment is the difference that making the change makes, and changes nothing", () => {
    const fleet = fresh();
    taken(setPosition(fleet, 0, 0, 5));
    taken(setPosition(fleet, 1, 3, -2));
    const legs = [
      { market: 0, quantity: -4 },
      { market: 5, quantity: 1 },
    ];
    const told = taken(fleetIncrement(fleet, legs, P5));
    expect(told.before).toBe(taken(fleetVar(fleet, P5)));
    taken(setPosition(fleet, 9, 0, -4));
    taken(setPosition(fleet, 9, 5, 1));
    expect(told.after).toBeCloseTo(taken(fleetVar(fleet, P5)), 8);
    expect(told.change).toBeCloseTo(told.after - told.before, 12);
  });

  test("FLV-007: parts by agent and by market always add up to VaR and ES", () => {
    const fleet = fresh();
    const { uniform } = chanceOf(3);
    for (let agent = 0; agent < 12; agent++) {
      taken(setPosition(fleet, agent, agent % MARKETS, 4 * (uniform() - 0.3)));
    }
    const parts = taken(fleetComponents(fleet, P5));
    const sum = (list: Float64Array) => list.reduce((a, b) => a + b, 0);
    expect(parts.var).toBeCloseTo(taken(fleetVar(fleet, P5)), 9);
    expect(parts.es).toBeCloseTo(taken(fleetEs(fleet, P5)), 9);
    for (const list of [parts.varByAgent, parts.varByMarket]) {
      expect(sum(list)).toBeCloseTo(parts.var, 8);
    }
    for (const list of [parts.esByAgent, parts.esByMarket]) {
      expect(sum(list)).toBeCloseTo(parts.es, 8);
    }
  });

  test("FLV-008: while a held market has no mark or no scenarios nothing is told; flat ones do not matter", () => {
    const fleet = taken(createFleetVar({ markets: 2, scenarios: 100 }));
    taken(setScenarios(fleet, 0, garchReturns(1, 100)));
    taken(setMark(fleet, 0, 10));
    taken(setPosition(fleet, 0, 0, 1));
    expect(fleetVar(fleet, P1).ok).toBe(true);
    taken(setPosition(fleet, 0, 1, 1));
    expect(fleetVar(fleet, P1)).toMatchObject({ ok: false, code: "empty" });
    expect(fleetIncrement(fleet, [], P1)).toMatchObject({ code: "empty" });
    taken(setMark(fleet, 1, 5));
    expect(fleetVar(fleet, P1)).toMatchObject({ code: "empty" });
    taken(setScenarios(fleet, 1, garchReturns(2, 100)));
    expect(fleetVar(fleet, P1).ok).toBe(true);
    const both = exactGains(fleet);
    fleet.gains.forEach((gain, s) => {
      expect(gain).toBeCloseTo(both[s] ?? 0, 12);
    });
  });

  test("FLV-009: nonsense is refused by name and changes nothing", () => {
    const fleet = fresh();
    taken(setPosition(fleet, 0, 0, 2));
    const before = fleet.gains.slice();
    expect(setMark(fleet, 0, Number.NaN)).toMatchObject({ code: "not-positive" });
    expect(setMark(fleet, 0, -1)).toMatchObject({ code: "not-positive" });
    expect(setMark(fleet, 0, Infinity)).toMatchObject({ code: "not-positive" });
    expect(setMark(fleet, MARKETS, 1)).toMatchObject({ code: "out-of-range" });
    expect(setPosition(fleet, 0, 0, Number.NaN)).toMatchObject({ code: "not-finite" });
    expect(setPosition(fleet, -1, 0, 1)).toMatchObject({ code: "out-of-range" });
    expect(setPosition(fleet, 1e9, 0, 1)).toMatchObject({ code: "out-of-range" });
    expect(setScenarios(fleet, 0, [0.1])).toMatchObject({ code: "length-mismatch" });
    expect(setScenarios(fleet, 0, new Float64Array(SCENARIOS).fill(-2))).toMatchObject({
      code: "out-of-range",
    });
    expect(fleetVar(fleet, ppm(1_000))).toMatchObject({ code: "too-few-samples" });
    expect(fleetVar(fleet, ppm(0))).toMatchObject({ code: "bad-tail" });
    expect(createFleetVar({ markets: 0, scenarios: 5 })).toMatchObject({ code: "out-of-range" });
    expect(createFleetVar({ markets: 1e5, scenarios: 1e5 })).toMatchObject({
      code: "out-of-range",
    });
    expect(fleet.gains).toEqual(before);
  });

  test("FLV-010: the k worst are always those of a sort, for small and large k", () => {
    const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
      minLength: 1,
      maxLength: 300,
    });
    fc.assert(
      fc.property(values, fc.nat(), (list, seed) => {
        const gains = Float64Array.from(list);
        const k = 1 + (seed % gains.length);
        const worst = new Float64Array(gains.length);
        selectWorst(gains, gains.length, k, worst, new Float64Array(gains.length));
        const sorted = gains.slice().sort();
        expect(worst[k - 1]).toBe(sorted[k - 1]);
        expect(worst.slice(0, k).sort()).toEqual(sorted.slice(0, k));
      }),
    );
  });

  test("FLV-011: the worst scenarios are those of a sort, equal gains by the lower index", () => {
    // Few values, so that ties straddle the edge.
    const values = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(values, fc.nat(), (list, seed) => {
        const gains = Float64Array.from(list);
        const k = 1 + (seed % gains.length);
        const order = list.map((_, s) => s);
        order.sort((a, b) => (list[a] ?? 0) - (list[b] ?? 0) || a - b);
        expect(worstScenarios(gains, k)).toEqual(order.slice(0, k));
      }),
    );
  });
});
