/** The next call and the orders that wait, at their edges. */
import { describe, expect, test } from "vitest";
import { afterPlan, planInDistress } from "../../src/liquidation/distress.ts";
import { ordersOf, planFewer } from "../../src/liquidation/fewer.ts";
import { type Grace, patient } from "../../src/liquidation/patience.ts";
import type { Plan, PlanInput, PlanMarket, PlanStep } from "../../src/liquidation/plan-types.ts";
import { plan } from "../../src/liquidation/planner.ts";
import { secondRound } from "../../src/liquidation/second-round.ts";
import { value } from "./adl-words.ts";
import { fleet, worldOf } from "./fleets.ts";
import { COIN, held, market, planned, two, USDC } from "./hand.ts";

const made = planned();
const step = (over: Partial<PlanStep>): PlanStep => ({ ...(made.steps[0] as PlanStep), ...over });
const MOST = 9_000_000_000_000_000n;

describe("the next call", () => {
  test("LATER-013: a need beyond what is counted is refused, alone, next, or both together", () => {
    const asked = (need: bigint, next: bigint) =>
      planInDistress({ ...two, need }, { probability: 1, need: next });
    for (const [need, next] of [
      [MOST + 1n, 1n],
      [1n, MOST + 1n],
      [10n * USDC, MOST - 1n],
    ] as const)
      expect(asked(need, next)).toMatchObject({ ok: false, code: "out-of-range" });
    expect(asked(0n, 0n)).toMatchObject({ value: { expected: 0 } });
  });

  test("LATER-014: the plan chosen meets what the one for this call alone meets", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const input = fleet(seed, { positions: 6, markets: 3, lots: 5, share: 0.4 });
      const found = value(planInDistress(input, { probability: 0.9, need: input.need }));
      expect(found.plan.status).toBe("restored");
    }
  });

  test("LATER-024: where all that the pace lets go is not enough, none of it is spared for the next call", () => {
    let short = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const drawn = fleet(seed, { positions: 6, markets: 3, lots: 40, share: 0.8 });
      const markets = drawn.markets.map((one) => ({ ...one, pace: 10n * one.lot }));
      const input = { ...drawn, markets };
      const alone = value(plan(input));
      if (alone.status !== "short") continue;
      short += 1;
      const found = value(planInDistress(input, { probability: 0.9, need: input.need }));
      expect(found.plan.shortfall).toBe(alone.shortfall);
    }
    expect(short).toBeGreaterThan(10);
  });

  test("LATER-015: a second round over agents of another world is refused", () => {
    const agents = [{ id: "x", units: [1], cash: 0, debt: 0, limit: 5 }];
    expect(secondRound(worldOf(two, agents), made).ok).toBe(false);
  });

  test("LATER-016: of a coin's smallest unit the side stays, and what it may close at most", () => {
    const input = { ...two, positions: [held("a", "m", 0n, { qty: 1n, maxQty: 1n })] };
    expect(afterPlan(input, { ...made, steps: [] }, 1n).positions).toEqual(input.positions);
  });
});

