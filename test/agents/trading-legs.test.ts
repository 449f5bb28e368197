/** The two legs of a pair as one: sized by the hedge ratio, bounded together, matched after a partial fill. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tradingConfig } from "../../agents/trading/config.ts";
import { beginTrading, type TradingMemory } from "../../agents/trading/learn.ts";
import type { Signal } from "../../agents/trading/signal.ts";
import { tradingStrategy } from "../../agents/trading/strategy.ts";
import type { AgentView, MarketView } from "../../src/protocol/views.ts";
import { sampleDelegation, sampleMarket, sampleView } from "../../src/sdk/sample-view.ts";
import { bodies, decided } from "./context.ts";
import { position } from "./trading-given.ts";

const AT = 1_000_000;
const [BTC, ETH] = ["btc-perp", "eth-perp"];
const configOf = (pair: object = {}) =>
  tradingConfig.parse({
    ...{ strategy: "pair", markets: [BTC, ETH], bookVol: 5, fullSamples: 1 },
    pair: { hedge: "beta", ...pair },
  });

/** Known for long, at this price and this volatility. */
const signalOf = (price: number, vol: number, stretched = 0): Signal => ({
  ...{ at: AT, log: Math.log(price), samples: 500, fast: 0, fastWeight: 0, slowWeight: 0 },
  ...{ spread: 1, gap: 1 / 64, pace: 0, variance: vol ** 2, step: 1 },
  slow: Math.log(price) - stretched * vol * 0.125,
});

interface Given {
  readonly beta?: number;
  readonly rho?: number;
  readonly samples?: number;
  /** Deviations of what the pair has made from its average. */
  readonly stretched?: number;
  readonly vols?: readonly [number, number];
  readonly cooling?: readonly string[];
}

/** A memory of legs that move together by this beta, at prices of 60,000 and 3,000. */
function memoryOf(given: Given = {}): TradingMemory {
  const { beta = 0.5, rho = 0.9, samples = 500, stretched = 2, vols = [0.8, 0.8] } = given;
  return {
    ...beginTrading(),
    signals: {
      [BTC]: signalOf(60_000, vols[0]),
      [ETH]: signalOf(3_000, vols[1]),
      [`${BTC}/${ETH}`]: signalOf(1, 0.8, stretched),
    },
    pairings: {
      [`${BTC} ${ETH}`]: { samples, product: beta, first: (beta / rho) ** 2, second: 1 },
    },
    cooldowns: Object.fromEntries((given.cooling ?? []).map((id) => [id, AT + 1])),
  };
}

/** The fleet at the same look, with these positions. */
function viewOf(held: readonly [string, string], part: Partial<AgentView> = {}): AgentView {
  const positions = [BTC, ETH].flatMap((id, i) =>
    held[i] === "0" ? [] : [position(id, held[i] ?? "0")],
  );
  const markets = [sampleMarket(BTC, "60000", AT), sampleMarket(ETH, "3000", AT)];
  return sampleView("trading", { at: AT, markets, positions, ...part });
}

const NONE = ["0", "0"] as const;
const WHOLE = ["-0.0066", "0.066"] as const;

/** Orders as "market side qty", closing ones marked. */
const ordersOf = (view: AgentView, memory: TradingMemory, config = configOf()): readonly string[] =>
  bodies(decided(tradingStrategy, view, memory, config), "PlaceOrder").map(
    ({ market, side, qty, reduceOnly }) => `${market} ${side} ${qty}${reduceOnly ? " out" : ""}`,
  );

const marketsWith = (part: Partial<MarketView>): Partial<AgentView> => ({
  markets: [sampleMarket(BTC, "60000", AT), { ...sampleMarket(ETH, "3000", AT), ...part }],
});

