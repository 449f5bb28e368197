/**
 * Every unit explained, whatever is asked; the same past from the same inputs, however time is cut.
 */
import { createHash } from "node:crypto";
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { assetId, id } from "../../src/core/ids.ts";
import { micro, notional, price, qty, units } from "../../src/core/money.ts";
import { ppm } from "../../src/core/ppm.ts";
import type { Approved, Effect, EffectName } from "../../src/protocol/effects.ts";
import type { VenueReport } from "../../src/protocol/reports.ts";
import { snapshotOf, statementOf } from "../../src/venue/paper/books.ts";
import { advance, newWorld, request, takeReports } from "../../src/venue/paper/engine.ts";
import { OUTSIDERS } from "../../src/venue/paper/outsiders.ts";
import { toPlainText } from "../../src/venue/paper/plain.ts";
import type { World } from "../../src/venue/paper/world.ts";
import { AGENT, at, BTC, depositOf, explained, SOON, smallTape, USD } from "./helpers.ts";

const tape = smallTape(["60000", "61000", "57000", "52000", "60000", "63000", "61000"], 14_400_000);

const side = fc.constantFrom("buy", "sell");
const lots = fc.bigInt(1n, 20_000n).map((n) => qty(n * 10_000n));
const limits = fc.bigInt(540_000n, 660_000n).map((n) => price(n * 10_000_000n));
/** A name of something asked for before: small numbers, so that they meet. */
const earlier = fc.nat(40).map((n) => `7.${n}.0` as EffectName);
const dollars = fc.bigInt(1n, 3_000_000_000n);

const effects: fc.Arbitrary<Effect> = fc.oneof(
  fc.record({
    type: fc.constant("PlaceOrder" as const),
    market: fc.constant(BTC),
    side,
    qty: lots,
    limit: limits,
    tif: fc.constantFrom("ioc", "gtc"),
  }),
  fc.record({ type: fc.constant("CancelOrder" as const), order: earlier }),
  fc.record({
    type: fc.constant("SetStop" as const),
    slot: fc.constantFrom("a.btc-perp", "b.btc-perp"),
    version: fc.nat(30),
    market: fc.constant(BTC),
    side,
    qty: fc.oneof(lots, fc.constant(qty(0n))),
    trigger: limits,
  }),
  fc.record({
    type: fc.constant("PlaceBet" as const),
    bet: fc.constant(id("bet")),
    game: fc.constantFrom("dice", "dice-rebate", "coin-flip"),
    stake: fc.bigInt(1n, 30_000_000n).map(micro),
    params: fc.constantFrom<Record<string, string | number>>(
      { direction: "over", threshold: 50 },
      { direction: "under", threshold: 7 },
      { side: "heads" },
    ),
    clientSeed: fc.constant("client-seed"),
  }),
  fc.constant<Effect>({ type: "RotateSeed" }),
  fc.record({
    type: fc.constant("OpenEscrow" as const),
    role: fc.constantFrom("pay", "earn"),
    counterparty: fc.constantFrom(...OUTSIDERS.keys()),
    amount: dollars.map(micro),
    timeoutMs: fc.integer({ min: 60_000, max: 7_200_000 }),
    description: fc.constant("work"),
    referrer: fc.constantFrom(id("fleet-self"), id("somebody")),
  }),
  fc.record({
    type: fc.constant("OpenEscrow" as const),
    role: fc.constantFrom("pay", "earn"),
    counterparty: fc.constantFrom(...OUTSIDERS.keys()),
    amount: dollars.map(micro),
    timeoutMs: fc.integer({ min: 60_000, max: 7_200_000 }),
    description: fc.constant("referred by who is registered"),
  }),
  fc.record({
    type: fc.constant("RegisterReferrer" as const),
    referrer: fc.constantFrom(id("bob"), id("out-data-1")),
    own: fc.boolean(),
  }),
  fc.record({
    type: fc.constantFrom("DeliverEscrow", "ReleaseEscrow", "DisputeEscrow"),
    escrow: earlier,
  }),
  fc.record({
    type: fc.constant("OpenLoan" as const),
    asset: fc.constantFrom(USD, assetId("BTC")),
    amount: dollars.map(units),
    minRate: fc.constantFrom(ppm(0), ppm(30_000)),
    noticeMs: fc.nat(7_200_000),
  }),
  fc.record({ type: fc.constant("RecallLoan" as const), loan: earlier }),
  fc.record({
    type: fc.constant("Deposit" as const),
    asset: fc.constantFrom(USD, assetId("BTC")),
    amount: dollars.map(units),
  }),
  fc.record({
    type: fc.constant("Withdraw" as const),
    asset: fc.constantFrom(USD, assetId("BTC")),
    amount: dollars.map(units),
    to: fc.constant(id("me")),
  }),
);

interface Input {
  readonly wait: number;
  readonly effect: Effect;
}
const inputs: fc.Arbitrary<Input[]> = fc.array(
  fc.record({ wait: fc.integer({ min: 0, max: 1_200_000 }), effect: effects }),
  { minLength: 5, maxLength: 60 },
);

const begin = (): World => newWorld({ seed: "books", tape, wallet: SOON });

function submitAll(world: World, row: readonly Input[], cut: number): VenueReport[] {
  const reports = [...takeReports(world)];
  request(world, { name: "6.0.0" as EffectName, agent: AGENT, effect: depositOf("2000") });
  for (const [n, { wait, effect }] of row.entries()) {
    const until = world.state.at + wait;
    while (world.state.at < until) advance(world, Math.min(until, world.state.at + cut));
    const approved: Approved = { name: `7.${n}.0` as EffectName, agent: AGENT, effect };
    request(world, approved);
    reports.push(...takeReports(world));
  }
  advance(world, world.state.at + 4 * 3_600_000);
  reports.push(...takeReports(world));
  return reports;
}

