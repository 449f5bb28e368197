/** Every arrow of every lifecycle of the law is gone by some story, and leads where it is drawn. */
import { expect, test } from "vitest";
import { delegationMachine } from "../../machines/delegation.ts";
import { domainMachine } from "../../machines/domain.ts";
import { escrowMachine } from "../../machines/escrow.ts";
import { jobMachine } from "../../machines/job.ts";
import { loanMachine } from "../../machines/loan.ts";
import { marginCallMachine } from "../../machines/margin-call.ts";
import { positionMachine } from "../../machines/position.ts";
import { arrowsOf } from "../../machines/step.ts";
import { FLEET } from "../../src/core/ids.ts";
import { abs } from "../../src/core/money.ts";
import { ppm } from "../../src/core/ppm.ts";
import { millis } from "../../src/core/time.ts";
import type { FleetState, Law } from "../../src/fleet/state.ts";
import type { EffectName } from "../../src/protocol/effects.ts";
import type { EventOf } from "../../src/protocol/events.ts";
import type { ReportBody } from "../../src/protocol/reports.ts";
import { LAW } from "../machines/law.ts";
import { gone, kept, type Lifecycle, type Told } from "./arrows-gone.ts";
import { ALICE, BOB, unitsOf, usd } from "./cast.ts";
import { CALLS, crisisFleet, crisisPolicy, forcedFill, held } from "./crisis-cast.ts";
import {
  buy,
  failed,
  list,
  listed,
  looked,
  owned,
  park,
  registered,
  renew,
  renewed,
  sold,
  told,
} from "./domain-steps.ts";
import { answered, by, effectOf, ops, REJECTED, reported, tick, wait } from "./spec.ts";
import {
  aliceLong,
  closed,
  deposited,
  fill,
  fleetOf,
  marks,
  order,
  stopFill,
  stopSet,
  stopTriggered,
} from "./steps.ts";

const park_ = [park, reported(told("domainParked"))];
const list_ = [list, reported(listed())];
const renew_ = [renew, reported(renewed)];
const DOMAIN: Lifecycle = {
  machine: domainMachine,
  arrows: {
    ...{ DomainRegistered: "REGISTER", DomainFailed: "FAIL", DomainParked: "PARK" },
    ...{ DomainListed: "LIST", DomainRenewed: "RENEW", DomainSold: "SELL" },
    ...{ DomainLapsed: "LAPSE", DomainLost: "LOSE" },
  },
  phaseIn: (state) => state.domains.get("alice/fleet.com")?.phase,
  stories: [
    [...looked, buy, reported(failed)],
    [...looked, buy, reported(registered()), ...renew_, ...park_, ...renew_, ...list_, ...renew_],
    [...owned, ...list_, ...list_, ...park_, reported(told("domainLapsed"))],
    [...owned, ...list_, reported(sold)],
    [...owned, ...list_, reported(told("domainLapsed"), told("domainLost"))],
    [...owned, reported(told("domainLapsed")), ...renew_],
  ],
};

const escrow = (role: "pay" | "earn") =>
  by(ALICE, "OpenEscrow", {
    ...{ escrow: "e1", role, counterparty: "shop", amount: "10", timeoutMs: 9, description: "x" },
  });
const escrowOf = (law: Law): EffectName => law.escrows.get("alice/e1")?.name ?? ("0.0.0" as never);
const says =
  (type: "escrowFunded" | "escrowDelivered") =>
  (law: Law): ReportBody =>
    ({ type, escrow: escrowOf(law), expiresAt: millis(9) }) as ReportBody;
