/** What each agent has played: what a casino agent needs to go on where a restart found it. */
import { must } from "../core/assert.ts";
import { type Micro, micro } from "../core/money.ts";
import type { Millis } from "../core/time.ts";
import type { BetEvent } from "../protocol/events-obligations.ts";
import { type PlayedView, playView, stretched, tallied } from "../protocol/play.ts";
import type { Bet } from "./obligations.ts";
import type { Play } from "./play-state.ts";
import { type Fixed, type FleetState, keyOf } from "./state.ts";

const playOf = (state: FleetState, { agent }: Bet): Play =>
  must(state.agents.get(agent), "who has bet is enrolled").play;

/** Before the bet itself is folded: a check that finds it fair forgets it. */
export function notePlay(state: FleetState, event: BetEvent, at: Millis): void {
  if (event.type !== "BetSettled" && event.type !== "BetProven" && event.type !== "BetChecked") {
    return;
  }
  const bet = must(state.bets.get(keyOf(event.agent, event.bet)), "a bet event names a bet");
  const play = playOf(state, bet);
  if (event.type === "BetSettled") {
    const result: Micro = micro(event.payout - bet.stake);
    play.stretches = stretched(play.stretches, { at, won: event.payout > 0n, result });
    return;
  }
  const fair = event.type === "BetProven" ? event.fault === "" : event.verified;
  // A check of what the law has proven says nothing new. A seed that nobody knew before may be chosen.
  if (!fair || bet.proof === "fair" || bet.committed !== bet.seedHash) return;
  tallied(play.tallies, { ...bet, won: bet.payout > 0n });
}

export const playSeen = ({ stretches, tallies }: Fixed<Play>): PlayedView =>
  stretches.length === 0 ? {} : { play: playView(stretches, tallies) };
