/** Dice and coin flip as the Purple Flea casino publishes them, and its honest bets by our proof. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { id } from "../../src/core/ids.ts";
import { formatMicro, micro } from "../../src/core/money.ts";
import type { PlaceBetEffect } from "../../src/protocol/effects.ts";
import { betFault, wins } from "../../src/protocol/fair.ts";
import { type BetTerms, ROLLS, termsOf } from "../../src/protocol/games.ts";
import { newWorld } from "../../src/venue/paper/engine.ts";
import { nodeHashes } from "../../src/venue/paper/hashes.ts";
import { ask, depositOf, flatTape, only, SOON, usd } from "../venue/helpers.ts";

type Params = PlaceBetEffect["params"];
const sure = (game: string, params: Params): BetTerms => {
  const terms = termsOf(game, params);
  if (terms === undefined) throw new Error(`no terms: ${game} ${JSON.stringify(params)}`);
  return terms;
};
const rolls = Array.from({ length: ROLLS }, (_, roll) => roll);
const meanOf = (game: string, params: Params): number => {
  const { rolls: winning, multiple } = sure(game, params);
  return (winning / ROLLS) * (Number(multiple) / 10_000);
};
const over = (threshold: number): Params => ({ direction: "over", threshold });
const under = (threshold: number): Params => ({ direction: "under", threshold });

const DICE: readonly Params[] = Array.from({ length: 99 }, (_, i) => i + 1).flatMap((t) =>
  t === 1 ? [over(t)] : [over(t), under(t)],
);

test("GMS-006: every bet of the dice wins on the faces and pays the multiple that are published", () => {
  for (const params of DICE) {
    const { direction, threshold } = params as { direction: string; threshold: number };
    const terms = sure("dice", params);
    // In the order of the published source, floats and all: 0.995 / p, rounded to four decimals.
    const chance = (direction === "over" ? 100 - threshold : threshold) / 100;
    const pays = Math.round((1 / chance) * (1 - 0.005) * 10_000);
    expect(Number(terms.multiple), `${direction} ${threshold}`).toBe(pays);
    for (const roll of rolls) {
      const die = Math.floor(roll / 100) + 1;
      const won = direction === "over" ? die > threshold : die < threshold;
      if (wins(terms, roll) !== won) expect.fail(`${direction} ${threshold}, die ${die}`);
    }
  }
});

test("GMS-007: dice and coin flip return what was counted of the published service", () => {
  for (const t of [1, 10, 50, 90, 99]) expect(meanOf("dice", over(t))).toBeCloseTo(0.995, 4);
  // One face short: it is paid for t faces and wins on t - 1.
  expect(meanOf("dice", under(50))).toBeCloseTo(0.9751, 4);
  expect(meanOf("dice", under(25))).toBeCloseTo(0.9552, 4);
  expect(meanOf("dice", under(10))).toBeCloseTo(0.8955, 4);
  expect(meanOf("dice", under(5))).toBeCloseTo(0.796, 4);
  expect(meanOf("coin-flip", { side: "heads" })).toBe(0.995);
  expect(meanOf("coin-flip", { side: "tails" })).toBe(0.995);
  for (const params of DICE) expect(meanOf("dice", params)).toBeLessThan(1);
});

// Made with openssl: the seed is sha256 of "flotilla", a result is an HMAC over "my-seed-1:<nonce>".
const SEED = "03c71b9d5c64fb1b7407d616220c4dad0dcd6d1304d6f00ab5f48a695b6f9c31";
const COMMITMENT = "b6eea904bf5e53128367eb08ca56664ba613ffa64b0b3383300e1e3d6a1ca718";
const DRAWS = {
  low: [6, "219969a1ed7041e86de9d1adbe0c857330019c05f7f2c462a04572f9ac23ac14", "21.77"],
  high: [0, "86925edd99ecdd7b754bc777ebaf347ea7f029976f1a9060fcdbff392646e2c4", "94.85"],
} as const;

/** Game, parameters, stake, draw, and the gross payout by the published table. The dice show 22 and 95. */
const HONEST: readonly (readonly [string, Params, string, keyof typeof DRAWS, string])[] = [
  // Recorded of the published service: a win of 1.25 at 1.99 credits 2.4875.
  ["coin-flip", { side: "heads" }, "1.25", "low", "2.4875"],
  ["coin-flip", { side: "tails" }, "1.25", "low", "0"],
  ["coin-flip", { side: "tails" }, "10", "high", "19.9"],
  ["dice", under(23), "1", "low", "4.3261"],
  ["dice", under(22), "1", "low", "0"],
  ["dice", over(21), "1", "low", "1.2595"],
  ["dice", over(94), "3", "high", "49.7499"],
  ["dice", over(95), "3", "high", "0"],
];

test("GMS-008: an honest bet of the published dice and coin flip is proven, and no other payout", () => {
  for (const [game, params, stake, draw, payout] of HONEST) {
    const [nonce, resultHash, outcome] = DRAWS[draw];
    const asked = { game, params, stake: usd(stake), clientSeed: "my-seed-1" };
    const told = { nonce, resultHash, outcome, seedHash: COMMITMENT, clientSeed: "my-seed-1" };
    const fault = (pays: string) =>
      betFault(asked, { ...told, won: payout !== "0", payout: usd(pays) }, SEED, nodeHashes);
    expect(fault(payout), `${game} ${JSON.stringify(params)}`).toBeUndefined();
    const other = formatMicro(
      usd(payout) === 0n ? usd("0.000001") : micro(usd(payout) - usd("0.0001")),
    );
    expect(fault(other), `${game} ${JSON.stringify(params)}`).toBe("payout-mismatch");
  }
});

test("GMS-009: always what the paper casino settles of dice and coin flip is proven by the law", () => {
  const bets: readonly (readonly [string, Params])[] = [
    ...DICE.map((params) => ["dice", params] as const),
    ["coin-flip", { side: "heads" }],
    ["coin-flip", { side: "tails" }],
  ];
  let won = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...bets),
      fc.bigInt(10_000n, 100_000_000n),
      fc.string({ minLength: 8, maxLength: 16, unit: fc.constantFrom(..."abcdef0123456789") }),
      ([game, params], micros, seed) => {
        const world = newWorld({ seed, tape: flatTape(), wallet: SOON });
        ask(world, depositOf("1000"));
        const stake = micro(micros);
        const placed = { type: "PlaceBet", bet: id("b1"), game, params, stake } as const;
        const asked: PlaceBetEffect = { ...placed, clientSeed: "client-seed-1" };
        const [settled] = only(ask(world, asked), "betSettled");
        const [revealed] = only(ask(world, { type: "RotateSeed" }), "seedRevealed");
        if (settled === undefined || revealed === undefined) throw new Error("no settlement");
        if (settled.won) won += 1;
        expect(betFault(asked, settled, revealed.serverSeed, nodeHashes)).toBeUndefined();
      },
    ),
    { numRuns: 60 },
  );
  expect(won).toBeGreaterThan(0);
  expect(won).toBeLessThan(60);
});
