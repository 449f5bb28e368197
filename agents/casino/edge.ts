/** The edge of a game with a confidence bound, and the Kelly stake that follows. Floats: statistics. */
import { ROLLS, termsOf } from "../../src/protocol/games.ts";
import { binomialCdf, normalQuantile } from "../../src/risk/distributions.ts";
import { kellyBet, winRateBound } from "../../src/risk/kelly.ts";
import type { CasinoConfig, GameOption } from "./config.ts";

/** Verified results of one option. */
export interface Tally {
  readonly bets: number;
  readonly wins: number;
}

export interface Edge {
  /** Chance of a win by the rule. */
  readonly chance: number;
  /** Its lower bound. */
  readonly low: number;
  /** Gross payout of a win for one unit. */
  readonly pays: number;
  /** Mean gain for one unit staked at the lower bound; negative where the house has the edge. */
  readonly edge: number;
  /** Share of the bankroll that full Kelly stakes; 0 without an edge. */
  readonly fraction: number;
}

/** 2^32 is no multiple of 10,000: the rarer rolls come this often in 2^32 results. */
const RAREST = Math.floor(2 ** 32 / ROLLS) / 2 ** 32;

/**
 * The edge of one option.
 *
 * The rule is known, so its chance is counted over the 10,000 rolls, each taken for as rare as the
 * rarest. That the casino keeps the rule is not known: the rule counts as `ruleWeight` observations,
 * verified results are added to them, and Wilson's lower bound of the sum is what is played by. The
 * payout is the lower of what is claimed and what the rule's table says.
 *
 * None: undefined for a game or parameters that nobody can check.
 */
export function edgeOf(option: GameOption, tally: Tally, config: CasinoConfig): Edge | undefined {
  const terms = termsOf(option.game, option.params);
  if (terms === undefined) return undefined;
  const chance = terms.rolls * RAREST;
  const z = normalQuantile(config.confidence);
  const n = config.ruleWeight + tally.bets;
  const bound = winRateBound(chance * config.ruleWeight + tally.wins, n, z);
  const low = bound.ok ? bound.value : 0;
  const pays = Math.min(Number(option.pays), Number(terms.multiple) / 10_000);
  const edge = low * pays - 1;
  // A payout that brings nothing beyond the stake has no odds: Kelly refuses it, and it is not played.
  const stake = kellyBet({ p: low, odds: pays - 1 });
  return { chance, low, pays, edge, fraction: stake.ok ? stake.value : 0 };
}

/** Would the rule give so few wins, or fewer, with less than the configured chance? */
export function isImplausible(option: GameOption, tally: Tally, config: CasinoConfig): boolean {
  const terms = termsOf(option.game, option.params);
  if (terms === undefined || tally.bets === 0) return false;
  const chance = terms.rolls / ROLLS;
  return binomialCdf(tally.wins, tally.bets, chance) < config.distrustBelow;
}
