/**
 * Deleveraging and insurance: the worked examples of the papers, and properties over random books.
 */
import { describe, expect, test } from "vitest";
import {
  adlRound,
  burden,
  cappedProRata,
  minMax,
  proRata,
  queue,
  riskAwareShares,
} from "../../src/liquidation/adl.ts";
import {
  adlRank,
  adlScore,
  contractsProRata,
  lotsForHaircuts,
} from "../../src/liquidation/adl-lots.ts";
import {
  depositHaircut,
  impliedRatio,
  lossPerContract,
  reserveSize,
  waterfall,
} from "../../src/liquidation/insurance.ts";
import type { Measured } from "../../src/risk/refusal.ts";
import { dice } from "./fleets.ts";
import { count } from "./large.ts";

function value<T>(answer: Measured<T>): T {
  if (!answer.ok) throw new Error(answer.reason);
  return answer.value;
}
const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
const at = (list: readonly number[], i: number): number => list[i] ?? Number.NaN;

describe("worked examples", () => {
  const equities = [10, 5, 1, -3, -12];

  test("ADL-001: the queue wipes the second winner out and cuts the first to 7.5 (arXiv 2512.01112 v3)", () => {
    const order = [1, 0, 2, 4, 3];
    const first = value(adlRound({ equities, severity: 0.5, rule: { kind: "queue", order } }));
    expect(first.budget).toBe(7.5);
    expect(first.equities).toEqual([7.5, 0, 1, -3, -4.5]);
    expect(first.haircuts).toEqual([0.25, 1, 0, 0, 0]);
    // The paper prints 3.75 for the next round at severity 1/2; half of 3.75 leaves 5.625.
    const next = [7.5, 0, 1, -1.5, -2.25];
    const half = value(
      adlRound({ equities: next, severity: 0.5, rule: { kind: "queue", order: [0, 2] } }),
    );
    expect(half.equities[0]).toBe(5.625);
    const whole = value(
      adlRound({ equities: next, severity: 1, rule: { kind: "queue", order: [0, 2] } }),
    );
    expect(whole.equities).toEqual([3.75, 0, 1, 0, 0]);
  });

  test("ADL-002: pro rata scales all winners by 17/32", () => {
    const found = value(adlRound({ equities, severity: 0.5, rule: { kind: "pro-rata" } }));
    expect(found.equities.slice(0, 3)).toEqual([5.3125, 2.65625, 0.53125]);
    expect(found.haircuts.slice(0, 3)).toEqual([15 / 32, 15 / 32, 15 / 32]);
    expect(found.equities.slice(3)).toEqual([-3, -4.5]);
  });

  test("ADL-003: the even burden is budget over capacity, and any queue's is strictly worse (2602.15182, 9)", () => {
    const capacity = [40, 30, 20, 10];
    const cuts = value(minMax(25, capacity));
    expect(burden(cuts, capacity)).toBe(0.25);
    expect(burden(value(queue(25, capacity, [1, 2, 3, 4])), capacity)).toBe(1);
  });

  test("ADL-004: a queue jumps by twice the budget for the smallest change of a score (2602.15182, 8)", () => {
    const before = value(queue(10, [20, 20], [1, 1 + 1e-12]));
    const after = value(queue(10, [20, 20], [1 + 1e-12, 1]));
    expect(sum(before.map((x, i) => Math.abs(x - at(after, i))))).toBe(20);
    const smooth = value(cappedProRata(10, [1, 1 + 1e-12], [20, 20]));
    const near = value(cappedProRata(10, [1 + 1e-12, 1], [20, 20]));
    expect(sum(smooth.map((x, i) => Math.abs(x - at(near, i))))).toBeLessThan(1e-10);
  });

  test("ADL-005: whole contracts go by largest remainder, ties to the later position unless told", () => {
    const round = {
      positions: [5, 5, 5, -9],
      required: 7,
      side: "long",
      rounding: "ceil",
      lossPerContract: 1,
    } as const;
    expect(value(contractsProRata(round)).closed).toEqual([2, 2, 3, 0]);
    expect(value(contractsProRata({ ...round, ties: "first" })).closed).toEqual([3, 2, 2, 0]);
    expect(value(contractsProRata({ ...round, side: "short" })).closed).toEqual([0, 0, 0, 7]);
    expect(value(contractsProRata({ ...round, side: "both", required: 24 })).closed).toEqual([
      5, 5, 5, 9,
    ]);
    const half = { ...round, required: 2.5 };
    expect(value(contractsProRata({ ...half, rounding: "round" })).required).toBe(2);
    expect(value(contractsProRata({ ...half, rounding: "floor" })).required).toBe(2);
    expect(value(contractsProRata({ ...half, rounding: "ceil" })).required).toBe(3);
    expect(value(contractsProRata({ ...round, lossPerContract: 0 })).contracts).toBe(0);
    expect(value(contractsProRata({ ...round, positions: [0.9, 0.4] })).contracts).toBe(0);
  });

  test("ADL-006: extra contracts come once each, or in rounds until the number is met", () => {
    const round = {
      positions: [1, 1, 9],
      weights: [10, 10, 1],
      required: 9,
      side: "long",
      rounding: "ceil",
      lossPerContract: 1,
    } as const;
    expect(value(contractsProRata(round)).contracts).toBe(3);
    expect(value(contractsProRata({ ...round, extra: "until-met" })).closed).toEqual([1, 1, 7]);
  });

  test("ADL-007: contracts near targets in USDC take the largest uncovered part first", () => {
    expect(value(lotsForHaircuts([10, 10], [4, 3], [9, 9]))).toEqual({
      closed: [3, 3],
      realized: 21,
      target: 20,
    });
    expect(value(lotsForHaircuts([10, 10], [4, 3], [1, 9])).closed).toEqual([1, 4]);
  });

  test("ADL-008: a score ranks by profit and leverage, and a rank is what would be taken before", () => {
    const long = { qty: 2, entry: 100, mark: 110, equity: 44 };
    expect(adlScore(long, "pnl-times-leverage")).toBeCloseTo(0.1 * 5, 12);
    expect(adlScore(long, "price-ratio-times-leverage")).toBeCloseTo(1.1 * 5, 12);
    expect(adlScore(long, "pnl")).toBe(20);
    expect(adlScore({ ...long, qty: -2 }, "pnl-times-leverage")).toBeCloseTo(-0.1 / 5, 12);
    const others = [
      { score: 9, size: 30 },
      { score: 1, size: 60 },
    ];
    expect(adlRank({ score: 5, size: 10 }, others)).toEqual({ ahead: 30, share: 0.3, lights: 4 });
    expect(adlRank({ score: 10, size: 10 }, others).lights).toBe(5);
    expect(adlRank({ score: 0, size: 10 }, others).lights).toBe(1);
  });
});

