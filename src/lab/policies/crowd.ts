/** Leveraged outsiders who hold what the fleet holds: pushed beyond their limits they sell too. */
import { assert } from "../../core/assert.ts";
import { type CascadeAgent, cascade } from "../../liquidation/cascade.ts";
import type { Crisis } from "./crisis.ts";

/** Leverage limits of the cohorts, and the leverage with which each began. */
const COHORTS = [
  { limit: 4, begins: 3 },
  { limit: 8, begins: 6 },
  { limit: 15, begins: 11 },
] as const;
/** A cohort beyond its limit sells down to this part of it. */
const DOWN_TO = 0.9;

/**
 * The cohorts after each step of a crisis without the fleet: history's prices hold what they sold
 * then, so they sell at them without moving them. Steps x cohorts.
 */
export function crowdOf(crisis: Crisis): readonly (readonly CascadeAgent[])[] {
  const first = crisis.prices[0] ?? [];
  let cohorts = COHORTS.map(({ limit, begins }, c): CascadeAgent => {
    const values = crisis.markets.map((m) => (crisis.crowd * m.depth) / COHORTS.length);
    const gross = values.reduce((sum, v) => sum + Math.abs(v), 0);
    const net = values.reduce((sum, v) => sum + v, 0);
    const units = values.map((v, m) => v / (first[m] ?? 1));
    // Equity = net value + cash - debt is gross / leverage.
    const owed = net - gross / begins;
    const cash = Math.max(0, -owed);
    return { id: `crowd-${c}`, units, cash, debt: Math.max(0, owed), limit };
  });
  return crisis.prices.map((prices) => {
    cohorts = cohorts.map((cohort) => comply(cohort, prices));
    return cohorts;
  });
}

function comply(cohort: CascadeAgent, prices: readonly number[]): CascadeAgent {
  const value = cohort.units.reduce((sum, u, m) => sum + u * (prices[m] ?? 0), 0);
  const gross = cohort.units.reduce((sum, u, m) => sum + Math.abs(u) * (prices[m] ?? 0), 0);
  const equity = value + cohort.cash - cohort.debt;
  if (gross === 0 || gross <= cohort.limit * equity) return cohort;
  const keeps = equity <= 0 ? 0 : (DOWN_TO * cohort.limit * equity) / gross;
  const units = cohort.units.map((u) => u * keeps);
  return { ...cohort, units, cash: cohort.cash + value * (1 - keeps) };
}

/** Where prices stand after net sales and all that they force the crowd to sell: new / old. */
export function movedBy(
  crisis: Crisis,
  crowd: readonly CascadeAgent[],
  step: number,
  sold: readonly number[],
): readonly number[] {
  const prices = crisis.prices[step] ?? [];
  const assets = crisis.markets.map((market, m) => {
    const price = prices[m] ?? 1;
    const depth = market.depth * (crisis.stress[step]?.[m] ?? 1);
    return { id: market.id, price, impact: ((0.01 * market.permanentShare) / depth) * price };
  });
  const shock = assets.map(() => 0);
  const found = cascade({ assets, agents: crowd, shock, flow: sold, form: "exponential" });
  assert(found.ok, "a crowd of a crisis comes to rest");
  return found.value.prices.map((price, m) => price / (prices[m] ?? 1));
}
