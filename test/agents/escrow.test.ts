/** The escrow strategy: it pays and gets paid, acts when it is its turn, and leaves late ones to time. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { escrowConfig } from "../../agents/escrow/config.ts";
import { beginEscrow, escrowStrategy } from "../../agents/escrow/strategy.ts";
import { DAY } from "../../src/core/time.ts";
import type { JobView } from "../../src/protocol/job-views.ts";
import type { AgentView, EscrowView } from "../../src/protocol/views.ts";
import { sampleDelegation, sampleView } from "../../src/sdk/sample-view.ts";
import { bodies, decided, refused } from "./context.ts";

const deal = (counterparty: string, amount: string) => ({
  counterparty,
  amount,
  timeoutMs: 60_000,
  description: "data for a test",
});
const configOf = (more: object = {}) =>
  escrowConfig.parse({
    buy: [deal("out-a", "10"), deal("out-b", "20")],
    sell: [deal("out-c", "30")],
    everyMs: 5_000,
    maxOpen: 2,
    jobs: [],
    ...more,
  });
const config = configOf();
const buying = configOf({ sell: [] });

const viewAt = (at: number, escrows: readonly EscrowView[] = [], part: Partial<AgentView> = {}) =>
  sampleView("escrow", {
    ...{ at, escrows },
    holdings: ["USDC", "ETH"].map((asset) => ({ asset, wallet: "1", lent: "0" })),
    ...part,
  });
const held = (
  role: EscrowView["role"],
  phase: EscrowView["phase"],
  more: Partial<EscrowView> = {},
): EscrowView => ({
  escrow: `e-${role}-${phase}`,
  role,
  phase,
  counterparty: "out-a",
  amount: "10",
  ...{ description: "x", referrer: "", referee: "", expiresAt: 0 },
  pending: "",
  ...more,
});
const openingsOf = (view: AgentView, given = config) =>
  bodies(decided(escrowStrategy, view, beginEscrow(), given), "OpenEscrow");

test("ESA-001: it opens one of each role, as its config says", () => {
  expect(openingsOf(viewAt(1_000))).toEqual([
    { escrow: "e-escrow-1000-1", role: "pay", ...deal("out-a", "10") },
    { escrow: "e-escrow-1000-2", role: "earn", ...deal("out-c", "30") },
  ]);
});

test("ESA-002: deals of a list take turns, and wait between two", () => {
  const first = decided(escrowStrategy, viewAt(0), beginEscrow(), buying);
  expect(decided(escrowStrategy, viewAt(4_999), first.memory, buying).intents).toEqual([]);
  const second = decided(escrowStrategy, viewAt(5_000), first.memory, buying);
  expect(bodies(second, "OpenEscrow")[0]?.counterparty).toBe("out-b");
  const third = decided(escrowStrategy, viewAt(10_000), second.memory, buying);
  expect(bodies(third, "OpenEscrow")[0]?.counterparty).toBe("out-a");
});

test("ESA-003: it keeps no more open than its bound; what is over does not count", () => {
  const two = [held("pay", "funded"), held("pay", "requested")];
  expect(openingsOf(viewAt(0, two), buying)).toEqual([]);
  const over = [held("pay", "funded"), held("pay", "released"), held("pay", "refunded")];
  expect(openingsOf(viewAt(0, over), buying)).toHaveLength(1);
});

test("ESA-004: it delivers when it is funded and releases when it was delivered to", () => {
  const escrows = [
    held("earn", "funded"),
    held("pay", "delivered"),
    held("pay", "funded"),
    held("earn", "delivered"),
    held("earn", "requested"),
    held("pay", "disputed"),
  ];
  const { intents } = decided(
    escrowStrategy,
    viewAt(0, escrows),
    beginEscrow(),
    configOf({ maxOpen: 0 }),
  );
  expect(intents).toEqual([
    { command: "DeliverEscrow", body: { escrow: "e-earn-funded" } },
    { command: "ReleaseEscrow", body: { escrow: "e-pay-delivered" } },
  ]);
});

test("ESA-005: an act that the venue has not confirmed is not repeated", () => {
  const escrows = [
    held("earn", "funded", { pending: "DeliverEscrow" }),
    held("pay", "delivered", { pending: "ReleaseEscrow" }),
  ];
  const given = configOf({ maxOpen: 0 });
  expect(decided(escrowStrategy, viewAt(0, escrows), beginEscrow(), given).intents).toEqual([]);
});

test("ESA-006: undelivered, it waits for the timeout; configured to, it disputes what is late", () => {
  const escrows = [held("pay", "funded"), held("earn", "delivered")];
  for (const dispute of ["never", "late"] as const) {
    const given = configOf({ maxOpen: 0, dispute, disputeAfterMs: 10_000 });
    const first = decided(escrowStrategy, viewAt(0, escrows), beginEscrow(), given);
    const early = decided(escrowStrategy, viewAt(9_999, escrows), first.memory, given);
    expect(early.intents).toEqual([]);
    const late = decided(escrowStrategy, viewAt(10_000, escrows), early.memory, given);
    const reasons = bodies(late, "DisputeEscrow").map(({ reason }) => reason);
    expect(reasons).toEqual(
      dispute === "never" ? [] : ["not delivered in time", "delivered and not released"],
    );
  }
});

test("ESA-007: the wait for a dispute begins anew in each phase", () => {
  const given = configOf({ maxOpen: 0, dispute: "late", disputeAfterMs: 10_000 });
  const named = (phase: EscrowView["phase"]) => [held("earn", phase, { escrow: "e-1" })];
  const first = decided(escrowStrategy, viewAt(0, named("funded")), beginEscrow(), given);
  const then = decided(escrowStrategy, viewAt(9_000, named("delivered")), first.memory, given);
  const later = decided(escrowStrategy, viewAt(12_000, named("delivered")), then.memory, given);
  expect(later.intents).toEqual([]);
});

test("ESA-008: told to reduce it opens nothing, and still ends what is open", () => {
  const escrows = [held("earn", "funded"), held("pay", "delivered")];
  for (const part of [{ mode: "reduce" }, { zone: "orange" }, { zone: "red" }] as const) {
    const decision = decided(escrowStrategy, viewAt(0, escrows, part), beginEscrow(), config);
    expect(decision.intents.map(({ command }) => command)).toEqual([
      "DeliverEscrow",
      "ReleaseEscrow",
    ]);
    const idle = decided(escrowStrategy, viewAt(0, [], part), beginEscrow(), config);
    expect(idle.rest).toBeDefined();
  }
});

test("ESA-009: a refused deal is left alone for a while, and the next takes its turn", () => {
  const given = configOf({ sell: [], everyMs: 0, coolMs: 20_000 });
  const first = decided(escrowStrategy, viewAt(0), beginEscrow(), given);
  const outcomes = refused(first.intents, "insufficient_cash");
  let memory = decided(escrowStrategy, viewAt(1_000), first.memory, given, { outcomes }).memory;
  for (let at = 2_000; at < 20_000; at += 1_000) {
    const decision = decided(escrowStrategy, viewAt(at), memory, given);
    expect(bodies(decision, "OpenEscrow").map((body) => body.counterparty)).toEqual(["out-b"]);
    memory = decision.memory;
  }
  const again = decided(escrowStrategy, viewAt(21_000), memory, given);
  expect(bodies(again, "OpenEscrow")[0]?.counterparty).toBe("out-a");
});

test("ESA-010: named in its config, the referrer goes with every escrow", () => {
  const [pay, earn] = openingsOf(viewAt(0), configOf({ referrer: "fleet-self" }));
  expect([pay?.referrer, earn?.referrer]).toEqual(["fleet-self", "fleet-self"]);
});

test("ESA-013: what is held counts against the share of the cap, and a smaller deal may still fit", () => {
  const delegation = { ...sampleDelegation("escrow"), cap: "100", available: "90" };
  const given = configOf({ sell: [], useShare: 0.25 });
  const open = [held("pay", "funded")];
  expect(openingsOf(viewAt(0, open, { delegation }), given)[0]?.amount).toBe("10");
  const more = [held("pay", "funded", { amount: "16" })];
  expect(openingsOf(viewAt(0, more, { delegation }), given)).toEqual([]);
});

test("ESA-011: always purchases are within what is available and within their share of the cap", () => {
  const money = fc.integer({ min: 0, max: 100_000_000 }).map((micros) => String(micros / 1e6));
  fc.assert(
    fc.property(
      money,
      money,
      money,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 2 }),
      (cap, available, amount, useShare, open) => {
        fc.pre(Number(amount) > 0);
        const given = configOf({ buy: [deal("out-a", amount)], sell: [], useShare });
        const delegation = { ...sampleDelegation("escrow"), cap, available };
        const escrows = Array.from({ length: open }, (_, i) =>
          held("pay", "funded", { escrow: `e-${i}` }),
        );
        for (const body of openingsOf(viewAt(0, escrows, { delegation }), given)) {
          expect(Number(body.amount)).toBeLessThanOrEqual(Number(available));
          const most = Number(cap) * useShare + 1e-6;
          expect(Number(body.amount) + 10 * open).toBeLessThanOrEqual(most);
          expect(open).toBeLessThan(given.maxOpen);
        }
      },
    ),
  );
});

const job = { kind: "data", brief: "what borrowers pay", amount: "0.5", ttlMs: 9_000 } as const;
const paying = configOf({ buy: [], sell: [], jobs: [job, { ...job, kind: "signal" }] });
const seen = (part: Partial<JobView> = {}): JobView => ({
  ...{ by: "escrow", job: "j-1", ...job, phase: "posted", taker: "", result: "", expiresAt: 9 },
  ...part,
});

test("ESA-020: it offers work in turn, one at a time, and pays for what was delivered", () => {
  const first = decided(escrowStrategy, viewAt(1_000), beginEscrow(), paying);
  expect(bodies(first, "PostJob")).toMatchObject([{ kind: "data", amount: "0.5" }]);
  const waiting = viewAt(99_000, [], { jobs: [seen({ phase: "taken", taker: "lending" })] });
  expect(decided(escrowStrategy, waiting, first.memory, paying).intents).toEqual([]);
  const done = viewAt(2_000, [], { jobs: [seen({ phase: "delivered", result: "ETH 2.40 %" })] });
  const after = decided(escrowStrategy, done, first.memory, paying);
  expect(bodies(after, "AcceptJob")).toEqual([{ job: "j-1" }]);
  const later = decided(escrowStrategy, viewAt(99_000), first.memory, paying);
  expect(bodies(later, "PostJob")).toMatchObject([{ kind: "signal" }]);
});

test("ESA-021: what says nothing is refused, others' jobs are left alone, and nobody is promised more than there is", () => {
  const empty = viewAt(2_000, [], { jobs: [seen({ phase: "delivered", result: " " })] });
  const decision = decided(escrowStrategy, empty, beginEscrow(), paying);
  const reason = "it does not say what a job of kind data is for";
  expect(bodies(decision, "RejectJob")).toEqual([{ job: "j-1", reason }]);
  const others = viewAt(2_000, [], { jobs: [seen({ by: "trading", phase: "delivered" })] });
  expect(bodies(decided(escrowStrategy, others, beginEscrow(), paying), "RejectJob")).toEqual([]);
  const delegation = { ...sampleDelegation("escrow"), available: "0.49" };
  const poor = viewAt(2_000, [], { delegation });
  expect(bodies(decided(escrowStrategy, poor, beginEscrow(), paying), "PostJob")).toEqual([]);
  const reduced = viewAt(2_000, [], { zone: "orange" });
  expect(bodies(decided(escrowStrategy, reduced, beginEscrow(), paying), "PostJob")).toEqual([]);
});

test("ESA-015: it has its referrer registered once, and one that was refused again after a while", () => {
  const config = configOf({ registers: "fleet", buy: [], sell: [], jobs: [] });
  const wish = { command: "RegisterReferrer", body: { referrer: "fleet" } };
  const first = decided(escrowStrategy, viewAt(0), beginEscrow(), config);
  expect(first.intents).toEqual([wish]);
  const referrer = { referrer: "fleet", phase: "requested" } as const;
  const known = decided(escrowStrategy, viewAt(60_000, [], { referrer }), first.memory, config);
  expect(known.intents).toEqual([]);
  const soon = decided(escrowStrategy, viewAt(29_999), first.memory, config);
  expect(soon.intents).toEqual([]);
  const late = decided(escrowStrategy, viewAt(30_000), first.memory, config);
  expect(late.intents).toEqual([wish]);
  // Refused again it waits twice as long each time, and never more than a day.
  const after = (at: number, { memory } = late) =>
    decided(escrowStrategy, viewAt(at), memory, config);
  expect(after(89_999).intents).toEqual([]);
  const third = after(90_000);
  expect(third.intents).toEqual([wish]);
  expect(after(209_999, third).intents).toEqual([]);
  let asked = third;
  for (let day = 1; day <= 20; day += 1) asked = after(90_000 + day * DAY, asked);
  expect(asked.intents).toEqual([wish]);
  const reduced = viewAt(0, [], { mode: "reduce" });
  expect(decided(escrowStrategy, reduced, beginEscrow(), config).intents).toEqual([]);
  const none = configOf({ buy: [], sell: [], jobs: [] });
  expect(decided(escrowStrategy, viewAt(0), beginEscrow(), none).intents).toEqual([]);
});

test("ESA-034: what a busy coordinator did not take is asked for at the next look, what nobody answered is not", () => {
  const job = { kind: "data", brief: "rates", amount: "1", ttlMs: 60_000 };
  const both = configOf({ jobs: [job], jobEveryMs: 5_000 });
  const first = decided(escrowStrategy, viewAt(0), beginEscrow(), both);
  const asked = ["OpenEscrow", "OpenEscrow", "PostJob"];
  expect(first.intents.map(({ command }) => command)).toEqual(asked);
  const next = (code: string) => {
    const outcomes = refused(first.intents, code);
    return decided(escrowStrategy, viewAt(250), first.memory, both, { outcomes });
  };
  for (const code of ["busy", "not_leading", "rate_limited", "unsent"]) {
    const again = next(code);
    expect(again.intents.map(({ command }) => command)).toEqual(asked);
    expect(bodies(again, "OpenEscrow").map(({ counterparty }) => counterparty)).toEqual([
      ...["out-a", "out-c"],
    ]);
  }
  for (const code of ["unanswered", "cap_exceeded"]) expect(next(code).intents).toEqual([]);
});

test("ESA-014: it names its referrer and its referee in every order, and none where it has none", () => {
  const given = configOf({ referrer: "fleet-self", referee: "out-referee-1" });
  const opened = openingsOf(viewAt(0), given);
  expect(opened.map(({ role }) => role)).toEqual(["pay", "earn"]);
  for (const body of opened) {
    expect(body).toMatchObject({ referrer: "fleet-self", referee: "out-referee-1" });
  }
  for (const body of openingsOf(viewAt(0))) {
    expect("referrer" in body || "referee" in body).toBe(false);
  }
});
