/** The order path: what is held, what is placed, what reduces, and what cancelling does. */
import { describe, expect, test } from "vitest";
import { ALICE, at, coins, usd } from "./cast.ts";
import { fitsHold } from "./holds.ts";
import {
  ACCEPTED,
  answered,
  by,
  effectOf,
  given,
  ops,
  REJECTED,
  reported,
  tick,
  UNKNOWN,
  wait,
} from "./spec.ts";
import { aliceLong, done, enrolled, fill, fleetOf, granted, marks, open, order } from "./steps.ts";

const alice = fleetOf(ALICE);
const sell = (name: string, qty: string, fields = {}) =>
  order(ALICE, name, { side: "sell", qty, ...fields });
const cancel = (name: string) => by(ALICE, "CancelOrder", { order: name });

describe("approval", () => {
  test("ORD-001: an order holds initial margin and fee at its worst price, and goes out by name", () => {
    const story = given(...alice).when(order(ALICE, "o1"));
    story.brings({
      type: "OrderApproved",
      limit: at("10100"),
      tif: "ioc",
      opening: coins("0.1"),
      // 1,010 at 5x, and a tenth of a per cent of it.
      hold: usd("203.01"),
      mark: at("10000"),
      effect: { name: "6.0.0", agent: ALICE, effect: { type: "PlaceOrder", limit: at("10100") } },
    });
    expect(story.state.reserved).toBe(usd("203.01"));
    expect(story.state.outbox.has("6.0.0" as never)).toBe(true);
  });

  test("ORD-002: the bracket of the market limits leverage where it is stricter", () => {
    const story = given(
      ...open,
      enrolled(ALICE),
      granted(ALICE, { cap: "9000", maxLeverage: 10_000_000 }),
    );
    // 60,600 is in the second bracket: a fifth, though 10x was asked.
    story.when(order(ALICE, "o1", { qty: "6", leverage: 10_000_000 }));
    story.refused("cap_exceeded", "asked 12180.6, allowed 9000");
  });

  test("ORD-003: a limit order rests; with a limit inside the collar it is placed at it", () => {
    given(...alice)
      .when(order(ALICE, "o1", { limit: "10100" }))
      .brings({ type: "OrderApproved", tif: "gtc", limit: at("10100") });
    given(...alice)
      .when(sell("o1", "0.1", { limit: "9900" }))
      .brings({ type: "OrderApproved", limit: at("9900"), hold: usd("201") });
    given(...alice)
      .when(sell("o1", "0.1", { limit: "9899" }))
      .refused("outside_collar");
  });

  test("ORD-004: a price better than the market's is no collar's business, but is held for", () => {
    given(...alice)
      .when(sell("o1", "0.1", { limit: "20000" }))
      .brings({ type: "OrderApproved", hold: usd("402") });
  });

  test("ORD-005: a stop that nobody named lies half way to liquidation, rounded to the tick, nearer", () => {
    given(...alice)
      .when(order(ALICE, "o1"))
      .brings({ type: "OrderApproved", stop: at("9215") });
    given(...alice)
      .when(sell("o1", "0.1"))
      .brings({ type: "OrderApproved", stop: at("10708") });
  });

  test("ORD-006: a stop of one's own is kept, up to liquidation and not on it", () => {
    given(...alice)
      .when(order(ALICE, "o1", { stop: "8430" }))
      .brings({ type: "OrderApproved", stop: at("8430") });
    given(...alice)
      .when(order(ALICE, "o1", { stop: "8429" }))
      .refused("stop_too_far");
    given(...alice)
      .when(sell("o1", "0.1", { stop: "10000" }))
      .refused("stop_wrong_side");
    given(...alice)
      .when(sell("o1", "0.1", { stop: "11417" }))
      .brings({ type: "OrderApproved" });
    given(...alice)
      .when(sell("o1", "0.1", { stop: "11418" }))
      .refused("stop_too_far");
  });

  test("ORD-007: a mark of exactly the oldest age still decides", () => {
    given(...alice, wait(10_000))
      .when(order(ALICE, "o1"))
      .brings({ type: "OrderApproved" });
  });

  test("ORD-025: an order of exactly the largest value is not refused for its size", () => {
    given(...alice)
      .when(order(ALICE, "o1", { qty: "10", limit: "10000" }))
      .refused("cap_exceeded");
  });

  test("ORD-008: leverage that nobody named is none", () => {
    given(...alice)
      .when(by(ALICE, "PlaceOrder", { order: "o1", market: "btc-perp", side: "buy", qty: "0.1" }))
      .brings({ type: "OrderApproved", leverage: 1_000_000, hold: usd("1011.01") });
  });

  test("ORD-009: an order takes the place of a reservation, and frees what it does not need", () => {
    const held = { reservation: "r1", amount: "1990", service: "trading", ttlMs: 9_000 } as const;
    const story = given(...alice, by(ALICE, "Reserve", held));
    story.when(order(ALICE, "o1")).refused("cap_exceeded");
    story.when(order(ALICE, "o1", { reservation: "r1" }));
    story.brings({ type: "ReservationPosted", amount: usd("1990") }, { type: "OrderApproved" });
    expect(story.state.reserved).toBe(usd("203.01"));
  });

  test("ORD-010: always within the cap: holds of an order are at least the margin of its fills", () => {
    expect(fitsHold()).toEqual([]);
  });
});

