/** Loans: at most a share of a holding, held at its value, accrued, recalled and returned. */
import { describe, expect, test } from "vitest";
import { percent, ppm } from "../../src/core/ppm.ts";
import { balance } from "../../src/fleet/ledger.ts";
import type { Law } from "../../src/fleet/state.ts";
import { agentView } from "../../src/fleet/views.ts";
import type { ReportBody } from "../../src/protocol/reports.ts";
import { ALICE, BOB, ETH, POLICY, unitsOf, usd } from "./cast.ts";
import {
  ACCEPTED,
  answered,
  by,
  effectOf,
  given,
  ops,
  REJECTED,
  reported,
  tick,
  wait,
} from "./spec.ts";
import { configured, deposited, enrolled, fleetOf, granted, marks, open } from "./steps.ts";

const alice = fleetOf(ALICE);
const cash = (story: ReturnType<typeof given>, account = "USDC/wallet") =>
  balance(story.state.ledger, account);
const holder = (story: ReturnType<typeof given>) => story.state.agents.get(ALICE);

describe("loans", () => {
  const lend = (loan: string, amount = "100", asset = "USDC", from = ALICE) =>
    by(from, "OpenLoan", { loan, asset, amount, minRate: 10_000, noticeMs: 9_000 });
  const recall = by(ALICE, "RecallLoan", { loan: "l1" });
  const of = (law: Law) => law.loans.get("alice/l1")?.name ?? ("0.0.0" as never);
  const opened = (law: Law): ReportBody => ({
    type: "loanOpened",
    loan: of(law),
    rate: ppm(50_000),
    collateral: ppm(1_500_000),
  });
  const interest =
    (amount: string, decimals = 6) =>
    (law: Law): ReportBody => ({
      type: "loanInterest",
      loan: of(law),
      amount: unitsOf(amount, decimals),
    });
  const returned =
    (principal: string, more: string, decimals = 6) =>
    (law: Law): ReportBody => ({
      type: "loanReturned",
      loan: of(law),
      principal: unitsOf(principal, decimals),
      interest: unitsOf(more, decimals),
    });

  test("LOA-001: a loan is held at its value, accrues, is recalled, and comes back", () => {
    const story = given(...alice).when(lend("l1"));
    story.brings({
      type: "LoanRequested",
      hold: usd("100"),
      effect: { effect: { type: "OpenLoan" } },
    });
    expect([cash(story), cash(story, "USDC/loans"), story.state.collateral]).toEqual([
      usd("9900"),
      usd("100"),
      usd("10000"),
    ]);
    story.given(reported(opened, interest("0.5")));
    story.when(recall).brings({ type: "LoanRecallRequested", reason: "agent" });
    story.when(recall).refused("illegal_phase", "recalling");
    story.given(reported(returned("100", "0.25")));
    expect([cash(story), holder(story)?.realized, holder(story)?.reserved]).toEqual([
      usd("10000.75"),
      usd("0.75"),
      0n,
    ]);
  });

  test("LOA-002: at most two fifths of a holding are lent, by all agents together", () => {
    const both = [
      ...open,
      enrolled(ALICE),
      granted(ALICE, { cap: "4500" }),
      enrolled(BOB),
      granted(BOB, { cap: "4500" }),
    ];
    const story = given(...both, lend("l1", "3000")).when(lend("l2", "1000.000001", "USDC", BOB));
    story.refused("lend_share_exceeded", "asked 1000.000001, allowed 1000");
    story.when(lend("l2", "1000", "USDC", BOB)).brings({ type: "LoanRequested" });
  });

  test("LOA-003: the share is of what is owned now: of what was withdrawn nothing is lent", () => {
    const story = given(
      ...fleetOf(ALICE),
      by(ALICE, "OpenEscrow", {
        escrow: "e1",
        role: "pay",
        counterparty: "shop",
        amount: "2000",
        timeoutMs: 9,
        description: "x",
      }),
    );
    story.given(
      ops("Cut", { agent: "alice", cap: "1" }),
      enrolled(BOB),
      granted(BOB, { cap: "5000" }),
    );
    story.given(ops("Withdraw", { asset: "USDC", amount: "2000", to: "home" }));
    story.when(lend("l1", "3200.000001", "USDC", BOB)).refused("lend_share_exceeded");
  });

  test("LOA-015: what lies in escrow counts to the holding, but only the wallet can be lent from", () => {
    const escrow = by(ALICE, "OpenEscrow", {
      escrow: "e1",
      role: "pay",
      counterparty: "shop",
      amount: "7000",
      timeoutMs: 9,
      description: "x",
    });
    // Coins carry the margin of both, so that the share of 4000 would reach beyond the wallet's 3000.
    const story = given(
      ...[...open, deposited("10", ETH), marks("10000")],
      ...[enrolled(ALICE), granted(ALICE, { cap: "7000" }), escrow],
      ...[enrolled(BOB), granted(BOB, { cap: "5000" })],
    );
    story
      .when(lend("l1", "3000.000001", "USDC", BOB))
      .refused("lend_share_exceeded", "asked 3000.000001, allowed 3000");
    story.when(lend("l1", "3000", "USDC", BOB)).brings({ type: "LoanRequested" });
  });

  test("LOA-004: a coin is held at its value after the haircut", () => {
    const story = given(...alice, deposited("5", ETH), marks("10000")).when(lend("l1", "2", "ETH"));
    story.brings({ type: "LoanRequested", hold: usd("1600"), units: unitsOf("2", 8) });
    story.given(reported(opened, interest("0.01", 8)));
    expect(holder(story)?.realized).toBe(usd("10"));
    story.given(reported(returned("2", "0", 8)));
    expect(cash(story, "ETH/wallet")).toBe(501_000_000n);
  });

  test("LOA-005: principal that does not come back is its lender's loss", () => {
    const story = given(...alice, lend("l1"), reported(opened)).when(reported(returned("60", "1")));
    story.bringsAmong({ type: "LoanReturned", agent: ALICE } as never);
    expect([cash(story), cash(story, "USDC/loans"), holder(story)?.realized]).toEqual([
      usd("9961"),
      0n,
      usd("-39"),
    ]);
  });

  test("LOA-006: a recall that the venue refused may be asked for again", () => {
    const story = given(
      ...alice,
      lend("l1"),
      reported(opened),
      recall,
      answered(effectOf("RecallLoan"), REJECTED),
    );
    expect(story.state.loans.get("alice/l1")?.phase).toBe("open");
    story.when(recall).brings({ type: "LoanRecallRequested" });
  });

  const revoke = ops("Revoke", { agent: "alice" });
  const flatten = ops("SetMode", { mode: "flatten", reason: "test" });
  const leaving = ops("Recall", { agent: "alice", graceMs: 600_000 });

  test("LOA-009: what opens when its agent may lend no more is asked back at once", () => {
    const ways = [
      [revoke, "recall"],
      [leaving, "recall"],
      [flatten, "flatten"],
    ] as const;
    for (const [end, reason] of ways) {
      const story = given(...alice, lend("l1"), end).when(reported(opened));
      story.bringsAmong({ type: "LoanRecallRequested", agent: ALICE, loan: "l1", reason });
      expect(story.state.loans.get("alice/l1")?.phase).toBe("recalling");
    }
    given(...alice, lend("l1"), ops("SetMode", { mode: "halt", reason: "test" }))
      .when(reported(opened))
      .bringsNo("LoanRecallRequested");
  });

  test("LOA-010: a refused recall is asked again while its agent may not lend, and only then", () => {
    const refused = answered(effectOf("RecallLoan"), REJECTED);
    const on = [...alice, lend("l1"), reported(opened)];
    for (const end of [revoke, flatten]) {
      const story = given(...on, end, tick, refused, wait(1_999));
      story.when(tick).bringsNo("LoanRecallRequested");
      for (let attempt = 0; attempt < 3; attempt++) {
        story.given(wait(1)).when(tick).bringsAmong({ type: "LoanRecallRequested", loan: "l1" });
        story.given(refused, wait(1_999));
      }
      story.given(wait(1), tick, reported(returned("100", "0")));
      expect(holder(story)?.reserved).toBe(0n);
    }
    given(...on, recall, refused, wait(2_000))
      .when(tick)
      .bringsNo("LoanRecallRequested");
  });

  test("LOA-007: refused by the venue it was never lent", () => {
    const story = given(...alice, lend("l1")).when(answered(effectOf("OpenLoan"), REJECTED));
    story.brings({ type: "EffectAnswered" }, { type: "LoanFailed" });
    expect([cash(story), holder(story)?.reserved]).toEqual([usd("10000"), 0n]);
  });

  test("LOA-008: reports of a loan that is not there, or not so far, are kept", () => {
    const unmatched = [{ type: "ReportUnmatched" }, { type: "ReportsTaken" }] as const;
    for (const report of [opened, interest("1"), returned("1", "1")]) {
      given(...alice)
        .when(reported(report))
        .brings(...unmatched);
    }
    given(...alice, lend("l1"))
      .when(reported(returned("100", "0")))
      .brings(...unmatched);
    given(...alice, lend("l1"), answered(effectOf("OpenLoan"), ACCEPTED), reported(opened))
      .when(reported(opened))
      .brings(...unmatched);
  });

  const covered =
    (ratio: number) =>
    (law: Law): ReportBody => ({ type: "loanCollateral", loan: of(law), ratio: ppm(ratio) });

  test("LOA-011: what its borrower has posted is told, and stands in the view of the loan", () => {
    const story = given(...alice, lend("l1"));
    expect(agentView(story.state, ALICE, 0)?.loans[0]?.collateral).toBeUndefined();
    story.given(reported(opened));
    expect(agentView(story.state, ALICE, 0)?.loans[0]?.collateral).toBe(1_500_000);
    story.when(reported(covered(1_040_000)));
    story.bringsAmong({ type: "LoanCollateral", loan: "l1", ratio: ppm(1_040_000) } as never);
    expect(agentView(story.state, ALICE, 0)?.loans[0]?.collateral).toBe(1_040_000);
    given(...alice)
      .when(reported(covered(1)))
      .brings({ type: "ReportUnmatched" }, { type: "ReportsTaken" });
  });

  test("LOA-014: its lender is told each loan's notice, asked for, open or recalled", () => {
    const story = given(...alice, lend("l1"));
    const told = () => agentView(story.state, ALICE, 0)?.loans.map((one) => one.noticeMs);
    expect(told()).toEqual([9_000]);
    story.given(reported(opened), recall);
    expect(told()).toEqual([9_000]);
  });

  test("LOA-012: a borrower who is sold out remits to the lender, and what is missing is its loss", () => {
    const soldOut = (law: Law): ReportBody => ({
      ...(returned("90", "0")(law) as Extract<ReportBody, { type: "loanReturned" }>),
      liquidated: true,
    });
    const story = given(...alice, lend("l1"), reported(opened)).when(reported(soldOut));
    story.bringsAmong({ type: "LoanReturned", liquidated: true } as never);
    expect([cash(story), holder(story)?.realized, holder(story)?.reserved]).toEqual([
      usd("9990"),
      usd("-10"),
      0n,
    ]);
  });

  test("LOA-013: a holding that is kept for long has its own bound, the 40 % rule's exception", () => {
    const assets = POLICY.assets.map((one) =>
      one.asset === ETH ? { ...one, lendShare: percent(90) } : one,
    );
    const kept = configured({ ...POLICY, assets }, "p2");
    // From 40 % to 90 % in two steps of half.
    const later = [wait(60_000), tick, wait(60_000), tick];
    const story = given(
      ...alice,
      kept,
      ...later,
      deposited("5", ETH),
      marks("10000"),
      enrolled(BOB),
    );
    expect(agentView(story.state, ALICE, 0)?.holdings).toMatchObject([
      { asset: "USDC" },
      { asset: "ETH", lendShare: 900_000 },
    ]);
    story.given(granted(BOB, { cap: "5000" }));
    story.when(lend("l1", "4.50000001", "ETH", BOB)).refused("lend_share_exceeded");
    story.when(lend("l1", "4.5", "ETH", BOB)).brings({ type: "LoanRequested" });
    story.when(lend("l2", "4000.000001", "USDC", BOB)).refused("lend_share_exceeded");
  });
});
