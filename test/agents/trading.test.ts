/** The trading strategy: given a view, then orders. */
import { expect, test } from "vitest";
import { tradingConfig } from "../../agents/trading/config.ts";
import { beginTrading } from "../../agents/trading/learn.ts";
import { tradingStrategy } from "../../agents/trading/strategy.ts";
import type { AgentView } from "../../src/protocol/views.ts";
import { sampleDelegation } from "../../src/sdk/sample-view.ts";
import { decided, refused } from "./context.ts";
import { configOf, ordersOf, position, RISE, STEEP, viewAt, warmed } from "./trading-given.ts";

test("TRD-001: it orders nothing before its warm-up, and says how far that is", () => {
  const config = configOf({ warmup: 6 });
  let memory = beginTrading();
  for (let i = 1; i < 6; i++) {
    const decision = decided(tradingStrategy, viewAt(i * 1_000, STEEP), memory, config);
    expect(decision.intents).toEqual([]);
    expect(decision.rest).toBe(`warming up: ${i} of 6 samples`);
    memory = decision.memory;
  }
  expect(ordersOf(viewAt(6_000, STEEP), memory, config)).toHaveLength(2);
});

test("TRD-002: it goes long where prices rise and short where they fall, in every market", () => {
  const up = ordersOf(viewAt(31_000, RISE), warmed(30, RISE));
  expect(up.map(({ market, side }) => [market, side])).toEqual([
    ["btc-perp", "buy"],
    ["eth-perp", "buy"],
  ]);
  const down = ordersOf(viewAt(31_000, -RISE), warmed(30, -RISE));
  expect(down.map(({ side }) => side)).toEqual(["sell", "sell"]);
  for (const order of [...up, ...down]) expect(order.reduceOnly).toBeUndefined();
});

test("TRD-003: twice the volatility makes half the size", () => {
  const sizeAt = (vol: number): number => {
    const config = configOf({ startVol: vol, volHalfLife: 100_000, leverage: 5 });
    const [first] = ordersOf(viewAt(31_000, RISE), warmed(30, RISE, config), config);
    return Number(first?.qty) * 60_000;
  };
  // Equity 1,000, 80 % of it in use, two markets: 400 at the target volatility of 80 %.
  expect(sizeAt(0.8)).toBeGreaterThan(385);
  expect(sizeAt(0.8)).toBeLessThan(400);
  expect(sizeAt(0.4) / sizeAt(0.8)).toBeCloseTo(2, 1);
});

test("TRD-004: a short warm-up trades in proportion to what it has seen", () => {
  const config = configOf({ warmup: 5, fullSamples: 20 });
  const [early] = ordersOf(viewAt(5_000, STEEP), warmed(4, STEEP, config), config);
  const [late] = ordersOf(viewAt(20_000, STEEP), warmed(19, STEEP, config), config);
  expect(Number(early?.qty) / Number(late?.qty)).toBeCloseTo(0.25, 1);
});

test("TRD-005: when the trend turns it closes exactly what it holds, by a reducing order", () => {
  const view = viewAt(31_000, -RISE, { positions: [position("btc-perp", "0.0066")] });
  const [order] = ordersOf(view, warmed(30, -RISE));
  expect(order).toMatchObject({
    market: "btc-perp",
    side: "sell",
    qty: "0.0066",
    reduceOnly: true,
  });
  const short = viewAt(31_000, RISE, { positions: [position("btc-perp", "-0.0066")] });
  expect(ordersOf(short, warmed(30, RISE))[0]).toMatchObject({
    side: "buy",
    qty: "0.0066",
    reduceOnly: true,
  });
});

test("TRD-006: within the band it leaves a position as it is, beyond it grows or shrinks", () => {
  const at = (qty: string) =>
    ordersOf(
      viewAt(31_000, RISE, { positions: [position("btc-perp", qty)] }),
      warmed(30, RISE),
    ).filter(({ market }) => market === "btc-perp");
  expect(at("0.006")).toEqual([]);
  expect(at("0.0075")).toEqual([]);
  expect(at("0.002")[0]).toMatchObject({ side: "buy" });
  expect(at("0.02")[0]).toMatchObject({ side: "sell", reduceOnly: true });
});

test("TRD-007: after a change it holds still for a while", () => {
  const memory = { ...warmed(30, RISE), changedAt: { "btc-perp": 28_000 } };
  expect(ordersOf(viewAt(31_000, RISE), memory).map(({ market }) => market)).toEqual(["eth-perp"]);
  expect(ordersOf(viewAt(33_000, RISE), memory)).toHaveLength(2);
});

