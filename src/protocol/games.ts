/** The games of a provably fair casino: which of 10,000 rolls win a bet, and what a win pays. */
import { type Micro, micro } from "../core/money.ts";
import type { PlaceBetEffect } from "./effects.ts";

/** Rolls are 0 to 9,999: two decimals of a number from 0.00 to 99.99. */
export const ROLLS = 10_000;

const RULES = ["dice", "coin-flip", "roulette", "crash", "custom"] as const;
type Rule = (typeof RULES)[number];

/** A game: its rule, its payouts, and the largest stake it takes. */
export interface Game {
  readonly rule: Rule;
  /**
   * What it gives back in the mean, in millionths of the stake, whatever the bet. None: undefined
   * where a published table says what each bet pays.
   */
  readonly meanReturn: number | undefined;
  readonly maxStake: Micro;
}

export const MIN_STAKE = micro(10_000n);
const MOST = micro(10_000_000_000n);

const game = (rule: Rule, meanReturn?: number): Game => ({ rule, meanReturn, maxStake: MOST });
/** A promotion: it gives 2 % more than it takes, in small stakes. */
const rebate = (rule: Rule): Game => ({
  rule,
  meanReturn: 1_020_000,
  maxStake: micro(20_000_000n),
});

/**
 * The five games pay by the published tables of the Purple Flea casino (agent-casino c576e44,
 * `src/engine/games.ts`), most of which keep half a per cent.
 */
export const GAMES: Readonly<Record<string, Game>> = {
  dice: game("dice"),
  "coin-flip": game("coin-flip"),
  roulette: game("roulette"),
  crash: game("crash"),
  custom: game("custom"),
  "dice-rebate": rebate("dice"),
  "coin-flip-rebate": rebate("coin-flip"),
  "roulette-rebate": rebate("roulette"),
  "crash-rebate": rebate("crash"),
  "custom-rebate": rebate("custom"),
};

/** From a roll up to, but without, another. */
type Range = readonly [number, number];

/** A bet's terms: which rolls win, and the gross payout of a win in 1e-4 of the stake. */
export interface BetTerms {
  /** Ascending and apart. */
  readonly ranges: readonly Range[];
  /** How many of the 10,000 rolls win: the chance. */
  readonly rolls: number;
  readonly multiple: bigint;
}

type Params = PlaceBetEffect["params"];

/** What wins, and what a win pays by the published table where there is one. */
interface Bet {
  readonly ranges: readonly Range[];
  readonly published?: number;
}

/**
 * The terms of a bet.
 *
 * `dice`: {direction: "over" | "under", threshold}, the die shows floor(roll / 100) + 1, 1 to 100;
 * "over" wins above the threshold (1 to 99), "under" wins below it (2 to 99). The published table pays
 * 0.995 / p, rounded to four decimals, with p = (100 - threshold) / 100 or threshold / 100: "under" is
 * paid as if it had the threshold's own face too, which loses. `coin-flip`: {side: "heads" |
 * "tails"}, heads are the lower half. `roulette`: {bet_type, bet_value}, the wheel shows
 * floor(roll x 37 / 10,000); `bet_value` (0 to 36) goes with "number" alone. `crash`: {cash_out_at},
 * 1.01 to 100 in cents; the game crashes at 0.995 / (1 - roll / 10,000), rounded to cents, the last
 * roll never. `custom`: {win_probability}, 1 to 99 per cent in hundredths; the lower rolls win.
 * A game with a mean return pays mean / chance, cut to four decimals; `crash` pays what it was left at
 * and puts the mean into where it crashes.
 *
 * None: undefined for no such game, or for parameters that are missing, superfluous or out of range.
 */
export function termsOf(name: string, params: Params): BetTerms | undefined {
  const found = Object.hasOwn(GAMES, name) ? GAMES[name] : undefined;
  if (found === undefined) return undefined;
  const { rule, meanReturn } = found;
  const bet = betOf(rule, params, meanReturn);
  const rolls = bet?.ranges.reduce((sum, [from, to]) => sum + to - from, 0) ?? 0;
  if (bet === undefined || rolls <= 0 || rolls >= ROLLS) return undefined;
  const { ranges, published } = bet;
  // Both are whole numbers below 2^53: the division of floats is exact enough to be cut.
  const multiple = published ?? Math.floor(((meanReturn ?? 0) * 100) / rolls);
  return { ranges, rolls, multiple: BigInt(multiple) };
}

function betOf(rule: Rule, params: Params, mean: number | undefined): Bet | undefined {
  switch (rule) {
    case "dice":
      return dice(params, mean);
    case "coin-flip":
      return coin(params, mean);
    case "roulette":
      return roulette(params, mean);
    case "crash":
      return crash(params, mean ?? 995_000);
    case "custom":
      return custom(params, mean);
  }
}

const fieldsAre = (params: Params, names: readonly string[]): boolean =>
  Object.keys(params).length === names.length && names.every((n) => Object.hasOwn(params, n));

