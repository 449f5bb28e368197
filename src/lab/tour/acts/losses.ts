/** Losses that are remembered: an agent's, and the fleet's. */
import type { Act } from "../act.ts";
import { opens } from "../asks.ts";

export const LOSSES: Act = {
  name: "losses",
  story:
    "what was lost from the highest: caps shrink, a floor holds, and at last all openings shut",
  minutes: 60,
  deposits: { USDC: "6000", ETH: "1" },
  players: {
    climber: { cap: "2000" },
    gambler: { cap: "1500", floor: "1460" },
    idle: { cap: "4800" },
  },
  policy: { stopShare: 950_000, dryPowder: 50_000 },
  crisis: {
    drawdownLadder: [
      { drawdown: 100_000, keeps: 700_000 },
      { drawdown: 200_000, keeps: 500_000 },
    ],
    trailingStop: 80_000,
    trailingReduce: 300_000,
    volatility: { target: 5_000_000 },
  },
  prices: {
    ETH: [
      [0, 100],
      [30, 96],
    ],
    ALL: [
      [0, 100],
      [10, 103],
      [40, 94],
    ],
  },
  cues: [
    [2, "climber", "PlaceOrder", opens("avax", "avax", "buy", "110", 4)],
    [2.1, "gambler", "PlaceOrder", opens("link", "link", "buy", "200", 4)],
    [45, "climber", "PlaceOrder", opens("more", "avax", "buy", "10", 4)],
  ],
};
