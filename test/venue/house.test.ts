/** The house: everybody's books in balance, who is short is closed, the fund pays, then the other side. */
import { test as property } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assetId, marketId } from "../../src/core/ids.ts";
import { abs, micro, notional, price, qty } from "../../src/core/money.ts";
import { ppm } from "../../src/core/ppm.ts";
import type { VenueReport } from "../../src/protocol/reports.ts";
import { snapshotOf } from "../../src/venue/paper/books.ts";
import {
  advance,
  type EngineOptions,
  newWorld,
  request,
  takeReports,
} from "../../src/venue/paper/engine.ts";
import { HOUSE, houseBooks } from "../../src/venue/paper/house.ts";
import type { HouseParams } from "../../src/venue/paper/house-state.ts";
import { ownEquity, ownMaintenance } from "../../src/venue/paper/margin.ts";
import { toPlainText } from "../../src/venue/paper/plain.ts";
import { tapeOf } from "../../src/venue/paper/tape.ts";
import type { World } from "../../src/venue/paper/world.ts";
import {
  approved,
  ask,
  at,
  BTC,
  buy,
  depositOf,
  explained,
  only,
  PLAIN,
  pass,
  SOON,
  smallTape,
  T0,
  usd,
} from "./helpers.ts";

/** Nobody else is there: what happens is between us, the makers and the fund. */
const EMPTY = { seats: 0, fund: usd("1000"), liquidationFee: ppm(2_000) } as const;

const worldOf = (
  prices: readonly string[],
  house: Partial<HouseParams>,
  more: Partial<EngineOptions> = {},
): World =>
  newWorld({
    ...{ seed: "house", tape: smallTape(prices, 600_000), execution: PLAIN, wallet: SOON, house },
    ...more,
  });

/** Everybody's books, and ours, to the unit. */
function balanced(world: World): void {
  explained(world);
  const books = houseBooks(world.state);
  if (books === undefined) throw new Error("there is a house");
  expect(books.off).toBe(0n);
  for (const [market, open] of books.open) expect([market, open]).toEqual([market, 0n]);
  expect(books.fund).toBeGreaterThanOrEqual(0n);
  for (const seat of world.state.house?.seats ?? []) {
    if (seat.position.qty === 0n) expect([seat.cash, seat.position.cost]).toEqual([0n, 0n]);
  }
}

const taken = (reports: readonly VenueReport[]) => only(reports, "venueLiquidated");

/** 0.5 BTC long from 60,000 on 1,000 USDC: thirty times. */
function thirtyTimes(prices: readonly string[], house: Partial<HouseParams> = EMPTY): World {
  const world = worldOf(prices, house);
  ask(world, depositOf("999"));
  ask(world, buy("0.5", "60600"));
  takeReports(world);
  return world;
}

