/** An agent with a disputed bet places no other until the operator has looked at it; who did wrong is told. */
import { describe, expect, test } from "vitest";
import { type AgentId, agentId } from "../../src/core/ids.ts";
import { explainDecision } from "../../src/fleet/explain-decision.ts";
import { balance } from "../../src/fleet/ledger.ts";
import { agentView, fleetView } from "../../src/fleet/views.ts";
import { check, dice, drawn, resumed, revealed, settledBet } from "./bet-cases.ts";
import { ALICE, BOB, usd } from "./cast.ts";
import { by, given, ops, reported, type Step, type Story, tick } from "./spec.ts";
import { enrolled, granted } from "./steps.ts";

/** A house that pays a tenth of what was won: the outcome holds, what it says of the win does not. */
const cheated: readonly Step[] = settledBet({ payout: usd("1.99"), won: true });
const proven = [...cheated, revealed, tick];
const told = { type: "BettingHeld", agent: ALICE, bet: "b1" } as const;
const house = { ...told, atFault: "house", reason: expect.stringMatching(/-mismatch$/) } as const;
const agent = { ...told, atFault: "agent", reason: "its proof holds" } as const;
const heldIn = (story: Story, agent: AgentId = ALICE) =>
  agentView(story.state, agent, story.now)?.casino.held;
const CAROL = agentId("carol");
const bob = [enrolled(BOB), granted(BOB)];
const bobs = (name: string): Step => ({ ...dice(name), from: BOB });

describe("after a bet that the law has proven false", () => {
  test("BHD-001: the house lied, and its agent bets no more: refused, with the bet and who did wrong", () => {
    const story = given(...cheated, revealed).when(tick);
    story.bringsAmong({ type: "BetProven", bet: "b1" }, { type: "BetDisputed" }, house);
    story.when(dice("b2")).refused("betting_held");
    expect(story.last?.rejection?.detail).toMatch(/^b1: the house lied \([a-z]+-mismatch\)$/);
    expect(balance(story.state.ledger, "USDC/bets")).toBe(0n);
  });

  test("BHD-002: a reservation that a refused bet would have drawn on is still there", () => {
    const hold = by(ALICE, "Reserve", {
      ...{ reservation: "r1", amount: "10", service: "casino", ttlMs: 60_000 },
    });
    const draws = { ...dice("b2"), body: { ...(dice("b2").body as object), reservation: "r1" } };
    const story = given(...proven, hold)
      .when(draws)
      .refused("betting_held");
    expect(story.state.reservations.has("alice/r1")).toBe(true);
  });

  test("BHD-003: all else stays open to it: seeds, checks, other services, and bets that are open end", () => {
    const open = [...settledBet({ payout: usd("1.99"), won: true }), dice("b2"), revealed, tick];
    const story = given(...open);
    story.when(by(ALICE, "RotateSeed", {})).brings({ type: "SeedRotationRequested" });
    story.when(reported(drawn("b2", { nonce: 8 }))).bringsAmong({ type: "BetSettled", bet: "b2" });
    story.when(check(true, "b2")).brings({ type: "BetChecked", verified: true });
    const loan = { loan: "l1", asset: "USDC", amount: "10", minRate: 0, noticeMs: 1_000 };
    story.when(by(ALICE, "OpenLoan", loan)).brings({ type: "LoanRequested" });
  });

  test("BHD-004: nobody else of the fleet bets there, and each is told whose bet it is", () => {
    const story = given(...proven, ...bob).when(bobs("b2"));
    story.refused("betting_held");
    expect(story.last?.rejection?.detail).toMatch(
      /^b1 of alice: the house lied \([a-z]+-mismatch\)$/,
    );
    expect(heldIn(story, BOB)).toMatchObject({ agent: ALICE, bet: "b1", atFault: "house" });
    expect(heldIn(story)).not.toHaveProperty("agent");
    const lines = fleetView(story.state, story.now).agents;
    expect(lines.map((line) => [line.agent, line.held?.atFault])).toEqual([
      [ALICE, "house"],
      [BOB, undefined],
    ]);
  });

  test("BHD-013: the others' seeds, checks, open bets and other services go on", () => {
    const open = [...cheated, ...bob, bobs("b2"), revealed, tick];
    const story = given(...open).when(by(BOB, "RotateSeed", {}));
    story.brings({ type: "SeedRotationRequested", agent: BOB });
    const settled = reported(drawn("b2", { nonce: 8 }, BOB));
    story.when(settled).bringsAmong({ type: "BetSettled", agent: BOB });
    story.when({ ...check(true, "b2"), from: BOB }).brings({ type: "BetChecked", agent: BOB });
    const loan = { loan: "l1", asset: "USDC", amount: "10", minRate: 0, noticeMs: 1_000 };
    story.when(by(BOB, "OpenLoan", loan)).brings({ type: "LoanRequested", agent: BOB });
  });

  test("BHD-014: resuming to whom it lied lets all bet again, also after its delegation ended", () => {
    for (const between of [[], [ops("Revoke", { agent: "alice" }), tick]]) {
      const story = given(...proven, ...bob, ...between).when(resumed);
      story.bringsAmong({ type: "BettingCleared", agent: ALICE, atFault: "house" });
      expect(heldIn(story, BOB)).toBeUndefined();
      story.when(bobs("b2")).brings({ type: "BetPlaced", agent: BOB });
    }
  });

  test("BHD-015: a lie to each of two: nobody bets until the operator has looked at both", () => {
    const both = [...cheated, ...bob, bobs("b2"), reported(drawn("b2", { payout: usd("1") }, BOB))];
    const story = given(...both, enrolled(CAROL), granted(CAROL), revealed, tick);
    expect(heldIn(story, BOB)).toMatchObject({ bet: "b2", atFault: "house" });
    story.given(resumed);
    story.when(dice("b3")).refused("betting_held", "b2 of bob: the house lied (draw-used-twice)");
    story.when({ ...dice("b3"), from: CAROL }).refused("betting_held");
    story.given(ops("SetMode", { agent: "bob", mode: "run", reason: "looked at" }));
    story.when({ ...dice("b3"), from: CAROL }).brings({ type: "BetPlaced", agent: CAROL });
  });
});

