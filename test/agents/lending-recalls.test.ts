/** What a lender takes back: what is no longer covered, then what costs least, and no more than is needed. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type LendingConfig, lendingConfig } from "../../agents/lending/config.ts";
import { cheapestOver } from "../../agents/lending/recalls.ts";
import {
  beginLending,
  type LendingMemory,
  lendingStrategy,
} from "../../agents/lending/strategy.ts";
import type { AgentView, LoanView } from "../../src/protocol/views.ts";
import { sampleDelegation, sampleMarket, sampleView } from "../../src/sdk/sample-view.ts";
import { bodies, decided } from "./context.ts";

const config = lendingConfig.parse({ perWake: 8 });
const loan = (name: string, amount: string, more: Partial<LoanView> = {}): LoanView => ({
  ...{ loan: name, asset: "USDC", amount, rate: 60_000, phase: "open", interest: "0" },
  ...more,
});
const viewOf = (part: Partial<AgentView> = {}, btc = "60000"): AgentView =>
  sampleView("lending", { at: 1_000, markets: [sampleMarket("btc-perp", btc)], ...part });
const look = (view: AgentView, given: LendingConfig, memory: LendingMemory = beginLending()) =>
  decided(lendingStrategy, view, memory, given);
const recallsOf = (view: AgentView, given = config, memory?: LendingMemory) =>
  bodies(look(view, given, memory), "RecallLoan").map((body) => body.loan);
const cutTo = (cap: string, reserved: string): AgentView["delegation"] => ({
  ...{ ...sampleDelegation("lending"), cap, reserved, available: "0" },
});

describe("under pressure", () => {
  test("LND-008: in orange, in red and in reduce mode it takes all back, a few at a time, and lends nothing", () => {
    const loans = [
      loan("big", "90"),
      loan("small", "10"),
      loan("btc", "0.0005", { asset: "BTC" }),
      loan("going", "1", { phase: "recalling" }),
      loan("coming", "1", { phase: "requested" }),
    ];
    const holdings = [{ asset: "USDC", wallet: "900", lent: "100" }];
    for (const part of [{ zone: "orange" }, { zone: "red" }, { mode: "reduce" }] as const) {
      const view = viewOf({ ...part, loans, holdings });
      expect(recallsOf(view, lendingConfig.parse({ perWake: 2 }))).toEqual(["small", "btc"]);
      expect(recallsOf(view)).toEqual(["small", "btc", "big"]);
      expect(bodies(look(view, config), "OpenLoan")).toEqual([]);
    }
    expect(recallsOf(viewOf({ zone: "yellow", loans }))).toEqual([]);
  });

  test("LND-022: what yields least comes first, whatever its size, and of those the smallest", () => {
    const loans = [
      loan("dear", "20", { rate: 90_000 }),
      loan("cheap", "500", { rate: 10_000 }),
      loan("small", "40", { rate: 10_000 }),
      loan("even", "40", { rate: 12_500 }),
    ];
    expect(recallsOf(viewOf({ zone: "red", loans }))).toEqual(["small", "cheap", "even", "dear"]);
  });
});

const [HOUR, DAY] = [3_600_000, 86_400_000];

describe("notice", () => {
  const month = loan("month", "50", { rate: 10_000, noticeMs: 30 * DAY });
  const hour = loan("hour", "80", { rate: 20_000, noticeMs: HOUR });
  const day = loan("day", "60", { rate: 20_000, noticeMs: DAY });
  const over = loan("over", "10", { rate: 5_000, noticeMs: DAY + 1 });
  const loans = [month, hour, over, day];

  test("LND-032: in orange a loan of an hour goes before a cheaper one of thirty days, the least cost within either", () => {
    const one = lendingConfig.parse({ perWake: 1 });
    expect(recallsOf(viewOf({ zone: "orange", loans: [month, hour] }), one)).toEqual(["hour"]);
    expect(recallsOf(viewOf({ zone: "orange", loans }))).toEqual(["day", "hour", "over", "month"]);
    const none = lendingConfig.parse({ perWake: 8, shortNoticeMs: HOUR });
    expect(recallsOf(viewOf({ zone: "orange", loans }), none)).toEqual([
      "hour",
      "over",
      "month",
      "day",
    ]);
  });

  test("LND-033: a cut cap is met by short notice alone where that is enough, else by the least of the others", () => {
    const cut = (usdc: number) =>
      recallsOf(viewOf({ delegation: cutTo("1000", String(1_000 + usdc)), loans }));
    expect(cut(60)).toEqual(["day"]);
    expect(cut(140)).toEqual(["day", "hour"]);
    // 45 are missing beside all of them: 50 at 1 % bring that, 10 at half a per cent do not.
    expect(cut(185)).toEqual(["day", "hour", "month"]);
    expect(cut(200)).toEqual(["day", "hour", "over", "month"]);
  });
});

describe("a cap cut below its use", () => {
  test("LND-009: as much comes back as is over, and not what comes back anyway", () => {
    const loans = [loan("a", "20"), loan("b", "50"), loan("c", "90")];
    expect(recallsOf(viewOf({ delegation: cutTo("100", "160"), loans }))).toEqual(["a", "b"]);
    const going = [loan("a", "20"), loan("b", "60", { phase: "recalling" }), loan("c", "80")];
    expect(recallsOf(viewOf({ delegation: cutTo("100", "160"), loans: going }))).toEqual([]);
  });

  test("LND-027: the least yield is forgone for it: no small dear loan goes beside a large cheap one", () => {
    const loans = [
      loan("dear", "20", { rate: 90_000 }),
      loan("cheap", "500", { rate: 10_000 }),
      loan("fitting", "110", { rate: 20_000 }),
    ];
    const over = (usdc: number) =>
      recallsOf(viewOf({ delegation: cutTo("1000", String(1_000 + usdc)), loans }));
    // 110 at 2 % forgo 2.2 a year, 500 at 1 % forgo 5, 20 at 9 % forgo 1.8.
    expect(over(15)).toEqual(["dear"]);
    expect(over(100)).toEqual(["fitting"]);
    expect(over(200)).toEqual(["cheap"]);
    expect(over(505)).toEqual(["cheap", "dear"]);
    expect(over(630)).toEqual(["cheap", "fitting", "dear"]);
  });

  test("LND-028: always enough where there is enough, nothing that is not needed, at most twice the least cost", () => {
    const one = fc.record({ value: fc.bigInt(1n, 500n), rate: fc.integer({ min: 0, max: 900 }) });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 8 }), fc.bigInt(1n, 1_500n), (made, need) => {
        const loans = made.map((more, i) => ({ ...more, loan: `l${i}` }));
        type Loans = readonly (typeof loans)[number][];
        const worth = (list: Loans) => list.reduce((sum, { value }) => sum + value, 0n);
        const cost = (list: Loans) =>
          list.reduce((sum, { value, rate }) => sum + value * BigInt(rate), 0n);
        const chosen = cheapestOver(loans, need);
        if (worth(loans) < need) {
          expect(chosen).toHaveLength(loans.length);
          return;
        }
        expect(worth(chosen) >= need).toBe(true);
        for (const spare of chosen)
          expect(worth(chosen.filter((other) => other !== spare)) < need).toBe(true);
        const costs = Array.from({ length: 2 ** loans.length }, (_, bits) =>
          loans.filter((_loan, i) => (bits >> i) % 2 === 1),
        )
          .filter((set) => worth(set) >= need)
          .map(cost);
        const least = costs.toSorted((a, b) => Number(a - b))[0] ?? 0n;
        expect(cost(chosen) <= 2n * least).toBe(true);
      }),
    );
  });
});

describe("a borrower's collateral", () => {
  test("LND-021: less than 110 % posted of a large asset, or 115 % of another, is taken back, and only that", () => {
    const assets = [
      { asset: "USDC", minRate: 0, minLoan: "10", maxLoan: "100", collateral: 1_100_000 },
      { asset: "XRP", minRate: 0, minLoan: "10", maxLoan: "100" },
    ];
    const given = lendingConfig.parse({ assets, perWake: 8 });
    const loans = [
      loan("bare", "20", { collateral: 1_099_999 }),
      loan("covered", "10", { collateral: 1_100_000 }),
      loan("small", "10", { asset: "XRP", collateral: 1_149_999 }),
      loan("enough", "10", { asset: "XRP", collateral: 1_150_000 }),
      loan("untold", "10"),
      loan("going", "10", { collateral: 1_000_000, phase: "recalling" }),
    ];
    expect(recallsOf(viewOf({ loans }), given)).toEqual(["bare", "small"]);
    const asked = lendingConfig
      .parse({})
      .assets.map(({ asset, collateral }) => [asset, collateral]);
    expect(asked).toEqual(["USDC", "BTC", "ETH"].map((asset) => [asset, 1_100_000]));
  });

  test("LND-029: between two reports it follows the marks: a coin that rises 5 % is covered too thinly", () => {
    const loans = [loan("coin", "0.001", { asset: "BTC", collateral: 1_100_000 })];
    const { memory } = look(viewOf({ loans }), config);
    // 110 % at 60,000 are 105 % at 62,857.14.
    expect(recallsOf(viewOf({ loans }, "62857"), config, memory)).toEqual([]);
    expect(recallsOf(viewOf({ loans }, "62858"), config, memory)).toEqual(["coin"]);
    expect(recallsOf(viewOf({ loans }, "55000"), config, memory)).toEqual([]);
    const lower = lendingConfig.parse({ minCollateral: 1_000_000 });
    expect(recallsOf(viewOf({ loans }, "62858"), lower, memory)).toEqual([]);
  });

  test("LND-030: USDC is covered by another asset, and it falls with that one", () => {
    const loans = [loan("usdc", "50", { collateral: 1_100_000 })];
    const { memory } = look(viewOf({ loans }), config);
    expect(recallsOf(viewOf({ loans }, "57273"), config, memory)).toEqual([]);
    expect(recallsOf(viewOf({ loans }, "57272"), config, memory)).toEqual(["usdc"]);
    // What covers it is not known: it goes by what it is told alone.
    const asset = {
      asset: "USDC",
      minRate: 0,
      minLoan: "10",
      maxLoan: "100",
      collateral: 1_100_000,
    };
    const blind = lendingConfig.parse({ assets: [asset] });
    const other = look(viewOf({ loans }), blind).memory;
    expect(recallsOf(viewOf({ loans }, "30000"), blind, other)).toEqual([]);
  });

  test("LND-031: what is told anew counts from now, and what has no mark stays as it was told", () => {
    const told = (collateral: number) => [loan("coin", "0.001", { asset: "BTC", collateral })];
    const first = look(viewOf({ loans: told(1_100_000) }), config).memory;
    const topped = look(viewOf({ loans: told(1_120_000) }, "62858"), config, first);
    expect(bodies(topped, "RecallLoan")).toEqual([]);
    const later = { loans: told(1_120_000) };
    expect(recallsOf(viewOf(later, "66000"), config, topped.memory)).toEqual([]);
    expect(recallsOf(viewOf(later, "67100"), config, topped.memory)).toEqual(["coin"]);
    const unmarked = viewOf({ ...later, markets: [] });
    expect(recallsOf(unmarked, config, topped.memory)).toEqual([]);
  });

  test("LND-025: where a cap was cut it goes before the cheaper ones, and counts for the cut", () => {
    const bare = { collateral: 1_010_000, rate: 90_000 };
    const loans = [loan("a", "20"), loan("bare", "30", bare), loan("b", "50")];
    const view = (cap: string) => viewOf({ delegation: cutTo(cap, "100"), loans });
    expect(recallsOf(view("70"))).toEqual(["bare"]);
    expect(recallsOf(view("60"))).toEqual(["bare", "a"]);
    expect(recallsOf(view("60"), lendingConfig.parse({ perWake: 1 }))).toEqual(["bare"]);
    expect(recallsOf(viewOf({ zone: "red", loans }))).toEqual(["bare", "a", "b"]);
  });
});
