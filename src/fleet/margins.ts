/** How much margin there is and how much is missing: of the fleet, or of an isolated agent's own. */
import { must } from "../core/assert.ts";
import { type AgentId, FLEET } from "../core/ids.ts";
import { type Micro, max, micro, min, ZERO } from "../core/money.ts";
import { type Ppm, ppm, ratio, share } from "../core/ppm.ts";
import type { MarginFacts } from "../protocol/crisis-facts.ts";
import type { CrisisPolicy } from "../protocol/crisis-policy.ts";
import type { Law } from "./state.ts";
import { equityOf, utilizationOf } from "./totals.ts";

/** Which margin is short: what is reserved, or what positions need at least. */
export type Measure = "utilization" | "maintenance";

/** The rules of a crisis in force. None: undefined where the fleet file has none. */
export const crisisRules = (law: Law): CrisisPolicy | undefined => law.policy?.crisis;

/** a / b rounded up; where there is nothing to divide by, anything is a thousand times too much. */
const part = (a: Micro, b: Micro): Ppm => ratio(a, b, "ceil") ?? ppm(a === 0n ? 0 : 1_000_000_000);

/** The fleet's margin, or an isolated agent's on its own cap and results. */
export function marginOf(law: Law, scope: AgentId): MarginFacts {
  if (scope === FLEET) {
    const { maintenance, reserved, collateral } = law;
    const equity = equityOf(law);
    const maintenanceRatio = part(maintenance, equity);
    const utilization = utilizationOf(law);
    return { utilization, maintenanceRatio, maintenance, equity, reserved, collateral };
  }
  const agent = law.agents.get(scope);
  const maintenance = agent?.maintenance ?? ZERO;
  const reserved = agent?.reserved ?? ZERO;
  const equity = ownEquity(law, scope);
  return {
    utilization: part(reserved, equity),
    maintenanceRatio: part(maintenance, equity),
    ...{ maintenance, equity, reserved, collateral: equity },
  };
}

/** Cap, and what the coordinator itself cut of it, with the results since the grant, realized or not. */
function ownEquity(law: Law, id: AgentId): Micro {
  const agent = law.agents.get(id);
  const delegation = agent?.delegation;
  if (agent === undefined || delegation === undefined) return ZERO;
  const result = agent.realized - delegation.realizedAtGrant + agent.unrealized;
  return micro(delegation.cap + delegation.withheld + result);
}

export const isIsolated = (law: Law, id: AgentId): boolean => {
  const delegation = law.agents.get(id)?.delegation;
  return delegation?.mode === "isolated" && delegation.phase !== "ended";
};

const targetOf = (law: Law, rules: CrisisPolicy, by: Measure): Ppm =>
  by === "utilization"
    ? (rules.targetUtilization ?? ppm(Math.max((law.policy?.zones.yellow ?? 1) - 50_000, 1)))
    : (rules.targetMaintenance ?? ppm(Math.max((rules.callAt ?? 1) - (rules.hysteresis ?? 0), 1)));

export interface Need {
  readonly by: Measure;
  /** What must come free. */
  readonly amount: Micro;
  /** By how much more for every unit that it costs, as the cost lowers what it is measured by. */
  readonly costShare: Ppm;
}

/**
 * What must come free until utilization and maintenance are below their targets.
 *
 * None: undefined when both are. What is reserved comes first; an isolated agent may use all that it
 * was lent, so of it only maintenance is asked.
 */
export function needOf(law: Law, rules: CrisisPolicy, scope: AgentId): Need | undefined {
  const facts = marginOf(law, scope);
  const measures: readonly Measure[] =
    scope === FLEET ? ["utilization", "maintenance"] : ["maintenance"];
  for (const by of measures) {
    const costShare = targetOf(law, rules, by);
    const used = by === "utilization" ? facts.reserved : facts.maintenance;
    const whole = by === "utilization" ? facts.collateral : facts.equity;
    const relief = by === "utilization" ? reliefOf(law, costShare) : ZERO;
    const amount = micro(missingBelow(used, whole, costShare) - relief);
    if (amount > 0n) return { by, amount, costShare };
  }
  return undefined;
}

/**
 * The most that dry powder may stand in for: what it lets stand stays below red by the hysteresis.
 * Rounding: down.
 */
export function reliefMost(law: Law, target: Ppm): Micro {
  const { red, hysteresis } = must(law.policy, "there are rules where there is a target").zones;
  const room = red - hysteresis - target;
  return room <= 0 ? ZERO : share(max(law.collateral, ZERO), ppm(room), "floor");
}

const reliefOf = (law: Law, target: Ppm): Micro =>
  min(law.crisis.powder.get(FLEET) ?? ZERO, reliefMost(law, target));

/** What must come free of reserved margin, whatever dry powder stands in for. */
export function withoutRelief(law: Law): Micro {
  const rules = crisisRules(law);
  if (rules === undefined) return ZERO;
  return missingBelow(law.reserved, law.collateral, targetOf(law, rules, "utilization"));
}

/**
 * Does a call of the fleet, open or due in this turn, want less reserved? What is put behind a position then must come
 * free of another.
 */
export const wantsLess = (law: Law): boolean => {
  const due = crisisRules(law)?.graceMs !== undefined && law.zone === "red";
  return (due || law.crisis.live.has(FLEET)) && withoutRelief(law) > 0n;
};

/**
 * What more may be reserved before the fleet is called for it, at least zero. None: undefined where the rules call
 * nobody.
 */
export function roomBelowRed(law: Law): Micro | undefined {
  if (crisisRules(law)?.graceMs === undefined || law.policy === undefined) return undefined;
  const most = share(max(law.collateral, ZERO), ppm(law.policy.zones.red - 1), "floor");
  return max(micro(most - law.reserved), ZERO);
}

/** What must go of `used` for it to be below a part of `whole`; zero when it is. */
export const missingBelow = (used: Micro, whole: Micro, below: Ppm): Micro =>
  max(micro(used - share(max(whole, ZERO), ppm(below - 1), "floor")), ZERO);

/** Why there is a call to make. None: undefined when there is none. */
export function callCause(law: Law, rules: CrisisPolicy, scope: AgentId): Measure | undefined {
  if (scope === FLEET && law.zone === "red") return "utilization";
  const limit = rules.callAt ?? Number.POSITIVE_INFINITY;
  return marginOf(law, scope).maintenanceRatio >= limit ? "maintenance" : undefined;
}

/** Has what was called for been put right? Past the threshold by the hysteresis. */
export function isEased(law: Law, rules: CrisisPolicy, scope: AgentId): boolean {
  if (scope === FLEET && law.zone === "red") return false;
  const limit = (rules.callAt ?? Number.POSITIVE_INFINITY) - (rules.hysteresis ?? 0);
  return marginOf(law, scope).maintenanceRatio < limit;
}

/** Less than this part of the zones' hysteresis is not worth an order beside others, or after them. */
const CRUMB = 10;

/** What is too little to plan for by itself: the market moves as much between a plan and its fills. Rounding: down. */
export function crumbOf(law: Law, scope: AgentId): Micro {
  const part = ppm(Math.floor((law.policy?.zones.hysteresis ?? 0) / CRUMB));
  return share(max(marginOf(law, scope).collateral, ZERO), part, "floor");
}
