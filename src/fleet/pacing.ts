/** How much of a market plans may send in a span of time, where the rules pace them. */
import { must } from "../core/assert.ts";
import { FLEET, type Id, type MarketId } from "../core/ids.ts";
import {
  abs,
  type Micro,
  max,
  micro,
  mulDiv,
  notional,
  type Price,
  type Qty,
  qty,
  ZERO,
} from "../core/money.ts";
import { share } from "../core/ppm.ts";
import { after, type Millis } from "../core/time.ts";
import { closedBy } from "../liquidation/distress.ts";
import type { Plan, PlanInput } from "../liquidation/plan-types.ts";
import type { LiquidationStep } from "../protocol/crisis-facts.ts";
import type { CrisisPolicy } from "../protocol/crisis-policy.ts";
import { ORANGE, TRAILING } from "./crisis-state.ts";
import { schedule } from "./deadlines.ts";
import { crisisRules } from "./margins.ts";
import type { Market } from "./market-state.ts";
import { type Fixed, type FleetState, keyOf, type Law, type Order } from "./state.ts";

/** 1e-8 coin times 1e-8 USDC in millionths of USDC. */
const MICRO_IN_NOTIONAL = 10_000_000_000n;

type Pace = NonNullable<CrisisPolicy["pace"]>;

/** The pace in force: none while one of its halves, each a rule of its own, has yet to come. */
const paceOf = (rules: CrisisPolicy | undefined): Pace | undefined => {
  const pace = rules?.pace;
  return pace !== undefined && pace.depth > 0 && pace.everyMs > 0 ? pace : undefined;
};

const sizeOf = (value: Micro, mark: Price): bigint =>
  mulDiv(value, MICRO_IN_NOTIONAL, mark, "floor");

/**
 * What a whole span takes net of a market, 1e-8 coin: the rules' part of its depth, at least a lot.
 *
 * None: undefined where the rules pace nothing. Rounding: down to the unit; the planner sends whole lots.
 */
export function paceWhole(
  law: Law,
  { policy, mark }: Fixed<Market>,
  depth: Micro,
): Qty | undefined {
  const pace = paceOf(crisisRules(law));
  if (pace === undefined || mark === undefined) return undefined;
  return qty(max(sizeOf(share(depth, pace.depth, "floor"), mark), policy.lot));
}

/**
 * The same less what went in the span that runs, whichever way it went. In USDC: a mark that moves frees nothing
 * more within a span.
 */
export function paceLeft(
  law: Law,
  market: Fixed<Market>,
  depth: Micro,
  at: Millis,
): Qty | undefined {
  const pace = paceOf(crisisRules(law));
  const sent = law.crisis.paced.get(market.policy.market);
  const running = pace !== undefined && sent !== undefined && at < sent.since + pace.everyMs;
  // Where nothing went, all of it is left: a single lot may go again that came to nothing.
  const none = !running || sent.net === 0n;
  if (none || market.mark === undefined) return paceWhole(law, market, depth);
  const left = micro(share(depth, pace.depth, "floor") - abs(sent.net));
  return qty(sizeOf(max(left, ZERO), market.mark));
}

/** When the first span ends of those in which something was sent. None: undefined where none runs. */
function paceEnds(law: Law, pace: Pace, at: Millis): Millis | undefined {
  const ends = [...law.crisis.paced.values()].map(({ since }) => after(since, pace.everyMs));
  const running = ends.filter((end) => end > at);
  return running.length === 0 ? undefined : (Math.min(...running) as Millis);
}

/** 1e-8 coin that a plan's orders send net into each market, sales positive: what crosses is sent nowhere. */
function sentBy({ steps }: Plan): ReadonlyMap<string, bigint> {
  const sent = new Map<string, bigint>();
  for (const { kind, market, side, qty: size } of steps) {
    if (kind === "cross") continue;
    sent.set(market, (sent.get(market) ?? 0n) + (side === "sell" ? size : -size));
  }
  return sent;
}

/**
 * When a plan that is short may go on. None: undefined where it was not the pace that held it up.
 */
export function pacedBy(law: Law, input: PlanInput, made: Plan, at: Millis): Millis | undefined {
  const pace = paceOf(crisisRules(law));
  if (pace === undefined || made.status !== "short") return undefined;
  const closed = closedBy(made.steps);
  const shut = new Set(made.untouched.flatMap(({ id, reason }) => (reason === "pace" ? [id] : [])));
  const sent = sentBy(made);
  const markets = new Map(input.markets.map((market) => [market.id, market]));
  const binds = input.positions.some(({ id, market, qty: size, maxQty = abs(size) }) => {
    if (shut.has(id)) return true;
    const done = closed.get(id) ?? 0n;
    const told = must(markets.get(market), "a position that is planned for has a market");
    const most = must(told.pace, "what is planned within a pace says how much is left of it");
    const net = sent.get(market) ?? 0n;
    // Where the pace has room for another lot, that was left for what it costs.
    const full = most - (size > 0n ? net : -net) < told.lot;
    return done > 0n && maxQty - done >= told.lot && full;
  });
  return binds ? (paceEnds(law, pace, at) ?? after(at, pace.everyMs)) : undefined;
}

/** Folds what a plan sends: into the span that runs, or as the first of a new one. */
export function notePaced(state: FleetState, steps: readonly LiquidationStep[], at: Millis): void {
  const pace = paceOf(state.policy?.crisis);
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

/** The span that an order counts in as it is sent: its plan was folded just before. None: as in `Order`. */
export function spanOf(
  state: FleetState,
  { agent, market, cause }: Pick<Order, "agent" | "market" | "cause">,
): Millis | undefined {
  const planned = cause === ORANGE || cause === TRAILING || cause.startsWith("call-");
  // What closes a position that a plan's order turned has that order's cause, and no plan sends it.
  const closing = state.positions.get(keyOf(agent, market))?.closing !== undefined;
  return planned && !closing ? state.crisis.paced.get(market)?.since : undefined;
}

/** Gives back what an order of a plan did not fill, in the span in which it went. Folded when an order ends. */
export function noteUnsent(state: FleetState, order: Fixed<Order>, at: Millis): void {
  const { market, side, cause, mark, span } = order;
  const left = qty(order.qty - order.filled);
  const policy = must(state.policy, "who ordered had rules");
  const pace = paceOf(policy.crisis);
  if (span === undefined || left <= 0n || pace === undefined) return;
  const running = state.crisis.paced.get(market);
  if (running?.since === span && at < span + pace.everyMs) {
    const value = notional(mark, left, "down");
    const net = micro(running.net - (side === "sell" ? value : -value));
    state.crisis.paced.set(market, { ...running, net });
  }
  lookAgain(state, cause, after(at, policy.closeRetryMs));
}

/** Whose order came to nothing looks again after the retry wait, however long its pace would have let it wait. */
function lookAgain({ crisis, deadlines }: FleetState, cause: string, at: Millis): void {
  const duty = crisis.followed.get(cause as Id);
  if (duty !== undefined && duty.planAt > at) duty.planAt = at;
  for (const scope of crisis.live) {
    const call = crisis.calls.get(scope);
    if (call?.call === cause && call.planAt > at) call.planAt = at;
  }
  schedule(deadlines, { at, kind: "call", key: FLEET });
}