describe("an agent that accuses a house falsely", () => {
  test("BHD-016: stops nobody but itself: neither while nobody can say, nor once it has lied", () => {
    const story = given(...settledBet(), ...bob, check(false));
    story.when(bobs("b2")).brings({ type: "BetPlaced", agent: BOB });
    story.given(revealed, tick);
    expect(heldIn(story)?.atFault).toBe("agent");
    expect(heldIn(story, BOB)).toBeUndefined();
    story.when(bobs("b3")).brings({ type: "BetPlaced", agent: BOB });
  });

  test("BHD-017: of a game that the law can not prove stops nobody else either", () => {
    const strange = given(...settledBet({}, "keno"), ...bob, revealed, check(false), tick);
    expect(heldIn(strange)?.atFault).toBe("unknown");
    strange.when(bobs("b2")).brings({ type: "BetPlaced", agent: BOB });
  });

  test("BHD-018: a house that lied to one who was held for a false word is held to account all the same", () => {
    const story = given(...cheated, ...bob, check(false));
    story.when(bobs("b2")).brings({ type: "BetPlaced", agent: BOB });
    story.given(revealed, tick);
    story.when(bobs("b3")).refused("betting_held");
  });
});

describe("a dispute of its agent", () => {
  test("BHD-005: holds it from then on, and while the seed is unknown nobody is at fault", () => {
    const story = given(...settledBet()).when(check(false));
    story.bringsAmong({ ...told, atFault: "unknown", reason: "" });
    story.when(dice("b2")).refused("betting_held", "b1: nobody is proven wrong yet ()");
    expect(heldIn(story)).toEqual({ bet: "b1", atFault: "unknown", reason: "" });
  });

  test("BHD-006: of a fair bet is a lie of the agent's, of another one of the house's: the proof tells", () => {
    given(...settledBet(), check(false), revealed)
      .when(tick)
      .brings({ type: "DeadlinesPassed" }, { type: "BetProven", fault: "" }, agent);
    given(...cheated, check(false), revealed)
      .when(tick)
      .brings({ type: "DeadlinesPassed" }, { type: "BetProven" }, house);
  });

  test("BHD-007: is judged at once where its seed is known, or the law has proven it", () => {
    given(...settledBet(), revealed)
      .when(check(false))
      .bringsAmong(agent);
    given(...settledBet(), revealed, tick)
      .when(check(false))
      .bringsAmong(agent);
    given(...cheated, revealed)
      .when(check(false))
      .bringsAmong(house);
  });

  test("BHD-008: what is known already is not told again; what is graver takes its place", () => {
    const both = [...settledBet(), dice("b2"), reported(drawn("b2", { nonce: 8, outcome: "x" }))];
    const story = given(...both, check(false), check(false, "b2"));
    expect(story.last?.events.map(({ type }) => type)).toEqual(["BetChecked", "BetDisputed"]);
    // The agent lied of the first, the house of the second: the second is what holds.
    story
      .given(revealed)
      .when(tick)
      .bringsAmong(agent, { ...house, bet: "b2" });
    expect(heldIn(story)).toMatchObject({ bet: "b2", atFault: "house" });
    // The house lied first: that an agent lies after it changes nothing.
    const first = [...cheated, dice("b2"), reported(drawn("b2", { nonce: 8 })), revealed, tick];
    given(...first)
      .when(check(false, "b2"))
      .brings({ type: "BetChecked" }, { type: "BetDisputed" });
  });
});

