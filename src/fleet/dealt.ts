/** Which escrow an agent opened last, and which debts it recorded when: what is over is known by nothing else. */
import type { AgentId } from "../core/ids.ts";
import { formatMicro } from "../core/money.ts";
import type { Millis } from "../core/time.ts";
import type { DealtView } from "../protocol/dealt-view.ts";
import type { EventOf } from "../protocol/events.ts";
import type { Dealt } from "./dealt-state.ts";
import { holderOf } from "./results.ts";
import type { Fixed, FleetState } from "./state.ts";

/** Kinds of debts of an agent that are remembered; of more the one that was recorded longest ago goes. */
const DUES_MAX = 64;

const dealtOf = (state: FleetState, agent: AgentId): Dealt => holderOf(state, agent).dealt;

export function noteEscrow(
  state: FleetState,
  { agent, role, counterparty, description }: EventOf<"EscrowRequested">,
  at: Millis,
): void {
  dealtOf(state, agent).escrows.set(role, { counterparty, description, at });
}

export function noteDue(
  state: FleetState,
  { agent, party, direction, amount }: EventOf<"DueRecorded">,
  at: Millis,
): void {
  const { dues } = dealtOf(state, agent);
  const key = `${direction} ${party} ${amount}`;
  dues.delete(key);
  dues.set(key, { party, direction, amount, at });
  const [oldest] = dues.keys();
  if (dues.size > DUES_MAX && oldest !== undefined) dues.delete(oldest);
}

export function dealtView({ escrows, dues }: Fixed<Dealt>): DealtView {
  if (escrows.size + dues.size === 0) return {};
  return {
    dealt: {
      escrows: [...escrows].map(([role, last]) => ({ role, ...last })),
      dues: [...dues.values()].map((due) => ({ ...due, amount: formatMicro(due.amount) })),
    },
  };
}
