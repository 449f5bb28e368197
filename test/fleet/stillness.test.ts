/** A price that says the same at ever new times: believed on a quiet day, not while the others move. */
import { describe, test } from "vitest";
import { marketId } from "../../src/core/ids.ts";
import { millis } from "../../src/core/time.ts";
import type { Policy } from "../../src/protocol/policy.ts";
import { ALICE, at, BTC_PERP, coins, ETH_PERP, POLICY, T0 } from "./cast.ts";
import { given, inner, reported, type Step, wait } from "./spec.ts";
import { configured, deposited, done, enrolled, fill, granted, order, stopSet } from "./steps.ts";

const SOL_PERP = marketId("sol-perp");
const [first] = POLICY.markets;
const rules = (more: Partial<Policy> = {}): Policy => ({
  ...POLICY,
  markets: [...POLICY.markets, ...(first === undefined ? [] : [{ ...first, market: SOL_PERP }])],
  ...more,
});

/** Marks of all three at a new time of their source. */
const reads =
  (btc: number, eth: number, sol: number): Step =>
  (law) => {
    const newest = Math.max(T0, law.at, ...[...law.markets.values()].map((m) => m.sourceAt + 1));
    const mark = (market: typeof BTC_PERP, value: number) => ({
      ...{ market, price: at(String(value)), at: millis(newest) },
    });
    const marks = [mark(BTC_PERP, btc), mark(ETH_PERP, eth), mark(SOL_PERP, sol)];
    return inner("SetMarks", { marks });
  };

const begin = (policy: Policy): readonly Step[] => [
  configured(policy),
  deposited("10000"),
  enrolled(ALICE),
  reads(10_000, 1_000, 100),
  granted(ALICE, { leaseMs: 10_000_000 }),
];

/** `rounds` readings of nine seconds each: BTC stands still, the others as they are told. */
const rounds = (count: number, eth: (i: number) => number, sol: (i: number) => number): Step[] =>
  Array.from({ length: count }, (_, i) => [wait(9_000), reads(10_000, eth(i), sol(i))]).flat();

const moves = (i: number): number => 1_001 + i;
const stands = (): number => 1_000;

describe("a price that stands still", () => {
  test("MRK-010: opens nothing once it stood for longer than the rules allow while most others moved", () => {
    given(...begin(rules()), ...rounds(13, moves, moves))
      .when(order(ALICE, "o1"))
      .brings({ type: "OrderApproved" });
    given(...begin(rules()), ...rounds(14, moves, moves))
      .when(order(ALICE, "o1"))
      .refused("stale_mark", "the same for 126000 ms while other markets moved");
    const strict = rules({ markStillMaxMs: 50_000 });
    given(...begin(rules({ markStillMaxMs: 54_000 })), ...rounds(6, moves, moves))
      .when(order(ALICE, "o1"))
      .brings({ type: "OrderApproved" });
    given(...begin(strict), ...rounds(6, moves, moves))
      .when(order(ALICE, "o1"))
      .refused("stale_mark", "the same for 54000 ms while other markets moved");
  });

  test("MRK-011: is believed on a quiet day, when half of the others or more stand as well", () => {
    for (const [eth, sol] of [
      [stands, moves],
      [stands, stands],
    ] as const) {
      given(...begin(rules()), ...rounds(30, eth, sol))
        .when(order(ALICE, "o1"))
        .brings({ type: "OrderApproved" });
    }
  });

  test("MRK-012: is believed again with its first move, and the others' opening never suffers", () => {
    const story = given(...begin(rules()), ...rounds(14, moves, moves));
    story
      .when(order(ALICE, "o1", { market: ETH_PERP, qty: "0.5" }))
      .brings({ type: "OrderApproved" });
    story
      .given(reads(10_001, 1_020, 1_020))
      .when(order(ALICE, "o2", { qty: "0.01" }))
      .brings({ type: "OrderApproved" });
  });

  test("MRK-013: closes all the same: getting out is never refused for it", () => {
    const held = [order(ALICE, "o1"), reported(fill(ALICE, "o1", "0.1"), done(ALICE, "o1", "0.1"))];
    given(...begin(rules()), ...held, reported(stopSet(ALICE)), ...rounds(14, moves, moves))
      .when(order(ALICE, "o2", { side: "sell", reduceOnly: true }))
      .brings({ type: "OrderApproved", opening: coins("0") });
  });

  test("MRK-014: no fewer than five readings are enough: what is seldom read is only old", () => {
    const slow = rules({ markAgeMaxMs: 100_000, markStillMaxMs: 50_000 });
    const seldom = [1, 2, 3, 4].flatMap((i) => [wait(90_000), reads(10_000, 1_000 + i, 100 + i)]);
    given(...begin(slow), ...seldom)
      .when(order(ALICE, "o1"))
      .brings({ type: "OrderApproved" });
    given(...begin(slow), ...seldom, wait(40_000), reads(10_000, 1_010, 110))
      .when(order(ALICE, "o1"))
      .refused("stale_mark");
  });
});
