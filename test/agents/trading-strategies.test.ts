/** The strategies that are not trend. */
import { describe, expect, test } from "vitest";
import { type TradingConfig, tradingConfig } from "../../agents/trading/config.ts";
import { beginTrading, type TradingMemory } from "../../agents/trading/learn.ts";
import { rateOf, type Signal, sampled, stretch } from "../../agents/trading/signal.ts";
import { sideAgainst } from "../../agents/trading/strategies/reversion.ts";
import { tradingStrategy } from "../../agents/trading/strategy.ts";
import { HOUR, MINUTE, YEAR } from "../../src/core/time.ts";
import type { AgentView, MarketView } from "../../src/protocol/views.ts";
import { randomOf } from "../../src/sdk/random.ts";
import { sampleMarket, sampleView } from "../../src/sdk/sample-view.ts";
import { bodies, decided } from "./context.ts";
import { position } from "./trading-given.ts";

const config = tradingConfig.parse({ markets: ["btc-perp", "eth-perp", "sol-perp"] });

/** Plays a strategy over prices, every order filled at once; the last decision and what is held. */
function played(
  given: TradingConfig,
  prices: readonly (readonly number[])[],
  part: (market: MarketView) => Partial<MarketView> = () => ({}),
) {
  const held = new Map<string, number>();
  let memory: TradingMemory = beginTrading();
  const trades: string[] = [];
  for (const [i, line] of prices.entries()) {
    const at = (i + 1) * MINUTE;
    const markets = given.markets.map((id, j) => {
      const market = sampleMarket(id, (line[j] ?? 1).toFixed(2), at);
      return { ...market, ...part(market) };
    });
    const positions = [...held].map(([market, qty]) => position(market, qty.toFixed(4)));
    const holdings = [{ asset: "BTC", wallet: "0.004", lent: "0.001" }];
    const view: AgentView = sampleView("trading", { at, markets, positions, holdings });
    const decision = decided(tradingStrategy, view, memory, given);
    memory = decision.memory;
    for (const order of bodies(decision, "PlaceOrder")) {
      const qty = (order.side === "buy" ? 1 : -1) * Number(order.qty);
      const now = (held.get(order.market) ?? 0) + qty;
      if (Math.abs(now) < 1e-9) held.delete(order.market);
      else held.set(order.market, now);
      trades.push(`${i} ${order.market} ${order.side} ${order.note}`);
    }
  }
  return { held, trades };
}

const base = { holdMs: 0, reduceEveryMs: 0, bookVol: 2, startVol: 0.5, fullSamples: 1, warmup: 5 };
/** A price that jumps by so many parts after `quiet` steps of small noise, and comes back in as many. */
const jump = (start: number, by: number, quiet = 60, back = 60): number[] => {
  const still = (i: number): number => start * (1 + (i % 2 === 0 ? 1 : -1) * 1e-4);
  return [
    ...Array.from({ length: quiet }, (_, i) => still(i)),
    ...Array.from({ length: back }, (_, i) => start * (1 + by * (1 - i / back))),
    ...Array.from({ length: 20 }, (_, i) => still(i)),
  ];
};

describe("mean reversion", () => {
  const given = tradingConfig.parse({ ...base, strategy: "reversion", markets: ["btc-perp"] });

  test("TSR-001: it sells what jumped up and buys it back when it is back; the other way for a fall", () => {
    const up = played(
      given,
      jump(60_000, 0.004).map((price) => [price]),
    );
    expect(up.trades[0]).toMatch(/^6\d btc-perp sell 1\.\d+ deviations from its average$/);
    expect(up.held.size).toBe(0);
    const down = played(
      given,
      jump(60_000, -0.004).map((price) => [price]),
    );
    expect(down.trades[0]).toMatch(/btc-perp buy -1\.\d+ deviations/);
  });

  test("TSR-002: what ran away is given up, and what is far away already is not entered", () => {
    const rule = { enter: 1.5, exit: 0.2, giveUp: 3.5 };
    expect([1.4, 1.6, 2.4, 2.6, 5].map((z) => sideAgainst(z, 0, rule))).toEqual([0, -1, -1, 0, 0]);
    expect([0.1, 0.3, 3.4, 3.6].map((z) => sideAgainst(z, -1, rule))).toEqual([0, -1, -1, 0]);
    expect([-0.1, -0.3, -3.4, -3.6].map((z) => sideAgainst(z, 1, rule))).toEqual([0, 1, 1, 0]);
    expect(sideAgainst(0, 0, rule)).toBe(0);
  });

  test("TSR-003: without any trend the stretch has mean 0 and deviation 1", () => {
    const values: number[] = [];
    for (let seed = 0; seed < 1_500; seed++) {
      const random = randomOf(seed, 0);
      let log = 0;
      let signal: Signal | undefined;
      for (let i = 0; i < 40; i++) {
        signal = sampled(signal, Math.exp(log), 1 + i * MINUTE, config);
        const uniform = random.next() + random.next() + random.next() - 1.5;
        log += config.startVol * Math.sqrt(MINUTE / YEAR) * 2 * uniform;
      }
      if (signal !== undefined) values.push(stretch(signal, config));
    }
    const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
    const square = values.reduce((sum, one) => sum + one * one, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.1);
    expect(Math.sqrt(square)).toBeGreaterThan(0.9);
    expect(Math.sqrt(square)).toBeLessThan(1.15);
  });
});

