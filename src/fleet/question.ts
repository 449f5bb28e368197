/** What the planner is asked: what a scope holds, what of it may be closed, and what is under way. */
import { type AgentId, FLEET, type MarketId } from "../core/ids.ts";
import { abs, type Micro, max, micro, ZERO } from "../core/money.ts";
import type { Millis } from "../core/time.ts";
import type { PlanInput, PlanMarket, PlanPosition } from "../liquidation/plan-types.ts";
import { isRefused } from "./closing.ts";
import { isIsolated, type Measure, type Need } from "./margins.ts";
import { depthOf, impactOf } from "./market-books.ts";
import type { Market } from "./market-state.ts";
import { paceLeft } from "./pacing.ts";
import { lossesOf, sidesIn } from "./plan-facts.ts";
import { type Fixed, keyOf, type Law, type Position } from "./state.ts";

type Held = Fixed<Position>;

/**
 * What the planner is told of: all positions for the fleet, for their marks move with its orders, and an isolated
 * agent's own. What others lose by its orders its own margin need not bring; `sparing` asks for it.
 */
function* positionsOf(law: Law, scope: AgentId): Iterable<Held> {
  if (scope === FLEET) {
    for (const held of law.positions.values()) if (held.qty !== 0n) yield held;
    return;
  }
  for (const market of law.agents.get(scope)?.positions ?? []) {
    const held = law.positions.get(keyOf(scope, market));
    if (held !== undefined && held.qty !== 0n) yield held;
  }
}

/** What the coordinator's own orders have still to close, by position. */
function underwayQty(law: Law): ReadonlyMap<string, bigint> {
  const open = new Map<string, bigint>();
  for (const order of law.orders.values()) {
    if (order.cause === "") continue;
    const key = keyOf(order.agent, order.market);
    // A position that has turned since it was sent would grow by it.
    if ((order.side === "sell") !== (law.positions.get(key)?.qty ?? 0n) > 0n) continue;
    open.set(key, (open.get(key) ?? 0n) + order.qty - order.filled);
  }
  return open;
}

const marginBy = (position: Held, by: Measure): bigint =>
  by === "utilization" ? position.margin : position.maintenance;

function marketOf(law: Law, market: Fixed<Market>, at: Millis): PlanMarket[] {
  const { mark, policy } = market;
  if (mark === undefined) return [];
  const pace = paceLeft(law, market, depthOf(law, market), at);
  const paced = pace === undefined ? {} : { pace };
  return [{ id: policy.market, mark, lot: policy.lot, ...impactOf(law, market), ...paced }];
}

export interface Question {
  readonly input: PlanInput;
  /** Margin that orders under way will free when they fill whole. */
  readonly underway: Micro;
}

/**
 * The planner's view of a scope: isolated agents and what is being closed anyway are not touched.
 *
 * @param at the time of the turn: what the law holds is only told up to the turn before.
 */
export function question(law: Law, scope: AgentId, need: Need, at: Millis): Question {
  const { by } = need;
  const open = underwayQty(law);
  const positions: PlanPosition[] = [];
  const markets = new Map<MarketId, PlanMarket[]>();
  let underway = 0n;
  const sides = sidesIn(law);
  for (const held of positionsOf(law, scope)) {
    const market = law.markets.get(held.market);
    if (market?.mark === undefined) continue;
    const size = abs(held.qty);
    const key = keyOf(held.agent, held.market);
    const closing = held.closing === undefined ? (open.get(key) ?? 0n) : size;
    const taken = closing > size ? size : closing;
    const isolated = scope === FLEET && isIsolated(law, held.agent);
    if (!isolated) underway += (marginBy(held, by) * taken) / size;
    positions.push({
      id: key,
      agent: held.agent,
      market: held.market,
      qty: held.qty,
      margin: marginBy(held, by),
      tier: law.agents.get(held.agent)?.delegation?.priority ?? 0,
      // What would be refused again is no way to margin before there is another mark.
      maxQty: isRefused(market, at) ? 0n : size - taken,
      pnl: held.unrealized,
      ...(isolated ? { isolated } : lossesOf(law, held, sides)),
    });
    if (!markets.has(held.market)) markets.set(held.market, marketOf(law, market, at));
  }
  const left = max(micro(need.amount - underway), ZERO);
  const input = {
    ...{ need: left, costShare: need.costShare, positions },
    markets: [...markets.values()].flat(),
  };
  return { input, underway: micro(underway) };
}