test("TRD-008: in yellow it takes no new leverage; in orange and reduce mode it halves; red is out", () => {
  const positions = [position("btc-perp", "0.002"), position("eth-perp", "-0.04")];
  const memory = warmed(30, RISE);
  const yellow = ordersOf(viewAt(31_000, RISE, { zone: "yellow", positions }), memory);
  expect(yellow).toMatchObject([{ market: "eth-perp", reduceOnly: true, qty: "0.04" }]);
  for (const part of [{ zone: "orange" }, { mode: "reduce" }] as const) {
    const half = ordersOf(viewAt(31_000, RISE, { ...part, positions }), memory);
    expect(half.map(({ qty, side, reduceOnly }) => [qty, side, reduceOnly])).toEqual([
      ["0.001", "sell", true],
      ["0.02", "buy", true],
    ]);
  }
  const red = ordersOf(viewAt(31_000, RISE, { zone: "red", positions }), memory);
  expect(red.map(({ qty }) => qty)).toEqual(["0.002", "0.04"]);
});

test("TRD-009: recalled or without a delegation it closes; under flatten the coordinator does", () => {
  const positions = [position("btc-perp", "0.002")];
  const memory = warmed(30, RISE);
  const recalled = { ...sampleDelegation("trading", 31_000), phase: "recalling" as const };
  for (const delegation of [recalled, undefined]) {
    const orders = ordersOf(viewAt(31_000, RISE, { delegation, positions }), memory);
    expect(orders).toMatchObject([{ qty: "0.002", reduceOnly: true }]);
  }
  expect(ordersOf(viewAt(31_000, RISE, { mode: "flatten", positions }), memory)).toEqual([]);
});

test("TRD-010: a cap cut below its use shrinks positions in proportion", () => {
  const delegation = {
    ...sampleDelegation("trading", 31_000),
    cap: "100",
    reserved: "200",
    available: "0",
  };
  const positions = [position("btc-perp", "0.006"), position("eth-perp", "0.1")];
  const orders = ordersOf(viewAt(31_000, RISE, { delegation, positions }), warmed(30, RISE));
  // What stays is 0.95 x 100 / 200 of each, down to the lot.
  expect(orders.map(({ qty }) => qty)).toEqual(["0.0032", "0.0525"]);
  for (const order of orders) expect(order.reduceOnly).toBe(true);
});

test("TRD-011: half of a position too small to stand alone takes all of it", () => {
  const view = viewAt(31_000, RISE, {
    zone: "orange",
    positions: [position("btc-perp", "0.0003")],
  });
  expect(ordersOf(view, warmed(30, RISE))[0]?.qty).toBe("0.0003");
});

test("TRD-012: it leaves alone a market with an order, one being closed, and one unprotected", () => {
  const memory = warmed(30, RISE);
  const order = {
    order: "o-1",
    market: "btc-perp",
    side: "buy",
    qty: "1",
    filled: "0",
    phase: "working",
    by: "agent",
  } as const;
  const busy = viewAt(31_000, RISE, { orders: [order] });
  expect(ordersOf(busy, memory).map(({ market }) => market)).toEqual(["eth-perp"]);
  for (const phase of ["closing", "unprotected"] as const) {
    const positions = [position("btc-perp", "0.002", { phase })];
    const orders = ordersOf(viewAt(31_000, RISE, { positions }), memory);
    expect(orders.map(({ market }) => market)).toEqual(["eth-perp"]);
  }
});

test("TRD-013: a refused opening rests for a while, a refused reduction does not, nor one unsent", () => {
  const config = configOf({ holdMs: 0, coolMs: 10_000 });
  const memory = warmed(30, RISE, config);
  const first = decided(tradingStrategy, viewAt(31_000, RISE), memory, config);
  const then = (code: string, at: number) =>
    decided(tradingStrategy, viewAt(at, RISE), first.memory, config, {
      outcomes: refused(first.intents, code),
    }).intents.length;
  expect(then("cap_exceeded", 32_000)).toBe(0);
  expect(then("rate_limited", 32_000)).toBe(2);
  const positions = [position("btc-perp", "0.002")];
  const red = viewAt(33_000, RISE, { zone: "red", positions });
  const out = decided(tradingStrategy, red, memory, config);
  const again = decided(tradingStrategy, red, out.memory, config, {
    outcomes: refused(out.intents, "stale_mark"),
  });
  expect(again.intents).toHaveLength(1);
});

test("TRD-014: restarted with positions, it keeps them until the trend is known, then goes by it", () => {
  const positions = [position("btc-perp", "0.0066"), position("eth-perp", "0.13")];
  let memory = beginTrading();
  const config = configOf();
  for (let i = 1; i < config.warmup; i++) {
    const decision = decided(
      tradingStrategy,
      viewAt(i * 1_000, -RISE, { positions }),
      memory,
      config,
    );
    expect(decision.intents).toEqual([]);
    memory = decision.memory;
  }
  const view = viewAt(config.warmup * 1_000, -RISE, { positions });
  expect(ordersOf(view, memory).map(({ reduceOnly }) => reduceOnly)).toEqual([true, true]);
});

