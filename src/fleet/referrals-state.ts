/** What the law keeps of referrals: what was earned, by whom, and what the escrows cost that it was earned from. */
import type { AgentId, Id } from "../core/ids.ts";
import { type Micro, ZERO } from "../core/money.ts";

/** Who refers an agent at the escrow service. */
export interface Registration {
  readonly referrer: Id;
  phase: "requested" | "registered";
}

export interface Referrals {
  income: Micro;
  fees: Micro;
  readonly by: Map<AgentId, Micro>;
}

export const emptyReferrals = (): Referrals => ({ income: ZERO, fees: ZERO, by: new Map() });
