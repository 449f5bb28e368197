/** Hold: long of every market in its first looks under a delegation, then left as it is, whatever comes. */
import type { Wish, Wishes } from "../wish.ts";

/** Samples beyond the warm-up in which it buys what is missing; after them it never does again. */
const BUYS = 60;

export const holdWishes: Wishes = ({ config, markets, signals, traded }) => {
  // What an earlier start bought and the coordinator closed is not bought again: a new grant is a new beginning.
  if (traded) return {};
  const wishes: Record<string, Wish> = {};
  for (const { market } of markets) {
    const samples = signals[market]?.samples ?? 0;
    if (samples < config.warmup || samples > config.warmup + BUYS) continue;
    wishes[market] = { side: 1, strength: 1, note: "to hold, whatever comes" };
  }
  return wishes;
};
