/** Netting and crossing at their edges, worked by hand. */
import { describe, expect, test } from "vitest";
import { cross } from "../../src/liquidation/crossing.ts";
import { cheapestFlow } from "../../src/liquidation/min-cost-flow.ts";
import {
  netBilaterally,
  netMultilaterally,
  netPositions,
  type Obligation,
  settle,
} from "../../src/liquidation/netting.ts";
import { value } from "./adl-words.ts";
import { dice } from "./fleets.ts";

const owes = (debtor: string, creditor: string, amount: bigint): Obligation => ({
  debtor,
  creditor,
  amount,
});

describe("netting", () => {
  test("NET-022: what is told of a day: nets by name, sums, and what is left in order", () => {
    const day = [
      owes("c", "a", 5n),
      owes("b", "a", 3n),
      owes("a", "b", 4n),
      owes("b", "a", 2n),
      owes("a", "c", 0n),
      owes("d", "b", 1n),
    ];
    const nets = [
      ["a", 6n],
      ["b", 0n],
      ["c", -5n],
      ["d", -1n],
    ];
    expect([...netPositions(day)]).toEqual(nets);
    const pairs = value(netBilaterally(day));
    expect([...pairs.net]).toEqual(nets);
    expect(pairs).toMatchObject({ gross: 15n, cleared: 8n, remaining: 7n });
    expect(pairs.obligations).toEqual([owes("b", "a", 1n), owes("c", "a", 5n), owes("d", "b", 1n)]);
    const all = value(netMultilaterally(day));
    expect(all).toMatchObject({ gross: 15n, cleared: 8n, remaining: 7n });
    expect(all.obligations).toEqual(pairs.obligations);
    const even = value(netBilaterally([owes("b", "a", 3n), owes("a", "b", 3n)]));
    expect(even).toMatchObject({ obligations: [], cleared: 6n, remaining: 0n });
    const more = [owes("a", "c", 2n), owes("a", "b", 1n), owes("b", "c", 1n), owes("a", "b", 1n)];
    expect(value(netBilaterally(more)).obligations).toEqual([
      owes("a", "b", 2n),
      owes("a", "c", 2n),
      owes("b", "c", 1n),
    ]);
    for (const net of [netBilaterally, netMultilaterally]) {
      expect(net([owes("a", "b", -1n)])).toMatchObject({
        reason: "a owes b -1: an amount is not negative",
      });
      expect(net([owes("a", "a", 0n)])).toMatchObject({ reason: "a owes itself" });
      expect(value(net([owes("a", "b", 0n)]))).toMatchObject({ gross: 0n, obligations: [] });
    }
  });

  test("NET-023: of two rings the one that clears more, and the longer way round where it must", () => {
    // a>b>c>a and a>b>d>a share a link of 6.
    const rings = [
      owes("a", "b", 6n),
      owes("b", "c", 4n),
      owes("c", "a", 4n),
      owes("b", "d", 5n),
      owes("d", "a", 5n),
    ];
    const found = value(netMultilaterally(rings));
    expect(found.cleared).toBe(18n);
    // Supply 3 at 0 to 3: a short way of capacity 2, a long one of two; the rest goes round.
    const edges = [
      [0, 1, 2n],
      [1, 3, 9n],
      [0, 2, 2n],
      [2, 1, 2n],
    ].map(([from, to, capacity]) => ({
      from: Number(from),
      to: Number(to),
      capacity: BigInt(capacity ?? 0),
    }));
    expect(cheapestFlow([3n, 0n, 0n, -3n], edges)).toEqual([2n, 3n, 1n, 1n]);
    expect(cheapestFlow([9n, 0n, 0n, -9n], edges)).toEqual([2n, 4n, 2n, 2n]);
    expect(cheapestFlow([0n, 0n], [{ from: 0, to: 1, capacity: 5n }])).toEqual([0n]);
    // The first path of two takes the link that the second one needs, and gives it back.
    const back = [
      [0, 1],
      [1, 3],
      [0, 2],
      [2, 3],
      [1, 2],
    ].map(([from, to]) => ({ from: from ?? 0, to: to ?? 0, capacity: 1n }));
    expect(cheapestFlow([2n, 0n, 0n, -2n], back)).toEqual([1n, 1n, 1n, 1n, 0n]);
    const detour = [
      [0, 1],
      [1, 2],
      [2, 5],
      [0, 3],
      [3, 2],
      [1, 4],
      [4, 5],
    ].map(([from, to]) => ({ from: from ?? 0, to: to ?? 0, capacity: 1n }));
    expect(cheapestFlow([2n, 0n, 0n, 0n, 0n, -2n], detour)).toEqual([1n, 0n, 1n, 1n, 1n, 1n, 1n]);
  });

  test("NET-032: no settlement has fewer transfers than parties less groups, found by trying all splits", () => {
    /** Most groups that sum to zero: the first party with each set of the others that evens it out. */
    const mostGroups = (left: readonly number[]): number => {
      if (left.length === 0) return 0;
      const [first = 0, ...rest] = left;
      let most = 0;
      for (let set = 0; set < 1 << rest.length; set++) {
        const within = rest.filter((_, i) => (set & (1 << i)) !== 0);
        if (first + within.reduce((a, b) => a + b, 0) !== 0) continue;
        const others = rest.filter((_, i) => (set & (1 << i)) === 0);
        most = Math.max(most, 1 + mostGroups(others));
      }
      return most;
    };
    for (let seed = 1; seed <= 60; seed++) {
      const d = dice(seed);
      const left = Array.from({ length: 2 + (seed % 6) }, () => d.whole(-5, 5)).filter((x) => x);
      const sum = left.reduce((a, b) => a + b, 0);
      if (sum !== 0) left.push(-sum);
      const net = new Map(left.map((x, i) => [`p${i}`, BigInt(x)]));
      const { transfers, fewest } = value(settle(net));
      expect(fewest).toBe(true);
      // Whoever comes first in the map: a replay must find the same.
      const turned = new Map([...net].reverse());
      expect(value(settle(turned)).transfers).toEqual(transfers);
      expect([left, transfers.length]).toEqual([left, left.length - mostGroups(left)]);
      const after = new Map(net);
      for (const { debtor, creditor, amount } of transfers) {
        after.set(debtor, (after.get(debtor) ?? 0n) + amount);
        after.set(creditor, (after.get(creditor) ?? 0n) - amount);
      }
      expect([...after.values()].every((x) => x === 0n)).toBe(true);
    }
  });

  test("NET-024: settlements: who pays whom, groups that even out, and pairs among many", () => {
    const paid = (...nets: bigint[]) => {
      const found = value(
        settle(new Map(nets.map((net, i) => [String.fromCharCode(97 + i), net]))),
      );
      return [
        found.transfers.map((t) => `${t.debtor}>${t.creditor} ${t.amount}`).join(", "),
        found.moved,
        found.fewest,
      ];
    };
    expect(paid(-5n, 3n, 2n)).toEqual(["a>b 3, a>c 2", 5n, true]);
    expect(paid(-5n, -1n, 3n, 3n)).toEqual(["a>c 3, a>d 2, b>d 1", 6n, true]);
    expect(paid(5n, -5n, 3n, -3n)).toEqual(["b>a 5, d>c 3", 8n, true]);
    expect(paid(4n, 3n, -3n, -1n, -3n)).toEqual(["c>a 3, d>a 1, e>b 3", 7n, true]);
    // The largest to the largest would take four.
    expect(paid(6n, -3n, -3n, 5n, -5n)).toEqual(["b>a 3, c>a 3, e>d 5", 11n, true]);
    expect(paid(-4n, 7n, -5n, 5n, -3n)).toEqual(["a>b 4, c>d 5, e>b 3", 12n, true]);
    expect(paid(0n, 0n)).toEqual(["", 0n, true]);
    const many = Array.from({ length: 7 }, (_, i) => [BigInt(i + 1), BigInt(-i - 1)]).flat();
    expect(paid(...many)[2]).toBe(true);
    const [transfers, moved, fewest] = paid(...many, 100n, -60n, -40n);
    expect([moved, fewest]).toEqual([128n, false]);
    expect(transfers).toBe("b>a 1, d>c 2, f>e 3, h>g 4, j>i 5, l>k 6, n>m 7, p>o 60, q>o 40");
    expect(
      settle(
        new Map([
          ["a", 1n],
          ["b", -2n],
        ]),
      ).ok,
    ).toBe(false);
    // Two creditors of one size: the later name is matched first, and each only once.
    const twice = paid(...many, 9n, 9n, -9n, -4n, -5n);
    expect(String(twice[0]).split(", ").slice(7)).toEqual(["q>p 9", "r>o 4", "s>o 5"]);
  });

  test("NET-025: crosses go in the order of the names, other agents first", () => {
    const closing = (id: string, agent: string, qty: bigint, market = "m") => ({
      id,
      agent,
      market,
      qty,
    });
    const found = cross([
      closing("d", "z", -3n),
      closing("b", "y", 4n),
      closing("a", "x", 2n),
      closing("c", "x", -5n),
      closing("e", "x", 0n),
      closing("g", "x", -1n, "k"),
      closing("f", "x", 1n, "k"),
    ]);
    expect(found.crosses).toEqual([
      { market: "k", long: "f", short: "g", qty: 1n },
      { market: "m", long: "a", short: "d", qty: 2n },
      { market: "m", long: "b", short: "c", qty: 4n },
    ]);
    expect(found.rest).toEqual([closing("c", "x", -1n), closing("d", "z", -1n)]);
    expect(cross([closing("a", "x", 2n), closing("b", "x", 3n)])).toEqual({
      crosses: [],
      rest: [closing("a", "x", 2n), closing("b", "x", 3n)],
    });
    // The first long has nothing left for the second short.
    const one = cross([closing("a", "x", 1n), closing("b", "y", -1n), closing("c", "z", -1n)]);
    expect(one).toEqual({
      crosses: [{ market: "m", long: "a", short: "b", qty: 1n }],
      rest: [closing("c", "z", -1n)],
    });
  });
});
