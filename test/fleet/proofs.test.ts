/** The law's own proof of every bet: nobody's word is taken for it, and what cannot be proven is told. */
import { describe, expect, test } from "vitest";
import { PROOF_WITHIN_MS } from "../../src/core/limits.ts";
import { isLie } from "../../src/fleet/lies.ts";
import { agentView, fleetView } from "../../src/fleet/views.ts";
import type { Command } from "../../src/protocol/turns.ts";
import {
  COMMITTED,
  check,
  dice,
  drawn,
  resumed,
  revealed,
  seedsRevealed,
  settledBet,
} from "./bet-cases.ts";
import { ALICE, usd } from "./cast.ts";
import { by, given, reported, type Story, tick, wait } from "./spec.ts";
import { fleetOf } from "./steps.ts";

/** A house that pays a tenth of what was won. */
const underpaid = settledBet({ nonce: 7, won: true, payout: usd("1.99") });
const told = { agent: ALICE, bet: "b1" };
const unprovenIn = (story: Story) => ({
  own: agentView(story.state, ALICE, story.now)?.casino.unproven,
  line: fleetView(story.state, story.now).agents.find(({ agent }) => agent === ALICE)?.unproven,
});

describe("the law's proof", () => {
  test("BPF-001: a revealed seed proves every bet drawn under it, though its agent checks none", () => {
    const story = given(...settledBet(), dice("b2"), reported(drawn("b2", { nonce: 8 })), revealed);
    story
      .when(tick)
      .brings(
        { type: "DeadlinesPassed" },
        { type: "BetProven", ...told, fault: "" },
        { type: "BetProven", agent: ALICE, bet: "b2", fault: "" },
      );
    // It stays for its agent to learn from.
    expect(story.state.bets.get("alice/b1")).toMatchObject({ phase: "settled", proof: "fair" });
    expect(story.state.toProve.get(COMMITTED)?.keys.size).toBe(0);
    story.when(check(true)).brings({ type: "BetChecked", verified: true });
  });

  test("BPF-020: a seed that others push out before the proof is due proves its bets as it goes", () => {
    const story = given(...settledBet(), revealed, seedsRevealed(199));
    expect(story.state.bets.get("alice/b1")?.proof).toBe("open");
    story.when(seedsRevealed(1)).bringsAmong({ type: "BetProven", ...told, fault: "" });
    expect(story.state.revealed.map(({ seedHash }) => seedHash)).not.toContain(COMMITTED);
    expect(story.state.toProve.has(COMMITTED)).toBe(false);
    story.given(wait(PROOF_WITHIN_MS), tick);
    expect(unprovenIn(story).own ?? 0).toBe(0);
  });

  test("BPF-002: a false one is disputed by the law itself, told to the operator, with what is wrong", () => {
    const story = given(...underpaid, revealed).when(tick);
    story.bringsAmong(
      { type: "BetProven", ...told, fault: expect.stringMatching(/-mismatch$/) },
      { type: "BetDisputed", ...told, reason: expect.stringMatching(/-mismatch$/) },
    );
    expect(agentView(story.state, ALICE, story.now)?.bets[0]?.phase).toBe("disputed");
    expect(fleetView(story.state, story.now).counts["BetDisputed"]).toBe(1);
  });

  test("BPF-003: that a false bet verified is refused, before the law's proof and after it, and is a lie", () => {
    const before = given(...underpaid, revealed)
      .when(check(true))
      .refused("proof_contradicted");
    const claim = { type: "CheckBet", stamp: { from: ALICE }, body: {} } as unknown as Command;
    const rejection = before.last?.rejection;
    expect(rejection !== undefined && isLie(before.state, claim, rejection)).toBe(true);
    before.when(tick).bringsAmong({ type: "BetDisputed", ...told });
    before.when(check(true)).refused("proof_contradicted", "b1");
  });

  test("BPF-004: while the seed is not revealed nobody has verified it: to say so is a lie", () => {
    const story = given(...settledBet())
      .when(check(true))
      .refused("seed_not_revealed", COMMITTED);
    const claim = { type: "CheckBet", stamp: { from: ALICE }, body: {} } as unknown as Command;
    const rejection = story.last?.rejection;
    expect(rejection !== undefined && isLie(story.state, claim, rejection)).toBe(true);
    // That it does not verify may be said: its seed may never come.
    story.when(check(false)).bringsAmong({ type: "BetDisputed", ...told });
  });

  test("BPF-005: a report that comes after its seed is proven all the same", () => {
    const [place] = settledBet().slice(-2);
    if (place === undefined) throw new Error("a bet is placed");
    const story = given(...settledBet().slice(0, -2), place, revealed, reported(drawn("b1")));
    story.when(tick).bringsAmong({ type: "BetProven", ...told, fault: "" });
  });

  test("BPF-006: unproven for ten minutes it is told once, counted, and proven when its seed comes", () => {
    expect(PROOF_WITHIN_MS).toBe(600_000);
    const story = given(...settledBet());
    story.when(wait(PROOF_WITHIN_MS - 1), tick).bringsNo("BetUnproven");
    expect(unprovenIn(story)).toEqual({ own: undefined, line: undefined });
    story.when(wait(1), tick).bringsAmong({
      ...{ type: "BetUnproven", ...told, seedHash: COMMITTED, waitedMs: PROOF_WITHIN_MS },
    });
    expect(unprovenIn(story)).toEqual({ own: 1, line: 1 });
    story.when(wait(PROOF_WITHIN_MS), tick).bringsNothing();
    story
      .given(revealed)
      .when(tick)
      .bringsAmong({ type: "BetProven", ...told, fault: "" });
    expect(unprovenIn(story)).toEqual({ own: undefined, line: undefined });
  });

  test("BPF-007: a bet that its agent disputes is still proven: the operator sees who is right", () => {
    const fair = given(...settledBet(), check(false), revealed).when(tick);
    fair.bringsAmong({ type: "BetProven", ...told, fault: "" }).bringsNo("BetDisputed");
    expect(fair.state.bets.get("alice/b1")?.phase).toBe("disputed");
    const early = given(...underpaid, revealed).when(check(false));
    early.bringsAmong({ type: "BetChecked", verified: false }, { type: "BetDisputed", ...told });
    const unfair = given(...underpaid, check(false), revealed).when(tick);
    unfair.bringsAmong({ type: "BetProven", ...told }).bringsNo("BetDisputed");
  });

  test("BPF-008: of a game that the law does not know it says that none can be proven, and takes a check", () => {
    const strange = given(...settledBet({}, "keno"), revealed);
    strange.when(tick).bringsNo("BetProven").bringsNo("BetUnproven");
    strange.when(wait(PROOF_WITHIN_MS), tick).bringsAmong({ type: "BetUnproven", ...told });
    strange.when(check(true)).brings({ type: "BetChecked", verified: true });
    expect(strange.state.toProve.get(COMMITTED)?.keys.size).toBe(0);
  });

  test("BPF-009: of too many the proven go first; what goes unproven is counted for its agent", () => {
    const other = { seedHash: "another" };
    const story = given(...settledBet(other), dice("b2"), reported(drawn("b2")), revealed, tick);
    const kept = () => ["b1", "b2"].filter((bet) => story.state.bets.has(`alice/${bet}`));
    for (let i = 0; i < 199; i += 1) {
      story.take(dice(`n${i}`, "dice", "1"));
      story.given(reported(drawn(`n${i}`, { ...other, nonce: 100 + i })));
    }
    // The first is older, the second was proven.
    expect(kept()).toEqual(["b1"]);
    expect(unprovenIn(story)).toEqual({ own: undefined, line: undefined });
    story.given(dice("last", "dice", "1"), reported(drawn("last", { ...other, nonce: 999 })));
    expect(kept()).toEqual([]);
    expect(unprovenIn(story)).toEqual({ own: 1, line: 1 });
    expect(story.state.toProve.get("another")?.keys.size).toBe(200);
  });

  test("BPF-010: what was proven, or checked and is gone, is not looked at again when its time is over", () => {
    const late = [wait(PROOF_WITHIN_MS), tick] as const;
    for (const steps of [settledBet(), underpaid]) {
      const proven = given(...steps, revealed).given(tick);
      proven
        .when(...late)
        .bringsNo("BetProven")
        .bringsNo("BetUnproven")
        .bringsNo("BetDisputed");
    }
    const gone = given(...settledBet(), revealed, check(true)).when(...late);
    gone.bringsNo("BetProven").bringsNo("BetUnproven");
    // A new bet of the same name has a time of its own.
    const again = given(...settledBet(), revealed, check(true), wait(PROOF_WITHIN_MS - 1));
    again
      .given(by(ALICE, "Renew", {}), dice("b1"))
      .when(wait(1), tick)
      .bringsNo("BetUnproven");
    const other = reported(drawn("b1", { seedHash: "another" }));
    again
      .given(other)
      .when(wait(PROOF_WITHIN_MS - 1), tick)
      .bringsNo("BetUnproven");
    again.when(wait(1), tick).bringsAmong({ type: "BetUnproven", ...told });
  });

  test("BPF-011: what its agent has to say of a check is kept, and told as why it is disputed", () => {
    const said = by(ALICE, "CheckBet", { bet: "b1", verified: false, note: "the roll differs" });
    const story = given(...settledBet()).when(said);
    story.brings(
      { type: "BetChecked", note: "the roll differs" },
      { type: "BetDisputed", reason: "the roll differs" },
      { type: "BettingHeld", reason: "the roll differs" },
    );
  });

  test("BPF-012: a draw decides one bet of the fleet: whoever is decided by it again is not proven", () => {
    const story = given(...settledBet(), dice("b2")).when(reported(drawn("b2")));
    story.bringsAmong(
      { type: "BetProven", agent: ALICE, bet: "b2", fault: "draw-used-twice" },
      { type: "BetDisputed", bet: "b2", reason: "draw-used-twice" },
    );
    story.given(revealed).when(tick);
    story.brings({ type: "DeadlinesPassed" }, { type: "BetProven", ...told, fault: "" });
  });

  test("BPF-013: of one seed the last 2,000 draws are known as used", () => {
    const story = given(...settledBet().slice(0, -2));
    const bets = (from: number, count: number) => {
      const named = Array.from({ length: count }, (_, i) => from + i);
      for (const i of named) story.take(dice(`n${i}`, "dice", "1"));
      story.run(reported(...named.map((i) => drawn(`n${i}`, { nonce: i, payout: usd("1") }))));
    };
    for (let from = 0; from < 2_001; from += 50) bets(from, Math.min(50, 2_001 - from));
    const again = (bet: string, nonce: number) => {
      story.given(dice(bet, "dice", "1"), reported(drawn(bet, { nonce })));
      return story.state.bets.get(`alice/${bet}`)?.reused;
    };
    expect([again("first", 0), again("third", 2)]).toEqual([false, true]);
  });
});

