/** The fleet's totals, kept as they change: reserved, committed, unrealized, collateral. */
import { must } from "../core/assert.ts";
import { type AgentId, FLEET, type MarketId, USDC } from "../core/ids.ts";
import {
  abs,
  type Micro,
  max,
  micro,
  min,
  mulDiv,
  notional,
  type Price,
  qty,
  type Units,
  ZERO,
} from "../core/money.ts";
import { ONE, type Ppm, ratio, share } from "../core/ppm.ts";
import type { AssetPolicy } from "../protocol/policy.ts";
import { maintenanceMargin } from "../risk/margin.ts";
import type { Agent } from "./agent-state.ts";
import { balance, ownAccount, ownedOf } from "./ledger.ts";
import { accrue } from "./margin-cost.ts";
import { type FleetState, keyOf, type Law, type Position } from "./state.ts";
import { stillFor } from "./stillness.ts";
import { isUncertain } from "./uncertain.ts";

type Holder = Pick<Agent, "reserved"> & {
  readonly delegation: { readonly phase: string; readonly cap: Micro } | undefined;
};

/**
 * What an agent may come to use: its cap, or what it uses where a cut or a loss went below that.
 * The sum over all agents is what collateral less dry powder must cover.
 */
export const committedOf = (agent: Holder): Micro =>
  agent.delegation === undefined || agent.delegation.phase === "ended"
    ? agent.reserved
    : max(agent.delegation.cap, agent.reserved);

/** Runs a change to one agent's cap or use and keeps the fleet's sums right. */
export function adjust(state: FleetState, id: AgentId, change: (agent: Agent) => void): void {
  const agent = must(state.agents.get(id), "an event names an enrolled agent");
  const committed = committedOf(agent);
  const reserved = agent.reserved;
  change(agent);
  state.reserved = micro(state.reserved + agent.reserved - reserved);
  state.committed = micro(state.committed + committedOf(agent) - committed);
}

export const addReserved = (state: FleetState, agent: AgentId, amount: bigint): void =>
  adjust(state, agent, (holder) => {
    accrue(state, holder);
    holder.reserved = micro(holder.reserved + amount);
  });

/** Gain of a position at a mark, rounded down: value less cost. */
const unrealizedAt = (position: Pick<Position, "qty" | "cost">, mark: Price): Micro =>
  micro(notional(mark, position.qty, "floor") - position.cost);

/** Sets a position's unrealized result anew, and the sums it is part of. */
export function revalue(state: FleetState, agent: AgentId, market: MarketId): void {
  const position = state.positions.get(keyOf(agent, market));
  if (position === undefined) return;
  const mark = state.markets.get(market)?.mark;
  const now = mark === undefined || position.qty === 0n ? ZERO : unrealizedAt(position, mark);
  const change = now - position.unrealized;
  position.unrealized = now;
  const needed = maintenanceAt(state, position);
  const more = needed - position.maintenance;
  position.maintenance = needed;
  state.maintenance = micro(state.maintenance + more);
  state.unrealized = micro(state.unrealized + change);
  const holder = must(state.agents.get(agent), "a position has an enrolled agent");
  holder.unrealized = micro(holder.unrealized + change);
  holder.maintenance = micro(holder.maintenance + more);
}

/** Maintenance margin of a position at its mark; at its cost where there is no mark. Rounding: up. */
export function maintenanceAt(
  law: Law,
  position: Pick<Position, "market" | "qty" | "cost">,
): Micro {
  const market = law.markets.get(position.market);
  if (market === undefined || position.qty === 0n) return ZERO;
  const size = qty(abs(position.qty));
  const value =
    market.mark === undefined ? abs(position.cost) : notional(market.mark, size, "ceil");
  return maintenanceMargin(market.policy.tiers, value);
}

/** Collateral with the gain of the net book, which is no collateral but is equity. */
export const equityOf = (law: Law): Micro => micro(law.collateral + max(law.unrealized, ZERO));

