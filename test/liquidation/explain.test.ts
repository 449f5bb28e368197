/** What a plan says of itself, word by word and number by number, for one small fleet. */
import { describe, expect, test } from "vitest";
import { planFewer } from "../../src/liquidation/fewer.ts";
import type {
  Plan,
  PlanInput,
  PlanMarket,
  PlanPosition,
} from "../../src/liquidation/plan-types.ts";
import { plan } from "../../src/liquidation/planner.ts";
import { planByRule } from "../../src/liquidation/rule-plan.ts";
import { value } from "./adl-words.ts";

const COIN = 10n ** 8n;
const USDC = 1_000_000n;
const market = (id: string, over: Partial<PlanMarket> = {}): PlanMarket => ({
  ...{ id, mark: 100n * COIN, lot: COIN, temporary: 1e-5, permanent: 0, halfSpread: 0, fee: 0.001 },
  ...over,
});
const held = (
  id: string,
  where: string,
  coins: bigint,
  over: Partial<PlanPosition> = {},
): PlanPosition => ({
  ...{ id, agent: `of-${id}`, market: where, qty: coins * COIN, tier: 1 },
  margin: (coins < 0n ? -coins : coins) * 10n * USDC,
  ...over,
});

/** Tier 0 closes whole; in tier 1 a long and a short of m cross, n is cheaper than o, and p is not needed. */
const input: PlanInput = {
  need: 640n * USDC,
  markets: [
    market("m"),
    market("n", { temporary: 5e-6, permanent: 5e-6 }),
    market("o", { fee: 0.004 }),
    market("p", { fee: 0.5 }),
  ],
  positions: [
    held("a", "n", 20n, { tier: 0, hedge: 3 }),
    held("b", "m", 10n, { funding: 2 }),
    held("c", "m", -10n, { hedge: 1 }),
    held("d", "n", 30n),
    held("e", "o", 30n, { hedge: 6, funding: -3 }),
    held("f", "p", 50n),
    held("g", "p", 50n, { tier: 2 }),
    held("h", "p", 50n, { isolated: true }),
    held("i", "p", 0n),
  ],
};
describe("steps", () => {
  const made: Plan = value(plan(input));
  const of = (id: string) => made.steps.filter(({ position }) => position === id);

  test("EXPL-001: crosses first, then tiers, then the cheapest per margin; each with its kind and side", () => {
    const row = made.steps.map(({ kind, position, side, against, reason }) =>
      [kind, position, side, against ?? "", reason].join(" "),
    );
    expect(row).toEqual([
      "cross b sell c crossed",
      "cross c buy b crossed",
      "close a sell  tier-exhausted",
      "reduce e sell  cheapest",
      "reduce d sell  marginal",
    ]);
    expect(made.steps.map(({ agent, market: m }) => `${agent} ${m}`)).toEqual([
      "of-b m",
      "of-c m",
      "of-a n",
      "of-e o",
      "of-d n",
    ]);
    expect([made.freed, made.need, made.over, made.shortfall, made.status]).toEqual([
      640n * USDC,
      640n * USDC,
      0n,
      0n,
      "restored",
    ]);
    expect([made.proof, made.gap]).toEqual(["exact", 0]);
    expect(made.lowerBound).toBeCloseTo(made.cost.total, 9);
    for (const { qty, lots, frees } of made.steps)
      expect([lots, frees]).toEqual([qty / COIN, (qty / COIN) * 10n * USDC]);
  });

  test("EXPL-002: costs of steps are what each adds, the parts are what all cost", () => {
    const [d = 0n, e = 0n] = [of("d")[0]?.lots, of("e")[0]?.lots];
    expect(d + e).toBe(24n);
    // Crosses cost their funding and hedge; a sends 2,000 of 5,000 in n, with half of its move its own.
    expect([of("b")[0]?.cost, of("c")[0]?.cost]).toEqual([2, 1]);
    const n = (size: number): number =>
      7.5e-6 * size * size + 0.001 * size + 5e-6 * size * (5_000 - size);
    const o = (size: number): number => 1e-5 * size * size + 0.004 * size;
    const [sold, other] = [Number(d) * 100, Number(e) * 100];
    expect(of("a")[0]?.cost).toBeCloseTo(n(2_000) + 3, 9);
    expect(of("d")[0]?.cost).toBeCloseTo(n(2_000 + sold) - n(2_000), 9);
    expect(of("e")[0]?.cost).toBeCloseTo(o(other) + (Number(e) / 30) * 3, 9);
    const { cost } = made;
    expect(cost.total).toBeCloseTo(n(2_000 + sold) + o(other) + 6 + (Number(e) / 30) * 3, 9);
    expect(cost.temporary).toBeCloseTo(5e-6 * (2_000 + sold) ** 2 + 1e-5 * other ** 2, 9);
    expect(cost.permanent).toBeCloseTo(2.5e-6 * (2_000 + sold) ** 2, 9);
    expect(cost.secondRound).toBeCloseTo(5e-6 * (2_000 + sold) * (3_000 - sold), 9);
    expect(cost.fees).toBeCloseTo(0.001 * (2_000 + sold) + 0.004 * other, 9);
    expect(cost.funding).toBeCloseTo(2 - Number(e) / 10, 9);
    expect(cost.hedge).toBeCloseTo(3 + 1 + Number(e) / 5, 9);
  });

  test("EXPL-003: every step says why, with its numbers; what is left alone says why too", () => {
    const price = made.shadowPrice.toFixed(6);
    const paid = (id: string): string => (of(id)[0]?.cost ?? 0).toFixed(2);
    expect(made.steps.map(({ because }) => because)).toEqual([
      "closes against c at the mark: no impact, no fee",
      "closes against b at the mark: no impact, no fee",
      "tier 0 does not free enough, so all of it that may be closed is closed",
      `costs ${paid("e")} USDC in tier 1; margin is bought at up to ${price} a USDC`,
      `the cheapest way to the rest in tier 1, for ${paid("d")} USDC; the target is met here`,
    ]);
    expect(made.untouched).toEqual([
      { id: "h", reason: "isolated" },
      { id: "i", reason: "empty" },
      { id: "f", reason: "dearer" },
      { id: "g", reason: "later-tier" },
    ]);
    expect(made.alternatives.map(({ rule }) => rule)).toEqual([
      "smallest-first",
      "largest-first",
      "losers-first",
      "pro-rata",
      "random",
      "priority-only",
    ]);
    for (const { rule, freed, touched, cost } of made.alternatives) {
      expect(freed, rule).toBeGreaterThanOrEqual(640n * USDC);
      expect(touched, rule).toBeGreaterThan(1);
      expect(cost, rule).toBeGreaterThanOrEqual(made.cost.total);
    }
    // By name: a, all of b and c, then twenty-four of d.
    expect(made.alternatives.at(-1)).toMatchObject({ freed: 640n * USDC, touched: 4 });
  });

  test("EXPL-004: a piece of a position crosses and the rest is sent: margins add up exactly", () => {
    const odd = held("a", "m", 7n, { margin: 100n });
    const pair = {
      need: 100n,
      markets: [market("m")],
      positions: [odd, held("b", "m", -3n, { margin: 0n })],
    };
    const { steps, freed } = value(plan(pair));
    expect(freed).toBe(100n);
    const own = steps.filter(({ position }) => position === "a");
    // Three sevenths of a hundred are 42, the rest is 58.
    expect(own.map(({ kind, qty, frees }) => [kind, qty, frees])).toEqual([
      ["cross", 3n * COIN, 42n],
      ["close", 4n * COIN, 58n],
    ]);
    const rest = value(
      plan({ ...pair, need: 14n, positions: [held("a", "m", 7n, { margin: 100n })] }),
    );
    expect(rest.steps.map(({ kind, lots }) => [kind, lots])).toEqual([["reduce", 1n]]);
    expect(rest.untouched).toEqual([]);
  });
});

