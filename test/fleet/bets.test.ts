/** Bets: a stake that leaves the wallet until its result, and the check of its proof. */
import { describe, expect, test } from "vitest";
import { balance } from "../../src/fleet/ledger.ts";
import type { Law } from "../../src/fleet/state.ts";
import { fleetView } from "../../src/fleet/views.ts";
import type { ReportBody } from "../../src/protocol/reports.ts";
import { resumed, revealed, settledBet } from "./bet-cases.ts";
import { ALICE, usd } from "./cast.ts";
import { answered, by, effectOf, given, ops, REJECTED, reported } from "./spec.ts";
import { fleetOf } from "./steps.ts";

const alice = fleetOf(ALICE);
const cash = (story: ReturnType<typeof given>, account = "USDC/wallet") =>
  balance(story.state.ledger, account);
const holder = (story: ReturnType<typeof given>) => story.state.agents.get(ALICE);

describe("bets", () => {
  const bet = (name: string, stake = "10") =>
    by(ALICE, "PlaceBet", {
      bet: name,
      game: "dice",
      stake,
      params: { over: 50 },
      clientSeed: "alice-seed",
    });
  const settled =
    (name: string, payout: string) =>
    (law: Law): ReportBody => ({
      type: "betSettled",
      bet: law.bets.get(`alice/${name}`)?.name ?? ("0.0.0" as never),
      won: payout !== "0",
      payout: usd(payout),
      ...{ seedHash: "h", clientSeed: "alice-seed", resultHash: "r", outcome: "73.21" },
      // A draw of its own for each name.
      nonce: Number.parseInt(name, 36),
    });
  const check = (verified: boolean) => by(ALICE, "CheckBet", { bet: "b1", verified });

  test("BET-001: a stake leaves the wallet until its result, and is held", () => {
    const story = given(...alice).when(bet("b1"));
    story.brings({ type: "BetPlaced", stake: usd("10"), effect: { effect: { type: "PlaceBet" } } });
    expect([cash(story), cash(story, "USDC/bets"), holder(story)?.reserved]).toEqual([
      usd("9990"),
      usd("10"),
      usd("10"),
    ]);
    expect(story.state.collateral).toBe(usd("10000"));
  });

  test("BET-002: a win brings its payout, a loss its stake away, each once", () => {
    const won = given(...alice, bet("b1")).when(reported(settled("b1", "19.8")));
    won.brings({ type: "BetSettled", won: true, payout: usd("19.8") }, { type: "ReportsTaken" });
    expect([cash(won), holder(won)?.realized, holder(won)?.reserved]).toEqual([
      usd("10009.8"),
      usd("9.8"),
      0n,
    ]);
    won
      .when(reported(settled("b1", "19.8")))
      .brings({ type: "ReportUnmatched" }, { type: "ReportsTaken" });
    const lost = given(...alice, bet("b1"), reported(settled("b1", "0")));
    expect([cash(lost), holder(lost)?.realized]).toEqual([usd("9990"), usd("-10")]);
  });

  test("BET-003: a payout below zero takes nothing more than the stake", () => {
    const story = given(...alice, bet("b1"), reported(settled("b1", "-5")));
    expect(cash(story)).toBe(usd("9990"));
  });

  test("BET-004: a bet that the venue refused gives its stake back, and only while it is open", () => {
    const story = given(...alice, bet("b1")).when(answered(effectOf("PlaceBet"), REJECTED));
    story.brings({ type: "EffectAnswered" }, { type: "BetFailed", bet: "b1" });
    expect([cash(story), holder(story)?.reserved]).toEqual([usd("10000"), 0n]);
    given(...alice, bet("b1"), reported(settled("b1", "0")))
      .when(answered(effectOf("PlaceBet"), REJECTED))
      .brings({ type: "EffectAnswered" });
  });

  test("BET-005: its owner checks a settled bet once; what does not verify is kept as disputed", () => {
    given(...settledBet(), revealed)
      .when(check(true))
      .brings({ type: "BetChecked", verified: true })
      .when(check(true))
      .refused("unknown_bet");
    const story = given(...alice, bet("b1"), reported(settled("b1", "0")), check(false));
    expect(story.state.bets.get("alice/b1")?.phase).toBe("disputed");
    expect(story.last?.events).toMatchObject([
      { type: "BetChecked", verified: false },
      { type: "BetDisputed", agent: ALICE, bet: "b1", game: "dice", payout: usd("0") },
      { type: "BettingHeld", agent: ALICE, bet: "b1", atFault: "unknown" },
    ]);
    expect(fleetView(story.state, story.now).counts["BetDisputed"]).toBe(1);
    story.when(check(true)).refused("bet_not_settled");
  });

  test("BET-006: seeds are committed, rotated on request and kept when revealed, the last 200", () => {
    const story = given(...alice, reported({ type: "seedCommitted", seedHash: "h1" }));
    story.when(by(ALICE, "RotateSeed", {})).brings({ type: "SeedRotationRequested" });
    const reveal = (i: number): ReportBody => ({
      type: "seedRevealed",
      seedHash: `h${i}`,
      serverSeed: `s${i}`,
      bets: i,
    });
    story.given(reported(...Array.from({ length: 201 }, (_, i) => reveal(i))));
    expect(story.state.seedHash).toBe("h1");
    expect(story.state.revealed.length).toBe(200);
    expect(story.state.revealed[0]?.seedHash).toBe("h1");
    story
      .given(ops("Revoke", { agent: "alice" }))
      .when(by(ALICE, "RotateSeed", {}))
      .refused("no_delegation");
  });

  test("BET-007: ended bets are kept up to 200, an open one beside them", () => {
    const story = given(...alice, bet("open", "1"));
    for (let i = 0; i < 201; i++) {
      story.take(bet(`n${i}`, "1"));
      story.given(reported(settled(`n${i}`, "0")));
    }
    expect(story.state.bets.size).toBe(201);
    expect([story.state.bets.has("alice/open"), story.state.bets.has("alice/n0")]).toEqual([
      true,
      false,
    ]);
  });

  test("BET-008: of what nobody has proven a disputed one goes first, which was told, then the oldest", () => {
    const story = given(...alice, bet("n0", "1"), reported(settled("n0", "0")));
    story.given(bet("b1", "1"), reported(settled("b1", "0")), check(false), resumed);
    const until = (last: number, from: number) => {
      for (let i = from; i <= last; i++) {
        story.take(bet(`n${i}`, "1"));
        story.given(reported(settled(`n${i}`, "0")));
      }
      return ["n0", "b1", "n1"].filter((name) => story.state.bets.has(`alice/${name}`));
    };
    expect(until(198, 1)).toEqual(["n0", "b1", "n1"]);
    expect(until(199, 199)).toEqual(["n0", "n1"]);
    expect(until(200, 200)).toEqual(["n1"]);
  });
});
