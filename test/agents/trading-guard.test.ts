/** What guards a position in process: margin and stops, liquidation price, queue, drawdown, settlement. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tradingConfig } from "../../agents/trading/config.ts";
import {
  alarmOf,
  bufferedLiquidation,
  coverOf,
  fundingAhead,
  keptOn,
  ladderAt,
  stopMove,
} from "../../agents/trading/guard.ts";
import { tradingStrategy } from "../../agents/trading/strategy.ts";
import type { AgentView, PositionView } from "../../src/protocol/views.ts";
import { sampleDelegation, sampleMarket, sampleView } from "../../src/sdk/sample-view.ts";
import { bodies, decided } from "./context.ts";
import { configOf, ordersOf, position, RISE, viewAt, warmed } from "./trading-given.ts";

const config = tradingConfig.parse({});
/** No fee, no funding, no slippage: the bare margin maths. */
const bare = tradingConfig.parse({ slippage: 0, fundingAhead: 0 });
const btc = (
  mark: string,
  rates = { initial: 50_000, maintenance: 50_000 },
  more: object = {},
) => ({
  ...sampleMarket("btc-perp", mark),
  ...{ takerFee: 0, tiers: [rates], ...more },
});
/** One coin of BTC at a leverage, so that its margin is its entry over it. */
const coin = (entry: number, leverage: number, more: Partial<PositionView> = {}): PositionView =>
  position("btc-perp", "1", {
    entry: String(entry),
    margin: (entry / leverage).toFixed(6),
    ...more,
  });
const priceOf = (
  held: PositionView,
  mark: string,
  rates: { initial: number; maintenance: number },
) => Number(bufferedLiquidation(held, btc(mark, rates), bare) ?? 0n) / 1e8;

describe("the liquidation price", () => {
  test("TGD-001: the guide's table, by exact margin on the mark: 10x from 95,000 is 90,000, and 3x is 76,000", () => {
    const half = (leverage: number) => {
      const rate = Math.round(1e6 / leverage / 2);
      return { initial: rate, maintenance: rate };
    };
    // Linear in the entry it would be 90,250 and 79,166.67; 79,583, as printed, has another entry.
    expect(priceOf(coin(95_000, 10), "95000", half(10))).toBeCloseTo(90_000, 1);
    expect(priceOf(coin(95_000, 3), "95000", half(3))).toBeCloseTo(76_000, 0);
    const short = position("btc-perp", "-1", { entry: "2800", margin: "280" });
    expect(priceOf(short, "2800", half(10))).toBeCloseTo(2_933.33, 1);
  });

  test("TGD-002: funding that was paid brings it nearer: 12 payments of 0.05 % leave 9.4 % of 10 %", () => {
    const paid = coin(100_000, 10, { funding: String(-12 * 0.0005 * 100_000) });
    const rates = { initial: 50_000, maintenance: 50_000 };
    // (10 % - 0.6 %) of the entry behind it: not the 6 % that is told.
    expect(priceOf(paid, "100000", rates)).toBeCloseTo((100_000 - 9_400) / 0.95, 0);
    expect(priceOf(coin(100_000, 10), "100000", rates)).toBeCloseTo(90_000 / 0.95, 0);
    const got = coin(100_000, 10, { funding: "500" });
    expect(priceOf(got, "100000", rates)).toBeCloseTo(90_000 / 0.95, 0);
  });

  test("TGD-003: fee, slippage and the funding to come stand between it and the mark", () => {
    const market = btc("100000", undefined, { takerFee: 500, funding: 1_000_000 });
    const at = Number(bufferedLiquidation(coin(100_000, 10), market, config)) / 1e8;
    // 5 % + 0.05 % fee + 1.5 % slippage + 3 x 0.1 % funding on the mark.
    expect(at).toBeCloseTo(90_000 / (1 - 0.05 - 0.0005 - 0.015 - 0.003), 0);
    expect(fundingAhead(market, -1n, config)).toBe(0);
    expect(fundingAhead(market, 1n, config)).toBeCloseTo(0.003, 9);
  });

  test("TGD-004: always it lies on the losing side of the entry and nearer than without its buffer", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_000, max: 100_000 }),
        fc.integer({ min: 2, max: 15 }),
        fc.boolean(),
        (entry, leverage, long) => {
          const held = { ...coin(entry, leverage), qty: long ? "1" : "-1" };
          const rates = { initial: 10_000, maintenance: 10_000 };
          const near = bufferedLiquidation(held, btc(String(entry), rates), config) ?? 0n;
          const far = bufferedLiquidation(held, btc(String(entry), rates), bare) ?? 0n;
          const at = BigInt(entry) * 100_000_000n;
          expect(long ? far < near && near < at : far > near && near > at).toBe(true);
        },
      ),
    );
  });
});