describe("our own account", () => {
  test("HOU-001: below its maintenance the position is closed at the market, with a fee to the fund", () => {
    const world = thirtyTimes(["60000", "58200", "58200"]);
    const [report] = taken(pass(world, 700_000));
    const value = report?.notional ?? 0n;
    expect(report).toMatchObject({ name: "liquidation-btc-perp-1", side: "sell", covered: 0n });
    expect(report?.qty).toBe(qty(50_000_000n));
    expect((report?.equity ?? 0n) < (report?.maintenance ?? 0n)).toBe(true);
    // A fifth of a percent, up.
    expect(report?.fee).toBe((value + 499n) / 500n);
    const books = houseBooks(world.state);
    expect(books?.fund).toBe(usd("1000") + (report?.fee ?? 0n));
    expect(books?.liquidations).toBe(1);
    expect(snapshotOf(world.state).positions.size).toBe(0);
    balanced(world);
  });

  test("HOU-002: above it nothing is closed, and without a house never", () => {
    const safe = thirtyTimes(["60000", "59000", "59000"]);
    expect(taken(pass(safe, 1_100_000))).toEqual([]);
    expect(ownEquity(safe.rules, safe.state)).toBeGreaterThan(
      ownMaintenance(safe.rules, safe.state),
    );
    const world = newWorld({
      seed: "house",
      tape: smallTape(["60000", "30000"]),
      execution: PLAIN,
      wallet: SOON,
    });
    ask(world, depositOf("999"));
    ask(world, buy("0.5", "60600"));
    const reports = pass(world, 1_700_000);
    expect(reports.filter(({ type }) => type === "venueLiquidated" || type === "adlRank")).toEqual(
      [],
    );
  });

  test("HOU-003: open orders go first", () => {
    const world = thirtyTimes(["60000", "58200", "58200"]);
    const resting = approved(buy("0.01", "55000", "gtc"));
    request(world, resting);
    const reports = pass(world, 700_000);
    const cancelled = reports.findIndex((r) => r.type === "orderDone" && r.order === resting.name);
    const closed = reports.findIndex((r) => r.type === "venueLiquidated");
    expect(cancelled).toBeGreaterThanOrEqual(0);
    expect(cancelled).toBeLessThan(closed);
    expect(snapshotOf(world.state).openOrders).toEqual([]);
  });

  test("HOU-004: what is lost beyond the margin the fund pays, and the account is at nothing", () => {
    // One look an hour: the price falls past everything before anybody sees it.
    const gap = { ...EMPTY, lookMs: 3_600_000 };
    const world = thirtyTimes(["60000", "57000", "57000", "57000", "57000", "57000", "57000"], gap);
    const [report] = taken(pass(world, 3_599_000));
    expect(report?.fee).toBe(0n);
    const covered = report?.covered ?? 0n;
    expect(covered).toBeGreaterThan(0n);
    expect(houseBooks(world.state)?.fund).toBe(usd("1000") - covered);
    expect(ownEquity(world.rules, world.state)).toBe(0n);
    balanced(world);
  });

  test("HOU-005: beyond the fund it is closed at the price where nothing is left, and nobody pays more", () => {
    const gap = { ...EMPTY, fund: usd("1"), lookMs: 3_600_000 };
    const world = thirtyTimes(["60000", "57000", "57000", "57000", "57000", "57000", "57000"], gap);
    const [report] = taken(pass(world, 3_599_000));
    expect(report).toMatchObject({ fee: 0n, covered: 0n });
    // Above the mark: what the makers, the last in the queue, lose is what the account had not.
    expect((report?.price ?? 0n) > at("57000")).toBe(true);
    expect(ownEquity(world.rules, world.state)).toBe(0n);
    expect(houseBooks(world.state)?.fund).toBe(usd("1"));
    balanced(world);
  });
});

const SIDES = fc.constantFrom("buy", "sell");
const moves = fc.array(
  fc.record({
    side: SIDES,
    market: fc.constantFrom("btc-perp", "eth-perp"),
    lots: fc.bigInt(1n, 400n),
    wait: fc.integer({ min: 1, max: 5_000_000 }),
  }),
  { maxLength: 10 },
);
const paths = fc.array(fc.integer({ min: 55, max: 145 }), { minLength: 8, maxLength: 8 });
const houses = fc.record({
  fund: fc.bigInt(0n, 40_000_000_000n).map(micro),
  rule: fc.constantFrom("queue" as const, "pro-rata" as const),
  longsPerMille: fc.integer({ min: 0, max: 1_000 }),
  seats: fc.integer({ min: 0, max: 5 }),
});

/** Two wild markets and a crowd that is bold: half of the runs drain a fund. */
function wild(seed: string, path: readonly number[], house: Partial<HouseParams>): World {
  const times = path.map((_, i) => T0 + i * 1_800_000);
  const funding = [{ at: T0 + 8 * 3_600_000, rateNano: 500_000n }];
  const market = (name: string, base: string, start: number, percents: readonly number[]) => ({
    ...{ market: marketId(name), base: assetId(base), times, funding },
    prices: percents.map((percent) => at(String((start * percent) / 100))),
  });
  const facts = [
    market("btc-perp", "BTC", 60_000, path),
    market("eth-perp", "ETH", 3_000, path.toReversed()),
  ];
  const bold = {
    size: [5, 400],
    leverage: [20, 600],
    awayMs: [1_000, 60_000],
    stayMs: [60_000, 9_000_000],
  } as const;
  return newWorld({
    seed,
    tape: tapeOf("wild", facts, "wild"),
    wallet: SOON,
    house: { ...bold, lookMs: 60_000, ...house },
  });
}

type Move = {
  readonly side: "buy" | "sell";
  readonly market: string;
  readonly lots: bigint;
  readonly wait: number;
};

