/** What can have happened to debts between the fleet and outsiders: recorded, netted, paid. */
import type { AgentId, Id } from "../core/ids.ts";
import type { Micro } from "../core/money.ts";
import type { Millis } from "../core/time.ts";
import type { Approved } from "./effects.ts";

/** `pay`: the agent owes the outsider. `receive`: the outsider owes the agent. */
export type DueDirection = "pay" | "receive";

/** One debt in a settlement: `counts` is what of it is booked to its agent now. */
export interface SettledDue {
  readonly of: AgentId;
  readonly due: Id;
  readonly party: Id;
  readonly direction: DueDirection;
  readonly amount: Micro;
  readonly counts: Micro;
}

interface OfAgent {
  readonly agent: AgentId;
}

export type DueEvent =
  | (OfAgent & {
      /** Debts with `party` are netted every `everyMs`, together with all others of its group. */
      readonly type: "AgreementSet";
      readonly party: Id;
      readonly group: Id;
      readonly everyMs: number;
      readonly nextAt: Millis;
    })
  | (OfAgent & { readonly type: "AgreementEnded"; readonly party: Id })
  | (OfAgent & {
      readonly type: "DueRecorded";
      readonly due: Id;
      readonly party: Id;
      readonly direction: DueDirection;
      readonly amount: Micro;
      readonly note: string;
      /** When its group is netted. Absent from journals of before: a deadline stood in any case. */
      readonly nextAt?: Millis;
    })
  /** What one outsider owes another, both of one group. */
  | (OfAgent & {
      readonly type: "OutsideDueRecorded";
      readonly group: Id;
      readonly debtor: Id;
      readonly creditor: Id;
      readonly amount: Micro;
      /** As of `DueRecorded`. */
      readonly nextAt?: Millis;
    })
  | (OfAgent & {
      readonly type: "DuesNetted";
      readonly group: Id;
      /** All debts of the group, what of them needs no payment, and what the fleet pays or awaits. */
      readonly gross: Micro;
      readonly cleared: Micro;
      readonly owed: Micro;
      readonly awaited: Micro;
      readonly settled: readonly SettledDue[];
      /** Who pays whom instead: the fewest transfers that there can be, up to 14 parties. */
      readonly transfers: readonly {
        readonly debtor: string;
        readonly creditor: string;
        readonly amount: Micro;
      }[];
      /** What agents are still to receive, now of those who pay the fleet. */
      readonly left: readonly {
        readonly of: AgentId;
        readonly due: Id;
        readonly party: Id;
        readonly amount: Micro;
      }[];
      readonly nextAt: Millis;
    })
  /** The cash for a settlement is not there: it is tried again. */
  | (OfAgent & {
      readonly type: "DuesDeferred";
      readonly group: Id;
      readonly need: Micro;
      readonly cash: Micro;
      readonly nextAt: Millis;
    })
  | (OfAgent & {
      readonly type: "DuePaid";
      readonly party: Id;
      readonly amount: Micro;
      readonly effect: Approved;
    })
  /** The venue refused to pay: the fleet itself owes it in the next settlement. */
  | (OfAgent & {
      readonly type: "DuePaymentFailed";
      readonly party: Id;
      readonly due: Id;
      readonly amount: Micro;
      /** As of `DueRecorded`; absent too where the agreement with the party has ended. */
      readonly nextAt?: Millis;
    })
  /** What an outsider owed has come, by the operator's word; the money itself is a deposit. */
  | (OfAgent & {
      readonly type: "DueReceived";
      readonly party: Id;
      readonly amount: Micro;
      readonly settled: readonly SettledDue[];
    });
