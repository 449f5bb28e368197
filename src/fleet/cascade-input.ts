/** The fleet as the cascade simulator takes it: who must sell by itself, and when. */
import { type AgentId, FLEET, type MarketId } from "../core/ids.ts";
import {
  abs,
  PRICE_DECIMALS,
  QTY_DECIMALS,
  toFloat,
  type Units,
  USDC_DECIMALS,
} from "../core/money.ts";
import { ONE } from "../core/ppm.ts";
import type { CascadeAgent, CascadeInput } from "../liquidation/cascade.ts";
import { closedBy } from "../liquidation/distress.ts";
import type { Plan } from "../liquidation/plan-types.ts";
import { ownedOf } from "./ledger.ts";
import { crisisRules, isIsolated, marginOf } from "./margins.ts";
import { impactOf } from "./market-books.ts";
import type { Market } from "./market-state.ts";
import { type Fixed, keyOf, type Law } from "./state.ts";
import { collateralValue } from "./totals.ts";

/** Relative moves by market, such as -0.15. A market that is not named stays. */
export type Shock = ReadonlyMap<MarketId, number>;

/** A plan that is taken as carried out, and whose it is: it pays what it costs. */
export interface Carried {
  readonly scope: AgentId;
  readonly made: Plan;
}

const usdc = (amount: bigint): number => toFloat(amount, USDC_DECIMALS);
/** Where nothing says when to sell: at a thousand times one's equity. */
const UNLIMITED = 1_000;

/** What one scope holds. Maintenance and margin: USDC of all that it held before a plan, and of what that closes. */
interface Held {
  readonly units: number[];
  freedMaintenance: number;
  freedMargin: number;
}

/** By coins of the wallet: what they lose as collateral, after haircuts. At most zero for a fall. */
export function coinsMove(law: Law, move: (market: MarketId) => number): number {
  let moved = 0;
  for (const asset of law.assets.values()) {
    const owned = ownedOf(law.ledger, asset.asset) as Units;
    if (asset.market === undefined || owned === 0n) continue;
    moved += usdc(collateralValue(law, asset, owned)) * move(asset.market);
  }
  return moved;
}

/**
 * Net coins by scope: the fleet for all that it stands behind, and each isolated agent. What agents of the fleet hold
 * against each other is crossed. One pass over the positions.
 */
function holdings(
  law: Law,
  places: ReadonlyMap<MarketId, number>,
  made: Plan | undefined,
): ReadonlyMap<AgentId, Held> {
  const empty = (): Held => ({
    ...{ units: Array.from(places, () => 0), freedMaintenance: 0, freedMargin: 0 },
  });
  const closed = closedBy(made?.steps ?? []);
  const found = new Map<AgentId, Held>([[FLEET, empty()]]);
  for (const { agent, market, qty, margin, maintenance } of law.positions.values()) {
    const place = places.get(market);
    if (qty === 0n || place === undefined) continue;
    const scope = isIsolated(law, agent) ? agent : FLEET;
    const held = found.get(scope) ?? empty();
    found.set(scope, held);
    const size = toFloat(qty, QTY_DECIMALS);
    const gone = closed.get(keyOf(agent, market)) ?? 0n;
    const part = gone === 0n ? 0 : Number(gone) / Number(abs(qty));
    held.units[place] = (held.units[place] ?? 0) + size * (1 - part);
    held.freedMaintenance += usdc(maintenance) * part;
    held.freedMargin += usdc(margin) * part;
  }
  return found;
}

/** USDC that carrying out a plan takes from who makes it; what the rest loses is the second round's. */
const paidFor = ({ cost }: Plan): number => cost.temporary + cost.permanent + cost.fees;

function agentOf(
  law: Law,
  scope: AgentId,
  held: Held,
  world: { readonly prices: readonly number[]; readonly paid: number; readonly coins: number },
): CascadeAgent {
  const rules = crisisRules(law);
  const facts = marginOf(law, scope);
  const { units } = held;
  const maintenance = usdc(facts.maintenance) - held.freedMaintenance;
  const reserved = usdc(facts.reserved) - held.freedMargin;
  const worth = units.reduce((sum, each, a) => sum + each * (world.prices[a] ?? 0), 0);
  const exposure = units.reduce((sum, each, a) => sum + Math.abs(each) * (world.prices[a] ?? 0), 0);
  const over = (part: number | undefined, of: number): number =>
    exposure > 0 && of > 0
      ? Math.min(((part ?? ONE) / ONE) * (exposure / of), UNLIMITED)
      : UNLIMITED;
  // Reserved margin forces the fleet alone: an isolated agent may use all that it was lent.
  const byUse = (part: number | undefined): number =>
    scope === FLEET ? over(part, reserved) : UNLIMITED;
  const limit = Math.min(over(rules?.callAt, maintenance), byUse(law.policy?.zones.red));
  const target = Math.min(
    over(rules?.targetMaintenance ?? rules?.callAt, maintenance),
    byUse(rules?.targetUtilization ?? law.policy?.zones.red),
  );
  const cash = usdc(facts.equity) - worth + (scope === FLEET ? world.coins : 0) - world.paid;
  return {
    ...{ id: scope as string, units, limit },
    ...{ cash: Math.max(cash, 0), debt: Math.max(-cash, 0) },
    target: Math.min(target, limit),
  };
}

/** Markets with a mark; after a plan those that somebody holds: nothing else can move anybody. */
const markedOf = (law: Law, all: boolean): Fixed<Market>[] =>
  [...law.markets.values()].filter(
    ({ mark, positions }) => mark !== undefined && (all || positions.size > 0),
  );

/**
 * The fleet as the cascade simulator takes it, as it is or after a plan.
 *
 * Limits: a scope sells when maintenance over its equity would reach `callAt`, down to `targetMaintenance`, and the
 * fleet also when what is reserved would reach red, down to `targetUtilization`: at the margin that its positions
 * have for each USDC held now. Coins of the wallet are not sold: their loss in the shock is cash.
 * Impact: the lasting part of the depth that the rules name for each market.
 */
export function cascadeOf(law: Law, shock: Shock, carried?: Carried): CascadeInput {
  const markets = markedOf(law, carried === undefined);
  const prices = markets.map(({ mark }) => toFloat(mark ?? 0n, PRICE_DECIMALS));
  const places = new Map(markets.map(({ policy }, a) => [policy.market, a]));
  const coins = coinsMove(law, (market) => shock.get(market) ?? 0);
  const scopes = [...holdings(law, places, carried?.made)];
  scopes.sort(([a], [b]) => (a === FLEET ? -1 : b === FLEET ? 1 : a < b ? -1 : 1));
  return {
    assets: markets.map((held, a) => ({
      id: held.policy.market,
      price: prices[a] ?? 0,
      impact: impactOf(law, held).permanent * (prices[a] ?? 0),
    })),
    agents: scopes.map(([scope, held]) => {
      const paid = carried?.scope === scope ? paidFor(carried.made) : 0;
      return agentOf(law, scope, held, { prices, paid, coins });
    }),
    shock: markets.map(({ policy }) => shock.get(policy.market) ?? 0),
    form: "linear",
  };
}