describe("what waits", () => {
  const grace = (over: Partial<Grace> = {}, account: Partial<Grace["account"]> = {}): Grace => ({
    ...{ turnsLeft: 2, depth: new Map([["n", 0.25]]), recovery: 1, premium: 0.4 },
    ...over,
    account: {
      ...{ equity: 1e6, maintenance: new Map<string, number>(), shock: 0, most: 1 },
      ...account,
    },
  });
  /** A lot that frees a tenth of a USDC, so that little more missing costs more. */
  const fine = (id: string, over: Partial<PlanMarket> = {}) =>
    market(id, { lot: COIN / 100n, ...over });
  const later = (input: PlanInput, steps: readonly PlanStep[], need: bigint, books: PlanMarket[]) =>
    value(
      plan({ ...afterPlan(input, { ...made, steps }, need), markets: books }, { proofNodes: 0 }),
    ).cost.total;

  test("LATER-017: what is missing later is counted in full: a share of what is paid, never of a gain", () => {
    const asked = (costShare: number, cost: number) => {
      const input = { ...two, markets: [fine("m"), fine("n", { temporary: 4e-5 })], costShare };
      const first = step({ qty: 24n * COIN, frees: 240n * USDC, cost });
      const last = step({
        position: "b",
        market: "n",
        qty: 6n * COIN,
        frees: 60n * USDC,
        cost: 40,
      });
      const found = value(patient(input, { ...made, steps: [first, last] }, grace()));
      expect(found.later).toEqual([last]);
      const share = BigInt(Math.ceil(Math.max(0, cost) * costShare));
      const rest = later(input, [first], 60n * USDC + share, [fine("m"), fine("n")]);
      expect(found.expected).toBeCloseTo(cost + 1.4 * rest, 9);
    };
    asked(500_000, 20);
    asked(0, 20);
    asked(500_000, 0.6);
    asked(500_000, -20);
  });

  test("LATER-018: a book beyond its usual depth counts as full, and what stays moved is spread as well", () => {
    const markets = [market("m"), market("n", { temporary: 4e-5, permanent: 2e-5 })];
    const input = { ...two, markets };
    const whole = value(plan(input));
    const depth = new Map([
      ["n", 0.25],
      ["m", 3],
    ]);
    const found = value(patient(input, whole, grace({ depth, recovery: 0.5, premium: 0 })));
    expect(found.later.length).toBe(1);
    // Half of the missing three quarters comes back: 0.25 / 0.625.
    const books = [market("m"), market("n", { temporary: 1.6e-5, permanent: 0.8e-5 })];
    const need = found.later.reduce((sum, { frees }) => sum + frees, 0n) - whole.over;
    const paid = found.now.reduce((sum, { cost }) => sum + cost, 0);
    expect(found.expected).toBeCloseTo(paid + later(input, found.now, need, books), 9);
  });

  test("LATER-019: with two turns left twice the pace may go, in a book four times as deep eight times", () => {
    const input = {
      ...two,
      markets: [market("m", { pace: 24n * COIN }), market("n", { temporary: 4e-5, pace: COIN })],
    };
    const first = step({ qty: 24n * COIN, frees: 240n * USDC, cost: 10 });
    const last = step({
      position: "b",
      market: "n",
      qty: 30n * COIN,
      frees: 300n * USDC,
      cost: 900,
    });
    const asked = { ...input, need: 540n * USDC };
    const found = value(patient(asked, { ...made, steps: [first, last] }, grace({ premium: 0 })));
    const books = [market("m", { pace: 48n * COIN }), market("n", { pace: 8n * COIN })];
    expect(found.expected).toBeCloseTo(10 + later(asked, [first], 300n * USDC, books), 9);
  });

  test("LATER-020: one order alone may wait; in full books none does, though it came cheaper in two parts", () => {
    const alone = { ...two, need: 60n * USDC, positions: [held("b", "n", -50n)] };
    expect(value(patient(alone, value(plan(alone)), grace())).later.length).toBe(1);
    const pair = {
      ...two,
      need: 1_000n * USDC,
      positions: [held("a", "m", 60n), held("b", "m", 60n)],
    };
    const both = value(plan(pair));
    expect(both.steps.length).toBe(2);
    const waits = (depth: number) =>
      value(patient(pair, both, grace({ depth: new Map([["m", depth]]), premium: 0 }))).later
        .length;
    expect([waits(0.99) > 0, waits(1), waits(2)]).toEqual([true, 0, 0]);
  });

  test("LATER-021: a cent is worth the wait, nothing at all is not", () => {
    // One lot of 100 in a thin book: its impact of 0.4 is 0.1 later, and the fee of 0.1 the same.
    const one = { ...two, need: 10n * USDC, positions: [held("b", "n", -50n)] };
    const waits = (temporary: number) => {
      const input = { ...one, markets: [market("n", { temporary })] };
      return value(patient(input, value(plan(input)), grace({ premium: 0 }))).later.length;
    };
    expect([waits(4e-5), waits(4e-6), waits(0)]).toEqual([1, 1, 0]);
  });

  test("LATER-022: who would have nothing left after it does not wait; tiny holdings count as they are", () => {
    const paid = made.steps[0]?.cost ?? 0;
    const waits = (
      equity: number,
      input: PlanInput = two,
      maintenance = new Map<string, number>(),
    ) => value(patient(input, made, grace({}, { equity, maintenance }))).later.length;
    expect([waits(paid), waits(paid + 1e-6)]).toEqual([0, 1]);
    const tiny = { ...two, positions: [...two.positions, held("c", "n", 0n, { qty: 4n })] };
    const needs = new Map([["c", 40]]);
    expect([waits(paid + 39.99, tiny, needs), waits(paid + 40.01, tiny, needs)]).toEqual([0, 1]);
  });

  test("LATER-023: what cannot even be planned later never waits", () => {
    const input = { ...two, need: MOST, costShare: 1_000_000 };
    const steps = [step({ frees: 0n, cost: 10 })];
    expect(value(patient(input, { ...made, steps }, grace())).atOnce).toBe(
      Number.POSITIVE_INFINITY,
    );
  });
});