describe("both legs at once", () => {
  test("TPL-001: by hand: 400 USDC of the first is 66 lots, 396; beta 0.5 of it is 198, 660 lots of the second", () => {
    // 1,000 of equity x 0.8 over two markets, at a volatility equal to its target.
    expect(ordersOf(viewOf(NONE), memoryOf())).toEqual([
      "btc-perp sell 0.0066",
      "eth-perp buy 0.066",
    ]);
    expect(ordersOf(viewOf(NONE), memoryOf({ stretched: -2 }))).toEqual([
      "btc-perp buy 0.0066",
      "eth-perp sell 0.066",
    ]);
  });

  test("TPL-002: the leg that would be too large by its own measure makes both smaller", () => {
    // Twice the volatility halves the second's full size, and 1.2 of the leverage binds nobody: 200 / 2 = 100 of the first.
    expect(ordersOf(viewOf(NONE), memoryOf({ beta: 2, vols: [0.8, 1.6] }))).toEqual([
      "btc-perp sell 0.0016",
      "eth-perp buy 0.064",
    ]);
  });

  test("TPL-003: by volatility the ratio is that of the volatilities, and no estimate is asked", () => {
    const given = memoryOf({ beta: -3, samples: 1, vols: [0.8, 1.6] });
    expect(ordersOf(viewOf(NONE), given, configOf({ hedge: "volatility" }))).toEqual([
      "btc-perp sell 0.0066",
      "eth-perp buy 0.066",
    ]);
  });

  test("TPL-004: what bounds one leg bounds the other: its market's most, and the margin of both", () => {
    // 60 / 1.2 = 50 of the second is 100 of the first: 16 lots, 96; 48 of the second.
    expect(ordersOf(viewOf(NONE, marketsWith({ maxNotional: "60" })), memoryOf())).toEqual([
      "btc-perp sell 0.0016",
      "eth-perp buy 0.016",
    ]);
    // 1.2 / 3 of margin for each USDC of either: 60 carry 100 and 50.
    const delegation = { ...sampleDelegation("trading", AT), reserved: "940", available: "60" };
    expect(ordersOf(viewOf(NONE, { delegation }), memoryOf())).toEqual([
      "btc-perp sell 0.0016",
      "eth-perp buy 0.016",
    ]);
  });

  test("TPL-005: both or none: where the second could not be opened, or only too small, the first is not", () => {
    expect(ordersOf(viewOf(NONE), memoryOf({ cooling: [ETH] }))).toEqual([]);
    expect(ordersOf(viewOf(NONE, marketsWith({ maxNotional: "12" })), memoryOf())).toEqual([]);
    expect(ordersOf(viewOf(NONE, marketsWith({ minNotional: "500" })), memoryOf())).toEqual([]);
  });

  test("TPL-006: always both or none, on opposite sides, and net of beta within one lot of the second", () => {
    const money = fc.integer({ min: 50, max: 5_000 }).map(String);
    let opened = 0;
    fc.assert(
      fc.property(
        fc.record({
          beta: fc.double({ min: 0.21, max: 4.9, noNaN: true }),
          vols: fc.tuple(
            fc.double({ min: 0.2, max: 2, noNaN: true }),
            fc.double({ min: 0.2, max: 2, noNaN: true }),
          ),
          stretched: fc.constantFrom(-2, 2),
        }),
        fc.record({ available: money, maxNotional: money, lot: fc.constantFrom("0.0001", "0.01") }),
        fc.constantFrom(0.25, 1, 5),
        (given, { available, maxNotional, lot }, bookVol) => {
          const delegation = { ...sampleDelegation("trading", AT), cap: "5000", available };
          const view = viewOf(NONE, { delegation, ...marketsWith({ maxNotional, lot }) });
          const config = { ...configOf(), bookVol };
          const orders = bodies(
            decided(tradingStrategy, view, memoryOf(given), config),
            "PlaceOrder",
          );
          expect([0, 2]).toContain(orders.length);
          const [first, second] = orders;
          if (first === undefined || second === undefined) return;
          opened += 1;
          expect([first.market, second.market]).toEqual([BTC, ETH]);
          expect(first.side).toBe(given.stretched > 0 ? "sell" : "buy");
          expect(second.side).not.toBe(first.side);
          const net = given.beta * Number(first.qty) * 60_000 - Number(second.qty) * 3_000;
          expect(Math.abs(net)).toBeLessThanOrEqual(Number(lot) * 3_000 + 1e-6);
        },
      ),
      { numRuns: 300 },
    );
    expect(opened).toBeGreaterThan(100);
  });
});

