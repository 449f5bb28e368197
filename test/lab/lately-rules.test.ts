/** Judges of what was built last: each way of breaking what they hold is told, and nothing else is. */
import { createHash, createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { fleetId } from "../../src/core/ids.ts";
import { PROOF_WITHIN_MS } from "../../src/core/limits.ts";
import { emptyState, type Law } from "../../src/fleet/state.ts";
import { CrisisRules } from "../../src/lab/check/crisis-rules.ts";
import { DueRules } from "../../src/lab/check/due-rules.ts";
import { PaceRules } from "../../src/lab/check/pace-rules.ts";
import { PowderRules } from "../../src/lab/check/powder-rules.ts";
import { ProofRules } from "../../src/lab/check/proof-rules.ts";
import { ShutRules } from "../../src/lab/check/shut-rules.ts";
import type { FleetEvent } from "../../src/protocol/events.ts";
import type { Turn } from "../../src/protocol/turns.ts";

const event = (type: FleetEvent["type"], facts: object): FleetEvent =>
  ({ type, ...facts }) as never as FleetEvent;

/** A law of which only these facts are looked at. */
const law = (facts: object): Law => ({ ...emptyState(fleetId("sim")), ...facts }) as never as Law;

test("LAT-001: a zone shuts leveraged risk from yellow on, all from orange on, and a call its scope or all", () => {
  const shut = new ShutRules();
  expect(shut.judge("a", true)).toBeUndefined();
  shut.event(event("ZoneChanged", { to: "yellow" }));
  expect([shut.judge("a", true), shut.judge("a", false)]).toEqual([
    "the zone is yellow",
    undefined,
  ]);
  shut.event(event("ZoneChanged", { to: "orange" }));
  expect(shut.judge("a", false)).toBe("the zone is orange");
  shut.event(event("ZoneChanged", { to: "green" }));
  shut.event(event("MarginCalled", { agent: "a", call: "call-1" }));
  expect([shut.judge("a", false), shut.judge("b", false)]).toEqual(["call-1 is open", undefined]);
  shut.event(event("MarginResolved", { agent: "a" }));
  shut.event(event("MarginCalled", { agent: "fleet", call: "call-2" }));
  expect(shut.judge("b", false)).toBe("call-2 is open");
  shut.event(event("MarginCured", { agent: "fleet" }));
  expect(shut.judge("b", true)).toBeUndefined();
});

/** What plans of so many coins at a price of 100 come to, each at its time: a tenth of 1,000 USDC in 1,000 ms. */
function paced(...sent: readonly (readonly [at: number, coins: number, more?: FleetEvent])[]) {
  const found: string[] = [];
  const rules = new PaceRules((_, detail) => found.push(detail));
  const market = { mark: 10_000_000_000n, policy: { lot: 1_000_000n } };
  const policy = { crisis: { pace: { depth: 100_000, everyMs: 1_000 } } };
  const held = law({ policy, markets: new Map([["m", market]]) });
  for (const [at, coins, more] of sent) {
    const qty = BigInt(Math.round(Math.abs(coins) * 1e8));
    const steps = [{ kind: "reduce", market: "m", side: coins > 0 ? "sell" : "buy", qty }];
    const books = [{ market: "m", depth: 1_000_000_000n, mark: 10_000_000_000n }];
    rules.event(event("LiquidationPlanned", { call: "call-1", steps, books }), at, held);
    if (more !== undefined) rules.event(more, at, held);
  }
  return found.length;
}

test("LAT-002: more than its pace in one span is told, in two spans, net of both sides or by a lot it is not", () => {
  expect(paced([0, 1])).toBe(0);
  expect(paced([0, 1.02])).toBe(1);
  expect(paced([0, 0.6], [999, 0.5])).toBe(1);
  expect(paced([0, 0.6], [1_000, 0.5])).toBe(0);
  expect(paced([0, 0.6], [500, -0.5], [600, 0.8])).toBe(0);
  expect(paced([0, -1.1])).toBe(1);
});

test("LAT-009: a market is shut while its span takes not one lot more, and not after it", () => {
  const rules = new PaceRules(() => undefined);
  const market = { mark: 10_000_000_000n, policy: { lot: 1_000_000n } };
  const policy = { crisis: { pace: { depth: 100_000, everyMs: 1_000 } } };
  const held = law({ policy, markets: new Map([["m", market]]) });
  const send = (qty: bigint) => {
    const steps = [{ kind: "reduce", market: "m", side: "sell", qty }];
    const books = [{ market: "m", depth: 1_000_000_000n, mark: 10_000_000_000n }];
    rules.event(event("LiquidationPlanned", { call: "call-1", steps, books }), 0, held);
  };
  expect(rules.isShut("m", 0, held)).toBe(false);
  send(99_000_000n);
  expect(rules.isShut("m", 0, held)).toBe(false);
  send(1n);
  expect(rules.isShut("m", 999, held)).toBe(true);
  expect(rules.isShut("m", 1_000, held)).toBe(false);
});

test("LAT-003: what an order of a plan did not fill may be sent again in its span", () => {
  const of = { agent: "a", order: "o", market: "m" };
  const facts = { side: "sell", qty: 60_000_000n, mark: 10_000_000_000n, forced: "call-1" };
  const approved = event("OrderApproved", { ...of, ...facts });
  const closed = event("OrderClosed", { ...of, filled: 0n });
  const rules = (ended: FleetEvent) => paced([0, 0.6, approved], [1, 0.1, ended], [2, 0.9]);
  expect(rules(closed)).toBe(0);
  expect(rules(event("OrderClosed", { ...of, filled: 60_000_000n }))).toBe(1);
});

/** What is told of the reserve, of which ten are kept. */
function powder(reserved: bigint, ...events: readonly FleetEvent[]): readonly string[] {
  const found: string[] = [];
  const rules = new PowderRules((invariant) => found.push(invariant));
  for (const one of events) rules.event(one, law({}));
  const crisis = { ...emptyState(fleetId("sim")).crisis };
  const policy = { crisis: { targetUtilization: 500_001 } };
  rules.turn(law({ policy, reserved, collateral: 100n, crisis }));
  return found;
}

test("LAT-004: dry powder is out at most as it is kept, by right sums, and while margin is missing", () => {
  const out = (amount: bigint, deployed = amount) =>
    event("DryPowderDeployed", { agent: "fleet", amount, deployed, reserve: 10n });
  const back = (amount: bigint, deployed: bigint) =>
    event("DryPowderReturned", { agent: "fleet", amount, deployed });
  expect(powder(51n, out(10n))).toEqual([]);
  expect(powder(50n, out(10n))).toEqual(["I2"]);
  expect(powder(50n, out(10n), back(10n, 0n))).toEqual([]);
  expect(powder(51n, out(11n))).toEqual(["I2"]);
  expect(powder(51n, out(5n), out(6n, 6n))).toEqual(["I2"]);
  expect(powder(51n, out(5n), back(6n, -1n))).toEqual(["I2"]);
});

const seed = "5eed";
const seedHash = createHash("sha256").update(seed).digest("hex");
const resultHash = createHmac("sha256", seed).update("mine:3").digest("hex");
const outcome = ((Number.parseInt(resultHash.slice(0, 8), 16) % 10_000) / 100).toFixed(2);
const bet = { agent: "casino", bet: "b1" };
const placed = event("BetPlaced", { ...bet, clientSeed: "mine" });
const settled = (change: object = {}) =>
  event("BetSettled", { ...bet, seedHash, nonce: 3, resultHash, outcome, ...change });
const revealed = event("SeedRevealed", { seedHash, serverSeed: seed });
const proven = (fault = "") => event("BetProven", { ...bet, fault });
const checked = event("BetChecked", { ...bet, verified: true });

interface Later {
  readonly at: number;
  readonly event: FleetEvent;
}

/** What is told of bets at time zero or later, and at `now` of what is overdue by more than five. */
function proofs(now: number, ...events: readonly (FleetEvent | Later)[]): readonly string[] {
  const found: string[] = [];
  const rules = new ProofRules((invariant) => found.push(invariant));
  for (const one of events) {
    const { at, event } = "event" in one ? one : { at: 0, event: one };
    rules.event(event, at);
  }
  rules.overdue(now, 5);
  return found;
}

test("LAT-005: a bet is proven once, by what its seed says, and verified only when that is known", () => {
  expect(proofs(9, placed, settled(), revealed, proven())).toEqual([]);
  expect(proofs(9, placed, settled(), revealed, checked)).toEqual([]);
  expect(proofs(9, placed, settled(), revealed, proven("result-mismatch"))).toEqual(["I13"]);
  expect(proofs(9, placed, settled({ nonce: 4 }), revealed, proven())).toEqual(["I13"]);
  expect(proofs(9, placed, settled({ nonce: 4 }), revealed, checked)).toEqual(["I13"]);
  expect(proofs(9, placed, settled({ outcome: "1.00" }), revealed, proven())).toEqual(["I13"]);
  expect(proofs(0, placed, settled(), checked)).toEqual(["I13"]);
  expect(proofs(9, placed, settled(), revealed, proven(), proven())).toEqual(["I4"]);
  expect(proofs(9, placed, proven())).toEqual(["I3"]);
});

test("LAT-006: whether a bet was fair is told soon after its seed is known, or that nobody can say", () => {
  expect(proofs(5, placed, settled(), revealed)).toEqual([]);
  expect(proofs(6, placed, settled(), revealed)).toEqual(["I8"]);
  expect(proofs(6, placed, revealed, settled())).toEqual(["I8"]);
  expect(proofs(PROOF_WITHIN_MS + 5, placed, settled())).toEqual([]);
  expect(proofs(PROOF_WITHIN_MS + 6, placed, settled())).toEqual(["I8"]);
  const unproven = event("BetUnproven", { ...bet, seedHash, waitedMs: 1 });
  const late = { at: PROOF_WITHIN_MS, event: unproven };
  expect(proofs(PROOF_WITHIN_MS + 6, placed, settled(), late)).toEqual([]);
  expect(proofs(0, placed, settled(), unproven)).toEqual(["I8"]);
  expect(proofs(0, placed, settled(), revealed, late)).toEqual(["I13"]);
  expect(proofs(0, placed, late)).toEqual(["I3"]);
});

/** What is told of events at time zero, and at 16 of what is late by more than five, so much reserved of 100. */
function crisis(reserved: bigint, changes: object, ...events: readonly FleetEvent[]) {
  const found: string[] = [];
  const rules = new CrisisRules((invariant) => found.push(invariant));
  const zones = { orange: 500_000, hysteresis: 10_000 };
  const policy = { zones, crisis: { graceMs: 0, targetUtilization: 400_000, ...changes } };
  const state = law({ policy, reserved, collateral: 100n });
  const turn = { at: 0 } as never as Turn;
  for (const one of events) rules.event(one, turn, state);
  rules.overdue(16, 5, state);
  return found;
}
const call = { agent: "fleet", call: "call-1" };
const begun = [
  event("MarginCalled", { ...call, graceEndsAt: 0 }),
  event("MarginExpired", call),
] as const;
const planned = (facts: object = {}, of: object = call) =>
  event("LiquidationPlanned", {
    ...of,
    status: "short",
    steps: [],
    planAt: 10,
    cost: 9n,
    ...facts,
  });

test("LAT-007: a plan that fell short is made again when it said, while margin is missing and not before", () => {
  expect(crisis(60n, {}, ...begun, planned())).toEqual(["I8"]);
  expect(crisis(41n, {}, ...begun, planned())).toEqual([]);
  expect(crisis(60n, {}, ...begun, planned({ planAt: 11 }))).toEqual([]);
  expect(crisis(60n, {}, ...begun, planned(), event("MarginResolved", call))).toEqual([]);
  const trailing = planned({ need: 10n }, { agent: "fleet", call: "trailing-stop" });
  expect(crisis(60n, {}, trailing)).toEqual(["I8"]);
  const run = event("ModeSet", { agent: "fleet", mode: "run" });
  expect(crisis(60n, {}, trailing, run)).toEqual([]);
  const orange = planned({}, { agent: "fleet", call: "orange" });
  expect(crisis(60n, {}, orange)).toEqual(["I8"]);
  expect(crisis(60n, {}, orange, event("ZoneChanged", { to: "yellow" }))).toEqual([]);
});

test("LAT-008: who spares others is no dearer with their sales, and who goes by a rule weighs nothing else", () => {
  const spares = (unspared: bigint) => planned({ planAt: 99, knockOn: { cost: 4n, unspared } });
  expect(crisis(60n, {}, ...begun, spares(11n))).toEqual([]);
  expect(crisis(60n, {}, ...begun, spares(10n))).toEqual(["I9"]);
  const ruled = { closeBy: "random" };
  expect(crisis(60n, ruled, ...begun, planned({ planAt: 99 }))).toEqual([]);
  expect(crisis(60n, ruled, ...begun, planned({ planAt: 99, distress: {} }))).toEqual(["I9"]);
  // When its orders go is another matter.
  expect(crisis(60n, ruled, ...begun, planned({ planAt: 99, waiting: {} }))).toEqual([]);
});

const shop = event("AgreementSet", { party: "shop", group: "club", everyMs: 100 });
const owed = event("DueRecorded", { agent: "a", due: "d1", party: "shop" });
const line = { of: "a", due: "d1", party: "shop", amount: 9n };
const netted = (...left: readonly object[]) => event("DuesNetted", { group: "club", left });
const paidBack = (counts: bigint) => event("DueReceived", { settled: [{ ...line, counts }] });

/** What is told of debts at time zero, and at `now` of what is overdue by more than five. */
function debts(now: number, ...events: readonly FleetEvent[]): readonly string[] {
  const found: string[] = [];
  const rules = new DueRules((invariant) => found.push(invariant));
  for (const one of events) rules.event(one, 0);
  rules.overdue(now, 5);
  return found;
}

test("LAT-010: what is due is netted an interval later at the latest, and nothing is netted where nothing is due", () => {
  expect(debts(105, shop, owed)).toEqual([]);
  expect(debts(106, shop, owed)).toEqual(["I8"]);
  expect(debts(106, shop, owed, netted())).toEqual([]);
  expect(debts(106, shop, owed, netted(line))).toEqual(["I8"]);
  expect(debts(106, shop, owed, event("DuesDeferred", { group: "club" }))).toEqual(["I8"]);
  expect(debts(106, shop, owed, paidBack(8n))).toEqual(["I8"]);
  expect(debts(106, shop, owed, paidBack(9n))).toEqual([]);
  const outside = event("OutsideDueRecorded", { group: "club" });
  expect(debts(106, shop, outside)).toEqual(["I8"]);
  const failed = event("DuePaymentFailed", { agent: "fleet", due: "f1", party: "shop" });
  expect(debts(106, shop, failed)).toEqual(["I8"]);
  expect(debts(106, shop, event("AgreementEnded", { party: "shop" }), failed)).toEqual([]);
  expect(debts(9, shop, netted())).toEqual(["I9"]);
  expect(debts(9, shop, owed, netted(), netted())).toEqual(["I9"]);
});

test("LAT-011: what failed while there was no agreement is due once there is one, and netted then", () => {
  const failed = event("DuePaymentFailed", { agent: "fleet", due: "f1", party: "shop" });
  const waits = [shop, event("AgreementEnded", { party: "shop" }), failed];
  expect(debts(9, ...waits, shop, netted())).toEqual([]);
  expect(debts(106, ...waits, shop)).toEqual(["I8"]);
  expect(debts(9, ...waits, shop, shop, netted(), netted())).toEqual(["I9"]);
});
