/** What is done about single agents by itself: their positions' own stops, drawdowns, and isolated calls. */
import type { AgentId, MarketId } from "../core/ids.ts";
import { SWEEP_EVENTS_MAX } from "../core/limits.ts";
import { micro, min, mulDiv, ZERO } from "../core/money.ts";
import { ONE, type Ppm, ppm, ratio, share } from "../core/ppm.ts";
import type { CrisisPolicy } from "../protocol/crisis-policy.ts";
import type { EventOf, FleetEvent } from "../protocol/events.ts";
import { availableOf, type Consequence, type Context, modeIn } from "./admission.ts";
import { review } from "./calls.ts";
import { closePosition } from "./closing.ts";
import { isIsolated, roomBelowRed, wantsLess } from "./margins.ts";
import { backed, powderFor } from "./powder.ts";
import { keyOf, type Law } from "./state.ts";

/** Whose results or marks a turn has moved. */
function touched(law: Law, events: readonly FleetEvent[]): ReadonlySet<AgentId> {
  const agents = new Set<AgentId>();
  for (const event of events) {
    if (event.type === "MarksSet") {
      for (const { market } of event.marks) {
        for (const agent of law.markets.get(market)?.positions ?? []) agents.add(agent);
      }
    } else if (event.type === "FundingBooked") {
      for (const { agent } of event.shares) agents.add(agent);
    } else if (event.type === "VenueLiquidated" || event.type === "AutoDeleveraged") {
      for (const { of } of event.parts) agents.add(of);
    } else if (event.type === "DuesNetted" || event.type === "DueReceived") {
      for (const { of } of event.settled) agents.add(of);
    } else if (RESULTS.has(event.type) && "agent" in event) agents.add(event.agent);
  }
  return agents;
}

const RESULTS: ReadonlySet<FleetEvent["type"]> = new Set([
  ...(["FillBooked", "BetSettled", "EscrowReleased", "EscrowRefunded"] as const),
  ...(["LoanReturned", "LoanInterest", "InternalPaid", "CapCut"] as const),
  ...(["DomainSold", "DomainLost"] as const),
]);

/**
 * Follows every turn that moved somebody's results, as much as one turn may hold: what is still true
 * at the next mark is done then.
 */
export function* agentDuties(
  ctx: Context,
  rules: CrisisPolicy,
  events: readonly FleetEvent[],
): Consequence {
  let count = 0;
  for (const agent of touched(ctx.law, events)) {
    for (const event of ofAgent(ctx, rules, agent)) {
      count += 1;
      yield event;
    }
    if (count >= SWEEP_EVENTS_MAX) return;
  }
}

function* ofAgent(ctx: Context, rules: CrisisPolicy, id: AgentId): Consequence {
  for (const market of [...(ctx.law.agents.get(id)?.positions ?? [])]) {
    yield* topUp(ctx, rules, id, market);
    yield* stops(ctx, rules, id, market);
  }
  yield* drawdown(ctx, rules, id);
  if (isIsolated(ctx.law, id)) yield* review(ctx, id);
}

/**
 * What stands behind a position: the margin held for it with its unrealized result, less the funding
 * that was paid on it. Funding received is not counted on.
 */
function standing(law: Law, id: AgentId, market: MarketId) {
  const held = law.positions.get(keyOf(id, market));
  if (held === undefined || held.qty === 0n || held.closing !== undefined) return undefined;
  const { margin, unrealized, funding, maintenance, warned } = held;
  return { equity: micro(margin + unrealized + min(funding, ZERO)), maintenance, warned };
}

const times = (amount: bigint, by: number): bigint =>
  mulDiv(amount, BigInt(by), BigInt(ONE), "ceil");

/**
 * Puts what its agent has left of its delegation behind a position, then dry powder where the rules
 * say so, never more than is missing; nothing where a call wants less reserved, nor so much that one would.
 */
function* topUp(ctx: Context, rules: CrisisPolicy, id: AgentId, market: MarketId): Consequence {
  const { law } = ctx;
  const agent = law.agents.get(id);
  const held = standing(law, id, market);
  if (rules.topUp === undefined || agent === undefined || held === undefined) return;
  if (agent.delegation?.phase !== "active" || modeIn(law, agent, market) !== "run" || !law.covered)
    return;
  if (wantsLess(law)) return;
  const { equity, maintenance } = held;
  const missing = micro(times(maintenance, rules.topUp) - equity);
  const most = min(missing, roomBelowRed(law) ?? missing);
  if (most <= 0n) return;
  const own = min(most, availableOf(agent));
  const lent = min(micro(most - own), powderFor(law, rules, agent));
  if (lent > 0n) yield backed(law, id, market, lent, missing);
  const amount = micro(own + lent);
  if (amount <= 0n) return;
  yield { type: "PositionToppedUp", agent: id, market, amount, equity, maintenance };
}

/** Told once at the soft stop and once when it is past; closed at the hard one. */
function* stops(ctx: Context, rules: CrisisPolicy, id: AgentId, market: MarketId): Consequence {
  const held = standing(ctx.law, id, market);
  const mark = ctx.law.markets.get(market)?.mark;
  if (held === undefined || mark === undefined) return;
  const { equity, maintenance, warned } = held;
  const facts = { agent: id, market, equity, maintenance, mark };
  if (rules.hardStop !== undefined && equity < times(maintenance, rules.hardStop)) {
    yield { type: "PositionStopped", level: "hard", ...facts };
    yield* closePosition(ctx, id, market, "hard-stop");
    return;
  }
  if (rules.softStop === undefined) return;
  const clear = rules.softStop + (rules.hysteresis ?? 0);
  if (!warned && equity < times(maintenance, rules.softStop)) {
    yield { type: "PositionStopped", level: "soft", ...facts };
  } else if (warned && equity >= times(maintenance, clear)) {
    yield { type: "PositionStopped", level: "clear", ...facts };
  }
}

/**
 * Cuts a cap to what the deepest rung that was reached keeps of it; a rung is left only by a new grant.
 *
 * The loss is counted from the agent's highest result, against the cap before the ladder cut it.
 */
function* drawdown(ctx: Context, rules: CrisisPolicy, id: AgentId): Consequence {
  const cut = deepestRung(ctx.law, rules, id);
  if (cut !== undefined) yield cut;
}

/** The cut that an agent's drawdown asks for. None: undefined when no new rung is reached. */
export function deepestRung(
  law: Law,
  rules: CrisisPolicy,
  id: AgentId,
): EventOf<"DrawdownCut"> | undefined {
  const agent = law.agents.get(id);
  const delegation = agent?.delegation;
  const ladder = rules.drawdownLadder ?? [];
  if (agent === undefined || delegation === undefined || delegation.phase === "ended")
    return undefined;
  const kept = agent.rung === 0 ? ONE : (ladder[agent.rung - 1]?.keeps ?? ONE);
  if (kept === 0) return undefined;
  const base = micro(mulDiv(delegation.cap, BigInt(ONE), BigInt(kept), "ceil"));
  const result = micro(agent.realized + agent.unrealized);
  const lost: Ppm = ratio(micro(agent.peak - result), base, "ceil") ?? ppm(0);
  const rung = ladder.filter((step) => lost >= step.drawdown).length;
  const reached = ladder[rung - 1];
  if (rung <= agent.rung || reached === undefined) return undefined;
  const cap = share(base, reached.keeps, "floor");
  return { type: "DrawdownCut", agent: id, drawdown: lost, peak: agent.peak, result, rung, cap };
}