describe("market-neutral pairs", () => {
  const given = tradingConfig.parse({
    ...base,
    strategy: "pair",
    markets: ["btc-perp", "eth-perp"],
  });
  const dear = jump(60_000, 0.006).map((price) => [price, 3_000]);

  test("TSP-001: it sells the dear leg, buys the cheap one for as much risk, and leaves both together", () => {
    const short = played(given, dear.slice(0, 64));
    const btc = (short.held.get("btc-perp") ?? 0) * 60_000;
    const eth = (short.held.get("eth-perp") ?? 0) * 3_000;
    expect(btc).toBeLessThan(-50);
    expect(eth).toBeGreaterThan(50);
    const whole = played(given, dear);
    expect(whole.held.size).toBe(0);
    expect(whole.trades.length % 2).toBe(0);
  });

  test("TSP-002: a market that moves with the other is no reason to trade", () => {
    const together = jump(60_000, 0.006).map((price) => [price, price / 20]);
    expect(played(given, together).trades).toEqual([]);
  });

  test("TSP-003: a leg whose other was refused or stopped is closed, for alone it is a bet on direction", () => {
    const memory = (): TradingMemory => {
      let kept = beginTrading();
      for (const [i, line] of dear.slice(0, 63).entries()) {
        const at = (i + 1) * MINUTE;
        const markets = given.markets.map((id, j) =>
          sampleMarket(id, (line[j] ?? 1).toFixed(2), at),
        );
        kept = decided(tradingStrategy, sampleView("trading", { at, markets }), kept, given).memory;
      }
      return kept;
    };
    const at = 64 * MINUTE;
    const markets = given.markets.map((id, j) =>
      sampleMarket(id, ((dear[63] ?? [])[j] ?? 1).toFixed(2), at),
    );
    const positions = [position("btc-perp", "-0.002")];
    const view = sampleView("trading", { at, markets, positions });
    const waits = bodies(decided(tradingStrategy, view, memory(), given), "PlaceOrder");
    expect(waits.find(({ market }) => market === "eth-perp")).toMatchObject({ side: "buy" });
    const cooling = { ...memory(), cooldowns: { "eth-perp": at + HOUR } };
    const closed = bodies(decided(tradingStrategy, view, cooling, given), "PlaceOrder");
    expect(closed).toMatchObject([
      { market: "btc-perp", side: "buy", qty: "0.002", reduceOnly: true },
    ]);
  });
});

describe("pairs hedged by a fitted beta", () => {
  const BETA = 0.6;
  /** Prices that move together by the beta, with noise of their own; the first jumps at 150 and comes back in 60. */
  const prices = (noise: number): readonly (readonly number[])[] => {
    const random = randomOf(7, 0);
    const logs = [0, 0];
    return Array.from({ length: 240 }, (_, i) => {
      const move = (random.next() - 0.5) * 0.004;
      logs[0] = (logs[0] ?? 0) + BETA * move + (random.next() - 0.5) * noise;
      logs[1] = (logs[1] ?? 0) + move;
      const jumped = i < 150 ? 0 : 0.0024 * Math.max(0, 1 - (i - 150) / 60);
      return [60_000 * Math.exp((logs[0] ?? 0) + jumped), 3_000 * Math.exp(logs[1] ?? 0)];
    });
  };
  const given = tradingConfig.parse({
    ...{ ...base, strategy: "pair", markets: ["btc-perp", "eth-perp"], warmup: 100 },
    pair: { hedge: "beta" },
  });

  test("TSP-004: it learns the beta from prices, holds the second leg by it and leaves both together", () => {
    const short = played(given, prices(0.0005).slice(0, 151));
    expect(short.trades.map((trade) => trade.split(" ").slice(0, 3).join(" "))).toEqual([
      "150 btc-perp sell",
      "150 eth-perp buy",
    ]);
    const [btc, eth] = [short.held.get("btc-perp") ?? 0, short.held.get("eth-perp") ?? 0];
    const ratio = (eth * 3_000) / (-btc * 60_000);
    expect(ratio).toBeGreaterThan(BETA * 0.8);
    expect(ratio).toBeLessThan(BETA * 1.2);
    expect(played(given, prices(0.0005)).held.size).toBe(0);
  });

  test("TSP-005: markets that share too little are not traded as a pair", () => {
    expect(played(given, prices(0.006)).trades).toEqual([]);
    const blind = { ...given, pair: { ...given.pair, minFit: 0, maxError: 1, minRatio: 0.01 } };
    expect(played(blind, prices(0.006)).trades.length).toBeGreaterThan(0);
  });
});

