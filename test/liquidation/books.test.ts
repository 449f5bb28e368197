/** The columns of a plan: what lots free, cost and send, against plain sums; and what is refused. */
import { describe, expect, test } from "vitest";
import { type Book, freedBy, inSpan, prepare, qtyOf } from "../../src/liquidation/book.ts";
import {
  addedIf,
  type Choice,
  choose,
  copyChoice,
  costOf,
  counted,
  inPace,
  netIf,
  setLots,
} from "../../src/liquidation/choice.ts";
import type { PlanInput, PlanMarket, PlanPosition } from "../../src/liquidation/plan-types.ts";
import { dice, fleet } from "./fleets.ts";

const COIN = 10n ** 8n;
const btc: PlanMarket = {
  ...{ id: "btc", mark: 100_000n * COIN, lot: 10n ** 6n },
  ...{ temporary: 1e-8, permanent: 1e-8, halfSpread: 0.0001, fee: 0.0005 },
};
const held = (id: string, over: Partial<PlanPosition> = {}): PlanPosition => ({
  ...{ id, agent: "a", market: "btc", qty: COIN, margin: 10_000_000_000n, tier: 0 },
  ...over,
});
const input = (over: Partial<PlanInput>): PlanInput => ({
  ...{ need: 1n, markets: [btc], positions: [held("a")] },
  ...over,
});

function bookOf(one: PlanInput): Book {
  const made = prepare(one);
  if (!made.ok) throw new Error(made.reason);
  return made.value;
}

const listed = (list: ArrayLike<number>): number[] => Array.from(list);

