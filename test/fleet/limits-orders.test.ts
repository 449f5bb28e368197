/** Limits of orders that a mutation run found unguarded: leverage, what is held beside, and who may reduce. */
import { describe, expect, test } from "vitest";
import { OPEN_PER_AGENT_MAX } from "../../src/core/limits.ts";
import { micro } from "../../src/core/money.ts";
import { percent, ppm } from "../../src/core/ppm.ts";
import { leverageAt } from "../../src/fleet/calendar.ts";
import { varFault } from "../../src/fleet/order-limits.ts";
import { defaultStop } from "../../src/fleet/pricing.ts";
import type { Policy } from "../../src/protocol/policy.ts";
import {
  ALICE,
  at,
  BTC_PERP,
  coins,
  ETH_PERP,
  FIVE_TIMES,
  POLICY,
  TEN_TIMES,
  usd,
} from "./cast.ts";
import { hurry } from "./hurry.ts";
import { estimated } from "./risk-cases.ts";
import { by, given, ops, reported, type Step, type Story } from "./spec.ts";
import {
  aliceLong,
  configured,
  deposited,
  done,
  enrolled,
  fill,
  fleetOf,
  granted,
  marks,
  open,
  order,
  stopFill,
  stopSet,
} from "./steps.ts";

const fleet = (terms: Parameters<typeof granted>[1]): readonly Step[] => [
  ...[configured(), deposited("100000"), marks("10000"), enrolled(ALICE)],
  granted(ALICE, { cap: "50000", maxLeverage: TEN_TIMES, ...terms }),
];
const approved = (story: Story) => {
  const event = story.last?.events.find(({ type }) => type === "OrderApproved");
  if (event?.type !== "OrderApproved") throw new Error("an order is approved");
  return event;
};

describe("leverage", () => {
  test("LIM-701: a market's own leverage bounds an agent that may use more elsewhere", () => {
    const story = given(...fleet({ maxLeverage: ppm(20_000_000) }));
    story.when(order(ALICE, "o1", { leverage: 10_000_001 })).refused("leverage_exceeded");
    expect(approved(story.when(order(ALICE, "o2", { leverage: 10_000_000 })))).toBeDefined();
  });

  test("LIM-702: who asks for none gets 1x, or what the delegation has where that is less", () => {
    const story = given(...fleet({ maxLeverage: ppm(500_000) }));
    const plain = order(ALICE, "o1", { leverage: undefined as never });
    expect(approved(story.when(plain)).leverage).toBe(500_000);
    const usual = given(...fleet({})).when(plain);
    expect(approved(usual).leverage).toBe(1_000_000);
  });

  test("LIM-703: of two events at a time the stricter bounds, in whatever order they stand", () => {
    const event = (times: number) => ({
      ...{ name: "x", at: 1_000, beforeMs: 10, afterMs: 10, maxLeverage: ppm(times) },
    });
    const both = (...times: readonly number[]) => leverageAt({ calendar: times.map(event) }, 1_000);
    expect(both(2_000_000, 3_000_000)).toBe(2_000_000);
    expect(both(3_000_000, 2_000_000)).toBe(2_000_000);
  });

  test("LIM-704: a stop that is made anew goes by no more than the market's leverage", () => {
    const markets = POLICY.markets.map((one) => ({ ...one, maxLeverage: FIVE_TIMES }));
    const policy: Policy = { ...POLICY, markets };
    const story = given(
      ...[configured(policy), deposited("10000"), marks("10000"), enrolled(ALICE), granted(ALICE)],
      order(ALICE, "o1", { side: "sell", qty: "0.2" }),
      reported(fill(ALICE, "o1", "0.2"), done(ALICE, "o1", "0.2")),
      order(ALICE, "o2", { qty: "0.1", reduceOnly: true }),
    );
    // At 11,000, past the stop that it had, 400 of margin stand for 2,200, and then 200 for 1,100.
    story.when(reported(fill(ALICE, "o2", "0.1", "11000")));
    const [market] = markets;
    if (market === undefined) throw new Error("the cast has a market");
    const by = (times: number) =>
      defaultStop(policy, market, "sell", coins("0.1"), at("11000"), ppm(times));
    expect(by(5_000_000)).not.toBe(by(5_500_000));
    story.bringsAmong({ type: "StopRequested", trigger: by(5_000_000) });
  });
});

