/** Collateral: haircuts, the stable floor, and forced sales that feed on themselves. */
import { fc, test as prop } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import {
  collateralValue,
  forcedSale,
  HAIRCUTS,
  type Holding,
  type SaleHolding,
  stressedCollateral,
} from "../../src/risk/collateral.ts";
import { taken } from "./reference-series.ts";

const BTC: SaleHolding = {
  asset: "BTC",
  quantity: 10,
  price: 50_000,
  haircut: HAIRCUTS["BTC"] ?? 0.1,
  stable: false,
  impact: 0.01,
  fee: 0.001,
};
const USDC: Holding = { asset: "USDC", quantity: 1_000, price: 1, haircut: 0, stable: true };

describe("collateral", () => {
  test("COLL-001: value is after haircuts, the stable share of market value", () => {
    const answer = taken(collateralValue([BTC, USDC], 0));
    expect(answer).toMatchObject({
      market: 501_000,
      value: 451_000,
      stableValue: 1_000,
      floorMet: true,
    });
    expect(answer.stableShare).toBeCloseTo(1_000 / 501_000, 12);
    expect(taken(collateralValue([{ ...USDC, quantity: 0 }])).stableShare).toBe(0);
  });

  test("COLL-002: a haircut and premium above the whole leave nothing, not less than nothing", () => {
    const risky = { ...BTC, haircut: 0.99 };
    expect(taken(stressedCollateral([risky], { BTC: -0.5 }, 0.5)).stressed).toBe(0);
    expect(stressedCollateral([BTC], { BTC: -1.1 }, 0)).toMatchObject({ code: "out-of-range" });
    expect(stressedCollateral([BTC], { BTC: Number.NaN }, 0)).toMatchObject({ code: "not-finite" });
    expect(stressedCollateral([], {}, 0)).toMatchObject({ code: "empty" });
  });

  test("COLL-003: nothing is sold while the requirement is met", () => {
    const path = taken(forcedSale([BTC], { required: 450_000 }));
    expect(path).toMatchObject({ survives: true, rounds: 0, sold: [0], firstShortfall: 0 });
    expect(path.salesCost).toBe(0);
  });

  test("COLL-004: without impact the sale is the shortfall over what a coin frees", () => {
    const still = { ...BTC, impact: 0 };
    const path = taken(forcedSale([still], { required: 459_900 }));
    expect(path.sold[0]).toBeCloseTo(9_900 / (50_000 * 0.099), 9);
    expect(path.value).toBeCloseTo(459_900, 6);
    expect(path.rounds).toBe(1);
  });

  test("COLL-005: with impact more must be sold, and the loop ends at its fixpoint", () => {
    const gentle = { ...BTC, impact: 0.001 };
    const path = taken(forcedSale([gentle], { required: 459_900 }));
    expect(path.survives).toBe(true);
    expect(path.rounds).toBeGreaterThan(1);
    expect(path.sold[0]).toBeGreaterThan(2);
    expect(path.value).toBeCloseTo(459_900, 2);
    expect(path.salesCost).toBeGreaterThan(0);
    expect(path.prices[0]).toBeCloseTo(50_000 * Math.exp(-0.001 * (path.sold[0] ?? 0)), 6);
  });

  test("COLL-006: where selling loses more than it frees, all is sold and the book does not survive", () => {
    const spiral = { ...BTC, impact: 0.2 };
    const path = taken(forcedSale([spiral], { required: 459_900 }));
    expect(path.survives).toBe(false);
    expect(path.sold[0]).toBe(10);
    expect(path.value).toBeLessThan(450_000);
  });

  test("COLL-007: open positions in what is sold make it worse", () => {
    const gentle = { ...BTC, impact: 0.001 };
    const alone = taken(forcedSale([gentle], { required: 455_000 }));
    const exposed = taken(forcedSale([{ ...gentle, exposure: 20 }], { required: 455_000 }));
    expect(exposed.sold[0]).toBeGreaterThan(alone.sold[0] ?? 0);
  });

  test("COLL-008: what frees nothing is kept: stablecoins, and fees above the haircut", () => {
    const dear = { ...BTC, fee: 0.2 };
    const stable = { ...USDC, impact: 0, fee: 0 };
    const path = taken(forcedSale([dear, stable], { required: 1e9 }));
    expect(path).toMatchObject({ survives: false, sold: [0, 0] });
  });

  prop.prop([
    fc.double({ min: 0, max: 0.3, noNaN: true }),
    fc.double({ min: 0, max: 600_000, noNaN: true }),
  ])(
    "COLL-009: always sales lie within holdings and survival means the requirement is met",
    (impact, required) => {
      const answer = forcedSale(
        [
          { ...BTC, impact },
          { ...BTC, asset: "ETH", haircut: 0.2, impact },
        ],
        {
          required,
          cash: 100,
        },
      );
      if (!answer.ok) {
        expect(answer.code).toBe("not-converged");
        return;
      }
      for (const sold of answer.value.sold) {
        expect(sold).toBeGreaterThanOrEqual(0);
        expect(sold).toBeLessThanOrEqual(10);
      }
      if (answer.value.survives) expect(answer.value.value).toBeGreaterThanOrEqual(required - 1e-3);
      else expect(answer.value.value).toBeLessThan(required);
    },
  );

  test("COLL-010: bad inputs are named", () => {
    expect(collateralValue([])).toMatchObject({ code: "empty" });
    expect(collateralValue([{ ...BTC, haircut: 1.5 }])).toMatchObject({ code: "out-of-range" });
    expect(collateralValue([{ ...BTC, price: Number.NaN }])).toMatchObject({ code: "not-finite" });
    expect(forcedSale([{ ...BTC, impact: -1 }], { required: 1 })).toMatchObject({
      code: "out-of-range",
    });
    expect(forcedSale([{ ...BTC, price: 0 }], { required: 1 })).toMatchObject({
      code: "out-of-range",
    });
  });
});