const disputed = (law: Law): ReportBody => ({
  ...{ type: "escrowDisputed", escrow: escrowOf(law), reason: "x" },
});
const declined = (law: Law): ReportBody => ({
  ...{ type: "escrowDeclined", escrow: escrowOf(law), reason: "x" },
});
const refunded = (law: Law): ReportBody => ({
  ...{ type: "escrowRefunded", escrow: escrowOf(law), amount: usd("10") },
});
const released = (law: Law): ReportBody => ({
  ...{ type: "escrowReleased", escrow: escrowOf(law), received: usd("9.9") },
  ...{ fee: usd("0.1"), referral: usd("0") },
});
const [funded, delivered] = [says("escrowFunded"), says("escrowDelivered")];
const paid = [...fleetOf(ALICE), escrow("pay")];
const ESCROW: Lifecycle = {
  machine: escrowMachine,
  arrows: {
    ...{ EscrowFunded: "FUND", EscrowDelivered: "DELIVER", EscrowReleased: "RELEASE" },
    ...{ EscrowRefunded: "REFUND", EscrowDisputed: "DISPUTE", EscrowFailed: "FAIL" },
  },
  phaseIn: (state) => state.escrows.get("alice/e1")?.phase,
  stories: [
    [...paid, reported(declined)],
    [...paid, reported(funded, released)],
    [...paid, reported(funded, refunded)],
    [...paid, reported(funded, disputed, released)],
    [...paid, reported(funded, delivered, released)],
    [...paid, reported(funded, delivered, refunded)],
    [...paid, reported(funded, delivered, disputed, refunded)],
    [...fleetOf(ALICE), escrow("earn"), reported(funded, delivered, released)],
  ],
};

const loan = by(ALICE, "OpenLoan", {
  ...{ loan: "l1", asset: "USDC", amount: "100", minRate: 0, noticeMs: 9 },
});
const recall = by(ALICE, "RecallLoan", { loan: "l1" });
const loanOf = (law: Law): EffectName => law.loans.get("alice/l1")?.name ?? ("0.0.0" as never);
const opened = (law: Law): ReportBody => ({
  ...{ type: "loanOpened", loan: loanOf(law), rate: ppm(1), collateral: ppm(1_100_000) },
});
const returned = (law: Law): ReportBody => ({
  ...{ type: "loanReturned", loan: loanOf(law), principal: unitsOf("100", 6) },
  interest: unitsOf("0", 6),
});
const lent = [...fleetOf(ALICE), loan];
const lentTo = (state: FleetState) => state.loans.get("alice/l1")?.phase;
const LOAN: Lifecycle = {
  machine: loanMachine,
  arrows: {
    ...{ LoanOpened: "OPEN", LoanFailed: "FAIL", LoanRecallRequested: "RECALL" },
    LoanReturned: "RETURN",
    refused: (_, before) => (lentTo(before) === "recalling" ? "REFUSE" : undefined),
  },
  phaseIn: lentTo,
  stories: [
    [...lent, answered(effectOf("OpenLoan"), REJECTED)],
    [...lent, reported(opened, returned)],
    [...lent, reported(opened), recall, answered(effectOf("RecallLoan"), REJECTED)],
    [...lent, reported(opened), recall, reported(returned)],
  ],
};

const revoke = ops("Revoke", { agent: "alice" });
const recallAll = ops("Recall", { agent: "alice", graceMs: 1_000 });
const expire = [wait(600_000), tick];
const DELEGATION: Lifecycle = {
  machine: delegationMachine,
  arrows: {
    ...{ LeaseRenewed: "RENEW", LeaseExpired: "EXPIRE", DelegationRecalled: "RECALL" },
    ...{ DelegationRevoked: "REVOKE", DelegationEnded: "END" },
  },
  phaseIn: (state) => state.agents.get(ALICE)?.delegation?.phase,
  stories: [
    [...fleetOf(ALICE), by(ALICE, "Renew", {}), ...expire, by(ALICE, "Renew", {}), recallAll],
    [...aliceLong, recallAll, revoke, closed(ALICE, "0.1")],
    [...aliceLong, revoke],
    [...aliceLong, ...expire, recallAll],
    [...aliceLong, ...expire, revoke],
  ],
};

const post = by(ALICE, "PostJob", {
  ...{ job: "j1", kind: "data", brief: "x", amount: "5", ttlMs: 10_000 },
});
const take = by(BOB, "TakeJob", { by: "alice", job: "j1" });
const deliver = by(BOB, "DeliverJob", { by: "alice", job: "j1", result: "x" });
const [late, posted] = [
  [wait(10_000), tick],
  [...fleetOf(ALICE, BOB), post],
];
const BY_WORD = { paid: "ACCEPT", rejected: "REJECT", cancelled: "CANCEL", lapsed: "EXPIRE" };
/** Time says the same of every job that it ends; who ends one by a word does so before. */
const ended: Told = (event) => {
  const { phase, reason } = event as EventOf<"JobEnded">;
  return reason === "its time is over" ? "EXPIRE" : BY_WORD[phase];
};
const JOB: Lifecycle = {
  machine: jobMachine,
  arrows: { JobTaken: "TAKE", JobDelivered: "DELIVER", JobEnded: ended },
  phaseIn: (state) => state.jobs.get("alice/j1")?.phase,
  stories: [
    [...posted, by(ALICE, "CancelJob", { job: "j1" })],
    [...posted, ...late],
    [...posted, take, ...late],
    [...posted, take, deliver, ...late],
    [...posted, take, deliver, by(ALICE, "AcceptJob", { job: "j1" })],
    [...posted, take, deliver, by(ALICE, "RejectJob", { job: "j1", reason: "x" })],
  ],
};

