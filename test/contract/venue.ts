/** What every venue port promises, as one suite that runs on each implementation. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { notional, type Qty, qty } from "../../src/core/money.ts";
import { type Ppm, percent } from "../../src/core/ppm.ts";
import type { EffectName } from "../../src/protocol/effects.ts";
import type { Mark, VenueReport } from "../../src/protocol/reports.ts";
import type { Strike } from "../../src/venue/paper/strikes.ts";
import { VenueError, type VenuePort } from "../../src/venue/port.ts";
import {
  approved,
  at,
  BTC,
  buy,
  depositOf,
  only,
  USD,
  usdUnits,
  withdrawOf,
} from "../venue/helpers.ts";

/** One venue under test: a new account on a flat market at 60,000 USDC. */
export interface VenueUnderTest {
  readonly port: VenuePort;
  /** Lets so much wall time pass (market time runs at the venue's speed). */
  pass(ms: number): Promise<void>;
  /** Makes the venue take a part of what is held, as a crash would. False: nothing is held. */
  strike(kind: Strike, part: Ppm): boolean;
  close(): Promise<void>;
}

/** Reads reports after a number until `enough`, then leaves. */
async function reportsUntil(
  port: VenuePort,
  after: number,
  enough: (all: readonly VenueReport[]) => boolean,
): Promise<readonly VenueReport[]> {
  const leave = new AbortController();
  const all: VenueReport[] = [];
  for await (const batch of port.reports(after, leave.signal)) {
    all.push(...batch);
    if (enough(all)) break;
  }
  leave.abort();
  return all;
}

/** What a test wants of its venue. */
export interface Wanted {
  /** A house that liquidates, deleverages and ranks. */
  readonly house: boolean;
}

