/** A fleet whose plans are paced, and steps of such plans. */
import { ZERO } from "../../src/core/money.ts";
import { ppm } from "../../src/core/ppm.ts";
import { millis } from "../../src/core/time.ts";
import type { LiquidationStep } from "../../src/protocol/crisis-facts.ts";
import type { CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import { ALICE, BTC_PERP, coins, T0, usd } from "./cast.ts";
import { CALLS, crisisFleet, crisisPolicy } from "./crisis-cast.ts";
import { given } from "./spec.ts";

export const EVERY = 10_000;
export const pace = { depth: ppm(500_000), everyMs: EVERY };
/** Half of 1,000 USDC in ten seconds: 0.05 BTC at 10,000, and half an ether. */
export const RULES: CrisisPolicy = { ...CALLS, depth: usd("1000"), permanentShare: ppm(0), pace };
const { pace: _, ...free } = RULES;
export const FREE: CrisisPolicy = free;
export const HALVES: readonly CrisisPolicy[] = [
  { ...RULES, pace: { ...pace, depth: ppm(0) } },
  { ...RULES, pace: { ...pace, everyMs: 0 } },
];

export const fleet = (crisis: CrisisPolicy = RULES) =>
  given(...crisisFleet(crisisPolicy(crisis), "1000", [ALICE, { cap: "950" }])).state;
export const step = (
  side: "buy" | "sell",
  size: string,
  more: Partial<LiquidationStep> = {},
): LiquidationStep => ({
  ...{ kind: "reduce", of: ALICE, market: BTC_PERP, side, qty: coins(size) },
  ...{ frees: ZERO, cost: ZERO, reason: "cheapest", because: "" },
  ...more,
});
export const at = (ms: number) => millis(T0 + ms);
