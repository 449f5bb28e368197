/** The practice fleet of the conformance suite refuses as the law does: the same command, the same view, the same code. */
import { describe, expect, test } from "vitest";
import { isLie } from "../../src/fleet/lies.ts";
import { agentView } from "../../src/fleet/views.ts";
import { type AgentCommandName, isAgentCommand } from "../../src/protocol/commands.ts";
import { REJECTIONS, type RejectionCode, refuse } from "../../src/protocol/rejections.ts";
import type { Command } from "../../src/protocol/turns.ts";
import { CONTRADICTED, Practice } from "../../src/sdk/conformance-practice.ts";
import { check, resumed, revealed, settledBet } from "../fleet/bet-cases.ts";
import { ALICE, BOB, usd } from "../fleet/cast.ts";
import { by, type Draft, given, ops, type Step, tick } from "../fleet/spec.ts";
import { aliceLong, fleetOf, granted } from "../fleet/steps.ts";

const agreement = ops("SetAgreement", { party: "acme", everyMs: 60_000 });
const poor = granted(ALICE, { cap: "100", mode: "isolated" });
const lent: readonly Step[] = [...fleetOf(BOB), ops("Enrol", { agent: "alice" }), poor, agreement];
const casinoOnly: readonly Step[] = [
  ...fleetOf(BOB),
  ops("Enrol", { agent: "alice" }),
  granted(ALICE, { cap: "100", services: ["casino"] }),
  agreement,
];
const posted = by(ALICE, "PostJob", {
  ...{ job: "j1", kind: "data", brief: "rates", amount: "5", ttlMs: 60_000 },
});
const bobs = by(BOB, "PostJob", {
  ...{ job: "b1", kind: "data", brief: "rates", amount: "5", ttlMs: 60_000 },
});
const taken = by(ALICE, "TakeJob", { by: "bob", job: "b1" });
const bobsHedge = (side: "buy" | "sell", cover = "40") =>
  by(BOB, "PostJob", {
    ...{ job: "b1", kind: "hedge", brief: "so much", amount: "5", ttlMs: 60_000 },
    hedge: { market: "btc-perp", side, qty: "0.1", cover },
  });

type Fields = Readonly<Record<string, unknown>>;
type Ask = readonly [AgentCommandName, Fields];
const job = (fields: Fields): Ask => [
  "PostJob",
  { job: "j2", kind: "data", brief: "rates", amount: "5", ttlMs: 60_000, ...fields },
];
const hedge = (fields: Fields): Fields => ({
  ...{ market: "btc-perp", side: "sell", qty: "0.01", cover: "10", ...fields },
});
const TAKE: Ask = ["TakeJob", { by: "bob", job: "b1" }];
const DELIVER: Ask = ["DeliverJob", { by: "bob", job: "b1", result: "x" }];
const bob = [ops("Enrol", { agent: "bob" }), granted(BOB)];
const due = (fields: Fields): Ask => [
  "RecordDue",
  { due: "d1", party: "acme", direction: "pay", amount: "5", ...fields },
];
const order = (fields: Fields): Ask => [
  "PlaceOrder",
  { order: "o9", market: "btc-perp", side: "buy", qty: "0.002", leverage: 2_000_000, ...fields },
];
const settle = (fields: Fields): Ask => [
  "Settle",
  { market: "btc-perp", qty: "0.1", ttlMs: 1_000, ...fields },
];

const REFER = (referrer: string): Ask => ["RegisterReferrer", { referrer }];
const CHECK = (verified: boolean, bet = "b1"): Ask => ["CheckBet", { bet, verified }];
const BET: Ask = [
  "PlaceBet",
  {
    ...{ bet: "b2", game: "dice", stake: "1", clientSeed: "alice-seed" },
    params: { direction: "over", threshold: 50 },
  },
];
const cheated = [...settledBet({ won: false, payout: usd("0"), outcome: "1.00" }), revealed];

