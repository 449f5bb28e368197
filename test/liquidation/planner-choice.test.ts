/** Which plan is chosen, and what it says of itself: pairs under a pace, tiers to the millionth, proof, bound, gap. */
import { describe, expect, test } from "vitest";
import type { Plan, PlanInput, PlanPosition } from "../../src/liquidation/plan-types.ts";
import { type PlanOptions, plan } from "../../src/liquidation/planner.ts";
import { value } from "./adl-words.ts";
import { fleet } from "./fleets.ts";
import { COIN, held, market, USDC } from "./hand.ts";

const UNPROVEN: PlanOptions = { proofNodes: 0 };
const made = (input: PlanInput, options?: PlanOptions): Plan => value(plan(input, options));
/** What is closed of each position touched, in lots of a coin. */
const closed = ({ steps }: Plan): Readonly<Record<string, bigint>> => {
  const lots: Record<string, bigint> = {};
  for (const { position, qty } of steps) lots[position] = (lots[position] ?? 0n) + qty / COIN;
  return lots;
};
/** A market that costs nothing itself: what a lot costs is its hedge's. */
const free = (id: string, over = {}) => market(id, { temporary: 0, fee: 0, ...over });
const priced = (id: string, where: string, coins: bigint, each: number, over = {}): PlanPosition =>
  held(id, where, coins, { hedge: each * Math.abs(Number(coins)), ...over });
/** Every market takes so many hundredths of a lot. */
const paced = (input: PlanInput, hundredths: bigint): PlanInput => ({
  ...input,
  markets: input.markets.map((one) => ({ ...one, pace: (hundredths * one.lot) / 100n })),
});

describe("pairs, where the pace lets no lot go by itself", () => {
  const pair = (need: bigint, each: number): PlanInput => ({
    need,
    markets: [free("m", { pace: COIN / 2n })],
    positions: [priced("a", "m", 10n, each), priced("b", "m", -10n, 0, { margin: 10n * USDC })],
  });

  test("PLAN-029: one pair is closed where one is enough, and no rule is told that could not begin", () => {
    // A pair frees ten and one: neither leg is needed beside the other, and neither may go alone.
    for (const each of [0, 5]) {
      const one = made(pair(USDC / 2n, each), UNPROVEN);
      expect([one.status, closed(one), one.alternatives]).toEqual([
        "restored",
        { a: 1n, b: 1n },
        [],
      ]);
      expect(one.cost.total).toBeCloseTo(each, 9);
      expect(closed(made(pair(11n * USDC, each), UNPROVEN))).toEqual({ a: 1n, b: 1n });
      expect(closed(made(pair(11n * USDC + 1n, each), UNPROVEN))).toEqual({ a: 2n, b: 2n });
    }
  });

  test("PLAN-030: where pairs alone are not enough, all is closed that may be, and taken back as far as it may", () => {
    // Found among random fleets: pairs free nine thousand, and twelve are needed.
    const shape = { positions: 10, markets: 2, lots: 4, shorts: 0.5 };
    const whole = paced(fleet(669, shape), 130n);
    const margins = whole.positions.reduce((sum, { margin }) => sum + margin, 0n);
    const found = made({ ...whole, need: margins / 2n }, UNPROVEN);
    expect([found.status, found.alternatives, found.shortfall]).toEqual(["restored", [], 0n]);
    expect(found.freed).toBeGreaterThanOrEqual(margins / 2n);
    const all = made({ ...whole, need: margins }, UNPROVEN);
    expect([all.status, found.freed < all.freed]).toEqual(["short", true]);
    expect(found.cost.total).toBeLessThan(0.75 * all.cost.total);
  });

  test("PLAN-041: pairs that cost more than their margin is worth go where nothing else does, no more than needed", () => {
    // Found among random fleets: hedges of two agents in books that take half a lot.
    const shape = { positions: 5, markets: 2, lots: 5, shorts: 0.5 };
    const input = paced(fleet(216, shape), 50n);
    const found = made(input, UNPROVEN);
    expect(found.cost.total).toBeCloseTo(made(input).cost.total, 9);
    expect(Number(found.over)).toBeLessThan(Number(input.need) / 3);
    // Exactly what they free is enough, and a millionth more is not.
    for (const seed of [212, 216]) {
      const pairs = paced(fleet(seed, shape), 50n);
      const need = made(pairs, UNPROVEN).freed;
      const exact = made({ ...pairs, need }, UNPROVEN);
      expect([seed, exact.freed, exact.over]).toEqual([seed, need, 0n]);
    }
    const more = made({ ...input, need: found.freed + 1n }, UNPROVEN);
    expect([more.status, more.freed > found.freed]).toEqual(["restored", true]);
  });
});

