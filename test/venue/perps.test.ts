/** Orders, impact, stops and funding of the paper perpetuals. */
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { micro, notional, price, qty } from "../../src/core/money.ts";
import type { EffectName } from "../../src/protocol/effects.ts";
import { newWorld, request } from "../../src/venue/paper/engine.ts";
import { decayed, markOf } from "../../src/venue/paper/marks.ts";
import { bookTrade } from "../../src/venue/paper/trades.ts";
import type { World } from "../../src/venue/paper/world.ts";
import {
  approved,
  ask,
  at,
  BTC,
  buy,
  coins,
  depositOf,
  flatTape,
  only,
  PLAIN,
  pass,
  SOON,
  sell,
  smallTape,
  stop,
  T0,
  USD,
  usd,
} from "./helpers.ts";

const HOURS = 3_600_000;

function world(tape = flatTape(), execution = {}): World {
  const made = newWorld({ seed: "s", tape, execution: { ...PLAIN, ...execution }, wallet: SOON });
  ask(made, depositOf("100000"));
  return made;
}

const refusalOf = (made: World, effect: Parameters<typeof approved>[0]) =>
  request(made, approved(effect));

describe("orders", () => {
  test("PRP-001: a buy pays half the spread and half its own impact, up to the tick, and a fee", () => {
    const made = world();
    const reports = ask(made, buy("1", "60600"));
    // 60,000 USDC over 23,400 per basis point is 2.5641 bp at the margin, 1.28205 in the mean, and
    // 0.077 of half spread: 60,000 x 1.000135905 = 60,008.1543, on a tick of 0.1 above: 60,008.2.
    const [fill] = only(reports, "fill");
    expect(fill?.price).toBe(at("60008.2"));
    expect(fill?.notional).toBe(usd("60008.2"));
    expect(fill?.fee).toBe(usd("30.0041"));
    expect(made.state.accounts.get(USD)?.free).toBe(usd("100001") - usd("30.0041"));
  });

  test("PRP-002: a sell is the mirror of a buy, down to the tick", () => {
    const [fill] = only(ask(world(), sell("1", "59400")), "fill");
    expect(fill?.price).toBe(at("59991.8"));
  });

  test("PRP-003: nothing trades past its limit; the rest of an ioc order is cancelled", () => {
    const made = world();
    const reports = ask(made, buy("10", "60003"));
    const [fill] = only(reports, "fill");
    const [done] = only(reports, "orderDone");
    expect(fill?.price).toBeLessThanOrEqual(at("60003"));
    expect(fill?.qty).toBeGreaterThan(0n);
    expect(fill?.qty).toBeLessThan(coins("10"));
    expect(done).toMatchObject({ reason: "cancelled", filled: fill?.qty });
  });

  test("PRP-004: a resting order waits for its price and fills when the path reaches it", () => {
    const made = world(smallTape(["60000", "60000", "58000", "58000"]));
    expect(only(ask(made, buy("0.1", "59000", "gtc"), 1_500_000), "fill")).toEqual([]);
    const reports = pass(made, 2_100_000);
    expect(only(reports, "fill")[0]?.price).toBeLessThanOrEqual(at("59000"));
    expect(only(reports, "orderDone")).toMatchObject([{ reason: "filled", filled: coins("0.1") }]);
  });

  test("PRP-005: what a trade leaves in the price is 30 % of its impact and halves in ten minutes", () => {
    const made = world();
    ask(made, buy("1", "60600"));
    const market = made.rules.markets.get(BTC);
    if (market === undefined) throw new Error("a market");
    const moved = Number(markOf(made.state, market) - at("60000"));
    const expected = 60_000e8 * 1e-4 * (60_008.2 / 23_400) * 0.3;
    expect(moved / expected).toBeCloseTo(1, 2);
    pass(made, 600_000);
    const later = Number(markOf(made.state, market) - at("60000"));
    expect(later / moved).toBeCloseTo(0.5, 2);
    pass(made, 8 * HOURS);
    expect(markOf(made.state, market)).toBe(at("60000"));
  });

  test("PRP-006: an order that meets a part of the book at one step rests for the remainder", () => {
    const made = world(flatTape(), { partialChance: 1 });
    const reports = ask(made, buy("0.5", "60600", "gtc"), 60_000);
    expect(only(reports, "fill").length).toBeGreaterThan(1);
    expect(only(reports, "orderDone")).toMatchObject([{ reason: "filled", filled: coins("0.5") }]);
  });

  test("PRP-007: an order that comes as two trades pays for both and reports both", () => {
    const made = world(flatTape(), { splitChance: 1 });
    const fills = only(ask(made, buy("1", "60600")), "fill");
    expect(fills.map((f) => f.trade)).toEqual(["t1", "t2"]);
    expect(fills[1]?.price).toBeGreaterThan(fills[0]?.price ?? price(0n));
    expect(fills.reduce((sum, f) => sum + f.qty, 0n)).toBe(coins("1"));
  });

  test("PRP-008: refusals name what is wrong and change nothing", () => {
    const made = world();
    const before = structuredClone({ ...made.state, answers: new Map() });
    const cases = [
      [{ ...buy("1", "60600"), market: "moon-perp" as typeof BTC }, "unknown market"],
      [buy("0", "60600"), "not above zero"],
      [{ ...buy("1", "60600"), qty: qty(-1n) }, "not above zero"],
      [buy("0.00001", "60600"), "multiple of the lot"],
      [buy("1", "60600.05"), "multiple of the tick"],
      [buy("100", "60600"), "maximum"],
      [buy("1", "66001"), "collar"],
      [sell("1", "53999"), "collar"],
      [{ type: "CancelOrder", order: "8.8.8" as EffectName }, "unknown order"],
    ] as const;
    for (const [effect, reason] of cases) {
      const answer = refusalOf(made, effect);
      expect(answer).toMatchObject({
        outcome: "rejected",
        reason: expect.stringContaining(reason),
      });
    }
    expect({ ...made.state, answers: new Map() }).toEqual(before);
  });

  test("PRP-009: a cancelled order is done at once, a done order cannot be cancelled", () => {
    const made = world();
    const order = approved(buy("0.1", "59000", "gtc"));
    request(made, order);
    const cancel = { type: "CancelOrder", order: order.name } as const;
    expect(refusalOf(made, cancel)).toEqual({ outcome: "accepted" });
    expect(only(pass(made, 1_000), "orderDone")).toMatchObject([
      { reason: "cancelled", filled: 0n },
    ]);
    expect(refusalOf(made, cancel)).toMatchObject({ reason: "the order is done" });
  });

  test.prop([
    fc.array(fc.tuple(fc.boolean(), fc.bigInt(1n, 10n ** 9n), fc.bigInt(1n, 10n ** 13n)), {
      maxLength: 40,
    }),
  ])(
    "PRP-010: always cash is change of cost less signed notional, and a flat position costs 0",
    (trades) => {
      const position = { qty: qty(0n), cost: micro(0n) };
      let cash = 0n;
      let signed = 0n;
      for (const [isBuy, size, value] of trades) {
        cash += bookTrade(position, isBuy ? "buy" : "sell", qty(size), micro(value));
        signed += isBuy ? value : -value;
        expect(cash).toBe(position.cost - signed);
        if (position.qty === 0n) expect(position.cost).toBe(0n);
      }
    },
  );

  test.prop([fc.bigInt(-(10n ** 9n), 10n ** 9n), fc.nat(10 ** 8), fc.nat(10 ** 8)])(
    "PRP-011: always an impact only fades, and is gone in the end",
    (nano, a, b) => {
      const size = (x: bigint) => (x < 0n ? -x : x);
      const [early, late] = [Math.min(a, b), Math.max(a, b)];
      const [soon, then] = [decayed(nano, early, 600_000), decayed(nano, late, 600_000)];
      expect(size(then)).toBeLessThanOrEqual(size(soon));
      expect(size(soon)).toBeLessThanOrEqual(size(nano));
      expect(decayed(nano, 600_000 * 40, 600_000)).toBe(0n);
    },
  );
});

