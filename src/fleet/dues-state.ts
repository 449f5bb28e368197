/** Debts with outsiders as the fold keeps them. */
import type { AgentId, Id } from "../core/ids.ts";
import type { Micro } from "../core/money.ts";
import type { Millis } from "../core/time.ts";
import type { DueDirection } from "../protocol/events-dues.ts";

export interface Due {
  readonly agent: AgentId;
  readonly due: Id;
  readonly party: Id;
  readonly direction: DueDirection;
  readonly amount: Micro;
  /** It is in its agent's result already: a payment that failed. */
  readonly booked: boolean;
}

export interface OutsideDue {
  readonly group: Id;
  readonly debtor: Id;
  readonly creditor: Id;
  readonly amount: Micro;
}

export interface DuesState {
  /** Parties, with whom they are netted and how often. */
  readonly agreements: Map<Id, { readonly group: Id; readonly everyMs: number }>;
  /** When the interval of a group ends; where nothing has been due since, when the last one ended. */
  readonly nextAt: Map<Id, Millis>;
  /** The deadlines of groups that are in the heap: one of each group at most, and that at its `nextAt`. */
  readonly standing: Map<Id, Millis>;
  /** How many debts a group will net, those between outsiders with them; none: it is not in here. */
  readonly due: Map<Id, number>;
  /** By `<agent>/<due>`, in the order they came. */
  readonly open: Map<string, Due>;
  readonly outside: OutsideDue[];
  /** Settlements so far: what is left of one is named by its number. */
  settlements: number;
}

export const emptyDues = (): DuesState => ({
  agreements: new Map(),
  nextAt: new Map(),
  standing: new Map(),
  due: new Map(),
  open: new Map(),
  outside: [],
  settlements: 0,
});
