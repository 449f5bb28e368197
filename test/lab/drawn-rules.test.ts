/** Judges of what shows only in fleets that are drawn for it: each way of breaking what they hold is told. */
import { expect, test } from "vitest";
import { fleetId } from "../../src/core/ids.ts";
import { DEADLINES_PER_TURN_MAX } from "../../src/core/limits.ts";
import { emptyState, type Law } from "../../src/fleet/state.ts";
import { CalendarRules } from "../../src/lab/check/calendar-rules.ts";
import { CapRules } from "../../src/lab/check/cap-rules.ts";
import { CrisisRules } from "../../src/lab/check/crisis-rules.ts";
import { PowderRules } from "../../src/lab/check/powder-rules.ts";
import { ProofRules } from "../../src/lab/check/proof-rules.ts";
import type { FleetEvent } from "../../src/protocol/events.ts";
import type { Turn } from "../../src/protocol/turns.ts";

const event = (type: FleetEvent["type"], facts: object): FleetEvent =>
  ({ type, ...facts }) as never as FleetEvent;

/** A law of which only these facts are looked at. */
const law = (facts: object): Law => ({ ...emptyState(fleetId("sim")), ...facts }) as never as Law;

const turn = (at: number, type: Turn["type"], ...events: readonly FleetEvent[]): Turn =>
  ({ type, at, events }) as never as Turn;

/** What is told after these turns, the last of which only ends the one before. */
function proofs(...turns: readonly Turn[]): readonly string[] {
  const found: string[] = [];
  const rules = new ProofRules((invariant) => found.push(invariant));
  for (const one of turns) {
    rules.turn(one);
    for (const each of one.events) rules.event(each, one.at);
  }
  rules.turn(turn(99, "Tick"));
  return found;
}

test("DRW-001: a turn that looks at all deadlines proves what can be proven by then", () => {
  const bet = { agent: "casino", bet: "b1" };
  const placed = event("BetPlaced", { ...bet, clientSeed: "mine" });
  const settled = event("BetSettled", { ...bet, seedHash: "h", nonce: 0, resultHash: "r" });
  const revealed = event("SeedRevealed", { seedHash: "h", serverSeed: "s" });
  const proven = event("BetProven", { ...bet, fault: "seed-hash-mismatch" });
  const begun = turn(5, "TakeReports", placed, settled, revealed);
  const looked = (count: number, ...more: readonly FleetEvent[]) =>
    turn(7, "Tick", event("DeadlinesPassed", { count }), ...more);
  expect(proofs(begun, looked(1))).toEqual(["I8"]);
  expect(proofs(begun, looked(1, proven))).toEqual([]);
  expect(proofs(begun, looked(DEADLINES_PER_TURN_MAX))).toEqual([]);
  expect(proofs(begun, turn(7, "Renew"))).toEqual([]);
  expect(proofs(turn(5, "TakeReports", placed, settled), looked(1))).toEqual([]);
});

const zones = { orange: 500_000, hysteresis: 10_000 };
const policy = { zones, crisis: { graceMs: 0, targetUtilization: 400_000 } };
const planned = (call: string) =>
  event("LiquidationPlanned", {
    ...{ agent: "fleet", call, status: "short", steps: [], planAt: 10, cost: 0n, need: 20n },
  });

/** What is told when a duty was planned at zero and so many turns with events follow, each at its time. */
function left(call: string, facts: object, ...times: readonly number[]): readonly string[] {
  const found: string[] = [];
  const rules = new CrisisRules((invariant) => found.push(invariant));
  const begun = law({ policy, reserved: 60n, collateral: 100n });
  rules.event(planned(call), turn(0, "Tick"), begun);
  for (const at of times)
    rules.turn(
      turn(at + 1, "Tick", event("DeadlinesPassed", { count: 1 })),
      law({ policy, reserved: 60n, collateral: 100n, at, ...facts }),
    );
  return [...new Set(found)];
}

test("DRW-002: a duty is looked at again when its plan said, turn by turn, while margin is missing", () => {
  for (const duty of ["orange", "trailing-stop"]) {
    expect(left(duty, {}, 10, 11, 12, 13)).toEqual(["I9"]);
    expect(left(duty, {}, 10, 11)).toEqual([]);
    expect(left(duty, {}, 6, 7, 8, 9)).toEqual([]);
    expect(left(duty, { reserved: 41n }, 10, 11, 12, 13)).toEqual([]);
  }
  expect(left("call-1", {}, 10, 11, 12, 13)).toEqual([]);
});

test("DRW-003: what comes free by itself is not missing: cancels, forced orders, and loans but for a trailing stop", () => {
  const loans = new Map([["l", { phase: "recalling", hold: 30n }]]);
  expect(left("orange", { loans }, 10, 11, 12, 13)).toEqual([]);
  expect(left("trailing-stop", { loans }, 10, 11, 12, 13)).toEqual(["I9"]);
  const order = { cause: "", cancelling: true, hold: 30n, agent: "a", market: "m" };
  const orders = (change: object) => new Map([["a/o", { ...order, ...change }]]);
  expect(left("orange", { orders: orders({}) }, 10, 11, 12, 13)).toEqual([]);
  const positions = new Map([["a/m", { margin: 30n, closing: undefined }]]);
  const forced = { orders: orders({ cancelling: false, cause: "orange" }), positions };
  expect(left("orange", forced, 10, 11, 12, 13)).toEqual([]);
  expect(left("orange", { positions }, 10, 11, 12, 13)).toEqual(["I9"]);
});

