/** The venue's own margin runs out: it liquidates, and its insurance fund pays what is below zero. */
import { micro } from "../../../core/money.ts";
import { MINUTE } from "../../../core/time.ts";
import type { Act } from "../act.ts";
import { opens } from "../asks.ts";

export const FUND: Act = {
  name: "fund",
  story: "the wallet is rich in bitcoin, but the venue counts only its dollars, and a coin gaps",
  minutes: 40,
  deposits: { USDC: "600", BTC: "0.2" },
  players: { bull: { cap: "3500" } },
  policy: { stopShare: 990_000 },
  crisis: { adl: {} },
  prices: {
    DOGE: [
      [0, 100],
      [20, 100],
      [21, 85],
      [22, 84],
    ],
  },
  house: { fund: micro(50_000_000_000n), lookMs: MINUTE, seats: 3 },
  cues: [[2, "bull", "PlaceOrder", opens("doge", "doge", "buy", "66000", 4)]],
};