export function venueContract(
  name: string,
  open: (wanted: Wanted) => Promise<VenueUnderTest>,
): void {
  describe(`venue contract: ${name}`, () => {
    let venue: VenueUnderTest;
    let port: VenuePort;
    beforeEach(async () => {
      venue = await open({ house: false });
      port = venue.port;
    });
    afterEach(() => venue.close());

    test("VEN-001: an effect is accepted once by its name and answered the same again", async () => {
      const deposit = approved(depositOf("500"));
      expect(await port.submit(deposit)).toEqual({ outcome: "accepted" });
      expect(await port.submit(deposit)).toEqual({ outcome: "accepted" });
      await venue.pass(30_000);
      const reports = await reportsUntil(port, 0, (all) => only(all, "deposited").length === 2);
      expect(only(reports, "deposited").filter((r) => r.effect === deposit.name)).toHaveLength(1);
      const { balances } = await port.snapshot();
      expect(balances.get(USD)).toBe(usdUnits("501"));
    });

    test("VEN-002: a refusal is proof, is remembered, and is found again by name", async () => {
      const tooMuch = approved(withdrawOf("1000000"));
      const first = await port.submit(tooMuch);
      expect(first).toMatchObject({ outcome: "rejected", reason: expect.any(String) });
      expect(await port.submit(tooMuch)).toEqual(first);
      expect(await port.lookup(tooMuch.name)).toMatchObject({ found: "rejected" });
    });

    test("VEN-003: a name that never came is proven absent", async () => {
      expect(await port.lookup("77.0.0" as EffectName)).toEqual({ found: "absent" });
      const deposit = approved(depositOf("5"));
      await port.submit(deposit);
      expect(await port.lookup(deposit.name)).toEqual({ found: "accepted" });
    });

    test("VEN-004: reports are numbered from 1 without gaps and can be read from any number", async () => {
      await port.submit(approved(depositOf("1000")));
      await venue.pass(30_000);
      const done = (all: readonly VenueReport[]) => only(all, "orderDone").length === 1;
      await port.submit(approved(buy("0.01", "60600")));
      await venue.pass(30_000);
      const all = await reportsUntil(port, 0, done);
      expect(all.map((r) => r.seq)).toEqual(all.map((_, i) => i + 1));
      const tail = await reportsUntil(port, 2, done);
      expect(tail).toEqual(all.slice(2));
      const times = all.map((r) => r.at as number);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    });

    test("VEN-005: a fill has its order, its exact notional and fee, and books the position", async () => {
      await port.submit(approved(depositOf("1000")));
      const order = approved(buy("0.01", "60600"));
      await port.submit(order);
      await venue.pass(30_000);
      const all = await reportsUntil(port, 0, (r) => only(r, "orderDone").length === 1);
      const [fill] = only(all, "fill");
      expect(fill).toMatchObject({ order: order.name, market: BTC, side: "buy" });
      const [done] = only(all, "orderDone");
      const filled = only(all, "fill").reduce((sum, f) => sum + f.qty, 0n);
      expect(done).toMatchObject({ order: order.name, filled });
      const notional = only(all, "fill").reduce((sum, f) => sum + f.notional, 0n);
      const { positions } = await port.snapshot();
      expect(positions.get(BTC)).toEqual({ qty: filled, cost: notional });
    });

    test("VEN-006: the snapshot names the report up to which it counts", async () => {
      const { seq, counterparties } = await port.snapshot();
      const all = await reportsUntil(port, 0, (r) => r.length >= seq);
      expect(all.at(-1)?.seq).toBe(seq);
      if (port.capabilities().escrow) expect(counterparties?.length).toBeGreaterThan(0);
    });

    test("VEN-007: marks come for every market, with their time, until the reader leaves", async () => {
      const leave = new AbortController();
      const marks = port.marks(leave.signal)[Symbol.asyncIterator]();
      const first: readonly Mark[] = (await marks.next()).value;
      const following = marks.next();
      await venue.pass(1_000);
      const second: readonly Mark[] = (await following).value;
      leave.abort();
      expect(await marks.next()).toMatchObject({ done: true });
      for (const round of [first, second]) {
        expect(round.map((m) => m.market)).toEqual([BTC]);
        expect(round[0]?.price).toBe(at("60000"));
      }
      expect(second[0]?.at).toBeGreaterThan(first[0]?.at ?? 0);
    });

    test("VEN-008: a reader that aborts ends without an error, even while it waits", async () => {
      const { seq } = await port.snapshot();
      const leave = new AbortController();
      const reading = (async () => {
        let batches = 0;
        for await (const _ of port.reports(seq, leave.signal)) batches += 1;
        return batches;
      })();
      await port.lookup("77.0.1" as EffectName);
      leave.abort();
      expect(await reading).toBe(0);
    });

    test("VEN-009: reading after a number that never was fails by name", async () => {
      const read = async () => {
        for await (const _ of port.reports(1_000_000, new AbortController().signal)) return;
      };
      await expect(read()).rejects.toThrow(VenueError);
    });

    test("VEN-010: a resting order is open in the snapshot until it is cancelled", async () => {
      await port.submit(approved(depositOf("1000")));
      const order = approved(buy("0.01", "59000", "gtc"));
      await port.submit(order);
      await venue.pass(30_000);
      expect((await port.snapshot()).openOrders).toEqual([order.name]);
      const cancel = approved({ type: "CancelOrder", order: order.name } as const);
      expect(await port.submit(cancel)).toEqual({ outcome: "accepted" });
      expect((await port.snapshot()).openOrders).toEqual([]);
    });

    test("VEN-011: effects of an unknown market, a bad lot or a bad tick are rejected", async () => {
      for (const order of [
        { ...buy("0.01", "60600"), market: "moon-perp" as typeof BTC },
        buy("0.01000001", "60600"),
        buy("0.01", "60600.01"),
        buy("0.01", "90000"),
        buy("100", "60600"),
      ]) {
        expect(await port.submit(approved(order))).toMatchObject({ outcome: "rejected" });
      }
    });
  });
}

