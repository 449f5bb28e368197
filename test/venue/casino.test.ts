/** Provably fair games: exact means, and proofs that anybody can check. */
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { id } from "../../src/core/ids.ts";
import { micro } from "../../src/core/money.ts";
import type { PlaceBetEffect } from "../../src/protocol/effects.ts";
import {
  betFault,
  commitmentOf,
  outcomeText,
  payoutOf,
  rollOf,
  type SettledBet,
  wins,
} from "../../src/protocol/fair.ts";
import { GAMES, ROLLS, termsOf } from "../../src/protocol/games.ts";
import { newWorld, request } from "../../src/venue/paper/engine.ts";
import { nodeHashes } from "../../src/venue/paper/hashes.ts";
import { approved, ask, depositOf, flatTape, only, pass, SOON, USD, usd } from "./helpers.ts";

const bet = (over: Partial<PlaceBetEffect> = {}): PlaceBetEffect => ({
  type: "PlaceBet",
  bet: id("b1"),
  game: "dice",
  stake: usd("2"),
  params: { direction: "over", threshold: 50 },
  clientSeed: "client-seed-1",
  ...over,
});

function table() {
  const world = newWorld({ seed: "casino", tape: flatTape(), wallet: SOON });
  ask(world, depositOf("1000"));
  return world;
}

const ALL: [string, PlaceBetEffect["params"]][] = [
  ["coin-flip", { side: "heads" }],
  ["coin-flip", { side: "tails" }],
  ["coin-flip-rebate", { side: "heads" }],
  ["coin-flip-rebate", { side: "tails" }],
];
for (const game of ["dice", "dice-rebate"]) {
  for (let t = 1; t <= 99; t += 1) ALL.push([game, { direction: "over", threshold: t }]);
  for (let t = 2; t <= 99; t += 1) ALL.push([game, { direction: "under", threshold: t }]);
}

describe("the games", () => {
  test("GAM-001: over all 10,000 rolls every bet of a game returns its stated mean, to 1e-4", () => {
    const stating = ALL.filter(([game]) => GAMES[game]?.meanReturn !== undefined);
    expect(stating.length).toBeGreaterThan(190);
    for (const [game, params] of stating) {
      const terms = termsOf(game, params);
      if (terms === undefined) throw new Error(`no terms: ${game}`);
      let returned = 0n;
      for (let roll = 0; roll < ROLLS; roll += 1) {
        if (wins(terms, roll)) returned += payoutOf(micro(1_000_000n), terms);
      }
      const mean = Number(returned) / ROLLS / 1e6;
      const stated = (GAMES[game]?.meanReturn ?? 0) / 1e6;
      expect(mean).toBeLessThanOrEqual(stated);
      expect(mean).toBeGreaterThan(stated - 1e-4);
    }
  });

  test("GAM-002: only rebates return more than the stake in the mean, and none takes much", () => {
    const above = Object.entries(GAMES).filter(([, game]) => (game.meanReturn ?? 0) > 1_000_000);
    expect(above.map(([name]) => name)).toEqual(
      Object.keys(GAMES).filter((name) => name.endsWith("-rebate")),
    );
    expect(above.every(([, { maxStake }]) => maxStake === usd("20"))).toBe(true);
  });

  test("GAM-003: a roll is the first eight hex digits modulo 10,000, told with two decimals", () => {
    expect(rollOf("00000000ff")).toBe(0);
    expect(rollOf("ffffffff00")).toBe(4_294_967_295 % 10_000);
    expect(outcomeText(7_321)).toBe("73.21");
    expect(outcomeText(5)).toBe("0.05");
  });

  test("GAM-004: missing, superfluous, fractional and foreign parameters have no terms", () => {
    for (const params of [
      {},
      { direction: "over" },
      { direction: "over", threshold: 0 },
      { direction: "over", threshold: 100 },
      { direction: "under", threshold: 1 },
      { direction: "over", threshold: 50.5 },
      { direction: "over", threshold: Number.NaN },
      { direction: "over", threshold: "50" },
      { direction: "sideways", threshold: 50 },
      { direction: "over", threshold: 50, extra: 1 },
      { side: "heads" },
    ]) {
      expect(termsOf("dice", params)).toBeUndefined();
    }
    expect(termsOf("poker", {})).toBeUndefined();
    expect(termsOf("toString", {})).toBeUndefined();
    expect(termsOf("coin-flip", { side: "edge" })).toBeUndefined();
  });
});

