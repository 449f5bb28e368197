/** Judges of what shows only in fleets that are drawn for it: each way of breaking what they hold is told. */
import { expect, test } from "vitest";
import { fleetId } from "../../src/core/ids.ts";
import { DEADLINES_PER_TURN_MAX } from "../../src/core/limits.ts";
import { emptyState, type Law } from "../../src/fleet/state.ts";
import { CrisisRules } from "../../src/lab/check/crisis-rules.ts";
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