/** What a venue with a house promises of what it does unasked. */
export function takingContract(
  name: string,
  open: (wanted: Wanted) => Promise<VenueUnderTest>,
): void {
  describe(`venue contract, unasked: ${name}`, () => {
    let venue: VenueUnderTest;
    let port: VenuePort;
    const filled = (all: readonly VenueReport[]) => only(all, "orderDone").length === 1;
    /** What is held: up to 0.02 BTC long, as the market gave it. */
    let held: Qty;
    beforeEach(async () => {
      venue = await open({ house: true });
      port = venue.port;
      await port.submit(approved(depositOf("1000")));
      await venue.pass(10_000);
      await port.submit(approved(buy("0.02", "60600")));
      await venue.pass(10_000);
      await reportsUntil(port, 0, filled);
      held = (await port.snapshot()).positions.get(BTC)?.qty ?? qty(0n);
    });
    afterEach(() => venue.close());

    const cashOf = async (): Promise<bigint> => {
      const { balances, positions } = await port.snapshot();
      return (balances.get(USD) ?? 0n) - (positions.get(BTC)?.cost ?? 0n);
    };

    test("VEN-020: a deleveraging is told once, under a name, with its exact value, and the books have it", async () => {
      const before = await cashOf();
      expect(venue.strike("deleverage", percent(50))).toBe(true);
      const told = (all: readonly VenueReport[]) => only(all, "autoDeleveraged").length === 1;
      const [report] = only(await reportsUntil(port, 0, told), "autoDeleveraged");
      expect(report).toMatchObject({ market: BTC, side: "sell" });
      const size = report?.qty ?? qty(0n);
      // Half, in whole lots of 0.0001.
      expect(size).toBe((held / 20_000n) * 10_000n);
      // The value is exact; the price is told from it, down to its last decimal.
      const value = notional(report?.price ?? at("1"), size, "down");
      expect((report?.notional ?? 0n) - value).toBeOneOf([0n, 1n]);
      const { positions } = await port.snapshot();
      expect(positions.get(BTC)?.qty).toBe(held - size);
      expect(await cashOf()).toBe(before + (report?.notional ?? 0n));
    });

    test("VEN-021: a liquidation says its fee, what was covered, and what it was judged by", async () => {
      const before = await cashOf();
      expect(venue.strike("liquidate", percent(100))).toBe(true);
      const told = (all: readonly VenueReport[]) => only(all, "venueLiquidated").length === 1;
      const [report] = only(await reportsUntil(port, 0, told), "venueLiquidated");
      expect(report).toMatchObject({ market: BTC, side: "sell", qty: held, covered: 0n });
      expect(report?.fee).toBeGreaterThan(0n);
      expect(report?.equity).toBeGreaterThan(report?.maintenance ?? 0n);
      expect((await port.snapshot()).positions.size).toBe(0);
      const came = (report?.notional ?? 0n) - (report?.fee ?? 0n);
      expect(await cashOf()).toBe(before + came);
    });

    test("VEN-022: what happened while nobody listened is found by its number, each name once", async () => {
      const { seq } = await port.snapshot();
      venue.strike("deleverage", percent(10));
      venue.strike("liquidate", percent(10));
      venue.strike("deleverage", percent(10));
      const names = (all: readonly VenueReport[]): string[] =>
        all.flatMap((one) =>
          one.type === "autoDeleveraged" || one.type === "venueLiquidated" ? [one.name] : [],
        );
      const three = (all: readonly VenueReport[]) => names(all).length === 3;
      const found = names(await reportsUntil(port, seq, three));
      expect(new Set(found).size).toBe(3);
      expect(names(await reportsUntil(port, seq, three))).toEqual(found);
    });

    test("VEN-023: the rank of what is held is told, and that there is none when it is gone", async () => {
      const first = (all: readonly VenueReport[]) => only(all, "adlRank").length > 0;
      const [rank] = only(await reportsUntil(port, 0, first), "adlRank");
      expect(rank).toMatchObject({ market: BTC, position: held, lights: 5, ahead: 0 });
      const { seq } = await port.snapshot();
      venue.strike("deleverage", percent(100));
      await venue.pass(5_000);
      const gone = only(await reportsUntil(port, seq, first), "adlRank");
      expect(gone.at(-1)).toMatchObject({ market: BTC, position: 0n, lights: 0 });
    });

    test("VEN-024: nothing is taken of nothing", async () => {
      venue.strike("liquidate", percent(100));
      expect(venue.strike("liquidate", percent(100))).toBe(false);
      expect(venue.strike("deleverage", percent(100))).toBe(false);
    });
  });
}
