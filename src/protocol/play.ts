/** What an agent has played, small enough for every view: stretches between breaks, and wins by option. */
import { formatMicro, type Micro, micro } from "../core/money.ts";

/** Settled bets with no break between them that still matters. */
export interface Stretch {
  /** When its first and its last bet were settled, fleet time, epoch ms. */
  readonly from: number;
  readonly to: number;
  readonly bets: number;
  readonly wins: number;
  /** Payouts less stakes; negative is a loss. */
  readonly result: Micro;
}

/** Bets of one option that were proven fair, on a seed that was committed to before they were placed. */
export interface Tally {
  readonly game: string;
  readonly params: Readonly<Record<string, string | number>>;
  readonly bets: number;
  readonly wins: number;
}

export interface Settled {
  readonly at: number;
  readonly won: boolean;
  readonly result: Micro;
}

/** Of plain JSON, results as decimal texts in USDC. */
export interface PlayView {
  /** In order; each break is longer than all that came after it, the last first. */
  readonly stretches: readonly (Omit<Stretch, "result"> & { readonly result: string })[];
  readonly tallies: readonly Tally[];
}

/** The part of a view that tells what its agent has bet since enrolment. */
export interface PlayedView {
  /** None: absent, nothing is settled. */
  readonly play?: PlayView;
}

/** More are only there where each break is shorter than the one before, so many times in a row. */
const STRETCHES_MAX = 32;
/** Options of an agent that are counted: as many as a casino agent's config may name. */
const TALLIES_MAX = 64;

const joined = (a: Stretch, b: Stretch): Stretch => ({
  from: a.from,
  to: b.to,
  bets: a.bets + b.bets,
  wins: a.wins + b.wins,
  result: micro(a.result + b.result),
});

/**
 * The stretches with one more settled bet.
 *
 * Who asks when it last paused for so long looks for the newest break of at least that length. So a break
 * matters until one as long follows it: then the two stretches beside it become one, and none is ever
 * searched for in vain. Bounded: of too many the oldest goes.
 */
export function stretched(before: readonly Stretch[], bet: Settled): readonly Stretch[] {
  const { at, won, result } = bet;
  const one: Stretch = { from: at, to: at, bets: 1, wins: won ? 1 : 0, result };
  const kept = [...before];
  const last = kept.at(-1);
  if (last === undefined) return [one];
  const pause = at - last.to;
  for (;;) {
    const [older, newer] = kept.slice(-2);
    if (older === undefined || newer === undefined || newer.from - older.to > pause) break;
    kept.splice(-2, 2, joined(older, newer));
  }
  return [...kept, one].slice(-STRETCHES_MAX);
}

/** One text for one option: parameters in the order of their names. */
export function optionKeyOf(game: string, params: Tally["params"]): string {
  const sorted = Object.entries(params).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `${game} ${sorted.map(([name, value]) => `${name}=${value}`).join(" ")}`;
}

/** Counts one proven bet in, by its option. Of too many options the one that was played longest ago goes. */
export function tallied(
  tallies: Map<string, Tally>,
  { game, params, won }: Pick<Tally, "game" | "params"> & { readonly won: boolean },
): void {
  const key = optionKeyOf(game, params);
  const { bets, wins } = tallies.get(key) ?? { bets: 0, wins: 0 };
  tallies.delete(key);
  tallies.set(key, { game, params, bets: bets + 1, wins: wins + (won ? 1 : 0) });
  if (tallies.size <= TALLIES_MAX) return;
  for (const oldest of tallies.keys()) {
    tallies.delete(oldest);
    return;
  }
}

export const playView = (
  stretches: readonly Stretch[],
  tallies: ReadonlyMap<string, Tally>,
): PlayView => ({
  stretches: stretches.map((one) => ({ ...one, result: formatMicro(one.result) })),
  tallies: [...tallies.values()],
});
