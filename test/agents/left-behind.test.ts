/** What a config before this one left behind: it is guarded like the agent's own, and ended in good order. */
import { describe, expect, test } from "vitest";
import { beginCasino } from "../../agents/casino/strategy.ts";
import { escrowConfig } from "../../agents/escrow/config.ts";
import { beginEscrow, escrowStrategy } from "../../agents/escrow/strategy.ts";
import { lendingConfig } from "../../agents/lending/config.ts";
import { beginLending, lendingStrategy } from "../../agents/lending/strategy.ts";
import { bookOf, type TradingMemory, watchedOf } from "../../agents/trading/learn.ts";
import { tradingStrategy } from "../../agents/trading/strategy.ts";
import type { JobView } from "../../src/protocol/job-views.ts";
import type { AgentView, LoanView, PositionView } from "../../src/protocol/views.ts";
import { sampleDelegation, sampleMarket, sampleView } from "../../src/sdk/sample-view.ts";
import * as given from "./casino-given.ts";
import { bodies, decided } from "./context.ts";
import { configOf, ordersOf, position, RISE, viewAt, warmed } from "./trading-given.ts";

const AT = 31_000;
const SOL = "sol-perp";
/** A trader of BTC and ETH that holds SOL, at 150. */
const holding = (part: Partial<AgentView> = {}, more: Partial<PositionView> = {}): AgentView => {
  const view = viewAt(AT, RISE, { positions: [position(SOL, "5", more)], ...part });
  return { ...view, markets: [...view.markets, sampleMarket(SOL, "150", AT)] };
};
/** Changed a moment ago: nothing is changed by choice. */
const fresh = (config = configOf()): TradingMemory => ({
  ...warmed(30, RISE, config),
  changedAt: { [SOL]: AT - 1 },
});
const solOf = (view: AgentView, memory = fresh(), config = configOf()) =>
  ordersOf(view, memory, config).filter(({ market }) => market === SOL);
const WHOLE = { side: "sell", qty: "5", reduceOnly: true };