/** What a stranger makes of the reports alone: the flows of USDC that they tell. */
function toldBy(
  reports: readonly VenueReport[],
  earn: ReadonlySet<EffectName>,
  paid: Map<EffectName, bigint>,
) {
  let cash = 0n;
  for (const r of reports) {
    if (r.type === "fill") cash += (r.side === "buy" ? -r.notional : r.notional) - r.fee;
    else if (r.type === "funding") cash += r.payment;
    else if (r.type === "betSettled") cash += r.payout - (paid.get(r.bet) ?? 0n);
    else if (r.type === "escrowReleased") {
      cash += r.referral + (earn.has(r.escrow) ? r.received : -(r.received + r.fee));
    } else if (r.type === "loanInterest" && earn.has(r.loan)) cash += r.amount;
    else if (r.type === "loanReturned" && earn.has(r.loan)) cash += r.interest;
    else if (r.type === "deposited" && r.asset === USD) cash += r.amount;
    else if (r.type === "withdrawn" && r.asset === USD) cash -= r.amount;
  }
  return cash;
}

describe("the books", () => {
  test.prop([inputs], { numRuns: 60 })(
    "BOK-001: always free + locked is the sum of all flows, to the unit, of every asset",
    (row) => {
      const world = begin();
      submitAll(world, row, 3_600_000);
      explained(world);
    },
  );

  test.prop([inputs], { numRuns: 60 })(
    "BOK-002: always the reports alone tell the balance: nothing moves that is not reported",
    (row) => {
      const world = begin();
      const reports = submitAll(world, row, 3_600_000);
      const ours = new Set<EffectName>();
      const stakes = new Map<EffectName, bigint>();
      for (const [n, { effect }] of row.entries()) {
        const name = `7.${n}.0` as EffectName;
        if (effect.type === "OpenEscrow" && effect.role === "earn") ours.add(name);
        if (effect.type === "OpenLoan" && effect.asset === USD) ours.add(name);
        if (effect.type === "PlaceBet") stakes.set(name, effect.stake);
      }
      const { openCost, assets } = statementOf(world.state);
      const usdc = assets.find((a) => a.asset === USD);
      const told = toldBy(reports, ours, stakes);
      expect((usdc?.free ?? 0n) + (usdc?.locked ?? 0n)).toBe(told + openCost);
    },
  );

  test.prop([inputs, fc.constantFrom(1_000, 7_777, 333_333)], { numRuns: 25 })(
    "BOK-003: always the same inputs make the same reports, however time between them is cut",
    (row, cut) => {
      const [one, two] = [begin(), begin()];
      const hash = (reports: readonly VenueReport[]) =>
        createHash("sha256").update(toPlainText(reports)).digest("hex");
      expect(hash(submitAll(two, row, cut))).toBe(hash(submitAll(one, row, 3_600_000)));
      expect(two.state).toEqual(one.state);
    },
  );

  test.prop([inputs], { numRuns: 20 })(
    "BOK-004: always reports are numbered from 1 without gaps, in the order of time",
    (row) => {
      const reports = submitAll(begin(), row, 3_600_000);
      expect(reports.map((r) => r.seq)).toEqual(reports.map((_, i) => i + 1));
      for (const [i, r] of reports.entries()) {
        expect(r.at).toBeGreaterThanOrEqual(reports[i - 1]?.at ?? 0);
      }
    },
  );

  test.prop([inputs], { numRuns: 20 })(
    "BOK-005: always the snapshot's position is the sum of the fills",
    (row) => {
      const world = begin();
      const reports = submitAll(world, row, 3_600_000);
      let held = 0n;
      for (const r of reports) {
        if (r.type !== "fill") continue;
        held += r.side === "buy" ? r.qty : -r.qty;
        expect(r.notional).toBe(notional(r.price, r.qty, r.side === "buy" ? "up" : "down"));
      }
      expect(snapshotOf(world.state).positions.get(BTC)?.qty ?? 0n).toBe(held);
    },
  );

  test.prop([inputs, fc.nat(59)], { numRuns: 20 })(
    "BOK-006: always a name asked twice is answered the same and happens once",
    (row, which) => {
      const [once, twice] = [begin(), begin()];
      submitAll(once, row, 3_600_000);
      submitAll(twice, row, 3_600_000);
      const input = row[which % row.length];
      if (input === undefined) throw new Error("an input");
      const name = `7.${which % row.length}.0` as EffectName;
      const first = once.state.answers.get(name);
      const other: Effect = { ...depositOf("999") };
      expect(request(twice, { name, agent: AGENT, effect: other })).toEqual(first);
      expect(twice.state).toEqual(once.state);
    },
  );

  test("BOK-007: another seed is another world", () => {
    const make = (seed: string) => {
      const world = newWorld({ seed, tape, wallet: SOON });
      advance(world, world.state.at + 1_000_000);
      const limit = at("66000");
      const order = {
        type: "PlaceOrder",
        market: BTC,
        side: "buy",
        qty: qty(10_000_000n),
        limit,
        tif: "ioc",
      };
      request(world, { name: "1.0.0" as EffectName, agent: AGENT, effect: order as Effect });
      advance(world, world.state.at + 10_000);
      return toPlainText(takeReports(world).filter((r) => r.type === "fill"));
    };
    expect(make("one")).toBe(make("one"));
    expect(make("one")).not.toBe(make("two"));
  });
});
