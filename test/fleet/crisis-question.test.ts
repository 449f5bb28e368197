/** What the planner is asked: what counts as under way, and how much work it is to ask. */
import { expect, test, vi } from "vitest";
import { FLEET, marketId } from "../../src/core/ids.ts";
import { percent, ppm } from "../../src/core/ppm.ts";
import { question } from "../../src/fleet/question.ts";
import { type FleetState, keyOf } from "../../src/fleet/state.ts";
import { underwayOf } from "../../src/fleet/underway.ts";
import { ALICE, BTC_PERP, coins, usd } from "./cast.ts";
import {
  CALLS,
  crisisFleet,
  crisisPolicy,
  ended,
  forcedOrders,
  held,
  plansOf,
  positionOf,
} from "./crisis-cast.ts";
import { by, given, reported, type Story, tick, wait } from "./spec.ts";
import { done, fill, marks, order, stopFill, stopSet } from "./steps.ts";

const need = { by: "utilization", amount: usd("100"), costShare: ppm(550_000) } as const;

test("QUE-001: an order that would open is not under way to close what its position has turned into", () => {
  const rules = crisisPolicy({ reduceWithinMs: 300_000, depth: usd("1000000") });
  const bet = by(ALICE, "PlaceBet", {
    ...{ bet: "b1", game: "dice", stake: "400", params: {}, clientSeed: "seed-seed" },
  });
  const story = given(...crisisFleet(rules, "1000", [ALICE, { cap: "950" }]));
  story.given(...held(ALICE, "0.2"), bet);
  expect(forcedOrders(story.state)).toMatchObject([{ cause: "orange", side: "sell" }]);
  // The venue's stop closes the long before that order fills, and its agent goes short.
  story.given(reported(stopFill(ALICE, "0.2", "10000")));
  story.given(order(ALICE, "short", { side: "sell", qty: "0.02" }));
  story.given(reported(fill(ALICE, "short", "0.02"), done(ALICE, "short", "0.02")));
  story.given(reported(stopSet(ALICE)));
  expect(underwayOf(story.state, FLEET, "utilization")).toBe(0n);
  expect(question(story.state, FLEET, need, story.now).positions).toMatchObject([
    { qty: coins("-0.02"), maxQty: coins("0.02") },
  ]);
});

/** A map that counts how often it is asked. */
class Counting<K, V> extends Map<K, V> {
  asked = 0;
  override get(key: K): V | undefined {
    this.asked += 1;
    return super.get(key);
  }
}

test("QUE-002: twice the positions of one agent are twice the work, where hedges have a price too", () => {
  const asked = (count: number): number => {
    const rules = crisisPolicy({ ...CALLS, hedgeCost: percent(5) });
    const story = given(
      ...crisisFleet(rules, "1000", [ALICE, { cap: "950" }]),
      ...held(ALICE, "0.01"),
    );
    const { state } = story;
    const market = state.markets.get(BTC_PERP);
    const position = positionOf(story);
    if (market === undefined || position === undefined) throw new Error("nothing is held");
    for (let i = 1; i < count; i += 1) {
      const id = marketId(`m${i}-perp`);
      state.markets.set(id, { ...market, policy: { ...market.policy, market: id } });
      state.positions.set(keyOf(ALICE, id), { ...position, market: id });
      state.agents.get(ALICE)?.positions.add(id);
    }
    const positions = new Counting(state.positions);
    const law: FleetState = { ...state, positions };
    expect(question(law, FLEET, need, story.now).positions).toHaveLength(count);
    return positions.asked;
  };
  expect(asked(40)).toBeLessThanOrEqual(2 * asked(20) + 2);
});

/** How often the whole of the orders, and of the positions, is gone through in a turn that moves neither. */
function goneThrough(story: Story): number {
  const { orders, positions } = story.state;
  const all = [orders, positions].flatMap((map) => [
    vi.spyOn(map as Map<string, unknown>, "values"),
    vi.spyOn(map as Map<string, unknown>, Symbol.iterator as never),
  ]);
  expect(story.take(by(ALICE, "Renew", {}))).toBeDefined();
  const times = all.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
  for (const spy of all) spy.mockRestore();
  return times;
}
const RETRY = 2_000;

test("QUE-003: while what is under way is nearly enough for a call, no turn goes through the whole book", () => {
  const rules = crisisPolicy({ ...CALLS, depth: usd("1000000") });
  const fleet = crisisFleet(rules, "1000", [ALICE, { cap: "950" }]);
  const called = given(...fleet, ...held(ALICE, "0.41"), marks("9900"), wait(300_000), tick);
  expect(forcedOrders(called.state)).toMatchObject([{ cause: "call-1" }]);
  called.given(wait(RETRY), tick, by(ALICE, "Renew", {}));
  expect(plansOf(called, "call-1")).toHaveLength(1);
  expect([...called.state.crisis.calls.values()][0]?.planAt).toBeLessThanOrEqual(called.now);
  expect(goneThrough(called)).toBe(0);
});

test("QUE-004: nor where a duty has a crumb left, or cancels on the way that free what it wants", () => {
  const stop = { trailingStop: percent(15), trailingReduce: percent(50), depth: usd("1000000") };
  const fleet = crisisFleet(crisisPolicy(stop), "1000", [ALICE, { cap: "950" }]);
  const hit = [...fleet, ...held(ALICE, "0.4"), marks("10300"), marks("9300")];
  // 400 are to go, and 398 do.
  const left = given(...hit, ended("0.199"), wait(60_000), tick);
  expect(forcedOrders(left.state)).toEqual([]);
  expect(left.state.crisis.followed.size).toBe(1);
  expect(goneThrough(left)).toBe(0);
  const rest = order(ALICE, "rest", { qty: "0.12", limit: "9100", leverage: 1_000_000 });
  const orange = crisisPolicy({ reduceWithinMs: 300_000, depth: usd("1000000") });
  const story = given(...crisisFleet(orange, "2000", [ALICE, { cap: "1990" }]));
  story.given(...held(ALICE, "0.2"), rest, marks("9700"), wait(RETRY), tick);
  expect([...story.state.underway.cancelling]).toEqual(["alice/rest"]);
  expect(story.state.crisis.followed.size).toBe(1);
  expect(goneThrough(story)).toBe(0);
});
