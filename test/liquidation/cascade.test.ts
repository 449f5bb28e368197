/**
 * Fire sales: the hand solution, convergence, monotony, and the second round that a plan predicts.
 */
import { describe, expect, test } from "vitest";
import {
  type CascadeAgent,
  type CascadeInput,
  type CascadeOutcome,
  cascade,
  overlaps,
} from "../../src/liquidation/cascade.ts";
import { plan } from "../../src/liquidation/planner.ts";
import { secondRound } from "../../src/liquidation/second-round.ts";
import { dice, fleet, worldOf } from "./fleets.ts";
import { count } from "./large.ts";

function run(input: CascadeInput): CascadeOutcome {
  const answer = cascade(input);
  if (!answer.ok) throw new Error(answer.reason);
  return answer.value;
}

const agent = (id: string, units: number[], debt: number, limit: number): CascadeAgent => ({
  id,
  units,
  cash: 0,
  debt,
  limit,
});

/** Long-only agents near their limits in three assets. */
function world(seed: number, shock: number): CascadeInput {
  const d = dice(seed);
  const assets = [0, 1, 2].map((a) => ({
    id: `asset-${a}`,
    price: d.between(10, 1000),
    impact: Math.exp(d.between(-14, -10)),
  }));
  const agents = [0, 1, 2, 3, 4].map((i) => {
    const units = assets.map(() => (d.unit() < 0.7 ? d.between(10, 1000) : 0));
    const value = units.reduce((sum, u, a) => sum + u * (assets[a]?.price ?? 0), 0);
    const leverage = d.between(2, 8);
    return agent(`agent-${i}`, units, value * (1 - 1 / leverage), leverage * d.between(1, 1.3));
  });
  return { assets, agents, shock: assets.map(() => shock), form: "exponential" };
}

describe("by hand", () => {
  test("FIRE-001: two agents under linear impact reach the solution of the linear equations to 1e-9", () => {
    // Prices 100 -> 94; units 50 and 40; debts 4,000 and 3,000; limits 6 and 4; impact 1e-4 a unit.
    // s = q(1-L) + L debt/p; p = 94(1 - 1e-4 (s1 + s2)): with S = -410 + 36,000/p + ... a quadratic
    // in p.
    const found = run({
      assets: [{ id: "a", price: 100, impact: 1e-4 }],
      agents: [agent("one", [50], 4_000, 6), agent("two", [40], 3_000, 4)],
      shock: [-0.06],
      form: "linear",
    });
    // s1 = 50 x (1-6) + 6 x 4,000/p, s2 = 40 x (1-4) + 4 x 3,000/p, S = -370 + 36,000/p,
    // p = 94 (1 + 0.037) - 338.4/p  =>  p^2 - 97.478 p + 338.4 = 0, greater root.
    const price = (97.478 + Math.sqrt(97.478 ** 2 - 4 * 338.4)) / 2;
    const first = -250 + 24_000 / price;
    const second = -120 + 12_000 / price;
    expect(first).toBeGreaterThan(0);
    expect(second).toBeGreaterThan(0);
    expect(Math.abs((found.prices[0] ?? 0) - price)).toBeLessThan(1e-9);
    expect(Math.abs((found.sold[0]?.[0] ?? 0) - first)).toBeLessThan(1e-9);
    expect(Math.abs((found.sold[1]?.[0] ?? 0) - second)).toBeLessThan(1e-9);
    expect(found.secondRound).toBeCloseTo(90 * (94 - price), 9);
  });

  test("FIRE-002: without forced sales the shock is all there is", () => {
    const found = run({
      assets: [{ id: "a", price: 100, impact: 1e-4 }],
      agents: [agent("one", [50], 1_000, 6)],
      shock: [-0.1],
      form: "exponential",
    });
    expect(found.prices).toEqual([90]);
    expect(found.secondRound).toBe(0);
    expect(found.sold).toEqual([[0]]);
  });

  test("FIRE-003: an agent without equity sells all of it and is named", () => {
    const found = run({
      assets: [{ id: "a", price: 100, impact: 1e-4 }],
      agents: [agent("one", [50], 4_600, 20)],
      shock: [-0.1],
      form: "exponential",
    });
    expect(found.sold).toEqual([[50]]);
    expect(found.insolvent).toEqual(["one"]);
    expect(found.prices[0]).toBeCloseTo(90 * Math.exp(-0.005), 12);
  });

  test("FIRE-004: a short buys back when prices rise, which raises them further", () => {
    const short: CascadeAgent = { id: "s", units: [-10], cash: 1_250, debt: 0, limit: 4 };
    const found = run({
      assets: [{ id: "a", price: 100, impact: 1e-3 }],
      agents: [short],
      shock: [0.05],
      form: "exponential",
    });
    expect(found.sold[0]?.[0] ?? 0).toBeLessThan(0);
    expect(found.prices[0] ?? 0).toBeGreaterThan(105);
  });

  test("FIRE-005: by depth the deep asset is sold more than the thin one, proportionally alike", () => {
    const input: CascadeInput = {
      assets: [
        { id: "deep", price: 100, impact: 1e-6 },
        { id: "thin", price: 100, impact: 1e-4 },
      ],
      agents: [agent("one", [50, 50], 8_000, 5)],
      shock: [-0.05, -0.05],
      form: "exponential",
    };
    const alike = run(input);
    const depth = run({ ...input, spread: "liquidity" });
    expect(alike.sold[0]?.[0] ?? 0).toBeCloseTo(alike.sold[0]?.[1] ?? 1, 1);
    expect(depth.sold[0]?.[0] ?? 0).toBeGreaterThan(10 * (depth.sold[0]?.[1] ?? 0));
    expect(depth.secondRound).toBeLessThan(alike.secondRound);
  });

  test("FIRE-006: overlaps are what two agents hold of the same depth", () => {
    const found = overlaps(
      [
        [100, 0],
        [50, 10],
      ],
      [1000, 100],
    );
    expect(found).toEqual([
      [10, 5],
      [5, 3.5],
    ]);
  });
});