describe("legs that are not what they should be", () => {
  test("TPL-010: a first leg filled in part is ordered again, and the second waits at what it has", () => {
    expect(ordersOf(viewOf(["-0.0033", "0.066"]), memoryOf())).toEqual(["btc-perp sell 0.0033"]);
  });

  test("TPL-011: where too little of the first is missing to be ordered, the second comes down to it", () => {
    // 56 lots are 336, within the band; half of it is 168 of the 198 that the second has.
    expect(ordersOf(viewOf(["-0.0056", "0.066"]), memoryOf())).toEqual(["eth-perp sell 0.01 out"]);
  });

  test("TPL-012: a second leg filled in part is brought up; where it may not, the first comes down to it", () => {
    expect(ordersOf(viewOf(["-0.0066", "0.033"]), memoryOf())).toEqual(["eth-perp buy 0.033"]);
    const down = ["btc-perp buy 0.0033 out"];
    expect(ordersOf(viewOf(["-0.0066", "0.033"]), memoryOf({ cooling: [ETH] }))).toEqual(down);
    expect(ordersOf(viewOf(["-0.0066", "0.033"], { zone: "yellow" }), memoryOf())).toEqual(down);
  });

  test("TPL-013: while an order of either leg is on its way neither is sized anew", () => {
    const working = (market: string, side: "buy" | "sell"): Partial<AgentView> => ({
      orders: [
        { order: "o", market, side, qty: "0.01", filled: "0", by: "agent", phase: "working" },
      ],
    });
    const eth = viewOf(["-0.0066", "0.033"], working(ETH, "buy"));
    expect(ordersOf(eth, memoryOf({ cooling: [ETH] }))).toEqual([]);
    expect(ordersOf(viewOf(["-0.0033", "0.066"], working(BTC, "sell")), memoryOf())).toEqual([]);
    expect(ordersOf(viewOf(["-0.0056", "0.066"], working(BTC, "sell")), memoryOf())).toEqual([]);
  });

  test("TPL-014: a beta that moved is followed beyond the drift and not before", () => {
    expect(ordersOf(viewOf(WHOLE), memoryOf({ beta: 0.54 }))).toEqual([]);
    // 0.625 x 396 = 247.5, of which 198 are there: 49.5 are 165 lots.
    expect(ordersOf(viewOf(WHOLE), memoryOf({ beta: 0.625 }))).toEqual(["eth-perp buy 0.0165"]);
    expect(ordersOf(viewOf(WHOLE), memoryOf({ beta: 0.375 }))).toEqual([
      "eth-perp sell 0.0165 out",
    ]);
    expect(ordersOf(viewOf(WHOLE), memoryOf({ beta: 0.54 }), configOf({ drift: 0.05 }))).toEqual([
      "eth-perp buy 0.0052",
    ]);
  });

  test("TPL-015: both are left together when the pair is back, whatever its beta is", () => {
    const back = ["btc-perp buy 0.0066 out", "eth-perp sell 0.066 out"];
    expect(ordersOf(viewOf(WHOLE), memoryOf({ stretched: -0.1 }))).toEqual(back);
    expect(ordersOf(viewOf(WHOLE), memoryOf({ stretched: -0.1, samples: 3 }))).toEqual(back);
  });

  test("TPL-017: a first leg so small that its second would not be placed is closed, not left alone", () => {
    // 60 x 0.8 / 2 = 24 of the first: 0.4 of it is 9.6, less than an order is placed for; 0.5 of it is 12.
    const delegation = { ...sampleDelegation("trading", AT), cap: "60", available: "60" };
    const view = viewOf(["-0.0004", "0"], { delegation });
    expect(ordersOf(view, memoryOf({ beta: 0.4 }))).toEqual(["btc-perp buy 0.0004 out"]);
    expect(ordersOf(view, memoryOf({ beta: 0.5 }))).toEqual(["eth-perp buy 0.004"]);
  });

  test("TPL-018: the first grows when the second may be changed as well, and takes no margin that the second lacks", () => {
    const changed = (ago: number) => ({ ...memoryOf(), changedAt: { [ETH]: AT - ago } });
    const half = viewOf(["-0.0033", "0.066"]);
    expect(ordersOf(half, changed(14_999))).toEqual([]);
    expect(ordersOf(half, changed(15_000))).toEqual(["btc-perp sell 0.0033"]);
    // Of 60 of margin 19.8 are for the 49.5 that are missing already: (60 - 19.8) / 0.6 = 67 of the first, 66 in lots.
    const delegation = { ...sampleDelegation("trading", AT), reserved: "940", available: "60" };
    expect(ordersOf(viewOf(["-0.0033", "0.0165"], { delegation }), memoryOf())).toEqual([
      "btc-perp sell 0.0011",
      "eth-perp buy 0.0275",
    ]);
  });

  test("TPL-019: a second leg on the same side as the first is none, and is left first", () => {
    const same = viewOf(["-0.0066", "-0.066"]);
    expect(ordersOf(same, memoryOf())).toEqual(["eth-perp buy 0.066 out"]);
    expect(ordersOf(same, memoryOf({ cooling: [ETH] }))).toEqual(["btc-perp buy 0.0066 out"]);
    expect(ordersOf(viewOf(["0.0066", "0.066"]), memoryOf())).toEqual([
      "btc-perp sell 0.0066 out",
      "eth-perp sell 0.066 out",
    ]);
  });

  test("TPL-016: always after any partial fill of both, whole or alone, it ends matched or out within four looks", () => {
    const lots = fc.integer({ min: 0, max: 80 });
    fc.assert(
      fc.property(lots, fc.integer({ min: 0, max: 800 }), fc.boolean(), (first, second, cools) => {
        let held = [-first, second];
        const memory = memoryOf({ cooling: cools ? [ETH] : [] });
        const text = (i: number): string =>
          ((held[i] ?? 0) / 1e4).toFixed(4).replace(/^-?0\.0000$/, "0");
        for (let look = 0; look < 4; look++) {
          const view = viewOf([text(0), text(1)]);
          for (const order of bodies(
            decided(tradingStrategy, view, memory, configOf()),
            "PlaceOrder",
          )) {
            const qty = Math.round(Number(order.qty) * 1e4) * (order.side === "buy" ? 1 : -1);
            held = held.map((one, i) => ([BTC, ETH][i] === order.market ? one + qty : one));
          }
        }
        const [a, b] = [-(held[0] ?? 0) * 6, (held[1] ?? 0) * 0.3];
        expect(a >= 0 && b >= 0).toBe(true);
        // Refused not long ago, the second leg waits, and may be the larger one meanwhile.
        expect(a / 2 - b).toBeLessThanOrEqual(0.1 * b + 3);
        if (!cools) expect(b - a / 2).toBeLessThanOrEqual(0.1 * (a / 2) + 3);
      }),
      { numRuns: 200 },
    );
  });
});

