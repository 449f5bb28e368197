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
  /** Draws left out before its bets, which decided no bet of the fleet. */
  skipped: number;
  /** Until the operator clears it. None: undefined, and it may bet. */
  held: BettingHold | undefined;
}

export const emptyBetting = (): Betting => ({ unproven: 0, skipped: 0, held: undefined });

/** What is known of one server seed. */
export interface SeedDraws {
  /** Ended bets that the law has not proven yet. */
  readonly keys: Set<string>;
  /** Draws that are used, the last of them. */
  readonly nonces: Set<number>;
  /**
   * The nonce of the next draw: one more than the last. None: undefined where nobody can say: before the
   * first of a seed that was in use, and after a game of which the law does not know its draws.
   */
  next: number | undefined;
  /** How many draws it had by the house's own count at its reveal. None: undefined, it is not revealed. */
  drawn: number | undefined;
  /** Of these, those at its end that were told as left out. */
  untold: number;
}
