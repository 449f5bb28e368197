/** The second round of a plan: whom it forces to sell, what that takes, and plans that spare them. */
import { describe, expect, test } from "vitest";
import type { CascadeAgent } from "../../src/liquidation/cascade.ts";
import { closedBy } from "../../src/liquidation/distress.ts";
import type { Plan, PlanInput, PlanPosition } from "../../src/liquidation/plan-types.ts";
import { plan } from "../../src/liquidation/planner.ts";
import { secondRound } from "../../src/liquidation/second-round.ts";
import { sparing } from "../../src/liquidation/sparing.ts";
import { value } from "./adl-words.ts";
import { dice, fleet, worldOf } from "./fleets.ts";
import { held, market, USDC } from "./hand.ts";

const unitsOf = (input: PlanInput, made: Plan, mine: (one: PlanPosition) => boolean): number[] => {
  const closed = closedBy(made.steps);
  return input.markets.map(({ id }) =>
    input.positions
      .filter((one) => one.market === id && mine(one))
      .reduce((sum, one) => sum + Number(one.qty - (closed.get(one.id) ?? 0n)) / 1e8, 0),
  );
};

/** Longs of a fleet, and one agent that stands alone at its limit, with coins of some markets. */
function crowded(seed: number) {
  const d = dice(seed);
  const drawn = fleet(seed, { positions: 8, markets: 3, lots: 12, permanent: 0.6 });
  const some = drawn.markets.slice(0, d.whole(1, 3));
  const alone = some.map(({ id, mark, lot }): PlanPosition => {
    const lots = BigInt(Math.ceil((5e6 * d.between(0.2, 1)) / (Number(mark * lot) / 1e16)));
    return {
      ...{ id: `alone/${id}`, agent: "alone", market: id, qty: lots * lot },
      tier: 0,
      margin: 1n,
    };
  });
  const input: PlanInput = {
    ...drawn,
    positions: [...drawn.positions, ...alone.map((one) => ({ ...one, isolated: true }))],
  };
  const limit = d.between(3, 6);
  const marks = input.markets.map(({ mark }) => Number(mark) / 1e8);
  const after = (made: Plan) => {
    const own = unitsOf(input, made, ({ agent }) => agent === "alone");
    const worth = own.reduce((sum, u, a) => sum + u * (marks[a] ?? 0), 0);
    // Exactly at its limit: the first move against it makes it sell.
    const agents: CascadeAgent[] = [
      {
        id: "fleet",
        units: unitsOf(input, made, ({ agent }) => agent !== "alone"),
        cash: 0,
        debt: 0,
        limit: 1e9,
      },
      { id: "alone", units: own, cash: 0, debt: worth * (1 - 1 / limit), limit },
    ];
    return worldOf(input, agents);
  };
  return { input, after, marks };
}

/**
 * What is lost, by selling: every lot of the plan moves its mark, then who is beyond its limit sells a little of all
 * that it has, a fiftieth of what is too much, at the mark of that moment, until it is not.
 */
function sold(input: PlanInput, made: Plan, agents: readonly CascadeAgent[]): number {
  const first = input.markets.map(({ mark }) => Number(mark) / 1e8);
  const marks = [...first];
  const send = (m: number, units: number): void => {
    const p = first[m] ?? 0;
    marks[m] = (marks[m] ?? 0) - (input.markets[m]?.permanent ?? 0) * units * p * p;
  };
  for (const { market: id, kind, side, qty } of made.steps)
    if (kind !== "cross")
      send(
        input.markets.findIndex((one) => one.id === id),
        ((side === "sell" ? 1 : -1) * Number(qty)) / 1e8,
      );
  const books = agents.map(({ units, cash, debt, limit }) => ({
    units: [...units],
    cash: cash - debt,
    limit,
  }));
  const worth = (units: readonly number[], at: readonly number[]) =>
    units.reduce((sum, u, m) => sum + u * (at[m] ?? 0), 0);
  const before = books.reduce((sum, { units, cash }) => sum + worth(units, first) + cash, 0);
  for (let busy = true; busy; ) {
    busy = false;
    for (const book of books) {
      const exposure = worth(book.units, marks);
      const over = 1 - (book.limit * (exposure + book.cash)) / exposure;
      if (over <= 1e-10) continue;
      busy = true;
      book.units.forEach((units, m) => {
        const part = (units * over) / 50;
        book.cash += part * (marks[m] ?? 0);
        book.units[m] = units - part;
        send(m, part);
      });
    }
  }
  return before - books.reduce((sum, { units, cash }) => sum + worth(units, marks) + cash, 0);
}

describe("what a plan forces on others", () => {
  test("SPR-001: with limits that bind, the second round that is predicted is within 1 % of the one that is sold, lot by lot", () => {
    let [bound, most] = [0, 0];
    for (let seed = 1; seed <= 40; seed++) {
      const { input, after } = crowded(seed);
      const made = value(plan(input));
      const world = after(made);
      const round = value(secondRound(world, made));
      const simulated = sold(input, made, world.agents);
      const predicted = made.cost.secondRound + round.knockOn;
      expect(Math.abs(predicted - simulated)).toBeLessThanOrEqual(0.01 * simulated + 1e-6);
      if (round.knockOn > 0.01 * simulated) bound += 1;
      most = Math.max(most, round.knockOn / simulated);
    }
    // The limits have bound, and their part is none that one per cent would hide.
    expect(bound).toBeGreaterThan(25);
    expect(most).toBeGreaterThan(0.2);
  });
});

