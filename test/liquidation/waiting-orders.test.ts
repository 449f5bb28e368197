/** Orders that wait for a fuller book, to the cent. */
import { describe, expect, test } from "vitest";
import { afterPlan } from "../../src/liquidation/distress.ts";
import { type Grace, patient } from "../../src/liquidation/patience.ts";
import type { Plan, PlanInput } from "../../src/liquidation/plan-types.ts";
import { plan } from "../../src/liquidation/planner.ts";
import { value } from "./adl-words.ts";
import { COIN, held, market, planned, two, USDC } from "./hand.ts";

describe("what waits", () => {
  const made = planned();
  const grace = (over: Partial<Grace> = {}, account: Partial<Grace["account"]> = {}): Grace => ({
    ...{ turnsLeft: 2, depth: new Map([["n", 0.25]]), recovery: 1, premium: 0.1 },
    ...over,
    account: {
      ...{ equity: 1e6, maintenance: new Map<string, number>(), shock: 0, most: 1 },
      ...account,
    },
  });
  // A thin book of n shows a quarter of its depth: four times 1e-5.
  const thin = (over: Partial<PlanInput> = {}): Plan => value(plan({ ...two, ...over }));
  const parted = (how: Grace, over: Partial<PlanInput> = {}) =>
    value(patient({ ...two, ...over }, thin(over), how));

  /** So dear that what the full book takes goes now. */
  const dear = { premium: 0.4 };

  test("LATER-005: the dear order waits for a book four times as deep, at what is expected with its premium", () => {
    const { now, later, atOnce, expected } = parted(grace(dear));
    expect([now, later].map((list) => list.map((s) => `${s.position} ${s.lots}`))).toEqual([
      ["a 24"],
      ["b 6"],
    ]);
    expect(atOnce).toBeCloseTo(made.cost.total, 9);
    // Sixty of margin in books of 1e-5 each, of which 76 and 50 lots are left.
    const rest = value(
      plan(
        {
          ...afterPlan(two, { ...made, steps: now }, 60n * USDC),
          markets: [market("m"), market("n")],
        },
        { proofNodes: 0 },
      ),
    );
    expect(expected).toBeCloseTo((now[0]?.cost ?? 0) + 1.4 * rest.cost.total, 9);
    // Half of three quarters comes back: 0.25 / 0.625 of today's impact.
    const half = parted(grace({ ...dear, recovery: 0.5 }));
    const books = [market("m"), market("n", { temporary: 4e-5 * 0.4 })];
    const other = value(
      plan(
        { ...afterPlan(two, { ...made, steps: half.now }, 60n * USDC), markets: books },
        { proofNodes: 0 },
      ),
    );
    expect(half.later.length).toBe(1);
    expect(half.expected).toBeCloseTo((half.now[0]?.cost ?? 0) + 1.4 * other.cost.total, 9);
    expect(parted(grace({ depth: new Map([["n", 3]]) })).later).toEqual([]);
    expect(parted(grace({ depth: new Map([["n", 1]]) })).later).toEqual([]);
    expect(parted(grace({ premium: 9 })).later).toEqual([]);
    expect(parted(grace({ turnsLeft: 0 })).expected).toBe(parted(grace({ premium: 9 })).atOnce);
  });

  test("LATER-006: as many paces as turns are left, of a book that is deeper then", () => {
    const markets = [
      market("m", { pace: 24n * COIN }),
      market("n", { temporary: 4e-5, pace: 6n * COIN }),
    ];
    const one = parted(grace({ ...dear, turnsLeft: 1 }), { markets });
    expect(one.now.length + one.later.length).toBe(2);
    const rest = afterPlan({ ...two, markets }, { ...made, steps: one.now }, 60n * USDC);
    const expectedBooks = [market("m", { pace: 24n * COIN }), market("n", { pace: 24n * COIN })];
    const next = value(plan({ ...rest, markets: expectedBooks }, { proofNodes: 0 }));
    expect(one.later.length).toBe(1);
    expect(one.expected).toBeCloseTo((one.now[0]?.cost ?? 0) + 1.4 * next.cost.total, 9);
    // Where the paces of the turns that are left are too small, what is short costs its margin.
    const none = parted(grace({ ...dear, turnsLeft: 1, recovery: 0 }), {
      markets: markets.map((m) => ({ ...m, pace: m.id === "m" ? 24n * COIN : 6n * COIN })),
    });
    expect(none.expected).toBeLessThanOrEqual(none.atOnce);
  });

  test("LATER-012: what no plan can free costs its margin, now and later", () => {
    const all = { need: 2_000n * USDC };
    const { atOnce, later } = parted(grace(dear), all);
    const whole = value(plan({ ...two, ...all }));
    expect(whole.shortfall).toBe(500n * USDC);
    expect(atOnce).toBeCloseTo(whole.cost.total + 1.4 * 500, 9);
    expect(later.length).toBeGreaterThan(0);
  });

  test("LATER-007: the account lives through the shock with what waits, to the cent, or nothing waits", () => {
    // Open with b waiting: 76 long, 50 short: net 2,600; maintenance 76 % of 100 and all of 40.
    const maintenance = new Map([
      ["a", 100],
      ["b", 40],
    ]);
    const paid = made.steps[0]?.cost ?? 0;
    const edge = paid + 260 + 116 / 0.5;
    const waits = (equity: number, over: Partial<PlanInput> = {}) =>
      parted(grace({}, { equity, maintenance, shock: 0.1, most: 0.5 }), over).later.length;
    expect([waits(edge + 0.01), waits(edge - 0.01)]).toEqual([1, 0]);
    const alone = [...two.positions, held("c", "n", 0n), held("d", "n", 900n, { isolated: true })];
    expect([
      waits(edge + 0.01, { positions: alone }),
      waits(edge - 0.01, { positions: alone }),
    ]).toEqual([1, 0]);
    const free = (equity: number) =>
      parted(grace({}, { equity, shock: 0.1, most: 0 })).later.length;
    expect([free(paid + 260.01), free(paid + 259.99)]).toEqual([1, 0]);
  });

  test("LATER-008: a share of what is paid must come free too, now and later; crosses go now", () => {
    const shared: PlanInput = { ...two, costShare: 500_000 };
    const first = thin({ costShare: 500_000 });
    const found = value(patient(shared, first, grace()));
    const steps = found.now;
    const freed = steps.reduce((sum, s) => sum + s.frees, 0n);
    const cost = steps.reduce((sum, s) => sum + s.cost, 0);
    const need = two.need - freed + BigInt(Math.ceil(cost * 500_000));
    const rest = value(
      plan(
        { ...afterPlan(shared, { ...first, steps }, need), markets: [market("m"), market("n")] },
        { proofNodes: 0 },
      ),
    );
    expect(found.later.length).toBe(1);
    expect(found.expected).toBeCloseTo(cost + 1.1 * rest.cost.total, 9);
    const crossed: PlanInput = {
      ...two,
      positions: [held("a", "n", 10n), held("b", "n", -40n)],
      markets: [market("n", { temporary: 4e-5 })],
    };
    const both = value(patient(crossed, value(plan(crossed)), grace()));
    expect(both.now.map(({ kind }) => kind)).toEqual(["cross", "cross"]);
    expect(both.later.map(({ kind }) => kind)).toEqual(["reduce"]);
    const none = value(patient({ ...two, need: 0n }, value(plan({ ...two, need: 0n })), grace()));
    expect(none).toEqual({ now: [], later: [], expected: 0, atOnce: 0 });
  });

  test("LATER-009: a grace without meaning by its reason, edges pass", () => {
    const reason = (over: Partial<Grace>, account: Partial<Grace["account"]> = {}) => {
      const answer = patient(two, made, grace(over, account));
      return answer.ok ? "fine" : answer.reason;
    };
    for (const turnsLeft of [-1, 0.5])
      expect(reason({ turnsLeft })).toBe("the turns left are a whole number");
    for (const bad of [0, -1, Number.NaN])
      expect(reason({ depth: new Map([["n", bad]]) })).toBe("a depth is above zero");
    for (const recovery of [-0.1, 1.1, Number.NaN])
      expect(reason({ recovery })).toBe("the recovery is in [0, 1]");
    const negative = "premium, shock and most are not negative";
    expect([
      reason({ premium: -0.1 }),
      reason({}, { shock: -0.1 }),
      reason({}, { most: -0.1 }),
    ]).toEqual([negative, negative, negative]);
    for (const equity of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(reason({}, { equity })).toBe("the equity is finite");
    const edges: Partial<Grace>[] = [
      { turnsLeft: 0 },
      { recovery: 0 },
      { recovery: 1 },
      { premium: 0 },
      { depth: new Map([["n", 0.01]]) },
    ];
    for (const over of edges) expect(reason(over)).toBe("fine");
    expect([reason({}, { shock: 0 }), reason({}, { most: 0 }), reason({}, { equity: -5 })]).toEqual(
      ["fine", "fine", "fine"],
    );
  });
});
