/** Fewer orders for hardly more, and orders that wait for a fuller book. */
import { describe, expect, test } from "vitest";
import { ordersOf, planFewer } from "../../src/liquidation/fewer.ts";
import { type Grace, patient } from "../../src/liquidation/patience.ts";
import type { Plan, PlanInput } from "../../src/liquidation/plan-types.ts";
import { plan } from "../../src/liquidation/planner.ts";
import { dice, enumerated, fleet } from "./fleets.ts";
import { count } from "./large.ts";

function of<T>(made: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  if (!made.ok) throw new Error("refused");
  return made.value;
}

const COIN = 100_000_000n;

/** A deep market and two thin ones, prices 100, a tenth of a coin a lot, a fifth of margin. */
const hand = (need: bigint): PlanInput => ({
  need,
  markets: [
    ["deep", 1e-8],
    ["thin", 1e-6],
    ["thinner", 2e-6],
  ].map(([id, temporary]) => ({
    ...{ id: String(id), mark: 100n * COIN, lot: COIN / 10n },
    ...{ temporary: Number(temporary), permanent: 0, halfSpread: 0, fee: 0.0005 },
  })),
  positions: ["deep", "thin", "thinner"].map((market) => ({
    ...{ id: `a/${market}`, agent: "a", market, qty: 1_000n * COIN, tier: 0 },
    margin: 20_000_000_000n,
  })),
});

describe("fewer orders", () => {
  test("WAIT-001: a crumb that saves hardly anything is done without, and said to be", () => {
    // Deep 1,000 coins cost 0.01 x size of 100,000; the cheapest plan sends crumbs to the thin ones.
    const input = hand(15_000_000_000n);
    const cheapest = of(plan(input));
    const made = of(planFewer(input, 30_000));
    expect(ordersOf(cheapest).size).toBe(3);
    expect([...ordersOf(made).keys()]).toEqual(["a/deep"]);
    expect(made.status).toBe("restored");
    expect(made.cost.total).toBeLessThanOrEqual(cheapest.cost.total * 1.03);
    expect(made.lowerBound).toBe(cheapest.lowerBound);
    expect(made.gap).toBeCloseTo(1 - cheapest.lowerBound / made.cost.total, 12);
    expect(made.untouched).toEqual([
      { id: "a/thin", reason: "fewer-orders" },
      { id: "a/thinner", reason: "fewer-orders" },
    ]);
    expect(of(planFewer(input, 0))).toEqual(cheapest);
  });

  test("WAIT-009: what was left alone for another reason keeps it; where no order goes the plan is the cheapest", () => {
    const input = hand(15_000_000_000n);
    const [deep] = input.positions;
    if (deep === undefined) throw new Error("a position");
    const barred = {
      ...input,
      positions: [...input.positions, { ...deep, id: "a/other", isolated: true }],
    };
    expect(of(planFewer(barred, 30_000)).untouched).toEqual([
      { id: "a/other", reason: "isolated" },
      { id: "a/thin", reason: "fewer-orders" },
      { id: "a/thinner", reason: "fewer-orders" },
    ]);
    expect(of(planFewer(input, 1))).toEqual(of(plan(input)));
    const pair = { ...input, positions: input.positions.slice(0, 2) };
    expect(ordersOf(of(plan(pair))).size).toBe(2);
    expect(ordersOf(of(planFewer(pair, 30_000))).size).toBe(1);
  });

  test("WAIT-002: never dearer than its tolerance or any simple rule, never more orders, no lot over", () => {
    let [fewer, orders, least, worlds] = [0, 0, 0, 0];
    const premiums: number[] = [];
    for (let seed = 1; seed <= count(60, 2_000); seed++) {
      const shape = { positions: dice(seed + 1_000_000).whole(1, 8), markets: 5, lots: 4 };
      const input = fleet(seed, shape);
      const cheapest = of(plan(input));
      const made = of(planFewer(input, 30_000));
      expect(made.status).toBe("restored");
      expect(made.cost.total).toBeLessThanOrEqual(cheapest.cost.total * 1.03 + 1e-9);
      for (const { cost } of made.alternatives) {
        expect(made.cost.total).toBeLessThanOrEqual(cost + 1e-9);
      }
      expect(ordersOf(made).size).toBeLessThanOrEqual(ordersOf(cheapest).size);
      const lot = Math.max(...made.steps.map(({ frees, lots }) => Number(frees / lots) + 1));
      expect(Number(made.over)).toBeLessThan(lot);
      const best = seed <= 300 ? enumerated(input) : undefined;
      if (best !== undefined) expect(made.lowerBound).toBeLessThanOrEqual(best + 1e-6);
      premiums.push(made.cost.total / cheapest.cost.total);
      fewer += ordersOf(made).size < ordersOf(cheapest).size ? 1 : 0;
      orders += ordersOf(cheapest).size;
      least += ordersOf(made).size;
      worlds += 1;
    }
    expect(fewer).toBeGreaterThan(worlds / 50);
    expect(least).toBeLessThan(orders);
    expect(premiums.reduce((a, b) => a + b, 0) / worlds).toBeLessThanOrEqual(1.01);
  });

  test("WAIT-003: earlier tiers stay closed whole, the same in any order, nonsense is refused", () => {
    const shape = { positions: 12, markets: 4, lots: 6, shorts: 0.3, tiers: 3, barred: 0.15 };
    for (let seed = 1; seed <= 40; seed++) {
      const input = fleet(seed, shape);
      const made = of(planFewer(input, 50_000));
      const cheapest = of(plan(input));
      const tierOf = new Map(input.positions.map(({ id, tier }) => [id, tier]));
      const last = (one: Plan) => Math.max(...one.steps.map((s) => tierOf.get(s.position) ?? 0));
      expect(last(made)).toBe(last(cheapest));
      const early = (one: Plan) =>
        one.steps.flatMap(({ position, qty }) =>
          (tierOf.get(position) ?? 0) < last(one) ? [`${position} ${qty}`] : [],
        );
      expect(early(made).sort()).toEqual(early(cheapest).sort());
      const turned = { ...input, positions: [...input.positions].reverse() };
      expect(of(planFewer(turned, 50_000))).toEqual(made);
    }
    for (const bad of [-1, 0.5, 50_001]) expect(planFewer(hand(1n), bad).ok).toBe(false);
  });
});

