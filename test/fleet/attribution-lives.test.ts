/** Odd lives of agents and money, and who brought what in them: each counted anew from its journal. */
import { describe, expect, test } from "vitest";
import { type AgentId, FLEET } from "../../src/core/ids.ts";
import { DAY } from "../../src/core/time.ts";
import { attributionView } from "../../src/fleet/attribution.ts";
import type { Law } from "../../src/fleet/state.ts";
import type { AttributionView } from "../../src/protocol/margin-view.ts";
import type { ReportBody } from "../../src/protocol/reports.ts";
import { attributed } from "./beside.ts";
import { ALICE, at, BOB, BTC_PERP, coins, ETH, unitsOf, usd } from "./cast.ts";
import { held } from "./crisis-cast.ts";
import {
  ACCEPTED,
  answered,
  by,
  effectOf,
  given,
  ops,
  REJECTED,
  reported,
  type Step,
  tick,
  wait,
} from "./spec.ts";
import {
  aliceLong,
  closed,
  deposited,
  enrolled,
  fleetOf,
  granted,
  marks,
  open,
  stopFill,
} from "./steps.ts";

const of = ({ lines }: AttributionView, agent: AgentId) => lines.find((one) => one.agent === agent);
const results = (view: AttributionView, agent: AgentId) => of(view, agent)?.results ?? {};

/** The rate in 1e-9; the payment in millionths, the venue's on the net of all. */
const funding = (rateNano: bigint, payment: bigint, mark = "10000"): ReportBody =>
  ({
    ...{ type: "funding", market: BTC_PERP, rate: 0, rateNano, mark: at(mark) },
    ...{ position: coins("0"), payment },
  }) as never;

describe("funding", () => {
  test("ATT-020: of a net of nothing each is paid or pays its own, whichever way the rate goes, and the rest is told", () => {
    const story = given(...fleetOf(ALICE, BOB), ...held(ALICE, "0.1"), ...held(BOB, "0.1", "sell"));
    story.given(reported(funding(100_001n, 0n, "10000.00001")));
    // 0.100001000100001: down for both, and a unit is left.
    let view = attributed(story);
    expect([ALICE, BOB, FLEET].map((one) => results(view, one)["funding"])).toEqual([
      ...["-0.100002", "0.100001", "0.000001"],
    ]);
    story.given(reported(funding(-100_001n, 0n, "10000.00001")));
    view = attributed(story);
    expect([ALICE, BOB, FLEET].map((one) => results(view, one)["funding"])).toEqual([
      ...["-0.000001", "-0.000001", "0.000002"],
    ]);
    expect(view.wallet.results).toBe("-2");
  });

  test("ATT-021: what the fleet itself gained and lost again is in its week when it is in no column of all time", () => {
    // Nobody holds anything: the payment is the fleet's, whole.
    const story = given(...open, reported(funding(0n, 5n)), wait(8 * DAY));
    story.given(reported(funding(0n, -5n)));
    const view = attributed(story);
    expect(view.total).toMatchObject({ pnl: "0", pnlWeek: "-0.000005" });
    expect(of(view, FLEET)).toMatchObject({ pnl: "0", pnlWeek: "-0.000005" });
  });
});

