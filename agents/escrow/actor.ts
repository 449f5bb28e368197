/** The escrow specialist, ready to run. */
import { defineSpecialist } from "../../src/sdk/define.ts";
import { type EscrowConfig, escrowConfig } from "./config.ts";
import { resumeEscrow } from "./resume.ts";
import { type EscrowMemory, escrowStrategy } from "./strategy.ts";

export const escrow = defineSpecialist<EscrowConfig, EscrowMemory>({
  name: "escrow",
  service: "escrow",
  config: escrowConfig,
  begin: resumeEscrow,
  strategy: escrowStrategy,
  intervalMs: (config) => config.intervalMs,
  wakeOn: [
    "EscrowFunded",
    "EscrowDelivered",
    "EscrowReleased",
    "EscrowRefunded",
    "EscrowFailed",
    "EscrowActFailed",
  ],
});