function coin(params: Params, mean: number | undefined): Bet | undefined {
  if (!fieldsAre(params, ["side"])) return undefined;
  const { side } = params as { side: unknown };
  if (side !== "heads" && side !== "tails") return undefined;
  const ranges: readonly Range[] = [side === "heads" ? [0, ROLLS / 2] : [ROLLS / 2, ROLLS]];
  return mean === undefined ? { ranges, published: 19_900 } : { ranges };
}

/** Above or below the threshold; "under" 1 would win on no face and is no bet here. */
function dice(params: Params, mean: number | undefined): Bet | undefined {
  if (!fieldsAre(params, ["direction", "threshold"])) return undefined;
  const { direction, threshold } = params as { direction: unknown; threshold: unknown };
  if (typeof threshold !== "number" || !Number.isInteger(threshold) || threshold > 99) {
    return undefined;
  }
  const over = direction === "over";
  if (!over && direction !== "under") return undefined;
  if (threshold < (over ? 1 : 2)) return undefined;
  const ranges: readonly Range[] = [over ? [threshold * 100, ROLLS] : [0, (threshold - 1) * 100]];
  // The published chance in hundredths: for "under" it has a face that does not win.
  const claimed = over ? 100 - threshold : threshold;
  return mean === undefined ? { ranges, published: Math.round(995_000 / claimed) } : { ranges };
}

/** A number of two decimals as hundredths. None: undefined for any other number, or no number. */
function hundredths(value: unknown): number | undefined {
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  const parts = Math.round(value * 100);
  return Math.abs(value * 100 - parts) < 1e-6 ? parts : undefined;
}

function custom(params: Params, mean: number | undefined): Bet | undefined {
  if (!fieldsAre(params, ["win_probability"])) return undefined;
  const parts = hundredths(params["win_probability"]);
  if (parts === undefined || parts < 100 || parts > 9_900) return undefined;
  const ranges: readonly Range[] = [[0, parts]];
  // 99.5 / p, rounded to four decimals.
  return mean === undefined ? { ranges, published: Math.round(99_500_000 / parts) } : { ranges };
}

/**
 * The game is left in time where round(factor / (1 - roll / 10,000), cents) is at least the target:
 * with d = 10,000 - roll that is d <= 2 x factor / (2 x target - 1), all in the units below.
 */
function crash(params: Params, factor: number): Bet | undefined {
  if (!fieldsAre(params, ["cash_out_at"])) return undefined;
  const cents = hundredths(params["cash_out_at"]);
  if (cents === undefined || cents < 101 || cents > 10_000) return undefined;
  const most = Math.floor((2 * factor) / (2 * cents - 1));
  return { ranges: [[Math.max(0, ROLLS - most), ROLLS]], published: cents * 100 };
}

const REDS = new Set([1, 3, 5, 7, 9, 12, 14, 16, 18, 19, 21, 23, 25, 27, 30, 32, 34, 36]);
const NUMBERS = Array.from({ length: 37 }, (_, n) => n);

type Wins = (n: number) => boolean;
const EVEN_CHANCES: Readonly<Record<string, Wins>> = {
  red: (n) => REDS.has(n),
  black: (n) => n > 0 && !REDS.has(n),
  odd: (n) => n % 2 === 1,
  even: (n) => n > 0 && n % 2 === 0,
  low: (n) => n >= 1 && n <= 18,
  high: (n) => n >= 19,
};
const THIRDS: Readonly<Record<string, Wins>> = {
  dozen_1: (n) => n >= 1 && n <= 12,
  dozen_2: (n) => n >= 13 && n <= 24,
  dozen_3: (n) => n >= 25,
  column_1: (n) => n % 3 === 1,
  column_2: (n) => n % 3 === 2,
  column_3: (n) => n > 0 && n % 3 === 0,
};

function roulette(params: Params, mean: number | undefined): Bet | undefined {
  const type = String(params["bet_type"]);
  const paying = (wins: Wins, published: number): Bet => {
    const ranges = NUMBERS.filter(wins).map(pocket);
    return mean === undefined ? { ranges, published } : { ranges };
  };
  if (type === "number") {
    if (!fieldsAre(params, ["bet_type", "bet_value"])) return undefined;
    const chosen = params["bet_value"];
    return NUMBERS.some((n) => n === chosen) ? paying((n) => n === chosen, 348_250) : undefined;
  }
  if (!fieldsAre(params, ["bet_type"])) return undefined;
  const even = Object.hasOwn(EVEN_CHANCES, type) ? EVEN_CHANCES[type] : undefined;
  if (even !== undefined) return paying(even, 19_900);
  const third = Object.hasOwn(THIRDS, type) ? THIRDS[type] : undefined;
  return third === undefined ? undefined : paying(third, 29_850);
}

/** The rolls that show a number of the wheel: 270 or 271 of them. */
const pocket = (n: number): Range => [
  Math.ceil((n * ROLLS) / 37),
  Math.ceil(((n + 1) * ROLLS) / 37),
];
