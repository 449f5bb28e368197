/** What is kept of play: breaks that still matter, wins by option, both bounded. */
import { fc, test as prop } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { micro } from "../../src/core/money.ts";
import {
  optionKeyOf,
  type Stretch,
  stretched,
  type Tally,
  tallied,
} from "../../src/protocol/play.ts";

const lost = micro(-1_000_000n);
const playedAt = (times: readonly number[]): readonly Stretch[] =>
  times.reduce<readonly Stretch[]>(
    (before, at) => stretched(before, { at, won: false, result: lost }),
    [],
  );

/** Since when it has played without a break of so long. */
function sinceBreak(times: readonly { readonly from: number; readonly to: number }[], ms: number) {
  const found = times.findLastIndex(({ from }, i) => from - (times[i - 1]?.to ?? from) >= ms);
  return times[Math.max(0, found)]?.from;
}

test("PLY-001: a break matters until one as long follows it", () => {
  const spans = (times: readonly number[]) =>
    playedAt(times).map(({ from, to, bets }) => [from, to, bets]);
  expect(spans([])).toEqual([]);
  expect(spans([5])).toEqual([[5, 5, 1]]);
  // Breaks of 10, then 2: both matter. Then of 2, and 3: only that of 10 and the last.
  expect(spans([0, 10, 12])).toEqual([
    [0, 0, 1],
    [10, 10, 1],
    [12, 12, 1],
  ]);
  expect(spans([0, 10, 12, 14])).toEqual([
    [0, 0, 1],
    [10, 12, 2],
    [14, 14, 1],
  ]);
  expect(spans([0, 10, 12, 14, 17])).toEqual([
    [0, 0, 1],
    [10, 14, 3],
    [17, 17, 1],
  ]);
  expect(spans([0, 10, 12, 14, 17, 30])).toEqual([
    [0, 17, 5],
    [30, 30, 1],
  ]);
});

test("PLY-002: bets, wins and results add up over what became one", () => {
  const bets = [
    { at: 0, won: true, result: micro(990_000n) },
    { at: 1, won: false, result: lost },
    { at: 3, won: true, result: micro(5n) },
  ];
  const stretches = bets.reduce<readonly Stretch[]>(stretched, []);
  expect(stretches).toEqual([
    { from: 0, to: 1, bets: 2, wins: 1, result: -10_000n },
    { from: 3, to: 3, bets: 1, wins: 1, result: 5n },
  ]);
});

const gaps = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 200 });

prop.prop([gaps, fc.integer({ min: 1, max: 500 })])(
  "PLY-003: always the last break of any length is found, and nothing is counted twice",
  (given, ms) => {
    let now = 0;
    const times = given.map((gap) => {
      now += gap;
      return now;
    });
    const stretches = playedAt(times);
    expect(stretches.reduce((sum, { bets }) => sum + bets, 0)).toBe(times.length);
    expect(stretches.length).toBeLessThan(32);
    expect(sinceBreak(stretches, ms)).toBe(
      sinceBreak(
        times.map((at) => ({ from: at, to: at })),
        ms,
      ),
    );
  },
);

test("PLY-004: of too many stretches the oldest goes", () => {
  // Each break a second shorter than the one before.
  let now = 0;
  const times = Array.from({ length: 60 }, (_, i) => {
    now += 60_000 - i * 1_000;
    return now;
  });
  const stretches = playedAt(times);
  expect(stretches).toHaveLength(32);
  expect([stretches[0]?.from, stretches.at(-1)?.to]).toEqual([times[28], times[59]]);
});

test("PLY-005: options are counted apart, whatever the order of their parameters, and at most 64", () => {
  const tallies = new Map<string, Tally>();
  const dice = { game: "dice", params: { direction: "over", threshold: 50 } };
  tallied(tallies, { ...dice, won: true });
  tallied(tallies, { game: "dice", params: { threshold: 50, direction: "over" }, won: false });
  const key = optionKeyOf("dice", dice.params);
  expect([...tallies]).toEqual([[key, { ...dice, bets: 2, wins: 1 }]]);
  for (let i = 0; i < 63; i++)
    tallied(tallies, { game: "dice", params: { threshold: i, side: "x" }, won: true });
  tallied(tallies, { ...dice, won: true });
  tallied(tallies, { game: "coin-flip", params: { side: "heads" }, won: true });
  expect(tallies.size).toBe(64);
  expect(tallies.get(key)).toMatchObject({ bets: 3, wins: 2 });
  expect(tallies.has(optionKeyOf("dice", { threshold: 0, side: "x" }))).toBe(false);
});
