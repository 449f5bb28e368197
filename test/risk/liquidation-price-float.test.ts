/** Prices in plain numbers against the exact form and against their own definition. */
import { fc, test as prop } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { micro, price, qty } from "../../src/core/money.ts";
import { ppm } from "../../src/core/ppm.ts";
import { liquidationPrice } from "../../src/risk/liquidation-price.ts";
import {
  bankruptcyQuote,
  fillablePrice,
  type InverseQuery,
  inverseLiquidationPrice,
} from "../../src/risk/liquidation-price-account.ts";
import {
  bankruptcyPriceOf,
  bufferedPrice,
  distanceTo,
  linearLiquidationPrice,
  liquidationPriceInBrackets,
  liquidationPriceOf,
  type PriceQuery,
  safeStopOf,
} from "../../src/risk/liquidation-price-float.ts";
import { taken } from "./reference-series.ts";

const sides = fc.constantFrom("long" as const, "short" as const);
const queries: fc.Arbitrary<PriceQuery> = fc
  .record({
    side: sides,
    quantity: fc.double({ min: 1e-4, max: 1e4, noNaN: true }),
    entry: fc.double({ min: 1e-3, max: 1e5, noNaN: true }),
    leverage: fc.double({ min: 1.2, max: 100, noNaN: true }),
    maintenanceRate: fc.double({ min: 0.001, max: 0.2, noNaN: true }),
    exitRate: fc.double({ min: 0, max: 0.02, noNaN: true }),
  })
  .map(({ leverage, ...q }) => ({ ...q, balance: (q.quantity * q.entry) / leverage }));

const BASE: PriceQuery = {
  side: "long",
  quantity: 1,
  entry: 100,
  balance: 10,
  maintenanceRate: 0.05,
};
const BRACKETS = [
  { upTo: 50, initial: 0.02, maintenance: 0.01 },
  { upTo: 95, initial: 0.04, maintenance: 0.02 },
  { upTo: Number.POSITIVE_INFINITY, initial: 0.2, maintenance: 0.1 },
];

describe("liquidation price in plain numbers", () => {
  prop.prop([queries])(
    "PRICE-001: always equity at the price equals what is required there",
    (q) => {
      const p = taken(liquidationPriceOf(q));
      const s = q.side === "long" ? 1 : -1;
      const equity = q.balance + s * q.quantity * (p - q.entry);
      const required = q.quantity * p * (q.maintenanceRate + (q.exitRate ?? 0));
      expect(Math.abs(equity - required)).toBeLessThan(1e-9 * q.quantity * (q.entry + p));
    },
  );

  prop.prop([queries])(
    "PRICE-002: always bankruptcy is beyond liquidation, as seen from entry",
    (q) => {
      const gap = taken(liquidationPriceOf(q)) - taken(bankruptcyPriceOf(q));
      expect(q.side === "long" ? gap : -gap).toBeGreaterThan(0);
    },
  );

  prop.prop([sides, fc.integer({ min: 10, max: 1_000 }), fc.integer({ min: 1, max: 99 })])(
    "PRICE-003: always within one tick of the exact form",
    (side, entry, balance) => {
      const size = qty(side === "long" ? 1_000_000_000n : -1_000_000_000n);
      const tiers = [{ upTo: undefined, initial: ppm(100_000), maintenance: ppm(50_000) }];
      const exact = liquidationPrice({
        size,
        entry: price(BigInt(entry) * 100_000_000n),
        collateral: micro(BigInt(balance) * 1_000_000n),
        tiers,
      });
      const plain = liquidationPriceOf({ ...BASE, side, entry, balance, quantity: 10 });
      if (!exact.ok || !plain.ok) {
        expect(exact).toMatchObject({ ok: false, code: plain.ok ? "" : plain.code });
        return;
      }
      expect(Math.abs(Number(exact.value) / 1e8 - plain.value)).toBeLessThan(1.5e-8);
    },
  );

  test("PRICE-004: the bracket is the one that holds at the price", () => {
    const { maintenanceRate: _, ...q } = { ...BASE, balance: 12 };
    const p = taken(liquidationPriceInBrackets(q, BRACKETS));
    // Maintenance at p is 0.5 + 0.02 (p - 50); equity is 12 + p - 100.
    expect(p).toBeCloseTo((88 - 0.5) / 0.98, 9);
    expect(p).toBeLessThan(95);
    const short = taken(liquidationPriceInBrackets({ ...q, side: "short" }, BRACKETS));
    expect(112 - short).toBeCloseTo(0.5 + 0.9 + 0.1 * (short - 95), 9);
    expect(liquidationPriceInBrackets(q, [])).toMatchObject({ code: "empty" });
  });

  test("PRICE-005: other positions of a cross wallet count by maintenance and profit", () => {
    const alone = taken(liquidationPriceOf(BASE));
    const others = { maintenance: 4, profit: 1 };
    const shared = taken(liquidationPriceOf({ ...BASE, others }));
    expect(shared - alone).toBeCloseTo(3 / 0.95, 9);
  });

  test("PRICE-006: what has no price is named", () => {
    const code = (change: Partial<PriceQuery>) => {
      const answer = liquidationPriceOf({ ...BASE, ...change });
      return answer.ok ? "ok" : answer.code;
    };
    expect(code({ balance: 100 })).toBe("never-liquidated");
    expect(code({ side: "short", balance: -100 })).toBe("already-liquidated");
    expect(code({ quantity: 0 })).toBe("out-of-range");
    expect(code({ maintenanceRate: 1 })).toBe("out-of-range");
    expect(code({ maintenanceRate: 0.6, exitRate: 0.6 })).toBe("out-of-range");
    expect(code({ balance: Number.NaN })).toBe("not-finite");
    expect(code({ entry: Number.POSITIVE_INFINITY })).toBe("not-finite");
  });

  test("PRICE-007: the linear formula errs by maintenance x buffer, early for longs, late for shorts", () => {
    for (const side of ["long", "short"] as const) {
      const s = side === "long" ? 1 : -1;
      const { linear, exact, error, late } = taken(linearLiquidationPrice(side, 100, 10, 0.05));
      expect(error).toBeCloseTo(linear - exact, 12);
      expect(error).toBeCloseTo((100 * 0.05 * 0.05) / (1 - s * 0.05), 9);
      expect(late).toBe(side === "short");
    }
  });

  test("PRICE-008: a stop is short of the mark by the gap, or refused", () => {
    const stop = (mark: number, gap = 0) => safeStopOf(BASE, { mark, multiple: 1.3, gap });
    expect(taken(stop(100))).toBeCloseTo(90 / 0.935, 9);
    expect(stop(96)).toMatchObject({ code: "stop-beyond-mark" });
    expect(stop(100, 0.05)).toMatchObject({ code: "stop-beyond-mark" });
    expect(safeStopOf(BASE, { mark: 100, multiple: 1 })).toMatchObject({ code: "out-of-range" });
    const short = safeStopOf({ ...BASE, side: "short" }, { mark: 100, multiple: 1.3 });
    expect(taken(short)).toBeCloseTo(110 / 1.065, 9);
  });

  test("PRICE-009: a buffer moves a price towards the mark; the distance has the side's sign", () => {
    expect(taken(bufferedPrice("long", 90, 0.005))).toBeCloseTo(90.45, 12);
    expect(taken(bufferedPrice("short", 110, 0.005))).toBeCloseTo(109.45, 12);
    expect(taken(distanceTo("long", 100, 90))).toBeCloseTo(0.1, 12);
    expect(taken(distanceTo("short", 100, 90))).toBeCloseTo(-0.1, 12);
    expect(distanceTo("long", 0, 90)).toMatchObject({ code: "out-of-range" });
  });
});

