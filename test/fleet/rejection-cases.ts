/** One story for each refusal that the law can give: how it begins, what is refused, what it says. */
import { OPEN_PER_AGENT_MAX } from "../../src/core/limits.ts";
import { percent } from "../../src/core/ppm.ts";
import type { RejectionCode } from "../../src/protocol/rejections.ts";
import { ALICE, BOB, BTC_PERP, ETH, FIVE_TIMES, POLICY, T0 } from "./cast.ts";
import { ACCEPTED, answered, by, inner, ops, reported, type Step, wait } from "./spec.ts";
import {
  aliceLong,
  configured,
  deposited,
  enrolled,
  fill,
  fleetOf,
  granted,
  marks,
  open,
  order,
} from "./steps.ts";

export const alice = fleetOf(ALICE);
export const reserve = (reservation: string, amount = "100") =>
  by(ALICE, "Reserve", { reservation, amount, service: "trading", ttlMs: 1_000 });
const bet = (name: string, stake = "10", extra: { reservation?: string } = {}) =>
  by(ALICE, "PlaceBet", {
    ...{ bet: name, game: "dice", stake, params: {}, clientSeed: "alice-seed", ...extra },
  });
const escrow = (name: string, role: "pay" | "earn" = "pay", amount = "10") =>
  by(ALICE, "OpenEscrow", {
    ...{ escrow: name, role, amount, counterparty: "shop", timeoutMs: 1_000, description: "work" },
  });
const loan = (name: string, amount = "10", asset = "USDC") =>
  by(ALICE, "OpenLoan", { loan: name, asset, amount, minRate: 0, noticeMs: 1_000 });
const due = (name: string) =>
  by(ALICE, "RecordDue", { due: name, party: "shop", direction: "pay", amount: "1" });
const agreement = ops("SetAgreement", { party: "shop", everyMs: 1_000 });
const refers = (referrer: string) => by(ALICE, "RegisterReferrer", { referrer });
const mode = (to: "run" | "reduce" | "halt" | "flatten") =>
  ops("SetMode", { mode: to, reason: "a test" });
const many = (make: (name: string) => Step): readonly Step[] =>
  Array.from({ length: OPEN_PER_AGENT_MAX }, (_, i) => make(`n${i}`));

/** Half of all collateral is kept around an event that is near. */
const nearEvent: readonly Step[] = [
  configured({
    ...POLICY,
    crisis: {
      calendar: [
        {
          ...{ name: "cpi", at: T0, beforeMs: 1, afterMs: 99_000, maxLeverage: FIVE_TIMES },
          buffer: percent(99),
        },
      ],
    },
  }),
  ...[deposited("10000"), marks("10000"), enrolled(ALICE), granted(ALICE)],
];

/** A code, how the story begins, what is refused, and what it says of the numbers. */
export type Case = readonly [RejectionCode, readonly Step[], Step, string?];

