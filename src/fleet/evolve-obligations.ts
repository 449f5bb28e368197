/** Folds escrows: where their money lies and what came of it. */
import { escrowMachine } from "../../machines/escrow.ts";
import { step } from "../../machines/step.ts";
import { must, unreachable } from "../core/assert.ts";
import { USDC } from "../core/ids.ts";
import type { Micro } from "../core/money.ts";
import type { EscrowEvent } from "../protocol/events-obligations.ts";
import { escrowHold, registeredOf } from "./escrows.ts";
import { bookReferral } from "./evolve-referrals.ts";
import { ownAccount, transfer } from "./ledger.ts";
import type { Escrow } from "./obligations.ts";
import { gain, holderOf, resultBooked } from "./results.ts";
import { type FleetState, keyOf } from "./state.ts";
import { addReserved, recount } from "./totals.ts";

const WALLET = ownAccount(USDC, "wallet");
const ESCROW = ownAccount(USDC, "escrow");

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
    const holder = holderOf(state, agent);
    state.escrows.set(key, {
      ...{ agent, escrow, name, role, counterparty, amount, description },
      ...{ referrer: named?.referrer ?? registeredOf(holder), referee: named?.referee },
      ...{ phase: "requested", pending: "", expiresAt: undefined },
    });
    state.byName.set(name, { kind: "escrow", key });
    holder.escrows.add(escrow);
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
      bookReferral(state, agent, event.referral, event.fee);
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
  resultBooked(state, agent);
}