describe("the operator", () => {
  test("BHD-009: clears the dispute by resuming the agent: it bets again, and what is proven is gone", () => {
    const story = given(...proven).when(resumed);
    const cleared = { type: "BettingCleared", agent: ALICE, bet: "b1", atFault: "house" } as const;
    story.brings({ type: "ModeSet", agent: ALICE, mode: "run" }, cleared);
    expect([heldIn(story), story.state.bets.size]).toEqual([undefined, 0]);
    story.when(dice("b2")).brings({ type: "BetPlaced" });
    story.when(resumed).bringsNo("BettingCleared");
  });

  test("BHD-010: resuming the fleet or a venue clears none, and no other mode does", () => {
    const modes = [
      ops("SetMode", { mode: "run", reason: "x" }),
      ops("SetMode", { mode: "run", venue: "paper", reason: "x" }),
      ops("SetMode", { agent: "alice", mode: "reduce", reason: "x" }),
    ];
    for (const mode of modes) {
      const story = given(...proven).when(mode);
      story.bringsNo("BettingCleared");
      expect(heldIn(story)?.bet).toBe("b1");
    }
  });

  test("BHD-011: what is not proven yet is kept for its proof, which holds the agent anew", () => {
    const story = given(...settledBet(), check(false), resumed);
    expect(story.state.bets.get("alice/b1")?.phase).toBe("disputed");
    story.given(dice("b2"), revealed).when(tick).bringsAmong(agent);
    story.when(dice("b3")).refused("betting_held", "b1: the agent lied (its proof holds)");
  });

  test("BHD-012: reads in the explanation which dispute stands, and what would lift it", () => {
    const story = given(...proven);
    const law = structuredClone(story.state);
    const turn = story.take(dice("b2"));
    if (turn === undefined) throw new Error("a refusal is a turn");
    const asked = {
      ...{ bet: "b2", game: "dice", stake: "10", clientSeed: "alice-seed" },
      params: { direction: "over", threshold: 50 },
    };
    const said = explainDecision(law, { ...turn, asked }, { seq: story.journal.length, turn: 0 });
    expect(said.checks.at(-1)).toMatchObject({
      ...{ limit: "betting", passed: false, state: expect.stringContaining("the house lied") },
    });
    expect(said).toMatchObject({
      reproduced: true,
      change: "after the operator has looked at the dispute and resumed the agent whose bet it is",
    });
  });
});
