/** The judge of what plans cost: told by their books, no dearer than they may be, no order that they could do without. */
import { expect, test } from "vitest";
import { agentId, fleetId } from "../../src/core/ids.ts";
import { emptyState, type Law } from "../../src/fleet/state.ts";
import { FewerRules } from "../../src/lab/check/fewer-rules.ts";
import type { FleetEvent } from "../../src/protocol/events.ts";

const COIN = 100_000_000n;
const USDC = 1_000_000n;
const A = agentId("a");

/** Two markets at 100 USDC, a hundred coins of each held, which free ten USDC a coin and pay half a thousandth. */
function lawOf(crisis: object): Law {
  const policy = { lot: COIN / 10n, takerFee: 500 };
  const names = ["m1", "m2"];
  const held = { agent: A, qty: 100n * COIN, margin: 1_000n * USDC, closing: undefined };
  return {
    ...emptyState(fleetId("sim")),
    policy: { closeRetryMs: 1, crisis },
    agents: new Map([[A, { agent: A, delegation: { priority: 1, mode: "cross" } }]]),
    markets: new Map(names.map((market) => [market, { mark: 100n * COIN, policy }])),
    positions: new Map(names.map((market) => [`a/${market}`, { ...held, market }])),
  } as never as Law;
}

/** Tenths of a coin that are closed of each market, and what else is said. */
function told(
  [m1, m2]: readonly [number, number],
  cost: bigint,
  facts: object = {},
  crisis: object = { fewerOrders: 50_000 },
): readonly string[] {
  const found: string[] = [];
  const rules = new FewerRules((invariant, detail) => found.push(`${invariant}: ${detail}`));
  const steps = Object.entries({ m1, m2 })
    .filter(([, tenths]) => tenths > 0)
    .map(([market, tenths]) => ({
      ...{ kind: "reduce", of: A, market, side: "sell" },
      qty: (BigInt(tenths) * COIN) / 10n,
    }));
  const book = { depth: 1_000_000n * USDC, halfSpread: 0, permanentShare: 0, takerFee: 500 };
  const event = {
    ...{ type: "LiquidationPlanned", agent: "fleet", call: "call-1", status: "restored" },
    ...{ by: "utilization", need: 100n * USDC, underway: 0n, more: 0 },
    ...{ cost, lowerBound: 510_000n, steps },
    alternatives: [{ rule: "largest-first", cost: 530_000n }],
    books: ["m1", "m2"].map((market) => ({ ...book, market })),
    ...facts,
  };
  rules.event(event as never as FleetEvent, 0, lawOf(crisis));
  return found.map((detail) => detail.replace(/(\d\.\d{4})\d*/g, "$1"));
}

test("FEW-001: an order is told that the others could do without for what fewer orders may cost", () => {
  const without = "I9: call-1: without a/m1 it costs 0.5152, for fewer orders 0.53";
  expect(told([90, 11], 513_221n)).toEqual([without]);
  expect(told([101, 0], 515_201n)).toEqual([]);
  // A thousandth pays for none: half and half it costs 0.5101, in one market 0.5152.
  expect(told([51, 50], 510_102n, {}, { fewerOrders: 1_000 })).toEqual([]);
  expect(told([90, 11], 513_221n, {}, {})).toEqual([]);
});

test("FEW-002: so is a cost that its books do not make, above a rule, above what it may be, or below its bound", () => {
  const rule = { alternatives: [{ rule: "pro-rata", cost: 511_000n }] };
  expect(told([101, 0], 500_000n)).toEqual([
    "I9: call-1: is said to cost 0.5, by its books 0.5152",
  ]);
  expect(told([101, 0], 515_201n, rule)).toEqual(["I9: call-1: costs 0.5152, a simple rule 0.511"]);
  expect(told([101, 0], 515_201n, {}, { fewerOrders: 5_000 })).toEqual([
    "I9: call-1: costs 0.5152 for fewer orders, one without costs 0.5101",
  ]);
  expect(told([101, 0], 515_201n, { lowerBound: 515_201n })).toEqual([
    "I9: call-1: none is said to cost less than 0.5152, one costs 0.5101",
  ]);
});

test("FEW-003: where more is weighed, or a pace binds, its orders are not; of what is parted not even the cost", () => {
  for (const facts of [{ distress: {} }, { knockOn: {} }, { status: "short" }])
    expect(told([90, 11], 513_221n, facts)).toEqual([]);
  for (const rules of [{ pace: {} }, { closeBy: "pro-rata" }])
    expect(told([90, 11], 513_221n, {}, { fewerOrders: 50_000, ...rules })).toEqual([]);
  for (const facts of [{ more: 1 }, { waiting: {} }, { books: undefined }])
    expect(told([90, 11], 1n, facts)).toEqual([]);
  expect(told([90, 11], 1n, {}, { hedgeCost: 1 })).toEqual([]);
});
