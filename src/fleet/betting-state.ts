/** What the law keeps of an agent's bets beside the bets themselves. */
import type { Id } from "../core/ids.ts";
import type { AtFault } from "../protocol/words.ts";

/** An agent that may not bet: for which bet, who did wrong, and what the proof or its agent says. */
export interface BettingHold {
  readonly bet: Id;
  readonly atFault: AtFault;
  readonly reason: string;
}

export interface Betting {
  /** Settled bets that were forgotten before they could be proven. */
  unproven: number;
  /** Until the operator clears it. None: undefined, and it may bet. */
  held: BettingHold | undefined;
}

export const emptyBetting = (): Betting => ({ unproven: 0, held: undefined });