describe("the stops in process", () => {
  const standing = (equity: number): PositionView =>
    position("btc-perp", "0.0066", { margin: String(equity), maintenance: "10" });
  const at = (equity: number, more: Partial<AgentView> = {}) =>
    ordersOf(viewAt(31_000, RISE, { positions: [standing(equity)], ...more }), warmed(30, RISE));
  const btcOf = (orders: ReturnType<typeof at>) =>
    orders.filter(({ market }) => market === "btc-perp");

  test("TGD-010: at 150 % of maintenance half goes, at 130 % all of it, above neither", () => {
    expect(btcOf(at(15.1))).toEqual([]);
    expect(btcOf(at(15))).toMatchObject([{ qty: "0.0033", side: "sell", reduceOnly: true }]);
    expect(btcOf(at(13.1))).toMatchObject([{ qty: "0.0033", reduceOnly: true }]);
    expect(btcOf(at(13))).toMatchObject([{ qty: "0.0066", side: "sell", reduceOnly: true }]);
    expect(btcOf(at(13))[0]?.note).toBe("hard stop: 1.30 of its maintenance");
  });

  test("TGD-011: the soft stop takes its time, the hard one does not: no holding time, no cooling", () => {
    const changedAt = { "btc-perp": 30_500 };
    const memory = { ...warmed(30, RISE), changedAt, cooldowns: { "btc-perp": 99_000 } };
    const view = (equity: number) => viewAt(31_000, RISE, { positions: [standing(equity)] });
    expect(btcOf(ordersOf(view(14), memory))).toEqual([]);
    expect(btcOf(ordersOf(view(12), memory))).toMatchObject([{ qty: "0.0066" }]);
  });

  test("TGD-016: between two halves of a soft stop nothing is opened, and what the strategy gives up still goes", () => {
    const view = (rise: number, qty: string) =>
      viewAt(31_000, rise, {
        positions: [position("btc-perp", qty, { margin: "14", maintenance: "10" })],
      });
    const config = configOf({ holdMs: 0, reduceEveryMs: 10_000 });
    const memory = (rise: number) => ({
      ...warmed(30, rise, config),
      changedAt: { "btc-perp": 30_000 },
    });
    expect(btcOf(ordersOf(view(RISE, "0.001"), memory(RISE), config))).toEqual([]);
    expect(btcOf(ordersOf(view(-RISE, "0.001"), memory(-RISE), config))).toMatchObject([
      { qty: "0.001", side: "sell", reduceOnly: true },
    ]);
  });

  test("TGD-012: at the hard stop an order that would open is cancelled, one that closes is waited for", () => {
    const order = (side: "buy" | "sell") => ({
      ...{ order: "o-1", market: "btc-perp", side, qty: "0.001", filled: "0", by: "agent" },
      phase: "working" as const,
    });
    const asked = (side: "buy" | "sell") => {
      const part = { positions: [standing(12)], orders: [order(side)] };
      return decided(tradingStrategy, viewAt(31_000, RISE, part), warmed(30, RISE), configOf());
    };
    expect(bodies(asked("buy"), "CancelOrder")).toEqual([{ order: "o-1" }]);
    expect(bodies(asked("sell"), "CancelOrder")).toEqual([]);
    expect(btcOf(bodies(asked("sell"), "PlaceOrder"))).toEqual([]);
  });

  test("TGD-013: funding that was paid counts against the stop, unrealized loss too", () => {
    const held = (more: Partial<PositionView>) =>
      position("btc-perp", "1", { margin: "20", maintenance: "10", ...more });
    const market = sampleMarket("btc-perp", "60000");
    expect(coverOf(held({}), market)).toBe(2);
    expect(coverOf(held({ funding: "-6" }), market)).toBe(1.4);
    expect(alarmOf(held({ funding: "-6" }), market, config).level).toBe("soft");
    expect(alarmOf(held({ funding: "-6", unrealized: "-2" }), market, config).level).toBe("hard");
    expect(alarmOf(held({ funding: "6" }), market, config).level).toBe("none");
  });

  test("TGD-014: a mark within the buffer of liquidation is a hard stop whatever the margin says", () => {
    const held = coin(100_000, 10, { maintenance: "1", unrealized: "0" });
    expect(alarmOf(held, btc("97000"), config).level).toBe("none");
    expect(alarmOf(held, btc("96000"), config)).toMatchObject({
      level: "hard",
      why: expect.stringMatching(/within the buffer of liquidation/),
    });
  });

  test("TGD-015: a native stop that fell behind the liquidation price is brought in, and only then", () => {
    const stopped = (stop: string, phase: PositionView["phase"] = "protected") =>
      coin(100_000, 10, { stop, phase, maintenance: "1" });
    const market = btc("100000", undefined, { tick: "0.5" });
    const moved = stopMove(stopped("90000"), market, config);
    const at = Number(bufferedLiquidation(stopped("90000"), market, config)) / 1e8;
    expect(moved).toMatchObject({ command: "MoveStop", body: { market: "btc-perp" } });
    const wanted = moved?.command === "MoveStop" ? Number(moved.body.stop) : 0;
    expect(wanted).toBeCloseTo(at + (100_000 - at) / 4, 0);
    expect(wanted % 0.5).toBe(0);
    expect(stopMove(stopped("97500"), market, config)).toBeUndefined();
    expect(stopMove(stopped("90000", "unprotected"), market, config)).toBeUndefined();
    // A stop may never be brought beyond the mark, where it would fire at once.
    expect(stopMove(stopped("90000"), btc("95000"), config)).toBeUndefined();
  });
});

