/** Two markets that rise or fall steadily, and the trading strategy's memory of them. */
import { type TradingConfig, tradingConfig } from "../../agents/trading/config.ts";
import { beginTrading, type TradingMemory } from "../../agents/trading/learn.ts";
import { tradingStrategy } from "../../agents/trading/strategy.ts";
import type { AgentView, PositionView } from "../../src/protocol/views.ts";
import { sampleMarket, sampleView } from "../../src/sdk/sample-view.ts";
import { bodies, decided } from "./context.ts";

export const MARKETS = ["btc-perp", "eth-perp"];
export const configOf = (more: object = {}): TradingConfig =>
  tradingConfig.parse({
    markets: MARKETS,
    intervalMs: 1_000,
    holdMs: 5_000,
    bookVol: 0.65,
    ...more,
  });

const START: Readonly<Record<string, number>> = { "btc-perp": 60_000, "eth-perp": 3_000 };
export const viewAt = (at: number, rise: number, part: Partial<AgentView> = {}): AgentView =>
  sampleView("trading", {
    at,
    markets: MARKETS.map((id) => {
      const mark = ((START[id] ?? 1) * Math.exp((rise * at) / 1_000)).toFixed(2);
      return sampleMarket(id, mark, at);
    }),
    ...part,
  });

/** Memory after so many samples of a steady rise (per sample, as a fraction). */
export function warmed(samples: number, rise: number, config = configOf()): TradingMemory {
  let memory = beginTrading();
  for (let i = 1; i <= samples; i++) {
    const view = viewAt(i * 1_000, rise);
    memory = { ...decided(tradingStrategy, view, memory, config).memory, changedAt: {} };
  }
  return memory;
}

export const position = (
  market: string,
  qty: string,
  more: Partial<PositionView> = {},
): PositionView => ({
  market,
  phase: "protected",
  qty,
  entry: "0",
  mark: "0",
  margin: "0",
  unrealized: "0",
  stop: "0",
  ...more,
});

/** Per sample: a slow rise, and one that shows after a handful. */
export const RISE = 0.00003;
export const STEEP = 0.0002;
export const ordersOf = (view: AgentView, memory: TradingMemory, config = configOf()) =>
  bodies(decided(tradingStrategy, view, memory, config), "PlaceOrder");
