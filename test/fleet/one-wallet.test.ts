/** One wallet stands behind every service at once, and what comes free in one backs the next in another. */
import { expect, test } from "vitest";
import { formatMicro, micro } from "../../src/core/money.ts";
import { ppm } from "../../src/core/ppm.ts";
import type { Law } from "../../src/fleet/state.ts";
import { AGENT_COMMANDS } from "../../src/protocol/commands.ts";
import type { ReportBody } from "../../src/protocol/reports.ts";
import { ALICE, ETH, unitsOf, usd } from "./cast.ts";
import { buy, failed, looked } from "./domain-steps.ts";
import {
  answered,
  by,
  effectOf,
  given,
  REJECTED,
  reported,
  type Step,
  type Story,
} from "./spec.ts";
import { deposited, enrolled, fleetOf, granted, marks, open, order } from "./steps.ts";

const bet = (name: string, stake: string): Step =>
  by(ALICE, "PlaceBet", {
    ...{ bet: name, game: "dice", stake, clientSeed: "alice-seed" },
    params: { direction: "over", threshold: 50 },
  });
const pay = (name: string, amount: string): Step =>
  by(ALICE, "OpenEscrow", {
    ...{ escrow: name, role: "pay", counterparty: "shop", amount },
    ...{ timeoutMs: 9_000, description: "work" },
  });
const lend = (name: string, amount: string, asset = "USDC"): Step =>
  by(ALICE, "OpenLoan", { loan: name, asset, amount, minRate: 1, noticeMs: 9_000 });
const reserve = (name: string, amount: string): Step =>
  by(ALICE, "Reserve", { reservation: name, amount, service: "trading", ttlMs: 9_000 });
const reservedBy = ({ state }: Story): bigint => state.agents.get(ALICE)?.reserved ?? 0n;

test("ONE-001: an order, a stake, an escrow, a loan and a domain stand on one cap, and not a unit more", () => {
  const holds: readonly (readonly [Step, string])[] = [
    [order(ALICE, "o1"), "203.01"],
    [bet("b1", "100"), "100"],
    [pay("e1", "200"), "200"],
    [lend("l1", "300"), "300"],
    [buy, "22"],
  ];
  const story = given(...looked);
  let sum = 0n;
  for (const [step, hold] of holds) {
    story.when(step);
    sum += usd(hold);
    expect(reservedBy(story), hold).toBe(sum);
  }
  const left = usd("2000") - sum;
  const more = formatMicro(micro(left + 1n));
  const told = `asked ${more}, allowed ${formatMicro(micro(left))}`;
  for (const step of [bet("b2", more), pay("e2", more), lend("l2", more), reserve("r2", more)])
    story.when(step).refused("cap_exceeded", told);
  story.when(pay("e2", formatMicro(micro(left)))).bringsAmong({ type: "EscrowRequested" } as never);
  expect(reservedBy(story)).toBe(usd("2000"));
});

/** Reports on Alice's escrow, loan and bet of one name each. */
const escrowTold =
  (type: "escrowFunded" | "escrowDeclined" | "escrowReleased" | "escrowRefunded", more = {}) =>
  (law: Law): ReportBody =>
    ({ type, escrow: law.escrows.get("alice/e1")?.name, reason: "so", ...more }) as ReportBody;
const loanTold =
  (type: "loanOpened" | "loanReturned", more: object) =>
  (law: Law): ReportBody =>
    ({ type, loan: law.loans.get("alice/l1")?.name, ...more }) as ReportBody;
const betLost = (law: Law): ReportBody =>
  ({
    ...{ type: "betSettled", bet: law.bets.get("alice/b1")?.name, won: false, payout: 0n },
    ...{ seedHash: "h", nonce: 1, clientSeed: "alice-seed", resultHash: "r", outcome: "73.21" },
  }) as unknown as ReportBody;

