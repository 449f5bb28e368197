/** What an agent and the operator are told of what the law found of its bets. */
import type { AtFault } from "./words.ts";

/** What the law has found of an agent's bets. */
export interface BettingView {
  /** Its settled bets that could not be proven in time, since enrolment. None: absent, no such bet. */
  readonly unproven?: number;
  /** Draws that the house left out before its bets, since enrolment. None: absent, no such draw. */
  readonly skipped?: number;
  /** It may not bet, for this bet, until the operator clears it. None: absent, and it may. */
  readonly held?: {
    /** To whom the house has lied, where that is another: told to the agent alone. None: absent, it is its own bet. */
    readonly agent?: string;
    readonly bet: string;
    readonly atFault: AtFault;
    readonly reason: string;
  };
}
