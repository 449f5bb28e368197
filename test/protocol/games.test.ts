/** The games: which rolls win, what they return, and that a proof of each can be made and broken. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { micro } from "../../src/core/money.ts";
import {
  betFault,
  commitmentOf,
  outcomeText,
  payoutOf,
  resultOf,
  rollOf,
  wins,
} from "../../src/protocol/fair.ts";
import { type BetTerms, GAMES, ROLLS, termsOf } from "../../src/protocol/games.ts";
import { nodeHashes } from "../../src/venue/paper/hashes.ts";

type Params = Readonly<Record<string, string | number>>;
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
const spin = (bet_type: string): Params => ({ bet_type });
const crash = (cash_out_at: number): Params => ({ cash_out_at });

/** One bet of each rule, for the tests that go through all games. */
const BETS: readonly (readonly [string, Params])[] = [
  ["dice", { direction: "over", threshold: 50 }],
  ["dice", { direction: "under", threshold: 11 }],
  ["coin-flip", { side: "tails" }],
  ["roulette", spin("red")],
  ["roulette", spin("column_2")],
  ["roulette", { bet_type: "number", bet_value: 17 }],
  ["crash", crash(2)],
  ["crash", crash(10)],
  ["custom", { win_probability: 37.5 }],
  ["dice-rebate", { direction: "over", threshold: 10 }],
  ["coin-flip-rebate", { side: "heads" }],
  ["roulette-rebate", spin("dozen_1")],
  ["crash-rebate", crash(1.5)],
  ["custom-rebate", { win_probability: 80 }],
];

describe("the games", () => {
  test("GMS-001: the published tables return what was counted of the published service", () => {
    // Enumerated over the 10,000 rolls of agent-casino c576e44.
    expect(meanOf("crash", crash(2))).toBeCloseTo(0.9974, 4);
    expect(meanOf("crash", crash(10))).toBeCloseTo(0.995, 4);
    expect(meanOf("crash", crash(100))).toBeCloseTo(0.99, 4);
    expect(meanOf("roulette", { bet_type: "number", bet_value: 1 })).toBeCloseTo(0.9403, 4);
    expect(meanOf("roulette", spin("red"))).toBeCloseTo(0.9681, 3);
    expect(meanOf("roulette", spin("dozen_1"))).toBeCloseTo(0.968, 3);
    for (const p of [1, 10, 33.33, 50, 99]) {
      expect(meanOf("custom", { win_probability: p })).toBeCloseTo(0.995, 4);
    }
    const played = Object.entries(GAMES).filter(([name]) => !name.endsWith("-rebate"));
    for (const [game, params] of BETS) {
      if (played.some(([name]) => name === game)) expect(meanOf(game, params)).toBeLessThan(1);
    }
  });

  test("GMS-002: a rebate returns 2 % more than it takes, but for the rounding of its crash point", () => {
    for (const [game, params] of BETS.filter(([name]) => name.endsWith("-rebate"))) {
      expect(meanOf(game, params), game).toBeGreaterThan(1.0198);
      expect(meanOf(game, params), game).toBeLessThan(game === "crash-rebate" ? 1.025 : 1.0200001);
    }
  });

  test("GMS-003: a crash is left in time exactly where its published formula says so", () => {
    for (const cents of [101, 105, 150, 199, 200, 333, 1_000, 9_999, 10_000]) {
      const terms = sure("crash", crash(cents / 100));
      const byFormula = rolls.filter((roll) => {
        const point =
          roll >= 9_999 ? 10_000 : Math.round((0.995 / (1 - roll / 10_000)) * 100) / 100;
        return point >= cents / 100;
      });
      expect(terms.rolls, `${cents}`).toBe(byFormula.length);
      expect(byFormula.every((roll) => wins(terms, roll))).toBe(true);
    }
  });

  test("GMS-004: the wheel's numbers share the rolls, and its colours, halves and thirds share the numbers", () => {
    const shown = (roll: number): number => Math.floor((roll / 100) * (37 / 100));
    for (let n = 0; n <= 36; n++) {
      const terms = sure("roulette", { bet_type: "number", bet_value: n });
      expect(rolls.filter((roll) => wins(terms, roll)).every((roll) => shown(roll) === n)).toBe(
        true,
      );
      expect([270, 271]).toContain(terms.rolls);
    }
    for (const parts of [
      ["red", "black"],
      ["odd", "even"],
      ["low", "high"],
      ["dozen_1", "dozen_2", "dozen_3"],
      ["column_1", "column_2", "column_3"],
    ]) {
      const all = parts.map((part) => sure("roulette", spin(part)));
      const zero = sure("roulette", { bet_type: "number", bet_value: 0 });
      for (const roll of rolls) {
        expect([...all, zero].filter((terms) => wins(terms, roll))).toHaveLength(1);
      }
    }
  });

  test("GMS-005: parameters that are missing, superfluous or out of range have no terms", () => {
    const bad: readonly (readonly [string, Params])[] = [
      ["roulette", {}],
      ["roulette", spin("green")],
      ["roulette", spin("toString")],
      ["roulette", { bet_type: "number" }],
      ["roulette", { bet_type: "number", bet_value: 37 }],
      ["roulette", { bet_type: "number", bet_value: "17" }],
      ["roulette", { bet_type: "red", bet_value: 1 }],
      ["crash", crash(1)],
      ["crash", crash(100.01)],
      ["crash", crash(1.234)],
      ["crash", crash(Number.NaN)],
      ["crash", { cash_out_at: "2" }],
      ["custom", { win_probability: 0.99 }],
      ["custom", { win_probability: 99.01 }],
      ["custom", { win_probability: 50.001 }],
      ["custom", { win_probability: 50, more: 1 }],
      ["crash-rebate", crash(1.01)],
    ];
    for (const [game, params] of bad) {
      expect(termsOf(game, params), `${game} ${JSON.stringify(params)}`).toBeUndefined();
    }
  });
});

