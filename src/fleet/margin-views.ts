/** Margin as views tell it: ratios, open calls, and the duties that are in force now. */
import { type AgentId, FLEET, type MarketId } from "../core/ids.ts";
import { abs, formatMicro, type Micro, micro, notional, qty, ZERO } from "../core/money.ts";
import { formatPpm, ONE, ratio } from "../core/ppm.ts";
import type { CallView, DutyView, MarginView } from "../protocol/margin-view.ts";
import type { HeldAgent } from "./admission.ts";
import { crisisRules, isIsolated, marginOf, needOf } from "./margins.ts";
import { deployedOf } from "./powder.ts";
import { stableShareOf } from "./stable-share.ts";
import { keyOf, type Law } from "./state.ts";
import { scaleOf } from "./volatility.ts";

/** Calls that a view of bounded size tells; the fleet's own is the first. */
const CALLS_TOLD_MAX = 32;

function callView(law: Law, scope: AgentId): CallView[] {
  const call = law.crisis.calls.get(scope);
  const rules = crisisRules(law);
  if (call === undefined || !law.crisis.live.has(scope)) return [];
  const missing = rules === undefined ? ZERO : (needOf(law, rules, scope)?.amount ?? ZERO);
  return [
    {
      ...{ agent: scope, call: call.call, phase: call.phase },
      ...{ shortfall: formatMicro(missing), deadline: call.graceEndsAt },
    },
  ];
}

const openCalls = (law: Law): CallView[] => {
  const others = [...law.crisis.live].filter((scope) => scope !== FLEET).sort();
  return [FLEET, ...others].slice(0, CALLS_TOLD_MAX).flatMap((scope) => callView(law, scope));
};

const told = (duty: string, agent: AgentId, says: string): DutyView => ({ duty, agent, says });

/** What holds for all. Constant work. */
function fleetDuties(law: Law, at: number): DutyView[] {
  const duties: DutyView[] = [];
  const say = (duty: string, says: string): void => void duties.push(told(duty, FLEET, says));
  const rules = crisisRules(law);
  const closed = law.zone === "orange" || law.zone === "red";
  if (law.zone === "yellow") say("no-new-leverage", "yellow: no new risk with leverage");
  if (closed) say("no-new-risk", `${law.zone}: nothing that opens is taken`);
  else if (law.crisis.live.has(FLEET))
    say("no-new-risk", "a margin call: nothing that opens is taken");
  if (closed && rules?.recallLoans === true) say("recall-loans", `${law.zone}: loans come back`);
  const threshold = rules?.alerts?.[law.crisis.alert - 1];
  if (threshold !== undefined) {
    const says = `maintenance has passed ${formatPpm(threshold)} of equity`;
    duties.push({ ...told("maintenance-alert", FLEET, says), passed: threshold });
  }
  for (const event of rules?.calendar ?? []) {
    if (at < event.at - event.beforeMs || at > event.at + event.afterMs) continue;
    say("event-buffer", `${event.name}: at most ${event.maxLeverage / 1e6}x`);
  }
  const powder = deployedOf(law);
  if (powder > 0n) say("dry-powder", `${formatMicro(powder)} USDC of dry powder are deployed`);
  if (!law.covered) say("uncovered", "losses took the cover: nothing that opens is taken");
  const [stable, least] = [stableShareOf(law), law.policy?.stableShareMin];
  if (law.stableLow && stable !== undefined && least !== undefined) {
    const [has, asked] = [formatPpm(stable), formatPpm(least)];
    say("stable-share", `${has} of the collateral is stablecoins, the rules ask for ${asked}`);
  }
  if (law.frozen) say("frozen", "no delegation grows while the market's alarm holds");
  if (law.mode !== "run") say("mode", `the fleet is set to ${law.mode}`);
  return duties;
}

