/** Accounts of the escrow specialist: small debts recorded under an agreement, for the fleet to net. */
import { expect, test } from "vitest";
import { escrowConfig } from "../../agents/escrow/config.ts";
import { beginEscrow, escrowStrategy } from "../../agents/escrow/strategy.ts";
import type { AgentView } from "../../src/protocol/views.ts";
import { sampleDelegation, sampleView } from "../../src/sdk/sample-view.ts";
import { bodies, decided } from "./context.ts";

const feed = { party: "out-data-2", amount: "0.1", everyMs: 10_000, note: "a feed" } as const;
const account = [
  { ...feed, direction: "pay" },
  { ...feed, direction: "receive", amount: "0.04", note: "our signals" },
] as const;
const config = escrowConfig.parse({ buy: [], sell: [], jobs: [], account });
const agreement = { party: "out-data-2", group: "out-data-2", everyMs: 60_000, nextAt: 60_000 };
const viewAt = (at: number, part: Partial<AgentView> = {}) =>
  sampleView("escrow", { at, agreements: [agreement], ...part });

test("ESA-022: debts of an account are recorded as often as it says, one by one", () => {
  const first = decided(escrowStrategy, viewAt(1_000), beginEscrow(), config);
  const recorded = bodies(first, "RecordDue");
  expect(recorded).toMatchObject([
    { party: "out-data-2", direction: "pay", amount: "0.1", note: "a feed" },
    { party: "out-data-2", direction: "receive", amount: "0.04", note: "our signals" },
  ]);
  expect(new Set(recorded.map(({ due }) => due)).size).toBe(2);
  const soon = decided(escrowStrategy, viewAt(10_999), first.memory, config);
  expect(bodies(soon, "RecordDue")).toEqual([]);
  const later = decided(escrowStrategy, viewAt(11_000), soon.memory, config);
  expect(bodies(later, "RecordDue")).toHaveLength(2);
});

test("ESA-023: without an agreement, told to reduce or without cash nothing is owed on account", () => {
  const { agreements: _, ...plain } = viewAt(1_000);
  const other = viewAt(1_000, { agreements: [{ ...agreement, party: "shop" }] });
  const reduced = viewAt(1_000, { zone: "orange" });
  for (const view of [plain, other, reduced]) {
    const decision = decided(escrowStrategy, view, beginEscrow(), config);
    expect(bodies(decision, "RecordDue")).toEqual([]);
  }
  const delegation = { ...sampleDelegation("escrow"), available: "0.099999" };
  const poor = decided(escrowStrategy, viewAt(1_000, { delegation }), beginEscrow(), config);
  expect(bodies(poor, "RecordDue")).toMatchObject([{ direction: "receive" }]);
  const just = { ...delegation, available: "0.1" };
  const able = decided(escrowStrategy, viewAt(1_000, { delegation: just }), poor.memory, config);
  expect(bodies(able, "RecordDue")).toMatchObject([{ direction: "pay" }]);
});