describe("stops", () => {
  const falling = () => world(smallTape(["60000", "60000", "57000", "57000", "57000"]));

  test("VST-001: a stop triggers on the path, slips, and fills under the name that set it", () => {
    const made = falling();
    ask(made, buy("0.1", "60600"));
    const set = approved(stop(1, "0.1", "58500"));
    request(made, set);
    const reports = pass(made, 3_600_000);
    expect(reports.map((r) => r.type)).toEqual(["stopSet", "stopTriggered", "fill", "orderDone"]);
    const [fill] = only(reports, "fill");
    expect(fill).toMatchObject({
      order: set.name,
      side: "sell",
      qty: coins("0.1"),
      stop: { slot: "trading-1/btc-perp", version: 1 },
    });
    expect(fill?.price).toBeLessThan(at("58500"));
    expect(fill?.price).toBeGreaterThan(at("58300"));
    expect(only(reports, "orderDone")).toMatchObject([{ order: set.name, reason: "filled" }]);
    expect(made.state.positions.get(BTC)?.qty).toBe(0n);
  });

  test("VST-002: a higher version replaces; a lower or equal one is accepted and changes nothing", () => {
    const made = falling();
    expect(only(ask(made, stop(5, "0.1", "58500")), "stopSet")).toMatchObject([{ version: 5 }]);
    expect(ask(made, stop(4, "0.2", "58600"))).toEqual([]);
    expect(ask(made, stop(5, "0.2", "58600"))).toEqual([]);
    expect(made.state.stops.get("trading-1/btc-perp")?.qty).toBe(coins("0.1"));
    expect(only(ask(made, stop(6, "0.2", "58600")), "stopSet")).toMatchObject([{ version: 6 }]);
  });

  test("VST-003: quantity zero removes the stop, and its version stays behind as the lowest taken", () => {
    const made = falling();
    ask(made, stop(1, "0.1", "58500"));
    const removed = only(ask(made, stop(2, "0", "58500")), "stopSet");
    expect(removed).toMatchObject([{ version: 2, qty: 0n }]);
    expect(ask(made, stop(1, "0.1", "58500"))).toEqual([]);
    expect(only(pass(made, 2 * HOURS), "stopTriggered")).toEqual([]);
  });

  test("VST-004: a stop for a short is a buy above; one already passed triggers at the next step", () => {
    const made = world();
    ask(made, sell("0.1", "59400"));
    const reports = ask(made, stop(1, "0.1", "59000", "buy"), 1_000);
    expect(only(reports, "stopTriggered")).toHaveLength(1);
    expect(only(reports, "fill")[0]).toMatchObject({ side: "buy" });
  });

  test("VST-005: a stop fires once", () => {
    const made = falling();
    ask(made, stop(1, "0.1", "58500"));
    expect(only(pass(made, 2 * HOURS), "stopTriggered")).toHaveLength(1);
    expect(made.state.stops.size).toBe(0);
  });
});

