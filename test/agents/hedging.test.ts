/** Hedges for pay: a trader holds beside its own wish what another asks for, and the escrow agent asks. */
import { describe, expect, test } from "vitest";
import { escrowConfig } from "../../agents/escrow/config.ts";
import { beginEscrow, escrowStrategy } from "../../agents/escrow/strategy.ts";
import { tradingStrategy } from "../../agents/trading/strategy.ts";
import type { JobView } from "../../src/protocol/job-views.ts";
import type { AgentView } from "../../src/protocol/views.ts";
import { sampleView } from "../../src/sdk/sample-view.ts";
import { bodies, decided } from "./context.ts";
import { configOf, ordersOf, position, RISE, viewAt, warmed } from "./trading-given.ts";

const terms = { market: "btc-perp", side: "buy", qty: "0.003", cover: "10", mark: "" } as const;
const asked = (more: Partial<JobView> = {}, hedge: object = {}): JobView => ({
  ...{ by: "escrow", job: "h1", kind: "hedge", brief: "long", amount: "1", taker: "", result: "" },
  ...{ phase: "posted", expiresAt: 99_000, hedge: { ...terms, ...hedge }, ...more },
});
const mine = (hedge: object = {}, more: Partial<JobView> = {}) =>
  asked({ taker: "trading", phase: "taken", ...more }, hedge);
const view = (part: Partial<AgentView>, rise = RISE) => viewAt(31_000, rise, part);
const look = (part: Partial<AgentView>, config = configOf({ works: false }), rise = RISE) =>
  decided(tradingStrategy, view(part, rise), warmed(30, rise, config), config);
const jobsOf = (part: Partial<AgentView>, config = configOf({ works: false })) =>
  look(part, config)
    .intents.filter(({ command }) => command.endsWith("Job"))
    .map(({ command, body }) => [command, body]);
const TAKES = [["TakeJob", { by: "escrow", job: "h1" }]];

describe("a trader's hedges for others", () => {
  test("TRH-001: it takes one on its own side of a market, not against what it holds, wishes or owes", () => {
    expect(jobsOf({ jobs: [asked()] })).toEqual(TAKES);
    for (const jobs of [
      [asked({}, { side: "sell" })],
      [asked({}, { market: "no-perp" })],
      [asked({ by: "trading" })],
      [asked({ phase: "taken", taker: "other" })],
    ])
      expect(jobsOf({ jobs })).toEqual([]);
    const short = { positions: [position("btc-perp", "-0.01")] };
    expect(jobsOf({ jobs: [asked()], ...short })).toEqual([]);
    const working = { order: "o", market: "btc-perp", side: "buy", qty: "1", filled: "0" } as const;
    const orders: AgentView["orders"] = [{ ...working, phase: "working", by: "agent" }];
    expect(jobsOf({ jobs: [asked()], orders })).toEqual([]);
    expect(jobsOf({ jobs: [asked()], zone: "yellow" })).toEqual([]);
  });

  test("TRH-002: within its share and its margin, worth an order, and not for less than the fees it costs", () => {
    // 0.003 BTC at 60,000 and a little are 180 USDC: a fee of 0.0005 of it, in and out, is 0.18.
    expect(jobsOf({ jobs: [asked({ amount: "0.19" })] })).toEqual(TAKES);
    expect(jobsOf({ jobs: [asked({ amount: "0.17" })] })).toEqual([]);
    expect(jobsOf({ jobs: [asked({}, { qty: "0.0001" })] })).toEqual([]);
    expect(jobsOf({ jobs: [asked({}, { cover: "100000" })] })).toEqual([]);
    const least = (hedgeShare: number) => configOf({ works: false, hedgeShare });
    expect(jobsOf({ jobs: [asked()] }, least(0))).toEqual([]);
    // What it holds anyway costs no fee and no margin.
    const held = { positions: [position("btc-perp", "0.003")] };
    expect(jobsOf({ jobs: [asked({ amount: "0.01" })], ...held })).toEqual(TAKES);
  });

  test("TRH-003: what it took it opens to the lot whatever its own size, and delivers when that is held", () => {
    const bought = bodies(look({ jobs: [mine()] }), "PlaceOrder")[0];
    expect(bought).toMatchObject({ market: "btc-perp", side: "buy", qty: "0.003" });
    expect(jobsOf({ jobs: [mine()] })).toEqual([]);
    const some = { positions: [position("btc-perp", "0.001")] };
    expect(bodies(look({ jobs: [mine()], ...some }), "PlaceOrder")[0]).toMatchObject({
      qty: "0.002",
    });
    const held = { positions: [position("btc-perp", "0.003")] };
    const result = "btc-perp long 0.003 stands";
    expect(jobsOf({ jobs: [mine()], ...held })).toEqual([
      ["DeliverJob", { by: "escrow", job: "h1", result }],
    ]);
    const both = [mine({}, { job: "h0", phase: "delivered" }), mine()];
    expect(jobsOf({ jobs: both, ...held })).toEqual([]);
  });

  test("TRH-004: by its own wish it never gives up what others pay for, and no unit more is kept for it", () => {
    const jobs = [mine({ qty: "0.003" }, { phase: "delivered" })];
    const falling = (qty: string, given = jobs) => {
      const positions = [position("btc-perp", qty)];
      const memory = warmed(30, -RISE);
      return ordersOf(viewAt(31_000, -RISE, { jobs: given, positions }), memory).filter(
        ({ market }) => market === "btc-perp",
      );
    };
    expect(falling("0.01")).toMatchObject([{ side: "sell", qty: "0.007", reduceOnly: true }]);
    expect(falling("0.003")).toEqual([]);
    expect(falling("0.003", [])).toMatchObject([{ side: "sell", qty: "0.003" }]);
  });

  test("TRH-005: what it must give up it gives up, hedge or not", () => {
    const jobs = [mine({ qty: "0.003" }, { phase: "delivered" })];
    const positions = [position("btc-perp", "0.003")];
    expect(ordersOf(view({ jobs, positions, zone: "red" }), warmed(30, RISE))).toMatchObject([
      { market: "btc-perp", side: "sell", qty: "0.003", reduceOnly: true },
    ]);
  });

  test("TRH-006: one at a time, and of all that it holds no more than its share", () => {
    const held = { positions: [position("btc-perp", "0.003")] };
    expect(jobsOf({ jobs: [mine(), asked({ job: "h2" })], ...held }).map(([c]) => c)).toEqual([
      "DeliverJob",
    ]);
    const stands = mine({}, { job: "h0", phase: "delivered" });
    const equity = 1_000;
    const share = (hedges: number) =>
      configOf({ works: false, hedgeShare: (hedges * 181) / equity });
    const more = [stands, asked()];
    const enough = { positions: [position("btc-perp", "0.006")] };
    expect(jobsOf({ jobs: more, ...enough }, share(2))).toEqual(TAKES);
    expect(jobsOf({ jobs: more, ...enough }, share(1.9))).toEqual([]);
  });
});

