/** A call in rough weather and a narrow market: the reserve before what is dearer, and the rest a part at a time. */
import type { Act } from "../act.ts";
import { opens } from "../asks.ts";

export const NARROW: Act = {
  name: "narrow",
  story: "ether swings and falls; its book takes a little at a time, so the reserve goes first",
  minutes: 30,
  deposits: { USDC: "10000" },
  players: { ether: { cap: "8800" } },
  policy: {
    zones: { yellow: 700_000, orange: 845_000, red: 850_000, hysteresis: 20_000 },
    ...{ dryPowder: 100_000, stopShare: 950_000 },
  },
  crisis: {
    ...{ targetUtilization: 550_000, powderCost: 1_000 },
    distress: { chance: 300_000, shock: 30_000 },
    pace: { depth: 20_000, everyMs: 60_000 },
    volatility: { target: 2_000_000, sampleMs: 30_000, windowMs: 600_000, step: 50_000 },
  },
  markets: { "eth-perp": { depth: "200000", halfSpread: 0 } },
  prices: {
    ETH: [
      [0, 100],
      [4, 100],
      [5, 98.5],
      [6, 99.2],
      [7, 97.3],
      [8, 97.5],
    ],
  },
  cues: [[1, "ether", "PlaceOrder", opens("eth", "eth", "buy", "12.3", 5)]],
};
