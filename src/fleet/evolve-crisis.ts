/** Folds margin calls, duties, crosses and payments inside the fleet. */
import { marginCallMachine } from "../../machines/margin-call.ts";
import { step } from "../../machines/step.ts";
import { must, unreachable } from "../core/assert.ts";
import { type AssetId, FLEET, USDC } from "../core/ids.ts";
import { type Micro, micro, qty, ZERO } from "../core/money.ts";
import { type Ppm, ppm, share } from "../core/ppm.ts";
import { type Millis, millis } from "../core/time.ts";
import type { CrossedSide } from "../protocol/crisis-facts.ts";
import type { EventOf } from "../protocol/events.ts";
import type { CallEvent, CrisisEvent, DutyEvent } from "../protocol/events-crisis.ts";
import type { Agent } from "./agent-state.ts";
import { type MarginCall, ORANGE, TRAILING } from "./crisis-state.ts";
import { schedule } from "./deadlines.ts";
import { nextPeriod, revalued, setRule } from "./evolve-governance.ts";
import { followOrange } from "./evolve-market.ts";
import { settle } from "./evolve-orders.ts";
import { ownAccount, resultAccount, transfer } from "./ledger.ts";
import { countHeld } from "./leverage.ts";
import { notePaced } from "./pacing.ts";
import { type FleetState, keyOf } from "./state.ts";
import { addReserved, adjust, equityOf, notePeaks } from "./totals.ts";

function move(call: MarginCall, arrow: string): void {
  const next = step(marginCallMachine, call.phase, arrow);
  call.phase = must(next, `a call that is ${call.phase} can ${arrow}`);
}

export function evolveCrisis(state: FleetState, event: CrisisEvent, at: Millis): void {
  switch (event.type) {
    case "MarginCalled":
    case "MarginCured":
    case "MarginExpired":
    case "MarginResolved":
    case "LiquidationPlanned":
      return evolveCall(state, event, at);
    default:
      return evolveDuty(state, event);
  }
}

/** A plan of a call or of a duty: when the next look is due, and what of the pace it used. */
function notePlan(state: FleetState, event: EventOf<"LiquidationPlanned">, at: Millis): void {
  const { crisis, deadlines, policy, reserved } = state;
  const { agent, call, planAt, steps } = event;
  notePaced(state, steps, at);
  const waitMs = steps.length > 0 ? 0 : planAt - at;
  const held = crisis.calls.get(agent);
  if (call === ORANGE || call === TRAILING) {
    const before = crisis.followed.get(call);
    const landsBy = before?.landsBy ?? millis(0);
    const part = policy?.crisis?.trailingReduce ?? ppm(0);
    const left = before?.target ?? micro(reserved - share(reserved, part, "ceil"));
    const target = call === TRAILING ? left : undefined;
    crisis.followed.set(call, { planAt, waitMs, landsBy, target });
  } else if (held?.call === call) {
    if (held.phase === "expired") move(held, "LIQUIDATE");
    held.planAt = planAt;
    held.waitMs = waitMs;
  } else return;
  schedule(deadlines, { at: planAt, kind: "call", key: agent });
}

function evolveCall(state: FleetState, event: CallEvent, at: Millis): void {
  const { crisis, deadlines } = state;
  const { agent, call } = event;
  if (event.type === "MarginCalled") {
    const { graceEndsAt } = event;
    crisis.calls.set(agent, { call, phase: "called", graceEndsAt, planAt: at, waitMs: 0 });
    crisis.made += 1;
    crisis.live.add(agent);
    // What a call for what is reserved asks for is more; one for maintenance asks for something else.
    if (agent === FLEET && event.cause === "utilization") crisis.followed.delete(ORANGE);
    return schedule(deadlines, { at: graceEndsAt, kind: "call", key: agent });
  }
  if (event.type === "LiquidationPlanned") return notePlan(state, event, at);
  const held = crisis.calls.get(agent);
  if (held === undefined || held.call !== call) return;
  switch (event.type) {
    case "MarginCured":
      crisis.live.delete(agent);
      // Who is out of red is not out of orange: what the call took over from that duty is its own again.
      if (agent === FLEET && state.zone === "orange") followOrange(state, at);
      return move(held, "CURE");
    case "MarginExpired":
      return move(held, "EXPIRE");
    case "MarginResolved":
      crisis.live.delete(agent);
      return move(held, "RESOLVE");
    default:
      return unreachable(event);
  }
}

