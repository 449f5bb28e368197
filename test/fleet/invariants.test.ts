/** That the checker of the folded state sees what it is there to see: each rule, broken by hand. */
import { describe, expect, test } from "vitest";
import { micro, qty } from "../../src/core/money.ts";
import { breaches } from "../../src/fleet/invariants.ts";
import type { FleetState } from "../../src/fleet/state.ts";
import { COMMITTED, settledBet } from "./bet-cases.ts";
import { ALICE, named } from "./cast.ts";
import { given } from "./spec.ts";
import { aliceLong } from "./steps.ts";

const HOLDER = "alice";
const POSITION = "alice/btc-perp";
const must = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error("the story has it");
  return value;
};

const BREAKS: readonly (readonly [string, (state: FleetState) => void])[] = [
  ["conserved", (s) => s.ledger.set("USDC/wallet", 1n)],
  ["no-negative-holding", (s) => s.ledger.set("ETH/wallet", -1n)],
  ["reserved", (s) => (must(s.agents.get(ALICE)).reserved = micro(1n))],
  ["reserved-positive", (s) => (must(s.agents.get(ALICE)).reserved = micro(-1n))],
  ["attribution", (s) => (must(s.agents.get(ALICE)).realized = micro(1n))],
  ["attribution", (s) => (must(s.agents.get(ALICE)).coins = micro(1n))],
  ["margin-cost", (s) => (must(s.agents.get(ALICE)).past.cost = 1n)],
  ["margin-cost", (s) => (s.past.cost = 1n)],
  ["margin-cost", (s) => (s.past.lent.amount = 1n)],
  ["margin-cost", (s) => (s.past.lent.yearly = 1n)],
  ["committed", (s) => (s.committed = micro(1n))],
  ["flat-is-empty", (s) => (must(s.positions.get(POSITION)).qty = qty(0n))],
  ["phase-fits", (s) => (must(s.positions.get(POSITION)).phase = "flat")],
  ["unrealized", (s) => (s.unrealized = micro(1n))],
  ["kill-told", (s) => (s.mode = "halt")],
  ["powder-backs", (s) => s.crisis.powder.set(ALICE, micro(1n))],
  ["collateral", (s) => (s.collateral = micro(1n))],
  ["cover-told", (s) => (s.covered = false)],
  ["listed-is-there", (s) => must(s.agents.get(ALICE)).orders.add(named("ghost"))],
  ["listed", (s) => must(s.agents.get(ALICE)).positions.clear()],
  [
    "to-prove",
    (s) =>
      s.toProve.set("seed", {
        keys: new Set(["alice/ghost"]),
        nonces: new Set(),
        next: undefined,
        drawn: undefined,
        untold: 0,
      }),
  ],
  [
    "to-prove",
    (s) =>
      s.toProve.set("seed", {
        keys: new Set(),
        nonces: new Set([7]),
        next: undefined,
        drawn: undefined,
        untold: 0,
      }),
  ],
  ["listed", (s) => s.underway.ours.add("alice/ghost")],
  ["listed", (s) => s.underway.cancelling.add("alice/ghost")],
  ["listed", (s) => s.underway.closing.add(POSITION)],
];

describe(`invariants of a fleet in which ${HOLDER} is long`, () => {
  test("INV-001: a fold of the law's own turns breaks none of them", () => {
    expect(breaches(given(...aliceLong).state)).toEqual([]);
  });

  test("INV-003: a settled bet that no proof waits for is told", () => {
    const { state } = given(...settledBet());
    expect(breaches(state)).toEqual([]);
    state.toProve.set("another", must(state.toProve.get(COMMITTED)));
    state.toProve.delete(COMMITTED);
    expect(breaches(state)).toEqual([{ rule: "to-prove", detail: "alice/b1" }]);
  });

  test.each(BREAKS)("INV-002: a broken %s is told", (rule, harm) => {
    const { state } = given(...aliceLong);
    harm(state);
    expect(breaches(state).map((breach) => breach.rule)).toContain(rule);
  });
});