test("TGD-020: among the first of the deleveraging queue it halves its position, further back it stays", () => {
  const ranked = (lights: number, adlRank = 5) => {
    const adl = { lights, ahead: 50_000 };
    const positions = [position("btc-perp", "0.0066", { adl })];
    const view = viewAt(31_000, RISE, { positions });
    const given = configOf({ adlRank });
    return ordersOf(view, warmed(30, RISE, given), given).filter(
      ({ market }) => market === "btc-perp",
    );
  };
  expect(ranked(5)).toMatchObject([{ qty: "0.0033", reduceOnly: true }]);
  expect(ranked(5)[0]?.note).toBe("rank 5 of 5 in the deleveraging queue");
  expect(ranked(4)).toEqual([]);
  expect(ranked(4, 4)).toMatchObject([{ reduceOnly: true }]);
  expect(ranked(5, 6)).toEqual([]);
});

test("TGD-021: the first tenth of the queue is told by what goes before it, and halves too", () => {
  const queued = (ahead: number, more: object = { adlRank: 6, adlAhead: 0.1 }) => {
    const positions = [position("btc-perp", "0.0066", { adl: { lights: 5, ahead } })];
    const given = configOf(more);
    const view = viewAt(31_000, RISE, { positions });
    return ordersOf(view, warmed(30, RISE, given), given).filter(
      ({ market }) => market === "btc-perp",
    );
  };
  expect(queued(100_000)).toMatchObject([{ qty: "0.0033", side: "sell", reduceOnly: true }]);
  expect(queued(100_000)[0]?.note).toBe(
    "10.0 % of its side goes before it in the deleveraging queue",
  );
  expect(queued(0)).toHaveLength(1);
  expect(queued(100_001)).toEqual([]);
  expect(queued(0, { adlRank: 6 })).toEqual([]);
});

