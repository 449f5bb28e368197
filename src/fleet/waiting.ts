/** Which orders of a plan wait for fuller books after the grace, as the rules allow it. */
import type { AgentId, Id, MarketId } from "../core/ids.ts";
import { toFloat, USDC_DECIMALS } from "../core/money.ts";
import { ONE } from "../core/ppm.ts";
import type { Millis } from "../core/time.ts";
import { type Patient, patient } from "../liquidation/patience.ts";
import type { Plan, PlanInput } from "../liquidation/plan-types.ts";
import { crisisRules, marginOf } from "./margins.ts";
import { depthLeft, depthOf } from "./market-books.ts";
import { paceWhole } from "./pacing.ts";
import { openOf } from "./plan-facts.ts";
import { keyOf, type Law } from "./state.ts";

/** Positions beyond which a plan is not made again for each order that might wait. */
const WEIGHED_MAX = 200;

/** For which call, and when. */
export interface Asking {
  readonly law: Law;
  readonly scope: AgentId;
  readonly call: Id;
  readonly at: Millis;
}

/** Between two looks at what waits: where plans are paced, a span of theirs. */
export const turnOf = (law: Law): number =>
  Math.max(law.policy?.closeRetryMs ?? 0, crisisRules(law)?.pace?.everyMs ?? 0);

/** None: undefined without patience in the rules, for what is no call's, when its time is over, or for too much. */
export function waitingOf(
  { law, scope, call, at }: Asking,
  input: PlanInput,
  made: Plan,
): Patient | undefined {
  const rules = crisisRules(law)?.patience;
  const open = law.crisis.calls.get(scope);
  const retry = turnOf(law);
  if (rules === undefined || open?.call !== call || retry <= 0) return undefined;
  if (openOf(input).length > WEIGHED_MAX) return undefined;
  const turnsLeft = Math.max(0, Math.floor((open.graceEndsAt + rules.withinMs - at) / retry));
  const depth = new Map<string, number>();
  for (const [id, market] of law.markets) depth.set(id, depthLeft(law, market) / ONE);
  const maintenance = new Map<string, number>();
  for (const { agent, market, id } of openOf(input)) {
    const held = law.positions.get(keyOf(agent as AgentId, market as never));
    if (held !== undefined) maintenance.set(id, toFloat(held.maintenance, USDC_DECIMALS));
  }
  const [recovery, premium] = [rules.recovery / ONE, rules.premium / ONE];
  const equity = toFloat(marginOf(law, scope).equity, USDC_DECIMALS);
  const account = { equity, maintenance, shock: rules.shock / ONE, most: rules.most / ONE };
  // Later spans are whole ones, whatever this one has used.
  const markets = input.markets.map((one) => {
    const market = law.markets.get(one.id as MarketId);
    const pace = market && paceWhole(law, market, depthOf(law, market));
    return pace === undefined ? one : { ...one, pace };
  });
  const parted = patient({ ...input, markets }, made, {
    turnsLeft,
    depth,
    recovery,
    premium,
    account,
  });
  return parted.ok ? parted.value : undefined;
}
