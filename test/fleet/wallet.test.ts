/** The wallet and its reservations: money in and out, held and given back. */
import { describe, expect, test } from "vitest";
import { USDC } from "../../src/core/ids.ts";
import { balance } from "../../src/fleet/ledger.ts";
import { ALICE, ETH, T0, unitsOf, usd } from "./cast.ts";
import { answered, by, effectOf, given, ops, REJECTED, reported, tick, wait } from "./spec.ts";
import { deposited, fleetOf, marks, open } from "./steps.ts";

const wallet = (story: ReturnType<typeof given>, account = "USDC/wallet") =>
  balance(story.state.ledger, account);
const withdraw = (amount: string, asset = "USDC") => ops("Withdraw", { asset, amount, to: "home" });
const withdrawn = (amount: string) =>
  reported({
    type: "withdrawn",
    effect: "4.0.0" as never,
    asset: USDC,
    amount: unitsOf(amount, 6),
  });

describe("deposits and withdrawals", () => {
  test("WAL-001: a deposit is asked for, and counts when the venue reports it", () => {
    const story = given(...open).when(ops("Deposit", { asset: "USDC", amount: "5" }));
    story.brings({
      type: "DepositRequested",
      effect: { effect: { type: "Deposit", amount: usd("5") } },
    });
    expect(wallet(story)).toBe(usd("10000"));
    story.when(answered(effectOf("Deposit"), REJECTED)).brings({ type: "EffectAnswered" });
    story.given(deposited("5"));
    expect(wallet(story)).toBe(usd("10005"));
  });

  test("WAL-002: a withdrawal leaves the collateral at once and the books when it has gone", () => {
    const story = given(...open).when(withdraw("9000"));
    story.brings({ type: "WithdrawalApproved", to: "home" });
    expect([story.state.collateral, wallet(story, "USDC/withdrawals")]).toEqual([
      usd("1000"),
      usd("9000"),
    ]);
    story.when(withdrawn("9000")).brings({ type: "Withdrawn" }, { type: "ReportsTaken" });
    expect(wallet(story, "USDC/external")).toBe(-usd("1000"));
  });

  test("WAL-003: a withdrawal that the venue refused comes back", () => {
    const story = given(...open, withdraw("9000")).when(answered(effectOf("Withdraw"), REJECTED));
    story.brings({ type: "EffectAnswered" }, { type: "WithdrawalFailed" });
    expect(wallet(story)).toBe(usd("10000"));
  });

  test("WAL-004: what nobody sent away cannot arrive there, nor come back after it went", () => {
    given(...open)
      .when(withdrawn("1"))
      .brings({ type: "ReportUnmatched" }, { type: "ReportsTaken" });
    given(...open, withdraw("10"), withdrawn("10"))
      .when(answered(effectOf("Withdraw"), REJECTED))
      .brings({ type: "EffectAnswered" });
  });

  test("WAL-005: always covered: withdrawing a coin to the last unit of cover loses none", () => {
    for (const amount of ["0.30000001", "0.12345678", "1.25"]) {
      const story = given(...fleetOf(ALICE), deposited("2.00000001", ETH), marks("10000", "1237"));
      story.given(withdraw("7000")).when(withdraw(amount, "ETH"));
      if (story.last?.rejection === undefined) story.bringsNo("CoverageLost");
      expect(story.state.covered).toBe(true);
    }
  });
});

describe("reservations", () => {
  const reserve = by(ALICE, "Reserve", {
    reservation: "r1",
    amount: "100",
    service: "casino",
    ttlMs: 1_000,
  });

  test("RES-001: a reservation holds, and gives back when released, once", () => {
    const story = given(...fleetOf(ALICE)).when(reserve);
    story.brings({ type: "ReservationHeld", amount: usd("100"), expiresAt: T0 + 1_000 });
    expect(story.state.reserved).toBe(usd("100"));
    const release = by(ALICE, "Release", { reservation: "r1" });
    story.when(release).brings({ type: "ReservationReleased", amount: usd("100") });
    expect(story.state.reserved).toBe(0n);
    story.when(release).refused("unknown_reservation");
  });

  test("RES-002: it is void at its time: never early, once, also when overdue", () => {
    given(...fleetOf(ALICE), reserve, wait(999))
      .when(tick)
      .bringsNothing();
    for (const late of [1_000, 400_000]) {
      const story = given(...fleetOf(ALICE), reserve, wait(late)).when(tick);
      story.brings({ type: "DeadlinesPassed" }, { type: "ReservationVoided", amount: usd("100") });
      expect(story.state.reserved).toBe(0n);
      story.when(tick).bringsNothing();
    }
  });

  test("RES-003: a name that is free again has its own time, not the old one's", () => {
    const release = by(ALICE, "Release", { reservation: "r1" });
    given(...fleetOf(ALICE), reserve, wait(500), release, reserve, wait(500))
      .when(tick)
      .bringsNo("ReservationVoided");
  });
});
