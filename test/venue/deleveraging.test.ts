/** Who is deleveraged: the queue and the lots of the liquidation room, in integers, and the rank that is told. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { abs, micro, notional, type Qty, qty } from "../../src/core/money.ts";
import { queue as queueRule } from "../../src/liquidation/adl.ts";
import { adlRank, adlScore } from "../../src/liquidation/adl-lots.ts";
import { allotted, deleverage, queueOf, scoreOf } from "../../src/venue/paper/deleveraging.ts";
import { newWorld, takeReports } from "../../src/venue/paper/engine.ts";
import { houseBooks } from "../../src/venue/paper/house.ts";
import type { HouseParams, Seat } from "../../src/venue/paper/house-state.ts";
import { openKeeper } from "../../src/venue/paper/keeper.ts";
import { bookTrade, makersTake } from "../../src/venue/paper/trades.ts";
import type { Market, World } from "../../src/venue/paper/world.ts";
import {
  ask,
  at,
  BTC,
  buy,
  depositOf,
  explained,
  flatTape,
  only,
  PLAIN,
  pass,
  SOON,
  sell,
  usd,
} from "./helpers.ts";

const MARK = at("60000");

/** A world with us short 0.1 BTC, and whoever a test seats. */
function world(house: Partial<HouseParams> = {}): { world: World; market: Market } {
  const made = newWorld({
    ...{ seed: "d", tape: flatTape(), execution: PLAIN, wallet: SOON },
    house: { seats: 0, fund: usd("0"), ...house },
  });
  ask(made, depositOf("9999"));
  ask(made, sell("0.1", "59400"));
  const market = made.rules.markets.get(BTC);
  if (market === undefined) throw new Error("a market of the tape");
  takeReports(made);
  return { world: made, market };
}

/** Somebody sits down with so much margin, at a price of old. */
function seat({ state }: World, signed: string, entry: string, cash: string): Seat {
  const { house } = state;
  if (house === undefined) throw new Error("there is a house");
  const side = signed.startsWith("-") ? "sell" : "buy";
  const size = abs(qty(BigInt(Math.round(Number(signed) * 1e8))));
  const value = notional(at(entry), size, "down");
  const made: Seat = {
    ...{ market: BTC, place: house.seats.length, round: 1, enterAt: 0, leaveAt: 1e15 },
    ...{ cash: usd(cash), position: { qty: qty(0n), cost: micro(0n) } },
  };
  bookTrade(made.position, side, size, value);
  makersTake(house, BTC, side, size, value);
  house.deposited += usd(cash);
  (house.seats as Seat[]).push(made);
  return made;
}

const sizes = (queue: readonly { readonly size: Qty }[]): bigint[] => queue.map(({ size }) => size);

