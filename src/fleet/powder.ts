/** The reserve that no delegation may touch: deployed by the coordinator alone, with a reason, and got back. */
import { type AgentId, FLEET, type Id, type MarketId } from "../core/ids.ts";
import { formatMicro, type Micro, max, micro, min, ZERO } from "../core/money.ts";
import { ONE } from "../core/ppm.ts";
import type { CashSource } from "../liquidation/ladder.ts";
import type { CrisisPolicy } from "../protocol/crisis-policy.ts";
import type { FleetEvent } from "../protocol/events.ts";
import type { Consequence, HeldAgent } from "./admission.ts";
import { crisisRules, type Need, reliefMost, withoutRelief } from "./margins.ts";
import type { Law } from "./state.ts";
import { powderLeft, reserveOf } from "./totals.ts";

/** All that is deployed, however it is. */
export const deployedOf = (law: Law): Micro =>
  micro([...law.crisis.powder.values()].reduce((sum, amount) => sum + amount, 0n));

/** What an agent holds beyond its cap: the most that dry powder may stand behind. */
export function beyondCap(law: Law, id: AgentId): Micro {
  const agent = law.agents.get(id);
  if (agent === undefined) return ZERO;
  const { delegation, reserved } = agent;
  const cap = delegation === undefined || delegation.phase === "ended" ? ZERO : delegation.cap;
  return max(micro(reserved - cap), ZERO);
}

function deployed(
  law: Law,
  agent: AgentId,
  amount: Micro,
  need: Micro,
  why: { readonly cause: string; readonly because: string },
): FleetEvent {
  return {
    type: "DryPowderDeployed",
    agent,
    amount,
    ...why,
    need,
    reserve: reserveOf(law),
    deployed: micro(deployedOf(law) + amount),
    remaining: max(micro(powderLeft(law) - amount), ZERO),
  };
}

/** What the reserve may put behind an agent's position: nothing where its losses are its own. */
export function powderFor(law: Law, rules: CrisisPolicy, agent: HeldAgent): Micro {
  const mine = agent.delegation?.mode === "cross";
  return rules.topUpFromReserve === true && mine ? powderLeft(law) : ZERO;
}

/** The event that puts dry powder behind a position whose agent has nothing left for it. */
export function backed(
  law: Law,
  agent: AgentId,
  market: MarketId,
  amount: Micro,
  need: Micro,
): FleetEvent {
  const because = `${formatMicro(need)} is missing behind ${market}, and its delegation is used up`;
  return deployed(law, agent, amount, need, { cause: "top-up", because });
}

/** The reserve as a source of cash of the fleet's own call: at once, certain, at the price of the rules. */
export function powderSource(law: Law, scope: AgentId, need: Need): CashSource[] {
  const costPpm = crisisRules(law)?.powderCost;
  if (costPpm === undefined || scope !== FLEET || need.by !== "utilization") return [];
  const room = micro(reliefMost(law, need.costShare) - (law.crisis.powder.get(FLEET) ?? 0n));
  const amount = min(powderLeft(law), max(room, ZERO));
  if (amount <= 0n) return [];
  const id = "dry-powder:fleet";
  return [{ id, kind: "dry-powder", amount, costPpm, timeToCash: 0, certainty: ONE }];
}

/** The event that lets dry powder stand in for margin that a call would have had to free. */
export const relieved = (law: Law, amount: Micro, need: Micro, call: Id): FleetEvent =>
  deployed(law, FLEET, amount, need, {
    cause: call,
    because: `the grace is over, and nothing cheaper brings ${formatMicro(need)} in time`,
  });

/**
 * Dry powder that comes back: where an agent's own cap carries its positions again, and where the
 * fleet is below its target without it.
 */
export function* powderBack(law: Law): Consequence {
  for (const [agent, lent] of [...law.crisis.powder]) {
    const used = agent === FLEET ? reliefUsed(law, lent) : min(lent, beyondCap(law, agent));
    const amount = micro(lent - used);
    if (amount <= 0n) continue;
    const because =
      agent === FLEET ? "utilization is below its target" : "its own delegation carries it again";
    const left = micro(deployedOf(law) - amount);
    yield { type: "DryPowderReturned", agent, amount, because, deployed: left };
  }
}

/** All of it until none is needed: it does not come and go with every mark. */
const reliefUsed = (law: Law, lent: Micro): Micro => {
  const called = law.crisis.live.has(FLEET);
  return called || withoutRelief(law) > 0n ? lent : ZERO;
};
