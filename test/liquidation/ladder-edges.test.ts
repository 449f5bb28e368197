/** The ladder at its edges: order of what costs the same, lumps beyond a dozen, late loans, refusals. */
import { describe, expect, test } from "vitest";
import { type CashSource, climb, type LadderPlan } from "../../src/liquidation/ladder.ts";
import { climbed, source } from "./cash.ts";

const taken = (plan: LadderPlan): string[] => plan.steps.map(({ id, amount }) => `${id} ${amount}`);

describe("order", () => {
  test("CASH-014: the cheaper counted unit first, then the kind, the surer, the name; the steps by kind and name", () => {
    const even = [source("b"), source("a"), source("c")];
    expect(taken(climbed(150n, even))).toEqual(["a 100", "b 50"]);
    expect(taken(climbed(150n, [...even].reverse()))).toEqual(["a 100", "b 50"]);
    const surer = [source("a", { certainty: 500_000 }), source("b", { certainty: 600_000 })];
    expect(taken(climbed(40n, surer))).toEqual(["b 67"]);
    // 0.1 of a half is 0.2 a unit: dearer than 0.15 of all.
    const dear = [
      source("a", { costPpm: 100_000, certainty: 500_000 }),
      source("b", { costPpm: 150_000, kind: "loan" }),
    ];
    expect(taken(climbed(40n, dear))).toEqual(["b 40"]);
    expect(taken(climbed(40n, [...dear].reverse()))).toEqual(["b 40"]);
    // 0.1 of a half costs as much a unit as 0.2 of all: then the kind decides.
    const same = [
      source("a", { costPpm: 100_000, certainty: 500_000, kind: "loan" }),
      source("b", { costPpm: 200_000, kind: "pending" }),
    ];
    expect(taken(climbed(40n, same))).toEqual(["b 40"]);
    const kinds = [
      source("z", { kind: "reduce" }),
      source("y", { kind: "loan" }),
      source("b", { kind: "loan" }),
    ];
    expect(taken(climbed(300n, kinds))).toEqual(["b 100", "y 100", "z 100"]);
  });

  test("CASH-015: of lumps that cost the same the choice that disturbs less, then the one of fewer sources", () => {
    const lump = (id: string, over: Partial<CashSource>) =>
      source(id, { divisible: false, ...over });
    // 10 of a liquidation or 10 of a loan.
    const kinds = [
      lump("a", { kind: "liquidate", fixedCost: 5n }),
      lump("b", { kind: "loan", fixedCost: 5n }),
    ];
    expect(taken(climbed(100n, kinds))).toEqual(["b 100"]);
    expect(taken(climbed(100n, [...kinds].reverse()))).toEqual(["b 100"]);
    const sizes = [
      lump("a", { amount: 50n }),
      lump("b", { amount: 50n }),
      lump("c", { amount: 100n }),
    ];
    expect(taken(climbed(100n, sizes))).toEqual(["c 100"]);
    // Covers more, whatever it costs; as much as is needed is enough.
    const more = [lump("a", { amount: 60n }), lump("b", { amount: 90n, costPpm: 500_000 })];
    expect(taken(climbed(120n, more))).toEqual(["a 60", "b 90"]);
    expect(taken(climbed(80n, more))).toEqual(["b 90"]);
    expect(taken(climbed(50n, more))).toEqual(["a 60"]);
    expect(climbed(80n, more).cost).toBe(45n);
    // A fixed cost is paid once, and only by what is used; cost rates round up.
    const fixed = [
      source("a", { fixedCost: 7n, costPpm: 10_000 }),
      source("b", { costPpm: 100_000 }),
    ];
    expect(climbed(50n, fixed)).toMatchObject({ cost: 5n, steps: [{ id: "b" }] });
    expect(climbed(100n, fixed)).toMatchObject({ cost: 8n, steps: [{ id: "a" }] });
    expect(climbed(101n, fixed).cost).toBe(9n);
    expect(climbed(1n, [source("a", { costPpm: 1 })]).cost).toBe(1n);
    expect(climbed(0n, fixed)).toMatchObject({ cost: 0n, steps: [] });
  });

  test("CASH-016: a dozen lumps are proven; beyond, none, each further one, and any one left out again", () => {
    const lumps = (n: number, over: Partial<CashSource> = {}) =>
      Array.from({ length: n }, (_, i) =>
        source(`s${String(i).padStart(2, "0")}`, {
          divisible: false,
          costPpm: 1_000 * (i + 1),
          ...over,
        }),
      );
    expect(climbed(150n, lumps(12)).proven).toBe(true);
    expect(climbed(150n, lumps(13)).proven).toBe(false);
    expect(taken(climbed(150n, lumps(13)))).toEqual(["s00 100", "s01 100"]);
    // Nothing is needed of lumps where a divisible source is as cheap as free.
    expect(taken(climbed(150n, [...lumps(13), source("free", { amount: 150n })]))).toEqual([
      "free 150",
    ]);
    expect(climbed(1_300n, lumps(13)).status).toBe("covered");
    expect(climbed(1_301n, lumps(13))).toMatchObject({
      status: "short",
      covered: 1_300n,
      shortfall: 1n,
    });
    // The cheapest of 13 is too small to matter once the last one is in: it is left out again.
    const small = lumps(13).map((one, i) => (i === 0 ? { ...one, amount: 10n } : one));
    expect(taken(climbed(200n, small))).toEqual(["s01 100", "s02 100"]);
    expect(taken(climbed(205n, small))).toEqual(["s00 10", "s01 100", "s02 100"]);
  });
});