describe("the queue", () => {
  test("DLV-001: profit share times leverage goes first, losers last, we in our place", () => {
    const { world: made, market } = world();
    const loser = seat(made, "-1", "58000", "9000");
    const calm = seat(made, "-0.5", "66000", "60000");
    const bold = seat(made, "-0.2", "61000", "400");
    seat(made, "3", "50000", "50000");
    const queue = queueOf(made, market, MARK, false);
    expect(queue.map(({ seat: who }) => who)).toEqual([bold, calm, undefined, loser]);
    expect(queueOf(made, market, MARK, true)).toHaveLength(1);
  });

  test("DLV-002: the score orders as the one in floats does", () => {
    const position = fc.record({
      size: fc.integer({ min: 1, max: 500 }),
      long: fc.boolean(),
      // A hundredth from the mark at least: a smaller profit is rounded too coarsely to compare.
      entry: fc.integer({ min: 30, max: 90 }).map((n) => (n === 60 ? 61 : n) * 1_000),
      equity: fc.integer({ min: 1, max: 900_000 }),
    });
    fc.assert(
      fc.property(position, position, (a, b) => {
        const both = [a, b].map(({ size, long, entry, equity }) => {
          const signed = qty(BigInt(long ? size : -size) * 1_000_000n);
          const cost = micro(BigInt(long ? size : -size) * BigInt(entry) * 10_000n);
          const float = adlScore(
            { qty: Number(signed) / 1e8, entry, mark: 60_000, equity },
            "pnl-times-leverage",
          );
          return {
            exact: scoreOf({ qty: signed, cost }, MARK, BigInt(equity) * 1_000_000n),
            float,
          };
        });
        const [x, y] = both;
        if (x === undefined || y === undefined) return;
        // Both factors are rounded to 1e-6, leverage from a thousandth on: near ones may change places.
        const scale = Math.max(Math.abs(x.float), Math.abs(y.float));
        if (Math.abs(x.float - y.float) <= 5e-3 * scale) return;
        expect(x.exact > y.exact).toBe(x.float > y.float);
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  test("DLV-003: it allots as the queue of the liquidation room does", () => {
    const list = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(list, fc.integer({ min: 0, max: 9_000 }), (all, wanted) => {
        const queued = all.map((size) => ({ size: qty(BigInt(size)), gain: 0n }));
        const ours = allotted("queue", queued, qty(BigInt(wanted)), qty(1n)).map(Number);
        const theirs = queueRule(
          wanted,
          all,
          all.map((_, i) => -i),
        );
        expect(ours).toEqual(theirs.ok ? theirs.value : []);
      }),
      { seed: 6, numRuns: 300 },
    );
  });

  test("DLV-004: pro rata takes winners first, in lots by their sizes, then the others", () => {
    const of = (size: bigint, gain: bigint) => ({ size: qty(size), gain });
    const queued = [of(50n, 1n), of(25n, 9n), of(40n, -1n), of(40n, 0n)];
    const lot = qty(5n);
    expect(allotted("pro-rata", queued, qty(30n), lot)).toEqual([20n, 10n, 0n, 0n]);
    expect(allotted("pro-rata", queued, qty(75n), lot)).toEqual([50n, 25n, 0n, 0n]);
    expect(allotted("pro-rata", queued, qty(95n), lot)).toEqual([50n, 25n, 10n, 10n]);
    expect(sizes(queued)).toEqual([50n, 25n, 40n, 40n]);
  });
});

describe("deleveraging", () => {
  const bankrupt = (size: string, price: string) => {
    const whole = qty(BigInt(Math.round(Number(size) * 1e8)));
    return { side: "sell", size: whole, value: notional(at(price), whole, "down") } as const;
  };

  test("DLV-010: the first in the queue are closed at the bankruptcy price, we are told under a name", () => {
    const { world: made, market } = world();
    const bold = seat(made, "-0.2", "61000", "400");
    const long = seat(made, "0.25", "60000", "1500");
    const { size, side, value } = bankrupt("0.25", "54000");
    long.cash += bookTrade(long.position, side, size, value);
    deleverage(made, market, MARK, { side, size, value });
    expect(long.cash).toBe(0n);
    expect(bold.position.qty).toBe(0n);
    const [told, ...more] = only(takeReports(made), "autoDeleveraged");
    expect(told).toMatchObject({
      name: "adl-btc-perp-1",
      side: "buy",
      qty: qty(5_000_000n),
      mark: MARK,
    });
    expect(told?.price).toBe(at("54000"));
    expect(more).toEqual([]);
    expect(made.state.positions.get(BTC)?.qty).toBe(-qty(5_000_000n));
    explained(made);
    expect(houseBooks(made.state)).toMatchObject({ off: 0n, deleveragings: 1 });
  });

  test("DLV-011: who would be bankrupt at that price is passed over, and the makers take the rest", () => {
    const { world: made, market } = world();
    const weak = seat(made, "-1", "59000", "500");
    const long = seat(made, "2", "60000", "1");
    const { size, side, value } = bankrupt("2", "60000");
    long.cash += bookTrade(long.position, side, size, value);
    deleverage(made, market, MARK, { side, size, value });
    expect(weak.position.qty).toBe(-qty(100_000_000n));
    const books = houseBooks(made.state);
    expect(books).toMatchObject({ off: 0n, open: new Map([[BTC, 0n]]) });
    expect(made.state.positions.get(BTC)?.qty).toBe(0n);
  });

  test("DLV-012: a bankrupt of the crowd drains the fund first, then takes from us", () => {
    const { world: made } = world({ lookMs: 1_000, fund: usd("10") });
    seat(made, "0.02", "60001", "5.2");
    pass(made, 2_000);
    expect(houseBooks(made.state)).toMatchObject({ liquidations: 1, deleveragings: 0, off: 0n });
    const left = houseBooks(made.state)?.fund ?? 0n;
    const { house } = made.state;
    if (house === undefined) throw new Error("there is a house");
    house.deposited -= left;
    house.fund = 0n;
    seat(made, "0.02", "60600", "5");
    const reports = pass(made, 2_000);
    expect(only(reports, "autoDeleveraged")).toMatchObject([{ side: "buy", qty: qty(2_000_000n) }]);
    expect(houseBooks(made.state)).toMatchObject({ liquidations: 2, deleveragings: 1, off: 0n });
  });
});

describe("the rank that is told", () => {
  test("DLV-020: it is the rank of the liquidation room, told when it or the position changes, and at the end", () => {
    const { world: made, market } = world({ lookMs: 1_000 });
    seat(made, "-0.2", "61000", "400");
    seat(made, "-0.1", "58000", "9000");
    const [first, ...rest] = only(pass(made, 5_000), "adlRank");
    expect(rest).toEqual([]);
    const queue = queueOf(made, market, MARK, false);
    const own = queue.find(({ seat: who }) => who === undefined);
    const others = queue.filter(({ seat: who }) => who !== undefined);
    const plain = (one: (typeof queue)[number] | undefined) => ({
      score: Number(one?.score ?? 0n),
      size: Number(one?.size ?? 0n),
    });
    const rank = adlRank(plain(own), others.map(plain));
    expect(first).toMatchObject({ market: BTC, position: -qty(10_000_000n), lights: rank.lights });
    expect(first?.ahead).toBe(Math.floor(rank.share * 1_000_000));
    expect(rank.lights).toBeLessThan(5);
    const then = (): ReturnType<typeof only<"adlRank">> =>
      only([...ask(made, buy("0.05", "60600")), ...pass(made, 3_000)], "adlRank");
    expect(then()).toMatchObject([{ position: -qty(5_000_000n) }]);
    expect(then()).toMatchObject([{ lights: 0, ahead: 0, position: 0n }]);
    expect(only(pass(made, 60_000), "adlRank")).toEqual([]);
  });

  test("DLV-021: alone on its side a position is next", () => {
    const { world: made } = world({ lookMs: 1_000 });
    expect(made.state.house?.told.get(BTC)).toBe("5/-10000000");
  });
});

describe("what is kept", () => {
  test("DLV-030: a platform with a crowd goes on from its log with the same books, and not with another's", () => {
    const dir = mkdtempSync(join(tmpdir(), "house-"));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const engine = { seed: "d", tape: flatTape(), house: { fund: usd("7") } };
    const first = openKeeper(dir, engine);
    first.keeper.append(first.world.state.at + 9_000_000);
    const again = openKeeper(dir, engine);
    expect(again.world.state.at).toBe(first.world.state.at + 9_000_000);
    const books = houseBooks(again.world.state);
    expect(books?.seated).toBeGreaterThan(0);
    expect(books?.off).toBe(0n);
    expect(() => openKeeper(dir, { seed: "d", tape: flatTape() })).toThrow(/another crowd/);
    const other = { ...engine, house: { fund: usd("8") } };
    expect(() => openKeeper(dir, other)).toThrow(/another crowd/);
  });
});