describe("a trader whose config names a market no longer", () => {
  test("LFB-001: a red zone, a recall or no delegation closes what it holds there, at once", () => {
    expect(solOf(holding())).toEqual([]);
    const recalled = { ...sampleDelegation("trading", AT), phase: "recalling" as const };
    const told: Partial<AgentView>[] = [
      { zone: "red" },
      { delegation: recalled },
      { delegation: undefined },
    ];
    for (const part of told) expect(solOf(holding(part))).toMatchObject([WHOLE]);
    expect(solOf(holding({ mode: "flatten", zone: "red" }))).toEqual([]);
  });

  test("LFB-002: both stops guard it, and its native stop is brought in", () => {
    const at = (equity: string) =>
      solOf(holding({}, { margin: equity, maintenance: "10" }), warmed(30, RISE));
    expect(at("13")).toMatchObject([{ ...WHOLE, note: "hard stop: 1.30 of its maintenance" }]);
    expect(at("15")).toMatchObject([{ ...WHOLE, qty: "2.5" }]);
    const tiers = [{ initial: 50_000, maintenance: 50_000 }];
    const held = { entry: "150", margin: "75", maintenance: "37.5", stop: "130" };
    const view = holding({}, held);
    const markets = view.markets.map((market) => ({ ...market, tiers }));
    const moved = decided(tradingStrategy, { ...view, markets }, fresh(), configOf());
    expect(bodies(moved, "MoveStop")).toMatchObject([{ market: SOL }]);
  });

  test("LFB-003: orange, reduce mode, a cut cap and its own ladder take their part of it", () => {
    const cut = { ...sampleDelegation("trading", AT), cap: "100", reserved: "200", available: "0" };
    const takes = (view: AgentView) => solOf(view, warmed(30, RISE));
    for (const part of [{ zone: "orange" }, { mode: "reduce" }] as const)
      expect(takes(holding(part))).toMatchObject([{ qty: "2.5", reduceOnly: true }]);
    expect(takes(holding({ delegation: cut }))).toMatchObject([{ qty: "2.625" }]);
    const config = configOf({ ladder: [{ drawdown: 0.1, keeps: 0.1 }], holdMs: 60_000 });
    const fallen = { ...fresh(config), changedAt: { [SOL]: AT - 10_000 } };
    const down = { ...fallen, ladder: { peak: 0, rung: 1 } };
    const pnl = { total: "-110" };
    const [order] = solOf(holding({ pnl }), down, config);
    expect(order).toMatchObject({ side: "sell", reduceOnly: true });
    expect(order?.note).toBe("its drawdown leaves 10 % of its size");
  });

  test("LFB-004: its volatility and its covariance are in the book, and take room from what is opened", () => {
    const config = configOf({ bookVol: 0.25 });
    const view = holding();
    const decision = decided(tradingStrategy, view, fresh(config), config);
    const room = (given: AgentView) =>
      ordersOf(given, fresh(config), config).reduce((sum, { qty }) => sum + Number(qty), 0);
    expect(room(view)).toBeLessThan(room({ ...view, positions: [] }));
    const book = bookOf(view, decision.memory, watchedOf(view, config), config);
    expect(book.markets).toEqual([SOL, "btc-perp", "eth-perp"]);
    expect(book.notionals[SOL]).toBeCloseTo(750, 6);
    expect(book.views[0]?.[0]?.[0]).toBeCloseTo(0.64, 6);
  });

  test("LFB-005: in a green zone it is wound down and says why, offered to other agents first, holders too", () => {
    const note = "sol-perp is none of its markets any more: wound down";
    for (const strategy of ["trend", "hold", "carry", "pair"] as const) {
      const config = configOf({ strategy });
      const wound = solOf(holding(), warmed(30, RISE, config), config);
      expect(wound).toMatchObject([{ ...WHOLE, note }]);
    }
    const offering = configOf({ offerMs: 4_000 });
    const first = decided(tradingStrategy, holding(), warmed(30, RISE, offering), offering);
    expect(bodies(first, "Settle")).toMatchObject([{ market: SOL, qty: "5" }]);
    const later = decided(
      tradingStrategy,
      { ...holding(), at: AT + 4_000 },
      first.memory,
      offering,
    );
    expect(bodies(later, "PlaceOrder").filter(({ market }) => market === SOL)).toHaveLength(1);
  });

  test("LFB-008: one that pairs cannot trade, for it has no other beside it, is wound down too", () => {
    const config = configOf({ strategy: "pair", markets: ["btc-perp", "eth-perp", SOL] });
    const note = "sol-perp has no market to be paired with: wound down";
    expect(solOf(holding(), warmed(30, RISE, config), config)).toMatchObject([{ ...WHOLE, note }]);
    const flat = holding({ positions: [] });
    expect(solOf(flat, warmed(30, RISE, config), config)).toEqual([]);
  });

  test("LFB-006: nothing is opened there: an order that would is taken back, a hedge is kept and not made larger", () => {
    const order = (side: "buy" | "sell") => ({
      ...{ order: "o-1", market: SOL, side, qty: "1", filled: "0", by: "agent" },
      phase: "working" as const,
    });
    const cancelled = (part: Partial<AgentView>) =>
      bodies(decided(tradingStrategy, holding(part), fresh(), configOf()), "CancelOrder");
    expect(cancelled({ orders: [order("buy")], positions: [] })).toEqual([{ order: "o-1" }]);
    expect(cancelled({ orders: [order("buy")] })).toEqual([{ order: "o-1" }]);
    expect(cancelled({ orders: [order("sell")] })).toEqual([]);
    const hedge = (qty: string, phase: JobView["phase"], taker = "trading"): JobView => ({
      ...{ by: "escrow", job: "h1", kind: "hedge", brief: "long", amount: "9", taker, phase },
      ...{ result: "", expiresAt: 99_000 },
      hedge: { market: SOL, side: "buy", qty, cover: "10", mark: "" },
    });
    const asked = (job: JobView) => solOf(holding({ jobs: [job] }), warmed(30, RISE));
    expect(asked(hedge("2", "delivered"))).toMatchObject([{ side: "sell", qty: "3" }]);
    expect(asked(hedge("8", "taken"))).toEqual([]);
    const offered = holding({ jobs: [hedge("2", "posted", "")] });
    const decision = decided(tradingStrategy, offered, fresh(), configOf());
    expect(bodies(decision, "TakeJob")).toEqual([]);
  });

  test("LFB-007: what it tells others of its sides does not name the market that it leaves", () => {
    const job: JobView = {
      ...{ by: "escrow", job: "s1", kind: "signal", brief: "sides", amount: "1", result: "" },
      ...{ taker: "trading", phase: "taken", expiresAt: 99_000 },
    };
    const decision = decided(tradingStrategy, holding({ jobs: [job] }), fresh(), configOf());
    expect(bodies(decision, "DeliverJob")[0]?.result).toMatch(/^btc-perp long .*eth-perp long/);
    expect(bodies(decision, "DeliverJob")[0]?.result).not.toContain(SOL);
  });
});

/** A job that it posted itself. */
const posted = (more: Partial<JobView> = {}): JobView => ({
  ...{ by: "trading", job: "j1", kind: "signal", brief: "sides", amount: "1", result: "" },
  ...{ taker: "", phase: "posted", expiresAt: 99_000, ...more },
});

