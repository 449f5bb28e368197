/** Margin brackets look at all that an agent has on one side of a market, not at one order. */
import { expect, test } from "vitest";
import { keyOf } from "../../src/fleet/state.ts";
import { ALICE, BTC_PERP, usd } from "./cast.ts";
import { given, reported } from "./spec.ts";
import { deposited, done, enrolled, fill, granted, open, order } from "./steps.ts";

const TEN = 10_000_000;
const buy = (name: string, qty: string, fields = {}) =>
  order(ALICE, name, { qty, leverage: TEN, ...fields });
const bought = (name: string, qty: string) =>
  reported(fill(ALICE, name, qty), done(ALICE, name, qty));
const rich = [
  ...[...open, deposited("190000"), enrolled(ALICE)],
  granted(ALICE, { cap: "50000", maxLeverage: TEN }),
] as const;
/** 40,000 at the tenth of the first bracket, which ends at 50,000. */
const held = [...rich, buy("o1", "4"), bought("o1", "4")] as const;
const BTC = keyOf(ALICE, BTC_PERP);

test("BRA-001: an order that brings its position into a higher bracket holds what the position lacks", () => {
  const story = given(...held);
  expect(story.state.positions.get(BTC)?.margin).toBe(usd("4000"));
  // 20,200 at a fifth and its fee, and another tenth of the 40,000 that are there.
  story.when(buy("o2", "2")).brings({ type: "OrderApproved", hold: usd("8060.2") });
  story.given(bought("o2", "2"));
  expect(story.state.positions.get(BTC)?.margin).toBe(usd("12000"));
  expect(story.state.reserved).toBe(usd("12000"));
});

test("BRA-002: within its bracket, and with a margin that is more already, an order holds its own", () => {
  given(...held)
    .when(buy("o2", "0.5"))
    .brings({ type: "OrderApproved", hold: usd("510.05") });
  given(...rich, buy("o1", "4", { leverage: 2_000_000 }), bought("o1", "4"))
    .when(buy("o2", "2"))
    .brings({ type: "OrderApproved", hold: usd("4060.2") });
});

test("BRA-003: resting orders of the same side count, those of the other side do not", () => {
  const resting = { limit: "10000" };
  // 40,000 rest with a margin of 4,040: their bracket asks 8,000.
  given(...rich, buy("o1", "4", resting))
    .when(buy("o2", "2", resting))
    .brings({ type: "OrderApproved", hold: usd("7980") });
  given(...rich, buy("o1", "4", { ...resting, side: "sell" }))
    .when(buy("o2", "2", resting))
    .brings({ type: "OrderApproved", hold: usd("2020") });
});

test("BRA-004: many small orders end with the margin of one large one", () => {
  const names = [...Array(60)].map((_, i) => `o${i + 1}`);
  const many = given(...rich, ...names.flatMap((name) => [buy(name, "0.1"), bought(name, "0.1")]));
  const one = given(...rich, buy("o1", "6"), bought("o1", "6"));
  expect(one.state.positions.get(BTC)?.margin).toBe(usd("12000"));
  expect(many.state.positions.get(BTC)?.margin).toBe(usd("12000"));
  expect(many.state.reserved).toBe(usd("12000"));
});

test("BRA-005: a fill reserves no more than its order held", () => {
  const story = given(...held, buy("o2", "2"));
  const before = story.state.reserved;
  story.given(reported(fill(ALICE, "o2", "1")));
  expect(story.state.reserved).toBeLessThanOrEqual(before);
  story.given(reported(fill(ALICE, "o2", "1"), done(ALICE, "o2", "2")));
  expect(story.state.positions.get(BTC)?.margin).toBe(usd("12000"));
});