describe("the deleverage ladder", () => {
  const lost = (usd: number): AgentView =>
    sampleView("trading", {
      delegation: sampleDelegation("trading"),
      pnl: { total: String(-usd) },
    });
  const keptAfter = (...losses: number[]) => {
    let ladder = ladderAt(undefined, lost(0), config);
    for (const usd of losses) ladder = ladderAt(ladder, lost(usd), config);
    return keptOn(ladder, config);
  };

  test("TGD-030: a drawdown of 5, 8, 12 and 18 % of the cap leaves 90, 75, 50 and 20 % of the size", () => {
    expect([0, 49, 50, 79, 80, 119, 120, 179, 180, 500].map((usd) => keptAfter(usd))).toEqual([
      1, 1, 0.9, 0.9, 0.75, 0.75, 0.5, 0.5, 0.2, 0.2,
    ]);
  });

  test("TGD-031: a rung is left only when half of its drawdown is made good", () => {
    expect(keptAfter(125, 100)).toBe(0.5);
    expect(keptAfter(125, 61)).toBe(0.5);
    expect(keptAfter(125, 59)).toBe(0.75);
    expect(keptAfter(125, 0)).toBe(1);
  });

  test("TGD-032: what stands above its rung is cut at once, whatever the trend, and no rung sells all", () => {
    const config = configOf();
    const positions = [position("btc-perp", "0.0066"), position("eth-perp", "0.13")];
    const memory = { ...warmed(30, RISE), ladder: { peak: 130, rung: 0 } };
    const view = viewAt(31_000, RISE, { positions, pnl: { total: "0" } });
    const orders = bodies(decided(tradingStrategy, view, memory, config), "PlaceOrder");
    expect(orders.map(({ market, reduceOnly }) => [market, reduceOnly])).toEqual([
      ["btc-perp", true],
      ["eth-perp", true],
    ]);
    expect(Number(orders[0]?.qty)).toBeLessThan(0.0066);
    expect(orders[0]?.note).toBe("its drawdown leaves 50 % of its size");
  });
});

describe("the margin ladder", () => {
  const AT = 31_000;
  const positions = [position("btc-perp", "0.007"), position("eth-perp", "0.14")];
  const strained = (maintenanceRatio: number, part: Partial<AgentView> = {}): AgentView => {
    const view = viewAt(AT, RISE, { positions, ...part });
    return { ...view, margin: { ...view.margin, maintenanceRatio, ...part.margin } };
  };
  const sizes = (view: AgentView, memory = warmed(30, RISE), config = configOf()) =>
    ordersOf(view, memory, config).map(({ qty, reduceOnly }) => [qty, reduceOnly]);
  const fifth = [
    ["0.0014", true],
    ["0.028", true],
  ];

  test("TGD-033: maintenance over equity at 70 % reduces 20 %, at 85 % 40 %, below neither", () => {
    expect(sizes(strained(699_999))).toEqual([]);
    expect(sizes(strained(700_000))).toEqual(fifth);
    expect(sizes(strained(849_999))).toEqual(fifth);
    expect(sizes(strained(850_000)).map(([qty]) => qty)).toEqual(["0.0028", "0.056"]);
    expect(ordersOf(strained(720_000), warmed(30, RISE))[0]?.note).toBe(
      "maintenance is at 70 % of equity or above: 20 % of it goes",
    );
    const none = configOf({ marginLadder: [] });
    expect(sizes(strained(900_000), warmed(30, RISE, none), none)).toEqual([]);
  });

  test("TGD-034: again after each wait until it is below, and nothing is opened meanwhile", () => {
    const changed = (ms: number) => {
      const at = AT - ms;
      return { ...warmed(30, RISE), changedAt: { "btc-perp": at, "eth-perp": at } };
    };
    expect(sizes(strained(700_000), changed(9_999))).toEqual([]);
    expect(sizes(strained(700_000), changed(10_000))).toEqual(fifth);
    const flat = { positions: [] };
    expect(sizes(strained(700_000, flat))).toEqual([]);
    expect(sizes(strained(699_999, flat))).toHaveLength(2);
  });

  test("TGD-035: an alert of the fleet counts where losses are borne together, and not where they are not", () => {
    const alert = { duty: "maintenance-alert", agent: "fleet", says: "", passed: 700_000 };
    const told = (mode: "cross" | "isolated") => {
      const delegation = { ...sampleDelegation("trading", AT), mode };
      const { margin } = viewAt(AT, RISE);
      return strained(0, { delegation, margin: { ...margin, duties: [alert] } });
    };
    expect(sizes(told("cross"))).toEqual(fifth);
    expect(sizes(told("isolated"))).toEqual([]);
  });

  test("TGD-036: of several that tell it to reduce the strictest counts", () => {
    expect(sizes(strained(700_000, { zone: "orange" })).map(([qty]) => qty)).toEqual([
      "0.0035",
      "0.07",
    ]);
    const delegation = { ...sampleDelegation("trading", AT), cap: "100", available: "0" };
    // A cap that is one in a hundred over leaves 94 %; the margin leaves 60 %.
    const slightly = strained(850_000, { delegation: { ...delegation, reserved: "101" } });
    expect(sizes(slightly).map(([qty]) => qty)).toEqual(["0.0028", "0.056"]);
    const far = strained(700_000, { delegation: { ...delegation, reserved: "200" } });
    expect(sizes(far).map(([qty]) => qty)).toEqual(["0.0037", "0.0735"]);
  });
});

