/** What is done about a single position: told, topped up from two purses, closed. */
import type { Act } from "../act.ts";
import { opens, reduces } from "../asks.ts";

const X20 = { maxLeverage: 20_000_000 };

export const STOPS: Act = {
  name: "stops",
  story: "four positions at 20x in four coins, each with another purse behind it",
  minutes: 60,
  deposits: { USDC: "6000" },
  players: {
    // Has something left of its delegation.
    saver: { cap: "900", ...X20 },
    // Has nothing left, and shares the fleet's margin: the reserve stands behind it.
    friend: { cap: "637", ...X20 },
    // Has nothing left, and is on its own.
    alone: { cap: "645", mode: "isolated", ...X20 },
    lucky: { cap: "645", mode: "isolated", ...X20 },
  },
  policy: { dryPowder: 150_000, stopShare: 980_000 },
  crisis: { topUp: 1_600_000, callAt: 1_000_000, targetMaintenance: 900_000 },
  prices: {
    XRP: [
      [0, 100],
      [10, 100],
      [20, 98],
      [30, 99.5],
    ],
    ADA: [
      [0, 100],
      [10, 100],
      [20, 97.8],
      [30, 99.5],
    ],
    DOGE: [
      [0, 100],
      [10, 100],
      [25, 97.4],
    ],
    AVAX: [
      [0, 100],
      [10, 100],
      [20, 97.9],
      [30, 99.5],
    ],
  },
  cues: [
    [2, "saver", "PlaceOrder", opens("xrp", "xrp", "buy", "21000", 20)],
    [2.1, "friend", "PlaceOrder", opens("ada", "ada", "buy", "21500", 20)],
    [2.2, "alone", "PlaceOrder", opens("doge", "doge", "buy", "69000", 20)],
    [2.3, "lucky", "PlaceOrder", opens("avax", "avax", "buy", "270", 20)],
    [35, "friend", "PlaceOrder", reduces("half", "ada", "sell", "10000")],
  ],
};
