/** Payments inside the fleet: exact, free, and nothing that the venue could see. */
import { expect, test } from "vitest";
import { USDC } from "../../src/core/ids.ts";
import { resultOf, walletOf } from "../../src/fleet/ledger.ts";
import { ALICE, BOB, DORA, usd } from "./cast.ts";
import { by, given, ops } from "./spec.ts";
import { enrolled, fleetOf } from "./steps.ts";

const pay = (amount: string, to = "bob") => by(ALICE, "PayAgent", { to, amount, note: "signals" });

test("PAY-001: a payment moves a result from one agent to another and leaves wallet and cover alone", () => {
  const story = given(...fleetOf(ALICE, BOB));
  const { collateral, committed } = story.state;
  const wallet = walletOf(story.state.ledger, USDC);
  story.when(pay("12.345678")).brings({
    type: "InternalPaid",
    agent: ALICE,
    to: BOB,
    amount: usd("12.345678"),
    note: "signals",
  });
  const { ledger, agents } = story.state;
  expect(walletOf(ledger, USDC)).toBe(wallet);
  expect(resultOf(ledger, USDC, "transfer", ALICE)).toBe(usd("-12.345678"));
  expect(resultOf(ledger, USDC, "transfer", BOB)).toBe(usd("12.345678"));
  expect([agents.get(ALICE)?.realized, agents.get(BOB)?.realized]).toEqual([
    usd("-12.345678"),
    usd("12.345678"),
  ]);
  expect([story.state.collateral, story.state.committed]).toEqual([collateral, committed]);
});

test("PAY-002: nobody pays more than is left to it, itself, or somebody who is not there", () => {
  const story = given(...fleetOf(ALICE, BOB), enrolled(DORA));
  story.when(pay("2000.000001")).refused("cap_exceeded", "asked 2000.000001, allowed 2000");
  story.when(pay("1", "alice")).refused("bad_field");
  story.when(pay("1", "nobody")).refused("unknown_agent");
  story.when(by(DORA, "PayAgent", { to: "bob", amount: "1" })).refused("no_delegation");
  story.given(ops("SetMode", { mode: "halt", reason: "x", agent: ALICE }));
  story.when(pay("1")).refused("halted");
  story.given(ops("SetMode", { mode: "reduce", reason: "x", agent: ALICE }));
  story.when(pay("1")).refused("reduce_only");
});