function evolveDuty(state: FleetState, event: DutyEvent): void {
  switch (event.type) {
    case "MaintenanceAlert":
      state.crisis.alert = event.to;
      return;
    case "HaircutScheduled":
    case "HaircutLoosened":
    case "RuleScheduled":
    case "RuleLoosened":
      return evolveLooser(state, event);
    case "LeverageScaled":
      must(state.markets.get(event.market), "a market of the rules").scale = event.to;
      return;
    case "PeriodClosed":
      return closePeriod(state, event);
    // Their steps are events of their own.
    case "Reallocated":
    case "CashRaised":
      return;
    case "PositionsCrossed":
      crossed(state, event, event.long);
      return crossed(state, event, event.short);
    case "SettlementOffered": {
      const { qty, with: other, expiresAt } = event;
      positionOf(state, event).offer = { qty, with: other, expiresAt };
      return;
    }
    case "PositionStopped":
      positionOf(state, event).warned = event.level !== "clear";
      return;
    case "DryPowderDeployed":
    case "DryPowderReturned": {
      const { powder } = state.crisis;
      const more = event.type === "DryPowderDeployed" ? event.amount : -event.amount;
      const left = micro((powder.get(event.agent) ?? 0n) + more);
      if (left > 0n) powder.set(event.agent, left);
      else powder.delete(event.agent);
      return;
    }
    case "PositionToppedUp": {
      const position = positionOf(state, event);
      countHeld(state, position);
      position.margin = micro(position.margin + event.amount);
      return addReserved(state, event.agent, event.amount);
    }
    case "TrailingStopHit":
      state.crisis.peak = equityOf(state);
      return;
    case "DrawdownCut":
      return adjust(state, event.agent, (agent) => {
        agent.rung = event.rung;
        withhold(agent, event.cap);
      });
    case "ShortfallCut":
      return adjust(state, event.agent, (agent) => withhold(agent, event.cap));
    case "InternalPaid":
      return pay(state, event);
    default:
      return unreachable(event);
  }
}

/** A cut that nobody asked for: what it takes stays behind what is open. */
function withhold(agent: Agent, cap: Micro): void {
  const delegation = must(agent.delegation, "who is cut was granted");
  delegation.withheld = micro(delegation.withheld + delegation.cap - cap);
  delegation.cap = cap;
  delegation.raise = undefined;
}

type LooserEvent = EventOf<
  "HaircutScheduled" | "HaircutLoosened" | "RuleScheduled" | "RuleLoosened"
>;

/** What waits holds as it was; its time is a deadline. */
function evolveLooser(state: FleetState, event: LooserEvent): void {
  switch (event.type) {
    case "HaircutScheduled": {
      const { asset, from, to: haircut, effectiveAt } = event;
      state.looser.set(asset, { haircut, effectiveAt });
      schedule(state.deadlines, { at: effectiveAt, kind: "haircut", key: asset });
      return setHaircut(state, asset, from);
    }
    case "HaircutLoosened":
      state.looser.delete(event.asset);
      return setHaircut(state, event.asset, event.haircut);
    case "RuleScheduled": {
      const { rule, from, to, effectiveAt } = event;
      state.waiting.set(rule, { to, effectiveAt });
      schedule(state.deadlines, { at: effectiveAt, kind: "rule", key: rule });
      return setRule(state, rule, from);
    }
    case "RuleLoosened":
      state.waiting.delete(event.rule);
      return setRule(state, event.rule, event.to);
    default:
      return unreachable(event);
  }
}

function setHaircut(state: FleetState, asset: AssetId, haircut: Ppm): void {
  const before = state.collateral;
  const held = must(state.assets.get(asset), "a haircut is of an asset of the rules");
  state.assets.set(asset, { ...held, haircut });
  revalued(state, before);
}

function closePeriod(state: FleetState, { period, nextAt }: EventOf<"PeriodClosed">): void {
  const keep = state.policy?.crisis?.reallocate?.keep ?? 0;
  for (const agent of state.agents.values()) {
    const result = micro(agent.realized + agent.unrealized);
    const base = agent.delegation?.phase === "ended" ? ZERO : (agent.delegation?.cap ?? ZERO);
    if (base > 0n) agent.record.push({ gain: micro(result - agent.recordedAt), base });
    if (agent.record.length > keep) agent.record.splice(0, agent.record.length - keep);
    agent.recordedAt = result;
  }
  state.crisis.periods = period;
  nextPeriod(state, nextAt);
}

const positionOf = (
  state: FleetState,
  { agent, market }: Pick<EventOf<"PositionStopped">, "agent" | "market">,
) => must(state.positions.get(keyOf(agent, market)), "a position event names a position");

function crossed(state: FleetState, event: EventOf<"PositionsCrossed">, side: CrossedSide): void {
  const position = must(state.positions.get(keyOf(side.of, event.market)), "what crosses is held");
  const left = position.offer === undefined ? 0n : position.offer.qty - event.qty;
  settle(state, position, side, ZERO);
  if (position.offer === undefined) return;
  if (left > 0n) position.offer.qty = qty(left);
  else position.offer = undefined;
}

/** Out of the payer's result and into the payee's: the wallet and the world never see it. */
function pay(state: FleetState, { agent, to, amount }: EventOf<"InternalPaid">): void {
  const wallet = ownAccount(USDC, "wallet");
  transfer(state.ledger, wallet, resultAccount(USDC, "transfer", agent), amount);
  transfer(state.ledger, resultAccount(USDC, "transfer", to), wallet, amount);
  const payer = must(state.agents.get(agent), "who pays is enrolled");
  const payee = must(state.agents.get(to), "who is paid is enrolled");
  payer.realized = micro(payer.realized - amount);
  payee.realized = micro(payee.realized + amount);
  notePeaks(state, [agent, to]);
}
