/** Bets: a stake that leaves the wallet until its result, and the proof that comes with it. */
import { PROOF_WITHIN_MS } from "../core/limits.ts";
import { ZERO } from "../core/money.ts";
import { hmacSha256, sha256 } from "../core/sha256.ts";
import { after } from "../core/time.ts";
import type { EventOf } from "../protocol/events.ts";
import { type BetFault, betFault, type Hashes } from "../protocol/fair.ts";
import { refuse } from "../protocol/rejections.ts";
import type { VenueReport } from "../protocol/reports.ts";
import type { CommandOf } from "../protocol/turns.ts";
import {
  type Consequence,
  type Context,
  callerOf,
  type Decision,
  type HeldAgent,
  isRefusal,
} from "./admission.ts";
import { bettingFault, holdBetting } from "./betting.ts";
import { drawsDue } from "./draws.ts";
import { KEPT } from "./evolve-bets.ts";
import { floorDue } from "./floors.ts";
import type { Bet } from "./obligations.ts";
import { opening } from "./openings.ts";
import { type Fixed, keyOf, type Law } from "./state.ts";

export function* placeBet(ctx: Context, { body }: CommandOf<"PlaceBet">): Decision {
  const opened = yield* opening(ctx, {
    service: "casino",
    kind: "bets",
    named: body.bet,
    reservation: body.reservation,
    binds: (agent) => bettingFault(ctx, agent) ?? { hold: body.stake, cash: body.stake },
  });
  if (isRefusal(opened)) return opened;
  const { agent } = opened;
  const { bet, game, stake, params, clientSeed } = body;
  yield {
    type: "BetPlaced",
    agent: agent.agent,
    bet,
    game,
    stake,
    params,
    clientSeed,
    effect: {
      name: ctx.name(),
      agent: agent.agent,
      effect: { type: "PlaceBet", bet, game, stake, params, clientSeed },
    },
  };
  return undefined;
}

export function* rotateSeed(ctx: Context): Decision {
  const agent = callerOf(ctx.law, ctx.stamp.from);
  if (isRefusal(agent)) return agent;
  const { delegation } = agent;
  if (delegation === undefined || delegation.phase === "ended") return refuse("no_delegation");
  if (!delegation.services.includes("casino")) return refuse("service_not_permitted", "casino");
  yield {
    type: "SeedRotationRequested",
    agent: agent.agent,
    effect: { name: ctx.name(), agent: agent.agent, effect: { type: "RotateSeed" } },
  };
  return undefined;
}

/**
 * The agent's own check, once for each settled bet. Its word that a bet verified is not taken: the law
 * makes the proof itself where the seed is known, and where it is not nobody can have verified anything.
 */
export function* checkBet(ctx: Context, { body }: CommandOf<"CheckBet">): Decision {
  const agent = callerOf(ctx.law, ctx.stamp.from);
  if (isRefusal(agent)) return agent;
  const bet = ctx.law.bets.get(keyOf(agent.agent, body.bet));
  if (bet === undefined) return refuse("unknown_bet", body.bet);
  const { verified } = body;
  if (verified && bet.proof === "false") return refuse("proof_contradicted", body.bet);
  if (bet.phase !== "settled") return refuse("bet_not_settled", bet.phase);
  // What the law has proven stays proven when its seed is forgotten.
  if (verified && bet.proof !== "fair") {
    if (seedOf(ctx.law, bet) === undefined) return refuse("seed_not_revealed", bet.seedHash);
    const fault = proofOf(ctx.law, bet) ?? "";
    if (fault !== "") return refuse("proof_contradicted", fault);
  }
  const note = body.note ?? "";
  yield { type: "BetChecked", agent: agent.agent, bet: body.bet, verified, note };
  if (verified) return undefined;
  yield disputed(bet, note);
  const fault = bet.proof === "fair" ? "" : proofOf(ctx.law, bet);
  if (fault === undefined) yield* holdBetting(ctx, bet, "unknown", note);
  else yield* heldBy(ctx, bet, fault);
  return undefined;
}

type HeldBet = Fixed<Bet>;

const HASHES: Hashes = { sha256, hmacSha256 };

const seedOf = ({ revealed }: Law, bet: HeldBet): string | undefined =>
  revealed.find(({ seedHash }) => seedHash === bet.seedHash)?.serverSeed;

/**
 * What is wrong with a settled bet by its revealed seed, or "".
 *
 * None: undefined where nobody can say: the seed is not revealed, or the game is none that we know; a draw that is
 * used twice needs neither.
 */
