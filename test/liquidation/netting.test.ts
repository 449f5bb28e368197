/** Netting and clearing: hand-solved networks, and what no netting may change. */
import { describe, expect, test } from "vitest";
import { clearingVector, defaultCascade } from "../../src/liquidation/clearing.ts";
import { cross } from "../../src/liquidation/crossing.ts";
import {
  netBilaterally,
  netMultilaterally,
  netPositions,
  type Obligation,
  settle,
} from "../../src/liquidation/netting.ts";
import type { Measured } from "../../src/risk/refusal.ts";
import { dice } from "./fleets.ts";
import { count } from "./large.ts";

function value<T>(answer: Measured<T>): T {
  if (!answer.ok) throw new Error(answer.reason);
  return answer.value;
}
const owes = (debtor: string, creditor: string, amount: number): Obligation => ({
  debtor,
  creditor,
  amount: BigInt(amount),
});
const total = (list: readonly Obligation[]): bigint => list.reduce((s, o) => s + o.amount, 0n);

function market(seed: number, parties: number, edges: number): Obligation[] {
  const d = dice(seed);
  return Array.from({ length: edges }, () => {
    const a = d.whole(0, parties - 1);
    const b = (a + d.whole(1, parties - 1)) % parties;
    return owes(`p${a}`, `p${b}`, d.whole(0, 100));
  });
}

describe("netting", () => {
  test("NET-001: a ring clears by its smallest link, and a chain not at all", () => {
    const ring = [owes("a", "b", 10), owes("b", "c", 7), owes("c", "a", 5)];
    const found = value(netMultilaterally(ring));
    expect(found.cleared).toBe(15n);
    expect(found.obligations).toEqual([owes("a", "b", 5), owes("b", "c", 2)]);
    expect(value(netMultilaterally(ring.slice(0, 2))).cleared).toBe(0n);
    expect(value(netBilaterally([owes("a", "b", 100), owes("b", "a", 80)])).obligations).toEqual([
      owes("a", "b", 20),
    ]);
  });

  test("NET-002: always the same nets, no new obligation, and at least what pairs clear", () => {
    for (let seed = 1; seed <= count(150, 3000); seed++) {
      const before = market(seed, 3 + (seed % 8), 4 + (seed % 30));
      const found = value(netMultilaterally(before));
      const pairs = value(netBilaterally(before));
      const nets = netPositions(before);
      for (const netted of [found, pairs]) {
        const after = netPositions(netted.obligations);
        for (const [name, net] of nets) expect(after.get(name) ?? 0n).toBe(net);
        expect(netted.cleared + netted.remaining).toBe(total(before));
      }
      for (const left of found.obligations) {
        const owed = before
          .filter((o) => o.debtor === left.debtor && o.creditor === left.creditor)
          .reduce((s, o) => s + o.amount, 0n);
        expect(left.amount).toBeLessThanOrEqual(owed);
      }
      expect(found.cleared).toBeGreaterThanOrEqual(pairs.cleared);
      // Nothing is left that could circulate: what remains nets to itself.
      expect(value(netMultilaterally(found.obligations)).cleared).toBe(0n);
    }
  });

  test("NET-003: a settlement moves the positive nets and no more, in fewer transfers than parties", () => {
    for (let seed = 1; seed <= count(80, 2000); seed++) {
      const nets = netPositions(market(seed, 3 + (seed % 16), 20));
      const found = value(settle(nets));
      const paid = netPositions(found.transfers);
      const open = [...nets.values()].filter((x) => x !== 0n).length;
      for (const [name, net] of nets) expect(paid.get(name) ?? 0n).toBe(net);
      expect(total(found.transfers)).toBe(found.moved);
      expect(found.transfers.length).toBeLessThanOrEqual(Math.max(0, open - 1));
      expect(found.fewest).toBe(open <= 14);
    }
  });

  test("NET-004: groups that even out among themselves save a transfer each", () => {
    const nets = new Map([
      ["a", 5n],
      ["b", -2n],
      ["c", -3n],
      ["d", 7n],
      ["e", -7n],
      ["f", 0n],
    ]);
    const found = value(settle(nets));
    expect(found.transfers).toEqual([owes("b", "a", 2), owes("c", "a", 3), owes("e", "d", 7)]);
    expect(found.fewest).toBe(true);
    const many = new Map(Array.from({ length: 20 }, (_, i) => [`p${i}`, i % 2 === 0 ? 5n : -5n]));
    expect(value(settle(many)).transfers.length).toBe(10);
  });

  test("NET-005: negative amounts, debts to oneself and nets that do not sum to zero are refused", () => {
    expect(netBilaterally([owes("a", "b", -1)]).ok).toBe(false);
    expect(netMultilaterally([owes("a", "a", 1)]).ok).toBe(false);
    expect(settle(new Map([["a", 1n]])).ok).toBe(false);
    expect(value(netMultilaterally([])).gross).toBe(0n);
  });

  test("NET-006: twenty payments of ten obligations each way become one", () => {
    const day = Array.from({ length: 20 }, (_, i) =>
      i % 2 === 0 ? owes("a", "b", 10 + i) : owes("b", "a", 10),
    );
    expect(value(netBilaterally(day)).obligations).toEqual([owes("a", "b", 90)]);
  });
});

