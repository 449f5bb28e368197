/** Edges of fewer orders: what they may cost to the last bit, which one is tried first, and what is no fewer. */
import { describe, expect, test } from "vitest";
import { ordersOf, planFewer } from "../../src/liquidation/fewer.ts";
import type { Plan, PlanInput, PlanPosition } from "../../src/liquidation/plan-types.ts";
import { plan } from "../../src/liquidation/planner.ts";
import { value } from "./adl-words.ts";
import { fleet } from "./fleets.ts";
import { held, market, USDC } from "./hand.ts";

const free = (id: string, over = {}) => market(id, { temporary: 0, fee: 0, ...over });
/** Lots that free ten USDC and cost so much, each; powers of two are summed without rounding. */
const priced = (id: string, coins: bigint, each: number, over = {}): PlanPosition =>
  held(id, "m", coins, { hedge: each * Number(coins), ...over });
const orders = (made: Plan): readonly string[] => [...ordersOf(made).keys()].sort();

/** What every rule but the largest first begins with: small, first by its name, and a loss. */
const dear = priced("0", 3n, 1_024, { margin: 15n * USDC, pnl: -1n });
/** A seed by which the random rule begins with it, too, or with the largest. */
const seedFor = (input: PlanInput, least: number): number =>
  [...Array(50).keys()].find((seed) =>
    value(plan(input, { seed })).alternatives.every(({ cost }) => cost >= least),
  ) ?? -1;

/** 33 lots: 31 of a cost 62 and two of b two; without b they cost 66, a 32nd more. */
const almost = (over: Partial<PlanInput> = {}): PlanInput => ({
  need: 330n * USDC,
  markets: [free("m")],
  positions: [priced("a", 64n, 2), priced("b", 2n, 1), dear],
  ...over,
});

describe("what fewer orders may cost", () => {
  test("WAIT-020: exactly the tolerance, not a millionth of it less", () => {
    const options = { seed: seedFor(almost(), 66) };
    const fewer = (tolerance: number) => value(planFewer(almost(), tolerance, options));
    expect([fewer(31_250).cost.total, orders(fewer(31_250))]).toEqual([66, ["a"]]);
    expect([fewer(31_249).cost.total, orders(fewer(31_249))]).toEqual([64, ["a", "b"]]);
  });

  test("WAIT-021: with no tolerance it is the cheapest plan itself, though another costs the same", () => {
    // Found among random fleets: three orders of it, and two of a plan that costs no more.
    const input = fleet(58, { positions: 8, markets: 3, lots: 6, shorts: 0.3 });
    const cheapest = value(plan(input));
    expect(value(planFewer(input, 0))).toEqual(cheapest);
    const one = value(planFewer(input, 1));
    expect(one.steps.length).toBeLessThan(cheapest.steps.length);
    expect(one.cost.total).toBeCloseTo(cheapest.cost.total, 6);
  });

  test("WAIT-022: its gap is to the cheapest plan's bound, none where it costs no more", () => {
    const input = fleet(58, { positions: 8, markets: 3, lots: 6, shorts: 0.3 });
    const one = value(planFewer(input, 1));
    expect([one.gap, one.proof]).toEqual([0, "bounded"]);
    expect(value(planFewer(almost(), 50_000, { seed: 3 })).lowerBound).toBeLessThanOrEqual(64);
  });
});

describe("which orders are done without", () => {
  /** Only one of two may go: without both the rest is too dear. */
  const three = (b: bigint, c: bigint): PlanInput => ({
    need: 1_000n * USDC + (b + c) * 10n * USDC,
    markets: [free("m")],
    positions: [priced("a", 200n, 2), priced("b", b, 1.9), priced("c", c, 1.9), dear],
  });
  const left = (b: bigint, c: bigint): readonly string[] => {
    const input = three(b, c);
    return orders(value(planFewer(input, 2_500, { seed: seedFor(input, 215.8) })));
  };

  test("WAIT-023: the one that frees least is tried first; of equal ones the first by its name", () => {
    // A tenth of a USDC for each lot that a takes instead: 0.3 or 0.5 of some 215.
    expect(orders(value(plan(three(5n, 3n))))).toEqual(["a", "b", "c"]);
    expect(left(5n, 3n)).toEqual(["a", "b"]);
    expect(left(3n, 5n)).toEqual(["a", "c"]);
    expect(left(4n, 4n)).toEqual(["a", "c"]);
  });

  test("WAIT-024: one order for another is none fewer, and costs more", () => {
    // Without b two lots of c are enough, which cost a 32nd more; c is the largest.
    const input: PlanInput = {
      need: 40n * USDC,
      markets: [free("m")],
      positions: [
        ...[priced("a", 2n, 1), priced("b", 2n, 1), dear],
        priced("c", 2n, 1.03125, { margin: 21n * USDC }),
      ],
    };
    const options = { seed: seedFor(input, 4.0625) };
    const cheapest = value(plan(input, options));
    expect([orders(cheapest), cheapest.cost.total]).toEqual([["a", "b"], 4]);
    expect(value(planFewer(input, 50_000, options))).toEqual(cheapest);
  });
});
