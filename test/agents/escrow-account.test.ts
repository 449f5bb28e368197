/** Accounts of the escrow specialist: small debts recorded under an agreement, for the fleet to net. */
import { expect, test } from "vitest";
import { escrowConfig } from "../../agents/escrow/config.ts";
import { beginEscrow, type EscrowMemory, escrowStrategy } from "../../agents/escrow/strategy.ts";
import type { AgentView } from "../../src/protocol/views.ts";
import type { Outcome } from "../../src/sdk/intent.ts";
import { sampleDelegation, sampleView } from "../../src/sdk/sample-view.ts";
import { bodies, decided, done, refused } from "./context.ts";

const feed = { party: "out-data-2", amount: "0.1", everyMs: 10_000, note: "a feed" } as const;
const account = [
  { ...feed, direction: "pay" },
  { ...feed, direction: "receive", amount: "0.04", note: "our signals" },
] as const;
const config = escrowConfig.parse({ buy: [], sell: [], jobs: [], account });
const deal = { counterparty: "out-data-1", timeoutMs: 60_000, description: "a data set" };
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

test("ESA-032: a debt that was refused is tried again after a while, one that was taken is not", () => {
  const recordedAt = (
    at: number,
    memory: EscrowMemory,
    outcomes: readonly Outcome[] = [],
    part: Partial<AgentView> = {},
  ) => {
    const decision = decided(escrowStrategy, viewAt(at, part), memory, once, { outcomes });
    return { decision, directions: bodies(decision, "RecordDue").map((due) => due.direction) };
  };
  const once = escrowConfig.parse({
    ...{ buy: [], sell: [], jobs: [], coolMs: 5_000 },
    account: account.map((entry) => ({ ...entry, everyMs: 86_400_000 })),
  });
  const { decision: first } = recordedAt(1_000, beginEscrow());
  const [pays, receives] = first.intents;
  if (pays === undefined || receives === undefined) throw new Error("two debts are due");
  const outcomes = [...done([pays]), ...refused([receives], "busy")];
  const { decision: soon, directions } = recordedAt(2_000, first.memory, outcomes);
  expect(directions).toEqual([]);
  expect(recordedAt(7_000, soon.memory).directions).toEqual(["receive"]);
  // One that nobody answered may have been taken: the books tell.
  const unanswered = refused([pays, receives], "unanswered");
  const { party, direction, amount } = account[0];
  const dealt = { escrows: [], dues: [{ party, direction, amount, at: 1_000 }] };
  const again = recordedAt(2_000, first.memory, unanswered, { dealt }).decision.memory;
  expect(recordedAt(7_000, again, [], { dealt }).directions).toEqual(["receive"]);
});

test("ESA-033: deals, jobs and debts of one decision are within what is available together", () => {
  const wants = escrowConfig.parse({
    buy: [{ ...deal, amount: "10" }],
    ...{ sell: [], useShare: 1, account: [account[0]] },
    jobs: [{ kind: "data", brief: "what borrowers pay", amount: "0.05", ttlMs: 60_000 }],
  });
  const asked = (available: string) => {
    const delegation = { ...sampleDelegation("escrow"), cap: available, available };
    const view = viewAt(1_000, { delegation });
    return decided(escrowStrategy, view, beginEscrow(), wants).intents.map((one) => one.command);
  };
  expect(asked("10.15")).toEqual(["OpenEscrow", "PostJob", "RecordDue"]);
  expect(asked("10.149999")).toEqual(["OpenEscrow", "PostJob"]);
  expect(asked("10.049999")).toEqual(["OpenEscrow"]);
  expect(asked("10")).toEqual(["OpenEscrow"]);
});
