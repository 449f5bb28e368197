/** Mean reversion: against what stands far from its own slow average, until it is back. */
import type { TradingConfig } from "../config.ts";
import { stretch } from "../signal.ts";
import { type Side, sideOf, type Wish, type Wishes } from "../wish.ts";

/**
 * The side against a stretch: taken from `enter` on, kept until `exit` is passed, given up at `giveUp`.
 *
 * What has gone half of the way from `enter` to `giveUp` is not entered any more: so near to being
 * wrong, it would be closed before it could be right.
 */
export function sideAgainst(
  stretched: number,
  held: Side,
  { enter, exit, giveUp }: TradingConfig["reversion"],
): Side {
  const far = Math.abs(stretched);
  const against: Side = sideOf(-stretched);
  if (held === 0) return far >= enter && far < (enter + giveUp) / 2 ? against : 0;
  // What it stands against, as a number above zero; below, it has come back and gone beyond.
  const left = -held * stretched;
  return left > exit && left < giveUp ? held : 0;
}

export const reversionWishes: Wishes = ({ config, markets, signals, held }) => {
  const wishes: Record<string, Wish> = {};
  for (const { market } of markets) {
    const signal = signals[market];
    if (signal === undefined || signal.samples < config.warmup) continue;
    const stretched = stretch(signal, config);
    const side = sideAgainst(stretched, held(market), config.reversion);
    const note = `${stretched.toFixed(2)} deviations from its average`;
    wishes[market] = { side, strength: 1, note };
  }
  return wishes;
};
