/** The casino specialist, ready to run, with Node's own hashes for the proofs. */
import { createHash, createHmac } from "node:crypto";
import type { Hashes } from "../../src/protocol/fair.ts";
import { defineSpecialist } from "../../src/sdk/define.ts";
import { type CasinoConfig, casinoConfig } from "./config.ts";
import { type CasinoMemory, casinoStrategy, resumeCasino } from "./strategy.ts";

const hashes: Hashes = {
  sha256: (text) => createHash("sha256").update(text, "utf8").digest("hex"),
  hmacSha256: (key, message) => createHmac("sha256", key).update(message, "utf8").digest("hex"),
};

export const casino = defineSpecialist<CasinoConfig, CasinoMemory>({
  name: "casino",
  service: "casino",
  config: casinoConfig,
  begin: resumeCasino,
  strategy: casinoStrategy(hashes),
  intervalMs: (config) => config.intervalMs,
  wakeOn: ["BetSettled", "BetFailed", "SeedRevealed"],
});
