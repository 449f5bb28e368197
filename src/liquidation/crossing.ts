/** Internal crossing: a long of one agent closes against a short of another at the mark. */

import { min } from "../core/money.ts";

/** Something to be closed: qty in 1e-8 coin, signed as the position is (a long is positive). */
export interface Closing {
  readonly id: string;
  readonly agent: string;
  readonly market: string;
  readonly qty: bigint;
}

export interface Cross {
  readonly market: string;
  readonly long: string;
  readonly short: string;
  /** 1e-8 coin, above zero. */
  readonly qty: bigint;
}

export interface Crossed {
  readonly crosses: readonly Cross[];
  /** What must still go to the market, by position, signed as it came; one side per market only. */
  readonly rest: readonly Closing[];
}

interface Open {
  readonly from: Closing;
  left: bigint;
}

/** Crosses as much as possible, different agents before positions of one agent. */
function crossMarket(longs: Open[], shorts: Open[], crosses: Cross[]): void {
  for (const sameAgent of [false, true]) {
    for (const long of longs) {
      for (const short of shorts) {
        if (long.left === 0n) break;
        if (short.left === 0n || (long.from.agent === short.from.agent) !== sameAgent) continue;
        const qty = min(long.left, short.left);
        long.left -= qty;
        short.left -= qty;
        crosses.push({ market: long.from.market, long: long.from.id, short: short.from.id, qty });
      }
    }
  }
}

/**
 * Pairs what is to be closed, market by market, in the order of the ids.
 *
 * The crossed quantity of a market is the smaller of its two sides, whoever owns them: positions of
 * the same agent are paired last. No price is needed, for both sides leave at the mark.
 *
 * Units: 1e-8 coin, signed as the position is; ids are told apart, so each stands there once. Does not check.
 */
export function cross(closings: readonly Closing[]): Crossed {
  const sorted = [...closings].sort((a, b) => (a.id < b.id ? -1 : 1));
  const markets = new Map<string, { readonly longs: Open[]; readonly shorts: Open[] }>();
  const all: Open[] = [];
  for (const from of sorted) {
    const open = { from, left: from.qty < 0n ? -from.qty : from.qty };
    all.push(open);
    const market = markets.get(from.market) ?? { longs: [], shorts: [] };
    (from.qty > 0n ? market.longs : market.shorts).push(open);
    markets.set(from.market, market);
  }
  const crosses: Cross[] = [];
  for (const name of [...markets.keys()].sort()) {
    const market = markets.get(name);
    if (market !== undefined) crossMarket(market.longs, market.shorts, crosses);
  }
  const rest = all
    .filter((open) => open.left > 0n)
    .map(({ from, left }) => ({ ...from, qty: from.qty > 0n ? left : -left }));
  return { crosses, rest };
}
