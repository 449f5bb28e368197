/** What the planner is asked: what a scope holds, what of it may be closed, and what is under way. */
import { type AgentId, FLEET, type MarketId } from "../core/ids.ts";
import { abs, max, micro, ZERO } from "../core/money.ts";
import type { Millis } from "../core/time.ts";
import type { PlanInput, PlanMarket, PlanPosition } from "../liquidation/plan-types.ts";
import { isRefused } from "./closing.ts";
import { isIsolated, type Need } from "./margins.ts";
import { depthOf, impactOf } from "./market-books.ts";
import type { Market } from "./market-state.ts";
import { paceLeft } from "./pacing.ts";
import { lossesOf, sidesIn } from "./plan-facts.ts";
import { type Fixed, keyOf, type Law, type Position } from "./state.ts";
import { marginBy, takenOf, underwayOf } from "./underway.ts";

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

function marketOf(law: Law, market: Fixed<Market>, at: Millis): PlanMarket[] {
  const { mark, policy } = market;
  if (mark === undefined) return [];
  const pace = paceLeft(law, market, depthOf(law, market), at);
  const paced = pace === undefined ? {} : { pace };
  return [{ id: policy.market, mark, lot: policy.lot, ...impactOf(law, market), ...paced }];
}

/**
 * The planner's view of a scope: isolated agents and what is being closed anyway are not touched.
 *
 * @param at the time of the turn: what the law holds is only told up to the turn before.
 */
export function question(law: Law, scope: AgentId, need: Need, at: Millis): PlanInput {
  const { by } = need;
  const taken = takenOf(law);
  const positions: PlanPosition[] = [];
  const markets = new Map<MarketId, PlanMarket[]>();
  const sides = sidesIn(law);
  for (const held of positionsOf(law, scope)) {
    const market = law.markets.get(held.market);
    if (market?.mark === undefined) continue;
    const size = abs(held.qty);
    const key = keyOf(held.agent, held.market);
    const isolated = scope === FLEET && isIsolated(law, held.agent);
    positions.push({
      id: key,
      agent: held.agent,
      market: held.market,
      qty: held.qty,
      margin: marginBy(held, by),
      tier: law.agents.get(held.agent)?.delegation?.priority ?? 0,
      // What would be refused again is no way to margin before there is another mark.
      maxQty: isRefused(market, at) ? 0n : size - (taken.get(key) ?? 0n),
      pnl: held.unrealized,
      ...(isolated ? { isolated } : lossesOf(law, held, sides)),
    });
    if (!markets.has(held.market)) markets.set(held.market, marketOf(law, market, at));
  }
  const left = max(micro(need.amount - underwayOf(law, scope, by)), ZERO);
  return {
    ...{ need: left, costShare: need.costShare, positions },
    markets: [...markets.values()].flat(),
  };
}