describe("orders that wait", () => {
  /** One deep book that is full and two thin ones of which a quarter is left; nothing presses. */
  const grace = (change: Partial<Grace> = {}, account: Partial<Grace["account"]> = {}): Grace => ({
    ...{ turnsLeft: 3, recovery: 0.5, premium: 0.1 },
    depth: new Map([
      ["thin", 0.25],
      ["thinner", 0.25],
    ]),
    ...change,
    account: {
      ...{ equity: 100_000, shock: 0.15, most: 0.7 },
      maintenance: new Map(["deep", "thin", "thinner"].map((id) => [`a/${id}`, 5_000])),
      ...account,
    },
  });
  const input = hand(30_000_000_000n);
  const made = of(plan(input));
  const waits = (how: Grace): readonly string[] =>
    of(patient(input, made, how)).later.map(({ position }) => position);

  test("WAIT-004: what needs the empty books waits, what the full one takes goes now", () => {
    const parted = of(patient(input, made, grace()));
    expect(parted.now.map(({ position }) => position)).toEqual(["a/deep"]);
    expect(parted.later.length).toBe(2);
    expect([...parted.now, ...parted.later]).toEqual(made.steps);
    expect(parted.expected).toBeLessThan(parted.atOnce);
    // Half of the missing three quarters is expected back: the rest costs 0.25 / 0.625 of today's.
    const now = made.steps[0]?.cost ?? 0;
    const rest = made.cost.total - now;
    expect(parted.expected).toBeGreaterThan(now + 0.4 * rest);
    expect(parted.expected).toBeLessThan(now + rest);
  });

  test("WAIT-005: nothing waits without a turn left, in full books, or where what comes later counts for much", () => {
    expect(waits(grace()).length).toBe(2);
    expect(waits(grace({ turnsLeft: 0 }))).toEqual([]);
    expect(waits(grace({ depth: new Map() }))).toEqual([]);
    expect(waits(grace({ premium: 20 }))).toEqual([]);
    const expected = (recovery: number) => of(patient(input, made, grace({ recovery }))).expected;
    expect(expected(1)).toBeLessThan(expected(0.5));
    expect(expected(0.5)).toBeLessThan(expected(0));
  });

  test("WAIT-006: nothing waits that a shock would not let the account live through", () => {
    // 200,000 USDC stay open: a shock of 0.15 takes 30,000, and they need 10,000 of maintenance.
    const needs = (equity: number) => waits(grace({}, { equity }));
    const paid = made.steps[0]?.cost ?? 0;
    const edge = 30_000 + 10_000 / 0.7 + paid;
    expect(needs(edge + 500).length).toBe(2);
    expect(needs(edge - 500).length).toBeLessThan(2);
    expect(waits(grace({}, { shock: 0.6 }))).toEqual([]);
    expect(waits(grace({}, { most: 0.01 }))).toEqual([]);
  });

  test("WAIT-007: crosses never wait, tiers are obeyed, and it is never dearer in expectation", () => {
    const shape = { positions: 10, markets: 4, lots: 20, shorts: 0.4, tiers: 2 };
    let waited = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const question = fleet(seed, shape);
      const whole = of(plan(question));
      const depth = new Map(question.markets.map(({ id }, m) => [id, m % 2 === 0 ? 0.25 : 1]));
      const maintenance = new Map<string, number>();
      const account = { equity: 1e9, maintenance, shock: 0.15, most: 0.7 };
      const parted = of(patient(question, whole, grace({ depth }, account)));
      expect(parted.later.every(({ kind }) => kind !== "cross")).toBe(true);
      expect([...parted.now, ...parted.later]).toEqual(whole.steps);
      expect(parted.expected).toBeLessThanOrEqual(parted.atOnce + 1e-9);
      waited += parted.later.length > 0 ? 1 : 0;
    }
    expect(waited).toBeGreaterThan(10);
  });

  test("WAIT-008: a grace without meaning is refused", () => {
    const bad: Partial<Grace>[] = [
      { turnsLeft: -1 },
      { turnsLeft: 0.5 },
      { recovery: 1.1 },
      { premium: -0.1 },
      { depth: new Map([["thin", 0]]) },
    ];
    for (const change of bad) expect(patient(input, made, grace(change)).ok).toBe(false);
    expect(patient(input, made, grace({}, { equity: Number.NaN })).ok).toBe(false);
    expect(patient(input, made, grace({}, { shock: -1 })).ok).toBe(false);
  });
});
