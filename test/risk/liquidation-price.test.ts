/** The liquidation price against the definition: equity there equals the requirement, to one unit. */
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { describe, expect, test } from "vitest";
import { abs, type Micro, max, micro, type Price, price, qty } from "../../src/core/money.ts";
import { ONE, percent, ppm } from "../../src/core/ppm.ts";
import {
  bankruptcyPrice,
  distanceToLiquidation,
  equityAt,
  type LiquidationQuery,
  liquidationPrice,
  requirementAt,
  safeStop,
} from "../../src/risk/liquidation-price.ts";
import type { MarginTier } from "../../src/risk/margin.ts";
import type { Measured } from "../../src/risk/refusal.ts";

const COUNT = Number(process.env["FLOTILLA_POSITIONS"] ?? 20_000);
const usd = (value: number): Micro => micro(BigInt(Math.round(value * 1e6)));
const at = (value: number): Price => price(BigInt(Math.round(value * 1e8)));
const coins = (value: number) => qty(BigInt(Math.round(value * 1e8)));
const must = <T>(answer: Measured<T>): T => {
  if (!answer.ok) throw new Error(`${answer.code}: ${answer.reason}`);
  return answer.value;
};

const flat = (initial: number, maintenance: number): readonly MarginTier[] => [
  { upTo: undefined, initial: percent(initial), maintenance: percent(maintenance) },
];
const TIERED: readonly MarginTier[] = [
  { upTo: usd(50_000), initial: percent(0.8), maintenance: percent(0.4) },
  { upTo: usd(600_000), initial: percent(1), maintenance: percent(0.5) },
  { upTo: usd(3_000_000), initial: percent(1.35), maintenance: percent(0.65) },
  { upTo: usd(12_000_000), initial: percent(2), maintenance: percent(1) },
  { upTo: undefined, initial: percent(20), maintenance: percent(10) },
];

/** A random position of 1e-6 to 1e4 coins at 1e-4 to 1e5 USDC with a leverage of 1 to 125. */
function positions(seed: number): () => LiquidationQuery {
  const chance = xoroshiro128plus(seed);
  const unit = (): number => (chance.next() >>> 0) / 2 ** 32;
  const between = (low: number, high: number): number => low * (high / low) ** unit();
  return () => {
    const size = coins(between(1e-6, 1e4));
    const entry = at(between(1e-4, 1e5));
    const leverage = between(1, 125);
    const worth = (abs(size) * entry) / 10n ** 10n;
    const collateral = micro((worth * 1_000_000n) / BigInt(Math.round(leverage * 1e6)));
    const tiers =
      unit() < 0.5 ? TIERED : flat(Math.ceil(20 * unit()), Math.ceil(10 * unit() * unit()) / 10);
    const surcharge =
      unit() < 0.5
        ? {}
        : {
            closeFee: ppm(Math.floor(unit() * 1_000)),
            projectedFunding: ppm(Math.floor(unit() * 3_000)),
            slippage: ppm(Math.floor(unit() * 20_000)),
          };
    return { size: unit() < 0.5 ? size : qty(-size), entry, collateral, tiers, surcharge };
  };
}