/** What is told of an order that opens at a leverage, with so much reserved of 100 by then, of which 40 before. */
function around(at: number, leverage: number, reserved: bigint): readonly string[] {
  const found: string[] = [];
  const rules = new CalendarRules((invariant) => found.push(invariant));
  const calendar = [
    { name: "e", at: 10, beforeMs: 3, afterMs: 2, maxLeverage: 2_000_000, buffer: 500_000 },
  ];
  const held = law({ policy: { crisis: { calendar } }, reserved: 40n, collateral: 100n });
  const order = event("OrderApproved", { agent: "a", order: "o", opening: 1n, leverage });
  rules.event(order, turn(at, "PlaceOrder", order), held, reserved);
  return found;
}

test("DRW-004: around an event, both ends included, nobody opens with more leverage or beyond the kept cash", () => {
  expect(around(7, 2_000_001, 50n)).toEqual(["I7"]);
  expect(around(12, 2_000_001, 50n)).toEqual(["I7"]);
  expect([6, 13].flatMap((at) => around(at, 2_000_001, 60n))).toEqual([]);
  expect(around(10, 2_000_000, 50n)).toEqual([]);
  expect(around(10, 2_000_000, 51n)).toEqual(["I2"]);
});

/** What is told of events in one turn at 10, and of what the turn leaves to do. */
function caps(...events: readonly FleetEvent[]): readonly string[] {
  const found: string[] = [];
  const rules = new CapRules((invariant) => found.push(invariant));
  const policy = { raiseStep: 100_000, crisis: { reallocate: { periodMs: 5 } } };
  for (const one of events) rules.event(one, turn(10, "Tick", one), law({ policy }));
  rules.turn();
  return found;
}
const line = (of: string, before: bigint, after: bigint, inUse = 0n) => ({
  ...{ of, before, after, inUse },
});
const moved = (...lines: readonly object[]) =>
  event("Reallocated", { rule: "sharpe", dryRun: false, lines });
const cut = event("CapCut", { agent: "a", cap: 90n });
const raise = event("RaiseScheduled", { agent: "b", cap: 110n });

test("DRW-005: caps that move are together no more, none below its use or up by more than a step, each done", () => {
  const [down, up] = [line("a", 100n, 90n), line("b", 100n, 110n)];
  expect(caps(moved(down, up), cut, raise)).toEqual([]);
  expect(caps(moved(down, up), cut)).toEqual(["I2"]);
  expect(caps(moved(up), raise)).toEqual(["I2"]);
  expect(caps(moved(line("a", 100n, 90n, 91n), up), cut, raise)).toEqual(["I2"]);
  const much = event("RaiseScheduled", { agent: "b", cap: 111n });
  expect(caps(moved(line("a", 100n, 89n), line("b", 100n, 111n)), much)).toEqual(["I7", "I2"]);
  expect(caps(event("Reallocated", { rule: "sharpe", dryRun: true, lines: [down] }))).toEqual([]);
});

test("DRW-006: periods follow one another in time, and a referrer is one, registered once, with its part", () => {
  const closed = (period: number, nextAt: number) => event("PeriodClosed", { period, nextAt });
  expect(caps(closed(1, 15))).toEqual([]);
  expect(caps(closed(2, 15))).toEqual(["I4"]);
  expect(caps(closed(1, 16))).toEqual(["I8"]);
  expect(caps(closed(1, 15), closed(2, 15))).toEqual(["I8"]);
  const registered = (referrer: string) => event("ReferrerRegistered", { agent: "a", referrer });
  const earned = (agent: string, referral: bigint) =>
    event("ReferralEarned", { agent, of: "a", escrow: "e", fee: 99n, referral });
  expect(caps(registered("b"), earned("b", 14n))).toEqual([]);
  expect(caps(registered("b"), earned("b", 15n))).toEqual(["I1"]);
  expect(caps(registered("b"), earned("c", 14n))).toEqual(["I1"]);
  expect(caps(registered("b"), registered("c"))).toEqual(["I4"]);
  expect(caps(registered("a"))).toEqual(["I4"]);
});

test("DRW-007: a grant leaves the measured reserve alone where the rules measure it, less what backs positions", () => {
  const grant = (dryPowder: bigint, crisis: object, ...before: readonly FleetEvent[]) => {
    const found: string[] = [];
    const rules = new PowderRules((invariant) => found.push(invariant));
    const held = law({ policy: { dryPowder: 100_000, crisis }, collateral: 100n });
    for (const one of [...before, event("DelegationGranted", { dryPowder })])
      rules.event(one, held);
    return found;
  };
  const sized = event("RegimeSet", { reserve: 30n });
  const lent = event("DryPowderDeployed", { agent: "a", amount: 5n, deployed: 5n, reserve: 30n });
  expect([grant(10n, {}), grant(9n, {}), grant(10n, {}, sized)]).toEqual([[], ["I2"], []]);
  const measured = { reserveRatio: 100_000 };
  expect([grant(30n, measured, sized), grant(29n, measured, sized)]).toEqual([[], ["I2"]]);
  expect(grant(25n, measured, sized, lent)).toEqual([]);
});
