/** Delegations as leases: granted, renewed, raised with delay, cut at once, recalled, revoked, ended. */
import { describe, expect, test } from "vitest";
import { ALICE, BOB, BTC_PERP, usd } from "./cast.ts";
import { by, effectOf, given, ops, reported, tick, wait } from "./spec.ts";
import {
  aliceLong,
  closed,
  enrolled,
  fill,
  fleetOf,
  granted,
  open,
  order,
  stopFill,
} from "./steps.ts";

const alice = fleetOf(ALICE);
const reserve = (reservation: string, amount = "100", ttlMs = 1_000_000) =>
  by(ALICE, "Reserve", { reservation, amount, service: "trading", ttlMs });
const renew = by(ALICE, "Renew", {});
const raise = (cap: string) => ops("Raise", { agent: "alice", cap });
const cut = (cap: string) => ops("Cut", { agent: "alice", cap });
const recall = ops("Recall", { agent: "alice", graceMs: 1_000 });
const revoke = ops("Revoke", { agent: "alice" });
const delegationOf = (story: ReturnType<typeof given>) => story.state.agents.get(ALICE)?.delegation;

describe("enrolment", () => {
  test("GOV-001: an agent is enrolled once, without a delegation", () => {
    const story = given(...open).when(enrolled(ALICE));
    story.brings({ type: "AgentEnrolled", agent: ALICE });
    expect(delegationOf(story)).toBeUndefined();
  });

  test("GOV-002: an agent without obligations retires and is no longer heard", () => {
    given(...open, enrolled(ALICE))
      .when(ops("Retire", { agent: "alice" }))
      .brings({ type: "AgentRetired" })
      .when(renew)
      .refused("agent_retired");
  });

  test("GOV-003: an escrow that holds nothing is an obligation too", () => {
    const asked = { escrow: "e1", role: "earn", counterparty: "shop", amount: "5" } as const;
    const earn = by(ALICE, "OpenEscrow", { ...asked, timeoutMs: 9_000, description: "work" });
    given(...alice, earn, revoke)
      .when(ops("Retire", { agent: "alice" }))
      .refused("has_obligations");
  });
});

describe("grants", () => {
  test("GOV-004: a grant tells its terms and what it was measured against", () => {
    given(...open, enrolled(ALICE))
      .when(granted(ALICE))
      .brings({
        type: "DelegationGranted",
        cap: usd("2000"),
        collateral: usd("10000"),
        dryPowder: usd("1000"),
        expiresAt: 1_700_000_600_000,
      });
  });

  test("GOV-005: delegations go up to collateral less dry powder, to the unit", () => {
    given(...alice, enrolled(BOB))
      .when(granted(BOB, { cap: "7000" }))
      .brings({ type: "DelegationGranted" });
  });

  test("GOV-006: a service named twice is granted once", () => {
    given(...open, enrolled(ALICE))
      .when(granted(ALICE, { services: ["casino", "casino"] }))
      .brings({ type: "DelegationGranted", services: ["casino"] });
  });

  test("GOV-007: one agent's cap is not another's", () => {
    given(...fleetOf(ALICE, BOB), reserve("r1", "2000"))
      .when(by(BOB, "Reserve", { reservation: "r1", amount: "2000", service: "casino", ttlMs: 9 }))
      .brings({ type: "ReservationHeld", agent: BOB, amount: usd("2000") });
  });
});

describe("leases", () => {
  test("GOV-008: a lease runs out at its time and not before, once, also long overdue", () => {
    given(...alice, wait(599_999))
      .when(tick)
      .bringsNothing();
    given(...alice, wait(600_000))
      .when(tick)
      .brings({ type: "DeadlinesPassed" }, { type: "LeaseExpired", agent: ALICE })
      .when(tick)
      .bringsNothing();
    given(...alice, wait(99_999_999))
      .when(tick)
      .bringsAmong({ type: "LeaseExpired", agent: ALICE });
  });

  test("GOV-009: a renewed lease does not run out at its old time", () => {
    given(...alice, wait(300_000), renew, wait(300_000))
      .when(tick)
      .bringsNo("LeaseExpired");
    given(...alice, wait(300_000), renew, wait(600_000))
      .when(tick)
      .bringsAmong({ type: "LeaseExpired", agent: ALICE });
  });

  test("GOV-010: an expired lease cancels what would open, leaves what reduces, and can be renewed", () => {
    const story = given(...aliceLong, order(ALICE, "in"), order(ALICE, "out", { side: "sell" }));
    story.given(wait(600_000)).when(tick);
    story.bringsAmong({ type: "CancelRequested", agent: ALICE, order: "in" } as never);
    expect(story.state.orders.get("alice/out")?.cancelling).toBe(false);
    story.when(renew).brings({ type: "LeaseRenewed" });
    expect(delegationOf(story)?.phase).toBe("active");
  });

  test("GOV-011: after its lease an agent may still reduce", () => {
    given(...aliceLong, wait(600_000), tick)
      .when(order(ALICE, "o2", { side: "sell", reduceOnly: true }))
      .brings({ type: "OrderApproved", opening: 0n });
  });
});

