/** Folds bets, escrows and loans: where their money lies and what came of it. */
import { escrowMachine } from "../../machines/escrow.ts";
import { step } from "../../machines/step.ts";
import { must, unreachable } from "../core/assert.ts";
import { type AgentId, USDC } from "../core/ids.ts";
import { PROOF_WITHIN_MS } from "../core/limits.ts";
import { type Micro, micro, ZERO } from "../core/money.ts";
import { after, type Millis, millis } from "../core/time.ts";
import type { EventOf, FleetEvent } from "../protocol/events.ts";
import type { BetEvent, EscrowEvent } from "../protocol/events-obligations.ts";
import { schedule } from "./deadlines.ts";
import { escrowHold } from "./escrows.ts";
import { ownAccount, type ResultKind, resultAccount, transfer } from "./ledger.ts";
import type { Bet, Escrow } from "./obligations.ts";
import { type FleetState, keyOf } from "./state.ts";
import { addReserved, recount } from "./totals.ts";

/** How many settled bets and revealed seeds of an agent are kept for it to check. */
const KEPT = 200;
/** Draws of one seed that are remembered as used. */
const DRAWS_MAX = 2_000;

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

export const isBetEvent = (event: FleetEvent): event is BetEvent =>
  event.type.startsWith("Bet") || event.type.startsWith("Seed");

export function evolveBet(state: FleetState, event: BetEvent, at: Millis): void {
  switch (event.type) {
    case "BetPlaced":
      return placeBet(state, event);
    case "BetSettled":
      return settleBet(state, event, at);
    case "BetFailed":
      return failBet(state, event);
    case "BetChecked":
      return checkBet(state, event);
    case "BetProven":
      return proveBet(state, event);
    case "BetUnproven":
      betOf(state, event).proof = "overdue";
      return;
    // For people: the check before it says it all to the state.
    case "BetDisputed":
    case "SeedRotationRequested":
      return;
    case "SeedCommitted": {
      const before = state.seedHash;
      state.seedHash = event.seedHash;
      return forgetDraws(state, before);
    }
    case "SeedRevealed": {
      const { seedHash, serverSeed } = event;
      state.revealed.push({ seedHash, serverSeed });
      const oldest = state.revealed.length > KEPT ? state.revealed.shift() : undefined;
      if (oldest !== undefined) forgetDraws(state, oldest.seedHash);
      for (const key of state.toProve.get(seedHash)?.keys ?? []) proveAt(state, key, at);
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
    committed: state.seedHash,
    phase: "placed",
    payout: ZERO,
    seedHash: "",
    nonce: 0,
    resultHash: "",
    outcome: "",
    proof: "open",
    reused: false,
    proveBy: millis(0),
  });
  state.byName.set(name, { kind: "bet", key });
  holderOf(state, agent).bets.add(bet);
  addReserved(state, agent, stake);
  transfer(state.ledger, WALLET, BETS, stake);
  recount(state);
}

/** The bet is no longer open: nothing is held for it, and no report finds it by its name. */
function endBet(state: FleetState, bet: Bet): void {
  addReserved(state, bet.agent, -bet.stake);
  state.byName.delete(bet.name);
}

function failBet(state: FleetState, event: EventOf<"BetFailed">): void {
  const bet = betOf(state, event);
  endBet(state, bet);
  transfer(state.ledger, BETS, WALLET, bet.stake);
  forgetBet(state, bet);
  recount(state);
}

function settleBet(state: FleetState, event: EventOf<"BetSettled">, at: Millis): void {
  const bet = betOf(state, event);
  const { agent, stake } = bet;
  endBet(state, bet);
  bet.phase = "settled";
  bet.payout = event.payout;
  bet.seedHash = event.seedHash;
  bet.nonce = event.nonce;
  bet.resultHash = event.resultHash;
  bet.outcome = event.outcome;
  bet.proveBy = after(at, PROOF_WITHIN_MS);
  gain(state, "casino", agent, BETS, -stake);
  gain(state, "casino", agent, WALLET, event.payout);
  const key = keyOf(agent, bet.bet);
  const { keys, nonces } = underSeed(state, bet.seedHash);
  keys.add(key);
  bet.reused = nonces.has(bet.nonce);
  nonces.add(bet.nonce);
  const [oldest] = nonces;
  if (nonces.size > DRAWS_MAX && oldest !== undefined) nonces.delete(oldest);
  proveAt(state, key, bet.proveBy);
  // Its report may come after that of its seed.
  if (state.revealed.some(({ seedHash }) => seedHash === bet.seedHash)) proveAt(state, key, at);
  forgetOldBets(state, agent);
  recount(state);
}

function underSeed({ toProve }: FleetState, seedHash: string) {
  const known = toProve.get(seedHash) ?? { keys: new Set<string>(), nonces: new Set<number>() };
  toProve.set(seedHash, known);
  return known;
}

const proveAt = (state: FleetState, key: string, at: Millis): void =>
  schedule(state.deadlines, { at, kind: "proof", key });

function notToProve(state: FleetState, { agent, bet, seedHash }: Bet): void {
  state.toProve.get(seedHash)?.keys.delete(keyOf(agent, bet));
  forgetDraws(state, seedHash);
}

/** While its seed can prove a bet, a draw stays used, though every bet that it has decided is proven. */
function forgetDraws({ toProve, revealed, seedHash: current }: FleetState, seedHash: string): void {
  if (toProve.get(seedHash)?.keys.size !== 0 || seedHash === current) return;
  if (!revealed.some((seed) => seed.seedHash === seedHash)) toProve.delete(seedHash);
}

function forgetBet(state: FleetState, bet: Bet): void {
  notToProve(state, bet);
  state.bets.delete(keyOf(bet.agent, bet.bet));
  holderOf(state, bet.agent).bets.delete(bet.bet);
}

const isProven = ({ proof }: Bet): boolean => proof === "fair" || proof === "false";

/**
 * Settled bets are kept for their owner to check, and disputed ones for the operator. When there are too many the
 * oldest goes of those that were proven and not disputed, else of the proven, else of the disputed, which the operator
 * has been told: no agent keeps the law from its proof of a bet by what it says of others, or by open ones.
 * One that goes unproven is counted as that.
 */
function forgetOldBets(state: FleetState, agent: AgentId): void {
  const holder = holderOf(state, agent);
  if (holder.bets.size <= KEPT) return;
  const kept = [...holder.bets].flatMap((bet) => state.bets.get(keyOf(agent, bet)) ?? []);
  const ended = kept.filter(({ phase }) => phase !== "placed");
  if (ended.length <= KEPT) return;
  const isDisputed = ({ phase }: Bet): boolean => phase === "disputed";
  const goes =
    ended.find((bet) => isProven(bet) && !isDisputed(bet)) ??
    ended.find(isProven) ??
    ended.find(isDisputed) ??
    must(ended[0], "one has just been settled");
  if (!isProven(goes)) holder.unproven += 1;
  forgetBet(state, goes);
}

function checkBet(state: FleetState, event: EventOf<"BetChecked">): void {
  const bet = betOf(state, event);
  if (event.verified) forgetBet(state, bet);
  else bet.phase = "disputed";
}

function proveBet(state: FleetState, event: EventOf<"BetProven">): void {
  const bet = betOf(state, event);
  notToProve(state, bet);
  bet.proof = event.fault === "" ? "fair" : "false";
  if (event.fault !== "") bet.phase = "disputed";
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
