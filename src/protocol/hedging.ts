/** What a hedge between two agents asks for and comes to: one rule for the law and for who practises it. */
import { type Micro, micro, min, notional, type Price, price } from "../core/money.ts";
import type { HedgeTerms } from "./events-jobs.ts";
import { signOf } from "./words.ts";

/** Does a signed position carry what is needed, which is signed too? Nothing is always carried. */
export const isCarried = (held: bigint, needed: bigint): boolean =>
  needed === 0n || (needed > 0n ? held >= needed : held <= needed);

/**
 * What the worker owes its poster for a move; negative where the poster owes the worker.
 *
 * Units:    prices in 1e-8, quantity in 1e-8, money in millionths.
 * Formula:  side x quantity x (to - from), at most `cover` either way.
 * Rounding: down, for who pays.
 */
export function movedBy({ side, qty: size, cover }: HedgeTerms, from: Price, to: Price): Micro {
  const moved = to - from;
  const owed = min(notional(price(moved < 0n ? -moved : moved), size, "down"), cover);
  return micro(moved < 0n === signOf(side) < 0n ? owed : -owed);
}
