/** Folds bets, escrows and loans: where their money lies and what came of it. */
import { escrowMachine } from "../../machines/escrow.ts";
import { step } from "../../machines/step.ts";
import { must, unreachable } from "../core/assert.ts";
import { type AgentId, USDC } from "../core/ids.ts";
import { type Micro, micro, ZERO } from "../core/money.ts";
import type { EventOf } from "../protocol/events.ts";
import type { BetEvent, EscrowEvent } from "../protocol/events-obligations.ts";
import { escrowHold } from "./escrows.ts";
import { ownAccount, type ResultKind, resultAccount, transfer } from "./ledger.ts";
import type { Bet, Escrow } from "./obligations.ts";
import { type FleetState, keyOf } from "./state.ts";
import { addReserved, recount } from "./totals.ts";

/** How many settled bets and revealed seeds of an agent are kept for it to check. */
const KEPT = 200;

const WALLET = ownAccount(USDC, "wallet");
const BETS = ownAccount(USDC, "bets");
const ESCROW = ownAccount(USDC, "escrow");

const holderOf = (state: FleetState, agent: AgentId) =>
  must(state.agents.get(agent), "who is obliged is enrolled");

function result(state: FleetState, agent: AgentId, amount: bigint): void {
  const holder = holderOf(state, agent);
  holder.realized = micro(holder.realized + amount);
}

/** Cash from the world (negative: to it) on an agent's account. */
function gain(
  state: FleetState,
  kind: ResultKind,
  agent: AgentId,
  to: string,
  amount: bigint,
): void {
  transfer(state.ledger, resultAccount(USDC, kind, agent), to, amount);
  result(state, agent, amount);
}

const betOf = (state: FleetState, event: { agent: AgentId; bet: Bet["bet"] }): Bet =>
  must(state.bets.get(keyOf(event.agent, event.bet)), "a bet event names a bet");

export function evolveBet(state: FleetState, event: BetEvent): void {
  switch (event.type) {
    case "BetPlaced":
      return placeBet(state, event);
    case "BetSettled":
    case "BetFailed":
      return endBet(state, event);
    case "BetChecked":
      return checkBet(state, event);
    // For people: the check before it says it all to the state.
    case "BetDisputed":
    case "SeedRotationRequested":
      return;
    case "SeedCommitted":
      state.seedHash = event.seedHash;
      return;
    case "SeedRevealed": {
      const { seedHash, serverSeed } = event;
      state.revealed.push({ seedHash, serverSeed });
      if (state.revealed.length > KEPT) state.revealed.shift();
      return;
    }
    default:
      return unreachable(event);
  }
}

function placeBet(state: FleetState, event: EventOf<"BetPlaced">): void {
  const { agent, bet, game, stake, params, clientSeed } = event;
  const { name } = event.effect;
  const key = keyOf(agent, bet);
  state.bets.set(key, {
    ...{ agent, bet, name, game, stake, params, clientSeed },
    phase: "placed",
    payout: ZERO,
    seedHash: "",
    nonce: 0,
    resultHash: "",
    outcome: "",
  });
  state.byName.set(name, { kind: "bet", key });
  holderOf(state, agent).bets.add(bet);
  addReserved(state, agent, stake);
  transfer(state.ledger, WALLET, BETS, stake);
  recount(state);
}

function endBet(state: FleetState, event: EventOf<"BetSettled" | "BetFailed">): void {
  const bet = betOf(state, event);
  const { agent, stake } = bet;
  addReserved(state, agent, -stake);
  state.byName.delete(bet.name);
  if (event.type === "BetFailed") {
    transfer(state.ledger, BETS, WALLET, stake);
    state.bets.delete(keyOf(agent, bet.bet));
    holderOf(state, agent).bets.delete(bet.bet);
  } else {
    bet.phase = "settled";
    bet.payout = event.payout;
    bet.seedHash = event.seedHash;
    bet.nonce = event.nonce;
    bet.resultHash = event.resultHash;
    bet.outcome = event.outcome;
    gain(state, "casino", agent, BETS, -stake);
    gain(state, "casino", agent, WALLET, event.payout);
    forgetOldBets(state, agent);
  }
  recount(state);
}

/**
 * Settled bets are kept for their owner to check, and disputed ones for the operator; when there are too many
 * the oldest unchecked one goes, or the oldest disputed one where all are.
 */
function forgetOldBets(state: FleetState, agent: AgentId): void {
  const holder = holderOf(state, agent);
  if (holder.bets.size <= KEPT) return;
  const phaseOf = (bet: Bet["bet"]) => state.bets.get(keyOf(agent, bet))?.phase;
  for (const phase of ["settled", "disputed"] as const) {
    for (const bet of holder.bets) {
      if (phaseOf(bet) !== phase) continue;
      state.bets.delete(keyOf(agent, bet));
      holder.bets.delete(bet);
      return;
    }
  }
}

function checkBet(state: FleetState, event: EventOf<"BetChecked">): void {
  const bet = betOf(state, event);
  bet.phase = event.verified ? "verified" : "disputed";
  if (!event.verified) return;
  state.bets.delete(keyOf(bet.agent, bet.bet));
  holderOf(state, bet.agent).bets.delete(bet.bet);
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