describe("over random books", () => {
  const books = count(3_000, 100_000);
  const book = (seed: number): { equity: number[]; caps: number[]; budget: number } => {
    const d = dice(seed);
    const equity = Array.from({ length: d.whole(1, 12) }, () => Math.exp(3 * d.normal()));
    const caps = equity.map((e) => e * d.between(0.1, 1));
    return { equity, caps, budget: sum(equity) * d.between(0, 1.2) };
  };

  test(`ADL-009: over ${books} books the budget is met as far as the caps hold, and no cap is broken`, () => {
    for (let seed = 1; seed <= books; seed++) {
      const { equity, caps, budget } = book(seed);
      const cuts = value(cappedProRata(budget, equity, caps));
      const target = Math.min(budget, sum(caps));
      if (Math.abs(sum(cuts) - target) > 1e-9 * target) expect(sum(cuts)).toBe(target);
      if (cuts.some((cut, i) => cut < 0 || cut > at(caps, i))) expect(cuts).toBe(caps);
      // One level for all that are not capped.
      const open = cuts.flatMap((cut, i) => (cut < at(caps, i) ? [cut / at(equity, i)] : []));
      const level = Math.max(...open, 0);
      if (open.some((x) => Math.abs(x - level) > 1e-9 * level)) expect(open).toBe(level);
      if (cuts.some((cut, i) => cut / at(equity, i) > level * (1 + 1e-9) && open.length > 0)) {
        expect(cuts).toBe(level);
      }
    }
    expect(books).toBeGreaterThan(0);
  });

  test(`ADL-010: over ${books} books pro rata keeps the order, scales, and no split of an account pays`, () => {
    let worse = 0;
    for (let seed = 1; seed <= books; seed++) {
      const { equity, budget } = book(seed);
      const wanted = Math.min(budget, 0.999 * sum(equity));
      const cuts = value(proRata(wanted, equity));
      const left = equity.map((e, i) => e - at(cuts, i));
      const order = equity.map((_, i) => i).sort((a, b) => at(equity, a) - at(equity, b));
      for (let k = 1; k < order.length; k++) {
        const [a, b] = [order[k - 1] ?? 0, order[k] ?? 0];
        if (at(left, a) > at(left, b) * (1 + 1e-9)) expect(at(left, a)).toBe(at(left, b));
      }
      const scaled = value(
        proRata(
          7 * wanted,
          equity.map((e) => 7 * e),
        ),
      );
      const off = scaled.some((cut, i) => Math.abs(cut - 7 * at(cuts, i)) > 1e-9 * cut);
      if (off) expect(scaled).toBe(cuts);
      const [first = 0, ...rest] = equity;
      const split = value(proRata(wanted, [first * 0.3, first * 0.7, ...rest]));
      const change = Math.abs(at(split, 0) + at(split, 1) - at(cuts, 0));
      if (change > 1e-9 * first) expect(change).toBe(0);
      // The queue by size is the worst of all for the top winner.
      const queued = value(queue(wanted, equity, equity));
      const top = order.at(-1) ?? 0;
      if (at(queued, top) < at(cuts, top) * (1 - 1e-12)) expect(queued).toBe(cuts);
      if (burden(queued, equity) > burden(cuts, equity) * (1 + 1e-12)) worse += 1;
    }
    expect(worse).toBeGreaterThan(books * 0.8);
  });

  test(`ADL-011: over ${books} books whole contracts stay within one of their share and their limits`, () => {
    for (let seed = 1; seed <= books; seed++) {
      const d = dice(seed);
      const positions = Array.from({ length: d.whole(1, 10) }, () => d.whole(-20, 40));
      const whole = sum(positions.map((q) => Math.max(0, q)));
      const required = d.whole(0, whole);
      const found = value(
        contractsProRata({
          positions,
          required,
          side: "long",
          rounding: "ceil",
          lossPerContract: 1,
        }),
      );
      const bad = found.closed.some((k, i) => {
        const most = Math.max(0, at(positions, i));
        const share = whole > 0 ? (required * most) / whole : 0;
        return k < 0 || k > most || Math.abs(k - share) >= 1 + 1e-9 || !Number.isInteger(k);
      });
      if (bad || found.contracts !== required) expect({ positions, found }).toBe(required);
    }
    expect(books).toBeGreaterThan(0);
  });

  test("ADL-012: risk-aware shares sum to one, and numbers without meaning are refused", () => {
    const shares = value(riskAwareShares([1, 2, 3], [1, 2, 0.5], { kind: "square" }));
    expect(sum(shares)).toBeCloseTo(1, 12);
    expect(value(riskAwareShares([1], [0.5], { kind: "cvar", threshold: 0.9 }))).toEqual([0]);
    expect(cappedProRata(-1, [1], [1]).ok).toBe(false);
    expect(cappedProRata(1, [1, 2], [1]).ok).toBe(false);
    expect(cappedProRata(1, [Number.NaN], [1]).ok).toBe(false);
    expect(queue(1, [1], [Number.NaN]).ok).toBe(false);
    expect(queue(1, [1], []).ok).toBe(false);
    expect(adlRound({ equities: [1], severity: 2, rule: { kind: "pro-rata" } }).ok).toBe(false);
    expect(adlRound({ equities: [Number.NaN], severity: 1, rule: { kind: "pro-rata" } }).ok).toBe(
      false,
    );
    expect(lotsForHaircuts([1], [1, 2], [1]).ok).toBe(false);
    expect(lotsForHaircuts([-1], [1], [1]).ok).toBe(false);
    const round = {
      positions: [1],
      required: 1,
      side: "long",
      rounding: "ceil",
      lossPerContract: 1,
    } as const;
    expect(contractsProRata({ ...round, required: Number.NaN }).ok).toBe(false);
    expect(contractsProRata({ ...round, weights: [1, 2] }).ok).toBe(false);
    expect(contractsProRata({ ...round, weights: [-1] }).ok).toBe(false);
  });
});

