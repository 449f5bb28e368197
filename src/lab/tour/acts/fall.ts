/** The fall of 12 April 2024 as it was: zones, loans, crossing, a call, its grace, and its plan. */
import type { Act } from "../act.ts";
import { lends, opens } from "../asks.ts";

export const FALL: Act = {
  name: "fall",
  story: "12 April 2024, 17:00 UTC: three alt coins fall by a sixth, and nobody sells by himself",
  minutes: 140,
  deposits: { USDC: "10000" },
  players: {
    bull: { cap: "6000" },
    bear: { cap: "1200" },
    lender: { cap: "600", services: ["lending"], maxLeverage: 1_000_000, priority: 4 },
  },
  policy: {
    zones: { yellow: 600_000, orange: 660_000, red: 690_000, hysteresis: 20_000 },
    stopShare: 950_000,
  },
  crisis: {
    targetUtilization: 580_000,
    volatility: { target: 1_000_000, sampleMs: 60_000, windowMs: 3_600_000, step: 250_000 },
    distress: { chance: 300_000, shock: 30_000 },
    fewerOrders: 30_000,
  },
  prices: { from: "2024-04-12T17:00:00Z" },
  cues: [
    [0.5, "lender", "OpenLoan", lends("a-day", "540", 86_400_000)],
    [0.6, "lender", "OpenLoan", lends("minutes", "60", 180_000)],
    [1, "bull", "PlaceOrder", opens("avax", "avax", "buy", "170", 5)],
    [1.1, "bull", "PlaceOrder", opens("link", "link", "buy", "450", 5)],
    [1.2, "bear", "PlaceOrder", opens("avax", "avax", "sell", "12", 3)],
    [1.3, "bull", "PlaceOrder", opens("doge", "doge", "buy", "40000", 5)],
    [70, "bull", "PlaceOrder", opens("more", "avax", "buy", "10", 5)],
  ],
};
