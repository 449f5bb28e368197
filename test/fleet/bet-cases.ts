/** Bets drawn from a real seed, as an honest house makes them or not; and a story for each refusal of a check. */
import type { AgentId } from "../../src/core/ids.ts";
import { hmacSha256, sha256 } from "../../src/core/sha256.ts";
import { keyOf, type Law } from "../../src/fleet/state.ts";
import { outcomeText, payoutOf, resultOf, rollOf, wins } from "../../src/protocol/fair.ts";
import { termsOf } from "../../src/protocol/games.ts";
import type { ReportBody } from "../../src/protocol/reports.ts";
import { ALICE, named, usd } from "./cast.ts";
import type { Case } from "./rejection-cases.ts";
import { by, type Draft, ops, reported, type Step, tick } from "./spec.ts";
import { fleetOf } from "./steps.ts";

const hashes = { sha256, hmacSha256 };
const SEED = sha256("the house's own");
export const COMMITTED = sha256(SEED);
const DICE = { direction: "over", threshold: 50 } as const;

export const dice = (name: string, game = "dice", stake = "10"): Draft =>
  by(ALICE, "PlaceBet", { bet: name, game, stake, params: DICE, clientSeed: "alice-seed" });

type Settled = Extract<ReportBody, { type: "betSettled" }>;

/** What an honest house reports of a bet, and what this one says otherwise. */
export const drawn =
  (name: string, lie: Partial<Settled> = {}, agent: AgentId = ALICE) =>
  (law: Law): ReportBody => {
    const bet = law.bets.get(keyOf(agent, named(name)));
    if (bet === undefined) throw new Error(`no bet ${name}`);
    const nonce = lie.nonce ?? 7;
    const resultHash = resultOf(SEED, bet.clientSeed, nonce, hashes);
    const [terms, roll] = [termsOf("dice", DICE), rollOf(resultHash)];
    if (terms === undefined) throw new Error("dice is a game");
    const won = wins(terms, roll);
    return {
      ...{ type: "betSettled", bet: bet.name, won, nonce, resultHash, clientSeed: bet.clientSeed },
      ...{ payout: won ? payoutOf(bet.stake, terms) : usd("0"), outcome: outcomeText(roll) },
      ...{ seedHash: COMMITTED, ...lie },
    };
  };

/** The seed, with how many draws it had by the house's own count. */
export const revealedAfter = (bets: number): Step =>
  reported({ type: "seedRevealed", seedHash: COMMITTED, serverSeed: SEED, bets });
export const revealed = revealedAfter(1);

/** As many further seeds of the house, each revealed. */
export const seedsRevealed = (count: number): Step => {
  const seeds = Array.from({ length: count }, (_, i) => sha256(`seed ${i}`));
  return reported(
    ...seeds.map((serverSeed): ReportBody => {
      return { type: "seedRevealed", seedHash: sha256(serverSeed), serverSeed, bets: 0 };
    }),
  );
};

export const check = (verified: boolean, name = "b1"): Draft =>
  by(ALICE, "CheckBet", { bet: name, verified });

/** The operator has looked at what Alice disputes, and lets her go on. */
export const resumed = ops("SetMode", { agent: "alice", mode: "run", reason: "looked at" });

/** Alice's bet b1, settled. */
export const settledBet = (lie: Partial<Settled> = {}, game = "dice"): readonly Step[] => [
  ...fleetOf(ALICE),
  dice("b1", game),
  reported(drawn("b1", lie)),
];

const cheated = settledBet({ won: false, payout: usd("0"), outcome: "1.00" });

export const BET_CASES: readonly Case[] = [
  ["seed_not_revealed", settledBet(), check(true), COMMITTED],
  ["proof_contradicted", [...cheated, revealed], check(true), "outcome-mismatch"],
  [
    "betting_held",
    [...cheated, revealed, tick],
    dice("b2"),
    "b1: the house lied (outcome-mismatch)",
  ],
];
