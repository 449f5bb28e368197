/** Folds escrows: where their money lies and what came of it. */
import { escrowMachine } from "../../machines/escrow.ts";
import { step } from "../../machines/step.ts";
import { must, unreachable } from "../core/assert.ts";
import { type AgentId, USDC } from "../core/ids.ts";
import { type Micro, micro } from "../core/money.ts";
import type { EscrowEvent } from "../protocol/events-obligations.ts";
import { escrowHold } from "./escrows.ts";
import { ownAccount, type ResultKind, resultAccount, transfer } from "./ledger.ts";
import type { Escrow } from "./obligations.ts";
import { type FleetState, keyOf } from "./state.ts";
import { addReserved, recount } from "./totals.ts";

const WALLET = ownAccount(USDC, "wallet");
const ESCROW = ownAccount(USDC, "escrow");

export const holderOf = (state: FleetState, agent: AgentId) =>
  must(state.agents.get(agent), "who is obliged is enrolled");

function result(state: FleetState, agent: AgentId, amount: bigint): void {
  const holder = holderOf(state, agent);
  holder.realized = micro(holder.realized + amount);
}

/** Cash from the world (negative: to it) on an agent's account. */
export function gain(
  state: FleetState,
  kind: ResultKind,
  agent: AgentId,
  to: string,
  amount: bigint,
): void {
  transfer(state.ledger, resultAccount(USDC, kind, agent), to, amount);
  result(state, agent, amount);
}

function moveEscrow(escrow: Escrow, arrow: string): void {
  escrow.phase = must(step(escrowMachine, escrow.phase, arrow), `an escrow can ${arrow}`);
  escrow.pending = "";
}

export function evolveEscrow(state: FleetState, event: EscrowEvent): void {
  const { agent } = event;
  const key = keyOf(agent, event.escrow);
  if (event.type === "EscrowRequested") {
    const { escrow, role, counterparty, amount, description } = event;
    const { name, effect } = event.effect;
    const named = effect.type === "OpenEscrow" ? effect : undefined;
    state.escrows.set(key, {
      ...{ agent, escrow, name, role, counterparty, amount, description },
      ...{ referrer: named?.referrer, referee: named?.referee },
      ...{ phase: "requested", pending: "", expiresAt: undefined },
    });
    state.byName.set(name, { kind: "escrow", key });
    holderOf(state, agent).escrows.add(escrow);
    addReserved(state, agent, escrowHold(role, amount));
    if (role === "pay") transfer(state.ledger, WALLET, ESCROW, amount);
    return recount(state);
  }
  const escrow = must(state.escrows.get(key), "an escrow event names an escrow");
  switch (event.type) {
    case "EscrowActRequested":
      escrow.pending = event.act;
      return;
    case "EscrowActFailed":
      escrow.pending = "";
      return;
    case "EscrowFunded":
      escrow.expiresAt = event.expiresAt;
      return moveEscrow(escrow, "FUND");
    case "EscrowDelivered":
      return moveEscrow(escrow, "DELIVER");
    case "EscrowDisputed":
      // The judgement has no time limit.
      escrow.expiresAt = undefined;
      return moveEscrow(escrow, "DISPUTE");
    case "EscrowReleased":
      moveEscrow(escrow, "RELEASE");
      if (escrow.role === "pay") gain(state, "escrow", agent, ESCROW, -escrow.amount);
      else gain(state, "escrow", agent, WALLET, event.received);
      gain(state, "escrow", agent, WALLET, event.referral);
      if (event.referral > 0n) {
        const { income, fees } = state.referral;
        state.referral = { income: micro(income + event.referral), fees: micro(fees + event.fee) };
      }
      return endEscrow(state, escrow);
    case "EscrowRefunded":
      moveEscrow(escrow, "REFUND");
      if (escrow.role === "pay") giveBack(state, escrow, event.amount);
      return endEscrow(state, escrow);
    case "EscrowFailed":
      moveEscrow(escrow, "FAIL");
      if (escrow.role === "pay") giveBack(state, escrow, escrow.amount);
      return endEscrow(state, escrow);
    default:
      return unreachable(event);
  }
}

/** The locked money returns; what the platform keeps of it is a cost. */
function giveBack(state: FleetState, escrow: Escrow, amount: Micro): void {
  transfer(state.ledger, ESCROW, WALLET, amount);
  gain(state, "escrow", escrow.agent, ESCROW, amount - escrow.amount);
}

function endEscrow(state: FleetState, escrow: Escrow): void {
  const { agent, role, amount } = escrow;
  addReserved(state, agent, -escrowHold(role, amount));
  state.byName.delete(escrow.name);
  state.escrows.delete(keyOf(agent, escrow.escrow));
  holderOf(state, agent).escrows.delete(escrow.escrow);
  recount(state);
}