describe("columns", () => {
  test("BOOK-001: of one long and one short, to the unit", () => {
    const eth = { ...btc, id: "eth", mark: 4_000n * COIN, lot: 10n ** 7n, pace: 5n * COIN };
    const short = held("b", {
      ...{ market: "eth", qty: -(10n * COIN), margin: 3_000_000_000n },
      ...{ hedge: 8, funding: -3, maxQty: 4n * COIN + 3n },
    });
    const odd = held("c", { qty: 3n * 10n ** 6n + 5n, margin: 7n, funding: 2 });
    const barred = [
      held("d", { qty: -COIN, isolated: true }),
      held("e", { qty: 2n * COIN, guarded: true }),
      held("f", { qty: 0n }),
      held("g", { maxQty: 10n ** 6n - 1n }),
    ];
    const all = { markets: [eth, btc], positions: [...barred, odd, short, held("a")] };
    const book = bookOf(input({ ...all, costShare: 550_000 }));
    expect(book.positions.map(({ id }) => id)).toEqual(["a", "b", "c"]);
    expect(book.markets.map(({ id }) => id)).toEqual(["btc", "eth"]);
    expect(listed(book.market)).toEqual([0, 1, 0]);
    expect(listed(book.sign)).toEqual([1, -1, 1]);
    // A lot of btc is 0.01 x 100,000, of eth 0.1 x 4,000.
    expect(listed(book.value)).toEqual([1_000, 400, 1_000]);
    expect(listed(book.margin)).toEqual([100, 30, 7e-6 / 3.000005]);
    expect(listed(book.frees)).toEqual([100_000_000, 30_000_000, 7 / 3.000005]);
    // Four of ten eth, for the rest of a lot stays: 1,200 of 3,000.
    expect(listed(book.most)).toEqual([10_000_000_000, 1_200_000_000, 7]);
    expect(listed(book.linear)).toEqual([0, 0.05, 2 / 3.000005]);
    expect(listed(book.cap)).toEqual([100, 40, 4]);
    expect(listed(book.span)).toEqual([100, 40, 3.000005]);
    // 1 + 0.03000005 - 1 + 2 + 1 btc; the whole fleet counts, barred or not.
    expect(listed(book.held)[0]).toBeCloseTo(303_000.005, 6);
    expect(listed(book.held)[1]).toBe(-40_000);
    expect(listed(book.pace)).toEqual([Number.POSITIVE_INFINITY, 20_000]);
    expect(book.share).toBe(0.55);
    expect(book.barred).toEqual([
      { id: "d", reason: "isolated" },
      { id: "e", reason: "guarded" },
      { id: "f", reason: "empty" },
      { id: "g", reason: "empty" },
    ]);
  });

  test("BOOK-002: a whole position goes with its remainder, a bounded one in whole lots only", () => {
    const qty = 10n ** 6n * 3n + 5n;
    const spans = [qty - 1n, qty, qty + 1n].map((maxQty) =>
      listed(bookOf(input({ positions: [held("a", { qty, maxQty })] })).span),
    );
    expect(spans).toEqual([[3], [3.000005], [3.000005]]);
    const book = bookOf(input({ positions: [held("a", { qty })] }));
    expect([0, 1, 3, 4].map((lots) => qtyOf(book, 0, lots))).toEqual([
      0n,
      1_000_000n,
      3_000_000n,
      qty,
    ]);
    expect([0, 3, 4, 9].map((lots) => inSpan(book, 0, lots))).toEqual([0, 3, 3.000005, 3.000005]);
    expect(qtyOf(book, 1, 1)).toBe(0n);
  });

  test("BOOK-003: what lots free is the floored integer share, also where a float falls just short", () => {
    // 0.29 x 100 is 28.999999999999996 as a float, and 58 x 100 / 200 is 29.
    const exact = bookOf(input({ positions: [held("a", { qty: 2n * COIN, margin: 58n })] }));
    expect(freedBy(exact, 0, 100)).toBe(29);
    for (let seed = 1; seed <= 80; seed++) {
      const d = dice(seed);
      const qty = BigInt(d.whole(1, 40)) * btc.lot + BigInt(d.whole(0, 3));
      const margin = BigInt(d.whole(0, 1)) * BigInt(d.whole(1, 90)) + BigInt(d.whole(0, 10 ** 12));
      const maxQty = d.unit() < 0.3 ? BigInt(d.whole(1, 30)) * btc.lot + 1n : qty;
      const book = bookOf(
        input({ positions: [held("a", { qty: d.unit() < 0.5 ? qty : -qty, margin, maxQty })] }),
      );
      const cap = book.cap[0] ?? 0;
      const most = maxQty >= qty ? qty : (maxQty / btc.lot) * btc.lot;
      for (let lots = -1; lots <= cap + 1; lots++) {
        const closed = BigInt(Math.max(0, lots)) * btc.lot;
        expect(freedBy(book, 0, lots)).toBe(
          Number((margin * (closed < most ? closed : most)) / qty),
        );
      }
    }
    expect(freedBy(exact, 1, 1)).toBe(0);
  });
});