const CASES: readonly (readonly [readonly Step[], Ask, string])[] = [
  [lent, ["PayAgent", { to: "bob", amount: "1000000000" }], "cap_exceeded"],
  [lent, ["PayAgent", { to: "bob", amount: "100.000001" }], "cap_exceeded"],
  [lent, ["PayAgent", { to: "alice", amount: "1" }], "bad_field"],
  [lent, ["PayAgent", { to: "bob", amount: "100" }], ""],
  [lent, job({ amount: "999999999" }), "cap_exceeded"],
  [lent, job({ amount: "100" }), ""],
  [[...lent, posted], job({ amount: "95.000001" }), "cap_exceeded"],
  [[...lent, posted], job({ job: "j1" }), "job_exists"],
  [lent, TAKE, "unknown_job"],
  [[...lent, bobs], TAKE, ""],
  [[...lent, bobs, taken], TAKE, "illegal_phase"],
  [lent, DELIVER, "unknown_job"],
  [[...lent, bobs], DELIVER, "illegal_phase"],
  [[...lent, bobs, taken], DELIVER, ""],
  [lent, ["AcceptJob", { job: "j1" }], "unknown_job"],
  [[...lent, posted], ["AcceptJob", { job: "j1" }], "illegal_phase"],
  [[...lent, posted], ["RejectJob", { job: "j1", reason: "bad" }], "illegal_phase"],
  [[...lent, posted], ["CancelJob", { job: "j1" }], ""],
  [lent, job({ kind: "hedge" }), "bad_field"],
  [lent, job({ hedge: hedge({}) }), "bad_field"],
  [lent, job({ kind: "hedge", hedge: hedge({ market: "doge-perp" }) }), "unknown_market"],
  [lent, job({ kind: "hedge", hedge: hedge({ qty: "0.0105" }) }), "bad_lot"],
  [lent, job({ kind: "hedge", hedge: hedge({ cover: "95.000001" }) }), "cap_exceeded"],
  [lent, job({ kind: "hedge", hedge: hedge({ cover: "95" }) }), ""],
  [[...lent, bobsHedge("buy", "100.000001")], TAKE, "cap_exceeded"],
  [[...lent, bobsHedge("buy", "100")], TAKE, ""],
  [[...lent, bobsHedge("buy"), taken], DELIVER, "hedge_missing"],
  [[...aliceLong, ...bob, bobsHedge("buy"), taken], DELIVER, ""],
  [[...aliceLong, ...bob, bobsHedge("sell"), taken], DELIVER, "hedge_missing"],
  [lent, due({ amount: "999999999" }), "cap_exceeded"],
  [lent, due({ amount: "100" }), ""],
  [lent, due({ amount: "100", direction: "receive" }), ""],
  [lent, due({ reservation: "nobody" }), "unknown_reservation"],
  [casinoOnly, due({}), "service_not_permitted"],
  [casinoOnly, due({ direction: "receive" }), ""],
  [casinoOnly, order({}), "service_not_permitted"],
  [lent, ["CancelOrder", { order: "nobody" }], "unknown_order"],
  [lent, ["MoveStop", { market: "btc-perp", stop: "9000" }], "unknown_position"],
  [aliceLong, ["MoveStop", { market: "btc-perp", stop: "11000" }], "stop_wrong_side"],
  [aliceLong, ["MoveStop", { market: "btc-perp", stop: "9000.5" }], "bad_field"],
  [lent, settle({}), "unknown_position"],
  [lent, settle({ market: "doge-perp" }), "unknown_market"],
  [aliceLong, settle({ qty: "999" }), "reduce_exceeds"],
  [aliceLong, settle({ qty: "0.0001" }), "bad_lot"],
  [aliceLong, settle({ with: "alice" }), "bad_field"],
  [aliceLong, settle({ qty: "0.001" }), ""],
  [lent, order({ market: "doge-perp" }), "unknown_market"],
  [lent, order({ leverage: 9_000_000 }), "leverage_exceeded"],
  [lent, order({ qty: "0.1" }), "cap_exceeded"],
  [lent, order({ reduceOnly: true, side: "sell" }), "nothing_to_reduce"],
  [lent, order({ reservation: "nobody" }), "unknown_reservation"],
  [lent, order({ qty: "0.0005" }), "bad_lot"],
  [lent, order({}), ""],
  [aliceLong, order({ reduceOnly: true, side: "sell", qty: "999" }), "reduce_exceeds"],
  [lent, ["Release", { reservation: "nobody" }], "unknown_reservation"],
  [lent, ["ReleaseEscrow", { escrow: "nobody" }], "unknown_escrow"],
  [lent, REFER("bob"), ""],
  [lent, REFER("alice"), "not_allowed"],
  [[...lent, by(ALICE, "RegisterReferrer", { referrer: "acme" })], REFER("bob"), "referrer_set"],
  [casinoOnly, REFER("bob"), "service_not_permitted"],
  [lent, ["RecallLoan", { loan: "nobody" }], "unknown_loan"],
  [lent, CHECK(true, "nobody"), "unknown_bet"],
  [settledBet(), CHECK(true), "seed_not_revealed"],
  [settledBet(), CHECK(false), ""],
  [[...settledBet(), revealed], CHECK(true), ""],
  [[...settledBet(), check(false)], CHECK(true), "bet_not_settled"],
  [[...settledBet(), check(false)], CHECK(false), "bet_not_settled"],
  [cheated, CHECK(true), "proof_contradicted"],
  [[...cheated, tick], CHECK(true), "proof_contradicted"],
  [[...cheated, tick], CHECK(false), "bet_not_settled"],
  [[...settledBet(), revealed], BET, ""],
  [[...cheated, tick], BET, "betting_held"],
  [[...settledBet(), check(false)], BET, "betting_held"],
  [[...settledBet(), check(false), resumed], BET, ""],
  [lent, ["ParkDomain", { domain: "nobody.com" }], "unknown_domain"],
];

describe("the practice fleet beside the law", () => {
  test.each(CASES.map(([steps, ask, code]) => [ask[0], code, ask, steps] as const))(
    "CNF-005: %s is answered alike: %s",
    (_command, code, [command, fields], steps) => {
      const story = given(...steps);
      const view = agentView(story.state, ALICE, story.now);
      if (view === undefined || !isAgentCommand(command)) throw new Error("alice is enrolled");
      const practice = new Practice();
      const answer = practice.script({ id: "c", command, body: fields }, practice.begin(view));
      story.when((by as (...given: unknown[]) => Draft)(ALICE, command, fields));
      const told = story.last?.rejection?.code ?? "";
      expect([told, typeof answer === "string" ? answer : ""]).toEqual([code, code]);
    },
  );

  test("CNF-006: what ends a run as a false claim is what the fleet contains an agent for", () => {
    const story = given(...fleetOf(ALICE));
    const command = by(ALICE, "Release", { reservation: "r" }) as unknown as Command;
    const codes = REJECTIONS.map(({ code }) => code);
    const lies = codes.filter((code) => isLie(story.state, command, refuse(code)));
    // Rights and names have words of their own; these a practice fleet does not know.
    const apart: readonly RejectionCode[] = [
      "id_reused",
      "service_not_permitted",
      "leverage_exceeded",
    ];
    const unknown: readonly RejectionCode[] = [
      ...(["unknown_venue", "unknown_party", "nothing_due"] as const),
    ];
    const known = lies.filter((code) => ![...apart, ...unknown].includes(code));
    expect([...CONTRADICTED].sort()).toEqual(known.sort());
  });
});
