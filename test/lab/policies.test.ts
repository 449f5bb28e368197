/** The policy bench: its books, its crises, and October 2025 with the demo's fleet. */
import { describe, expect, test } from "vitest";
import {
  close,
  free,
  marksAt,
  openBooks,
  SHARED,
  standing,
} from "../../src/lab/policies/account.ts";
import { demoFile, october, pricesFrom, waysOf } from "../../src/lab/policies/bench.ts";
import { BOUNDS, type Crisis } from "../../src/lab/policies/crisis.ts";
import { crowdOf } from "../../src/lab/policies/crowd.ts";
import { FAMILIES, madeUp } from "../../src/lab/policies/families.ts";
import { liveThrough } from "../../src/lab/policies/live.ts";
import { reportOf } from "../../src/lab/policies/report.ts";
import { DECIDERS } from "../../src/lab/policies/rules.ts";
import { sumUp } from "../../src/lab/policies/sums.ts";
import { windowsIn } from "../../src/lab/policies/windows.ts";

const family = (name: string) => {
  const found = FAMILIES.find((one) => one.family === name);
  if (found === undefined) throw new Error(name);
  return found;
};
const DEMO = demoFile();
const WAYS = waysOf(DEMO);
const windows = windowsIn(pricesFrom(undefined).quotes);

test("POL-009: the bench calls, ends, paces and waits by what the demo's fleet file says", () => {
  const { zones, crisis } = DEMO.policy;
  expect(BOUNDS.call * 1e6).toBe(zones.red);
  expect(BOUNDS.target * 1e6).toBe(crisis?.targetUtilization);
  expect(BOUNDS.pace * 1e6).toBe(crisis?.pace?.depth);
  expect(WAYS).toEqual({
    fewer: 30_000,
    waits: { recovery: 0.5, premium: 0.1, shock: 0.15, most: 0.7 },
  });
});

describe("the books of a crisis", () => {
  /** One market, one long of ten coins at 100 and one short of four. */
  const crisis: Crisis = {
    ...{ name: "hand", family: "hand", story: "by hand", seed: 1, equity: 500, crowd: 0 },
    markets: [
      {
        ...{ id: "m", lot: 100_000_000n, depth: 10_000, permanentShare: 0.5, halfSpread: 0.001 },
        ...{ fee: 0.0005, initial: 0.2, maintenance: 0.1 },
      },
    ],
    agents: [
      { id: "a", tier: 0 },
      { id: "b", tier: 0 },
    ],
    positions: [
      { id: "a/m", agent: "a", market: "m", qty: 1_000_000_000n },
      { id: "b/m", agent: "b", market: "m", qty: -400_000_000n },
    ],
    ...{ steps: ["0", "1"], prices: [[100], [90]], stress: [[1], [1]] },
  };

  test("POL-001: margins and equity at a mark are what they are by hand", () => {
    const books = openBooks(crisis);
    expect(standing(books, SHARED, marksAt(books, 0))).toEqual({
      ...{ equity: 500, margin: 280, maintenance: 140 },
    });
    // Six coins net, ten down.
    expect(standing(books, SHARED, marksAt(books, 1)).equity).toBeCloseTo(440, 9);
  });

  test("POL-002: what closes on both sides leaves at the mark; the rest pays, and moves what stays", () => {
    const books = openBooks(crisis);
    const closes = new Map([
      ["a/m", 600_000_000n],
      ["b/m", 400_000_000n],
    ]);
    const crowd = crowdOf(crisis)[0] ?? [];
    const done = close(books, closes, { step: 0, crowd, costs: books.costs });
    expect([done.crossed, done.sent, done.orders]).toEqual([400, 200, 1]);
    // 200 of a depth of 10,000 a per cent: 2 bp of impact, half of it lasting.
    expect(books.costs.temporary).toBeCloseTo(200 * 0.0001 + 0.2, 9);
    expect(books.costs.permanent).toBeCloseTo((200 * 0.0001) / 2, 9);
    expect(books.costs.fees).toBeCloseTo(0.1, 9);
    expect(books.costs.secondRound).toBeCloseTo(400 * (1 - Math.exp(-0.0001)), 6);
    const { equity } = standing(books, SHARED, marksAt(books, 0));
    const costs = Object.values(books.costs).reduce((a: number, b: number) => a + b, 0);
    expect(equity).toBeCloseTo(500 - costs, 9);
    expect(free()).toEqual({ fees: 0, temporary: 0, permanent: 0, secondRound: 0, venue: 0 });
  });
});

