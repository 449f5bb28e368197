/** What the casino specialist can be told: which games there are, what they claim to pay, how to stake. */
import { z } from "zod";

const params = z.record(z.string().max(32), z.union([z.string().max(64), z.number().finite()]));
const amount = z.string().regex(/^(0|[1-9]\d{0,11})(\.\d{1,6})?$/);

const option = z.strictObject({
  game: z.string().regex(/^[a-z0-9-]{1,32}$/),
  params,
  /** Gross payout of a win for one unit staked, as the casino claims it. */
  pays: z.string().regex(/^\d{1,6}(\.\d{1,4})?$/),
  /** Largest stake that the game takes, in USDC. */
  maxStake: amount,
});
export type GameOption = z.output<typeof option>;

const dice = (game: string, threshold: number, pays: string, maxStake: string): GameOption => ({
  game,
  params: { direction: "over", threshold },
  pays,
  maxStake,
});

/** The published tables, with an edge for the house, and promotions that give 2 % away. */
const PAPER: readonly GameOption[] = [
  dice("dice", 50, "1.99", "10000"),
  dice("dice", 10, "1.1056", "10000"),
  { game: "coin-flip", params: { side: "heads" }, pays: "1.99", maxStake: "10000" },
  { game: "roulette", params: { bet_type: "red" }, pays: "1.99", maxStake: "10000" },
  { game: "crash", params: { cash_out_at: 2 }, pays: "2", maxStake: "10000" },
  { game: "custom", params: { win_probability: 90 }, pays: "1.1056", maxStake: "10000" },
  dice("dice-rebate", 50, "2.04", "20"),
  dice("dice-rebate", 10, "1.1333", "20"),
];

export const casinoConfig = z.strictObject({
  games: z
    .array(option)
    .min(1)
    .max(64)
    .default([...PAPER]),
  /** Wait between two looks, in ms. */
  intervalMs: z.number().int().min(100).max(3_600_000).default(1_500),
  /** Least time between two bets, in ms. */
  gapMs: z.number().int().min(0).max(3_600_000).default(2_000),
  /** One-sided confidence of the lower bound of a win's probability. */
  confidence: z.number().min(0.5).max(0.999999).default(0.95),
  /** Observations that the rule of a game counts for: each of its 10,000 rolls seen once. */
  ruleWeight: z.number().int().min(1).max(10_000_000).default(10_000),
  /** Part of the full Kelly stake. */
  kelly: z.number().min(0.001).max(1).default(0.25),
  /** A stake below this is not worth a bet, in USDC. */
  minStake: amount.default("0.05"),
  /** Settled bets after which the seed is asked for, to check them. */
  rotateEvery: z.number().int().min(1).max(100).default(4),
  /** How long it waits for a revealed seed before it asks again, in ms. */
  rotateWaitMs: z.number().int().min(100).max(3_600_000).default(10_000),
  /** How long a bet's seed may be missing altogether before the bet counts as false, in ms. */
  proofWaitMs: z.number().int().min(0).max(86_400_000).default(60_000),
  /** Loss of one session, as a share of the cap, at which it leaves the table. 0: no such limit. */
  sessionLoss: z.number().min(0).max(1).default(0.25),
  /** Bets of one session, and how long it may last, in ms. */
  sessionBets: z.number().int().min(1).max(1_000_000).default(500),
  sessionMs: z.number().int().min(1_000).max(604_800_000).default(3_600_000),
  /** How long it stays away after a session, in ms. */
  pauseMs: z.number().int().min(0).max(604_800_000).default(600_000),
  /** Loss since it was enrolled at which it plays no more, in USDC. Absent: no such limit. */
  stopLoss: amount.exactOptional(),
  /** Chance of as few wins as were verified, under the game's rule, below which it stops playing. */
  distrustBelow: z.number().min(0).max(0.05).default(0.000_01),
});

export type CasinoConfig = z.output<typeof casinoConfig>;