describe("work of a config before", () => {
  test("LFB-010: a trader that buys that kind no more takes its job back, and reads before it pays", () => {
    for (const strategy of ["carry", "pair", "hold"] as const) {
      const config = configOf({ strategy });
      const look = (job: JobView) =>
        decided(tradingStrategy, holding({ jobs: [job] }), fresh(config), config);
      expect(bodies(look(posted()), "CancelJob")).toEqual([{ job: "j1" }]);
      expect(
        look(posted({ phase: "taken" })).intents.filter(({ command }) => command.endsWith("Job")),
      ).toEqual([]);
      const good = look(posted({ phase: "delivered", result: "btc-perp long 20 %" }));
      expect(bodies(good, "AcceptJob")).toEqual([{ job: "j1" }]);
      const bad = look(posted({ phase: "delivered", result: "btc-perp long 400 %" }));
      expect([bodies(bad, "AcceptJob").length, bodies(bad, "RejectJob").length]).toEqual([0, 1]);
    }
    const trend = decided(tradingStrategy, holding({ jobs: [posted()] }), fresh(), configOf());
    expect(bodies(trend, "CancelJob")).toEqual([]);
  });

  test("LFB-011: an escrow agent takes back a job of a kind that is gone, and leaves a hedge that stands its time", () => {
    const config = escrowConfig.parse({ jobs: [] });
    const hedge = { market: "btc-perp", side: "buy", qty: "1", cover: "1", mark: "" } as const;
    const look = (job: JobView) =>
      decided(
        escrowStrategy,
        { ...holding({ jobs: [job], positions: [] }), agent: "escrow" },
        beginEscrow(),
        config,
      )
        .intents.filter(({ command }) => command.endsWith("Job"))
        .map(({ command }) => command);
    const mine = { by: "escrow" };
    expect(look(posted(mine))).toEqual(["CancelJob"]);
    expect(look(posted({ ...mine, kind: "hedge", hedge }))).toEqual(["CancelJob"]);
    expect(look(posted({ ...mine, kind: "hedge", hedge, phase: "delivered" }))).toEqual([]);
    const read = posted({ ...mine, phase: "delivered", result: "btc-perp flat" });
    expect(look(read)).toEqual(["AcceptJob"]);
  });

  test("LFB-012: who works no more still delivers what it had taken", () => {
    const taken = (kind: JobView["kind"], taker: string) =>
      posted({ by: "escrow", kind, taker, phase: "taken" });
    const config = configOf({ works: false });
    const told = decided(
      tradingStrategy,
      holding({ jobs: [taken("signal", "trading")] }),
      fresh(config),
      config,
    );
    expect(bodies(told, "DeliverJob")).toHaveLength(1);
    const view = lent({ jobs: [taken("data", "lending")] });
    const lender = lendingConfig.parse({ works: false });
    const rates = decided(lendingStrategy, view, beginLending(), lender);
    expect(bodies(rates, "DeliverJob")).toMatchObject([{ result: "BTC 6.00 %, ETH 2.00 %" }]);
  });
});

const loan = (name: string, asset: string, more: Partial<LoanView> = {}): LoanView => ({
  ...{ loan: name, asset, amount: "0.01", rate: 60_000, phase: "open", interest: "0", ...more },
});
const lent = (part: Partial<AgentView> = {}): AgentView =>
  sampleView("lending", {
    at: AT,
    loans: [loan("l-btc", "BTC"), loan("l-eth", "ETH", { rate: 20_000 })],
    markets: [sampleMarket("btc-perp", "60000"), sampleMarket("eth-perp", "3000")],
    ...part,
  });

describe("a lender and a player whose config names less than before", () => {
  const usdc = { asset: "USDC", minRate: 50_000, minLoan: "10", maxLoan: "100" };
  const eth = { ...usdc, asset: "ETH" };

  test("LFB-020: loans of an asset that is not named any more are taken back, after bare ones, and count", () => {
    const config = lendingConfig.parse({ assets: [usdc, eth] });
    const recalls = (view: AgentView, more: object = {}) =>
      bodies(
        decided(lendingStrategy, view, beginLending(), { ...config, ...more }),
        "RecallLoan",
      ).map((body) => body.loan);
    expect(recalls(lent())).toEqual(["l-btc"]);
    expect(recalls(lent({ loans: [loan("l-btc", "BTC", { phase: "recalling" })] }))).toEqual([]);
    const bare = loan("l-bare", "ETH", { collateral: 1_000_000 });
    const both = lent({ loans: [loan("l-btc", "BTC"), bare] });
    expect(recalls(both, { perWake: 1 })).toEqual(["l-bare"]);
    // 600 USDC come back by the BTC that is not named: of the 500 that are over, nothing more is asked for.
    const delegation = { ...sampleDelegation("lending", AT), cap: "100", reserved: "600" };
    expect(recalls(lent({ delegation }))).toEqual(["l-btc"]);
    expect(recalls(lent({ zone: "orange" }))).toEqual(["l-btc", "l-eth"]);
  });

  test("LFB-021: a bet of a game that is not named any more is proven all the same, and a lie in it found", () => {
    const checked = (cheat: given.Cheat) => {
      const casino = new given.Casino(cheat);
      const bet = { bet: "b-1", game: "coin-flip", stake: "1", clientSeed: "mine" };
      casino.place({ ...bet, params: { side: "heads" } });
      casino.rotate();
      const dice = { game: "dice-rebate", params: { direction: "over", threshold: 50 } };
      const config = given.configOf({ games: [{ ...dice, pays: "2.04", maxStake: "20" }] });
      const decision = decided(given.strategy, casino.view(AT), beginCasino(), config);
      return bodies(decision, "CheckBet").map(({ bet: of, verified }) => [of, verified]);
    };
    expect(checked("none")).toEqual([["b-1", true]]);
    expect(checked("outcome")).toEqual([["b-1", false]]);
  });
});
