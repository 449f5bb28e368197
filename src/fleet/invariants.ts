/** What must hold of the folded state after every turn, counted anew from its parts. */
import type { AgentId, Id } from "../core/ids.ts";
import { FLEET, USDC } from "../core/ids.ts";
import { ONE } from "../core/ppm.ts";
import { heldByPoster, heldByTaker } from "./jobs.ts";
import { balance, OWN, ownAccount, RESULTS, resultAccount, sums } from "./ledger.ts";
import { costOf, fleetCost } from "./margin-cost.ts";
import { beyondCap } from "./powder.ts";
import { stableShareOf } from "./stable-share.ts";
import type { Law } from "./state.ts";
import { collateralOf, committedOf, coverOf, maintenanceAt } from "./totals.ts";

/** A broken rule with both numbers. */
export interface Breach {
  readonly rule: string;
  readonly detail: string;
}

/** Every rule that does not hold; none when all do. Costs as much as the state is large. */
export function breaches(law: Law): readonly Breach[] {
  const found: Breach[] = [];
  const equal = (rule: string, kept: bigint, counted: bigint, what: string): void => {
    if (kept !== counted) found.push({ rule, detail: `${what}: kept ${kept}, counted ${counted}` });
  };
  for (const [asset, total] of sums(law.ledger)) equal("conserved", 0n, total, asset);
  for (const account of OWN) {
    for (const asset of [USDC, ...law.assets.keys()]) {
      const held = balance(law.ledger, ownAccount(asset, account));
      const mayGoBelow = account === "wallet" && asset === USDC;
      if (held < 0n && !mayGoBelow) {
        found.push({ rule: "no-negative-holding", detail: `${asset}/${account} is ${held}` });
      }
    }
  }
  const holds = holdsByAgent(law);
  let reserved = 0n;
  let committed = 0n;
  for (const agent of law.agents.values()) {
    equal("reserved", agent.reserved, holds.get(agent.agent) ?? 0n, agent.agent);
    if (agent.reserved < 0n) found.push({ rule: "reserved-positive", detail: agent.agent });
    reserved += agent.reserved;
    committed += committedOf(agent);
    const booked = resultsIn(law, agent.agent) + agent.coins;
    equal("attribution", agent.realized, booked, agent.agent);
  }
  equal("reserved", law.reserved, reserved, "fleet");
  equal("committed", law.committed, committed, "fleet");
  if (reserved > committed)
    found.push({ rule: "committed-covers-reserved", detail: `${reserved}` });
  let unrealized = 0n;
  let maintenance = 0n;
  const owed = new Map<AgentId, bigint>();
  for (const position of law.positions.values()) {
    unrealized += position.unrealized;
    const needed = maintenanceAt(law, position);
    equal("maintenance", position.maintenance, needed, `${position.agent}/${position.market}`);
    maintenance += needed;
    owed.set(position.agent, (owed.get(position.agent) ?? 0n) + needed);
    const flat = position.qty === 0n;
    if (flat && (position.cost !== 0n || position.margin !== 0n)) {
      found.push({ rule: "flat-is-empty", detail: `${position.agent}/${position.market}` });
    }
    if (flat !== (position.phase === "flat")) {
      found.push({ rule: "phase-fits", detail: `${position.agent}/${position.market}` });
    }
  }
  equal("unrealized", law.unrealized, unrealized, "fleet");
  equal("maintenance", law.maintenance, maintenance, "fleet");
  for (const agent of law.agents.values())
    equal("maintenance", agent.maintenance, owed.get(agent.agent) ?? 0n, agent.agent);
  for (const { agent, mode } of law.agents.values()) {
    const told = law.kills.get(agent)?.mode ?? "run";
    // By the name of the fleet stands its own mode.
    const now = agent === FLEET ? law.mode : mode;
    if (now !== told) found.push({ rule: "kill-told", detail: `${agent}: ${now}, told ${told}` });
  }
  found.push(...paidAndBought(law), ...accrued(law));
  equal("collateral", law.collateral, collateralOf(law), "fleet");
  for (const [id, lent] of law.crisis.powder) {
    const most = id === FLEET ? law.crisis.powder.get(FLEET) : beyondCap(law, id);
    if (lent <= 0n || lent > (most ?? 0n))
      found.push({ rule: "powder-backs", detail: `${id}: ${lent} of ${most}` });
  }
  if (law.policy !== undefined && law.covered !== coverOf(law) >= 0n)
    found.push({ rule: "cover-told", detail: `covered ${law.covered}, cover ${coverOf(law)}` });
  return [...found, ...stableTold(law), ...unproven(law), ...strays(law), ...unsettled(law)];
}