export const CASES: readonly Case[] = [
  ["bad_field", alice, ops("Deposit", { asset: "USDC", amount: "1.0000001" })],
  ["bad_field", alice, ops("Withdraw", { asset: "USDC", amount: "0", to: "home" })],
  ["bad_field", alice, loan("l1", "0.0000001")],
  ["bad_field", alice, order(ALICE, "o1", { limit: "10000.5" })],
  ["bad_field", alice, order(ALICE, "o1", { stop: "9500.5" })],
  ["bad_field", aliceLong, by(ALICE, "MoveStop", { market: "btc-perp", stop: "9500.5" })],
  ["bad_field", alice, order(ALICE, "close-9.9.9")],
  ["bad_field", [...open, enrolled(BOB)], granted(BOB, { cap: "100", floor: "101" })],
  ["not_allowed", open, ops("Enrol", { agent: "fleet" })],
  ["not_allowed", open, ops("Enrol", { agent: "operator" })],
  ["not_allowed", [...alice, escrow("e1", "earn")], by(ALICE, "ReleaseEscrow", { escrow: "e1" })],
  ["referrer_set", [...alice, refers("shop")], refers("mill"), "shop"],
  ["unknown_agent", open, reserve("r1")],
  ["unknown_agent", open, ops("Retire", { agent: "fleet" })],
  ["agent_exists", alice, enrolled(ALICE)],
  ["agent_retired", [...open, enrolled(BOB), ops("Retire", { agent: "bob" })], granted(BOB)],
  ["no_delegation", [...open, enrolled(ALICE)], reserve("r1")],
  ["no_records", alice, ops("Reallocate", {})],
  ["no_delegation", [...open, enrolled(ALICE)], by(ALICE, "Renew", {})],
  ["no_delegation", [...open, enrolled(ALICE)], by(ALICE, "RotateSeed", {})],
  ["delegation_exists", alice, granted(ALICE)],
  ["lease_expired", [...alice, wait(600_000)], reserve("r1")],
  [
    "illegal_phase",
    [...alice, bet("b0"), ops("Recall", { agent: "alice", graceMs: 9 })],
    by(ALICE, "Renew", {}),
  ],
  ["illegal_phase", [...alice, escrow("e1")], by(ALICE, "ReleaseEscrow", { escrow: "e1" })],
  ["illegal_phase", [...alice, loan("l1")], by(ALICE, "RecallLoan", { loan: "l1" })],
  [
    "service_not_permitted",
    [...open, enrolled(ALICE), granted(ALICE, { services: ["casino"] })],
    reserve("r1"),
  ],
  [
    "service_not_permitted",
    [...open, enrolled(ALICE), granted(ALICE, { services: ["trading"] })],
    by(ALICE, "RotateSeed", {}),
  ],
  ["cap_exceeded", alice, reserve("r1", "2000.000001"), "asked 2000.000001, allowed 2000"],
  [
    "coverage_exceeded",
    [...alice, enrolled(BOB)],
    granted(BOB, { cap: "7000.000001" }),
    "asked 7000.000001, allowed 7000",
  ],
  [
    "step_exceeded",
    alice,
    ops("Raise", { agent: "alice", cap: "3000.000001" }),
    "asked 3000.000001, allowed 3000",
  ],
  ["has_obligations", alice, ops("Retire", { agent: "alice" })],
  ["not_looser", alice, ops("Raise", { agent: "alice", cap: "2000" })],
  ["not_tighter", alice, ops("Cut", { agent: "alice", cap: "2000" })],
  [
    "raise_pending",
    [...alice, ops("Raise", { agent: "alice", cap: "2100" })],
    ops("Raise", { agent: "alice", cap: "2200" }),
  ],
  ["halted", [...alice, mode("halt")], reserve("r1")],
  ["halted", [...aliceLong, mode("halt")], order(ALICE, "o2", { side: "sell", reduceOnly: true })],
  ["reduce_only", [...alice, mode("reduce")], reserve("r1")],
  [
    "reduce_only",
    [...aliceLong, mode("reduce")],
    by(ALICE, "MoveStop", { market: "btc-perp", stop: "9214" }),
  ],
  [
    "uncovered",
    [...open, enrolled(ALICE), granted(ALICE, { cap: "9000" }), ...lost()],
    reserve("r1"),
  ],
  [
    "uncovered",
    [...open, enrolled(ALICE), granted(ALICE, { cap: "9000" }), ...lost(), enrolled(BOB)],
    granted(BOB, { cap: "1" }),
  ],
  ["unknown_reservation", alice, by(ALICE, "Release", { reservation: "r1" })],
  ["unknown_reservation", alice, bet("b1", "10", { reservation: "r1" })],
  ["reservation_exists", [...alice, reserve("r1")], reserve("r1")],
  [
    "reservation_not_pending",
    [...alice, reserve("r1"), wait(1_000)],
    bet("b1", "10", { reservation: "r1" }),
  ],
  ["too_many_open", [...alice, ...many((n) => reserve(n, "1"))], reserve("one-more", "1")],
  [
    "too_many_open",
    [...alice, ...many((n) => escrow(n, "earn", "1"))],
    escrow("one-more", "earn", "1"),
  ],
  ["buffer_kept", nearEvent, order(ALICE, "o1"), "asked 203.01, allowed 100"],
  ["unknown_venue", alice, ops("SetMode", { mode: "halt", venue: "moon", reason: "a test" })],
  ["unknown_market", alice, order(ALICE, "o1", { market: "moon-perp" })],
  ["unknown_market", alice, order(ALICE, "o1", { market: "moon-perp", reduceOnly: true })],
  [
    "stale_mark",
    [configured(), deposited("10000"), enrolled(ALICE), granted(ALICE)],
    order(ALICE, "o1"),
  ],
  ["stale_mark", [...alice, wait(10_001)], order(ALICE, "o1"), "age 10001 ms, allowed 10000 ms"],
  [
    "stale_mark",
    [configured(), deposited("10000"), enrolled(ALICE), granted(ALICE), deposited("5", ETH)],
    loan("l1", "1", "ETH"),
  ],
  [
    "stale_mark",
    [configured(), deposited("10000"), deposited("5", ETH), enrolled(ALICE)],
    granted(ALICE),
    "ETH cannot be valued",
  ],
  [
    "stale_mark",
    [...alice, deposited("5", ETH), marks("10000"), wait(10_001)],
    ops("Raise", { agent: "alice", cap: "2500" }),
    "ETH cannot be valued",
  ],
  ["stale_mark", [...alice, deposited("5", ETH), wait(10_001)], loan("l1", "1", "ETH")],
  [
    "stale_mark",
    [
      configured(),
      deposited("10000"),
      deposited("5", ETH),
      marks("10000", "0.01"),
      enrolled(ALICE),
      granted(ALICE),
    ],
    loan("l1", "0.00000001", "ETH"),
    "ETH has no value without a mark",
  ],
  ["bad_lot", alice, order(ALICE, "o1", { qty: "0.1005" })],
  [
    "below_min_notional",
    [...alice, marks("9000")],
    order(ALICE, "o1", { qty: "0.001" }),
    "asked 9, least 10",
  ],
  [
    "above_max_notional",
    alice,
    order(ALICE, "o1", { qty: "9.901" }),
    "asked 100000.1, most 100000",
  ],
  ["leverage_exceeded", alice, order(ALICE, "o1", { leverage: 5_000_001 })],
  ["outside_collar", alice, order(ALICE, "o1", { limit: "10101" })],
  ["stop_wrong_side", alice, order(ALICE, "o1", { stop: "10000" })],
  ["stop_too_far", alice, order(ALICE, "o1", { stop: "8000" })],
  ["unknown_order", alice, by(ALICE, "CancelOrder", { order: "o1" })],
  ["order_exists", [...alice, order(ALICE, "o1")], order(ALICE, "o1")],
  [
    "order_done",
    [...alice, order(ALICE, "o1"), by(ALICE, "CancelOrder", { order: "o1" })],
    by(ALICE, "CancelOrder", { order: "o1" }),
  ],
  ["nothing_to_reduce", alice, order(ALICE, "o1", { side: "sell", reduceOnly: true })],
  [
    "reduce_exceeds",
    aliceLong,
    order(ALICE, "o2", { side: "sell", qty: "0.101", reduceOnly: true }),
    "asked 0.101, allowed 0.1",
  ],
  ["unknown_position", alice, by(ALICE, "MoveStop", { market: "btc-perp", stop: "9500" })],
  [
    "insufficient_cash",
    [...coinFleet(), enrolled(ALICE), granted(ALICE, { cap: "50" })],
    bet("b1", "11"),
    "asked 11, allowed 10",
  ],
  [
    "insufficient_cash",
    [...coinFleet(), enrolled(ALICE), granted(ALICE, { cap: "50" })],
    escrow("e1", "pay", "11"),
    "asked 11, allowed 10",
  ],
  [
    "insufficient_cash",
    coinFleet(),
    ops("Withdraw", { asset: "USDC", amount: "10.000001", to: "home" }),
  ],
  ["bet_exists", [...alice, bet("b1")], bet("b1")],
  ["unknown_bet", alice, by(ALICE, "CheckBet", { bet: "b1", verified: true })],
  ["bet_not_settled", [...alice, bet("b1")], by(ALICE, "CheckBet", { bet: "b1", verified: true })],
  ["escrow_exists", [...alice, escrow("e1")], escrow("e1")],
  ["unknown_escrow", alice, by(ALICE, "DeliverEscrow", { escrow: "e1" })],
  ["loan_exists", [...alice, loan("l1")], loan("l1")],
  ["unknown_loan", alice, by(ALICE, "RecallLoan", { loan: "l1" })],
  [
    "lend_share_exceeded",
    [...open, enrolled(ALICE), granted(ALICE, { cap: "5000" })],
    loan("l1", "4000.000001"),
    "asked 4000.000001, allowed 4000",
  ],
  ["unknown_party", alice, due("d1")],
  ["due_exists", [...alice, agreement, due("d1")], due("d1")],
  ["nothing_due", alice, ops("ReceiveDue", { party: "shop", amount: "1" }), "asked 1, allowed 0"],
  ["unknown_asset", alice, loan("l1", "1", "MOON")],
  ["unknown_asset", alice, ops("Deposit", { asset: "MOON", amount: "1" })],
  ["unknown_asset", alice, ops("Withdraw", { asset: "MOON", amount: "1", to: "home" })],
  [
    "insufficient_free",
    alice,
    ops("Withdraw", { asset: "USDC", amount: "7000.000001", to: "home" }),
    "worth 7000.000001, allowed 7000",
  ],
  ["unknown_effect", alice, answered("9.9.9" as never, ACCEPTED)],
  [
    "report_gap",
    alice,
    inner("TakeReports", {
      reports: [{ type: "seedCommitted", seedHash: "h", seq: 9, at: 0 as never }],
    }),
    "got 9, expected 2",
  ],
  [
    "bad_mark",
    alice,
    inner("SetMarks", {
      marks: Array(1_025).fill({ market: BTC_PERP, price: 1n, at: 1 }) as never,
    }),
  ],
];

/** A fleet whose cover is lost: a long of 1,000 USDC at 1x falls by a tenth. */
function lost(): readonly Step[] {
  return [
    order(ALICE, "o1", { leverage: 1_000_000 }),
    reported(fill(ALICE, "o1", "0.1")),
    marks("9000"),
  ];
}

/** 10 USDC in cash and 10 ETH, worth 8,000 after their haircut. */
function coinFleet(): readonly Step[] {
  return [configured(), deposited("10"), deposited("10", ETH), marks("10000")];
}