describe("made-up crises", () => {
  const crises = ["mixed depth", "many small"].map((name) => madeUp(family(name), 1, "goes on"));
  const lived = crises.map((crisis) => liveThrough(crisis, DECIDERS, WAYS));

  test("POL-003: the same seed is the same crisis, lived the same way", () => {
    const again = madeUp(family("mixed depth"), 1, "goes on");
    expect(again).toEqual(crises[0]);
    expect(liveThrough(again, ["ours"], WAYS)[0]).toEqual(lived[0]?.[0]);
  });

  test("POL-004: ours costs least in each, and every rule brings the call to an end", () => {
    for (const outcomes of lived) {
      const [ours, ...others] = outcomes;
      expect(ours?.calls).toBeGreaterThan(0);
      for (const other of others) expect(other.cost).toBeGreaterThan(ours?.cost ?? 0);
      for (const { missed, negative } of outcomes) expect([missed, negative]).toEqual([0, 0]);
    }
  });

  test("POL-005: isolated agents' positions are closed by their venue alone", () => {
    const lives = [1, 2, 3].map((seed) => madeUp(family("isolated mix"), seed, "goes on"));
    const by: string[] = [];
    for (const crisis of lives) {
      const own = new Set(crisis.agents.flatMap(({ id, isolated }) => (isolated ? [id] : [])));
      for (const { forced } of liveThrough(crisis, ["ours", "pro-rata"], WAYS)) {
        for (const step of forced) if (own.has(step.agent)) expect(step.by).toBe("venue");
        by.push(...forced.map((step) => step.by));
      }
    }
    expect(by).toContain("fleet");
    expect(by).toContain("venue");
  });

  test("POL-006: the report is one page that needs nothing from elsewhere", () => {
    const told = crises.map((crisis, i) => ({ crisis, outcomes: lived[i] ?? [] }));
    const page = reportOf({ madeUp: told, real: [], october: told[0], windows, without: [] });
    expect(page).toContain("</html>");
    expect(page.match(/<svg/g)?.length).toBeGreaterThan(4);
    expect(page).not.toMatch(/<script|src=|@import|url\(|https?:\/\//);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe("October 2025, as the shipped tape tells it, with the demo's fleet", () => {
  const crisis = october(windows);
  const outcomes = crisis === undefined ? [] : liveThrough(crisis, DECIDERS, WAYS);
  const [ours, ...others] = outcomes;

  test("POL-007: ours is cheaper than each rule, with fewer forced orders and none more touched", () => {
    expect(others.length).toBe(6);
    for (const other of others) {
      expect(other.calls).toBeGreaterThan(0);
      expect(other.cost).toBeGreaterThan(1.5 * (ours?.cost ?? Number.POSITIVE_INFINITY));
      expect(ours?.orders).toBeLessThan(other.orders);
      expect(ours?.touched).toBeLessThan(other.touched);
      expect(ours?.sent).toBeLessThan(other.sent);
      expect(ours?.saved).toBeGreaterThan(other.saved);
      expect(ours?.calls).toBeLessThanOrEqual(other.calls);
      expect(ours?.missed).toBeLessThanOrEqual(other.missed);
    }
    expect(ours?.orders).toBe(ours?.forced.length);
    expect(sumUp(outcomes)[0]).toMatchObject({ rule: "ours", ratio: 1, cheaperThanOurs: 0 });
  });

  test("POL-008: no equity below zero is unaccounted, and every forced step says why", () => {
    for (const { equity, negative, forced, rule } of outcomes) {
      expect(Math.min(...equity)).toBeGreaterThanOrEqual(0);
      if (rule === "ours") expect(negative).toBe(0);
      expect(forced.length).toBeGreaterThan(0);
      for (const { because } of forced) expect(because.length).toBeGreaterThan(10);
    }
  });

  test("POL-009: the shipped tape tells nine crashes, and no folder is needed for them", () => {
    expect(windows.map(({ name }) => name)).toEqual([
      "January 2021",
      "February 2021",
      "April 2021",
      "19 May 2021",
      "May 2022, LUNA",
      "June 2022, Celsius and 3AC",
      "November 2022, FTX",
      "13 April 2024",
      "10 October 2025",
    ]);
  });
});
