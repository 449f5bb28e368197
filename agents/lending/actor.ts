/** The lending specialist, ready to run. */
import { defineSpecialist } from "../../src/sdk/define.ts";
import { type LendingConfig, lendingConfig } from "./config.ts";
import { beginLending, type LendingMemory, lendingStrategy } from "./strategy.ts";

export const lending = defineSpecialist<LendingConfig, LendingMemory>({
  name: "lending",
  service: "lending",
  config: lendingConfig,
  begin: beginLending,
  strategy: lendingStrategy,
  intervalMs: (config) => config.intervalMs,
  wakeOn: ["LoanOpened", "LoanCollateral", "LoanReturned", "LoanFailed"],
});