describe("simple rules beside a plan", () => {
  test("PLAN-031: a rule that falls short by a millionth is not told", () => {
    // Five lots of a may go, and a sixth when the one of b has been bought: in the order of their margins.
    const input = (need: bigint): PlanInput => ({
      need,
      markets: [free("m", { pace: 5n * COIN })],
      positions: [held("a", "m", 10n), held("b", "m", -1n, { margin: 1n })],
    });
    const told = (need: bigint) => made(input(need)).alternatives.map(({ rule }) => rule);
    expect(told(50n * USDC + 1n)).toContain("largest-first");
    expect(told(50n * USDC + 2n)).not.toContain("largest-first");
    expect(told(50n * USDC + 2n)).toContain("smallest-first");
  });

  test("PLAN-032: what a rule finds cheaper than the search is the plan", () => {
    // Found among random fleets: in a market that bends both ways the search ends beside it.
    const one = made(fleet(190, { positions: 3, markets: 2, lots: 4 }), UNPROVEN);
    const costs = new Map(one.alternatives.map(({ rule, cost }) => [rule, cost]));
    expect(one.cost.total).toBeCloseTo(costs.get("pro-rata") ?? 0, 9);
    expect(Math.min(...costs.values())).toBe(costs.get("pro-rata"));
  });

  test("PLAN-033: the random rule goes by the seed that is given, one where none is", () => {
    const input = fleet(7, { positions: 8, markets: 5, lots: 4 });
    const random = (options?: PlanOptions) =>
      made(input, options).alternatives.find(({ rule }) => rule === "random")?.cost;
    expect(random({ seed: 1 })).toBe(random());
    expect(new Set([1, 2, 3].map((seed) => random({ seed }))).size).toBeGreaterThan(1);
  });
});

describe("tiers", () => {
  const two = (need: bigint): PlanInput => ({
    need,
    markets: [free("m")],
    positions: [held("a", "m", 10n), held("b", "m", 10n, { tier: 1 })],
  });

  test("PLAN-034: a tier that frees exactly the need is enough; a millionth more, and the next one is touched", () => {
    const exact = made(two(100n * USDC));
    expect([exact.status, closed(exact)]).toEqual(["restored", { a: 10n }]);
    expect(exact.untouched).toEqual([{ id: "b", reason: "later-tier" }]);
    const more = made(two(100n * USDC + 1n));
    expect([more.status, closed(more)]).toEqual(["restored", { a: 10n, b: 1n }]);
    expect([made(two(200n * USDC)).status, made(two(200n * USDC + 1n)).status]).toEqual([
      "restored",
      "short",
    ]);
  });

  test("PLAN-035: what an earlier tier leaves costs more than it frees; what the last one leaves is dearer", () => {
    const input: PlanInput = {
      ...{ need: 50n * USDC, costShare: 1_000_000, markets: [free("m")] },
      positions: [
        priced("lost", "m", 10n, 11),
        priced("cheap", "m", 10n, 1, { tier: 1 }),
        priced("dear", "m", 10n, 2, { tier: 1 }),
        priced("later", "m", 10n, 0, { tier: 2 }),
      ],
    };
    const one = made(input);
    expect(closed(one)).toEqual({ cheap: 6n });
    expect(Object.fromEntries(one.untouched.map(({ id, reason }) => [id, reason]))).toEqual({
      ...{ lost: "costs-more-than-it-frees", dear: "dearer", later: "later-tier" },
    });
    const short = made({ ...input, need: 1_000n * USDC });
    expect([short.status, short.untouched]).toEqual([
      "short",
      [{ id: "lost", reason: "costs-more-than-it-frees" }],
    ]);
  });
});