describe("prices of a forced close, by account", () => {
  const INVERSE: InverseQuery = {
    side: "long",
    value: 10_000,
    entry: 50_000,
    balance: 0.02,
    maintenanceRate: 0.005,
  };

  test("PRICE-010: at the inverse price equity in coins equals maintenance in coins", () => {
    for (const side of ["long", "short"] as const) {
      const s = side === "long" ? 1 : -1;
      const p = taken(inverseLiquidationPrice({ ...INVERSE, side }));
      const equity = 0.02 + s * 10_000 * (1 / 50_000 - 1 / p);
      expect(equity).toBeCloseTo((10_000 * 0.005) / p, 12);
      expect(s * (50_000 - p)).toBeGreaterThan(0);
    }
    const covered = { ...INVERSE, side: "short" as const, balance: 0.3 };
    expect(inverseLiquidationPrice(covered)).toMatchObject({ code: "never-liquidated" });
    const lost = { ...INVERSE, balance: -1 };
    expect(inverseLiquidationPrice(lost)).toMatchObject({ code: "already-liquidated" });
  });

  test("PRICE-011: closing at the bankruptcy quote leaves a share of equity per share of margin", () => {
    // A long worth 50, the account's equity 5 and maintenance 5, all of it closed: gives up 45.
    const whole = {
      netCollateral: 5n,
      maintenance: 5n,
      notionalChange: -50n,
      maintenanceChange: -5n,
    };
    expect(taken(bankruptcyQuote(whole))).toBe(45n);
    // A short is closed by paying; the remainder is rounded against the account: -(-50) comes back.
    const short = { ...whole, notionalChange: 50n };
    expect(taken(bankruptcyQuote(short))).toBe(-55n);
    const uneven = { ...whole, netCollateral: 10n, maintenance: 3n, maintenanceChange: -1n };
    expect(taken(bankruptcyQuote(uneven))).toBe(47n);
    const negativeEquity = { ...uneven, netCollateral: -10n };
    expect(taken(bankruptcyQuote(negativeEquity))).toBe(54n);
    expect(bankruptcyQuote({ ...whole, maintenance: 0n })).toMatchObject({ code: "out-of-range" });
    expect(bankruptcyQuote({ ...whole, maintenanceChange: 1n })).toMatchObject({ ok: false });
  });

  test("PRICE-012: the fillable price is the oracle's until maintenance is missed, then worse", () => {
    const q = {
      netCollateral: 5,
      maintenance: 5,
      notional: 50,
      positionMaintenance: 5,
      size: 1,
      bankruptcyAdjustment: 1,
      spreadToMaintenance: 0.1,
    };
    expect(taken(fillablePrice(q))).toBe(50);
    expect(taken(fillablePrice({ ...q, netCollateral: 2.5 }))).toBeCloseTo(49.75, 12);
    expect(taken(fillablePrice({ ...q, netCollateral: -100 }))).toBeCloseTo(49.5, 12);
    const short = { ...q, size: -1, notional: -50, netCollateral: 2.5 };
    expect(taken(fillablePrice(short))).toBeCloseTo(50.25, 12);
    expect(fillablePrice({ ...q, size: -1 })).toMatchObject({ code: "out-of-range" });
    expect(fillablePrice({ ...q, maintenance: 0 })).toMatchObject({ code: "out-of-range" });
  });
});
