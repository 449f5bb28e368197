/** Provably fair games: their terms, and the check of a settled bet that needs nobody's trust. */
import { type Micro, micro } from "../core/money.ts";
import type { PlaceBetEffect } from "./effects.ts";
import type { ReportBody } from "./reports.ts";

/**
 * The two hashes of the proof, over UTF-8 text, answered as lower-case hex. Injected: this room is
 * pure.
 */
export interface Hashes {
  sha256(text: string): string;
  hmacSha256(key: string, message: string): string;
}

/** Rolls are 0 to 9,999: two decimals of a number from 0.00 to 99.99. */
export const ROLLS = 10_000;

/**
 * What a game gives back in the mean, in millionths of the stake, and the largest stake it takes.
 */
export interface Game {
  readonly meanReturn: number;
  readonly maxStake: Micro;
}

/**
 * `dice` and `coin-flip` keep 1 %. `dice-rebate` is a promotion: it gives 2 % more than it takes.
 */
export const GAMES: Readonly<Record<string, Game>> = {
  dice: { meanReturn: 990_000, maxStake: micro(10_000_000_000n) },
  "coin-flip": { meanReturn: 990_000, maxStake: micro(10_000_000_000n) },
  "dice-rebate": { meanReturn: 1_020_000, maxStake: micro(20_000_000n) },
};

export const MIN_STAKE = micro(10_000n);

/** A bet's terms: which rolls win, and the gross payout of a win in 1e-4 of the stake. */
export interface BetTerms {
  /**
   * Winning rolls lie from `from` up to, but without, `to`: their number of 10,000 is the chance.
   */
  readonly from: number;
  readonly to: number;
  readonly multiple: bigint;
}

type Params = PlaceBetEffect["params"];

/**
 * The terms of a bet.
 *
 * `dice` and `dice-rebate`: {direction: "over" | "under", threshold}, the die shows floor(roll /
 * 100) + 1, 1 to 100; "over" wins above the threshold (1 to 99), "under" wins below it (2 to 99).
 * `coin-flip`: {side:
 * "heads" | "tails"}, heads are the lower half. Multiple: mean return / chance, cut to four
 * decimals.
 *
 * None: undefined for no such game, or for parameters that are missing, superfluous or out of
 * range.
 */
export function termsOf(game: string, params: Params): BetTerms | undefined {
  if (!Object.hasOwn(GAMES, game)) return undefined;
  const meanReturn = GAMES[game]?.meanReturn ?? 0;
  const range = game === "coin-flip" ? coinRange(params) : diceRange(params);
  if (range === undefined) return undefined;
  const [from, to] = range;
  return { from, to, multiple: BigInt(Math.floor((meanReturn * 100) / (to - from))) };
}

const fieldsAre = (params: Params, names: readonly string[]): boolean =>
  Object.keys(params).length === names.length && names.every((n) => Object.hasOwn(params, n));

function coinRange(params: Params): readonly [number, number] | undefined {
  if (!fieldsAre(params, ["side"])) return undefined;
  if (params["side"] === "heads") return [0, ROLLS / 2];
  return params["side"] === "tails" ? [ROLLS / 2, ROLLS] : undefined;
}

function diceRange(params: Params): readonly [number, number] | undefined {
  if (!fieldsAre(params, ["direction", "threshold"])) return undefined;
  const { direction, threshold } = params as { direction: unknown; threshold: unknown };
  if (typeof threshold !== "number" || !Number.isInteger(threshold) || threshold > 99) {
    return undefined;
  }
  if (direction === "over" && threshold >= 1) return [threshold * 100, ROLLS];
  return direction === "under" && threshold >= 2 ? [0, (threshold - 1) * 100] : undefined;
}

/** The commitment to a server seed: the hash of its hex text. */
export const commitmentOf = (serverSeed: string, hashes: Hashes): string =>
  hashes.sha256(serverSeed);

/**
 * The result of one draw: HMAC-SHA256 keyed by the server seed's hex text over "clientSeed:nonce".
 */
export const resultOf = (
  serverSeed: string,
  clientSeed: string,
  nonce: number,
  hashes: Hashes,
): string => hashes.hmacSha256(serverSeed, `${clientSeed}:${nonce}`);

/**
 * The roll of a result: its first eight hex digits modulo 10,000. As 2^32 is no multiple of 10,000,
 * the rolls under 7,296 are likelier than the others by one part in 429,496.
 */
export const rollOf = (resultHash: string): number =>
  Number.parseInt(resultHash.slice(0, 8), 16) % ROLLS;

/** The roll as reports tell it: "73.21". */
export const outcomeText = (roll: number): string => (roll / 100).toFixed(2);

export const wins = (terms: BetTerms, roll: number): boolean =>
  roll >= terms.from && roll < terms.to;

/** Gross payout of a won stake. Rounding: down to the micro. */
export const payoutOf = (stake: Micro, terms: BetTerms): Micro =>
  micro((stake * terms.multiple) / 10_000n);

export type SettledBet = Extract<ReportBody, { readonly type: "betSettled" }>;

export type BetFault =
  | "unknown-game"
  | "client-seed-changed"
  | "seed-hash-mismatch"
  | "result-mismatch"
  | "outcome-mismatch"
  | "win-mismatch"
  | "payout-mismatch";

/**
 * Checks a settled bet against the seed that was revealed for its commitment: commitment, draw,
 * roll, win and payout are all made anew. None: undefined when the bet is proven fair, else the
 * first fault.
 */
export function betFault(
  asked: Pick<PlaceBetEffect, "game" | "params" | "stake" | "clientSeed">,
  told: Omit<SettledBet, "type" | "bet">,
  serverSeed: string,
  hashes: Hashes,
): BetFault | undefined {
  const terms = termsOf(asked.game, asked.params);
  if (terms === undefined) return "unknown-game";
  if (told.clientSeed !== asked.clientSeed) return "client-seed-changed";
  if (commitmentOf(serverSeed, hashes) !== told.seedHash) return "seed-hash-mismatch";
  const result = resultOf(serverSeed, asked.clientSeed, told.nonce, hashes);
  if (result !== told.resultHash) return "result-mismatch";
  const roll = rollOf(result);
  if (outcomeText(roll) !== told.outcome) return "outcome-mismatch";
  const won = wins(terms, roll);
  if (won !== told.won) return "win-mismatch";
  return told.payout === (won ? payoutOf(asked.stake, terms) : 0n) ? undefined : "payout-mismatch";
}