describe("the escrow agent's hedges", () => {
  const hedge = { market: "btc-perp", side: "sell", qty: "0.01", cover: "20" } as const;
  const wanted = { kind: "hedge", brief: "short", amount: "1", ttlMs: 60_000, hedge } as const;
  const data = { kind: "data", brief: "rates", amount: "0.05", ttlMs: 60_000 } as const;
  const config = escrowConfig.parse({ buy: [], sell: [], jobs: [wanted, data], jobEveryMs: 0 });
  const posts = (jobs: readonly JobView[], more: Partial<AgentView> = {}, memory = beginEscrow()) =>
    decided(escrowStrategy, sampleView("escrow", { at: 1_000, jobs, ...more }), memory, config);
  const stands = asked({ job: "e1", phase: "delivered", taker: "trading" });

  test("TRH-007: it asks for one with its terms where its pay and its cover are there", () => {
    expect(bodies(posts([]), "PostJob")).toMatchObject([wanted]);
    const delegation = (available: string) => ({
      delegation: { ...sampleView("escrow").delegation, available } as never,
    });
    expect(bodies(posts([], delegation("21")), "PostJob")).toHaveLength(1);
    expect(bodies(posts([], delegation("20.999999")), "PostJob")).toEqual([]);
  });

  test("TRH-008: one that stands is left to the books, one at a time, while other work goes on", () => {
    const look = posts([stands]);
    expect(look.intents.map(({ command }) => command)).toEqual(["PostJob"]);
    expect(bodies(look, "PostJob")).toMatchObject([data]);
    expect(bodies(posts([stands], {}, look.memory), "PostJob")).toMatchObject([data]);
    expect(bodies(posts([{ ...stands, phase: "taken" }]), "PostJob")).toEqual([]);
  });

  test("TRH-009: a job of that kind without its terms, or another with them, is no config", () => {
    const { hedge: _, ...bare } = wanted;
    for (const job of [bare, { ...data, hedge }, { ...wanted, hedge: { ...hedge, qty: "0" } }])
      expect(escrowConfig.safeParse({ jobs: [job] }).success).toBe(false);
  });
});
