/** Bets: a stake that leaves the wallet until its result, and the proof that comes with it. */
import { ZERO } from "../core/money.ts";
import { refuse } from "../protocol/rejections.ts";
import type { VenueReport } from "../protocol/reports.ts";
import type { CommandOf } from "../protocol/turns.ts";
import { type Consequence, type Context, callerOf, type Decision, isRefusal } from "./admission.ts";
import { floorDue } from "./floors.ts";
import { opening } from "./openings.ts";
import { keyOf } from "./state.ts";

export function* placeBet(ctx: Context, { body }: CommandOf<"PlaceBet">): Decision {
  const opened = yield* opening(ctx, {
    service: "casino",
    kind: "bets",
    named: body.bet,
    reservation: body.reservation,
    binds: () => ({ hold: body.stake, cash: body.stake }),
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

/** The agent's own check, once for each settled bet. */
export function* checkBet(ctx: Context, { body }: CommandOf<"CheckBet">): Decision {
  const agent = callerOf(ctx.law, ctx.stamp.from);
  if (isRefusal(agent)) return agent;
  const bet = ctx.law.bets.get(keyOf(agent.agent, body.bet));
  if (bet === undefined) return refuse("unknown_bet", body.bet);
  if (bet.phase !== "settled") return refuse("bet_not_settled", bet.phase);
  const { verified } = body;
  yield { type: "BetChecked", agent: agent.agent, bet: body.bet, verified, note: body.note ?? "" };
  if (verified) return undefined;
  const { game, stake, payout, seedHash } = bet;
  const about = { bet: body.bet, game, stake, payout, seedHash, reason: body.note ?? "" };
  yield { type: "BetDisputed", agent: agent.agent, ...about };
  return undefined;
}

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
  yield* floorDue(ctx, bet.agent);
}

export function* seedReported(
  _ctx: Context,
  report: Extract<VenueReport, { type: "seedCommitted" | "seedRevealed" }>,
): Consequence {
  const { seedHash } = report;
  if (report.type === "seedCommitted") yield { type: "SeedCommitted", seedHash };
  else {
    const { serverSeed, bets } = report;
    yield { type: "SeedRevealed", seedHash, serverSeed, bets };
  }
}
