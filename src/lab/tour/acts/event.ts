/** Before an announced event, and in wild weather: less may be opened. */
import { MINUTE } from "../../../core/time.ts";
import { EPOCH } from "../../time.ts";
import type { Act, Course } from "../act.ts";
import { opens } from "../asks.ts";

const zigzag: Course = Array.from({ length: 31 }, (_, i) => [100 + i, i % 2 === 0 ? 100 : 101.5]);

export const EVENT: Act = {
  name: "event",
  story: "a rate decision at minute 60, and a market that jumps to and fro from minute 100 on",
  minutes: 180,
  deposits: { USDC: "10000" },
  players: { trader: { cap: "6000" } },
  crisis: {
    reserveRatio: 100_000,
    calendar: [
      {
        ...{ name: "rate decision", at: EPOCH + 60 * MINUTE, beforeMs: 30 * MINUTE },
        ...{ afterMs: 15 * MINUTE, maxLeverage: 2_000_000, buffer: 700_000 },
      },
    ],
    volatility: { target: 1_500_000, sampleMs: MINUTE, windowMs: 15 * MINUTE, step: 200_000 },
  },
  prices: { AVAX: [[0, 100], [99, 100], ...zigzag, [131, 100]] },
  cues: [
    [20, "trader", "PlaceOrder", opens("early", "avax", "buy", "50", 4)],
    [40, "trader", "PlaceOrder", opens("bold", "avax", "buy", "50", 4)],
    [41, "trader", "PlaceOrder", opens("large", "link", "buy", "500", 2)],
    [42, "trader", "PlaceOrder", opens("small", "link", "buy", "100", 2)],
    [80, "trader", "PlaceOrder", opens("late", "link", "buy", "100", 4)],
    [125, "trader", "PlaceOrder", opens("wild", "avax", "buy", "50", 4)],
    [175, "trader", "PlaceOrder", opens("calm", "avax", "buy", "50", 4)],
  ],
};
