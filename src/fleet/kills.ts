/** The kill switch by scope: agent, venue or fleet; what is left in one until its venue has said that nothing is. */
import { type AgentId, FLEET, type Id, type MarketId } from "../core/ids.ts";
import type { FleetEvent } from "../protocol/events.ts";
import type { MarketPolicy } from "../protocol/policy.ts";
import { MODES, type Mode } from "../protocol/words.ts";
import { type KillScope, killKey, type Law } from "./state.ts";

/** Where a market is traded; the paper platform unless the fleet file names another. */
const venueOf = (market: MarketPolicy): Id => market.venue ?? ("paper" as Id);

/** The mode of the venue that a market is traded at; what the rules no longer list may only be reduced. */
export function venueMode(law: Law, market: MarketId): Mode {
  const held = law.markets.get(market);
  if (held === undefined || (law.kills.size === 0 && !held.delisted)) return "run";
  const mode = law.kills.get(killKey({ agent: FLEET, venue: venueOf(held.policy) }))?.mode ?? "run";
  return held.delisted ? stricter(mode, "reduce") : mode;
}

export const stricter = (a: Mode, b: Mode): Mode => (MODES.indexOf(a) > MODES.indexOf(b) ? a : b);

/** The markets of a venue. None: undefined where no scope is narrowed to one. */
export function marketsOf(law: Law, venue: Id | undefined): ReadonlySet<MarketId> | undefined {
  if (venue === undefined) return undefined;
  const found = new Set<MarketId>();
  for (const { policy } of law.markets.values())
    if (venueOf(policy) === venue) found.add(policy.market);
  return found;
}

export interface Left {
  readonly positions: number;
  readonly orders: number;
}

/** What is open in a scope, by the books alone: an order counts until its venue has ended it. */
export function leftIn(law: Law, { agent: only, venue }: KillScope): Left {
  const markets = marketsOf(law, venue);
  let [positions, orders] = [0, 0];
  const count = (id: AgentId): void => {
    const agent = law.agents.get(id);
    if (agent === undefined) return;
    if (markets === undefined) {
      positions += agent.positions.size;
      orders += agent.orders.size;
      return;
    }
    for (const market of agent.positions) if (markets.has(market)) positions += 1;
    for (const id of agent.orders) {
      const order = law.orders.get(`${agent.agent}/${id}`);
      if (order !== undefined && markets.has(order.market)) orders += 1;
    }
  };
  if (only === FLEET) for (const id of law.agents.keys()) count(id);
  else count(only);
  return { positions, orders };
}

/** Nothing is open, and our books are the venue's. */
export function isFlat(law: Law, scope: KillScope): boolean {
  const { positions, orders } = leftIn(law, scope);
  return positions === 0 && orders === 0 && law.booksAgree;
}

/** Tells once when a flattened scope is flat, and once when it is no longer. Nothing while none is. */
export function* flatness(law: Law): Generator<FleetEvent, void, void> {
  for (const { mode, epoch, flat, ...scope } of [...law.kills.values()]) {
    if (mode !== "flatten" || isFlat(law, scope) === flat) continue;
    yield { type: flat ? "FlatLost" : "FlatReached", ...scopeOf(scope), epoch };
  }
}

/** A scope as events carry it. */
export const scopeOf = ({ agent, venue }: KillScope): KillScope =>
  venue === undefined ? { agent } : { agent, venue };