describe("the proof", () => {
  test("GAM-010: a bet is settled by the committed seed, and the revealed seed proves it", () => {
    const world = table();
    const asked = bet();
    const reports = ask(world, asked);
    const [settled] = only(reports, "betSettled");
    const [revealed] = only(ask(world, { type: "RotateSeed" }), "seedRevealed");
    if (settled === undefined || revealed === undefined) throw new Error("no settlement");
    expect(revealed.seedHash).toBe(settled.seedHash);
    expect(revealed.bets).toBe(1);
    expect(commitmentOf(revealed.serverSeed, nodeHashes)).toBe(settled.seedHash);
    expect(betFault(asked, settled, revealed.serverSeed, nodeHashes)).toBeUndefined();
  });

  test("GAM-011: every forgery of a settled bet has its own fault", () => {
    const world = table();
    const asked = bet();
    const [settled] = only(ask(world, asked), "betSettled");
    const [revealed] = only(ask(world, { type: "RotateSeed" }), "seedRevealed");
    if (settled === undefined || revealed === undefined) throw new Error("no settlement");
    const fault = (told: Partial<SettledBet>, seed = revealed.serverSeed) =>
      betFault(asked, { ...settled, ...told }, seed, nodeHashes);
    expect(fault({}, "another seed")).toBe("seed-hash-mismatch");
    expect(fault({ clientSeed: "client-seed-2" })).toBe("client-seed-changed");
    expect(fault({ nonce: 1 })).toBe("result-mismatch");
    expect(fault({ resultHash: "00" })).toBe("result-mismatch");
    expect(fault({ outcome: "1.23" })).toBe("outcome-mismatch");
    expect(fault({ won: !settled.won })).toBe("win-mismatch");
    expect(fault({ payout: micro(settled.payout + 1n) })).toBe("payout-mismatch");
    const other = { ...asked, game: "roulette" };
    expect(betFault(other, settled, revealed.serverSeed, nodeHashes)).toBe("unknown-game");
  });

  test("GAM-012: nonces count from 0 under each seed; a new seed is committed before its first bet", () => {
    const world = newWorld({ seed: "casino", tape: flatTape(), wallet: SOON });
    expect(only(pass(world, 0), "seedCommitted")).toHaveLength(1);
    ask(world, depositOf("10"));
    const nonces = [1, 2, 3].map(() => only(ask(world, bet()), "betSettled")[0]?.nonce);
    expect(nonces).toEqual([0, 1, 2]);
    const rotated = ask(world, { type: "RotateSeed" });
    expect(rotated.map((r) => r.type)).toEqual(["seedRevealed", "seedCommitted"]);
    const [next] = only(ask(world, bet()), "betSettled");
    expect(next?.nonce).toBe(0);
    expect(next?.seedHash).toBe(only(rotated, "seedCommitted")[0]?.seedHash);
  });

  test("GAM-013: a bet that is open at a rotation is settled by the old seed before its reveal", () => {
    const world = table();
    request(world, approved(bet()));
    request(world, approved({ type: "RotateSeed" }));
    const types = pass(world, 1_000).map((r) => r.type);
    expect(types).toEqual(["betSettled", "seedRevealed", "seedCommitted"]);
  });

  test("GAM-014: a known vector: HMAC-SHA256 keyed by the seed's text", () => {
    expect(nodeHashes.hmacSha256("key", "The quick brown fox jumps over the lazy dog")).toBe(
      "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8",
    );
  });
});

describe("the money of bets", () => {
  test("GAM-020: the stake is locked until the result; the payout is gross and rounded down", () => {
    const world = table();
    request(world, approved(bet({ stake: usd("1.000001") })));
    expect(world.state.accounts.get(USD)?.locked).toBe(usd("1.000001"));
    const [settled] = only(pass(world, 1_000), "betSettled");
    expect(world.state.accounts.get(USD)?.locked).toBe(0n);
    expect(settled?.payout).toBe(settled?.won ? usd("1.990001") : 0n);
  });

  test("GAM-021: a stake over the game's maximum, under the minimum or over the balance is refused", () => {
    const world = table();
    for (const [over, reason] of [
      [{ game: "dice-rebate", stake: usd("20.000001") }, "above the game's maximum"],
      [{ stake: usd("0.009999") }, "below the minimum"],
      [{ stake: usd("1001.01") }, "insufficient balance"],
      [{ clientSeed: "short" }, "client seed"],
      [{ game: "poker" }, "unknown game"],
      [{ params: { threshold: 1 } }, "bad parameters"],
    ] as const) {
      const answer = request(world, approved(bet(over)));
      expect(answer).toMatchObject({
        outcome: "rejected",
        reason: expect.stringContaining(reason),
      });
    }
  });

  test.prop([fc.bigInt(10_000n, 10n ** 10n), fc.constantFrom(...ALL)])(
    "GAM-022: always a payout is the stake times the multiple, never a micro more",
    (stake, [game, params]) => {
      const terms = termsOf(game, params);
      if (terms === undefined) throw new Error("no terms");
      const payout = payoutOf(micro(stake), terms);
      expect(payout * 10_000n).toBeLessThanOrEqual(stake * terms.multiple);
      expect((payout + 1n) * 10_000n).toBeGreaterThan(stake * terms.multiple);
    },
  );
});