describe("proof, bound and gap", () => {
  test("PLAN-036: 64 open positions are proven, 65 are bounded", () => {
    const alike = (count: number): PlanInput => ({
      ...{ need: 10n * USDC, markets: [free("m")] },
      positions: Array.from({ length: count }, (_, i) => held(`p${i}`, "m", 10n)),
    });
    expect([made(alike(64)).proof, made(alike(65)).proof]).toEqual(["exact", "bounded"]);
    expect(made(alike(64), UNPROVEN).proof).toBe("bounded");
  });

  /** A big position that must go, one of which five lots go anyway, and two lots of a third that cost less. */
  const crumb = (idle: number): PlanInput => ({
    need: 1_060n * USDC,
    markets: [free("big", { mark: 1_000_000n * COIN }), free("m"), free("fine", { mark: COIN })],
    positions: [
      priced("big", "big", 1n, 1_000, { margin: 1_000n * USDC }),
      priced("more", "m", 10n, 0.05),
      priced("two", "fine", 2n, 0.01, { margin: 10n * USDC }),
      ...Array.from({ length: idle }, (_, i) => priced(`z${i}`, "m", 10n, 500, { margin: USDC })),
    ],
  });

  test("PLAN-037: a proven plan keeps its crumbs; without the proof they go, of up to 24 open positions", () => {
    const kept = { big: 1n, more: 5n, two: 2n };
    const gone = { big: 1n, more: 6n };
    const proven = made(crumb(0));
    expect([proven.proof, closed(proven)]).toEqual(["exact", kept]);
    const without = (idle: number): Readonly<Record<string, bigint>> =>
      closed(made(crumb(idle), UNPROVEN));
    expect([without(0), without(21), without(22)]).toEqual([gone, gone, kept]);
  });

  test("PLAN-038: the gap is the part of the cost that is above the bound; none where it is proven", () => {
    const input = fleet(3, { positions: 8, markets: 5, lots: 4 });
    const bounded = made(input, UNPROVEN);
    expect(bounded.gap).toBeGreaterThan(0.001);
    expect(bounded.gap).toBeCloseTo(1 - bounded.lowerBound / bounded.cost.total, 12);
    expect([made(input).gap, made(input).proof]).toEqual([0, "exact"]);
    expect(made(input).lowerBound).toBeCloseTo(made(input).cost.total, 9);
  });

  test("PLAN-039: the gap of a plan that earns is a part of what it earns", () => {
    // A coin of a saves three and frees ten of fifteen: b must go whole, of which the bound takes a half.
    const saves: PlanInput = {
      need: 15n * USDC,
      markets: [free("m")],
      positions: [held("a", "m", 1n, { funding: -3 }), priced("b", "m", 1n, 1)],
    };
    const one = made(saves, UNPROVEN);
    expect([one.cost.total, one.lowerBound]).toEqual([
      expect.closeTo(-2, 9),
      expect.closeTo(-2.5, 5),
    ]);
    expect(one.gap).toBeCloseTo((one.cost.total - one.lowerBound) / 2, 9);
    // What costs as much as it earns has a gap as well, and a finite one.
    const even = made(
      { ...saves, positions: [held("a", "m", 1n, { funding: -3 }), priced("b", "m", 1n, 3)] },
      UNPROVEN,
    );
    expect([even.cost.total, even.gap > 1, Number.isFinite(even.gap)]).toEqual([0, true, true]);
  });

  test("PLAN-043: where bound and cost are apart by the last bits alone there is no gap", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const proven = made(fleet(seed, { positions: 6, markets: 2, lots: 3, shorts: 0.4 }));
      expect([seed, proven.proof, proven.gap]).toEqual([seed, "exact", 0]);
    }
  });

  /** Every position earns such a part of its margin when it is closed. */
  const earning = (seed: number, part: number): PlanInput => {
    const { positions, ...rest } = fleet(seed, { positions: 3, markets: 2, lots: 3 });
    const earns = positions.map((one) => ({ ...one, funding: (-part * Number(one.margin)) / 1e6 }));
    return { ...rest, positions: earns };
  };

  test("PLAN-042: a plan that earns is looked for from every start, not the first alone", () => {
    for (const [seed, part] of [
      [153, 0.05],
      [211, 0.05],
    ] as const) {
      const found = made(earning(seed, part), UNPROVEN).cost.total;
      expect(found).toBeLessThan(-60);
      expect(found).toBeCloseTo(made(earning(seed, part)).cost.total, 6);
    }
  });

  test("PLAN-040: the bound is never above the cost, not by a last bit either", () => {
    for (let seed = 540; seed <= 560; seed++) {
      const shape = { positions: 6, markets: 2, lots: 4, shorts: 0.4 };
      const { lowerBound, cost } = made(fleet(seed, shape), UNPROVEN);
      expect([seed, Math.max(0, lowerBound - cost.total)]).toEqual([seed, 0]);
    }
    for (const [seed, part] of [
      [16, 0.02],
      [39, 0.005],
      [56, 0.005],
    ] as const) {
      const { lowerBound, cost } = made(earning(seed, part), UNPROVEN);
      expect([seed, Math.max(0, lowerBound - cost.total)]).toEqual([seed, 0]);
    }
  });
});