describe("settlement with other agents", () => {
  const config = configOf({ offerMs: 3_000 });
  const turned = (at: number, offers: AgentView["offers"] = []) =>
    viewAt(at, -RISE, { positions: [position("btc-perp", "0.0066")], offers });
  const memory = warmed(30, -RISE, config);
  const btcOnly = { ...config, markets: ["btc-perp"] };

  test("TGD-040: what closes by choice is offered first, waits, and then goes to the venue", () => {
    const first = decided(tradingStrategy, turned(31_000), memory, btcOnly);
    expect(first.intents).toEqual([
      { command: "Settle", body: { market: "btc-perp", qty: "0.0066", ttlMs: 3_000 } },
    ]);
    const second = decided(tradingStrategy, turned(33_000), first.memory, btcOnly);
    expect(second.intents).toEqual([]);
    const third = decided(tradingStrategy, turned(34_000), second.memory, btcOnly);
    expect(bodies(third, "PlaceOrder")).toMatchObject([{ qty: "0.0066", reduceOnly: true }]);
  });

  test("TGD-042: an offer that was not needed any more is made anew when it is", () => {
    const first = decided(tradingStrategy, turned(31_000), memory, btcOnly);
    const up = viewAt(32_000, -RISE, { positions: [position("btc-perp", "-0.0066")] });
    const fits = decided(tradingStrategy, up, first.memory, btcOnly);
    expect(bodies(fits, "Settle")).toEqual([]);
    const again = decided(tradingStrategy, turned(40_000), fits.memory, btcOnly);
    expect(bodies(again, "Settle")).toHaveLength(1);
  });

  test("TGD-041: an offer that comes while it waits is met; what is forced waits for nobody", () => {
    const first = decided(tradingStrategy, turned(31_000), memory, btcOnly);
    const offer = { agent: "bob", market: "btc-perp", qty: "0.004", expiresAt: 40_000 };
    const met = decided(tradingStrategy, turned(32_000, [offer]), first.memory, btcOnly);
    expect(bodies(met, "Settle")).toMatchObject([{ market: "btc-perp", qty: "0.0066" }]);
    const red = { ...turned(31_000), zone: "red" as const };
    expect(bodies(decided(tradingStrategy, red, memory, btcOnly), "PlaceOrder")).toHaveLength(1);
    const own = configOf();
    const plain = decided(tradingStrategy, turned(31_000), warmed(30, -RISE, own), own);
    expect(bodies(plain, "Settle")).toEqual([]);
  });
});