/**
 * Low is told while the stable share is below what the rules ask for, and at most until it is above
 * by the hysteresis.
 */
function stableTold(law: Law): readonly Breach[] {
  const [share, least] = [stableShareOf(law), law.policy?.stableShareMin];
  if (share === undefined) return [];
  const most = Math.min((least ?? 0) + (law.policy?.zones.hysteresis ?? 0), ONE);
  const fits = law.stableLow ? least !== undefined && share < most : share >= (least ?? 0);
  if (fits) return [];
  return [{ rule: "stable-told", detail: `low ${law.stableLow}, share ${share} of ${least}` }];
}

/**
 * The bets that wait for their proof are those that are settled and that the law has not proven; draws are known beside
 * them of seeds that can prove one.
 */
function unproven(law: Law): readonly Breach[] {
  const waits = [...law.bets].filter(
    ([, { phase, proof }]) => phase !== "placed" && proof !== "fair" && proof !== "false",
  );
  const found = waits
    .filter(([key, { seedHash }]) => law.toProve.get(seedHash)?.keys.has(key) !== true)
    .map(([key]): Breach => ({ rule: "to-prove", detail: key }));
  let listed = 0;
  for (const [seedHash, { keys }] of law.toProve) {
    listed += keys.size;
    if (keys.size > 0 || seedHash === law.seedHash) continue;
    if (law.revealed.some((seed) => seed.seedHash === seedHash)) continue;
    found.push({ rule: "to-prove", detail: `draws of ${seedHash}, which proves nothing more` });
  }
  if (listed === waits.length) return found;
  return [...found, { rule: "to-prove", detail: `kept ${listed}, counted ${waits.length}` }];
}

/** Debts are counted by group, and a group in which something is due has its deadline. */
function unsettled({ dues, deadlines }: Law): readonly Breach[] {
  const counted = new Map<Id, number>();
  const count = (group: Id | undefined): void => {
    if (group !== undefined) counted.set(group, (counted.get(group) ?? 0) + 1);
  };
  for (const { party } of dues.open.values()) count(dues.agreements.get(party)?.group);
  for (const { group } of dues.outside) count(group);
  const found: Breach[] = [];
  for (const group of new Set([...counted.keys(), ...dues.due.keys(), ...dues.standing.keys()])) {
    const [kept, due] = [dues.due.get(group) ?? 0, counted.get(group) ?? 0];
    if (kept !== due) found.push({ rule: "due", detail: `${group}: kept ${kept}, counted ${due}` });
    const at = dues.standing.get(group);
    const stands = deadlines.some(
      (one) => one.kind === "dues" && one.key === group && one.at === at,
    );
    if (at === undefined ? due > 0 : !stands || at !== dues.nextAt.get(group))
      found.push({ rule: "due-has-time", detail: `${group}: ${due} due, a deadline at ${at}` });
  }
  return found;
}

/** Margin's cost is the agents' together, and what it is counted by is what is lent. */
function accrued(law: Law): readonly Breach[] {
  const { index, lent } = law.past;
  let costs = 0n;
  for (const agent of law.agents.values()) costs += costOf(agent, index);
  const counted = { amount: 0n, yearly: 0n };
  for (const { asset, phase, units, rate } of law.loans.values()) {
    if (asset !== USDC || (phase !== "open" && phase !== "recalling")) continue;
    counted.amount += units;
    counted.yearly += units * BigInt(rate);
  }
  const whole = fleetCost(law, index);
  const found: Breach[] = [];
  const equal = (what: string, kept: bigint, sum: bigint): void => {
    if (kept !== sum)
      found.push({ rule: "margin-cost", detail: `${what}: kept ${kept}, counted ${sum}` });
  };
  equal("fleet", whole, costs);
  equal("lent", lent.amount, counted.amount);
  equal("lent by rate", lent.yearly, counted.yearly);
  return found;
}

