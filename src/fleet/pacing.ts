/** How much of a market plans may send in a span of time, where the rules pace them. */
import { must } from "../core/assert.ts";
import type { MarketId } from "../core/ids.ts";
import {
  abs,
  type Micro,
  max,
  micro,
  mulDiv,
  notional,
  type Qty,
  qty,
  ZERO,
} from "../core/money.ts";
import { type Ppm, share } from "../core/ppm.ts";
import { after, type Millis } from "../core/time.ts";
import { closedBy } from "../liquidation/distress.ts";
import type { Plan, PlanInput } from "../liquidation/plan-types.ts";
import type { LiquidationStep } from "../protocol/crisis-facts.ts";
import { crisisRules } from "./margins.ts";
import type { Market } from "./market-state.ts";
import type { Fixed, FleetState, Law } from "./state.ts";

/** 1e-8 coin times 1e-8 USDC in millionths of USDC. */
const MICRO_IN_NOTIONAL = 10_000_000_000n;

/**
 * What may still be sent net into a market, 1e-8 coin: the rules' part of its depth, at least a lot, less
 * what went in the span that runs, whichever way it went.
 *
 * None: undefined where the rules pace nothing.
 * Rounding: down to the unit; the planner sends whole lots.
 */
export function paceLeft(
  law: Law,
  { policy, mark }: Fixed<Market>,
  depth: Micro,
  at: Millis,
): Qty | undefined {
  const pace = crisisRules(law)?.pace;
  if (pace === undefined || mark === undefined) return undefined;
  const sent = law.crisis.paced.get(policy.market);
  const running = sent !== undefined && at < sent.since + pace.everyMs;
  const most = share(depth, pace.depth as Ppm, "floor");
  // In USDC: a mark that moves frees nothing more within a span.
  const left = max(micro(most - (running ? abs(sent.net) : 0n)), ZERO);
  const size = mulDiv(left, MICRO_IN_NOTIONAL, mark, "floor");
  return qty(running ? size : max(size, policy.lot));
}

/** When the first span ends of those in which something was sent. None: undefined where none runs. */
function paceEnds(law: Law, at: Millis): Millis | undefined {
  const pace = crisisRules(law)?.pace;
  if (pace === undefined) return undefined;
  const ends = [...law.crisis.paced.values()].map(({ since }) => after(since, pace.everyMs));
  const running = ends.filter((end) => end > at);
  return running.length === 0 ? undefined : (Math.min(...running) as Millis);
}

/**
 * When a plan that is short may go on. None: undefined where it was not the pace that held it up.
 */
export function pacedBy(law: Law, input: PlanInput, made: Plan, at: Millis): Millis | undefined {
  const pace = crisisRules(law)?.pace;
  if (pace === undefined || made.status !== "short") return undefined;
  const closed = closedBy(made.steps);
  const shut = new Set(made.untouched.flatMap(({ id, reason }) => (reason === "pace" ? [id] : [])));
  const lots = new Map(input.markets.map(({ id, lot }) => [id, lot]));
  const binds = input.positions.some(({ id, market, qty: size, maxQty = abs(size) }) => {
    const done = closed.get(id) ?? 0n;
    return shut.has(id) || (done > 0n && maxQty - done >= (lots.get(market) ?? 0n));
  });
  return binds ? (paceEnds(law, at) ?? after(at, pace.everyMs)) : undefined;
}

/** Folds what a plan sends: into the span that runs, or as the first of a new one. */
export function notePaced(state: FleetState, steps: readonly LiquidationStep[], at: Millis): void {
  const pace = state.policy?.crisis?.pace;
  const { paced } = state.crisis;
  if (pace === undefined) return paced.clear();
  for (const { kind, market, side, qty: size } of steps) {
    // What crosses inside the fleet is sent nowhere.
    if (kind === "cross") continue;
    const { mark } = must(state.markets.get(market), "a step names a market of the fleet");
    const value = notional(must(mark, "a plan has a mark"), size, "down");
    noteSent(paced, market, side === "sell" ? value : micro(-value), at, pace.everyMs);
  }
}

function noteSent(
  paced: FleetState["crisis"]["paced"],
  market: MarketId,
  value: Micro,
  at: Millis,
  everyMs: number,
): void {
  const running = paced.get(market);
  const goesOn = running !== undefined && at < running.since + everyMs;
  paced.set(
    market,
    goesOn ? { ...running, net: micro(running.net + value) } : { since: at, net: value },
  );
}
