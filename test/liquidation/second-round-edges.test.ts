/** Edges of the second round, worked by hand: shocks, who sells anyway, dust, and sales that never settle. */
import { describe, expect, test } from "vitest";
import type { CascadeInput } from "../../src/liquidation/cascade.ts";
import { secondRound } from "../../src/liquidation/second-round.ts";
import { value } from "./adl-words.ts";
import { agent, made, step } from "./others.ts";

const world = (over: Partial<CascadeInput> = {}): CascadeInput => ({
  ...{ assets: [{ id: "m", price: 100, impact: 1e-3 }], agents: [], shock: [0], form: "linear" },
  ...over,
});

describe("the second round, by hand", () => {
  test("SPR-020: in a shock the mark-down is of the prices after it", () => {
    // 90 after the shock; a hundred coins at a thousandth each take a tenth of that.
    const shaken = world({ shock: [-0.1], agents: [agent([10])] });
    const round = value(secondRound(shaken, made(step("m", 100))));
    expect(round.outcome.prices[0]).toBeCloseTo(81, 9);
    expect(round.markdown).toBeCloseTo(90, 9);
    expect([round.knockOn, round.forced]).toEqual([expect.closeTo(0, 9), []]);
  });

  test("SPR-021: what a shock makes somebody sell anyway is nothing of the plan's", () => {
    // 9,000 USDC on 1,700, and 8,500 are allowed: 500 have to go, and what that moves.
    const broke = agent([100], { debt: 7_300, limit: 5 });
    const assets = [{ id: "m", price: 100, impact: 1e-4 }];
    const shaken = world({ assets, shock: [-0.1], agents: [broke] });
    const none = value(secondRound(shaken, made()));
    expect(none.outcome.secondRound).toBeGreaterThan(5);
    expect(none).toMatchObject({ markdown: 0, knockOn: 0, total: 0, forced: [] });
    // A coin more is a little lost to its mark and a little more to what that makes him sell.
    const one = value(secondRound(shaken, made(step("m", 1))));
    expect(one.markdown).toBeCloseTo(0.9, 9);
    expect(one.forced).toEqual(["alone"]);
    expect(one.total).toBeCloseTo(one.outcome.secondRound - none.outcome.secondRound, 9);
  });

  test("SPR-022: who has to sell a millionth of a USDC is not told, who more is", () => {
    const dust = (price: number, units: number) =>
      value(
        secondRound(
          world({
            assets: [{ id: "m", price, impact: 0.1 }],
            agents: [agent([units], { debt: 0.95 * units * price })],
          }),
          made(step("m", 1)),
        ),
      );
    expect(dust(1, 1e-6).outcome.sold).toEqual([[1e-6]]);
    expect(dust(1, 1e-6).forced).toEqual([]);
    expect(dust(1, 1.1e-6).forced).toEqual(["alone"]);
    expect(dust(100, 1e-7).forced).toEqual(["alone"]);
    expect(dust(0.01, 1e-5).forced).toEqual([]);
  });

  test("SPR-023: sales that never settle are refused, with the plan or without it", () => {
    // p = P - s/2 and s = 2 D/p - 1 touch where (P + 1/2)^2 = 4 D: ever nearer, never there.
    const touching = (debt: number) =>
      world({
        assets: [{ id: "m", price: 1, impact: 0.5 }],
        agents: [agent([1], { debt, limit: 2 })],
      });
    expect(secondRound(touching(0.390625), made())).toMatchObject({ ok: true });
    const [sells, buys] = [made(step("m", 0.5)), made(step("m", -1))];
    const refused = { ok: false, code: "not-converged" };
    expect(secondRound(touching(0.390625), sells)).toMatchObject(refused);
    expect(secondRound(touching(0.5625), buys)).toMatchObject(refused);
  });
});