/** What holds for one agent beside: work of its own positions. */
function ownDuties(law: Law, agent: HeldAgent): DutyView[] {
  const duties: DutyView[] = [];
  const id = agent.agent;
  if (id !== FLEET && law.crisis.live.has(id))
    duties.push(told("no-new-risk", id, "its own margin call: nothing that opens is taken"));
  const kept = crisisRules(law)?.drawdownLadder?.[agent.rung - 1]?.keeps;
  if (kept !== undefined)
    duties.push(told("drawdown-ladder", id, `keeps ${formatPpm(kept)} of its cap`));
  for (const name of agent.orders) {
    const order = law.orders.get(keyOf(id, name));
    if (order?.cause === "naked-hedge")
      duties.push(told("bare-hedge", id, `${order.market}: a leg is closed, the other was taken`));
    else if (order?.cause === "adl")
      duties.push(told("adl", id, `${order.market} is reduced before the venue takes it`));
  }
  for (const market of agent.positions) {
    const held = law.positions.get(keyOf(id, market));
    if (held?.closing !== undefined)
      duties.push(told("closing", id, `${market} is closed: ${held.closing.reason}`));
    else if (held?.warned === true)
      duties.push(told("soft-stop", id, `${market} is near its hard stop`));
  }
  return duties;
}

/** Value at the marks of net positions by market, all signs counted as positive. */
function grossOf(law: Law, agents: Iterable<HeldAgent>): Micro {
  const net = new Map<MarketId, bigint>();
  for (const { agent, positions } of agents) {
    for (const market of positions) {
      const held = law.positions.get(keyOf(agent, market))?.qty ?? 0n;
      net.set(market, (net.get(market) ?? 0n) + held);
    }
  }
  let gross = 0n;
  for (const [market, held] of net) {
    const mark = law.markets.get(market)?.mark;
    if (mark !== undefined) gross += notional(mark, qty(abs(held)), "ceil");
  }
  return micro(gross);
}

function ratiosOf(law: Law, scope: AgentId, gross: Micro | undefined) {
  const { equity, maintenance, maintenanceRatio, utilization } = marginOf(law, scope);
  const over = gross === undefined ? undefined : ratio(equity, gross, "floor");
  return {
    ...{ equity: formatMicro(equity), maintenance: formatMicro(maintenance) },
    ...{ maintenanceRatio, utilization, zone: law.zone },
    ...(over === undefined ? {} : { equityRatio: over }),
  };
}

/** Markets whose leverage volatility has cut. Work of these markets. */
function scaled(law: Law, markets: Iterable<MarketId>): DutyView[] {
  const duties: DutyView[] = [];
  for (const market of markets) {
    const held = law.markets.get(market);
    const scale = held === undefined ? ONE : scaleOf(law, held);
    if (scale === ONE) continue;
    const says = `${market}: volatility leaves ${formatPpm(scale)} of its leverage`;
    duties.push(told("leverage-scaled", FLEET, says));
  }
  return duties;
}

/** The fleet's margin and what every agent's duties are. Work of all positions. */
export const fleetMargin = (law: Law, at: number): MarginView => ({
  ...ratiosOf(law, FLEET, grossOf(law, law.agents.values())),
  calls: openCalls(law),
  duties: [
    ...fleetDuties(law, at),
    ...scaled(law, law.markets.keys()),
    ...[...law.agents.values()].flatMap((agent) => ownDuties(law, agent)),
  ],
});

/**
 * The same for a snapshot at a steady rate: constant work, duties of all alone.
 *
 * @param equityRatio as the desk beside the law has measured it.
 */
export const steadyMargin = (law: Law, at: number, equityRatio?: number): MarginView => ({
  ...ratiosOf(law, FLEET, undefined),
  ...(equityRatio === undefined ? {} : { equityRatio }),
  calls: openCalls(law),
  duties: fleetDuties(law, at),
});

/** One agent's margin; the call that concerns it is its own where it is isolated, else the fleet's. */
export const agentMargin = (law: Law, agent: HeldAgent, at: number): MarginView => ({
  ...ratiosOf(law, agent.agent, grossOf(law, [agent])),
  calls: callView(law, isIsolated(law, agent.agent) ? agent.agent : FLEET),
  duties: [...fleetDuties(law, at), ...scaled(law, agent.positions), ...ownDuties(law, agent)],
});