/** So many draws of one server seed, as the casino makes them. */
function drawn(seed: string, count: number) {
  return Array.from({ length: count }, (_, nonce) => {
    const resultHash = resultOf(seed, "client-seed", nonce, nodeHashes);
    return { nonce, resultHash, roll: rollOf(resultHash) };
  });
}

const STAKE = micro(1_000_000n);

test("GMS-010: over 40,000 seeded bets every game returns its stated mean within four standard errors", () => {
  const draws = drawn("distribution", 40_000);
  for (const [game, params] of BETS) {
    const terms = sure(game, params);
    const pays = Number(payoutOf(STAKE, terms)) / 1e6;
    const won = draws.filter(({ roll }) => wins(terms, roll)).length;
    const chance = terms.rolls / ROLLS;
    const error = pays * Math.sqrt((chance * (1 - chance)) / draws.length);
    const mean = (won * pays) / draws.length;
    expect(Math.abs(mean - meanOf(game, params)), game).toBeLessThan(4 * error);
  }
});

test("GMS-011: always an honest bet of any game is proven, and any planted lie in it is found", () => {
  const hex = fc.string({
    minLength: 16,
    maxLength: 16,
    unit: fc.constantFrom(..."0123456789abcdef"),
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...BETS),
      hex,
      fc.integer({ min: 0, max: 1_000 }),
      ([game, params], seed, nonce) => {
        const terms = sure(game, params);
        const clientSeed = "client-seed";
        const resultHash = resultOf(seed, clientSeed, nonce, nodeHashes);
        const roll = rollOf(resultHash);
        const won = wins(terms, roll);
        const asked = { game, params, stake: STAKE, clientSeed };
        const told = {
          ...{ won, nonce, clientSeed, resultHash, outcome: outcomeText(roll) },
          payout: won ? payoutOf(STAKE, terms) : micro(0n),
          seedHash: commitmentOf(seed, nodeHashes),
        };
        const fault = (lie: Partial<typeof told>, by = seed) =>
          betFault(asked, { ...told, ...lie }, by, nodeHashes);
        expect(fault({})).toBeUndefined();
        expect(fault({}, `${seed}0`)).toBe("seed-hash-mismatch");
        expect(fault({ nonce: nonce + 1 })).toBe("result-mismatch");
        expect(fault({ outcome: outcomeText((roll + 1) % ROLLS) })).toBe("outcome-mismatch");
        expect(fault({ won: !won })).toBe("win-mismatch");
        expect(fault({ payout: micro(told.payout + 1n) })).toBe("payout-mismatch");
        expect(fault({ clientSeed: "another-seed" })).toBe("client-seed-changed");
      },
    ),
  );
});
