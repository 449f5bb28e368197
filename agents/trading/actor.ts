/** The trading specialist, ready to run. */
import { defineSpecialist } from "../../src/sdk/define.ts";
import { type TradingConfig, tradingConfig } from "./config.ts";
import { resumeTrading, type TradingMemory } from "./learn.ts";
import { tradingStrategy } from "./strategy.ts";

export const trading = defineSpecialist<TradingConfig, TradingMemory>({
  name: "trading",
  service: "trading",
  config: tradingConfig,
  begin: resumeTrading,
  strategy: tradingStrategy,
  intervalMs: (config) => config.intervalMs,
  wakeOn: ["PositionClosing", "PositionStopped", "PositionsCrossed", "StopTriggered"],
});