describe("what stands beside", () => {
  test("LIM-705: a position that the order closes first is not beside what it opens", () => {
    const story = given(
      ...fleet({}),
      order(ALICE, "o1", { qty: "4", leverage: TEN_TIMES }),
      reported(fill(ALICE, "o1", "4"), done(ALICE, "o1", "4")),
      reported(stopSet(ALICE)),
    );
    // 2 BTC open: 20,000 in the first bracket, and their fee.
    story.when(order(ALICE, "o2", { side: "sell", qty: "6", leverage: TEN_TIMES }));
    expect(approved(story)).toMatchObject({ opening: coins("2"), hold: usd("2020") });
  });

  test("LIM-706: an order that opened more than it was to is beside as a position, and not twice", () => {
    const story = given(
      ...fleet({}),
      order(ALICE, "o1", { leverage: TEN_TIMES }),
      reported(fill(ALICE, "o1", "0.1"), done(ALICE, "o1", "0.1")),
      reported(stopSet(ALICE)),
      order(ALICE, "o2", { side: "sell", qty: "4", limit: "10000", leverage: TEN_TIMES }),
    );
    // The long goes by its stop while the sale is under way: all of what fills now opens.
    story.given(reported(stopFill(ALICE, "0.1", "10000"), fill(ALICE, "o2", "3.95")));
    const left = story.state.orders.get("alice/o2" as never);
    expect((left?.opened ?? 0n) > (left?.opening ?? 0n)).toBe(true);
    // 39,500 and 10,800 are in the second bracket; without 500 of the former they were not.
    story.when(order(ALICE, "o3", { side: "sell", qty: "1.08", leverage: TEN_TIMES }));
    expect(approved(story).hold).toBeGreaterThan(usd("2160"));
  });
});

describe("reducing", () => {
  const reducing = (market: string, size: string, name = "r1") =>
    order(ALICE, name, { market, side: "sell", qty: size, reduceOnly: true });

  test("LIM-707: it needs no room among the open orders, no stop and no margin", () => {
    const story = given(
      ...fleet({}),
      order(ALICE, "o1"),
      reported(fill(ALICE, "o1", "0.1"), done(ALICE, "o1", "0.1")),
      reported(stopSet(ALICE)),
    );
    for (let i = 0; i < OPEN_PER_AGENT_MAX; i++)
      hurry(story, order(ALICE, `x${i}`, { qty: "0.002", limit: "9950" }));
    story.when(order(ALICE, "more", { qty: "0.002", limit: "9950" })).refused("too_many_open");
    expect(approved(story.when(reducing("btc-perp", "0.1")))).toMatchObject({ stop: 0n, hold: 0n });
  });

  test("LIM-708: nor does it make up for what resting orders lack by their bracket", () => {
    const sale = (name: string, qty: string) =>
      order(ALICE, name, { side: "sell", qty, limit: "10050", leverage: TEN_TIMES });
    const story = given(...fleet({}), sale("a", "4"), sale("b", "2"));
    story.given(
      order(ALICE, "o1"),
      reported(fill(ALICE, "o1", "0.1"), done(ALICE, "o1", "0.1")),
      reported(stopSet(ALICE)),
    );
    expect(approved(story.when(reducing("btc-perp", "0.1")))).toMatchObject({ hold: 0n });
  });

  test("LIM-709: what an order closes in another market leaves all of this one to close", () => {
    const story = given(
      ...aliceLong,
      order(ALICE, "eth", { market: "eth-perp", qty: "1" }),
      reported(fill(ALICE, "eth", "1", "1000"), done(ALICE, "eth", "1")),
      reported(stopSet(ALICE, ETH_PERP)),
    );
    story.given(reducing("eth-perp", "1", "out"));
    expect(approved(story.when(reducing("btc-perp", "0.1")))).toMatchObject({ qty: coins("0.1") });
  });
});

describe("the stop of a short", () => {
  const short = [
    ...fleetOf(ALICE),
    order(ALICE, "o1", { side: "sell", stop: "11000" }),
    reported(fill(ALICE, "o1", "0.1"), done(ALICE, "o1", "0.1")),
    reported(stopSet(ALICE)),
  ];
  const moved = (stop: string) => by(ALICE, "MoveStop", { market: "btc-perp", stop });

  test("LIM-710: who may only reduce may move it nearer or leave it, and not further off", () => {
    const story = given(...short, ops("SetMode", { agent: "alice", mode: "reduce", reason: "x" }));
    expect(story.state.positions.get(`alice/${BTC_PERP}` as never)?.stopPrice).toBe(at("11000"));
    story.when(moved("11001")).refused("reduce_only");
    story.when(moved("11000")).bringsNothing();
    story.when(moved("10999")).bringsAmong({ type: "StopRequested", trigger: at("10999") });
  });
});

test("LIM-711: a wallet below nothing allows a value at risk of nothing, and says so", () => {
  const { state } = given(...open);
  const law = { ...state, collateral: micro(-1_000_000n) };
  const fault = varFault(
    { law } as unknown as Parameters<typeof varFault>[0],
    { ...POLICY, varLimit: percent(10) },
    estimated("0", "1"),
  );
  expect(fault?.detail).toContain("allowed 0");
});
