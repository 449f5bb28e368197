/** What the coordinator's own orders will still close, and free: as much work as there are of them. */
import { type AgentId, FLEET } from "../core/ids.ts";
import { abs, type Micro, micro } from "../core/money.ts";
import { isIsolated, type Measure } from "./margins.ts";
import { type Fixed, keyOf, type Law, type Position } from "./state.ts";

/** Margin that a position gives up when all of it is closed, by the measure that is short. */
export const marginBy = ({ margin, maintenance }: Fixed<Position>, by: Measure): Micro =>
  by === "utilization" ? margin : maintenance;

/** By the keys of positions: 1e-8 coin that is being closed of each, at most what is held. */
export function takenOf(law: Law): ReadonlyMap<string, bigint> {
  const taken = new Map<string, bigint>();
  const sizeOf = (key: string): bigint => abs(law.positions.get(key)?.qty ?? 0n);
  for (const named of law.underway.ours) {
    const order = law.orders.get(named);
    if (order === undefined) continue;
    const key = keyOf(order.agent, order.market);
    // A position that has turned since it was sent would grow by it.
    if ((order.side === "sell") !== (law.positions.get(key)?.qty ?? 0n) > 0n) continue;
    const open = (taken.get(key) ?? 0n) + order.qty - order.filled;
    const size = sizeOf(key);
    taken.set(key, open > size ? size : open);
  }
  for (const key of law.underway.closing) taken.set(key, sizeOf(key));
  return taken;
}

/** Margin that a scope's orders under way will free when they fill whole. Rounding: down, for each position. */
export function underwayOf(law: Law, scope: AgentId, by: Measure): Micro {
  let sum = 0n;
  for (const [key, taken] of takenOf(law)) {
    const held = law.positions.get(key);
    if (held === undefined || held.qty === 0n) continue;
    const mine = scope === FLEET ? !isIsolated(law, held.agent) : held.agent === scope;
    if (!mine || law.markets.get(held.market)?.mark === undefined) continue;
    sum += (marginBy(held, by) * taken) / abs(held.qty);
  }
  return micro(sum);
}