describe("an estimate that is not good enough", () => {
  const bad = { rho: 0.45 };
  const why =
    /^btc-perp\/eth-perp is not traded: its hedge takes 20 % of the variance, at least 25 %$/;

  test("TPL-020: nothing is entered by it, and the specialist says why it rests", () => {
    const decision = decided(tradingStrategy, viewOf(NONE), memoryOf(bad), configOf());
    expect(decision.intents).toEqual([]);
    expect(decision.rest).toMatch(why);
  });

  test("TPL-021: a whole pair waits for its way out as it is; a lone leg is closed", () => {
    expect(ordersOf(viewOf(["-0.0066", "0.02"]), memoryOf(bad))).toEqual([]);
    expect(ordersOf(viewOf(["-0.0066", "0"]), memoryOf(bad))).toEqual(["btc-perp buy 0.0066 out"]);
    expect(ordersOf(viewOf(["0", "0.066"]), memoryOf(bad))).toEqual(["eth-perp sell 0.066 out"]);
  });

  test("TPL-022: at its way out a whole pair is closed for that, and says so", () => {
    const memory = memoryOf({ ...bad, stretched: -0.1 });
    const out = decided(tradingStrategy, viewOf(WHOLE), memory, configOf());
    const notes = bodies(out, "PlaceOrder").map(({ note }) => note);
    expect(notes).toEqual(Array(2).fill("btc-perp/eth-perp is -0.10 deviations from its average"));
  });
});
