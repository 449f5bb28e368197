/** What the escrow agent's config may say. */
import { expect, test } from "vitest";
import { escrowConfig } from "../../agents/escrow/config.ts";

const deal = (amount: string, counterparty = "out-a") => ({
  counterparty,
  amount,
  timeoutMs: 60_000,
  description: "data for a test",
});

test("ESA-012: its config is strict", () => {
  expect(escrowConfig.safeParse({}).success).toBe(true);
  expect(escrowConfig.safeParse({ buy: [deal("5")] }).success).toBe(true);
  for (const bad of [
    { buy: [deal("0")] },
    { buy: [deal("-5")] },
    { buy: [deal("1.0000001")] },
    { buy: [deal("1", "out a")] },
    { maxOpen: -1 },
    { dispute: "always" },
    { sells: [] },
  ]) {
    expect(escrowConfig.safeParse(bad).success).toBe(false);
  }
});