describe("raises and cuts", () => {
  test("GOV-012: a raise waits for its delay, then lifts the cap once", () => {
    const story = given(...alice)
      .when(raise("3000"))
      .brings({ type: "RaiseScheduled" });
    expect(delegationOf(story)?.cap).toBe(usd("2000"));
    story.given(wait(59_999)).when(tick).bringsNothing();
    story
      .given(wait(1))
      .when(tick)
      .bringsAmong({ type: "CapRaised", agent: ALICE, cap: usd("3000") });
    story.given(wait(1)).when(tick).bringsNothing();
  });

  test("GOV-013: a raise is measured again when its time comes, and voided when uncovered", () => {
    given(...alice, enrolled(BOB), raise("3000"), granted(BOB, { cap: "6500" }), wait(60_000))
      .when(tick)
      .brings({ type: "DeadlinesPassed" }, { type: "RaiseVoided", agent: ALICE });
  });

  test("GOV-014: a raise that waits is refused where it would not be covered now", () => {
    given(...alice, enrolled(BOB), granted(BOB, { cap: "6500" }))
      .when(raise("2500.000001"))
      .refused("coverage_exceeded", "asked 500.000001, allowed 500");
  });

  test("GOV-015: a cut is instant, and voids the raise that waits", () => {
    const story = given(...alice, raise("3000")).when(cut("500"));
    story.brings({ type: "CapCut", cap: usd("500") });
    expect(story.state.committed).toBe(usd("500"));
    story.given(wait(60_000)).when(tick).bringsNo("CapRaised");
    expect(delegationOf(story)?.cap).toBe(usd("500"));
  });

  test("GOV-016: a raise of a delegation that is being recalled is voided", () => {
    given(...alice, reserve("r1"), order(ALICE, "o1"), raise("3000"), wait(59_500), recall)
      .given(wait(500))
      .when(tick)
      .bringsNo("CapRaised");
    given(...alice, wait(600_000), tick)
      .when(raise("3000"))
      .refused("illegal_phase");
  });

  test("GOV-017: below what is in use a cut commits what is in use, and nothing new is opened", () => {
    const story = given(...alice, reserve("r1", "1000"), cut("400"));
    expect(story.state.committed).toBe(usd("1000"));
    story.when(reserve("r2", "0.000001")).refused("cap_exceeded", "asked 0.000001, allowed 0");
    const bet = { bet: "b1", game: "dice", params: {}, clientSeed: "alice-seed" };
    story
      .when(by(ALICE, "PlaceBet", { ...bet, stake: "400.000001", reservation: "r1" }))
      .refused("cap_exceeded", "asked 400.000001, allowed 400");
    story
      .when(by(ALICE, "PlaceBet", { ...bet, stake: "400", reservation: "r1" }))
      .brings({ type: "ReservationPosted" }, { type: "BetPlaced" });
  });

  test("GOV-027: a floor may be as high as the cap, and no raise is scheduled without cover", () => {
    given(...open, enrolled(ALICE))
      .when(granted(ALICE, { floor: "2000" }))
      .brings({ type: "DelegationGranted" });
    const full = [...open, enrolled(ALICE), granted(ALICE, { cap: "9000" }), order(ALICE, "o1")];
    given(...full, reported(fill(ALICE, "o1", "0.1")))
      .when(raise("9000.000001"))
      .refused("uncovered");
  });

  test("GOV-018: what a cut frees may be granted to another", () => {
    given(...alice, cut("1000"), enrolled(BOB))
      .when(granted(BOB, { cap: "8000" }))
      .brings({ type: "DelegationGranted" });
  });
});

