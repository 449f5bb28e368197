/** Caps that follow records: what one earns and another loses moves what each is lent. */
import { MINUTE } from "../../../core/time.ts";
import type { Act, Course } from "../act.ts";
import { opens } from "../asks.ts";

const minutes = Array.from({ length: 61 }, (_, i) => i);
/** To and fro around a slope, so that a record has a spread. */
const slope = (perMinute: number, swing: number): Course =>
  minutes.map((i) => [i, 100 + perMinute * i + (i % 2 === 0 ? swing : -swing)]);

export const CAPS: Act = {
  name: "caps",
  story: "an hour in which every minute is a period: one agent earns steadily, another loses",
  minutes: 60,
  deposits: { USDC: "10000" },
  players: { able: { cap: "2500" }, unlucky: { cap: "2500" }, third: { cap: "2500" } },
  policy: { raiseDelayMs: 2 * MINUTE, stopShare: 950_000, raiseStep: 500_000 },
  crisis: {
    reallocate: {
      ...{ periodMs: MINUTE, keep: 60, every: 15, least: 20 },
      ...{ cap: 600_000, horizonMs: 30 * MINUTE },
    },
  },
  prices: { AVAX: slope(0.05, 0.05), LINK: slope(-0.04, 0.06), DOGE: slope(0.001, 0.05) },
  cues: [
    [2, "able", "PlaceOrder", opens("avax", "avax", "buy", "100", 4)],
    [2.1, "unlucky", "PlaceOrder", opens("link", "link", "buy", "250", 4)],
    [2.2, "third", "PlaceOrder", opens("doge", "doge", "buy", "25000", 4)],
    [55, "operator", "Reallocate", { dryRun: true }],
  ],
};