describe("funding carry", () => {
  const ids = ["btc-perp", "eth-perp", "bnb-perp"];
  const still = Array.from({ length: 8 }, () => [60_000, 3_000, 600]);
  /** Yearly rates as the payments they are made of. */
  const rates = (...yearly: number[]) => {
    const of = new Map(ids.map((id, i) => [id, yearly[i]]));
    return ({ market }: MarketView): Partial<MarketView> => {
      const rate = of.get(market);
      return rate === undefined ? {} : { funding: Math.round((rate / 1_095) * 1e9) };
    };
  };
  const given = tradingConfig.parse({ ...base, strategy: "carry", markets: ids });

  test("TSC-001: short what pays most over the mean, long what pays least, as much risk on either side", () => {
    const { held } = played(given, still, rates(0.6, -0.1, -0.3));
    const worth = ids.map((id, i) => (held.get(id) ?? 0) * (still[0]?.[i] ?? 0));
    expect(worth[0]).toBeLessThan(-50);
    expect(worth[1]).toBeCloseTo(-(worth[0] ?? 0) / 2, -2);
    expect(worth[2]).toBeCloseTo(-(worth[0] ?? 0) / 2, -2);
  });

  test("TSC-002: funding that is alike, or told of nobody, is no carry", () => {
    expect(played(given, still, rates(0.3, 0.31, 0.29)).trades).toEqual([]);
    expect(played(given, still).trades).toEqual([]);
  });

  test("TSC-003: against holdings it is short as much as the fleet holds of the coin, and no more", () => {
    const basis = tradingConfig.parse({
      ...{ ...base, strategy: "carry", markets: ids, targetVol: 5 },
      carry: { against: "holdings" },
    });
    const { held } = played(basis, still, rates(0.4, 0.4, 0.4));
    // 0.004 in the wallet and 0.001 lent, of BTC alone.
    expect([...held.keys()]).toEqual(["btc-perp"]);
    expect(held.get("btc-perp")).toBeLessThan(0);
    expect(held.get("btc-perp")).toBeGreaterThanOrEqual(-0.005);
    expect(played(basis, still, rates(0.01, 0.4, 0.4)).trades).toEqual([]);
  });

  test("TSC-004: a side that pays stays until it pays less than the exit", () => {
    const positions = [
      position("btc-perp", "-0.003"),
      position("eth-perp", "0.03"),
      position("bnb-perp", "0.15"),
    ];
    const closed = (rate: number) => {
      const markets = ids.map((id, i) => {
        const market = sampleMarket(id, String(still[0]?.[i] ?? 1), 0);
        return { ...market, ...rates(rate, 0, 0)(market) };
      });
      const view = sampleView("trading", { markets, positions });
      const orders = bodies(decided(tradingStrategy, view, beginTrading(), given), "PlaceOrder");
      return orders.some(({ market, qty }) => market === "btc-perp" && qty === "0.003");
    };
    // Two thirds of it are over the mean: 9.3 % stay, 1.3 % do not.
    expect([closed(0.14), closed(0.02)]).toEqual([false, true]);
  });

  test("TSC-005: a rate is smoothed over its half-life, and its year is counted from its payments", () => {
    const carry = tradingConfig.parse({ carry: { halfLifeMs: HOUR } });
    const first = rateOf(undefined, 100_000, 0, carry);
    expect(first?.rate).toBeCloseTo(0.1095, 6);
    const later = rateOf(first, 0, HOUR, carry);
    expect(later?.rate).toBeCloseTo(0.1095 / 2, 6);
    expect(rateOf(later, undefined, 2 * HOUR, carry)).toBe(later);
    expect(rateOf(undefined, undefined, 0, carry)).toBeUndefined();
  });
});