describe("plans that are not whole", () => {
  const made: Plan = value(plan(input));

  test("EXPL-005: nothing to do says so of every position and costs nothing", () => {
    for (const need of [0n, -5n]) {
      const none = value(plan({ ...input, need }));
      const { cost, steps, status, freed, shortfall, over, lowerBound, gap, proof, shadowPrice } =
        none;
      expect([status, steps, freed, shortfall, over, none.need]).toEqual([
        "nothing-to-do",
        [],
        0n,
        0n,
        0n,
        need,
      ]);
      expect([lowerBound, gap, proof, shadowPrice, none.alternatives]).toEqual([
        0,
        0,
        "exact",
        0,
        [],
      ]);
      expect(cost).toEqual({
        total: 0,
        temporary: 0,
        permanent: 0,
        secondRound: 0,
        fees: 0,
        funding: 0,
        hedge: 0,
      });
      expect(none.untouched.map(({ id, reason }) => `${id} ${reason}`).join()).toBe(
        "h isolated,i empty,a not-needed,b not-needed,c not-needed,d not-needed,e not-needed,f not-needed,g not-needed",
      );
    }
  });

  test("EXPL-006: short: all tiers are closed whole, and a pace or its own cost is why one is left", () => {
    const tight = {
      ...input,
      need: 10_000n * USDC,
      markets: input.markets.map((m) => (m.id === "p" ? { ...m, pace: 0n } : m)),
    };
    const short = value(plan(tight));
    expect([short.status, short.freed, short.shortfall, short.over]).toEqual([
      "short",
      1_000n * USDC,
      9_000n * USDC,
      0n,
    ]);
    expect([short.gap, short.shadowPrice, short.proof]).toEqual([0, 0, "bounded"]);
    expect(short.lowerBound).toBeCloseTo(short.cost.total, 9);
    expect(
      short.steps.every(({ reason }) => reason === "crossed" || reason === "tier-exhausted"),
    ).toBe(true);
    expect(short.untouched.filter(({ id }) => id > "e" && id < "h")).toEqual([
      { id: "f", reason: "pace" },
      { id: "g", reason: "pace" },
    ]);
    // Half of what p costs is more than it frees: 0.5 x 100 x 0.9 a lot against 10.
    const eaten = value(plan({ ...input, need: 10_000n * USDC, costShare: 900_000 }));
    expect(eaten.untouched.slice(2)).toEqual([
      { id: "f", reason: "costs-more-than-it-frees" },
      { id: "g", reason: "costs-more-than-it-frees" },
    ]);
    expect(eaten.shortfall).toBe(
      10_000n * USDC - eaten.freed + BigInt(Math.ceil(eaten.cost.total * 0.9 * 1e6)),
    );
  });

  test("EXPL-007: a rule's plan: tiers, what it closes, what is missing", () => {
    const rule = value(planByRule(input, "priority-only"));
    expect([...rule.closes]).toEqual([
      ["a", 20n * COIN],
      ["b", 10n * COIN],
      ["c", 10n * COIN],
      ["d", 24n * COIN],
    ]);
    expect([rule.freed, rule.shortfall]).toEqual([640n * USDC, 0n]);
    const all = value(planByRule({ ...input, need: 10_000n * USDC }, "pro-rata"));
    expect([all.freed, all.shortfall, all.closes.size]).toEqual([2_000n * USDC, 8_000n * USDC, 7]);
    const none = value(planByRule({ ...input, need: 0n }, "pro-rata"));
    expect([none.freed, none.shortfall, none.cost, none.closes.size]).toEqual([0n, 0n, 0, 0]);
    expect(value(planByRule({ ...input, need: -1n }, "random")).shortfall).toBe(0n);
    expect(planByRule({ ...input, markets: [] }, "random").ok).toBe(false);
    // A tier that is just enough ends it.
    expect(value(planByRule({ ...input, need: 200n * USDC }, "random")).closes.size).toBe(1);
    const paid = value(
      planByRule({ ...input, need: 200n * USDC, costShare: 10_000 }, "smallest-first"),
    );
    expect([paid.closes.size, paid.shortfall]).toEqual([2, 0n]);
  });

  test("EXPL-008: a plan with fewer orders keeps its tiers, its bound and its reasons", () => {
    const fewer = value(planFewer(input, 50_000));
    expect(fewer.status).toBe("restored");
    expect(fewer.lowerBound).toBe(made.lowerBound);
    expect(fewer.alternatives).toEqual(made.alternatives);
    expect(value(planFewer(input, 0))).toEqual(made);
    expect(planFewer({ ...input, markets: [] }, 9).ok).toBe(false);
    expect(value(planFewer({ ...input, need: 10_000n * USDC }, 9)).status).toBe("short");
  });
});
