/** Folds bets and the seeds that prove them: where their money lies, and who may bet no more. */
import { must, unreachable } from "../core/assert.ts";
import { type AgentId, USDC } from "../core/ids.ts";
import { PROOF_WITHIN_MS } from "../core/limits.ts";
import { ZERO } from "../core/money.ts";
import { after, type Millis, millis } from "../core/time.ts";
import type { EventOf, FleetEvent } from "../protocol/events.ts";
import type { BetEvent } from "../protocol/events-obligations.ts";
import { termsOf } from "../protocol/games.ts";
import type { SeedDraws } from "./betting-state.ts";
import { schedule } from "./deadlines.ts";
import { ownAccount, transfer } from "./ledger.ts";
import type { Bet } from "./obligations.ts";
import { gain, holderOf, resultBooked } from "./results.ts";
import { type FleetState, keyOf } from "./state.ts";
import { addReserved, recount } from "./totals.ts";

/** How many settled bets and revealed seeds of an agent are kept for it to check. */
export const KEPT = 200;
/** Draws of one seed that are remembered as used. */
const DRAWS_MAX = 2_000;

const WALLET = ownAccount(USDC, "wallet");
const BETS = ownAccount(USDC, "bets");

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
    case "BetNonceSkipped":
      holderOf(state, event.agent).betting.skipped += event.skipped;
      return;
    case "BettingHeld": {
      const { bet, atFault, reason } = event;
      holderOf(state, event.agent).betting.held = { bet, atFault, reason };
      if (atFault === "house") state.liedTo.add(event.agent);
      return;
    }
    case "BettingCleared":
      return clearBetting(state, event.agent);
    // For people: the check before it says it all to the state.
    case "BetDisputed":
    case "SeedRotationRequested":
      return;
    case "SeedCommitted": {
      const before = state.seedHash;
      state.seedHash = event.seedHash;
      // One that follows another was not drawn from before; the first may have been, by who had the account.
      if (before !== "") underSeed(state, event.seedHash, 0);
      return forgetDraws(state, before);
    }
    case "SeedRevealed": {
      const { seedHash, serverSeed } = event;
      state.revealed.push({ seedHash, serverSeed });
      const oldest = state.revealed.length > KEPT ? state.revealed.shift() : undefined;
      if (oldest !== undefined) forgetDraws(state, oldest.seedHash);
      const seed = state.toProve.get(seedHash);
      for (const key of seed?.keys ?? []) proveAt(state, key, at);
      if (seed === undefined) return;
      seed.drawn = event.bets;
      if (event.countAt === undefined) return;
      return schedule(state.deadlines, { at: event.countAt, kind: "draws", key: seedHash });
    }
    case "SeedDrawsUntold": {
      const seed = must(state.toProve.get(event.seedHash), "its draws are counted");
      seed.untold = event.untold;
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
  const seed = underSeed(state, bet.seedHash);
  const { keys, nonces } = seed;
  keys.add(key);
  bet.reused = nonces.has(bet.nonce);
  nonces.add(bet.nonce);
  const known = termsOf(bet.game, bet.params) !== undefined;
  if (!known) seed.next = undefined;
  else if (!bet.reused) seed.next = bet.nonce + 1;
  const [oldest] = nonces;
  if (nonces.size > DRAWS_MAX && oldest !== undefined) nonces.delete(oldest);
  proveAt(state, key, bet.proveBy);
  // Its report may come after that of its seed.
  if (state.revealed.some(({ seedHash }) => seedHash === bet.seedHash)) proveAt(state, key, at);
  forgetOldBets(state, agent);
  resultBooked(state, agent);
}

/** What is known of a seed; `next` is of one that is new. */
function underSeed({ toProve }: FleetState, seedHash: string, next?: number): SeedDraws {
  const known = toProve.get(seedHash) ?? {
    ...{ keys: new Set(), nonces: new Set(), next },
    ...{ drawn: undefined, untold: 0 },
  };
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
  if (!isProven(goes)) holder.betting.unproven += 1;
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

/** What the operator has looked at goes; what is not proven yet stays for its proof. */
function clearBetting(state: FleetState, agent: AgentId): void {
  const holder = holderOf(state, agent);
  holder.betting.held = undefined;
  state.liedTo.delete(agent);
  for (const named of [...holder.bets]) {
    const bet = state.bets.get(keyOf(agent, named));
    if (bet?.phase === "disputed" && isProven(bet)) forgetBet(state, bet);
  }
}
