/** evolve(state, event): the only thing that changes state. It records, it never judges. */
import type { Millis } from "../core/time.ts";
import type { EventOf, FleetEvent } from "../protocol/events.ts";
import type { CrisisEvent } from "../protocol/events-crisis.ts";
import type { DomainEvent } from "../protocol/events-domains.ts";
import type { JobEvent } from "../protocol/events-jobs.ts";
import type { PriceEvent } from "../protocol/events-prices.ts";
import type { VenueEvent } from "../protocol/events-venue.ts";
import { schedule } from "./deadlines.ts";
import { noteDue, noteEscrow } from "./dealt.ts";
import { evolveBet, isBetEvent } from "./evolve-bets.ts";
import { evolveCrisis } from "./evolve-crisis.ts";
import { evolveDomain, isDomainEvent } from "./evolve-domains.ts";
import { evolveDues, isDueEvent } from "./evolve-dues.ts";
import { evolveFlat, evolveGovernance, evolveWallet } from "./evolve-governance.ts";
import { evolveLoan, recallRefused } from "./evolve-loans.ts";
import { evolveMarket } from "./evolve-market.ts";
import { evolveEscrow } from "./evolve-obligations.ts";
import { cancelRefused, evolveOrder, evolveReservation, evolveStop } from "./evolve-orders.ts";
import { evolvePrice } from "./evolve-prices.ts";
import { evolveReferral, isReferralEvent } from "./evolve-referrals.ts";
import { evolveVenue } from "./evolve-venue.ts";
import { evolveJob, isJobEvent } from "./jobs.ts";
import { pass } from "./past.ts";
import { notePlay } from "./play.ts";
import { discard } from "./spent.ts";
import type { FleetState } from "./state.ts";

/** Folds one event that was decided at `at`. Mutates `state`; recovery runs the same lines. */
export function evolve(state: FleetState, event: FleetEvent, at: Millis): void {
  pass(state, at);
  state.counts.set(event.type, (state.counts.get(event.type) ?? 0) + 1);
  if ("effect" in event) askOutside(state, event, at);
  noteDealt(state, event, at);
  if (isDueEvent(event)) return evolveDues(state, event, at);
  if (isDomainEvent(event) || isJobEvent(event)) return evolveNamed(state, event, at);
  if (isBetEvent(event)) {
    notePlay(state, event, at);
    return evolveBet(state, event, at);
  }
  if (isReferralEvent(event)) return evolveReferral(state, event);
  switch (event.type) {
    case "FleetConfigured":
    case "LeaderElected":
    case "AgentEnrolled":
    case "AgentRetired":
    case "DelegationGranted":
    case "LeaseRenewed":
    case "LeaseExpired":
    case "RaiseScheduled":
    case "CapRaised":
    case "RaiseVoided":
    case "CapCut":
    case "DelegationRecalled":
    case "DelegationRevoked":
    case "DelegationEnded":
    case "FloorBreached":
    case "AgentContained":
    case "ModeSet":
      return evolveGovernance(state, event, at);
    case "DepositRequested":
    case "Deposited":
    case "WithdrawalApproved":
    case "Withdrawn":
    case "WithdrawalFailed":
      return evolveWallet(state, event);
    case "ReservationHeld":
    case "ReservationReleased":
    case "ReservationPosted":
    case "ReservationVoided":
      return evolveReservation(state, event);
    case "OrderApproved":
    case "OrderWorking":
    case "OrderUnresolved":
    case "OrderRejected":
    case "FillBooked":
    case "OrderClosed":
    case "CancelRequested":
      return evolveOrder(state, event, at);
    case "StopRequested":
    case "StopConfirmed":
    case "StopFailed":
    case "StopTriggered":
    case "PositionClosing":
      return evolveStop(state, event, at);
    case "MarksSet":
    case "MarkRefused":
    case "FundingBooked":
    case "ZoneChanged":
    case "CoverageLost":
    case "CoverageRestored":
    case "StableShareLow":
    case "StableShareRestored":
    case "RegimeSet":
      return evolveMarket(state, event, at);
    default:
      return evolveRest(state, event, at);
  }
}