describe("fewer orders", () => {
  const of = (input: PlanInput, tolerance = 50_000): Plan => value(planFewer(input, tolerance));
  const orders = (one: Plan): string => [...ordersOf(one).keys()].sort().join(" ");

  test("WAIT-010: a cross is no order, though an order of the same position may stand beside it", () => {
    const steps = [
      step({ kind: "cross", frees: 7n }),
      step({ kind: "reduce", frees: 5n }),
      step({ position: "b", kind: "cross", frees: 7n }),
      step({ position: "c", kind: "close", frees: 3n }),
    ];
    expect([...ordersOf({ ...made, steps })]).toEqual([
      ["a", 5n],
      ["c", 3n],
    ]);
  });

  /** Deep and thin books at a fee of a twentieth, so that crumbs cost little to do without. */
  const books = (thin: readonly number[], coins = 100n): PlanInput => ({
    need: 400n * USDC,
    markets: [
      market("m", { temporary: 1e-6, fee: 0.05 }),
      ...thin.map((temporary, i) => market(`n${i}`, { temporary, fee: 0.05 })),
    ],
    positions: [held("z", "m", 100n), ...thin.map((_, i) => held(`y${i}`, `n${i}`, coins))],
  });

  test("WAIT-011: up to 128 positions are searched, whatever they hold", () => {
    const input = books([1e-5]);
    expect(orders(value(plan(input)))).toBe("y0 z");
    const among = (count: number) => ({
      ...input,
      positions: [
        ...input.positions,
        ...Array.from({ length: count - 2 }, (_, i) => held(`e${i}`, "m", 0n)),
      ],
    });
    expect(orders(of(among(128)))).toBe("z");
    expect(of(among(129))).toEqual(value(plan(among(129))));
  });

  test("WAIT-012: the order that frees least is done without first, of equals the first by name", () => {
    const dropped = (thin: readonly number[]) => {
      const input = books(thin);
      const cheapest = value(plan(input));
      const left = (tolerance: number) => orders(of(input, tolerance));
      const least = Array.from({ length: 60 }, (_, k) => k * 500).find(
        (tolerance) => ordersOf(of(input, tolerance)).size < ordersOf(cheapest).size,
      );
      return [orders(cheapest), left(least ?? 0)];
    };
    expect([dropped([1e-5, 5e-6]), dropped([5e-6, 1e-5]), dropped([1e-5, 1e-5])]).toEqual([
      ["y0 y1 z", "y1 z"],
      ["y0 y1 z", "y0 z"],
      ["y0 y1 z", "y1 z"],
    ]);
  });

  test("WAIT-013: as many orders at a higher cost are no gain", () => {
    // Ten lots each and fifteen needed: two go, whichever; the third is a little dearer.
    const input: PlanInput = {
      need: 150n * USDC,
      markets: [0.01, 0.0101, 0.0102].map((fee, i) => market(`n${i}`, { temporary: 0, fee })),
      positions: [0, 1, 2].map((i) => held(`y${i}`, `n${i}`, 10n)),
    };
    expect(of(input)).toEqual(value(plan(input)));
    expect(orders(of(input))).toBe("y0 y1");
  });

  test("WAIT-014: the gap of a plan that earns is a part of what it earns", () => {
    const input = books([1e-5]);
    const earning = {
      ...input,
      positions: input.positions.map((one) => ({ ...one, funding: -1_000 })),
    };
    const found = of(earning);
    const { gap, cost, lowerBound } = found;
    expect([orders(found), cost.total < 0, gap > 0]).toEqual(["z", true, true]);
    expect(gap).toBeCloseTo((cost.total - lowerBound) / -cost.total, 12);
  });
});
