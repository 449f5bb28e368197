/** What guards a position in process: margin and stops, liquidation price, queue, drawdown, settlement. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tradingConfig } from "../../agents/trading/config.ts";
import {
  alarmOf,
  bufferedLiquidation,
  coverOf,
  fundingAhead,
  stopMove,
} from "../../agents/trading/guard.ts";
import { tradingStrategy } from "../../agents/trading/strategy.ts";
import type { AgentView, PositionView } from "../../src/protocol/views.ts";
import { sampleMarket } from "../../src/sdk/sample-view.ts";
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
