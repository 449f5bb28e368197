/** Checks settled bets against the seeds revealed for them, and keeps what the checks taught. */
import { betFault, type Hashes } from "../../src/protocol/fair.ts";
import { optionKeyOf } from "../../src/protocol/play.ts";
import type { AgentView, BetView } from "../../src/protocol/views.ts";
import { usdcOf } from "../../src/sdk/amounts.ts";
import type { Outcome } from "../../src/sdk/intent.ts";
import type { Tally } from "./edge.ts";

export interface Proofs {
  /** Verified results by option. */
  readonly tallies: Readonly<Record<string, Tally>>;
  /** What each check under way will add to the tallies. */
  readonly checking: Readonly<Record<string, { readonly key: string; readonly won: boolean }>>;
  /** The commitment that was known before each open bet was placed. */
  readonly witnessed: Readonly<Record<string, string>>;
  /** Which bet each draw of the newest seeds decided: a draw decides one bet. */
  readonly draws: Readonly<Record<string, string>>;
  /** Since when a settled bet's seed is missing, fleet time. */
  readonly missing: Readonly<Record<string, number>>;
  /** Why the casino is not trusted any more, and for which bet, "" for none. None: undefined. */
  readonly distrust: { readonly bet: string; readonly why: string } | undefined;
}

export const noProofs: Proofs = {
  tallies: {},
  checking: {},
  witnessed: {},
  draws: {},
  missing: {},
  distrust: undefined,
};

const DRAWS_MAX = 2_000;

/** What one settled bet's proof says. */
export type Verdict =
  /** Its seed is committed to and not revealed yet. */
  | { readonly type: "open" }
  /** Its seed is neither: an honest casino reveals one before it commits to the next. */
  | { readonly type: "missing" }
  /** Proven, here or by the law; counts as evidence only where its commitment was known before the bet. */
  | { readonly type: "fair"; readonly counts: boolean; readonly note: string }
  | { readonly type: "false"; readonly fault: string };

export function judge(bet: BetView, view: AgentView, proofs: Proofs, hashes: Hashes): Verdict {
  const draw = `${bet.seedHash}:${bet.nonce}`;
  const other = proofs.draws[draw];
  if (other !== undefined && other !== bet.bet) {
    return { type: "false", fault: `draw-used-twice, by ${other} too` };
  }
  const seed = view.casino.revealed.find(({ seedHash }) => seedHash === bet.seedHash);
  const counts = proofs.witnessed[bet.bet] === bet.seedHash;
  if (seed === undefined) {
    // While it was away so many seeds came that this one is told no more: the law had it, and made the proof.
    if (bet.proven === true) return { type: "fair", counts, note: "proven by the law" };
    return { type: bet.seedHash === view.casino.seedHash ? "open" : "missing" };
  }
  const { game, params, clientSeed, seedHash, nonce, resultHash, outcome } = bet;
  const payout = usdcOf(bet.payout);
  const fault = betFault(
    { game, params, clientSeed, stake: usdcOf(bet.stake) },
    { won: payout > 0n, payout, seedHash, nonce, clientSeed, resultHash, outcome },
    seed.serverSeed,
    hashes,
  );
  if (fault !== undefined) return { type: "false", fault };
  return { type: "fair", counts, note: "proof recomputed" };
}

/** Remembers whose draws the settled bets of a view were. Bounded: the oldest are forgotten. */
export function withDraws(proofs: Proofs, settled: readonly BetView[]): Proofs {
  const added = settled.filter((bet) => proofs.draws[`${bet.seedHash}:${bet.nonce}`] === undefined);
  if (added.length === 0) return proofs;
  const draws = { ...proofs.draws };
  for (const bet of added) draws[`${bet.seedHash}:${bet.nonce}`] ??= bet.bet;
  const kept = Object.entries(draws).slice(-DRAWS_MAX);
  return { ...proofs, draws: Object.fromEntries(kept) };
}

/** Adds what the fleet took for the record to the tallies, and forgets what is no longer open. */
export function learned(proofs: Proofs, outcomes: readonly Outcome[], view: AgentView): Proofs {
  const tallies = { ...proofs.tallies };
  for (const { ok, intent } of outcomes) {
    if (!ok || intent.command !== "CheckBet") continue;
    const checked = proofs.checking[intent.body.bet];
    if (checked === undefined) continue;
    const before = tallies[checked.key] ?? { bets: 0, wins: 0 };
    tallies[checked.key] = {
      bets: before.bets + 1,
      wins: before.wins + (checked.won ? 1 : 0),
    };
  }
  const open = new Set(view.bets.map((bet) => bet.bet));
  const witnessed = Object.fromEntries(
    Object.entries(proofs.witnessed).filter(([bet]) => open.has(bet)),
  );
  return { ...proofs, tallies, witnessed, checking: {} };
}

export const optionKey = (bet: BetView): string => optionKeyOf(bet.game, bet.params);

/** As the books know them: proven, on a commitment that stood before the bet. */
export const talliesOf = ({ play }: AgentView): Proofs["tallies"] =>
  Object.fromEntries(
    (play?.tallies ?? []).map(({ game, params, bets, wins }) => [
      optionKeyOf(game, params),
      { bets, wins },
    ]),
  );