test("TRD-018: the margins of one decision share what is available", () => {
  const delegation = { ...sampleDelegation("trading", 31_000), reserved: "970", available: "30" };
  const orders = ordersOf(viewAt(31_000, RISE, { delegation }), warmed(30, RISE));
  // 30 at 3x with a buffer of 1.2 is 75 of notional; nothing is left for the second market.
  expect(orders.map(({ market }) => market)).toEqual(["btc-perp"]);
  expect(Number(orders[0]?.qty) * 60_000).toBeLessThanOrEqual(75);
  expect(Number(orders[0]?.qty) * 60_000).toBeGreaterThan(65);
});

test("TRD-019: an order is within its market's least and largest notional and its leverage", () => {
  const bounded = (more: Partial<AgentView["markets"][number]>) => {
    const view = viewAt(31_000, RISE);
    const markets = view.markets.map((market) => ({ ...market, ...more }));
    return ordersOf({ ...view, markets }, warmed(30, RISE));
  };
  for (const order of bounded({ maxNotional: "100" })) {
    const mark = order.market === "btc-perp" ? 60_000 : 3_000;
    expect(Number(order.qty) * mark).toBeLessThanOrEqual(100);
  }
  expect(bounded({ minNotional: "500" })).toEqual([]);
  expect(bounded({ maxLeverage: 1_500_000 }).map(({ leverage }) => leverage)).toEqual([
    1_500_000, 1_500_000,
  ]);
});

test("TRD-020: calm markets do not raise its size beyond what the share carries", () => {
  const config = configOf({ startVol: 0.2, volHalfLife: 100_000, targetVol: 5, leverage: 2 });
  for (const order of ordersOf(viewAt(31_000, RISE), warmed(30, RISE, config), config)) {
    const mark = order.market === "btc-perp" ? 60_000 : 3_000;
    // 1,000 x 80 % / 2 markets x 2.
    expect(Number(order.qty) * mark).toBeLessThanOrEqual(805);
    expect(Number(order.qty) * mark).toBeGreaterThan(600);
  }
});

test("TRD-021: its size goes by the cap, however much stands behind it, and by what losses left", () => {
  const sized = (cap: string, available: string): number => {
    const delegation = { ...sampleDelegation("trading", 31_000), cap, available };
    const [order] = ordersOf(viewAt(31_000, RISE, { delegation }), warmed(30, RISE));
    return Number(order?.qty) * 60_000;
  };
  expect(sized("500", "1000") / sized("1000", "1000")).toBeCloseTo(0.5, 1);
  expect(sized("1000", "500") / sized("1000", "1000")).toBeCloseTo(0.5, 1);
});

test("TRD-017: its config is strict, and its defaults are whole", () => {
  expect(tradingConfig.safeParse({}).success).toBe(true);
  for (const bad of [
    { market: ["btc-perp"] },
    { markets: [] },
    { markets: ["btc-perp", "btc-perp"] },
    { fast: 16, slow: 4 },
    { targetVol: Number.NaN },
    { leverage: Number.POSITIVE_INFINITY },
    { minVol: 5, maxVol: 1 },
    { strategy: "hope" },
    { hardStop: 2, softStop: 1.5 },
    { reversion: { enter: 4 } },
    { reversion: { enter: 1, exit: 1 } },
    { carry: { enter: 0.1, exit: 0.2 } },
    { carry: { against: "spot" } },
    {
      ladder: [
        { drawdown: 0.1, keeps: 0.5 },
        { drawdown: 0.05, keeps: 0.2 },
      ],
    },
    {
      ladder: [
        { drawdown: 0.1, keeps: 0.5 },
        { drawdown: 0.2, keeps: 0.5 },
      ],
    },
    { stress: 1.1 },
    { adlRank: 0 },
  ]) {
    expect(tradingConfig.safeParse(bad).success).toBe(false);
  }
});

test("TRD-022: who holds buys in its first looks and gives nothing up for a zone", () => {
  const config = configOf({ strategy: "hold", warmup: 3, fullSamples: 1 });
  const bought = ordersOf(viewAt(5_000, -STEEP), warmed(4, -STEEP, config), config);
  expect(bought.map(({ side }) => side)).toEqual(["buy", "buy"]);
  // Later it buys nothing any more, not even what it lost.
  expect(ordersOf(viewAt(90_000, -RISE), warmed(80, -RISE, config), config)).toEqual([]);
  const positions = [position("btc-perp", "0.0066")];
  const red = viewAt(90_000, -RISE, { positions, zone: "red" });
  expect(ordersOf(red, warmed(80, -RISE, config), config)).toEqual([]);
  // The others leave a red zone at once; it leaves when its delegation is asked back.
  expect(ordersOf(red, warmed(80, -RISE))).toMatchObject([{ side: "sell", qty: "0.0066" }]);
  const delegation = { ...sampleDelegation("trading", 90_000), phase: "recalling" } as const;
  const recalled = viewAt(90_000, -RISE, { positions, delegation });
  expect(ordersOf(recalled, warmed(80, -RISE, config), config)).toMatchObject([
    { side: "sell", qty: "0.0066", reduceOnly: true },
  ]);
});