/** Keeps the highest result of an agent, the lowest since, and the highest equity of the fleet. */
export function notePeaks(state: FleetState, agents: Iterable<AgentId>): void {
  for (const id of agents) {
    const agent = state.agents.get(id);
    if (agent === undefined) continue;
    const result = micro(agent.realized + agent.unrealized);
    agent.trough = result > agent.peak ? result : min(agent.trough, result);
    agent.peak = max(agent.peak, result);
  }
  state.crisis.peak = max(state.crisis.peak, equityOf(state));
}

/**
 * Value of an amount of an asset as collateral, in USDC, after its haircut.
 *
 * Rounding: down, against the fleet. None: zero where its market has no mark: no price, no value.
 */
export function collateralValue(law: Law, policy: AssetPolicy, amount: Units): Micro {
  const part = (ONE - policy.haircut) as Ppm;
  if (policy.market === undefined) return share(micro(amount), part, "floor");
  const mark = law.markets.get(policy.market)?.mark;
  if (mark === undefined) return ZERO;
  return micro(mulDiv(notional(mark, qty(amount), "floor"), BigInt(part), 1_000_000n, "floor"));
}

/** Domains at what they cost, less their haircut: nothing, unless the policy says otherwise. Rounding: down. */
const domainCollateral = (law: Law): Micro => {
  const part = (ONE - (law.policy?.domainHaircut ?? ONE)) as Ppm;
  return share(micro(balance(law.ledger, ownAccount(USDC, "domains"))), part, "floor");
};

/**
 * The collateral: what the fleet owns after haircuts, less the unrealized loss of its net book. An
 * unrealized gain is no collateral.
 */
export function collateralOf(law: Law): Micro {
  let total = 0n;
  for (const asset of law.assets.values()) {
    const owned = ownedOf(law.ledger, asset.asset);
    if (owned !== 0n) total += collateralValue(law, asset, owned as Units);
  }
  if (!law.assets.has(USDC)) total += ownedOf(law.ledger, USDC);
  total += domainCollateral(law);
  if (law.unrealized < 0n) total += law.unrealized;
  return micro(total);
}

export function recount(state: FleetState): void {
  state.collateral = collateralOf(state);
}

/** The first asset that we hold whose mark is missing, too old, too still or too much in doubt to value it by. */
export function staleAsset(law: Law, at: number): AssetPolicy["asset"] | undefined {
  for (const { asset, market } of law.assets.values()) {
    if (market === undefined || ownedOf(law.ledger, asset) === 0n) continue;
    const held = law.markets.get(market);
    const age = held?.mark === undefined ? undefined : at - held.markAt;
    if (age === undefined || age > (law.policy?.markAgeMaxMs ?? 0)) return asset;
    if (isUncertain(law, held) || stillFor(law, market, at) !== undefined) return asset;
  }
  return undefined;
}

/**
 * The reserve that the rules ask for: a share of the collateral, or what was measured where the rules
 * size it and that is more. Rounding: up.
 */
export function reserveOf({ policy, collateral, crisis }: Law): Micro {
  if (policy === undefined || collateral <= 0n) return ZERO;
  const part = share(collateral, policy.dryPowder, "ceil");
  return policy.crisis?.reserveRatio === undefined
    ? part
    : max(part, min(crisis.sized, collateral));
}

/** Dry powder behind positions of agents, beyond their caps. */
function lentPowder({ crisis }: Law): bigint {
  let lent = 0n;
  for (const [agent, amount] of crisis.powder) if (agent !== FLEET) lent += amount;
  return lent;
}

/** The part of the collateral that no delegation may touch: the reserve less what backs positions. */
export const dryPowderOf = (law: Law): Micro => max(micro(reserveOf(law) - lentPowder(law)), ZERO);

/** What of the reserve is not deployed in any way. */
export const powderLeft = (law: Law): Micro =>
  max(micro(dryPowderOf(law) - (law.crisis.powder.get(FLEET) ?? 0n)), ZERO);

/** Collateral less dry powder less what is committed: negative when uncovered. */
export const coverOf = (law: Law): Micro =>
  micro(law.collateral - dryPowderOf(law) - law.committed);

/** Reserved over collateral, rounded up. Without collateral anything reserved is all of it and more. */
export const utilizationOf = (law: Law): Ppm =>
  ratio(law.reserved, law.collateral, "ceil") ?? ((law.reserved === 0n ? 0 : 1_000_000_000) as Ppm);
