/** A call in which a book runs thin: the dear order waits after the grace, as long as the rules let it. */
import type { Act } from "../act.ts";
import { opens } from "../asks.ts";

const THIN = { depth: "200000", halfSpread: 0 };

export const PATIENCE: Act = {
  name: "patience",
  story: "bitcoin falls and swings under two agents alike; ether, which the other holds, stands",
  minutes: 40,
  deposits: { USDC: "10000" },
  players: { bitcoin: { cap: "4500" }, ether: { cap: "4500" } },
  policy: {
    zones: { yellow: 700_000, orange: 845_000, red: 850_000, hysteresis: 20_000 },
    stopShare: 950_000,
  },
  crisis: {
    targetUtilization: 550_000,
    volatility: { target: 2_000_000, sampleMs: 30_000, windowMs: 600_000, step: 50_000 },
    patience: {
      ...{ withinMs: 600_000, recovery: 1_000_000, premium: 100_000 },
      ...{ shock: 30_000, most: 900_000 },
    },
  },
  markets: { "btc-perp": THIN, "eth-perp": THIN },
  prices: {
    BTC: [
      [0, 100],
      [4, 100],
      [5, 98.5],
      [6, 99.2],
      [7, 97.3],
      [8, 97.5],
    ],
  },
  cues: [
    [1, "bitcoin", "PlaceOrder", opens("btc", "btc", "buy", "0.3", 5)],
    [1.5, "ether", "PlaceOrder", opens("eth", "eth", "buy", "6.1", 5)],
  ],
};
