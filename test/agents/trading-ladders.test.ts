/** Ladders that a trader steps down by drawdown and by margin, and what it settles with other agents. */
import { describe, expect, test } from "vitest";
import { tradingConfig } from "../../agents/trading/config.ts";
import { keptOn, ladderAt } from "../../agents/trading/guard.ts";
import { beginTrading } from "../../agents/trading/learn.ts";
import { tradingStrategy } from "../../agents/trading/strategy.ts";
import { agentView } from "../../src/fleet/views.ts";
import type { AgentView } from "../../src/protocol/views.ts";
import { readView } from "../../src/sdk/incoming.ts";
import { sampleDelegation, sampleView } from "../../src/sdk/sample-view.ts";
import { ALICE } from "../fleet/cast.ts";
import { given } from "../fleet/spec.ts";
import { aliceLong, marks } from "../fleet/steps.ts";
import { bodies, decided } from "./context.ts";
import { configOf, ordersOf, position, RISE, viewAt, warmed } from "./trading-given.ts";

const config = tradingConfig.parse({});

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

test("TGD-043: started anew in a drawdown, it stands on the rung that the books' highest result puts it on", () => {
  const { state, now } = given(...aliceLong, marks("10300"), marks("10000"));
  const told = readView(agentView(state, ALICE, now));
  expect(typeof told === "string" ? told : told.delegation?.peak).toBe("29");
  const config = configOf();
  const after = (delegation: object, memory = beginTrading()) => {
    const lent = { ...sampleDelegation("trading", 31_000), ...delegation };
    const view = viewAt(31_000, RISE, { delegation: lent, pnl: { total: "-30" } });
    return decided(tradingStrategy, view, memory, config).memory.ladder;
  };
  expect(after({ peak: "100" })).toEqual({ peak: 100, rung: 3 });
  // An older fleet tells none; a new delegation begins a new record in a running agent too.
  expect(after({})).toEqual({ peak: -30, rung: 0 });
  const before = { ...beginTrading(), ladder: { peak: 100, rung: 3 } };
  expect(after({}, before)).toEqual({ peak: 100, rung: 3 });
  expect(after({ peak: "-30" }, before)).toEqual({ peak: -30, rung: 0 });
});

test("TGD-044: started anew it stands on the rung that its lowest result put it on, until half is made good", () => {
  const { state, now } = given(...aliceLong, marks("10300"), marks("9900"), marks("10100"));
  const told = readView(agentView(state, ALICE, now));
  const { peak, trough } = typeof told === "string" ? {} : (told.delegation ?? {});
  expect([peak, trough]).toEqual(["29", "-11"]);
  const again = given(...aliceLong, marks("10300"), marks("9900"), marks("10400"));
  expect(agentView(again.state, ALICE, again.now)?.delegation?.trough).toBe("39");
  const config = configOf();
  const started = (total: string, trough?: string) => {
    const books = { peak: "100", ...(trough === undefined ? {} : { trough }) };
    const lent = { ...sampleDelegation("trading", 31_000), ...books };
    const view = viewAt(31_000, RISE, { delegation: lent, pnl: { total } });
    return decided(tradingStrategy, view, beginTrading(), config).memory.ladder?.rung;
  };
  // Of a cap of 1,000: 13 % lost, and 6 of it made good; then more than half.
  expect(started("30", "-30")).toBe(3);
  expect(started("45", "-30")).toBe(2);
  expect(started("90", "-30")).toBe(0);
  // An older fleet tells no lowest one.
  expect(started("45")).toBe(1);
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
