/** What margin costs while it is held: reserve x rate x time, exact, counted only where something changes. */
import { divide } from "../core/money.ts";
import { type Ppm, ppm } from "../core/ppm.ts";
import { YEAR } from "../core/time.ts";
import type { Agent } from "./agent-state.ts";
import type { FleetState, Law } from "./state.ts";

/** Margin costs this a year where no USDC is lent and the rules name nothing: the guide's least rate for a loan. */
const MARGIN_RATE: Ppm = ppm(50_000);

/** Micro x ppm x ms in one micro of cost: all of it for a year. */
export const COST_UNIT = 1_000_000n * BigInt(YEAR);

/**
 * What margin costs now, a year: what lent USDC earns on average, by principal; where none is lent, the rules'
 * `marginRate`. Rounding: down.
 */
export function marginRate({ past, policy }: Law): Ppm {
  const { amount, yearly } = past.lent;
  if (amount === 0n) return policy?.marginRate ?? MARGIN_RATE;
  return ppm(Number(divide(yearly, amount, "down")));
}

/** A loan of USDC begins (1) or ceases (-1) to earn: the rate is another from here on. */
export function noteLent(state: FleetState, amount: bigint, rate: Ppm, sign: 1n | -1n): void {
  const { lent } = state.past;
  lent.amount += sign * amount;
  lent.yearly += sign * amount * BigInt(rate);
}

/** The index as it stands at a time; before the last event it stands as it did then. */
export const indexAt = (law: Law, at: number): bigint =>
  law.past.index + BigInt(marginRate(law)) * BigInt(Math.max(0, at - law.past.at));

interface Bearer {
  readonly reserved: bigint;
  readonly past: { readonly cost: bigint; readonly index: bigint };
}

/** What an agent's margin has cost when the index stands so, in micro x ppm x ms. */
export const costOf = ({ past, reserved }: Bearer, index: bigint): bigint =>
  past.cost + reserved * (index - past.index);

/** The same of all that is reserved, counted apart from the agents'. */
export const fleetCost = ({ past, reserved }: Law, index: bigint): bigint =>
  past.cost + reserved * (index - past.costIndex);

/** Counts what an agent's margin and the fleet's have cost until now, before either is another. */
export function accrue(state: FleetState, agent: Agent): void {
  const { index } = state.past;
  agent.past.cost = costOf(agent, index);
  agent.past.index = index;
  state.past.cost = fleetCost(state, index);
  state.past.costIndex = index;
}