const called = [
  ...crisisFleet(crisisPolicy(CALLS), "1000", [ALICE, { cap: "1000" }]),
  ...held(ALICE, "0.41"),
  marks("9900"),
];
const PLANNED: Told = (_, { crisis }) =>
  crisis.calls.get(FLEET)?.phase === "expired" ? "LIQUIDATE" : undefined;
const MARGIN_CALL: Lifecycle = {
  machine: marginCallMachine,
  arrows: {
    ...{ MarginCalled: "CALL", MarginCured: "CURE", MarginExpired: "EXPIRE" },
    ...{ LiquidationPlanned: PLANNED, MarginResolved: "RESOLVE" },
  },
  phaseIn: (state) => state.crisis.calls.get(FLEET)?.phase ?? "none",
  stories: [
    [...called, deposited("200"), marks("9400")],
    [...called, wait(300_000), tick, forcedFill("9900"), marks("6000")],
  ],
};

const btc = (state: FleetState) => state.positions.get("alice/btc-perp");
const filled: Told = (event, before) => {
  const { positionQty: now } = event as EventOf<"FillBooked">;
  const was = btc(before)?.qty ?? 0n;
  if (now === 0n) return "FLAT";
  if (was === 0n) return "OPEN";
  return abs(now) > abs(was as never) || was > 0n !== now > 0n ? "GROW" : undefined;
};
const unless = (phase: string, arrow: string): Told => {
  return (_, before) => (btc(before)?.phase === phase ? undefined : arrow);
};
const more = (name = "o2") => [order(ALICE, name), reported(fill(ALICE, name, "0.1"))];
const out = (name: string) => [
  order(ALICE, name, { side: "sell", reduceOnly: true }),
  reported(fill(ALICE, name, "0.1")),
];
const POSITION: Lifecycle = {
  machine: positionMachine,
  arrows: {
    FillBooked: filled,
    StopConfirmed: unless("protected", "PROTECT"),
    StopTriggered: unless("unprotected", "EXPOSE"),
    PositionClosing: unless("closing", "CLOSE"),
  },
  phaseIn: (state) => btc(state)?.phase ?? "flat",
  stories: [
    [...fleetOf(ALICE), ...more("o1"), ...more(), reported(stopSet(ALICE)), ...more("o3")],
    [...fleetOf(ALICE), ...more("o1"), ...out("o2")],
    [...fleetOf(ALICE), ...more("o1"), wait(5_000), tick, closed(ALICE, "0.1")],
    [...aliceLong, reported(stopTriggered(ALICE)), reported(stopFill(ALICE, "0.1", "9215"))],
    [...aliceLong, ...out("o2")],
    [...aliceLong, order(ALICE, "o2"), revoke, reported(fill(ALICE, "o2", "0.1"))],
  ],
};

const LIVES = [DELEGATION, DOMAIN, ESCROW, JOB, LOAN, MARGIN_CALL, POSITION];

test.each(LIVES.map((lifecycle) => [lifecycle.machine.id, lifecycle] as const))(
  "ARR-001: every arrow of the %s is gone by a story, and no story goes one that is not drawn",
  (_, lifecycle) => {
    const { machine } = lifecycle;
    const drawn = arrowsOf(machine).map(([from, by, to]) => `${from} ${by} ${kept(machine, to)}`);
    expect([...gone(lifecycle)].toSorted()).toEqual(drawn.toSorted());
  },
);

test("ARR-002: no lifecycle of the law is without stories", () => {
  expect(LIVES.map(({ machine }) => machine.id)).toEqual(LAW);
});