/** When an agent dealt last is kept whatever else an event does. */
function noteDealt(state: FleetState, event: FleetEvent, at: Millis): void {
  if (event.type === "EscrowRequested") noteEscrow(state, event, at);
  if (event.type === "DueRecorded") noteDue(state, event, at);
}

const evolveNamed = (state: FleetState, event: DomainEvent | JobEvent, at: Millis): void =>
  isDomainEvent(event) ? evolveDomain(state, event) : evolveJob(state, event, at);

type Obligation = Extract<FleetEvent, { type: `Escrow${string}` | `Loan${string}` }>;
type Flatness = Extract<FleetEvent, { type: `Flat${string}` }>;
type Machinery = Extract<
  FleetEvent,
  {
    type:
      | "EffectAnswered"
      | "ReportsTaken"
      | "ReportUnmatched"
      | "DeadlinesPassed"
      | "SweepPaused"
      | "BooksDiffer"
      | "BooksAgree";
  }
>;

function evolveRest(
  state: FleetState,
  event: Obligation | Machinery | Flatness | CrisisEvent | VenueEvent | PriceEvent,
  at: Millis,
): void {
  switch (event.type) {
    case "EscrowRequested":
    case "EscrowFunded":
    case "EscrowActRequested":
    case "EscrowDelivered":
    case "EscrowReleased":
    case "EscrowRefunded":
    case "EscrowDisputed":
    case "EscrowFailed":
    case "EscrowActFailed":
      return evolveEscrow(state, event);
    case "LoanRequested":
    case "LoanOpened":
    case "LoanCollateral":
    case "LoanInterest":
    case "LoanRecallRequested":
    case "LoanReturned":
    case "LoanFailed":
      return evolveLoan(state, event);
    case "FlatReached":
    case "FlatLost":
      return evolveFlat(state, event);
    case "EffectAnswered":
      return answer(state, event, at);
    case "ReportsTaken":
      state.reportsThrough = event.through;
      return;
    case "DeadlinesPassed":
      return discard(state, event.count);
    case "SweepPaused":
      return schedule(state.deadlines, { at, kind: "sweep", key: sweepKey(event) });
    case "BooksDiffer":
      state.booksAgree = false;
      return;
    case "BooksAgree":
      state.booksAgree = true;
      return;
    // Kept for people and for audit; nothing depends on it.
    case "ReportUnmatched":
      return;
    case "PricesRead":
    case "SourceDoubted":
    case "SourceQuarantined":
    case "SourceBelieved":
    case "PriceUncertain":
    case "PriceCertain":
      return evolvePrice(state, event, at);
    case "VenueLiquidated":
    case "AutoDeleveraged":
    case "AdlRankSet":
    case "AdlAvoided":
    case "HedgeBared":
      return evolveVenue(state, event, at);
    default:
      return evolveCrisis(state, event, at);
  }
}

const sweepKey = ({ mode, venue }: EventOf<"SweepPaused">): string =>
  venue === undefined ? mode : `${mode}@${venue}`;

function answer(state: FleetState, event: EventOf<"EffectAnswered">, at: Millis): void {
  const open = state.outbox.get(event.name);
  if (open === undefined) return;
  if (event.outcome === "unknown") {
    open.unresolved = true;
    return;
  }
  state.outbox.delete(event.name);
  if (event.outcome === "accepted") return;
  // What was asked about an obligation and refused may be asked again.
  const { effect } = open.approved;
  if (effect.type === "CancelOrder") cancelRefused(state, effect.order, at);
  else if (effect.type === "RecallLoan") recallRefused(state, effect.loan, at);
}

/** An effect is outstanding from the event that asks for it until its answer is journaled. */
function askOutside(
  state: FleetState,
  event: Extract<FleetEvent, { effect: unknown }>,
  at: Millis,
): void {
  const approved = event.effect;
  state.outbox.set(approved.name, { approved, askedAt: at, unresolved: false });
  const within = state.policy?.answerWithinMs;
  if (within === undefined) return;
  schedule(state.deadlines, { at: (at + within) as Millis, kind: "answer", key: approved.name });
}
