/** The casino strategy: it plays where it has an edge, checks every proof, and stops at the first lie. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { casinoConfig } from "../../agents/casino/config.ts";
import { edgeOf, isImplausible } from "../../agents/casino/edge.ts";
import { judge, noProofs, withDraws } from "../../agents/casino/proofs.ts";
import { beginCasino } from "../../agents/casino/strategy.ts";
import type { AgentView } from "../../src/protocol/views.ts";
import { normalQuantile } from "../../src/risk/distributions.ts";
import { kellyBet, winRateBound } from "../../src/risk/kelly.ts";
import { sampleDelegation } from "../../src/sdk/sample-view.ts";
import { Casino, type Cheat, configOf, hashes, play, strategy } from "./casino-given.ts";
import { bodies, decided, refused } from "./context.ts";

const config = configOf();
const NONE = { bets: 0, wins: 0 };
const dice = (game: string, threshold: number, pays: string) => ({
  game,
  params: { direction: "over", threshold },
  pays,
  maxStake: "20",
});
const honest = configOf({ games: [dice("dice", 50, "1.99")] });
const betsOf = (view: AgentView, given = config) =>
  bodies(decided(strategy, view, beginCasino(), given), "PlaceBet");

test("CAS-001: it plays by the library's bound of the rule and what was seen together, and by its Kelly", () => {
  const found = edgeOf(dice("dice-rebate", 50, "2.04"), { bets: 100, wins: 60 }, config);
  // The rule counts for 10,000; 2^32 is no multiple of that, so each roll is a little rarer.
  const wins = (found?.chance ?? 0) * 10_000 + 60;
  const bound = winRateBound(wins, 10_100, normalQuantile(0.95));
  expect(bound).toEqual({ ok: true, value: found?.low });
  expect(kellyBet({ p: found?.low ?? 0, odds: 1.04 })).toEqual({
    ...{ ok: true, value: expect.closeTo(found?.fraction ?? 0, 12) },
  });
  expect(edgeOf(dice("dice-rebate", 50, "1"), NONE, config)?.fraction).toBe(0);
});

test("CAS-002: a house edge is no edge, a rebate is one only as far as the bound is sure of it", () => {
  expect(edgeOf(dice("dice", 50, "1.99"), NONE, config)?.edge).toBeLessThan(-0.01);
  const half = edgeOf(dice("dice-rebate", 50, "2.04"), NONE, config);
  // 0.5 - 1.645 x 0.5 / 100 = 0.4918, times 2.04.
  expect(half?.edge).toBeCloseTo(0.0032, 3);
  const sure = edgeOf(dice("dice-rebate", 10, "1.1333"), NONE, config);
  // 0.9 - 1.645 x 0.3 / 100 = 0.8950 (Wilson), times 1.1333; Kelly is edge / 0.1333.
  expect(sure?.edge).toBeCloseTo(0.0142, 3);
  expect(sure?.fraction).toBeCloseTo(0.1066, 2);
  const doubtful = configOf({ ruleWeight: 1_000 });
  expect(edgeOf(dice("dice-rebate", 50, "2.04"), NONE, doubtful)?.edge).toBeLessThan(0);
});

test("CAS-003: always the bound is under the rule's chance, and more sure with more evidence", () => {
  const option = dice("dice-rebate", 50, "2.04");
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50_000 }), fc.integer({ min: 1, max: 99 }), (n, t) => {
      const bets = 2 * n;
      const edge = edgeOf(option, { bets, wins: n }, config);
      const before = edgeOf(option, NONE, config);
      expect(edge?.low).toBeLessThan(0.5);
      expect(edge?.low).toBeGreaterThan(before?.low ?? 1);
      const any = edgeOf(dice("dice-rebate", t, "99"), NONE, config);
      expect(any?.low).toBeLessThan(any?.chance ?? 0);
      expect(any?.fraction).toBeGreaterThanOrEqual(0);
      expect(any?.fraction).toBeLessThanOrEqual(1);
    }),
  );
});

test("CAS-004: losses that were verified take the edge away", () => {
  const option = dice("dice-rebate", 10, "1.1333");
  expect(edgeOf(option, { bets: 400, wins: 360 }, config)?.edge).toBeGreaterThan(0.01);
  expect(edgeOf(option, { bets: 400, wins: 200 }, config)?.edge).toBeLessThan(0);
});

test("CAS-005: the payout it counts on is never above the game's own table", () => {
  const boast = edgeOf(dice("dice", 50, "3"), NONE, config);
  expect(boast?.pays).toBe(1.99);
  expect(edgeOf(dice("poker", 50, "3"), NONE, config)).toBeUndefined();
});

test("CAS-006: without an edge it sits out and says so", () => {
  const decision = decided(strategy, new Casino().view(2_000), beginCasino(), honest);
  expect(decision.intents).toEqual([]);
  expect(decision.rest).toMatch(/^no edge: the best game has -2\.1\d % by its lower bound$/);
});

test("CAS-007: it stakes a quarter of Kelly of what is available, on the best game, once", () => {
  const [bet, ...more] = betsOf(new Casino().view(2_000));
  expect(more).toEqual([]);
  expect(bet?.game).toBe("dice-rebate");
  expect(bet?.params).toEqual({ direction: "over", threshold: 10 });
  const fraction = edgeOf(dice("dice-rebate", 10, "1.1333"), NONE, config)?.fraction ?? 0;
  const quarter = Math.floor(1_000 * fraction * 0.25 * 1e6) / 1e6;
  expect(Number(bet?.stake)).toBe(Math.min(20, quarter));
  const delegation = { ...sampleDelegation("casino"), available: "100", expiresAt: 60_000 };
  const [small] = betsOf(new Casino().view(2_000, { delegation }));
  expect(Number(small?.stake)).toBeCloseTo(quarter / 10, 5);
  const poor = { ...delegation, available: "1" };
  const out = decided(
    strategy,
    new Casino().view(2_000, { delegation: poor }),
    beginCasino(),
    config,
  );
  expect(out.rest).toMatch(/stake below the least/);
});

test("CAS-008: without a commitment it asks for one and does not bet", () => {
  const view = new Casino().view(2_000, { casino: { seedHash: "", revealed: [] } });
  const first = decided(strategy, view, beginCasino(), config);
  expect(first.intents).toEqual([{ command: "RotateSeed", body: {} }]);
  const again = decided(strategy, { ...view, at: 4_000 }, first.memory, config);
  expect(again.intents).toEqual([]);
});

test("CAS-009: it bets, rotates every few bets, verifies every one, and learns of them", () => {
  const casino = new Casino();
  const { memory } = play(casino, 200, beginCasino());
  expect(casino.staked.length).toBeGreaterThan(100);
  expect(casino.rotations).toBeGreaterThan(20);
  expect(casino.checks.length).toBeGreaterThan(casino.staked.length - 6);
  expect(casino.checks.every(({ verified }) => verified)).toBe(true);
  const [tally] = Object.values(memory.proofs.tallies);
  expect(tally?.bets).toBeGreaterThan(casino.checks.length - 6);
  expect(Object.keys(memory.proofs.witnessed).length).toBeLessThanOrEqual(8);
});

test("CAS-018: between two bets it waits its gap", () => {
  const slow = new Casino();
  play(slow, 50, beginCasino(), configOf({ gapMs: 20_000 }));
  expect(slow.staked).toHaveLength(5);
});

test("CAS-019: of the draws it remembers only the newest", () => {
  const view = new Casino().view(0);
  const bet = { bet: "b", game: "dice", stake: "1", phase: "settled" as const, params: {} };
  const rest = { clientSeed: "", payout: "0", seedHash: "x", resultHash: "", outcome: "" };
  const settled = Array.from({ length: 2_100 }, (_, nonce) => ({ ...bet, ...rest, nonce }));
  const { draws } = withDraws(noProofs, settled);
  expect(Object.keys(draws)).toHaveLength(2_000);
  expect(draws["x:2099"]).toBe("b");
  expect(
    judge({ ...bet, ...rest, nonce: 2_099, bet: "c" }, view, { ...noProofs, draws }, hashes),
  ).toEqual({
    type: "false",
    fault: "draw-used-twice, by b too",
  });
});

test("CAS-010: whatever way the casino cheats, it is told for the record, and it plays no more", () => {
  const faults: Record<Exclude<Cheat, "none">, RegExp> = {
    payout: /payout-mismatch/,
    outcome: /outcome-mismatch/,
    seed: /seed-hash-mismatch/,
    draw: /draw-used-twice/,
    unseen: /neither committed to nor revealed/,
  };
  for (const [cheat, fault] of Object.entries(faults)) {
    const casino = new Casino(cheat as Cheat);
    const first = play(casino, 60, beginCasino());
    const staked = casino.staked.length;
    const lies = casino.checks.filter(({ verified }) => !verified);
    expect(lies.length, cheat).toBeGreaterThan(0);
    expect(lies[0]?.note).toMatch(fault);
    expect(first.rest).toMatch(/does not trust the casino/);
    expect(play(casino, 20, first.memory).rest).toMatch(/does not trust/);
    expect(casino.staked.length, cheat).toBe(staked);
    if (cheat === "unseen") expect(staked).toBe(1);
  }
});

test("CAS-011: restarted after a lie, the disputed bet still keeps it from playing", () => {
  const casino = new Casino("payout");
  play(casino, 60, beginCasino());
  const staked = casino.staked.length;
  const { rest } = play(casino, 10, beginCasino());
  expect(rest).toMatch(/does not trust the casino: .* is disputed/);
  expect(casino.staked.length).toBe(staked);
});

test("CAS-020: it plays again when the operator has cleared the dispute, and not while the fleet holds it", () => {
  const casino = new Casino("payout");
  const { memory } = play(casino, 60, beginCasino());
  const staked = casino.staked.length;
  const [lie] = casino.checks.filter(({ verified }) => !verified);
  if (lie === undefined) throw new Error("a lie is told");
  casino.clear();
  const seeds = casino.view(0).casino;
  const held = { bet: lie.bet, atFault: "house", reason: "payout-mismatch" } as const;
  const still = play(casino, 1, memory, configOf(), { casino: { ...seeds, held } });
  expect(still.rest).toBe(`may not bet until the operator clears ${lie.bet}: the house lied`);
  expect(casino.staked.length).toBe(staked);
  const others = play(casino, 1, still.memory, configOf(), {
    casino: { ...seeds, held: { ...held, agent: "dealer" } },
  });
  expect(others.rest).toBe(
    `may not bet until the operator clears ${lie.bet} of dealer: the house lied`,
  );
  expect(casino.staked.length).toBe(staked);
  play(casino, 5, others.memory);
  expect(casino.staked.length).toBeGreaterThan(staked);
});

test("CAS-012: restarted in the middle, it verifies what the crash left open, but learns nothing of it", () => {
  const casino = new Casino();
  play(casino, 3, beginCasino());
  const left = casino.staked.length - casino.checks.length;
  expect(left).toBeGreaterThan(0);
  const { memory } = play(casino, 4, beginCasino());
  expect(casino.checks.length).toBeGreaterThanOrEqual(left);
  const learnt = Object.values(memory.proofs.tallies).reduce((sum, one) => sum + one.bets, 0);
  expect(learnt).toBeLessThan(casino.checks.length);
});

test("CAS-013: results that the rule would hardly ever give end the play", () => {
  const option = dice("dice-rebate", 10, "1.1333");
  expect(isImplausible(option, { bets: 100, wins: 90 }, config)).toBe(false);
  expect(isImplausible(option, { bets: 100, wins: 70 }, config)).toBe(true);
  const key = "dice-rebate direction=over threshold=10";
  const memory = beginCasino();
  const proofs = { ...memory.proofs, tallies: { [key]: { bets: 100, wins: 70 } } };
  const decision = decided(strategy, new Casino().view(2_000), { ...memory, proofs }, config);
  expect(decision.rest).toMatch(/wins less often than its rule/);
});

test("CAS-014: told to reduce it places no bet, and still asks for the seed of those that wait", () => {
  const casino = new Casino();
  play(casino, 3, beginCasino());
  const staked = casino.staked.length;
  play(casino, 5, beginCasino(), config, { mode: "reduce" });
  expect(casino.staked.length).toBe(staked);
  expect(casino.checks.length).toBe(staked);
});

test("CAS-015: a refused rotation is asked for again, one under way is waited for", () => {
  const casino = new Casino();
  const { memory } = play(casino, 4, beginCasino(), configOf({ rotateEvery: 2 }));
  const view = { ...casino.view(20_000), casino: { seedHash: "x", revealed: [] } };
  const waiting = { ...memory, rotating: { seedHash: "x", at: 19_000 } };
  const still = decided(strategy, view, waiting, config);
  expect(still.intents).toEqual([]);
  const settled = view.bets.map((bet) => ({ ...bet, seedHash: "x" }));
  const four = [0, 1, 2, 3].flatMap((i) =>
    settled.slice(0, 1).map((bet) => ({ ...bet, bet: `b-${i}`, nonce: i })),
  );
  const due = { ...view, bets: four };
  expect(decided(strategy, due, waiting, config).intents).toEqual([]);
  const outcomes = refused([{ command: "RotateSeed", body: {} }], "busy");
  const again = decided(strategy, due, waiting, config, { outcomes });
  expect(again.intents).toEqual([{ command: "RotateSeed", body: {} }]);
});

test("CAS-016: always a stake is within what is available, the game's bound and the Kelly share", () => {
  const amount = fc.integer({ min: 0, max: 3_000_000_000 }).map((micros) => String(micros / 1e6));
  fc.assert(
    fc.property(amount, fc.integer({ min: 1, max: 99 }), amount, (available, t, maxStake) => {
      const delegation = { ...sampleDelegation("casino"), available, expiresAt: 60_000 };
      const option = { ...dice("dice-rebate", t, "200"), maxStake };
      const given = configOf({ games: [option], minStake: "0.01" });
      for (const bet of betsOf(new Casino().view(2_000, { delegation }), given)) {
        const fraction = edgeOf(option, NONE, given)?.fraction ?? 0;
        expect(Number(bet.stake)).toBeGreaterThanOrEqual(0.01);
        expect(Number(bet.stake)).toBeLessThanOrEqual(Number(maxStake));
        expect(Number(bet.stake)).toBeLessThanOrEqual(Number(available) * fraction * 0.25 + 1e-9);
      }
    }),
  );
});

test("CAS-017: its config is strict, and its claimed payouts are the paper platform's tables", () => {
  for (const option of config.games) {
    const pays = edgeOf(option, NONE, config)?.pays;
    expect(pays, `${option.game}`).toBe(Number(option.pays));
  }
  for (const bad of [
    { games: [] },
    { kelly: 2 },
    { kelly: Number.NaN },
    { games: [{ ...dice("dice", 50, "-1") }] },
    { stake: "5" },
    { stopLoss: "-5" },
    { sessionLoss: 1.5 },
    { sessionBets: 0 },
  ]) {
    expect(casinoConfig.safeParse(bad).success).toBe(false);
  }
});
