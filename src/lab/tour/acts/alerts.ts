/** Maintenance against equity: three alerts, an isolated agent's call, and its cure in the grace. */
import type { Act } from "../act.ts";
import { opens, reduces } from "../asks.ts";

const X20 = { maxLeverage: 20_000_000 };

export const ALERTS: Act = {
  name: "alerts",
  story: "ether, which is the collateral, falls under a fleet that stands in alt coins at 20x",
  minutes: 45,
  deposits: { USDC: "1000", ETH: "1.6" },
  players: {
    ripple: { cap: "1340", ...X20 },
    cardano: { cap: "1340", ...X20 },
    loner: { cap: "650", mode: "isolated", ...X20 },
  },
  policy: {
    zones: { yellow: 600_000, orange: 980_000, red: 990_000, hysteresis: 10_000 },
    stopShare: 990_000,
  },
  // The positions' own stops are for the next act.
  crisis: { alerts: [260_000, 300_000, 340_000], hardStop: 0, softStop: 1 },
  prices: {
    ETH: [
      [0, 100],
      [10, 100],
      [25, 92],
    ],
    ALL: [
      [0, 100],
      [10, 100],
      [25, 97.1],
      [29, 97.1],
      [40, 98.5],
    ],
  },
  cues: [
    [2, "ripple", "PlaceOrder", opens("xrp", "xrp", "buy", "44000", 20)],
    [3, "cardano", "PlaceOrder", opens("ada", "ada", "buy", "45000", 20)],
    [4, "loner", "PlaceOrder", opens("doge", "doge", "buy", "70000", 20)],
    [28, "loner", "PlaceOrder", reduces("half", "doge", "sell", "35000")],
    [35, "ripple", "PlaceOrder", reduces("most", "xrp", "sell", "30000")],
    [35.1, "cardano", "PlaceOrder", reduces("most", "ada", "sell", "30000")],
  ],
};
