/** What must hold of the folded state after every turn, counted anew from its parts. */
import type { AgentId } from "../core/ids.ts";
import { USDC } from "../core/ids.ts";
import { balance, OWN, ownAccount, RESULTS, resultAccount, sums } from "./ledger.ts";
import type { Law } from "./state.ts";
import { committedOf } from "./totals.ts";

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
    equal("attribution", agent.realized, resultsIn(law, agent.agent), agent.agent);
  }
  equal("reserved", law.reserved, reserved, "fleet");
  equal("committed", law.committed, committed, "fleet");
  if (reserved > committed)
    found.push({ rule: "committed-covers-reserved", detail: `${reserved}` });
  for (const position of law.positions.values()) {
    const flat = position.qty === 0n;
    if (flat && (position.cost !== 0n || position.margin !== 0n)) {
      found.push({ rule: "flat-is-empty", detail: `${position.agent}/${position.market}` });
    }
    if (flat !== (position.phase === "flat")) {
      found.push({ rule: "phase-fits", detail: `${position.agent}/${position.market}` });
    }
  }
  return found;
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
  return holds;
}

/** An agent's results in USDC; interest in other assets is counted when it came, at its mark. */
function resultsIn(law: Law, agent: AgentId): bigint {
  let total = 0n;
  for (const kind of RESULTS) total -= balance(law.ledger, resultAccount(USDC, kind, agent));
  const other = [...law.ledger.keys()].some(
    (account) => account.endsWith(`/external/interest/${agent}`) && !account.startsWith(`${USDC}/`),
  );
  return other ? (law.agents.get(agent)?.realized ?? 0n) : total;
}
