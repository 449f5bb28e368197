/**
 * Deleveraging over a hundred thousand random books: what the papers list as properties of the rules.
 */
import { describe, expect, test } from "vitest";
import { burden, cappedProRata, minMax, proRata, queue } from "../../src/liquidation/adl.ts";
import { contractsProRata } from "../../src/liquidation/adl-lots.ts";
import { at, sum, value } from "./adl-words.ts";
import { dice } from "./fleets.ts";

describe("over random books", () => {
  const books = 100_000;
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

  test(`ADL-015: over ${books} books no other cut of the budget hurts less: none is evener, none convexer`, () => {
    for (let seed = 1; seed <= books; seed++) {
      const { equity, caps, budget } = book(seed);
      const wanted = Math.min(budget, sum(caps));
      // The disutility of the paper with phi(h) = h squared: sum of equity times haircut squared.
      const pain = (cuts: readonly number[]): number =>
        sum(cuts.map((cut, i) => (cut * cut) / at(equity, i)));
      const ours = value(cappedProRata(wanted, equity, caps));
      const d = dice(seed + 7);
      const other = value(
        queue(
          wanted,
          caps,
          caps.map(() => d.normal()),
        ),
      );
      const mixed = ours.map((cut, i) => cut + 0.3 * (at(other, i) - cut));
      for (const rival of [other, mixed]) {
        if (pain(ours) > pain(rival) * (1 + 1e-9) + 1e-12) expect(pain(ours)).toBe(pain(rival));
      }
      // Proposition 9 of 2602.15182: the least largest burden is budget over capacity, exactly.
      const even = burden(value(minMax(wanted, caps)), caps);
      const least = wanted / sum(caps);
      if (Math.abs(even - least) > 1e-9 * least) expect(even).toBe(least);
      const queued = burden(other, caps);
      if (queued < even * (1 - 1e-9)) expect(queued).toBe(even);
      // A queue that leaves something and takes something of more than one is strictly worse.
      const strict = caps.length > 1 && wanted < sum(caps) * (1 - 1e-6) && wanted > 0;
      if (strict && queued <= even * (1 + 1e-12)) expect(queued).toBeGreaterThan(even);
    }
    expect(books).toBe(100_000);
  });

  test(`ADL-016: over ${books} books a little more budget changes no cut by more, a queue may jump by all of it`, () => {
    let jumps = 0;
    for (let seed = 1; seed <= books; seed++) {
      const { equity, caps, budget } = book(seed);
      const wanted = Math.min(budget, sum(caps));
      const more = wanted * 1.001;
      const [ours, then] = [wanted, more].map((b) => value(cappedProRata(b, equity, caps)));
      if (ours === undefined || then === undefined) throw new Error("two answers");
      const grown = ours.map((cut, i) => at(then, i) - cut);
      const bad = grown.some((by) => by < -1e-9 * wanted || by > more - wanted + 1e-9 * wanted);
      if (bad) expect(grown).toBe(ours);
      // Proposition 8: two of equal caps change places for a hair of a score.
      const [first] = caps;
      if (first === undefined || wanted === 0) continue;
      const part = Math.min(wanted, first);
      const [a, b] = [
        value(queue(part, [first, first], [1, 1 + 1e-12])),
        value(queue(part, [first, first], [1 + 1e-12, 1])),
      ];
      const jump = sum(a.map((cut, i) => Math.abs(cut - at(b, i))));
      if (Math.abs(jump - 2 * part) > 1e-9 * part) expect(jump).toBe(2 * part);
      jumps += 1;
    }
    expect(jumps).toBeGreaterThan(books * 0.99);
  });
});
