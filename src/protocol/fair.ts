/** The proof of a provably fair bet: the draw, and the check of its result that needs nobody's trust. */
import { type Micro, micro } from "../core/money.ts";
import type { PlaceBetEffect } from "./effects.ts";
import { type BetTerms, ROLLS, termsOf } from "./games.ts";
import type { ReportBody } from "./reports.ts";

/**
 * The two hashes of the proof, over UTF-8 text, answered as lower-case hex. Injected: the world's own are
 * faster than the pure ones of the core, which the law proves by.
 */
export interface Hashes {
  sha256(text: string): string;
  hmacSha256(key: string, message: string): string;
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

export const wins = ({ ranges }: BetTerms, roll: number): boolean =>
  ranges.some(([from, to]) => roll >= from && roll < to);

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
