/** The cost of one market: its parts by hand, its slopes and its best order against a fine grid. */
import { describe, expect, test } from "vitest";
import {
  impactConjugate,
  impactCost,
  impactFromDepth,
  impactParts,
  impactSlope,
  isConvex,
  type MarketImpact,
} from "../../src/liquidation/impact.ts";
import { dice } from "./fleets.ts";

const hand: MarketImpact = { temporary: 0.003, permanent: 0.004, halfSpread: 0.1, fee: 0.2 };

/** Convex markets for an even seed, any for an odd one. */
function market(seed: number): MarketImpact {
  const d = dice(seed);
  const temporary = d.between(0.001, 0.01);
  const most = seed % 2 === 0 ? 2 * temporary : 8 * temporary;
  const permanent = d.between(seed % 2 === 0 ? 0 : 2 * temporary, most);
  return { temporary, permanent, halfSpread: d.between(0, 0.2), fee: d.between(0, 0.2) };
}

describe("by hand", () => {
  test("IMPACT-001: ten of a hundred sold cost 0.3 + 0.2 and 3 of rates, and 3.6 of what stays", () => {
    const parts = impactParts(hand, 10, 100);
    expect(parts.temporary).toBeCloseTo(0.3 + 1, 12);
    expect(parts.permanent).toBeCloseTo(0.2, 12);
    expect(parts.rest).toBeCloseTo(0.004 * 10 * 90, 12);
    expect(parts.fees).toBeCloseTo(2, 12);
    expect(impactCost(hand, 10, 100)).toBeCloseTo(7.1, 12);
    // A short that is bought back loses the same way; a gain on the rest is not planned with.
    expect(impactCost(hand, -10, -100)).toBeCloseTo(7.1, 12);
    expect(impactCost(hand, -10, 100)).toBeCloseTo(3.5, 12);
    expect(impactParts(hand, -10, 100)).toEqual({ ...impactParts(hand, 10, 0), rest: 0 });
    expect(impactParts(hand, 0, 100)).toEqual({ temporary: 0, permanent: 0, rest: 0, fees: 0 });
  });

  test("IMPACT-002: the order that a slope calls for, piece by piece of a market held long", () => {
    // Slope of the cost: 0.01 net - 0.3 below 0; from 0 on 0.7 + 0.002 net up to 100; then 0.01 net + 0.3.
    const at = (slope: number, held = 100) => impactConjugate(hand, held, slope, -1e4, 1e4);
    expect([-0.4, -0.3, 0, 0.7].map((slope) => at(slope))).toEqual(
      [-0.1 / 0.01, 0, 0, 0].map((x) => expect.closeTo(x, 9)),
    );
    expect(at(0.8)).toBeCloseTo(50, 9);
    expect([0.9, 1.1, 1.3].map((slope) => at(slope))).toEqual(
      [100, 100, 100].map((x) => expect.closeTo(x, 9)),
    );
    expect(at(1.4)).toBeCloseTo(110, 9);
    expect(at(-0.8, -100)).toBeCloseTo(-50, 9);
    expect(at(0.4, -100)).toBeCloseTo(10, 9);
    expect(impactConjugate(hand, 100, 1.4, -5, 20)).toBe(20);
    expect(impactConjugate(hand, 100, -9, -5, 20)).toBe(-5);
  });

  test("IMPACT-003: the slope at an order, and at a break the one that is asked for", () => {
    const at = (net: number, below: number, above: number, held = 100) =>
      impactSlope(hand, held, net, below, above);
    expect(at(-10, -9, 9)).toBeCloseTo(-0.4, 12);
    expect(at(50, -9, 9)).toBeCloseTo(0.8, 12);
    expect(at(110, -9, 9)).toBeCloseTo(1.4, 12);
    // At nothing every slope from -0.3 to 0.7 will do, at all that is held from 0.9 to 1.3.
    expect(at(0, -9, 9)).toBeCloseTo(-0.3, 12);
    expect([at(0, 0.2, 9), at(0, 0.8, 9), at(0, -9, -0.5)]).toEqual([0.2, 0.8, -0.5]);
    expect(at(0, -0.1, 0.4)).toBe(-0.1);
    expect(at(100, -9, 9)).toBeCloseTo(0.9, 12);
    expect([at(100, 1.1, 9), at(100, 1.5, 9), at(100, 0, 0.5)]).toEqual([1.1, 1.5, 0.5]);
    expect([at(50, 1, 2), at(50, 0, 0.5)]).toEqual([1, 0.5]);
    // A short is the same seen in a mirror.
    expect(at(-50, -9, 9, -100)).toBeCloseTo(-0.8, 12);
    expect([at(0, -0.2, 9, -100), at(-100, -1.2, -1, -100)]).toEqual(
      [0.3, -1].map((x) => expect.closeTo(x, 12)),
    );
    expect([at(-50, -0.5, 1, -100), at(-50, -2, -1, -100)]).toEqual([-0.5, -1]);
    expect(at(10, -9, 9, 0)).toBeCloseTo(0.4, 12);
    expect(at(-10, -9, 9, 0)).toBeCloseTo(-0.4, 12);
  });

  test("IMPACT-004: depth gives impact; each number without meaning has its own reason", () => {
    const good = { depth: 2e6, move: 0.01, permanentShare: 0.2, halfSpread: 0.001, fee: 0.002 };
    expect(impactFromDepth(good)).toEqual({
      ok: true,
      value: { temporary: 4e-9, permanent: 1e-9, halfSpread: 0.001, fee: 0.002 },
    });
    const { halfSpread, fee, ...bare } = good;
    expect(halfSpread + fee).toBeGreaterThan(0);
    expect(impactFromDepth(bare)).toMatchObject({ value: { halfSpread: 0, fee: 0 } });
    const code = (over: Partial<typeof good>) => impactFromDepth({ ...good, ...over });
    for (const name of ["depth", "move", "permanentShare", "halfSpread", "fee"])
      expect(code({ [name]: Number.POSITIVE_INFINITY })).toMatchObject({ code: "not-finite" });
    for (const name of ["depth", "move"])
      for (const bad of [0, -1])
        expect(code({ [name]: bad })).toMatchObject({ code: "not-positive" });
    for (const name of ["permanentShare", "halfSpread", "fee"])
      expect(code({ [name]: -1e-9 })).toMatchObject({ code: "out-of-range" });
    expect(code({ permanentShare: 1.001 })).toMatchObject({ code: "out-of-range" });
    for (const edge of [0, 1]) expect(code({ permanentShare: edge }).ok).toBe(true);
    expect(code({ halfSpread: 0, fee: 0 }).ok).toBe(true);
    expect(
      [1, 2, 2.0001].map((permanent) => isConvex({ ...hand, temporary: 1, permanent })),
    ).toEqual([true, true, false]);
  });
});

