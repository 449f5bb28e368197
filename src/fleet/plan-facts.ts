/** What the law knows that a plan must weigh: hedges that closing takes apart, funding forgone, calls to come. */

import type { AgentId, MarketId } from "../core/ids.ts";
import {
  abs,
  type Micro,
  max,
  micro,
  mulDiv,
  notional,
  price,
  qty,
  toFloat,
  USDC_DECIMALS,
  ZERO,
} from "../core/money.ts";
import { ONE, type Ppm, ppm, share } from "../core/ppm.ts";
import {
  type DistressOptions,
  type DistressPlan,
  planInDistress,
} from "../liquidation/distress.ts";
import type { PlanInput } from "../liquidation/plan-types.ts";
import type { CrisisPolicy } from "../protocol/crisis-policy.ts";
import { crisisRules, type Need } from "./margins.ts";
import { fundingOf } from "./markets.ts";
import type { Fixed, Law, Position } from "./state.ts";
import { keyOf } from "./state.ts";
import { scaleOf } from "./volatility.ts";

/** Positions beyond which a plan for two calls takes too long for a turn: some thirty plans. */
const WEIGHED_MAX = 200;

type Held = Fixed<Position>;

/** Value of a position at its mark, signed. Zero without one. */
function worthOf(law: Law, { market, qty: size }: Held): Micro {
  const mark = law.markets.get(market)?.mark;
  return mark === undefined ? ZERO : notional(mark, qty(size), "down");
}

/** What an agent's longs and shorts come to, both positive. */
interface Sides {
  readonly longs: bigint;
  readonly shorts: bigint;
}

type SidesIn = (agent: AgentId) => Sides;

/** Both sides of whoever is asked for, added up once however many positions of it are looked at. */
export function sidesIn(law: Law): SidesIn {
  const known = new Map<AgentId, Sides>();
  return (agent) => {
    const sides = known.get(agent) ?? sidesOf(law, agent);
    known.set(agent, sides);
    return sides;
  };
}

function sidesOf(law: Law, agent: AgentId): Sides {
  let [longs, shorts] = [0n, 0n];
  for (const market of law.agents.get(agent)?.positions ?? []) {
    const held = law.positions.get(keyOf(agent, market));
    const value = held === undefined ? 0n : worthOf(law, held);
    if (value > 0n) longs += value;
    else shorts -= value;
  }
  return { longs, shorts };
}

/**
 * USDC lost with the hedge that a position is, when all of it is closed: the rules' part of what of it
 * stands against its agent's other side.
 */
function hedgeOf(law: Law, rules: CrisisPolicy, held: Held, sides: SidesIn): number {
  if (rules.hedgeCost === undefined) return 0;
  const { longs, shorts } = sides(held.agent);
  const value = worthOf(law, held);
  const [own, other] = value > 0n ? [longs, shorts] : [shorts, longs];
  if (own === 0n || other === 0n) return 0;
  const hedged = micro(mulDiv(abs(value), other < own ? other : own, own, "down"));
  return toFloat(share(hedged, rules.hedgeCost, "ceil"), USDC_DECIMALS);
}

/** USDC of funding that closing all of a position forgoes; negative where it saves some. */
function forgone(law: Law, rules: CrisisPolicy, held: Held): number {
  const market = law.markets.get(held.market);
  if (rules.fundingPayments === undefined || market?.mark === undefined) return 0;
  const one = fundingOf(held.qty, market.mark, market.rateNano ?? 0n);
  return toFloat(one, USDC_DECIMALS) * rules.fundingPayments;
}

/** What closing a position loses beside its market: absent where the rules price none of it. */
export function lossesOf(
  law: Law,
  held: Held,
  sides: SidesIn,
): { hedge?: number; funding?: number } {
  const rules = crisisRules(law);
  if (rules === undefined) return {};
  const [hedge, funding] = [hedgeOf(law, rules, held, sides), forgone(law, rules, held)];
  return { ...(hedge === 0 ? {} : { hedge }), ...(funding === 0 ? {} : { funding }) };
}

/** The positions of a plan that are its own to close. */
export const openOf = ({ positions }: PlanInput): PlanInput["positions"] =>
  positions.filter(({ isolated, guarded }) => isolated !== true && guarded !== true);

/** Is a next call likely: by the weather, or by the volatility of a market that is to be closed? */
function isRough(law: Law, input: PlanInput): boolean {
  if (law.regime === "sell-off" || law.regime === "liquidity-crisis") return true;
  return input.markets.some(({ id }) => {
    const market = law.markets.get(id as MarketId);
    return market !== undefined && scaleOf(law, market) < ONE;
  });
}

export interface Distressed {
  readonly made: DistressPlan;
  readonly chance: Ppm;
  readonly nextNeed: Micro;
}

/**
 * The plan for this call and a likely next one: a further move of the rules' shock against the book.
 *
 * None: undefined where the rules have no such mode, the weather is calm, or there is too much to weigh.
 */
export function distressed(
  law: Law,
  input: PlanInput,
  need: Need,
  options: DistressOptions,
): Distressed | undefined {
  const rules = crisisRules(law)?.distress;
  if (rules === undefined || input.need <= 0n || openOf(input).length > WEIGHED_MAX)
    return undefined;
  if (!isRough(law, input)) return undefined;
  const marks = new Map(input.markets.map(({ id, mark }) => [id, mark]));
  let net = 0n;
  for (const { market, qty: size } of openOf(input))
    net += notional(price(marks.get(market) ?? 0n), qty(size), "down");
  const loss = share(micro(abs(micro(net))), rules.shock, "ceil");
  // What is lost lowers what the target is measured by.
  const nextNeed = max(share(loss, ppm(Math.max(need.costShare, 1)), "ceil"), micro(1n));
  const made = planInDistress(
    input,
    { probability: Math.min(rules.chance, ONE) / ONE, need: nextNeed },
    options,
  );
  return made.ok ? { made: made.value, chance: rules.chance, nextNeed } : undefined;
}