describe("choices", () => {
  /** What a choice is, summed apart: net and cost of each market, hedge and funding, margin. */
  function plain(one: PlanInput, book: Book, lots: ArrayLike<number>) {
    let [linear, freed, impact] = [0, 0, 0];
    const net = book.markets.map(() => 0);
    book.positions.forEach((position, i) => {
      const m = book.market[i] ?? 0;
      const part = Number(qtyOf(book, i, lots[i] ?? 0)) / Math.abs(Number(position.qty));
      const value = (Number(position.qty) * Number(book.markets[m]?.mark ?? 0n)) / 1e16;
      net[m] = (net[m] ?? 0) + value * part;
      linear += ((position.hedge ?? 0) + (position.funding ?? 0)) * part;
      freed += freedBy(book, i, lots[i] ?? 0);
    });
    const paid = book.markets.map((market, m) => {
      const size = Math.abs(net[m] ?? 0);
      const all = one.positions.filter(({ market: id }) => id === market.id);
      const owned = all.reduce((s, p) => s + (Number(p.qty) * Number(market.mark)) / 1e16, 0);
      const exposed = Math.max(0, (net[m] ?? 0) * (owned - (net[m] ?? 0)));
      const rates = size * (market.halfSpread + market.fee);
      return (
        size * size * (market.temporary + market.permanent / 2) + rates + market.permanent * exposed
      );
    });
    for (const cost of paid) impact += cost;
    return { net, paid, linear, freed, impact };
  }

  function alike(found: Choice, expected: ReturnType<typeof plain>): void {
    expect(found.freed).toBe(expected.freed);
    expect(found.linear).toBeCloseTo(expected.linear, 7);
    expect(found.impact).toBeCloseTo(expected.impact, 5);
    for (const [m, net] of expected.net.entries()) expect(found.net[m]).toBeCloseTo(net, 4);
    for (const [m, paid] of expected.paid.entries()) expect(found.paid[m]).toBeCloseTo(paid, 5);
  }

  test("BOOK-004: summed afresh, or lot by lot, or asked before: always the plain sum", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const one = fleet(seed, { positions: 7, markets: 3, lots: 9, shorts: 0.4, permanent: 1 });
      const book = bookOf(one);
      const d = dice(seed + 500);
      const draw = (): Float64Array =>
        Float64Array.from(book.cap, (cap) => (d.unit() < 0.3 ? 0 : d.whole(0, cap)));
      const choice = choose(book, draw());
      alike(choice, plain(one, book, choice.lots));
      for (let step = 0; step < 6; step++) {
        const i = d.whole(0, book.positions.length - 1);
        const lots = d.whole(0, book.cap[i] ?? 0);
        const [before, added, net] = [
          copyChoice(choice),
          addedIf(book, choice, i, lots),
          netIf(book, choice, i, lots),
        ];
        setLots(book, choice, i, lots);
        alike(choice, plain(one, book, choice.lots));
        expect(costOf(choice) - costOf(before)).toBeCloseTo(added, 5);
        expect(choice.net[book.market[i] ?? 0]).toBe(net);
      }
    }
    const book = bookOf(input({}));
    const choice = choose(book, Float64Array.from([4]));
    setLots(book, choice, 7, 3);
    expect(choice).toEqual(choose(book, Float64Array.from([4])));
    expect(addedIf(book, { ...choice, paid: Float64Array.from([0]) }, 0, 4)).toBe(costOf(choice));
  });

  test("BOOK-005: a cost counts against what is freed by its share, rounded up", () => {
    const book = bookOf(input({ costShare: 500_000 }));
    expect(counted(book, 100, 0)).toBe(100);
    expect(counted(book, 100, 10e-6)).toBe(95);
    expect(counted(book, 100, 10.1e-6)).toBe(94);
    expect(counted(bookOf(input({})), 100, 10)).toBe(100);
  });

  test("BOOK-006: a pace holds for the net of a market, and what is beyond it may only shrink", () => {
    const paced = { ...btc, pace: 5n * btc.lot };
    const both = [held("a"), held("b", { qty: -COIN })];
    const book = bookOf(input({ markets: [paced], positions: both }));
    const may = (a: number, b: number, i: number, lots: number): boolean =>
      inPace(book, choose(book, Float64Array.from([a, b])), i, lots);
    expect([5, 6].map((lots) => may(0, 0, 0, lots))).toEqual([true, false]);
    expect([5, 6].map((lots) => may(0, 0, 1, lots))).toEqual([true, false]);
    expect([8, 9].map((lots) => may(0, 3, 0, lots))).toEqual([true, false]);
    // Twenty are sent already: no more of it, as much, and less.
    expect([21, 20, 12].map((lots) => may(20, 0, 0, lots))).toEqual([false, true, true]);
    expect([40, 41].map((lots) => may(20, 0, 1, lots))).toEqual([true, false]);
    const free = bookOf(input({ positions: both }));
    expect(inPace(free, choose(free, Float64Array.from([0, 0])), 0, 100)).toBe(true);
    // Two floats of one number: a thousand billionth more is the pace itself.
    const hair = { ...book, pace: Float64Array.from([5_000 * (1 - 5e-13)]) };
    expect(inPace(hair, choose(hair, Float64Array.from([0, 0])), 0, 5)).toBe(true);
    const less = { ...book, pace: Float64Array.from([5_000 * (1 - 5e-12)]) };
    expect(inPace(less, choose(less, Float64Array.from([0, 0])), 0, 5)).toBe(false);
  });
});