/** Sells and buys; `cut`: time passes in pieces of so many ms. */
function walk(world: World, all: readonly Move[], cut = 1e12): readonly VenueReport[] {
  const heard: VenueReport[] = [];
  const wait = (ms: number): void => {
    for (let left = ms; left > 0; left -= cut) heard.push(...pass(world, Math.min(left, cut)));
    balanced(world);
  };
  request(world, approved(depositOf("20000"), "8.0.0"));
  wait(1_000);
  for (const [i, move] of all.entries()) {
    const { side, lots } = move;
    const terms = world.rules.markets.get(marketId(move.market));
    if (terms === undefined) throw new Error("a market of the tape");
    const { market, tick, lot } = terms;
    const far = terms.path.at(world.state.at) * (side === "buy" ? 109n : 91n);
    const limit = price((far / 100n / tick) * tick);
    const size = qty(lots * lot * (market === BTC ? 10n : 20n));
    const order = { type: "PlaceOrder", market, side, qty: size, limit, tif: "ioc" } as const;
    request(world, approved(order, `8.1.${i}`));
    wait(move.wait);
  }
  wait(14_000_000);
  return heard;
}

describe("everybody's books", () => {
  const seen = { liquidations: 0, deleveragings: 0, ours: 0, taken: 0 };

  property.prop([fc.string(), paths, houses, moves], { seed: 77, numRuns: 60 })(
    "HOU-010: always cash, costs, fund and income are what was brought, contracts are even, to the unit",
    (seed, path, house, all) => {
      const world = wild(seed, path, house);
      const reports = walk(world, all);
      const books = houseBooks(world.state);
      seen.liquidations += books?.liquidations ?? 0;
      seen.deleveragings += books?.deleveragings ?? 0;
      seen.ours += taken(reports).length;
      seen.taken += only(reports, "autoDeleveraged").length;
    },
  );

  test("HOU-011: the books above saw liquidations and deleveragings, of the crowd and of us", () => {
    expect(seen.liquidations).toBeGreaterThan(500);
    expect(seen.deleveragings).toBeGreaterThan(100);
    expect(seen.ours).toBeGreaterThan(0);
    expect(seen.taken).toBeGreaterThan(5);
  });

  test("HOU-012: the same seed makes the same crowd and the same reports, however time is cut", () => {
    const path = [100, 80, 120, 70, 130, 60, 110, 90];
    const house = { fund: micro(0n), seats: 5 };
    const all: readonly Move[] = [{ side: "sell", market: "btc-perp", lots: 50n, wait: 9_000_000 }];
    const [one, two] = [wild("s", path, house), wild("s", path, house)];
    const whole = walk(one, all);
    expect(toPlainText(walk(two, all, 77_777))).toBe(toPlainText(whole));
    expect(houseBooks(two.state)).toEqual(houseBooks(one.state));
    expect(houseBooks(one.state)?.liquidations).toBeGreaterThan(3);
    const other = wild("other", path, house);
    walk(other, all);
    expect(houseBooks(other.state)).not.toEqual(houseBooks(one.state));
  });

  test("HOU-013: the prices are the tape's, whatever the crowd does", () => {
    const path = [100, 80, 120, 70, 130, 60, 110, 90];
    const [with_, without] = [wild("s", path, { seats: 5 }), wild("s", path, { seats: 0 })];
    advance(with_, T0 + 12_000_000);
    advance(without, T0 + 12_000_000);
    expect(houseBooks(with_.state)?.liquidations).toBeGreaterThan(3);
    expect([...with_.state.impacts]).toEqual([...without.state.impacts]);
    expect(with_.state.impacts.size).toBe(0);
  });

  test("HOU-014: terms of the house stand as data, and a crowd keeps to them", () => {
    const world = wild("s", [100, 100, 100, 100, 100, 100, 100, 100], {
      seats: 5,
      awayMs: HOUSE.awayMs,
      leverage: [20, 400],
    });
    advance(world, T0 + 4_000_000);
    const seated = (world.state.house?.seats ?? []).filter(({ position }) => position.qty !== 0n);
    expect(seated.length).toBeGreaterThan(3);
    for (const { market, position, cash } of seated) {
      const terms = world.rules.markets.get(market);
      const value = notional(terms?.path.at(T0) ?? at("1"), abs(position.qty), "down");
      const leverage = Number(value) / Number(cash);
      expect(leverage).toBeGreaterThan(1.9);
      expect(leverage).toBeLessThan(40.5);
      expect(value <= 400n * (terms?.depthPerBp ?? 0n)).toBe(true);
    }
    expect(ppm(HOUSE.maintenance)).toBe(5_000);
  });
});