describe("funding", () => {
  test("FND-001: a long pays position x mark x rate at 08:00, to the unit, rounded against us", () => {
    const made = world();
    ask(made, buy("0.3333", "60600"));
    const held = made.state.positions.get(BTC)?.qty ?? 0n;
    const reports = pass(made, 8 * HOURS);
    const [paid] = only(reports, "funding");
    expect(paid?.at).toBe(T0 + 8 * HOURS);
    // 0.3333 x 60,000 x 0.0001 = 1.9998
    expect(paid).toMatchObject({
      mark: at("60000"),
      position: held,
      rateNano: 100_000n,
      rate: 100,
      payment: -usd("1.9998"),
    });
    expect(made.state.accounts.get(USD)?.flows.funding).toBe(-usd("1.9998"));
  });

  test("FND-002: a short receives, rounded down; what is flat has no payment", () => {
    const made = world();
    expect(only(pass(made, 8 * HOURS), "funding")).toEqual([]);
    ask(made, sell("0.0001", "59400"));
    const [paid] = only(pass(made, 8 * HOURS), "funding");
    const exact = notional(paid?.mark ?? price(0n), coins("0.0001"), "down");
    expect(paid?.payment).toBe((exact * 100_000n) / 1_000_000_000n);
  });

  test("FND-003: half a micro is rounded against us: paid in full, not received", () => {
    const ticks = Array(49).fill("60000.123");
    // 0.0001 x 60,000.123 x 0.0001 = 0.00060000123 USDC: 600.00123 micro.
    const long = world(smallTape(ticks));
    ask(long, buy("0.0001", "60600"));
    expect(only(pass(long, 8 * HOURS), "funding")[0]?.payment).toBe(-601n);
    const short = world(smallTape(ticks));
    ask(short, sell("0.0001", "59400"));
    expect(only(pass(short, 8 * HOURS), "funding")[0]?.payment).toBe(600n);
  });

  test("FND-004: a fee of part of a micro is a whole one", () => {
    const [fill] = only(ask(world(), buy("0.0001", "60600")), "fill");
    // 6.00005 USDC x 0.05 % = 3,000.025 micro.
    expect(fill?.notional).toBe(usd("6.00005"));
    expect(fill?.fee).toBe(3_001n);
  });
});
