/** The trading strategy: what holds for any view and any seed. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { tradingConfig } from "../../agents/trading/config.ts";
import { beginTrading } from "../../agents/trading/learn.ts";
import { tradingStrategy } from "../../agents/trading/strategy.ts";
import type { AgentView } from "../../src/protocol/views.ts";
import { randomOf } from "../../src/sdk/random.ts";
import { sampleDelegation, sampleMarket, sampleView } from "../../src/sdk/sample-view.ts";
import { decided } from "./context.ts";
import { MARKETS, ordersOf, position, viewAt, warmed } from "./trading-given.ts";

test("TRD-015: with its defaults it has ordered within 15 s in nearly every market without a trend", () => {
  const config = tradingConfig.parse({});
  let acted = 0;
  const tries = 120;
  for (let seed = 0; seed < tries; seed++) {
    const random = randomOf(seed, 1);
    const logs = new Map(config.markets.map((id) => [id, Math.log(1_000)]));
    let memory = beginTrading();
    let orders = 0;
    for (let at = 0; at <= 15_000; at += config.intervalMs) {
      const markets = config.markets.map((id) => {
        const log = (logs.get(id) ?? 0) + (random.next() - 0.5) * 0.0005;
        logs.set(id, log);
        return sampleMarket(id, Math.exp(log).toFixed(6), at);
      });
      const decision = decided(
        tradingStrategy,
        sampleView("trading", { at, markets }),
        memory,
        config,
      );
      orders += decision.intents.length;
      memory = decision.memory;
    }
    if (orders > 0) acted += 1;
  }
  expect(acted / tries).toBeGreaterThan(0.97);
});

const phase = fc.constantFrom("active", "expired", "recalling", "ended") as fc.Arbitrary<
  "active" | "expired" | "recalling" | "ended"
>;
const money = fc.integer({ min: 0, max: 5_000_000_000 }).map((micros) => String(micros / 1e6));
const anyView = fc.record({
  rise: fc.double({ min: -0.01, max: 0.01, noNaN: true }),
  zone: fc.constantFrom("green", "yellow", "orange", "red") as fc.Arbitrary<AgentView["zone"]>,
  mode: fc.constantFrom("run", "reduce", "flatten") as fc.Arbitrary<AgentView["mode"]>,
  phase,
  cap: money,
  reserved: money,
  available: money,
  maxLeverage: fc.integer({ min: 1, max: 50_000_000 }),
  btc: fc.integer({ min: -2_000, max: 2_000 }),
  eth: fc.integer({ min: -20_000, max: 20_000 }),
  samples: fc.integer({ min: 1, max: 40 }),
});

test("TRD-016: always within what is available, its leverage, its lots; reducing never past zero", () => {
  fc.assert(
    fc.property(anyView, (given) => {
      const { phase, cap, reserved, available, maxLeverage } = given;
      const at = (given.samples + 1) * 1_000;
      const held: Record<string, number> = { "btc-perp": given.btc, "eth-perp": given.eth };
      const view = viewAt(at, given.rise, {
        zone: given.zone,
        mode: given.mode,
        delegation: {
          ...sampleDelegation("trading", at),
          ...{ phase, cap, reserved, available, maxLeverage },
        },
        positions: MARKETS.filter((id) => held[id] !== 0).map((id) =>
          position(id, ((held[id] ?? 0) / 1e4).toFixed(4)),
        ),
      });
      const mayOpen = given.zone === "green" && given.mode === "run" && phase === "active";
      let margin = 0;
      for (const order of ordersOf(view, warmed(given.samples, given.rise))) {
        const lots = Math.round(Number(order.qty) * 1e4);
        expect(lots).toBeGreaterThan(0);
        expect(order.qty).toBe(String(lots / 1e4));
        const now = held[order.market] ?? 0;
        if (order.reduceOnly === true) {
          expect(order.side).toBe(now > 0 ? "sell" : "buy");
          expect(lots).toBeLessThanOrEqual(Math.abs(now));
          continue;
        }
        expect(mayOpen).toBe(true);
        expect(order.leverage).toBeLessThanOrEqual(Math.min(maxLeverage, 3_000_000));
        const mark = Number(view.markets.find(({ market }) => market === order.market)?.mark);
        const value = Number(order.qty) * mark;
        expect(value).toBeGreaterThanOrEqual(10);
        margin += (value * 1e6) / Number(order.leverage);
      }
      expect(margin).toBeLessThanOrEqual(Number(available));
    }),
    { numRuns: 300 },
  );
});
