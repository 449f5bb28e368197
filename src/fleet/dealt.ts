/** Which escrow an agent opened last, and which debts it recorded when: what is over leaves nothing else to know it by. */
import type { AgentId, Id } from "../core/ids.ts";
import { formatMicro, type Micro } from "../core/money.ts";
import type { Millis } from "../core/time.ts";
import type { DealtView } from "../protocol/dealt-view.ts";
import type { EventOf } from "../protocol/events.ts";
import type { DueDirection } from "../protocol/events-dues.ts";
import type { Escrow } from "./obligations.ts";
import { holderOf } from "./results.ts";
import type { Fixed, FleetState } from "./state.ts";

interface LastEscrow {
  readonly counterparty: Id;
  readonly description: string;
  readonly at: Millis;
}

interface LastDue {
  readonly party: Id;
  readonly direction: DueDirection;
  readonly amount: Micro;
  readonly at: Millis;
}

export interface Dealt {
  readonly escrows: Map<Escrow["role"], LastEscrow>;
  /** By direction, party and amount, the newest at the end. */
  readonly dues: Map<string, LastDue>;
}

/** Kinds of debts of an agent that are remembered; of more the one that was recorded longest ago goes. */
const DUES_MAX = 64;

export const noneDealt = (): Dealt => ({ escrows: new Map(), dues: new Map() });

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