describe("late", () => {
  const loan = (id: string, over: Partial<CashSource> = {}) =>
    source(id, { kind: "loan", timeToCash: 10_000, ...over });

  test("CASH-017: late loans are recalled the soonest first, then the cheapest, up to the need", () => {
    const loans = [
      loan("a", { timeToCash: 30_000 }),
      loan("b", { timeToCash: 20_000, costPpm: 9 }),
      loan("c", { timeToCash: 20_000 }),
    ];
    expect(taken(climbed(150n, loans))).toEqual(["c 100", "b 50"]);
    expect(taken(climbed(100n, loans))).toEqual(["c 100"]);
    expect(taken(climbed(250n, loans))).toEqual(["c 100", "b 100", "a 50"]);
    const whole = loans.map((one) => ({ ...one, divisible: false }));
    expect(taken(climbed(150n, whole))).toEqual(["c 100", "b 100"]);
    expect(taken(climbed(150n, loans, { lateRecall: "all" }))).toEqual(["c 100", "b 100", "a 100"]);
    expect(taken(climbed(150n, loans, { lateRecall: "none" }))).toEqual([]);
    expect(climbed(0n, loans)).toMatchObject({ steps: [], status: "nothing-to-do" });
    expect(taken(climbed(50n, [loan("empty", { amount: 0n }), loan("d")]))).toEqual(["d 50"]);
    expect(taken(climbed(50n, [source("late", { timeToCash: 10_000 })]))).toEqual([]);
  });

  test("CASH-018: steps and what is unused say why, in seconds", () => {
    const plan = climbed(50n, [
      source("now", { amount: 30n, timeToCash: 1_250 }),
      source("none", { certainty: 9_999, amount: 100n }),
      source("idle", { amount: 100n, kind: "pending" }),
      source("never", { kind: "reduce" }),
      source("late", { timeToCash: 12_000 }),
      loan("loan", { timeToCash: 90_000, costPpm: 20_000 }),
    ]);
    expect(plan.steps).toEqual([
      {
        id: "now",
        kind: "idle",
        amount: 30n,
        counts: 30n,
        cost: 0n,
        timeToCash: 1_250,
        reason: "on-time",
        because: "lands in 1.3 s, before 10.0 s",
      },
      {
        id: "idle",
        kind: "pending",
        amount: 20n,
        counts: 20n,
        cost: 0n,
        timeToCash: 0,
        reason: "on-time",
        because: "lands in 0.0 s, before 10.0 s",
      },
      {
        id: "loan",
        kind: "loan",
        amount: 50n,
        counts: 0n,
        cost: 1n,
        timeToCash: 90_000,
        reason: "late-recall",
        because: "recalled, but lands in 90.0 s: too late to count here",
      },
    ]);
    expect(plan.unused).toEqual([
      { id: "none", reason: "nothing-certain" },
      { id: "never", reason: "not-needed" },
      { id: "late", reason: "late" },
    ]);
    expect([plan.status, plan.covered, plan.shortfall, plan.cost]).toEqual([
      "covered",
      50n,
      0n,
      0n,
    ]);
    const over = climbed(-5n, [source("a")]);
    expect([over.status, over.covered, over.shortfall, over.steps.length]).toEqual([
      "nothing-to-do",
      0n,
      0n,
      0,
    ]);
    const big = climbed(5n, [source("a", { divisible: false })]);
    expect([big.status, big.covered, big.shortfall]).toEqual(["covered", 100n, 0n]);
  });

  test("CASH-019: numbers without meaning are refused by their source, their edges pass", () => {
    const reason = (over: Partial<CashSource>) => {
      const answer = climb({ need: 1n, deadline: 1, sources: [source("a", over)] });
      return answer.ok ? undefined : answer.reason;
    };
    expect(reason({ amount: -1n })).toBe("source a: nothing is negative");
    expect(reason({ fixedCost: -1n })).toBe("source a: nothing is negative");
    for (const bad of [-1, 0.5, Number.NaN])
      expect(reason({ costPpm: bad })).toBe("source a: costPpm is an integer");
    for (const bad of [-1, Number.NaN])
      expect(reason({ timeToCash: bad })).toBe("source a: time is not negative");
    for (const bad of [-1, 1.5, 1_000_001])
      expect(reason({ certainty: bad })).toBe("source a: certainty is 0 to 1,000,000");
    for (const fine of [
      { amount: 0n },
      { fixedCost: 0n },
      { costPpm: 0 },
      { timeToCash: 0 },
      { certainty: 0 },
      { certainty: 1_000_000 },
    ])
      expect(reason(fine)).toBe(undefined);
    for (const bad of [-1, Number.POSITIVE_INFINITY])
      expect(climb({ need: 1n, deadline: bad, sources: [] })).toMatchObject({
        reason: "the deadline is not negative",
      });
    expect(climb({ need: 1n, deadline: 0, sources: [source("a")] })).toMatchObject({
      value: { status: "short" },
    });
    const twice = climb({ need: 1n, deadline: 1, sources: [source("a"), source("a")] });
    expect(twice).toMatchObject({ reason: "source a stands there twice" });
  });
});
