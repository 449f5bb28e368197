/** What the trader does not open: under a duty, in a market without a pair, and again what was closed. */
import { expect, test } from "vitest";
import { fullSize } from "../../agents/trading/desk.ts";
import { resumeTrading } from "../../agents/trading/learn.ts";
import { tradingStrategy } from "../../agents/trading/strategy.ts";
import { sampleDelegation } from "../../src/sdk/sample-view.ts";
import { decided } from "./context.ts";
import { configOf, ordersOf, position, RISE, viewAt, warmed } from "./trading-given.ts";

test("TRD-042: nothing is opened while a duty takes no opening, whoever it is of; what is held may shrink", () => {
  const memory = warmed(30, RISE);
  const { margin } = viewAt(31_000, RISE);
  for (const duty of ["no-new-risk", "uncovered"]) {
    const duties = [{ duty, agent: "fleet", says: "" }];
    expect(ordersOf(viewAt(31_000, RISE, { margin: { ...margin, duties } }), memory)).toEqual([]);
    const positions = [position("btc-perp", "-0.007")];
    const held = viewAt(31_000, RISE, { margin: { ...margin, duties }, positions });
    expect(ordersOf(held, memory)).toMatchObject([{ side: "buy", reduceOnly: true }]);
  }
  const other = [{ duty: "frozen", agent: "fleet", says: "" }];
  const free = viewAt(31_000, RISE, { margin: { ...margin, duties: other } });
  expect(ordersOf(free, memory)).toHaveLength(2);
});

test("TRD-043: the last of an odd number of markets takes no part of a pair's size", () => {
  const size = (strategy: string, ...markets: readonly string[]) => {
    const config = configOf({ strategy, markets });
    const [signal] = Object.values(warmed(2, RISE).signals);
    const view = viewAt(2_000, RISE);
    const [market] = view.markets;
    if (signal === undefined || market === undefined) throw new Error("it knows its markets");
    return fullSize(view, market, signal, config);
  };
  const [two, third] = [["btc-perp", "eth-perp"], "sol-perp"];
  expect(size("pair", ...two, third)).toBe(size("pair", ...two));
  expect(size("trend", ...two, third)).toBeCloseTo((size("trend", ...two) * 2) / 3, 9);
});

test("TRD-044: held for good, what was closed is not bought again by a new start under the same delegation", () => {
  const config = configOf({ strategy: "hold", warmup: 3, fullSamples: 1 });
  const boughtAfter = (books: object) => {
    const lent = { ...sampleDelegation("trading", 1_000), ...books };
    const view = (at: number) =>
      viewAt(at, RISE, { delegation: { ...lent, expiresAt: at + 60_000 } });
    let memory = resumeTrading(view(1_000));
    for (const at of [1_000, 2_000, 3_000])
      memory = decided(tradingStrategy, view(at), memory, config).memory;
    return ordersOf(view(8_000), { ...memory, changedAt: {} }, config).length;
  };
  expect(boughtAfter({ peak: "5", trough: "5" })).toBe(2);
  expect(boughtAfter({ peak: "5", trough: "-40" })).toBe(0);
  // A fleet that tells no lowest result, or none at all.
  expect([boughtAfter({ peak: "5" }), boughtAfter({})]).toEqual([2, 2]);
});
