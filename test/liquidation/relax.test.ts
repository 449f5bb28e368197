/** The bound of a plan: an identity for every choice, tight where markets are convex, never above the least. */
import { describe, expect, test } from "vitest";
import { freedBy } from "../../src/liquidation/book.ts";
import { choose, copyChoice, costOf, setLots } from "../../src/liquidation/choice.ts";
import { impactConjugate, impactCost } from "../../src/liquidation/impact.ts";
import { type Relaxed, relax } from "../../src/liquidation/relax.ts";
import { fillSide, leastOf, relaxTask, slopeFor } from "../../src/liquidation/relax-market.ts";
import { dice } from "./fleets.ts";
import { paced, type Question, question } from "./tasks.ts";

const worlds: readonly (readonly [string, (seed: number) => Question])[] = [
  ["longs and shorts", (seed) => question(seed)],
  ["a share of the cost", (seed) => question(seed, { costShare: 600_000 })],
  ["a pace", (seed) => paced(question(seed, { shorts: 0.2 }), 9)],
  ["many in one market", (seed) => question(seed, { positions: 20, markets: 1, lots: 40 })],
];
const bent = (seed: number): Question => question(seed, { permanent: 1, costShare: 400_000 });

const relaxed = ({ task, base }: Question): Relaxed => relax(task.book, base, task.open, task.need);

/** Cost and margin in USDC of fractional lots of the open tier, beside what is closed already. */
function fractional({ task, base }: Question, lots: (i: number) => number) {
  const { book } = task;
  const net = Array.from(base.net);
  let [cost, freed] = [base.linear, base.freed / 1e6];
  for (const i of task.open) {
    const m = book.market[i] ?? 0;
    net[m] = (net[m] ?? 0) + (book.sign[i] ?? 0) * (book.value[i] ?? 0) * lots(i);
    cost += (book.linear[i] ?? 0) * lots(i);
    freed += (book.margin[i] ?? 0) * lots(i);
  }
  book.markets.forEach((market, m) => {
    cost += impactCost(market, net[m] ?? 0, book.held[m] ?? 0);
  });
  return { cost, freed, counts: freed - book.share * cost, net };
}

describe("the dual", () => {
  test("RELAX-001: reduced costs, gaps and constant are the cost less the worth of what is over", () => {
    for (const ask of [...worlds.map(([, one]) => one), bent]) {
      for (let seed = 1; seed <= 12; seed++) {
        const one = ask(seed);
        const { task, base } = one;
        const found = relaxed(one);
        const { low, high } = relaxTask(task.book, base, task.open, task.need);
        const d = dice(seed + 31);
        const choice = copyChoice(base);
        let sum = found.constant;
        for (const i of task.open) {
          const lots = d.unit() * (task.book.span[i] ?? 0);
          choice.lots[i] = lots;
          sum += (found.reduced[i] ?? 0) * lots;
        }
        const { cost, counts, net } = fractional(one, (i) => choice.lots[i] ?? 0);
        task.book.markets.forEach((market, m) => {
          const open = task.open.some((i) => task.book.market[i] === m);
          if (!open) return;
          const slope = found.slopes[m] ?? 0;
          const least = leastOf(task.book, m, slope, low[m] ?? 0, high[m] ?? 0);
          const sent = net[m] ?? 0;
          sum += impactCost(market, sent, task.book.held[m] ?? 0) - slope * sent - least.value;
        });
        const worth = found.price * found.scale * (counts - task.need / 1e6);
        const size = 1 + Math.abs(cost) + Math.abs(worth);
        expect(Math.abs(sum * found.scale - cost + worth) / size).toBeLessThan(1e-11);
        expect(found.scale).toBeCloseTo(1 / (1 - found.price * task.book.share), 9);
      }
    }
  });

  test("RELAX-002: where markets are convex the bound is what the best fractional plan costs", () => {
    for (const [name, ask] of worlds) {
      let met = 0;
      for (let seed = 1; seed <= 12; seed++) {
        const one = ask(seed);
        const { task } = one;
        const found = relaxed(one);
        const [low, high] = [found.low, found.high].map((l) => fractional(one, (i) => l[i] ?? 0));
        const need = task.need / 1e6;
        if (low === undefined || high === undefined) throw new Error("two plans");
        // A pace may leave no plan that is enough; then there is none to compare with.
        if (high.counts < need) continue;
        met += 1;
        const part = (need - low.counts) / (high.counts - low.counts);
        // Crosses at no price at all may be more than enough.
        const over = low.counts >= need;
        if (over) expect(found.price, name).toBeLessThan(1e-4);
        const mixed = fractional(one, (i) => {
          const from = found.low[i] ?? 0;
          return over ? from : from + part * ((found.high[i] ?? 0) - from);
        });
        expect(mixed.counts).toBeGreaterThanOrEqual(need - 1e-6);
        expect(mixed.cost - found.bound).toBeGreaterThan(-1e-6 * (1 + mixed.cost));
        expect(mixed.cost - found.bound).toBeLessThan(1e-5 * (1 + mixed.cost));
      }
      expect(met, name).toBeGreaterThan(7);
    }
  });

  test("RELAX-003: where markets bend the bound is still below every whole choice that is enough", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const one = bent(seed);
      const { task, base } = one;
      const { bound } = relaxed(one);
      const d = dice(seed + 4);
      for (let k = 0; k < 60; k++) {
        const lots = base.lots.slice();
        for (const i of task.open) lots[i] = d.whole(0, task.book.cap[i] ?? 0);
        const choice = choose(task.book, lots);
        const counts = choice.freed - task.book.share * costOf(choice) * 1e6;
        if (counts >= task.need) expect(bound).toBeLessThanOrEqual(costOf(choice) + 1e-9);
      }
    }
  });

  test("RELAX-004: nothing is wanted at no price, and what cannot be had is asked to the last price", () => {
    const one = question(3);
    const none = relax(one.task.book, one.base, one.task.open, one.base.freed);
    expect(none.price).toBeLessThanOrEqual(1e-4);
    expect(none.bound).toBeCloseTo(costOf(one.base), 6);
    const all = { ...one, task: { ...one.task, need: 1e15 } };
    expect(relaxed(all).price).toBeGreaterThan(1e8);
    const shared = question(3, { costShare: 500_000 });
    const top = relaxed({ ...shared, task: { ...shared.task, need: 1e15 } }).price;
    expect(top).toBeLessThan(2);
    expect(top).toBeGreaterThan(1.99);
  });
});