describe("crossing", () => {
  const closing = (id: string, agent: string, qty: number, where = "btc") => ({
    id,
    agent,
    market: where,
    qty: BigInt(qty),
  });

  test("NET-007: longs and shorts of different agents cross first, and one side is left", () => {
    const found = cross([closing("a", "x", 10), closing("b", "x", -4), closing("c", "y", -8)]);
    expect(found.crosses).toEqual([
      { market: "btc", long: "a", short: "c", qty: 8n },
      { market: "btc", long: "a", short: "b", qty: 2n },
    ]);
    expect(found.rest).toEqual([closing("b", "x", -2)]);
    expect(cross([closing("a", "x", 5), closing("c", "y", -5, "eth")]).crosses).toEqual([]);
  });

  test("NET-008: always as much as the smaller side of each market, and nothing is lost", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const d = dice(seed);
      const list = Array.from({ length: d.whole(1, 12) }, (_, i) =>
        closing(`p${i}`, `a${d.whole(0, 2)}`, d.whole(-9, 9), `m${d.whole(0, 2)}`),
      );
      const found = cross(list);
      for (const m of ["m0", "m1", "m2"]) {
        const own = list.filter((c) => c.market === m);
        const longs = own.reduce((s, c) => (c.qty > 0n ? s + c.qty : s), 0n);
        const net = own.reduce((s, c) => s + c.qty, 0n);
        const crossed = found.crosses.filter((c) => c.market === m).reduce((s, c) => s + c.qty, 0n);
        const rest = found.rest.filter((c) => c.market === m);
        expect(rest.reduce((s, c) => s + c.qty, 0n)).toBe(net);
        expect(crossed).toBe(net > 0n ? longs - net : longs);
        expect(new Set(rest.map((c) => c.qty > 0n)).size).toBeLessThanOrEqual(1);
      }
    }
  });
});