/** Bets of Alice's settled one after the other, named n0 and so on, each with a draw of its own. */
function settle(story: Story, count: number, lie: Parameters<typeof drawn>[1], disputes = false) {
  for (let i = 0; i < count; i += 1) {
    story.take(dice(`n${i}`, "dice", "1"));
    story.run(reported(drawn(`n${i}`, { nonce: 10_000 + i, ...lie })));
    if (disputes) for (const step of [check(false, `n${i}`), resumed]) story.take(step);
  }
  return story;
}

describe("what the law keeps for its proof", () => {
  const usedTwice = { type: "BetProven", bet: "b2", fault: "draw-used-twice" } as const;
  const again = [dice("b2"), reported(drawn("b2"))];
  const drawsOf = (story: Story) => story.state.toProve.get(COMMITTED)?.nonces;

  test("BPF-014: a draw stays used when the bets of its seed are proven, as long as the seed can prove one", () => {
    for (const once of [tick, check(true)])
      given(...settledBet(), revealed, once)
        .when(...again)
        .bringsAmong(usedTwice);
    const proven = given(...settledBet(), revealed, tick, seedsRevealed(199));
    expect(drawsOf(proven)).toEqual(new Set([7]));
    expect(drawsOf(proven.given(seedsRevealed(1)))).toBeUndefined();
    // One that nobody can prove keeps what is known of its seed.
    const other = [dice("b2", "slots"), reported(drawn("b2", { nonce: 8 }))];
    const waits = given(...settledBet(), revealed, tick, ...other, seedsRevealed(200));
    expect(drawsOf(waits)).toEqual(new Set([7, 8]));
  });

  test("BPF-015: the draws of the seed that stands committed stay used, though its bets are forgotten", () => {
    const committed = (seedHash: string) => reported({ type: "seedCommitted", seedHash });
    const forgotten = () =>
      settle(given(...settledBet(), committed(COMMITTED)), 200, { seedHash: "another" });
    const story = forgotten();
    expect(story.state.bets.has("alice/b1")).toBe(false);
    story.when(...again).bringsAmong(usedTwice);
    expect(drawsOf(forgotten().given(committed("next")))).toBeUndefined();
  });

  test("BPF-016: an agent that disputes 200 honest bets does not end the law's proof of the next", () => {
    const story = settle(given(...settledBet(), check(false), resumed), 199, {}, true);
    const lost = { nonce: 500, won: false, payout: usd("0"), outcome: "1.00" };
    story.given(dice("last"), reported(drawn("last", lost)));
    // The first that it has disputed goes, and counts as unproven.
    const kept = (...bets: string[]) => bets.map((bet) => story.state.bets.has(`alice/${bet}`));
    expect(kept("b1", "n0", "last")).toEqual([false, true, true]);
    expect(unprovenIn(story)).toEqual({ own: 1, line: 1 });
    const fault = expect.stringMatching(/-mismatch$/);
    story.given(revealed).when(tick);
    story.bringsAmong({ type: "BetProven", bet: "last", fault }, { type: "BetDisputed" });
  });

  test("BPF-017: of the proven those go first that nobody disputes, and all of them before a disputed one", () => {
    const other = { seedHash: "another" };
    const late = ["m1", "m2", "m3", "m4"] as const;
    const open = [...late, "b2", "b3", "b4"].map((bet) => dice(bet, "dice", "1"));
    const story = settle(given(...settledBet(other)), 196, other).given(...open);
    story.given(reported(drawn("b2", { ...other, nonce: 9 })), check(false, "b2"));
    story.given(reported(drawn("b3")), check(false, "b3"));
    story.given(reported(drawn("b4", { nonce: 8 })), revealed, tick);
    const goes = late.map((bet, i) => {
      story.given(reported(drawn(bet, { ...other, nonce: 20 + i })));
      return ["b1", "b2", "b3", "b4"].filter((name) => story.state.bets.has(`alice/${name}`));
    });
    expect(goes).toEqual([["b1", "b2", "b3"], ["b1", "b2"], ["b1"], []]);
    expect(unprovenIn(story)).toEqual({ own: 2, line: 2 });
  });

  test("BPF-018: nor do 200 open bets end it: what is open is not counted among what is kept", () => {
    const story = given(...settledBet().slice(0, -2));
    for (let i = 0; i < 201; i += 1) story.take(dice(`n${i}`, "dice", "1"));
    story.given(reported(drawn("n0")), revealed).when(tick);
    story.bringsAmong({ type: "BetProven", bet: "n0", fault: "" });
  });

  test("BPF-019: a bet that the law has proven fair verifies too when its seed is known no more", () => {
    const story = given(...settledBet(), revealed, tick, seedsRevealed(200));
    story.when(check(true)).brings({ type: "BetChecked", verified: true });
    const late = [...fleetOf(ALICE), dice("b1"), revealed, seedsRevealed(200)];
    const unproven = given(...late, reported(drawn("b1")));
    unproven.when(check(true)).refused("seed_not_revealed", COMMITTED);
  });
});