describe("one market", () => {
  test("RELAX-005: at its slope members send what the cost wants to take, whole but for those on the slope", () => {
    for (let seed = 1; seed <= 80; seed++) {
      const { task, base } = question(seed, {
        positions: 9,
        markets: 2,
        permanent: seed % 2 === 0 ? 0.6 : 1,
      });
      const asked = relaxTask(task.book, base, task.open, task.need);
      const d = dice(seed + 11);
      for (const side of asked.sides) {
        // Some turns are equal, so that more than one member may sit on the slope.
        const steps = [-0.02, -0.001, 0, 0.001, 0.004, 0.02];
        side.turns.forEach((_, k) => {
          side.turns[k] = (d.unit() < 0.5 ? steps[d.whole(0, 5)] : d.between(-0.02, 0.02)) ?? 0;
        });
        const m = side.market;
        const slope = slopeFor(asked, side);
        const lots = new Float64Array(task.book.positions.length);
        fillSide(asked, side, slope, lots);
        let [net, least, most] = [base.net[m] ?? 0, base.net[m] ?? 0, base.net[m] ?? 0];
        side.members.forEach((i, k) => {
          const sends = side.sends[k] ?? 0;
          const [turn, span] = [side.turns[k] ?? 0, task.book.span[i] ?? 0];
          net += (sends * (lots[i] ?? 0)) / span;
          const wants = sends > 0 ? slope < turn : slope > turn;
          if (wants) [least, most] = [least + sends, most + sends];
          else if (slope === turn)
            [least, most] = [Math.min(least, least + sends), Math.max(most, most + sends)];
          if (slope !== turn) expect(lots[i]).toBe(wants ? span : 0);
          expect(lots[i] ?? -1).toBeGreaterThanOrEqual(0);
          expect(lots[i] ?? -1).toBeLessThanOrEqual(span);
        });
        const market = task.book.markets[m];
        if (market === undefined || seed % 2 !== 0) continue;
        const wanted = impactConjugate(
          market,
          task.book.held[m] ?? 0,
          slope,
          asked.low[m] ?? 0,
          asked.high[m] ?? 0,
        );
        const limit = Math.max(...Array.from(side.turns, Math.abs), 1e-12);
        // Beyond the last turn nothing more is to be had.
        if (Math.abs(slope) < limit) {
          expect(wanted).toBeGreaterThanOrEqual(least - 1e-3 * (1 + Math.abs(least)));
          expect(wanted).toBeLessThanOrEqual(most + 1e-3 * (1 + Math.abs(most)));
          const reach = Math.min(Math.max(wanted, least), most);
          expect(Math.abs(net - reach)).toBeLessThan(1e-3 * (1 + Math.abs(reach)));
        }
      }
    }
  });

  test("RELAX-006: what a market can take reaches from all shorts to all longs, within its pace or what is sent", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const free = question(seed, { positions: 9 });
      for (const { task, base } of [free, paced(free, 3)]) {
        const { low, high, sides } = relaxTask(task.book, base, task.open, task.need);
        expect(sides.map(({ market }) => market)).toEqual(
          [...sides.map(({ market }) => market)].sort(),
        );
        for (const { market: m, members, sends } of sides) {
          const sent = base.net[m] ?? 0;
          const pace = task.book.pace[m] ?? 0;
          const all = (sign: number): number =>
            sends.reduce((sum, x) => sum + (Math.sign(x) === sign ? x : 0), sent);
          expect(low[m]).toBeCloseTo(Math.max(all(-1), Math.min(-pace, sent)), 6);
          expect(high[m]).toBeCloseTo(Math.min(all(1), Math.max(pace, sent)), 6);
          members.forEach((i, k) => {
            const size = Number(task.book.positions[i]?.qty ?? 0n);
            const value = (size * Number(task.book.markets[m]?.mark ?? 0n)) / 1e16;
            expect(sends[k]).toBeCloseTo(value, 4);
          });
        }
      }
    }
  });
});

test("RELAX-007: a lot more of each member changes margin and cost as its reduced cost says", () => {
  const one = question(12, { costShare: 300_000 });
  const found = relaxed(one);
  const { task, base } = one;
  for (const i of task.open) {
    const choice = copyChoice(base);
    setLots(task.book, choice, i, 1);
    const worth = (found.price * freedBy(task.book, i, 1)) / 1e6;
    const slope = found.slopes[task.book.market[i] ?? 0] ?? 0;
    const sent = (task.book.sign[i] ?? 0) * (task.book.value[i] ?? 0);
    const expected = slope * sent + (task.book.linear[i] ?? 0) - worth;
    expect(found.reduced[i]).toBeCloseTo(expected, 4);
  }
});