test("ONE-002: what ends in one service backs the next obligation of another in the same moment", () => {
  const released = escrowTold("escrowReleased", {
    received: usd("99"),
    fee: usd("1"),
    referral: 0n,
  });
  const back = loanTold("loanReturned", { principal: unitsOf("100", 6), interest: 0n });
  const opened = loanTold("loanOpened", { rate: ppm(1), collateral: ppm(1_100_000) });
  const funded = reported(escrowTold("escrowFunded"));
  const ends: readonly (readonly Step[])[] = [
    [pay("e1", "100"), funded, reported(released)],
    [pay("e1", "100"), funded, reported(escrowTold("escrowRefunded", { amount: usd("100") }))],
    [pay("e1", "100"), reported(escrowTold("escrowDeclined"))],
    [bet("b1", "100"), reported(betLost)],
    [bet("b1", "100"), answered(effectOf("PlaceBet"), REJECTED)],
    [lend("l1", "100"), reported(opened), reported(back)],
    [reserve("r1", "100"), by(ALICE, "Release", { reservation: "r1" })],
  ];
  for (const [i, [begin, ...end]] of ends.entries()) {
    const terms = granted(ALICE, { cap: "100" });
    const story = given(...open, enrolled(ALICE), terms, begin as Step);
    expect(reservedBy(story), `${i}`).toBe(usd("100"));
    story.when(bet("next", "0.000001")).refused("cap_exceeded");
    story
      .given(...end)
      .when(bet("next", "100"))
      .bringsAmong({ type: "BetPlaced" } as never);
  }
  const short = given(...looked, reserve("rest", "1978"), buy);
  short.when(bet("next", "22")).refused("cap_exceeded");
  short
    .given(reported(failed))
    .when(bet("next", "22"))
    .bringsAmong({ type: "BetPlaced" } as never);
});

test("ONE-003: what is paid into an escrow no command of its payer brings back", () => {
  const named = Object.keys(AGENT_COMMANDS).filter((name) => name.includes("Escrow"));
  expect(named.toSorted()).toEqual([
    ...["DeliverEscrow", "DisputeEscrow", "OpenEscrow", "ReleaseEscrow"],
  ]);
  const funded = [...fleetOf(ALICE), pay("e1", "100"), reported(escrowTold("escrowFunded"))];
  const locked = ({ state }: Story): bigint => state.ledger.get("USDC/escrow") ?? 0n;
  const story = given(...funded).when(by(ALICE, "DeliverEscrow", { escrow: "e1" }));
  story.refused("not_allowed");
  story.when(pay("e1", "100")).refused("escrow_exists");
  story.given(by(ALICE, "DisputeEscrow", { escrow: "e1", reason: "mine" }));
  expect([locked(story), reservedBy(story)]).toEqual([usd("100"), usd("100")]);
  // Released, it is the other's: what comes back of it is nothing.
  const paid = given(...funded, by(ALICE, "ReleaseEscrow", { escrow: "e1" }));
  const wallet = (of: Story): bigint => of.state.ledger.get("USDC/wallet") ?? 0n;
  const before = wallet(paid);
  paid.given(
    reported(escrowTold("escrowReleased", { received: usd("99"), fee: usd("1"), referral: 0n })),
  );
  expect([wallet(paid), locked(paid)]).toEqual([before, 0n]);
});

test("ONE-004: a coin that is lent is collateral by its mark as if it were not, and its interest comes on top", () => {
  const lent = lend("l1", "2", "ETH");
  const opened = loanTold("loanOpened", { rate: ppm(1), collateral: ppm(1_100_000) });
  const held = [...fleetOf(ALICE), deposited("5", ETH), marks("10000", "1000")];
  const [kept, out] = [given(...held), given(...held, lent, reported(opened))];
  for (const mark of ["1000", "900", "1080"]) {
    for (const story of [kept, out]) story.given(marks("10000", mark));
    // Five coins at the mark, less a fifth.
    expect(out.state.collateral, mark).toBe(usd("10000") + usd(mark) * 4n);
    expect(out.state.collateral, mark).toBe(kept.state.collateral);
  }
  const interest = (law: Law): ReportBody =>
    ({
      ...{ type: "loanInterest", loan: law.loans.get("alice/l1")?.name },
      amount: unitsOf("0.01", 8),
    }) as ReportBody;
  out.given(reported(interest));
  expect(out.state.collateral - kept.state.collateral).toBe(usd("8.64"));
});
