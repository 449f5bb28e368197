/** Escrows: paying others and being paid, each through its lifecycle. */
import { escrowMachine } from "../../machines/escrow.ts";
import { step } from "../../machines/step.ts";
import type { Id } from "../core/ids.ts";
import { type Micro, ZERO } from "../core/money.ts";
import { refuse } from "../protocol/rejections.ts";
import type { VenueReport } from "../protocol/reports.ts";
import type { CommandOf } from "../protocol/turns.ts";
import {
  agentCalled,
  type Consequence,
  type Context,
  callerOf,
  type Decision,
  type HeldAgent,
  isRefusal,
  ownCallFault,
} from "./admission.ts";
import { floorDue } from "./floors.ts";
import type { Escrow } from "./obligations.ts";
import { opening } from "./openings.ts";
import { type Fixed, keyOf, type Law } from "./state.ts";

export function* openEscrow(ctx: Context, { body }: CommandOf<"OpenEscrow">): Decision {
  if (body.referee === body.counterparty) return refuse("not_allowed", "a party cannot be referee");
  const hold = escrowHold(body.role, body.amount);
  const opened = yield* opening(ctx, {
    service: "escrow",
    kind: "escrows",
    named: body.escrow,
    reservation: body.reservation,
    binds: () => ({ hold, cash: hold }),
  });
  if (isRefusal(opened)) return opened;
  const { agent } = opened;
  const { escrow, role, counterparty, amount, timeoutMs, description, referee } = body;
  // Named in the order, else registered at the service, which needs no name, else the fleet's own.
  const own = registeredOf(agent) === undefined ? ctx.law.policy?.referrer : undefined;
  const referrer = body.referrer ?? own;
  const asked = { type: "OpenEscrow", role, counterparty, amount, timeoutMs, description } as const;
  yield {
    type: "EscrowRequested",
    agent: agent.agent,
    escrow,
    role,
    counterparty,
    amount,
    description,
    effect: {
      name: ctx.name(),
      agent: agent.agent,
      effect: {
        ...asked,
        ...(referrer === undefined ? {} : { referrer }),
        ...(referee === undefined ? {} : { referee }),
      },
    },
  };
  return undefined;
}

const ARROW = {
  DeliverEscrow: "DELIVER",
  ReleaseEscrow: "RELEASE",
  DisputeEscrow: "DISPUTE",
} as const;
/** Who may act: the payee delivers, the payer releases, but not in its own call, either disputes. */
const ACTOR = { DeliverEscrow: "earn", ReleaseEscrow: "pay", DisputeEscrow: undefined } as const;

export function* actOnEscrow(
  ctx: Context,
  command: CommandOf<"DeliverEscrow" | "ReleaseEscrow" | "DisputeEscrow">,
): Decision {
  const agent = callerOf(ctx.law, ctx.stamp.from);
  if (isRefusal(agent)) return agent;
  const act = command.type;
  const escrow = ctx.law.escrows.get(keyOf(agent.agent, command.body.escrow));
  if (escrow === undefined) return refuse("unknown_escrow", command.body.escrow);
  const role = ACTOR[act];
  if (role !== undefined && role !== escrow.role)
    return refuse("not_allowed", `role ${escrow.role}`);
  if (escrow.pending !== "") return refuse("illegal_phase", `${escrow.pending} is under way`);
  if (escrow.phase === "disputed" || step(escrowMachine, escrow.phase, ARROW[act]) === undefined) {
    return refuse("illegal_phase", escrow.phase);
  }
  const called = act === "ReleaseEscrow" ? ownCallFault(ctx, agent.agent) : undefined;
  if (called !== undefined) return called;
  yield {
    type: "EscrowActRequested",
    agent: agent.agent,
    escrow: escrow.escrow,
    act,
    reason: "reason" in command.body ? command.body.reason : "",
    effect: { name: ctx.name(), agent: agent.agent, effect: { type: act, escrow: escrow.name } },
  };
  return undefined;
}

type Reported = Extract<
  VenueReport,
  {
    type:
      | "escrowFunded"
      | "escrowDelivered"
      | "escrowReleased"
      | "escrowRefunded"
      | "escrowDisputed"
      | "escrowDeclined";
  }
>;

const REPORTED = {
  escrowFunded: "FUND",
  escrowDelivered: "DELIVER",
  escrowReleased: "RELEASE",
  escrowRefunded: "REFUND",
  escrowDisputed: "DISPUTE",
  escrowDeclined: "FAIL",
} as const;

export function* escrowReported(ctx: Context, report: Reported): Consequence {
  const ref = ctx.law.byName.get(report.escrow);
  const escrow = ref?.kind === "escrow" ? ctx.law.escrows.get(ref.key) : undefined;
  if (
    escrow === undefined ||
    step(escrowMachine, escrow.phase, REPORTED[report.type]) === undefined
  ) {
    const reason = escrow === undefined ? "no open escrow" : `it is ${escrow.phase}`;
    yield { type: "ReportUnmatched", report: `${report.type} ${report.escrow}`, reason };
    return;
  }
  const earned = referralIn(ctx.law, escrow, report);
  yield eventOf(escrow, report, earned !== undefined);
  if (earned !== undefined) yield earned;
  yield* floorDue(ctx, escrow.agent);
}

/** The share of the fee that is another agent's. None: undefined where the escrow's own agent has it. */
function referralIn(law: Law, { agent, escrow }: Fixed<Escrow>, report: Reported) {
  if (report.type !== "escrowReleased" || report.referrer === undefined) return undefined;
  const owner = agentCalled(law, report.referrer)?.agent;
  const { fee, referral } = report;
  if (owner === undefined || referral <= 0n) return undefined;
  return { type: "ReferralEarned", agent: owner, of: agent, escrow, fee, referral } as const;
}

/** @param others whether the share of the fee is another agent's, told and booked as that one's alone. */
function eventOf({ agent, escrow }: Fixed<Escrow>, report: Reported, others: boolean) {
  switch (report.type) {
    case "escrowFunded":
      return { type: "EscrowFunded", agent, escrow, expiresAt: report.expiresAt } as const;
    case "escrowDelivered":
      return { type: "EscrowDelivered", agent, escrow } as const;
    case "escrowReleased": {
      const { received, fee } = report;
      const referral = others ? ZERO : report.referral;
      return { type: "EscrowReleased", agent, escrow, received, fee, referral } as const;
    }
    case "escrowRefunded":
      return { type: "EscrowRefunded", agent, escrow, amount: report.amount } as const;
    case "escrowDisputed":
      return { type: "EscrowDisputed", agent, escrow, reason: report.reason } as const;
    case "escrowDeclined":
      return { type: "EscrowFailed", agent, escrow, reason: report.reason } as const;
  }
}

/** Who refers an agent at the service. None: undefined before that is sure. */
export const registeredOf = ({ referrer }: Pick<HeldAgent, "referrer">): Id | undefined =>
  referrer?.phase === "registered" ? referrer.referrer : undefined;

/** Nothing is held for being paid. */
export const escrowHold = (role: "pay" | "earn", amount: Micro): Micro =>
  role === "pay" ? amount : ZERO;