/** Payments inside the fleet leave nothing with the world, and domains stand for what they cost. */
function paidAndBought(law: Law): readonly Breach[] {
  const found: Breach[] = [];
  let paid = 0n;
  for (const id of law.agents.keys())
    paid += balance(law.ledger, resultAccount(USDC, "transfer", id));
  if (paid !== 0n) found.push({ rule: "transfers", detail: `fleet: kept 0, counted ${paid}` });
  let bought = 0n;
  for (const { phase, cost, hold, domain } of law.domains.values()) {
    if (phase !== "requested") bought += cost;
    if (hold < cost) found.push({ rule: "domain-held", detail: `${domain}: ${hold} of ${cost}` });
  }
  const kept = balance(law.ledger, ownAccount(USDC, "domains"));
  if (kept !== bought) found.push({ rule: "domains", detail: `kept ${kept}, counted ${bought}` });
  return found;
}

/** Obligations that their agent does not list, or that it lists and that are not there. */
function strays(law: Law): readonly Breach[] {
  const found: Breach[] = [];
  const kinds = ["reservations", "orders", "bets", "escrows", "loans", "domains", "jobs"] as const;
  for (const kind of kinds) {
    const held: ReadonlyMap<string, { readonly agent: AgentId }> = law[kind];
    for (const agent of law.agents.values()) {
      const listed = [...agent[kind]].filter((named) => !held.has(`${agent.agent}/${named}`));
      if (listed.length > 0) found.push({ rule: "listed-is-there", detail: `${kind} ${listed}` });
    }
    for (const [key, { agent }] of held) {
      const name = key.slice(agent.length + 1) as Id;
      if (!law.agents.get(agent)?.[kind].has(name)) found.push({ rule: "listed", detail: key });
    }
  }
  found.push(...unlisted(law));
  for (const [key, { agent, due }] of law.dues.open)
    if (!law.agents.get(agent)?.dues.has(due)) found.push({ rule: "listed", detail: key });
  for (const [key, { agent, market, qty }] of law.positions) {
    const listed = law.agents.get(agent)?.positions.has(market) ?? false;
    const inMarket = law.markets.get(market)?.positions.has(agent) ?? false;
    const open = qty !== 0n;
    if (listed !== open || inMarket !== open) found.push({ rule: "listed", detail: key });
  }
  return found;
}

/** What is listed as under way is what is. */
function unlisted({ orders, positions, underway }: Law): readonly Breach[] {
  const keys = (all: Iterable<readonly [string, boolean]>): string =>
    [...all]
      .flatMap(([key, is]) => (is ? [key] : []))
      .sort()
      .join();
  const lists = [
    ["ours", keys([...orders].map(([key, { cause }]) => [key, cause !== ""]))],
    ["cancelling", keys([...orders].map(([key, { cancelling }]) => [key, cancelling]))],
    ["closing", keys([...positions].map(([key, { closing }]) => [key, closing !== undefined]))],
  ] as const;
  return lists.flatMap(([list, counted]): Breach[] => {
    const kept = [...underway[list]].sort().join();
    return kept === counted ? [] : [{ rule: "listed", detail: `${list}: ${kept}, not ${counted}` }];
  });
}

/** What every agent's open things hold, added up from the things themselves. */
function holdsByAgent(law: Law): ReadonlyMap<AgentId, bigint> {
  const holds = new Map<AgentId, bigint>();
  const add = (agent: AgentId, amount: bigint): void => {
    holds.set(agent, (holds.get(agent) ?? 0n) + amount);
  };
  for (const held of law.reservations.values()) add(held.agent, held.amount);
  for (const order of law.orders.values()) add(order.agent, order.hold);
  for (const position of law.positions.values()) add(position.agent, position.margin);
  for (const bet of law.bets.values()) if (bet.phase === "placed") add(bet.agent, bet.stake);
  for (const escrow of law.escrows.values())
    if (escrow.role === "pay") add(escrow.agent, escrow.amount);
  for (const loan of law.loans.values()) add(loan.agent, loan.hold);
  for (const domain of law.domains.values()) add(domain.agent, domain.hold);
  for (const job of law.jobs.values()) {
    add(job.agent, heldByPoster(job));
    if (job.taker !== undefined) add(job.taker, heldByTaker(job));
  }
  for (const due of law.dues.open.values()) if (due.direction === "pay") add(due.agent, due.amount);
  return holds;
}

/** An agent's results of every kind in USDC. */
function resultsIn(law: Law, agent: AgentId): bigint {
  let total = 0n;
  for (const kind of RESULTS) total -= balance(law.ledger, resultAccount(USDC, kind, agent));
  return total;
}
