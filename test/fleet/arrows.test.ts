/** Every arrow of the lifecycles of domains, escrows and loans is gone by some story, and by the law alone. */
import { expect, test } from "vitest";
import type { AnyStateMachine } from "xstate";
import { domainMachine } from "../../machines/domain.ts";
import { escrowMachine } from "../../machines/escrow.ts";
import { loanMachine } from "../../machines/loan.ts";
import { arrowsOf } from "../../machines/step.ts";
import { ppm } from "../../src/core/ppm.ts";
import { evolve } from "../../src/fleet/evolve.ts";
import { emptyState, type FleetState, type Law } from "../../src/fleet/state.ts";
import type { EffectName } from "../../src/protocol/effects.ts";
import type { FleetEvent } from "../../src/protocol/events.ts";
import type { ReportBody } from "../../src/protocol/reports.ts";
import { ALICE, DEMO, unitsOf, usd } from "./cast.ts";
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
import { answered, by, effectOf, given, REJECTED, reported, type Step } from "./spec.ts";
import { fleetOf } from "./steps.ts";

interface Lifecycle {
  readonly machine: AnyStateMachine;
  /** The arrow that an event is; refusals by the venue among them. */
  readonly arrows: Readonly<Record<string, string>>;
  readonly phaseIn: (state: FleetState) => string | undefined;
  readonly stories: readonly (readonly Step[])[];
}

/** Arrows gone, as `phase EVENT`, by folding each story's journal event by event. */
function gone({ arrows, phaseIn, stories }: Lifecycle): ReadonlySet<string> {
  const found = new Set<string>();
  for (const steps of stories) {
    const state = emptyState(DEMO);
    for (const { turn } of given(...steps).journal) {
      for (const event of turn.events) {
        const before = phaseIn(state);
        const arrow = arrowOf(event, arrows);
        evolve(state, event, turn.at);
        if (before !== undefined && arrow !== undefined) found.add(`${before} ${arrow}`);
      }
    }
  }
  return found;
}

/** A recall that was refused is told by the answer to its effect alone. */
function arrowOf(event: FleetEvent, arrows: Lifecycle["arrows"]): string | undefined {
  const refused = event.type === "EffectAnswered" && event.outcome === "rejected";
  return refused ? arrows["refused"] : arrows[event.type];
}

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
  (law: Law): ReportBody => ({ type, escrow: escrowOf(law) });
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
const LOAN: Lifecycle = {
  machine: loanMachine,
  arrows: {
    ...{ LoanOpened: "OPEN", LoanFailed: "FAIL", LoanRecallRequested: "RECALL" },
    ...{ LoanReturned: "RETURN", refused: "REFUSE" },
  },
  phaseIn: (state) => state.loans.get("alice/l1")?.phase,
  stories: [
    [...lent, answered(effectOf("OpenLoan"), REJECTED)],
    [...lent, reported(opened, returned)],
    [...lent, reported(opened), recall, answered(effectOf("RecallLoan"), REJECTED)],
    [...lent, reported(opened), recall, reported(returned)],
  ],
};

test.each([
  ["domain", DOMAIN],
  ["escrow", ESCROW],
  ["loan", LOAN],
] as const)("ARR-001: every arrow of the %s is gone by a story", (_, lifecycle) => {
  const found = gone(lifecycle);
  const drawn = arrowsOf(lifecycle.machine).map(([from, event]) => `${from} ${event}`);
  expect(drawn.filter((arrow) => !found.has(arrow))).toEqual([]);
});
