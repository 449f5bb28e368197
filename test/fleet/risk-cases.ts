/** Stories of what is refused for the fleet's risk: value at risk over its limit, and frozen delegations. */
import { percent } from "../../src/core/ppm.ts";
import type { RegimeFacts, RiskEstimate } from "../../src/protocol/risk-facts.ts";
import { ALICE, BOB, POLICY, usd } from "./cast.ts";
import type { Case } from "./rejection-cases.ts";
import { type Draft, inner, ops, type Step } from "./spec.ts";
import { configured, deposited, enrolled, granted, marks, order } from "./steps.ts";

const CALM: RegimeFacts = {
  regime: "normal",
  alarm: false,
  reason: "calm",
  marketAt: 0,
  averageCorrelation: percent(60),
  worstDay: percent(-1),
  volatilityRatio: percent(100),
  strain: percent(20),
  pair: "BTC/ETH",
  observations: 30,
  falseAlarmRate: percent(5),
};
/** What the desk says of the weather. */
export const weather = (facts: Partial<RegimeFacts>): Draft =>
  inner("SetRegime", { ...CALM, ...facts });
export const alarm: Draft = weather({ alarm: true, regime: "sell-off", reason: "BTC/ETH" });
export const clear: Draft = weather({});

/** The usual fleet with a limit of a tenth of its 10,000 USDC on the value at risk. */
export const limited: readonly Step[] = [
  configured({ ...POLICY, varLimit: percent(10) }, "var"),
  ...[deposited("10000"), marks("10000"), enrolled(ALICE), granted(ALICE)],
];
export const estimated = (before: string, after: string): RiskEstimate => ({
  measure: "historical 99 % 1 d",
  varBefore: usd(before),
  varAfter: usd(after),
});
/** An order with what the desk estimated for it. */
export const risky = (before: string, after: string, name = "o1"): Draft => ({
  ...order(ALICE, name),
  estimate: estimated(before, after),
});

export const RISK_CASES: readonly Case[] = [
  ["frozen", [...limited, enrolled(BOB), alarm], granted(BOB, { cap: "100" }), "sell-off"],
  ["frozen", [...limited, alarm], ops("Raise", { agent: "alice", cap: "2100" }), "sell-off"],
  [
    "var_exceeded",
    limited,
    risky("900", "1000.000001"),
    "historical 99 % 1 d: 900 before, 1000.000001 after, allowed 1000",
  ],
  ["var_exceeded", limited, order(ALICE, "o1"), "it cannot be measured now"],
];
