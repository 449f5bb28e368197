/** Bets, their proofs and disputes, and the seeds of the casino, in words. */
import type { PublicEvent } from "../../protocol/public.ts";
import { AT_FAULT } from "../../protocol/words.ts";
import { number, text, values } from "./fields.ts";
import { money, plural, span } from "./numbers.ts";

type Say = (event: PublicEvent) => string;

const because: Say = (e) => (text(e, "reason") === "" ? "" : `: ${text(e, "reason")}`);

const skipped = (draws: number): string =>
  draws === 0
    ? "the house went back to one that it had left out"
    : `${plural(draws, "draw")} left out, for no bet of the fleet`;

/** Who did wrong in a dispute. */
const wrong: Say = (e) => {
  const words: Readonly<Record<string, string>> = AT_FAULT;
  return words[text(e, "atFault")] ?? text(e, "atFault");
};

/** By type of event. */
export const BET_SENTENCES = {
  BetPlaced: (e) =>
    `bets ${money(text(e, "stake"))} on ${text(e, "game")} (${values(e, "params")})`,
  BetSettled: (e) =>
    `${text(e, "bet")}: ${text(e, "outcome")}, ` +
    `${text(e, "won") === "true" ? `won ${money(text(e, "payout"))}` : "lost"}`,
  BetFailed: (e) => `${text(e, "bet")} failed${because(e)}`,
  BetChecked: (e) =>
    text(e, "verified") === "true"
      ? `✓ the proof of ${text(e, "bet")} holds`
      : `✗ the proof of ${text(e, "bet")} does not hold: ${text(e, "note")}`,
  BetProven: (e) =>
    text(e, "fault") === ""
      ? `the law proves ${text(e, "bet")} from its seed`
      : `✗ the law's own proof of ${text(e, "bet")} fails: ${text(e, "fault")}`,
  BetUnproven: (e) =>
    `${text(e, "bet")} is unproven: no seed for it within ${span(number(e, "waitedMs"))}`,
  BetDisputed: (e) =>
    `disputes ${text(e, "bet")}: ${money(text(e, "stake"))} on ${text(e, "game")} paid ` +
    `${money(text(e, "payout"))}${because(e)}`,
  BetNonceSkipped: (e) =>
    `${text(e, "bet")} has draw ${text(e, "nonce")} of its seed, after ` +
    `${number(e, "expected") - 1}: ${skipped(number(e, "skipped"))}`,
  BettingHeld: (e) =>
    `may bet no more${text(e, "atFault") === "house" ? ", nor may anyone of the fleet" : ""}, ` +
    `for ${text(e, "bet")}: ${wrong(e)}${because(e)}; until the operator resumes it`,
  BettingCleared: (e) =>
    `may bet again: the operator has looked at ${text(e, "bet")} (${wrong(e)})`,
  SeedRotationRequested: () => "asks the casino to reveal its seed",
  SeedCommitted: (e) => `the casino commits to seed ${text(e, "seedHash").slice(0, 12)}`,
  SeedRevealed: (e) =>
    `the casino reveals seed ${text(e, "seedHash").slice(0, 12)} of ${text(e, "bets")} bets`,
  SeedDrawsUntold: (e) =>
    `${plural(number(e, "untold"), "draw")} at the end of seed ` +
    `${text(e, "seedHash").slice(0, 12)} untold: the house counts ${text(e, "drawn")}, ` +
    `it told of ${text(e, "told")}`,
} satisfies Readonly<Record<string, Say>>;
