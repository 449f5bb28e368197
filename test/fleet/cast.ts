/** The named cast of the law's tests: three agents, two markets, and a policy of round numbers. */
import { type AgentId, agentId, assetId, fleetId, id, marketId } from "../../src/core/ids.ts";
import { micro, parseDecimal, price, qty, units } from "../../src/core/money.ts";
import { percent, ppm } from "../../src/core/ppm.ts";
import { millis } from "../../src/core/time.ts";
import type { MarketPolicy, Policy } from "../../src/protocol/policy.ts";

export const DEMO = fleetId("demo");
export const ALICE: AgentId = agentId("alice");
export const BOB: AgentId = agentId("bob");
export const DORA: AgentId = agentId("dora");
export const BTC_PERP = marketId("btc-perp");
export const ETH_PERP = marketId("eth-perp");
export const ETH = assetId("ETH");
export const named = id;

/** When every story begins: some round moment of 2024. */
export const T0 = millis(1_700_000_000_000);

function decimal(text: string, decimals: number): bigint {
  const value = parseDecimal(text, decimals);
  if (value === undefined) throw new Error(`a test writes a bad number ${text}`);
  return value;
}
export const usd = (text: string) => micro(decimal(text, 6));
export const coins = (text: string) => qty(decimal(text, 8));
export const at = (text: string) => price(decimal(text, 8));
export const unitsOf = (text: string, decimals: number) => units(decimal(text, decimals));

export const TEN_TIMES = ppm(10_000_000);
export const FIVE_TIMES = ppm(5_000_000);

const market = (name: typeof BTC_PERP, base: string, lot: string): MarketPolicy => ({
  market: name,
  base: assetId(base),
  lot: coins(lot),
  tick: at("1"),
  minNotional: usd("10"),
  maxNotional: usd("100000"),
  maxLeverage: TEN_TIMES,
  takerFee: percent(0.1),
  tiers: [
    { upTo: usd("50000"), initial: percent(10), maintenance: percent(5) },
    { upTo: undefined, initial: percent(20), maintenance: percent(10) },
  ],
});

export const POLICY: Policy = {
  markets: [market(BTC_PERP, "BTC", "0.001"), market(ETH_PERP, "ETH", "0.01")],
  assets: [
    { asset: assetId("USDC"), haircut: percent(0), market: undefined },
    { asset: ETH, haircut: percent(20), market: ETH_PERP },
  ],
  zones: { yellow: percent(60), orange: percent(75), red: percent(85), hysteresis: percent(5) },
  dryPowder: percent(10),
  markAgeMaxMs: 10_000,
  markJumpMax: percent(20),
  collar: percent(1),
  stopShare: percent(50),
  protectWithinMs: 5_000,
  answerWithinMs: 3_000,
  closeRetryMs: 2_000,
  raiseDelayMs: 60_000,
  raiseStep: percent(50),
  lendShare: percent(40),
  rate: { perSecond: 10, burst: 20 },
};