function proofOf(law: Law, bet: HeldBet): BetFault | "draw-used-twice" | "" | undefined {
  // Whatever its seed is: one draw decides one bet.
  if (bet.reused) return "draw-used-twice";
  const serverSeed = seedOf(law, bet);
  if (serverSeed === undefined) return undefined;
  const won = bet.payout > 0n;
  const fault = betFault(bet, { ...bet, won }, serverSeed, HASHES) ?? "";
  return fault === "unknown-game" ? undefined : fault;
}

const disputed = (bet: HeldBet, reason: string): EventOf<"BetDisputed"> => {
  const { agent, game, stake, payout, seedHash } = bet;
  return { type: "BetDisputed", agent, bet: bet.bet, game, stake, payout, seedHash, reason };
};

/** Of a disputed bet, by what its proof says: who did wrong. */
const heldBy = (ctx: Context, bet: HeldBet, fault: string): Consequence =>
  fault === ""
    ? holdBetting(ctx, bet, "agent", "its proof holds")
    : holdBetting(ctx, bet, "house", fault);

/** Its seed was revealed, or should have been long ago: the law's own proof, whoever has checked it or not. */
export function* proofDue(ctx: Context, key: string): Consequence {
  const bet = ctx.law.bets.get(key);
  if (bet === undefined || bet.proof === "fair" || bet.proof === "false") return;
  const { agent, seedHash } = bet;
  const told = { agent, bet: bet.bet };
  const fault = proofOf(ctx.law, bet);
  if (fault !== undefined) {
    const known = bet.phase === "disputed";
    yield { type: "BetProven", ...told, fault };
    if (fault !== "" && !known) yield disputed(bet, fault);
    if (fault !== "" || known) yield* heldBy(ctx, bet, fault);
  } else if (bet.phase !== "placed" && bet.proof === "open" && bet.proveBy <= ctx.at) {
    yield { type: "BetUnproven", ...told, seedHash, waitedMs: PROOF_WITHIN_MS };
  }
}

/** Settled bets of an agent that nobody could prove in time, and those that were forgotten unproven. */
export const unprovenOf = (law: Law, agent: HeldAgent): number =>
  [...agent.bets].filter((bet) => law.bets.get(keyOf(agent.agent, bet))?.proof === "overdue")
    .length + agent.betting.unproven;

export function* betReported(
  ctx: Context,
  report: Extract<VenueReport, { type: "betSettled" }>,
): Consequence {
  const ref = ctx.law.byName.get(report.bet);
  const bet = ref?.kind === "bet" ? ctx.law.bets.get(ref.key) : undefined;
  if (bet === undefined || bet.phase !== "placed") {
    yield { type: "ReportUnmatched", report: `betSettled ${report.bet}`, reason: "no open bet" };
    return;
  }
  const { won, seedHash, nonce, resultHash, outcome } = report;
  const payout = report.payout < 0n ? ZERO : report.payout;
  const expected = ctx.law.toProve.get(seedHash)?.next;
  yield {
    type: "BetSettled",
    agent: bet.agent,
    bet: bet.bet,
    won,
    payout,
    seedHash,
    nonce,
    resultHash,
    outcome,
  };
  if (bet.reused) yield* proofDue(ctx, keyOf(bet.agent, bet.bet));
  else if (expected !== undefined && nonce !== expected) {
    const skipped = Math.max(0, nonce - expected);
    const told = { agent: bet.agent, bet: bet.bet, seedHash, expected, nonce, skipped };
    yield { type: "BetNonceSkipped", ...told };
  }
  yield* floorDue(ctx, bet.agent);
}

export function* seedReported(
  ctx: Context,
  report: Extract<VenueReport, { type: "seedCommitted" | "seedRevealed" }>,
): Consequence {
  const { seedHash } = report;
  if (report.type === "seedCommitted") yield { type: "SeedCommitted", seedHash };
  else {
    const { serverSeed, bets } = report;
    // The seed that goes for this one proves first what it still can: a batch may bring more than are kept.
    const [oldest] = ctx.law.revealed;
    if (oldest !== undefined && ctx.law.revealed.length >= KEPT) {
      for (const key of [...(ctx.law.toProve.get(oldest.seedHash)?.keys ?? [])])
        yield* proofDue(ctx, key);
    }
    // What was open at the reveal has ended by then.
    const countAt = after(ctx.at, PROOF_WITHIN_MS);
    yield { type: "SeedRevealed", seedHash, serverSeed, bets, countAt };
    yield* drawsDue(ctx, seedHash);
  }
}