describe("agents that come and go", () => {
  test("ATT-022: a revoked agent's position stays its own until it is closed: funding, fees, result", () => {
    const story = given(...aliceLong, ops("Revoke", { agent: ALICE }));
    story.given(reported(funding(100_000n, -100_000n)), closed(ALICE, "0.1", "9900"));
    const view = attributed(story);
    expect(results(view, ALICE)).toMatchObject({
      ...{ trading: "-10", fees: "-1.99", funding: "-0.1" },
    });
    expect(of(view, FLEET)).toBeUndefined();
    expect(story.state.agents.get(ALICE)?.delegation?.phase).toBe("ended");
  });

  test("ATT-023: who is retired keeps its line, and what its stop still does is its own", () => {
    const story = given(...aliceLong, ops("Revoke", { agent: ALICE }), closed(ALICE, "0.1"));
    story.given(ops("Retire", { agent: ALICE }));
    expect(results(attributed(story), ALICE)["fees"]).toBe("-2");
    story.given(reported(stopFill(ALICE, "0.1", "9900")));
    const view = attributed(story);
    expect(results(view, ALICE)["fees"]).toBe("-2.99");
    expect(of(view, ALICE)?.valueAtRisk).toBeUndefined();
  });

  test("ATT-024: who comes late has no week before it and no cost of margin from before", () => {
    const story = given(...aliceLong, wait(20 * DAY), enrolled(BOB), granted(BOB));
    story.given(marks("11000"));
    const view = attributed(story);
    expect(of(view, BOB)).toMatchObject({ pnlWeek: "0", marginCost: "0" });
    expect(of(view, ALICE)).toMatchObject({ pnl: "99", pnlWeek: "100" });
    expect(view.wallet.marginCost).toBe(of(view, ALICE)?.marginCost);
  });

  test("ATT-025: a payment between agents moves a result and makes none", () => {
    const pay = by(ALICE, "PayAgent", { to: BOB, amount: "12.345678", note: "x" });
    const view = attributed(given(...fleetOf(ALICE, BOB), pay));
    expect(results(view, ALICE)["transfer"]).toBe("-12.345678");
    expect(results(view, BOB)["transfer"]).toBe("12.345678");
    expect([view.total.pnl, view.wallet.results]).toEqual(["0", "0"]);
  });
});

