/** The escrow specialist started again: what it had opened and recorded is not done once more. */
import { expect, test } from "vitest";
import { escrowConfig } from "../../agents/escrow/config.ts";
import { resumeEscrow } from "../../agents/escrow/resume.ts";
import { escrowStrategy } from "../../agents/escrow/strategy.ts";
import type { AgentView, EscrowView } from "../../src/protocol/views.ts";
import { sampleView } from "../../src/sdk/sample-view.ts";
import { bodies, decided } from "./context.ts";

const deal = (counterparty: string) => ({
  ...{ counterparty, amount: "10", timeoutMs: 60_000, description: "data for a test" },
});
const config = escrowConfig.parse({
  buy: [deal("out-a"), deal("out-b")],
  sell: [deal("out-c")],
  ...{ everyMs: 5_000, jobs: [] },
  account: [
    { party: "shop", direction: "pay", amount: "0.1", everyMs: 10_000, note: "a feed" },
    { party: "shop", direction: "receive", amount: "0.1", everyMs: 10_000, note: "signals" },
  ],
});
const bought: EscrowView = {
  ...{ escrow: "e-1", role: "pay", counterparty: "out-a", amount: "10", phase: "funded" },
  ...{ description: "data for a test", referrer: "", referee: "", expiresAt: 0, pending: "" },
};
const viewAt = (at: number, part: Partial<AgentView> = {}) =>
  sampleView("escrow", { at, escrows: [bought], ...part });
const openedAt = (at: number, memory = resumeEscrow(viewAt(1_000), config)) =>
  bodies(decided(escrowStrategy, viewAt(at), memory, config), "OpenEscrow");

test("ESA-026: started again, it leaves the deal that is open its time, and then takes the next one", () => {
  expect(openedAt(1_000).map(({ counterparty }) => counterparty)).toEqual(["out-c"]);
  expect(openedAt(6_000).map(({ counterparty }) => counterparty)).toEqual(["out-b", "out-c"]);
  const over = { escrows: [{ ...bought, phase: "released" as const }] };
  const fresh = resumeEscrow(viewAt(1_000, over), config);
  expect(openedAt(1_000, fresh)[0]?.counterparty).toBe("out-a");
});

test("ESA-027: started again, it records no debt anew that stands in its view", () => {
  const agreements = [{ party: "shop", group: "shop", everyMs: 60_000, nextAt: 0 }];
  const dues = [{ due: "d-1", party: "shop", direction: "pay" as const, amount: "0.1" }];
  const view = viewAt(1_000, { agreements, dues });
  const memory = resumeEscrow(view, config);
  const recorded = bodies(decided(escrowStrategy, view, memory, config), "RecordDue");
  expect(recorded.map(({ direction }) => direction)).toEqual(["receive"]);
  const later = { ...view, at: 11_000 };
  expect(bodies(decided(escrowStrategy, later, memory, config), "RecordDue")).toHaveLength(2);
});