describe("recall and revocation", () => {
  test("GOV-019: a recall gives up pending holds, cancels what would open, and takes nothing new", () => {
    given(...alice, reserve("r1"), order(ALICE, "o1"))
      .when(recall)
      .brings(
        { type: "DelegationRecalled" },
        { type: "ReservationVoided", amount: usd("100") },
        { type: "CancelRequested" },
      )
      .when(reserve("r2"))
      .refused("reduce_only");
  });

  test("GOV-020: an agent without obligations ends in the turn that recalls it", () => {
    const story = given(...alice).when(recall);
    story.brings({ type: "DelegationRecalled" }, { type: "DelegationEnded", agent: ALICE });
    expect(story.state.committed).toBe(0n);
    story.when(granted(ALICE)).brings({ type: "DelegationGranted" });
  });

  test("GOV-021: what is open when the grace ends is closed, never before, and once", () => {
    const story = given(...aliceLong, recall, wait(999));
    story.when(tick).bringsNothing();
    story.given(wait(1)).when(tick);
    story.brings(
      { type: "DeadlinesPassed" },
      { type: "PositionClosing", market: BTC_PERP, reason: "recall" },
      { type: "OrderApproved", forced: "recall", side: "sell", opening: 0n, hold: 0n },
    );
    story.when(closed(ALICE, "0.1"));
    story.bringsAmong({ type: "DelegationEnded", agent: ALICE });
  });

  test("GOV-022: a revoked agent is closed at once, and can be granted anew when it is flat", () => {
    const story = given(...aliceLong).when(revoke);
    story.brings(
      { type: "DelegationRevoked" },
      { type: "PositionClosing", reason: "revoked" },
      { type: "OrderApproved", forced: "revoked" },
    );
    story.when(granted(ALICE)).refused("delegation_exists");
    story.when(closed(ALICE, "0.1")).bringsAmong({ type: "DelegationEnded", agent: ALICE });
  });

  test("GOV-023: a fill that comes after the grace is closed as well", () => {
    const story = given(...alice, order(ALICE, "o1"), revoke);
    story.when(reported(fill(ALICE, "o1", "0.1")));
    story.bringsAmong({
      type: "PositionClosing",
      agent: ALICE,
      market: BTC_PERP,
      reason: "recall",
    });
    expect(delegationOf(story)?.phase).toBe("recalling");
  });

  test("GOV-024: a revocation asks every loan back", () => {
    const lend = by(ALICE, "OpenLoan", {
      loan: "l1",
      asset: "USDC",
      amount: "100",
      minRate: 0,
      noticeMs: 9,
    });
    given(...alice, lend)
      .given((law) =>
        reported({
          type: "loanOpened",
          loan: effectOf("OpenLoan")(law),
          rate: 1 as never,
          collateral: 0 as never,
        }),
      )
      .when(revoke)
      .brings({ type: "DelegationRevoked" }, { type: "LoanRecallRequested", reason: "revoked" });
  });

  test("GOV-025: a recall that waits may be made a revocation, and no second recall", () => {
    const story = given(...aliceLong, recall);
    story.when(recall).refused("illegal_phase");
    story.when(revoke).bringsAmong({ type: "DelegationRevoked", agent: ALICE });
  });

  test("GOV-028: the time of a recall that is over closes nothing of the next delegation", () => {
    const story = given(...alice, recall, granted(ALICE), order(ALICE, "o1"));
    story.given(reported(fill(ALICE, "o1", "0.1")), wait(1_000));
    story.when(tick).bringsNo("PositionClosing");
  });

  test("GOV-026: a stop that fires after its delegation ended leaves a position that is closed", () => {
    const story = given(...aliceLong, revoke, closed(ALICE, "0.1"));
    expect(delegationOf(story)?.phase).toBe("ended");
    story.when(reported(stopFill(ALICE, "0.1", "9215")));
    story.bringsAmong({ type: "PositionClosing", agent: ALICE, market: BTC_PERP, reason: "ended" });
    story.when(ops("Retire", { agent: "alice" })).refused("has_obligations");
  });
});
