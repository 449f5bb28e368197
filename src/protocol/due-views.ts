/** What views tell of debts with outsiders: with whom they are netted, and what of them is one's own. */
import type { DealtView } from "./dealt-view.ts";
import type { DueDirection } from "./events-dues.ts";

/** An outsider whose debts with the fleet are netted. */
export interface AgreementView {
  readonly party: string;
  /** It is netted with all others of this group. */
  readonly group: string;
  readonly everyMs: number;
  /** When the interval that runs ends, in fleet time: what is due in the group by then is netted then. */
  readonly nextAt: number;
}

/** A debt that the agent recorded and that is not settled. */
export interface DueView {
  readonly due: string;
  readonly party: string;
  readonly direction: DueDirection;
  readonly amount: string;
}

/** Told to all, for any agent may record a debt with these. Absent: there are none. */
export interface AgreementsView {
  readonly agreements?: readonly AgreementView[];
}

/** Agreements, the agent's own debts under them, the oldest first, and what it dealt last. Absent: there are none. */
export interface DuesView extends AgreementsView, DealtView {
  readonly dues?: readonly DueView[];
}
