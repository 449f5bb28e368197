/** The venue runs out of money for the bankrupt: the fleet's place in its queue, and a hedge that loses a leg. */
import { micro } from "../../../core/money.ts";
import { MINUTE } from "../../../core/time.ts";
import type { Act } from "../act.ts";
import { opens } from "../asks.ts";

export const QUEUE: Act = {
  name: "queue",
  story:
    "a crowd of longs goes bankrupt and the insurance fund is empty: shorts in profit are taken",
  minutes: 90,
  deposits: { USDC: "900", BTC: "0.2" },
  players: {
    hedger: { cap: "4500" },
    bear: { cap: "3000" },
  },
  policy: { stopShare: 950_000 },
  crisis: { adl: { reduceAtRank: 5, reduceBy: 100_000, pauseMs: 60 * MINUTE, hedge: "reduce" } },
  prices: {
    AVAX: [
      [0, 100],
      [70, 100],
      [80, 80],
    ],
    LINK: [
      [0, 100],
      [70, 100],
      [80, 90],
    ],
  },
  house: {
    ...{ fund: micro(0n), lookMs: MINUTE, seats: 12, longsPerMille: 600 },
    ...{ leverage: [20, 300], stayMs: [100 * MINUTE, 200 * MINUTE] },
  },
  cues: [
    [61, "hedger", "PlaceOrder", opens("short", "avax", "sell", "150", 4)],
    [61.1, "hedger", "PlaceOrder", opens("long", "link", "buy", "390", 4)],
    [61.2, "bear", "PlaceOrder", opens("short", "avax", "sell", "100", 4)],
  ],
};
