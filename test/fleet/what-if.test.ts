/** The operator's question: what a fall would do. It is the cascade simulator's answer, in the fleet's words. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FLEET } from "../../src/core/ids.ts";
import { percent } from "../../src/core/ppm.ts";
import { cascadeOf, type Shock } from "../../src/fleet/cascade-input.ts";
import { whatIf } from "../../src/fleet/what-if.ts";
import { cascade } from "../../src/liquidation/cascade.ts";
import { ALICE, BOB, BTC_PERP, ETH, ETH_PERP, unitsOf, usd } from "./cast.ts";
import { CALLS, crisisFleet, crisisPolicy, held } from "./crisis-cast.ts";
import { given, reported } from "./spec.ts";

const must = <T>(told: {
  readonly ok: boolean;
  readonly value?: T;
  readonly reason?: string;
}): T => {
  if (told.value === undefined) throw new Error(told.reason);
  return told.value;
};
const btc = (move: number): Shock => new Map([[BTC_PERP, move]]);

/** 0.3 BTC of alice, isolated 0.2 of bob, in a fleet with 2,000 USDC and 1 ETH. */
const fleet = given(
  ...crisisFleet(
    crisisPolicy({ ...CALLS, targetMaintenance: percent(40), callAt: percent(50) }),
    "2000",
    [ALICE, { cap: "1200" }],
    [BOB, { cap: "500", mode: "isolated" }],
  ),
  reported({ type: "deposited", asset: ETH, amount: unitsOf("1", 8) }),
  ...held(ALICE, "0.3"),
  ...held(BOB, "0.2"),
).state;

describe("what if", () => {
  test("WIF-001: equals the simulator called by hand on the same fleet", () => {
    const input = cascadeOf(fleet, btc(-0.25));
    const hand = must(cascade(input));
    const told = must(whatIf(fleet, btc(-0.25)));
    expect(told.rounds).toBe(hand.rounds);
    expect(told.insolvent).toEqual(hand.insolvent);
    expect(told.markets).toEqual([
      { market: BTC_PERP, before: 10_000, shocked: 7_500, after: hand.prices[0] },
    ]);
    const sold = told.sales.reduce((sum, { qty }) => sum + qty, 0);
    expect(sold).toBeCloseTo(
      hand.sold.flat().reduce((sum, each) => sum + Math.abs(each), 0),
      12,
    );
  });

  test("WIF-002: equity falls by what is held, coins of the wallet after their haircut", () => {
    // 5 of fees are paid; 1 ETH counts 800.
    const { equity } = must(
      whatIf(
        fleet,
        new Map([
          [BTC_PERP, -0.1],
          [ETH_PERP, -0.5],
        ]),
      ),
    );
    expect(equity.before).toBeCloseTo(2_795, 9);
    expect(equity.shocked).toBeCloseTo(2_795 - 500 - 400, 9);
    expect(equity.after).toBeLessThanOrEqual(equity.shocked);
  });

  test("WIF-003: without a move nothing happens; a fall calls, sells, and costs a second round", () => {
    const still = must(whatIf(fleet, new Map()));
    expect(still).toMatchObject({ calls: [], sales: [], secondRound: 0, markets: [] });
    expect(still.equity.after).toBe(still.equity.before);
    const deep = must(whatIf(fleet, btc(-0.25)));
    // Bob: equity 500 - 2 - 500, nothing is left; maintenance 75.
    expect(deep.calls).toContain(BOB);
    expect(deep.sales.map(({ of }) => of)).toContain(BOB);
    expect(deep.secondRound).toBeGreaterThan(0);
    expect(deep.insolvent).toContain(BOB);
    expect(deep.insolvent).not.toContain(FLEET);
  });

  test("WIF-004: the zone is the law's at the collateral that is left", () => {
    // 1,000 reserved of 2,795 less 500 a tenth.
    expect(must(whatIf(fleet, btc(-0.1))).zone).toEqual({ before: "green", after: "green" });
    const deep = must(whatIf(fleet, btc(-0.3)));
    expect(deep.utilization).toBeCloseTo(1_000 / 1_295, 9);
    expect(deep.zone.after).toBe("orange");
    expect(must(whatIf(fleet, btc(-0.4))).calls).toContain(FLEET);
  });

  test("WIF-007: what a fall costs beyond itself is by the depth of each market", () => {
    const lost = (depth: string): number => {
      const policy = crisisPolicy({
        ...CALLS,
        callAt: percent(50),
        targetMaintenance: percent(40),
      });
      const markets = policy.markets.map((each) => ({ ...each, depth: usd(depth) }));
      const steps = crisisFleet({ ...policy, markets }, "2000", [ALICE, { cap: "1200" }]);
      const { state } = given(...steps, ...held(ALICE, "0.5"));
      return must(whatIf(state, btc(-0.3))).secondRound;
    };
    expect(lost("100000")).toBeGreaterThan(5 * lost("1000000"));
    expect(lost("1000000")).toBeGreaterThan(0);
  });

  test("WIF-005: a move that leaves no price is refused", () => {
    expect(whatIf(fleet, btc(-1))).toMatchObject({ ok: false });
  });

  test("WIF-006: always a deeper fall leaves less and sells no less", () => {
    const move = fc.integer({ min: 0, max: 90 }).map((each) => -each / 100);
    fc.assert(
      fc.property(move, move, (one, two) => {
        const [mild, deep] = [Math.max(one, two), Math.min(one, two)].map((each) =>
          must(whatIf(fleet, btc(each))),
        );
        expect(deep?.equity.after).toBeLessThanOrEqual((mild?.equity.after ?? 0) + 1e-9);
        const sold = (told: typeof mild) => told?.sales.reduce((sum, { qty }) => sum + qty, 0) ?? 0;
        expect(sold(deep)).toBeGreaterThanOrEqual(sold(mild) - 1e-9);
      }),
      { numRuns: 60 },
    );
  });
});
