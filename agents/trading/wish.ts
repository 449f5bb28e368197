/** What a strategy sees and what it may wish: a side of a market and how strongly. */
import type { HoldingView, MarketView } from "../../src/protocol/views.ts";
import type { TradingConfig } from "./config.ts";
import type { Signal } from "./signal.ts";

export type Side = -1 | 0 | 1;

/** Notional of the second leg over that of the first, above zero; or why there is none to trade by. */
export type Hedge =
  | { readonly ok: true; readonly ratio: number }
  | { readonly ok: false; readonly why: string };

export interface Tie {
  readonly other: string;
  readonly ratio: number;
  /** The first leg leads, the second is sized after it. */
  readonly leads: boolean;
}

export interface Wish {
  /** 0: out of the market. */
  readonly side: Side;
  /** Part of the full size, above 0 and at most 1. */
  readonly strength: number;
  /** Why, for the order's note. */
  readonly note: string;
  /** Largest notional, in USDC, where something else bounds it. */
  readonly most?: number;
  /** The other leg of its pair, and the second leg's notional over the first's. */
  readonly tie?: Tie;
  /** It is out of the market because an estimate is not good enough; the note says which. */
  readonly refused?: true;
}

/** All that a strategy may know. Floats: nothing in it is money. */
export interface Look {
  readonly config: TradingConfig;
  /** Its markets that have a mark, in the order of its config. */
  readonly markets: readonly MarketView[];
  /** By market; by `ratioKey` for two markets' ratio. */
  readonly signals: Readonly<Record<string, Signal>>;
  /** Funding of each market per year, smoothed; positive is paid by longs. */
  readonly rates: Readonly<Record<string, number>>;
  /** How the second leg of each pair is sized, by `ratioKey`. */
  readonly hedges: Readonly<Record<string, Hedge>>;
  readonly held: (market: string) => Side;
  /** An opening was refused not long ago. */
  readonly cooling: (market: string) => boolean;
  readonly holdings: readonly HoldingView[];
  /** A start before this one has traded under the same delegation. */
  readonly traded: boolean;
  /** What the money would bring elsewhere in a year, as far as it was bought; 0 where nothing is known. */
  readonly hurdle: number;
}

/** Wishes by market. A market without one is left as it is. */
export type Wishes = (look: Look) => Readonly<Record<string, Wish>>;

export const sideOf = (value: number): Side => (value > 0 ? 1 : value < 0 ? -1 : 0);

export const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

/** Two markets next to each other in the config, which are traded against each other. */
export interface Pair {
  readonly key: string;
  readonly first: string;
  readonly second: string;
}

const ratioKey = (first: string, second: string): string => `${first}/${second}`;

export function pairsOf({ markets }: TradingConfig): readonly Pair[] {
  return markets.flatMap((first, i) => {
    const second = markets[i + 1];
    if (i % 2 !== 0 || second === undefined) return [];
    return [{ key: ratioKey(first, second), first, second }];
  });
}