describe("reducing", () => {
  test("ORD-011: it is never refused for want of margin, lease, zone, size or a fresh mark", () => {
    const broke = [...aliceLong, ops("Cut", { agent: "alice", cap: "0" }), marks("8500")];
    const late = [wait(700_000), tick, ops("SetMode", { mode: "reduce", reason: "test" })];
    given(...broke, ...late)
      .when(sell("o2", "0.1", { reduceOnly: true }))
      .brings({ type: "OrderApproved", opening: 0n, hold: 0n, tif: "ioc" })
      .when(sell("o3", "0.001", { reduceOnly: true }))
      .refused("nothing_to_reduce");
    given(...broke, ...late)
      .when(sell("o2", "0.001"))
      .brings({ type: "OrderApproved", opening: 0n });
  });

  test("ORD-023: it is not refused for the number of open orders, nor for a stop that it has no use for", () => {
    const story = given(...aliceLong);
    for (let i = 0; i < 256; i++)
      story.take(order(ALICE, `n${i}`, { qty: "0.001", limit: "9950" }));
    story.when(order(ALICE, "more", { qty: "0.001" })).refused("too_many_open");
    story
      .when(sell("out", "0.1", { stop: "9500", reduceOnly: true }))
      .brings({ type: "OrderApproved", opening: 0n, stop: 0n });
  });

  test("ORD-024: it is not refused for a leverage that it does not use", () => {
    given(...aliceLong)
      .when(sell("out", "0.1", { leverage: 200_000_000, reduceOnly: true }))
      .brings({ type: "OrderApproved", opening: 0n });
  });

  test("ORD-012: what an order sells beyond the position opens, and is held for", () => {
    given(...aliceLong)
      .when(sell("o2", "0.3"))
      .brings({ type: "OrderApproved", opening: coins("0.2"), hold: usd("402") });
  });

  test("ORD-013: two orders cannot reduce the same position twice", () => {
    const story = given(...aliceLong, sell("o2", "0.06", { limit: "10050" }));
    story
      .when(sell("o3", "0.05", { reduceOnly: true }))
      .refused("reduce_exceeds", "asked 0.05, allowed 0.04");
    story.when(sell("o3", "0.05")).brings({ type: "OrderApproved", opening: coins("0.01") });
  });

  test("ORD-026: what closes anything is never left resting, whatever its limit", () => {
    const limit = "10050";
    const tifOf = (story: ReturnType<typeof given>) =>
      story.last?.events.map((event) => event.type === "OrderApproved" && event.tif);
    expect(tifOf(given(...aliceLong).when(sell("o2", "0.1", { limit })))).toEqual(["ioc"]);
    expect(tifOf(given(...aliceLong).when(sell("o2", "0.3", { limit })))).toEqual(["ioc"]);
    const resting = given(...aliceLong, sell("o2", "0.1", { limit }));
    expect(tifOf(resting.when(sell("o3", "0.1", { limit })))).toEqual(["gtc"]);
  });

  test("ORD-014: what has filled of a reducing order is not counted against the rest", () => {
    given(
      ...aliceLong,
      sell("o2", "0.06", { limit: "10050" }),
      reported(fill(ALICE, "o2", "0.05", "10050")),
    )
      .when(sell("o3", "0.04", { reduceOnly: true }))
      .brings({ type: "OrderApproved" })
      .when(sell("o4", "0.001", { reduceOnly: true }))
      .refused("nothing_to_reduce");
  });
});

