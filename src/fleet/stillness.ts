/** A price that stands still while the others move: its feed may be frozen under ever new times. */
import type { MarketId } from "../core/ids.ts";
import type { Market } from "./market-state.ts";
import type { Fixed, Law } from "./state.ts";

/** Where the rules name no time, so many times the age that a mark may have. */
const AGES = 12;
/** Readings that must have said the same: fewer may be chance. */
const REPEATS = 5;
/** Other markets to compare with: with fewer, nobody can tell a frozen feed from a quiet day. */
const OTHERS = 2;

/**
 * How long a market's price has stood still, ms, where that is too long to be believed: more than
 * `markStillMaxMs`, by at least five new readings, while more than half of at least two other markets
 * moved within that time.
 *
 * None: undefined where it is believed. Constant work until it has stood still for that long.
 */
export function stillFor(law: Law, market: MarketId, at: number): number | undefined {
  const held = law.markets.get(market);
  if (held === undefined || law.policy === undefined) return undefined;
  const most = law.policy.markStillMaxMs ?? law.policy.markAgeMaxMs * AGES;
  const still = at - held.movedAt;
  if (still <= most || held.repeats < REPEATS) return undefined;
  const others = [...law.markets.values()].filter((one) => one !== held && isAlive(one));
  const moved = others.filter(({ movedAt }) => at - movedAt <= most);
  return others.length >= OTHERS && moved.length * 2 > others.length ? still : undefined;
}

const isAlive = ({ mark }: Fixed<Market>): boolean => mark !== undefined;