describe("refused", () => {
  const code = (over: Partial<PlanInput>): string | undefined => {
    const made = prepare(input(over));
    return made.ok ? undefined : made.reason;
  };
  const market = (over: Partial<PlanMarket>) => code({ markets: [{ ...btc, ...over }] });
  const position = (over: Partial<PlanPosition>) => code({ positions: [held("a", over)] });

  test("BOOK-007: markets whose numbers have no meaning, each by its own reason; at the edge they pass", () => {
    for (const name of ["temporary", "permanent", "halfSpread", "fee"]) {
      for (const bad of [-1e-12, Number.NaN, Number.POSITIVE_INFINITY])
        expect(market({ [name]: bad })).toBe(
          "market btc: impact, spread and fee are finite and not negative",
        );
      expect(market({ [name]: 0 })).toBe(undefined);
    }
    for (const bad of [0n, -1n]) {
      expect(market({ mark: bad })).toBe("market btc: mark and lot are above 0");
      expect(market({ lot: bad })).toBe("market btc: mark and lot are above 0");
    }
    expect([market({ mark: 1n }), market({ lot: 1n })]).toEqual([undefined, undefined]);
    expect(market({ pace: -1n })).toBe("market btc: pace is not < 0");
    expect(market({ pace: 0n })).toBe(undefined);
    expect(code({ markets: [btc, btc] })).toBe("market btc stands there twice");
  });

  test("BOOK-008: so positions", () => {
    expect(position({ margin: -1n })).toBe("position a: margin is not negative");
    expect(position({ tier: 0.5 })).toBe("position a: tier is an integer");
    for (const bad of [Number.NaN, Number.NEGATIVE_INFINITY]) {
      expect(position({ hedge: bad })).toBe("position a: hedge and funding are finite");
      expect(position({ funding: bad })).toBe("position a: hedge and funding are finite");
    }
    expect(position({ maxQty: -1n })).toBe("position a: maxQty is not negative");
    expect(position({ market: "eth" })).toBe("position a: its market is not there");
    expect(code({ positions: [held("a"), held("a")] })).toBe("position a stands there twice");
    const fine = { margin: 0n, maxQty: 0n, tier: -3, hedge: -1, funding: 0 };
    expect(position(fine)).toBe(undefined);
  });

  test("BOOK-009: and sums that a float does not hold exactly", () => {
    const most = 9n * 10n ** 15n;
    expect(code({ need: most })).toBe(undefined);
    expect(code({ need: most + 1n })).toBe("the need is at most 9e15 millionths");
    expect(position({ margin: most })).toBe(undefined);
    const two = [held("a", { margin: most }), held("b", { margin: 1n })];
    expect(code({ positions: two })).toBe("all margins together are at most 9e15 millionths");
    for (const bad of [-1, 0.5, 10_000_001])
      expect(code({ costShare: bad })).toBe("the cost share is 0 to 10,000,000 millionths");
    expect([0, 10_000_000].map((costShare) => code({ costShare }))).toEqual([undefined, undefined]);
    const fine = { ...btc, lot: 1n };
    const lots = (qty: bigint) => code({ markets: [fine], positions: [held("a", { qty })] });
    expect(lots(2n ** 52n)).toBe(undefined);
    expect(lots(2n ** 52n + 1n)).toBe("position a has more lots than 2^52");
  });
});
