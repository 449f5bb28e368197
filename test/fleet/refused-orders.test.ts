/** The coordinator's own orders that the venue will not take: by the same mark they would be refused again. */
import { describe, expect, test } from "vitest";
import { ALICE, at, BTC_PERP } from "./cast.ts";
import { CALLS, crisisFleet, crisisPolicy, eventsOf, forcedOrders, held } from "./crisis-cast.ts";
import {
  ACCEPTED,
  answered,
  given,
  ops,
  REJECTED,
  type Step,
  type Story,
  tick,
  wait,
} from "./spec.ts";
import { marks } from "./steps.ts";

const FAR = { outcome: "rejected", reason: "limit is outside the collar" } as const;
const fleet = [
  ...crisisFleet(crisisPolicy({}), "10000", [ALICE, { cap: "4000", leaseMs: 9_000_000 }]),
  ...held(ALICE, "0.5"),
];
const flatten = ops("SetMode", { agent: "alice", mode: "flatten", reason: "test" });
/** The venue refuses whatever the coordinator has sent. */
const refuseAll: Step = (law) => forcedOrders(law).map(({ name }) => answered(name, FAR));
const sent = (story: Story) =>
  eventsOf(story, "OrderApproved").filter(({ forced }) => forced !== "");
const seconds = (count: number): readonly Step[] =>
  Array.from({ length: count }, () => [wait(1_000), tick, refuseAll]).flat();

describe("closing orders that are refused", () => {
  test("VCO-001: by a mark that stands still they are sent at twice the wait each time, up to a bound", () => {
    const story = given(...fleet, flatten, refuseAll, ...seconds(124));
    // After 4, 8, 16, 32 and 64 seconds: not every two seconds.
    expect(sent(story)).toHaveLength(6);
    expect(story.state.markets.get(BTC_PERP)?.refused?.times).toBe(6);
    story.given(...seconds(128));
    expect(sent(story)).toHaveLength(8);
  });

  test("VCO-002: another mark is tried as soon as the usual wait is over, by its own price", () => {
    const story = given(...fleet, flatten, refuseAll, ...seconds(30));
    const before = sent(story).length;
    story.given(marks("10000"), tick);
    expect(sent(story)).toHaveLength(before);
    story.given(marks("7000"), tick);
    expect(sent(story)).toHaveLength(before + 1);
    expect(sent(story).at(-1)).toMatchObject({ mark: at("7000"), limit: at("6790") });
  });

  test("VCO-005: what is refused for another reason is sent at the usual pace", () => {
    const other: Step = (law) => forcedOrders(law).map(({ name }) => answered(name, REJECTED));
    const story = given(...fleet, flatten, other);
    for (let turn = 0; turn < 5; turn += 1) story.given(wait(2_000), tick, other);
    expect(sent(story)).toHaveLength(6);
  });

  test("VCO-003: an order that is taken ends it", () => {
    const story = given(...fleet, flatten, refuseAll, marks("9900"), wait(2_000), tick);
    story.given((law) => forcedOrders(law).map(({ name }) => answered(name, ACCEPTED)));
    expect(story.state.markets.get(BTC_PERP)?.refused).toBeUndefined();
  });

  test("VCO-004: a liquidation plans around it, and anew at the next price", () => {
    const near = [
      ...crisisFleet(crisisPolicy(CALLS), "1000", [ALICE, { cap: "1000", leaseMs: 9_000_000 }]),
      ...held(ALICE, "0.41"),
    ];
    const story = given(...near, marks("9900"), wait(300_000), tick, refuseAll);
    const first = sent(story).length;
    expect(first).toBe(1);
    story.given(...seconds(3));
    expect(sent(story)).toHaveLength(first);
    story.given(marks("9600"), tick);
    expect(sent(story)).toHaveLength(first + 1);
    expect(sent(story).at(-1)).toMatchObject({ mark: at("9600") });
  });

  test("VCO-006: the turn in which the wait is over plans with that market again, however quiet it was before", () => {
    const near = [
      ...crisisFleet(crisisPolicy(CALLS), "1000", [ALICE, { cap: "1000", leaseMs: 9_000_000 }]),
      ...held(ALICE, "0.41"),
    ];
    const story = given(...near, marks("9900"), wait(300_000), tick, refuseAll);
    expect(sent(story)).toHaveLength(1);
    story.given(wait(3_999), tick);
    expect(sent(story)).toHaveLength(1);
    story.given(wait(5_000), tick);
    expect(sent(story)).toHaveLength(2);
  });
});
