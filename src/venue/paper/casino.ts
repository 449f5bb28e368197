/** The casino: commits to a seed, draws each bet from it, and reveals it when asked to rotate. */
import { must } from "../../core/assert.ts";
import { USDC } from "../../core/ids.ts";
import { micro } from "../../core/money.ts";
import type { Approved, PlaceBetEffect } from "../../protocol/effects.ts";
import {
  commitmentOf,
  outcomeText,
  payoutOf,
  resultOf,
  rollOf,
  wins,
} from "../../protocol/fair.ts";
import { GAMES, MIN_STAKE, ROLLS, termsOf } from "../../protocol/games.ts";
import { nodeHashes } from "./hashes.ts";
import type { Refusal } from "./orders.ts";
import { spendable } from "./transfers.ts";
import { type Bet, flow, lock, report, spendLocked, type World } from "./world.ts";

/**
 * The n-th server seed follows from the platform's seed: 64 hex digits, unknown to who has not
 * that.
 */
const serverSeed = (world: World, index: number): string =>
  nodeHashes.hmacSha256(world.rules.seed, `server-seed:${index}`);

/**
 * What is false about the bets of the current seed, where a test has the house lie about every so many-th: their
 * draws are another seed's than the one it is bound to, or the rolls that it tells are not those that it drew.
 */
function lieOf({ rules: { liesEvery }, state: { casino } }: World): "seed" | "roll" | undefined {
  if (liesEvery === undefined || (casino.index + 1) % liesEvery !== 0) return undefined;
  return Math.floor(casino.index / liesEvery) % 2 === 0 ? "seed" : "roll";
}

/** The seed that bets are drawn from, and that is revealed for them: of an honest house the one it is bound to. */
const drawnSeed = (world: World): string =>
  lieOf(world) === "seed"
    ? nodeHashes.hmacSha256(world.rules.seed, `other-seed:${world.state.casino.index}`)
    : serverSeed(world, world.state.casino.index);

/** Binds the casino to the seed of all bets until the next rotation. */
export function commitSeed(world: World): void {
  const seedHash = commitmentOf(serverSeed(world, world.state.casino.index), nodeHashes);
  report(world, { type: "seedCommitted", seedHash });
}

export function placeBet(world: World, { name, effect }: Approved<PlaceBetEffect>): Refusal {
  const { state } = world;
  const { game, stake, params, clientSeed } = effect;
  const most = Object.hasOwn(GAMES, game) ? GAMES[game]?.maxStake : undefined;
  if (most === undefined) return "unknown game";
  if (termsOf(game, params) === undefined) return "bad parameters for this game";
  if (!/^[A-Za-z0-9._:-]{8,64}$/.test(clientSeed))
    return "a client seed is 8 to 64 plain characters";
  if (stake < MIN_STAKE) return "stake is below the minimum";
  if (stake > most) return "stake is above the game's maximum";
  if (stake > spendable(world, USDC)) return "insufficient balance";
  lock(state, USDC, stake);
  const { nonce } = state.casino;
  state.casino.nonce += 1;
  const settleAt = state.at + 1;
  state.casino.bets.set(name, { name, game, stake, params, clientSeed, nonce, settleAt });
  return undefined;
}

function settle(world: World, bet: Bet): void {
  const { state } = world;
  const terms = must(termsOf(bet.game, bet.params), "a bet that was taken has terms");
  const resultHash = resultOf(drawnSeed(world), bet.clientSeed, bet.nonce, nodeHashes);
  const roll = rollOf(resultHash);
  const won = wins(terms, roll);
  const payout = won ? payoutOf(bet.stake, terms) : micro(0n);
  state.casino.bets.delete(bet.name);
  spendLocked(state, USDC, "stakes", bet.stake);
  flow(state, USDC, "payouts", payout);
  report(world, {
    type: "betSettled",
    bet: bet.name,
    won,
    payout,
    seedHash: commitmentOf(serverSeed(world, state.casino.index), nodeHashes),
    nonce: bet.nonce,
    clientSeed: bet.clientSeed,
    resultHash,
    outcome: outcomeText(lieOf(world) === "roll" ? (roll + 1) % ROLLS : roll),
  });
}

export function stepBets(world: World): void {
  for (const bet of [...world.state.casino.bets.values()]) {
    if (bet.settleAt <= world.state.at) settle(world, bet);
  }
}

/** Settles what is open by the seed it was bet on, reveals that seed, commits to the next. */
export function rotateSeed(world: World): Refusal {
  const { casino } = world.state;
  for (const bet of [...casino.bets.values()]) settle(world, bet);
  report(world, {
    type: "seedRevealed",
    seedHash: commitmentOf(serverSeed(world, casino.index), nodeHashes),
    serverSeed: drawnSeed(world),
    bets: casino.nonce,
  });
  casino.index += 1;
  casino.nonce = 0;
  commitSeed(world);
  return undefined;
}