describe("money that comes and goes", () => {
  test("ATT-026: deposits and withdrawals in the middle, under way or done, are in no column", () => {
    const asks = (asset: string, amount: string): Step =>
      ops("Withdraw", { asset, amount, to: "home" });
    const story = given(...aliceLong, deposited("2", ETH), marks("10000", "1200"));
    const before = attributed(story);
    story.given(deposited("33.333333"), asks("USDC", "100.000001"), asks("ETH", "0.00000001"));
    let view = attributed(story);
    expect([view.lines, view.total]).toEqual([before.lines, before.total]);
    expect(view.wallet).toMatchObject({ owned: "10032.333333", deposited: "10033.333333" });
    for (const [asset, amount] of [
      ["USDC", unitsOf("100.000001", 6)],
      ["ETH", 1n],
    ] as const)
      story.given(reported({ type: "withdrawn", effect: "0.0.0", asset, amount } as never));
    view = attributed(story);
    expect([view.lines, view.total]).toEqual([before.lines, before.total]);
    expect(view.wallet).toMatchObject({ owned: "9932.333332", results: "-1" });
    expect(view.wallet.coins).toEqual([
      { asset: "ETH", owned: "1.99999999", deposited: "1.99999999", results: "0" },
    ]);
  });

  test("ATT-027: what a platform keeps of an escrow, and a share of a fee, are each whose escrow it was", () => {
    const opens = (escrow: string, role: "pay" | "earn"): Step =>
      by(ALICE, "OpenEscrow", {
        ...{ escrow, role, counterparty: "shop", amount: "100.000001", timeoutMs: 9_000 },
        ...{ description: "work", referrer: "bob" },
      });
    const told =
      (escrow: string, body: object) =>
      (law: Law): ReportBody =>
        ({ escrow: law.escrows.get(`alice/${escrow}`)?.name, expiresAt: law.at, ...body }) as never;
    const funded = (escrow: string) => told(escrow, { type: "escrowFunded" });
    const ends = { received: usd("98.999999"), fee: usd("1.000002"), referral: usd("0.150001") };
    const story = given(
      ...fleetOf(ALICE, BOB),
      ...[opens("e1", "pay"), opens("e2", "earn"), opens("e3", "pay"), opens("e4", "earn")],
      reported(funded("e1"), funded("e2"), funded("e3"), funded("e4")),
      reported(told("e1", { type: "escrowRefunded", amount: usd("98.000007") })),
      reported(told("e4", { type: "escrowRefunded", amount: usd("98.000007") })),
    );
    // Of what another pays nothing was ours.
    expect(results(attributed(story), ALICE)["escrow"]).toBe("-1.999994");
    story.given(reported(told("e2", { type: "escrowReleased", ...ends })));
    expect(results(attributed(story), ALICE)["escrow"]).toBe("97.150006");
  });

  test("ATT-018: a debt is its agent's when it is netted, once, however often its payment fails", () => {
    const agreed = ops("SetAgreement", { party: "shop", everyMs: 60_000 });
    const due = (agent: AgentId, direction: "pay" | "receive", amount: string): Step =>
      by(agent, "RecordDue", { due: "d1", party: "shop", direction, amount });
    const story = given(...fleetOf(ALICE, BOB), agreed);
    story.given(due(ALICE, "pay", "100.000001"), due(BOB, "receive", "80"), wait(60_000), tick);
    const said = (): object => {
      const view = attributed(story);
      const { owned, deposited: from, results: all } = view.wallet;
      return { dues: [ALICE, BOB].map((one) => results(view, one)["dues"]), owned, from, all };
    };
    const dues = ["-100.000001", "80"];
    // What is owed is still here: it counts as deposited until it is paid.
    const owed = { dues, owned: "10000", from: "10020.000001", all: "-20.000001" };
    expect(said()).toEqual(owed);
    for (const _ of [1, 2]) {
      story.given(answered(effectOf("Withdraw"), REJECTED));
      expect(said()).toEqual(owed);
      story.given(wait(60_000), tick);
    }
    const paid = { asset: "USDC", amount: unitsOf("20.000001", 6), effect: "0.0.0" };
    story.given(reported({ type: "withdrawn", ...paid } as never));
    expect(said()).toEqual({ ...owed, owned: "9979.999999", from: "10000" });
  });

  test("ATT-028: interest in parts of a unit, and a loan that returns less, are the lender's to the unit", () => {
    const lend = (loan: string, asset: string, amount: string): readonly Step[] => [
      by(BOB, "OpenLoan", { loan, asset, amount, minRate: 0, noticeMs: 60_000 }),
      answered(effectOf("OpenLoan"), ACCEPTED),
      reported((law) => about(loan, { type: "loanOpened", rate: 50_000, collateral: 0 })(law)),
    ];
    const about =
      (loan: string, body: object) =>
      (law: Law): ReportBody =>
        ({ ...body, loan: law.loans.get(`bob/${loan}`)?.name }) as never;
    const story = given(
      ...[...fleetOf(ALICE, BOB), deposited("2", ETH), marks("10000", "1000.000001")],
      ...[...lend("l1", "ETH", "0.5"), ...lend("l2", "USDC", "100")],
      reported(about("l1", { type: "loanInterest", amount: 1n })),
      reported(about("l1", { type: "loanReturned", principal: 49_999_999n, interest: 7n })),
      reported(about("l2", { type: "loanReturned", principal: 99_999_999n, interest: 3n })),
    );
    const view = attributed(story);
    // 0.00001, 0.00007 and -0.0000100000000001: each down to a unit.
    expect(of(view, BOB)).toMatchObject({ coins: "0.000069", earned: { ETH: "0.00000007" } });
    expect(of(view, BOB)).toMatchObject({ results: { interest: "0.000002" }, pnl: "0.000071" });
  });
});

test("ATT-029: at a time between two events the view counts margin on, for each and for all alike", () => {
  const { state } = given(...fleetOf(ALICE, BOB), ...held(ALICE, "0.1"), ...held(BOB, "0.07"));
  for (const later of [1, 999, 86_400_001, 40 * DAY]) {
    const { lines, total, wallet } = attributionView(state, state.at + later);
    const parts = lines.map(({ marginCost }) => unitsOf(marginCost, 6) as bigint);
    expect(parts.reduce((a, b) => a + b, 0n)).toBe(unitsOf(wallet.marginCost, 6));
    expect(total.marginCost).toBe(wallet.marginCost);
  }
});
