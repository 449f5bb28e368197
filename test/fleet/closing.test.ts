/** Closings beside orders of the coordinator's own that were under way before. */
import { describe, expect, test } from "vitest";
import { percent } from "../../src/core/ppm.ts";
import type { CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import { ALICE, BTC_PERP, ETH_PERP, usd } from "./cast.ts";
import {
  crisisFleet,
  crisisPolicy,
  eventsOf,
  forcedFill,
  forcedOrders,
  held,
  positionOf,
} from "./crisis-cast.ts";
import {
  answered,
  given,
  ops,
  REJECTED,
  reported,
  type Step,
  type Story,
  tick,
  wait,
} from "./spec.ts";
import { done, fill, marks, order, stopFill, stopSet } from "./steps.ts";

describe("a closing beside a duty's order", () => {
  const rule = (part: number): CrisisPolicy => {
    return {
      trailingStop: percent(15),
      trailingReduce: percent(part),
      depth: usd("1000000"),
    };
  };
  /** A trailing stop sells so much of 0.4, and that has not filled yet. */
  const hitBy = (part: number): readonly Step[] => [
    ...crisisFleet(crisisPolicy(rule(part)), "1000", [ALICE, { cap: "950" }]),
    ...[...held(ALICE, "0.4"), marks("10300"), marks("9300")],
  ];
  const hit = hitBy(50);
  const flatten = ops("SetMode", { mode: "flatten", reason: "test" });
  const sizes = (story: Story) => forcedOrders(story.state).map(({ cause, qty }) => [cause, qty]);
  /** So much of an order of this cause fills, and it ends unless it goes on. */
  const fills =
    (of: string, size: string, goesOn = false): Step =>
    (law) =>
      forcedOrders(law)
        .filter(({ cause }) => cause === of)
        .map(({ agent, order: name }) => {
          const ends = goesOn ? [] : [done(agent, name, size)];
          return reported(...(size === "0" ? [] : [fill(agent, name, size, "9300")]), ...ends);
        });

  test("CLO-001: closes what that leaves, and when both fill all is closed and no more", () => {
    const story = given(...hit, flatten);
    expect(sizes(story)).toEqual([
      ["trailing-stop", 20_000_000n],
      ["flatten", 20_000_000n],
    ]);
    story.given(forcedFill("9300"));
    expect([positionOf(story)?.qty, forcedOrders(story.state)]).toEqual([0n, []]);
    expect(eventsOf(story, "PositionClosing")).toHaveLength(1);
  });

  test("CLO-002: of one that has filled in part the rest alone is left to it", () => {
    const story = given(...hit, fills("trailing-stop", "0.05", true), flatten);
    expect(sizes(story)).toContainEqual(["flatten", 20_000_000n]);
  });

  test("CLO-003: what the other does not fill is closed when it ends, not before", () => {
    const story = given(...hit, flatten, fills("flatten", "0.2"), wait(60_000), tick);
    expect(sizes(story)).toEqual([["trailing-stop", 20_000_000n]]);
    story.given(fills("trailing-stop", "0.05"));
    expect(sizes(story)).toEqual([["flatten", 15_000_000n]]);
    // The other ends first: what is left goes after the closing's own order, and the usual wait.
    const later = given(...hit, flatten, fills("trailing-stop", "0"), fills("flatten", "0.2"));
    expect(sizes(later)).toEqual([]);
    expect(sizes(later.given(wait(2_000), tick))).toEqual([["flatten", 20_000_000n]]);
  });

  test("CLO-004: where the other closes all it sends none, and all of it when that is refused", () => {
    const story = given(...hitBy(100), flatten);
    expect(sizes(story)).toEqual([["trailing-stop", 40_000_000n]]);
    expect(positionOf(story)?.closing).toMatchObject({ reason: "flatten", order: undefined });
    story.given((law) => forcedOrders(law).map(({ name }) => answered(name, REJECTED)));
    expect(sizes(story)).toEqual([["flatten", 40_000_000n]]);
  });

  test("CLO-005: orders of its agent, and what closes in another market, are not counted", () => {
    const two: readonly Step[] = [
      ...crisisFleet(crisisPolicy(rule(25)), "1000", [ALICE, { cap: "950" }]),
      ...held(ALICE, "0.2"),
      order(ALICE, "ether", { market: "eth-perp", qty: "2" }),
      reported(fill(ALICE, "ether", "2", "1000"), done(ALICE, "ether", "2")),
      reported(stopSet(ALICE, ETH_PERP)),
      ...[marks("10300", "1030"), marks("9300", "930")],
      order(ALICE, "out", { side: "sell", qty: "0.05", reduceOnly: true }),
    ];
    const story = given(...two);
    expect(sizes(story)).toEqual([
      ["trailing-stop", 5_000_000n],
      ["trailing-stop", 50_000_000n],
    ]);
    story.given(flatten);
    const sent = new Map([
      [BTC_PERP, 0n],
      [ETH_PERP, 0n],
    ]);
    for (const { market, qty } of forcedOrders(story.state))
      sent.set(market, (sent.get(market) ?? 0n) + qty);
    expect([sent.get(BTC_PERP), sent.get(ETH_PERP)]).toEqual([20_000_000n, 200_000_000n]);
  });

  test("CLO-006: nor is what was to close the other side: a position that it has turned is closed whole", () => {
    // The stop at the venue closes all before the duty's order fills, and that sells on.
    const story = given(...hit, reported(stopFill(ALICE, "0.4", "9300")));
    story.given(fills("trailing-stop", "0.1", true));
    expect(positionOf(story)?.qty).toBe(-10_000_000n);
    expect(forcedOrders(story.state)).toMatchObject([
      { side: "sell", qty: 20_000_000n, filled: 10_000_000n },
      { side: "buy", qty: 10_000_000n },
    ]);
  });
});
