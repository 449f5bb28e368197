/** Trend: with the side that prices have been going, in each market by itself. */
import { type Signal, trend, volatility } from "../signal.ts";
import { percent, type Side, sideOf, type Wish, type Wishes } from "../wish.ts";

/** With the trend once it is strong; out only when it turns. In between, as it is. */
export const trendWishes: Wishes = ({ config, markets, signals, held }) => {
  const wishes: Record<string, Wish> = {};
  for (const { market } of markets) {
    const signal: Signal | undefined = signals[market];
    if (signal === undefined || signal.samples < config.warmup) continue;
    const strength = trend(signal, config);
    const now = held(market);
    const keeps: Side = strength * now > -config.exit ? now : 0;
    const side = Math.abs(strength) >= config.enter ? sideOf(strength) : keeps;
    const note = `trend ${strength.toFixed(2)}, volatility ${percent(volatility(signal, config))}`;
    wishes[market] = { side, strength: 1, note };
  }
  return wishes;
};