describe("clearing", () => {
  const two = {
    liabilities: [
      [0, 100],
      [50, 0],
    ],
    externalAssets: [20, 10],
  };

  test("NET-009: two parties by hand: the first pays what it has and gets", () => {
    // p1 = min(100, 20 + p2), p2 = min(50, 10 + p1) = 50 => p1 = 70.
    const found = value(clearingVector(two));
    expect(found.payments).toEqual([70, 50]);
    expect(found.defaults).toEqual([1, 0]);
    expect(found.equities[0]).toBeCloseTo(-30, 12);
  });

  test("NET-010: default costs lower what a party in default pays", () => {
    // p1 = 0.5 x 20 + 0.8 x 50 = 50, p2 = min(50, 10 + 50) = 50.
    const found = value(clearingVector({ ...two, alpha: 0.5, beta: 0.8 }));
    expect(found.payments[0]).toBeCloseTo(50, 12);
    expect(found.payments[1]).toBeCloseTo(50, 12);
  });

  test("NET-011: external creditors share alike, or come first where they are senior", () => {
    const input = {
      liabilities: [
        [0, 50],
        [0, 0],
      ],
      externalAssets: [60, 0],
      externalLiabilities: [50, 40],
    };
    expect(value(clearingVector(input)).payments).toEqual([60, 30]);
    const senior = value(clearingVector({ ...input, externalRank: "senior" }));
    expect(senior.payments[0]).toBeCloseTo(60, 9);
    expect(senior.payments[1]).toBeCloseTo(10, 9);
  });

  test("NET-012: always a fixed point, at most what is owed, and no larger one from above", () => {
    for (let seed = 1; seed <= count(300, 5000); seed++) {
      const d = dice(seed);
      const n = d.whole(2, 8);
      const liabilities = Array.from({ length: n }, (_, i) =>
        Array.from({ length: n }, (__, j) => (i === j || d.unit() < 0.4 ? 0 : d.between(0, 50))),
      );
      const externalAssets = liabilities.map(() => d.between(0, 60));
      const externalLiabilities = liabilities.map(() => (d.unit() < 0.3 ? 0 : d.between(0, 40)));
      const costs = seed % 2 === 0 ? { alpha: 1, beta: 1 } : { alpha: d.unit(), beta: d.unit() };
      const found = value(
        clearingVector({ liabilities, externalAssets, externalLiabilities, ...costs }),
      );
      const owed = liabilities.map((row, i) =>
        row.reduce((a, b) => a + b, externalLiabilities[i] ?? 0),
      );
      // Plain iteration from full payment, written apart from the solver.
      let p = [...owed];
      for (let round = 0; round < 4000; round++) {
        p = owed.map((full, i) => {
          let from = 0;
          liabilities.forEach((row, j) => {
            const all = owed[j] ?? 0;
            if (all > 0) from += ((row[i] ?? 0) / all) * (p[j] ?? 0);
          });
          const has = (externalAssets[i] ?? 0) + from;
          if (has >= full - 1e-12) return full;
          return costs.alpha * (externalAssets[i] ?? 0) + costs.beta * from;
        });
      }
      found.payments.forEach((x, i) => {
        expect(Math.abs(x - (p[i] ?? 0))).toBeLessThan(1e-7);
      });
    }
  });

  test("NET-013: contagion at a fixed recovery goes round by round", () => {
    const input = {
      liabilities: [
        [0, 10, 0],
        [0, 0, 10],
        [0, 0, 0],
      ],
      externalAssets: [5, 2, 0],
    };
    expect(value(defaultCascade(input, 0))).toEqual({ defaults: [1, 1, 0], round: [0, 1, -1] });
    expect(value(defaultCascade(input, 0.9)).defaults).toEqual([1, 0, 0]);
    expect(defaultCascade(input, 2).ok).toBe(false);
  });

  test("NET-014: networks of odd shape or numbers are refused", () => {
    expect(clearingVector({ liabilities: [], externalAssets: [] }).ok).toBe(false);
    expect(clearingVector({ liabilities: [[0, 1]], externalAssets: [1] }).ok).toBe(false);
    expect(clearingVector({ liabilities: [[1]], externalAssets: [1] }).ok).toBe(false);
    expect(clearingVector({ liabilities: [[0]], externalAssets: [-1] }).ok).toBe(false);
    expect(clearingVector({ liabilities: [[0]], externalAssets: [Number.NaN] }).ok).toBe(false);
    expect(clearingVector({ ...two, alpha: 2 }).ok).toBe(false);
  });
});