describe("always", () => {
  test("FIRE-007: it converges, is a fixed point, and nobody sells more than it holds", () => {
    for (let seed = 1; seed <= count(200, 5000); seed++) {
      const input = world(seed, -0.02 - (seed % 20) / 100);
      const found = run(input);
      const again = run({ ...input, flow: input.shock.map(() => 0) });
      expect(again).toEqual(found);
      input.agents.forEach((one, i) => {
        one.units.forEach((u, a) => {
          expect(found.sold[i]?.[a] ?? -1).toBeGreaterThanOrEqual(0);
          expect(found.sold[i]?.[a] ?? Number.NaN).toBeLessThanOrEqual(u * (1 + 1e-12));
        });
        const equity = found.equities[i] ?? 0;
        const left = one.units.reduce(
          (s, u, a) => s + (u - (found.sold[i]?.[a] ?? 0)) * (found.prices[a] ?? 0),
          0,
        );
        if (equity > 0) expect(left).toBeLessThanOrEqual(one.limit * equity + 1e-6);
      });
    }
  });

  test("FIRE-008: a worse shock never leaves a higher price, a smaller sale or more equity", () => {
    for (let seed = 1; seed <= count(100, 2000); seed++) {
      let before: CascadeOutcome | undefined;
      for (const shock of [-0.01, -0.03, -0.06, -0.1, -0.15, -0.25]) {
        const now = run(world(seed, shock));
        if (before !== undefined) {
          const last = before;
          const off = [
            ...now.prices.map((p, a) => p - (last.prices[a] ?? 0) - 1e-9),
            ...now.equities.map((e, i) => e - (last.equities[i] ?? 0) - 1e-6),
            ...now.sold.flatMap((units, i) =>
              units.map((u, a) => (last.sold[i]?.[a] ?? 0) - u - 1e-6),
            ),
          ];
          expect(Math.max(...off)).toBeLessThanOrEqual(0);
        }
        before = now;
      }
    }
  });

  test("FIRE-009: odd worlds are refused", () => {
    const good = world(1, -0.1);
    const odd: CascadeInput[] = [
      { ...good, shock: [0] },
      { ...good, shock: [-1, 0, 0] },
      { ...good, shock: [Number.NaN, 0, 0] },
      { ...good, flow: [0] },
      { ...good, agents: [agent("x", [1], 0, 2)] },
      { ...good, assets: good.assets.map((a) => ({ ...a, price: 0 })) },
      { ...good, agents: good.agents.map((a) => ({ ...a, target: a.limit + 1 })) },
    ];
    for (const one of odd) expect(cascade(one)).toMatchObject({ ok: false, code: "out-of-range" });
  });
});

describe("the second round of a plan", () => {
  test("FIRE-010: what a plan predicts is within 1 % of what its orders do, sent lot by lot", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const input = fleet(seed, { positions: 12, markets: 4, lots: 10 });
      const answer = plan(input);
      if (!answer.ok) throw new Error(answer.reason);
      const made = answer.value;
      const closed = new Map<string, number>();
      for (const step of made.steps) {
        closed.set(step.position, (closed.get(step.position) ?? 0) + Number(step.qty) / 1e8);
      }
      const units = input.markets.map((m) =>
        input.positions
          .filter((p) => p.market === m.id)
          .reduce((sum, p) => sum + Number(p.qty) / 1e8 - (closed.get(p.id) ?? 0), 0),
      );
      // Each lot moves the mark by its share of the first mark; what stays is marked to the last
      // one.
      const marks = input.markets.map((m) => Number(m.mark) / 1e8);
      for (const step of made.steps) {
        const m = input.markets.findIndex((one) => one.id === step.market);
        const market = input.markets[m];
        if (market === undefined) continue;
        const first = Number(market.mark) / 1e8;
        const lot = Number(step.qty) / Number(step.lots) / 1e8;
        for (let k = 0n; k < step.lots; k++)
          marks[m] = (marks[m] ?? 0) - market.permanent * lot * first * first;
      }
      const simulated = units.reduce(
        (sum, u, m) => sum + u * (Number(input.markets[m]?.mark ?? 0n) / 1e8 - (marks[m] ?? 0)),
        0,
      );
      const calm = secondRound(worldOf(input, [agent("fleet", units, 0, 1e6)]), made);
      if (!calm.ok) throw new Error(calm.reason);
      const slack = 0.01 * simulated + 1e-6;
      expect(Math.abs(made.cost.secondRound - simulated)).toBeLessThanOrEqual(slack);
      expect(Math.abs(calm.value.total - simulated)).toBeLessThanOrEqual(slack);
      expect(calm.value.knockOn).toBeCloseTo(0, 6);
    }
  });

  test("FIRE-011: an agent at its limit turns the mark-down into sales, and the knock-on is told", () => {
    const input = fleet(3, { positions: 12, markets: 4, lots: 10 });
    const made = plan(input);
    if (!made.ok) throw new Error(made.reason);
    const units = input.markets.map((m) => 1e6 / (Number(m.mark) / 1e8));
    const tight = agent("tight", units, 3_200_000, 5);
    const found = secondRound(worldOf(input, [tight]), made.value);
    if (!found.ok) throw new Error(found.reason);
    expect(found.value.markdown).toBeGreaterThan(0);
    expect(found.value.knockOn).toBeGreaterThan(0);
    expect(found.value.total).toBeCloseTo(found.value.markdown + found.value.knockOn, 6);
  });
});
