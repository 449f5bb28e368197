/** What the planner is asked: what counts as under way, and how much work it is to ask. */
import { expect, test } from "vitest";
import { FLEET, marketId } from "../../src/core/ids.ts";
import { percent, ppm } from "../../src/core/ppm.ts";
import { question } from "../../src/fleet/question.ts";
import { type FleetState, keyOf } from "../../src/fleet/state.ts";
import { ALICE, BTC_PERP, coins, usd } from "./cast.ts";
import { CALLS, crisisFleet, crisisPolicy, forcedOrders, held, positionOf } from "./crisis-cast.ts";
import { by, given, reported } from "./spec.ts";
import { done, fill, order, stopFill, stopSet } from "./steps.ts";

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
  const { input, underway } = question(story.state, FLEET, need, story.now);
  expect(underway).toBe(0n);
  expect(input.positions).toMatchObject([{ qty: coins("-0.02"), maxQty: coins("0.02") }]);
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
    expect(question(law, FLEET, need, story.now).input.positions).toHaveLength(count);
    return positions.asked;
  };
  expect(asked(40)).toBeLessThanOrEqual(2 * asked(20) + 2);
});