describe("answers of the venue", () => {
  const placed = [...alice, order(ALICE, "o1", { limit: "10000" })];

  test("ORD-015: accepted works, rejected gives the hold back", () => {
    given(...placed)
      .when(answered(effectOf("PlaceOrder"), ACCEPTED))
      .brings({ type: "EffectAnswered" }, { type: "OrderWorking", order: "o1" });
    const story = given(...placed).when(answered(effectOf("PlaceOrder"), REJECTED));
    story.brings({ type: "EffectAnswered" }, { type: "OrderRejected", released: usd("201") });
    expect(story.state.reserved).toBe(0n);
  });

  test("ORD-016: unknown is never rejected: the hold stays, a second unknown says nothing new", () => {
    const story = given(...placed).when(answered(effectOf("PlaceOrder"), UNKNOWN));
    story.brings({ type: "EffectAnswered" }, { type: "OrderUnresolved", order: "o1" });
    expect(story.state.reserved).toBe(usd("201"));
    story.when(answered(effectOf("PlaceOrder"), UNKNOWN)).bringsNothing();
    story
      .when(answered(effectOf("PlaceOrder"), ACCEPTED))
      .bringsAmong({ type: "OrderWorking", agent: ALICE, order: "o1" });
    story.when(answered("6.0.0" as never, ACCEPTED)).refused("unknown_effect");
  });

  test("ORD-017: no answer in time is unknown; one that came in time is not", () => {
    given(...placed, wait(2_999))
      .when(tick)
      .bringsNothing();
    given(...placed, wait(3_000))
      .when(tick)
      .brings(
        { type: "DeadlinesPassed" },
        { type: "EffectAnswered", outcome: "unknown" },
        { type: "OrderUnresolved" },
      );
    given(...placed, answered(effectOf("PlaceOrder"), ACCEPTED), wait(3_000))
      .when(tick)
      .bringsNothing();
  });

  test("ORD-018: a fill may come before the answer, and the answer after the end", () => {
    const story = given(...placed, reported(fill(ALICE, "o1", "0.1"), done(ALICE, "o1", "0.1")));
    story.when(answered(effectOf("PlaceOrder"), ACCEPTED)).brings({ type: "EffectAnswered" });
  });

  test("ORD-019: a cancel is asked once; refused by the venue it may be asked again", () => {
    const story = given(...placed).when(cancel("o1"));
    story.brings({
      type: "CancelRequested",
      effect: { effect: { type: "CancelOrder", order: "6.0.0" } },
    });
    story.when(cancel("o1")).refused("order_done");
    story.given(answered(effectOf("CancelOrder"), REJECTED));
    story.when(cancel("o1")).brings({ type: "CancelRequested" });
  });

  test("ORD-020: a cancelled order gives back what did not fill", () => {
    const story = given(...placed, cancel("o1"), reported(fill(ALICE, "o1", "0.04")));
    story.when(reported(done(ALICE, "o1", "0.04", "cancelled")));
    story.bringsAmong({
      type: "OrderClosed",
      agent: ALICE,
      order: "o1",
      phase: "cancelled",
      filled: coins("0.04"),
      released: usd("120.6"),
    } as never);
    expect(story.state.reserved).toBe(usd("80"));
  });

  test("ORD-021: the coordinator's own order is not the agent's to cancel", () => {
    const story = given(...aliceLong, ops("Revoke", { agent: "alice" }));
    const close = [...story.state.orders.values()][0];
    story.when(cancel(close?.order ?? "")).refused("not_allowed");
  });

  test("ORD-022: an end that counts other fills than ours is told", () => {
    const story = given(...placed).when(reported(done(ALICE, "o1", "0.05")));
    story.bringsAmong({ type: "ReportUnmatched" });
  });
});