describe("insurance and reserves", () => {
  test("INS-001: a deficit is paid by the fund, then by winners, and what is left is said", () => {
    expect(value(waterfall(100, 30, 50))).toEqual({
      deficit: 100,
      insurance: 30,
      deleveraging: 50,
      uncovered: 20,
      fundAfter: 0,
    });
    expect(value(waterfall(10, 30, 50)).fundAfter).toBe(20);
    expect(waterfall(-1, 0, 0).ok).toBe(false);
  });

  test("INS-002: K* is the VaR at 1 - r/kappa and no other reserve among the losses is cheaper", () => {
    const losses = Array.from({ length: 100 }, (_, i) => i + 1);
    expect(value(reserveSize(losses, 1, 100)).reserve).toBe(99);
    expect(value(reserveSize(losses, 5, 100)).reserve).toBe(95);
    expect(value(reserveSize(losses, 0, 100)).reserve).toBe(100);
    expect(value(reserveSize(losses, 100, 100)).reserve).toBe(0);
    for (let seed = 1; seed <= 200; seed++) {
      const d = dice(seed);
      const sample = Array.from({ length: 40 }, () => Math.max(-5, 10 * d.normal()));
      const [rate, penalty] = [d.between(0.01, 1), 1];
      const found = value(reserveSize(sample, rate, penalty));
      const cost = (k: number): number =>
        rate * k + (penalty * sum(sample.map((x) => Math.max(0, x - k)))) / sample.length;
      expect(found.cost).toBeCloseTo(cost(found.reserve), 12);
      for (const k of [0, ...sample.filter((x) => x > 0)]) {
        expect(found.cost).toBeLessThanOrEqual(cost(k) + 1e-12);
      }
      const implied = value(impliedRatio(sample, found.reserve));
      expect(implied.low).toBeLessThanOrEqual(found.ratio);
      if (found.reserve > 0) expect(implied.high).toBeGreaterThanOrEqual(found.ratio);
    }
    expect(reserveSize([], 1, 2).ok).toBe(false);
    expect(reserveSize([1], -1, 2).ok).toBe(false);
    expect(impliedRatio([1], -1).ok).toBe(false);
  });

  test("INS-003: a socialised loss cuts the index up to a step, never more than all of it", () => {
    expect(depositHaircut(11_000_000n, 120_000_000n).steps).toBe(916_666_667n);
    expect(depositHaircut(0n, 1n).steps).toBe(0n);
    expect(depositHaircut(1n, 0n).steps).toBe(0n);
    expect(depositHaircut(5n, 1n)).toEqual({ steps: 10_000_000_000n, fraction: 1 });
    expect(value(lossPerContract(-100, 7, -4))).toBeCloseTo(100 / 11, 12);
    expect(lossPerContract(1, 0, 0).ok).toBe(false);
  });
});
