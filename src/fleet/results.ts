/** Results of an agent as the fold books them: what came from the world or went to it on its account. */
import { must } from "../core/assert.ts";
import { type AgentId, USDC } from "../core/ids.ts";
import { micro } from "../core/money.ts";
import { type ResultKind, resultAccount, transfer } from "./ledger.ts";
import type { FleetState } from "./state.ts";
import { notePeaks, recount } from "./totals.ts";

export const holderOf = (state: FleetState, agent: AgentId) =>
  must(state.agents.get(agent), "who is obliged is enrolled");

function result(state: FleetState, agent: AgentId, amount: bigint): void {
  const holder = holderOf(state, agent);
  holder.realized = micro(holder.realized + amount);
}

/** Cash from the world (negative: to it) on an agent's account. */
export function gain(
  state: FleetState,
  kind: ResultKind,
  agent: AgentId,
  to: string,
  amount: bigint,
): void {
  transfer(state.ledger, resultAccount(USDC, kind, agent), to, amount);
  result(state, agent, amount);
}

/**
 * After all that an event has brought and cost an agent: the collateral, and the highest result that losses are
 * counted from. In between neither is what the event says.
 */
export function resultBooked(state: FleetState, agent: AgentId): void {
  recount(state);
  notePeaks(state, [agent]);
}