/** Two markets alike, the first a little cheaper, and somebody alone at his limit with coins of one. */
const alike = (over: Partial<PlanInput> = {}): PlanInput => ({
  need: 100n * USDC,
  markets: [market("m", { permanent: 1e-5 }), market("n", { permanent: 1e-5, temporary: 1.1e-5 })],
  positions: [held("a", "m", 100n), held("b", "n", 100n)],
  ...over,
});
const alone = (units: readonly number[], limit = 5): CascadeAgent => {
  const worth = 100 * units.reduce((sum, u) => sum + Math.abs(u), 0);
  const net = 100 * units.reduce((sum, u) => sum + u, 0);
  return { id: "alone", units: [...units], cash: 0, debt: net - worth / limit, limit };
};
const lotsOf = (made: Plan): Readonly<Record<string, bigint>> =>
  Object.fromEntries(made.steps.map(({ position, lots }) => [position, lots]));

describe("a plan that spares others", () => {
  const spared = (input: PlanInput, ...agents: readonly CascadeAgent[]) =>
    value(sparing(input, value(plan(input)), () => worldOf(input, agents)));

  test("SPR-002: it goes where nobody is forced, and says what the cheapest would have cost together", () => {
    const input = alike();
    const cheapest = value(plan(input));
    const found = spared(input, alone([400, 0]));
    expect(found.before.forced).toEqual(["alone"]);
    expect(lotsOf(cheapest)["a"]).toBeGreaterThan(0n);
    expect(lotsOf(found.plan)).toEqual({ b: 10n });
    expect(found.round).toMatchObject({ knockOn: 0, forced: [] });
    expect(found.plan.cost.total).toBeGreaterThan(cheapest.cost.total);
    expect(found.plan.cost.total).toBeLessThan(cheapest.cost.total + found.before.knockOn);
    expect(found.plan).toMatchObject({ status: "restored", over: 0n, proof: "bounded" });
    expect(found.plan.lowerBound).toBe(cheapest.lowerBound);
    // The rules are told with what they would have forced: none is cheaper.
    for (const { rule, cost } of found.plan.alternatives) {
      const alone = cheapest.alternatives.find((one) => one.rule === rule)?.cost ?? 0;
      expect(cost).toBeGreaterThanOrEqual(Math.max(alone, found.plan.cost.total) - 1e-6);
    }
    expect(found.plan.untouched).toEqual([{ id: "a", reason: "second-round" }]);
  });

  test("SPR-003: somebody small is spared in part, or not at all, as far as it pays", () => {
    const input = alike({ need: 600n * USDC });
    const of = (units: number) => {
      const { plan: made } = spared(input, alone([units, 0]));
      return Number(lotsOf(made)["a"] ?? 0n);
    };
    const [nobody, small, large] = [of(0), of(60), of(4_000)];
    expect(nobody).toBeGreaterThan(small);
    expect(small).toBeGreaterThan(large);
    expect(large).toBe(0);
    const { plan: made, before } = spared(input, alone([0.001, 0]));
    expect(made).toEqual(value(plan(input)));
    expect(before.knockOn).toBeGreaterThan(0);
  });

  test("SPR-004: who holds the other side, or is far from his limit, changes nothing; who would sell anyway is no knock-on", () => {
    const input = alike();
    const cheapest = value(plan(input));
    const short = alone([-400, 0]);
    const calm = { ...alone([400, 0]), debt: 0 };
    for (const one of [short, calm]) {
      const found = spared(input, one);
      expect(found.plan).toEqual(cheapest);
      expect(found.before.forced).toEqual([]);
      expect(found.before.knockOn).toBeCloseTo(0, 9);
    }
    const flat = { ...input, markets: input.markets.map((one) => ({ ...one, permanent: 0 })) };
    const broke = { ...alone([400, 0]), debt: 40_000 };
    expect(spared(flat, broke).before).toMatchObject({ knockOn: 0, forced: [] });
  });

  test("SPR-005: tiers come first, and a short plan stays as it is", () => {
    const tiers = alike({
      positions: [held("a", "m", 100n), held("b", "n", 100n, { tier: 1 })],
    });
    expect(lotsOf(spared(tiers, alone([400, 0])).plan)).toEqual({ a: 10n });
    const all = alike({ need: 5_000n * USDC });
    const short = spared(all, alone([400, 0]));
    expect(short.plan).toEqual(value(plan(all)));
    expect(short.plan.status).toBe("short");
    expect(short.before.knockOn).toBeGreaterThan(0);
  });

  test.each([true, false])(
    "SPR-006: in random fleets it is never dearer together, and obeys what every plan does (mark-down seen: %s)",
    (seen) => {
      let changed = 0;
      for (let seed = 1; seed <= 40; seed++) {
        const { input: all, after } = crowded(seed);
        const mine = all.positions.filter(({ agent }) => agent !== "alone");
        const input = seen ? all : { ...all, positions: mine };
        const made = value(plan(input));
        const found = value(sparing(input, made, after));
        const together = found.plan.cost.total + found.round.knockOn;
        expect(together).toBeLessThanOrEqual(made.cost.total + found.before.knockOn + 1e-6);
        expect(found.plan.status).toBe("restored");
        expect(found.plan.freed).toBeGreaterThanOrEqual(input.need);
        if (found.plan === made) continue;
        changed += 1;
        for (const { cost } of found.plan.alternatives)
          expect(together).toBeLessThanOrEqual(cost + 1e-6);
        for (const [id, qty] of closedBy(found.plan.steps)) {
          const one = input.positions.find((each) => each.id === id);
          expect(one?.isolated ?? false).toBe(false);
          expect(qty).toBeLessThanOrEqual(one?.qty ?? 0n);
        }
      }
      // A planner that sees what stands in its markets already goes elsewhere.
      if (!seen) expect(changed).toBeGreaterThan(5);
    },
  );
});