describe("liquidation price", () => {
  test(`LIQPRICE-001: at the price equity equals the requirement to one unit (${COUNT})`, () => {
    const next = positions(20_260_401);
    const seen = { long: 0, short: 0, never: 0, already: 0 };
    for (let i = 0; i < COUNT; i++) {
      const q = next();
      const answer = liquidationPrice(q);
      if (!answer.ok) {
        if (answer.code === "never-liquidated") seen.never++;
        else if (answer.code === "already-liquidated") seen.already++;
        else throw new Error(answer.reason);
        continue;
      }
      seen[q.size > 0n ? "long" : "short"]++;
      const gap = spare(q, answer.value);
      // One tick further, equity no longer exceeds the requirement.
      const further = spare(q, price(answer.value + (q.size > 0n ? -1n : 1n)));
      if (further > 0n) throw new Error(`${i}: one tick further there are ${further} to spare`);
      const unit = abs(q.size) <= coins(50) ? 1n : max(1n, gap - further);
      if (gap < -1n || gap > unit) throw new Error(`${i}: apart by ${gap}, a unit is ${unit}`);
    }
    expect(seen.long).toBeGreaterThan(COUNT / 3);
    expect(seen.short).toBeGreaterThan(COUNT / 3);
    expect(seen.never).toBeLessThan(COUNT / 10);
    expect(seen.already).toBeLessThan(COUNT / 100);
  });

  test("LIQPRICE-002: a long is bankrupt below its liquidation price, a short above", () => {
    const next = positions(7);
    let compared = 0;
    for (let i = 0; i < 2_000; i++) {
      const q = next();
      const liquidation = liquidationPrice(q);
      const bankruptcy = bankruptcyPrice(q);
      if (!liquidation.ok || !bankruptcy.ok) continue;
      compared++;
      if (q.size > 0n) expect(bankruptcy.value).toBeLessThanOrEqual(liquidation.value);
      else expect(bankruptcy.value).toBeGreaterThanOrEqual(liquidation.value);
    }
    expect(compared).toBeGreaterThan(1_500);
  });

  test("LIQPRICE-003: a safe stop is between the liquidation price and the mark, or refused", () => {
    const next = positions(11);
    const seen = { stopped: 0, refused: 0 };
    for (let i = 0; i < 5_000; i++) {
      const q = next();
      const options = { mark: q.entry, multiple: ppm(1_300_000), gap: ppm(1_000) };
      const stop = safeStop(q, options);
      if (!stop.ok) {
        seen.refused++;
        continue;
      }
      seen.stopped++;
      const liquidation = must(liquidationPrice(q));
      if (q.size > 0n) {
        expect(stop.value).toBeLessThan(q.entry);
        expect(stop.value).toBeGreaterThanOrEqual(liquidation);
      } else {
        expect(stop.value).toBeGreaterThan(q.entry);
        expect(stop.value).toBeLessThanOrEqual(liquidation);
      }
    }
    expect(seen.stopped).toBeGreaterThan(1_000);
    expect(seen.refused).toBeGreaterThan(100);
  });

  test("LIQPRICE-004: 10x with 5 % maintenance: 90,000/0.95 of 100,000 long, 110,000/1.05 short", () => {
    const tiers = flat(10, 5);
    const base = { entry: at(100_000), collateral: usd(1_000), tiers };
    expect(must(liquidationPrice({ ...base, size: coins(0.1) }))).toBe(9_473_684_210_527n);
    expect(must(liquidationPrice({ ...base, size: coins(-0.1) }))).toBe(10_476_190_476_190n);
    expect(must(bankruptcyPrice({ ...base, size: coins(0.1) }))).toBe(at(90_000));
    expect(must(bankruptcyPrice({ ...base, size: coins(-0.1) }))).toBe(at(110_000));
  });

  test("LIQPRICE-005: the price is solved in the bracket that holds at the price, not at entry", () => {
    const q = { size: coins(10), entry: at(61_000), collateral: usd(15_000), tiers: TIERED };
    const answer = must(liquidationPrice(q));
    expect(answer * 10n).toBeLessThan(at(600_000));
    // Maintenance is 0.005 n - 50, equity 15,000 + n - 610,000.
    expect(answer).toBe(price(divideUp(at(595_000 - 50), 995n * 10n, 1000n)));
  });

  test("LIQPRICE-006: what has no price says which way", () => {
    const base = { entry: at(100), tiers: flat(10, 5) };
    const code = (q: LiquidationQuery) => {
      const answer = liquidationPrice(q);
      return answer.ok ? "ok" : answer.code;
    };
    expect(code({ ...base, size: coins(1), collateral: usd(100) })).toBe("never-liquidated");
    expect(code({ ...base, size: coins(-1), collateral: usd(-100) })).toBe("already-liquidated");
    expect(code({ ...base, size: coins(0), collateral: usd(1) })).toBe("out-of-range");
    expect(code({ ...base, size: coins(1), entry: at(0), collateral: usd(1) })).toBe(
      "out-of-range",
    );
    expect(code({ ...base, size: coins(1), collateral: usd(1), tiers: [] })).toBe("empty");
    const absurd = { slippage: ONE };
    expect(code({ ...base, size: coins(1), collateral: usd(1), surcharge: absurd })).toBe(
      "out-of-range",
    );
    const negative = { closeFee: ppm(-1) };
    expect(code({ ...base, size: coins(1), collateral: usd(1), surcharge: negative })).toBe(
      "out-of-range",
    );
  });

  test("LIQPRICE-007: costs of closing bring the price nearer, and never move it away", () => {
    const base = { size: coins(1), entry: at(100), collateral: usd(10), tiers: flat(10, 5) };
    const surcharge = {
      closeFee: percent(0.05),
      projectedFunding: percent(0.15),
      slippage: percent(1),
    };
    const plain = must(liquidationPrice(base));
    const careful = must(liquidationPrice({ ...base, surcharge }));
    expect(plain).toBe(9_473_684_211n);
    // 90 / (1 - 0.05 - 0.012)
    expect(careful).toBe(9_594_882_730n);
    expect(must(liquidationPrice({ ...base, size: coins(-1), surcharge }))).toBe(10_357_815_442n);
  });

  test("LIQPRICE-008: the distance is positive while safe and negative past the price", () => {
    const q = { size: coins(1), entry: at(100), collateral: usd(10), tiers: flat(10, 5) };
    expect(must(distanceToLiquidation(q, at(100)))).toBe(52_631);
    expect(must(distanceToLiquidation(q, at(94)))).toBeLessThan(0);
    const short = { ...q, size: coins(-1) };
    expect(must(distanceToLiquidation(short, at(100)))).toBe(47_619);
    expect(distanceToLiquidation(q, at(0)).ok).toBe(false);
  });

  test("LIQPRICE-009: a stop that would fire at once is refused, as are absurd options", () => {
    const q = { size: coins(1), entry: at(100), collateral: usd(2), tiers: flat(2, 1) };
    const code = (mark: number, multiple: number, gap: number) => {
      const stop = safeStop(q, { mark: at(mark), multiple: ppm(multiple), gap: ppm(gap) });
      return stop.ok ? "ok" : stop.code;
    };
    expect(code(100, 1_300_000, 0)).toBe("ok");
    expect(code(100, 1_300_000, 10_000)).toBe("stop-beyond-mark");
    expect(code(99, 1_300_000, 0)).toBe("stop-beyond-mark");
    expect(code(100, 1_000_000, 0)).toBe("out-of-range");
    expect(code(100, 1_300_000, 1_000_000)).toBe("out-of-range");
    expect(code(100, 1_300_000, -1)).toBe("out-of-range");
    expect(code(0, 1_300_000, 0)).toBe("out-of-range");
  });
});

/** Equity beyond the requirement at a mark. */
const spare = (q: LiquidationQuery, mark: Price): bigint =>
  equityAt(q, mark) - requirementAt(q, mark);

/** value x scale / divisor, rounded up. */
const divideUp = (value: bigint, divisor: bigint, scale: bigint): bigint =>
  (value * scale + divisor - 1n) / divisor;