describe("against a grid", () => {
  test("IMPACT-005: no order in reach is better at a slope than the one that is found", () => {
    for (let seed = 1; seed <= 400; seed++) {
      const one = market(seed);
      const d = dice(seed + 9_000);
      const held = seed % 5 === 0 ? 0 : d.between(-100, 100);
      const low = -d.between(0, 200);
      const high = d.between(0, 200);
      const slope = d.between(-3, 3);
      const net = impactConjugate(one, held, slope, low, high);
      expect(net).toBeGreaterThanOrEqual(low);
      expect(net).toBeLessThanOrEqual(high);
      const worth = (x: number): number => impactCost(one, x, held) - slope * x;
      let least = Math.min(worth(low), worth(high), worth(0));
      for (let x = low; x <= high; x += (high - low) / 300) least = Math.min(least, worth(x));
      expect(worth(net)).toBeLessThanOrEqual(least + 1e-9);
    }
  });

  test("IMPACT-006: a slope calls for the order that it was asked for, wherever one in bounds does", () => {
    for (let seed = 2; seed <= 800; seed += 2) {
      const one = market(seed);
      const d = dice(seed + 5_000);
      const held = seed % 10 === 0 ? 0 : d.between(-100, 100);
      const net = [0, held, d.between(-200, 200)][seed % 3] ?? 0;
      const slope = impactSlope(one, held, net, -1e3, 1e3);
      const worth = (x: number): number => impactCost(one, x, held) - slope * x;
      for (const x of [net - 1, net - 1e-3, net + 1e-3, net + 1, 0, held])
        expect(worth(net)).toBeLessThanOrEqual(worth(x) + 1e-9);
      // Bounds that leave it out: the end that is nearest.
      expect(impactSlope(one, held, net, 1e3, 2e3)).toBe(1e3);
      expect(impactSlope(one, held, net, -2e3, -1e3)).toBe(-1e3);
    }
  });

  test("IMPACT-007: of two orders as good as each other the smaller is sent", () => {
    // Bends down between 0 and all that is held: at a slope of 3 both ends are worth nothing.
    const bent: MarketImpact = { temporary: 0.01, permanent: 0.04, halfSpread: 0, fee: 0 };
    // cost(100) = 300, cost(0) = 0.
    expect(impactConjugate(bent, 100, 3, 0, 100)).toBe(0);
    expect(impactConjugate(bent, 100, 3.001, 0, 100)).toBe(100);
    expect(impactConjugate(bent, 100, 3, -50, 100)).toBe(0);
    expect(impactConjugate(bent, -100, -3, -100, 0)).toBe(0);
    expect(impactConjugate(bent, -100, -3.001, -100, 0)).toBe(-100);
  });
});

describe("at the edges", () => {
  test("IMPACT-008: half a USDC held is held, and an order within it moves what stays", () => {
    // From nothing on the slope is 0.3 + 0.004 x 0.5 + 0.002 net up to a half, then 0.3 + 0.01 net.
    expect(impactConjugate(hand, 0.5, 0.3025, -9, 9)).toBeCloseTo(0.25, 9);
    expect(impactConjugate(hand, -0.5, -0.3025, -9, 9)).toBeCloseTo(-0.25, 9);
    expect(impactSlope(hand, 0.5, 0.25, -9, 9)).toBeCloseTo(0.3025, 12);
    expect(impactSlope(hand, 0.5, -0.25, -9, 9)).toBeCloseTo(-0.3025, 12);
    expect(impactSlope(hand, -0.5, -0.25, -9, 9)).toBeCloseTo(-0.3025, 12);
  });

  test("IMPACT-009: where the cost is a line, a slope that is just its rate calls for nothing", () => {
    const line: MarketImpact = { temporary: 0, permanent: 0, halfSpread: 0.1, fee: 0.2 };
    const at = (slope: number) => impactConjugate(line, 100, slope, -5, 5);
    expect([at(0.1 + 0.2), at(-(0.1 + 0.2))].map(Math.abs)).toEqual([0, 0]);
    expect([at(0.31), at(-0.31)]).toEqual([5, -5]);
    const shallow = { depth: 0.5, move: 0.5, permanentShare: 0 };
    expect(impactFromDepth(shallow)).toMatchObject({ value: { temporary: 1, permanent: 0 } });
  });
});
