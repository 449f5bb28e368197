/** Where duties, calls and pace meet: what one of them does must not undo or forget another. */
import { describe, expect, test } from "vitest";
import { FLEET } from "../../src/core/ids.ts";
import { percent, ppm } from "../../src/core/ppm.ts";
import { keyOf } from "../../src/fleet/state.ts";
import type { CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import { ALICE, named, TEN_TIMES, usd } from "./cast.ts";
import {
  CALLS,
  crisisFleet,
  crisisPolicy,
  ended,
  eventsOf,
  forcedOrders,
  held,
} from "./crisis-cast.ts";
import { by, given, reported, type Step, tick, wait } from "./spec.ts";
import { marks } from "./steps.ts";

const RETRY = 2_000;
const deep = { depth: usd("1000000") };
const one = (crisis: CrisisPolicy, cap = "950", deposit = "1000") =>
  crisisFleet(crisisPolicy(crisis), deposit, [ALICE, { cap }]);
const bet = (stake: string): Step =>
  by(ALICE, "PlaceBet", {
    ...{ bet: "b1", game: "dice", stake, params: {}, clientSeed: "seed-seed" },
  });
const loan: readonly Step[] = [
  by(ALICE, "OpenLoan", {
    ...{ loan: "l1", asset: "USDC", amount: "200", minRate: 0, noticeMs: 60_000 },
  }),
  reported((law) => ({
    type: "loanOpened",
    loan: law.loans.get(keyOf(ALICE, named("l1")))?.name as never,
    ...{ rate: ppm(94_000), collateral: ppm(0) },
  })),
];

describe("during the grace of a fleet's call", () => {
  test("FOL-031: what a trailing stop's order did not fill is asked for again after the retry wait", () => {
    const stop = { trailingStop: percent(10), trailingReduce: percent(50) };
    const story = given(...one({ ...CALLS, ...stop }), ...held(ALICE, "0.4"));
    story.given(marks("9700"), marks("9400"));
    expect(eventsOf(story, "MarginCalled")).toMatchObject([{ agent: FLEET }]);
    expect(forcedOrders(story.state)).toMatchObject([{ cause: "trailing-stop" }]);
    story.given(ended(), wait(RETRY), tick);
    expect(forcedOrders(story.state)).toMatchObject([{ cause: "trailing-stop" }]);
  });

  test("FOL-032: orange asks loans back, and leaves positions to their agents", () => {
    const rules: CrisisPolicy = {
      ...{ ...CALLS, recallLoans: true, reduceWithinMs: 60_000 },
      ...{ callAt: percent(15), targetMaintenance: percent(10) },
    };
    const story = given(...one(rules), ...held(ALICE, "0.3"), marks("9900"));
    expect(eventsOf(story, "MarginCalled")).toMatchObject([{ agent: FLEET, cause: "maintenance" }]);
    expect(story.state.zone).toBe("yellow");
    story.given(marks("9300"), wait(RETRY), tick, wait(60_000), tick);
    expect([story.state.zone, story.state.crisis.live.has(FLEET)]).toEqual(["orange", true]);
    expect(forcedOrders(story.state)).toEqual([]);
  });
});

test("FOL-033: orange that a top-up brings asks loans back like any other, before anything is closed", () => {
  const rules = { ...deep, topUp: percent(160), recallLoans: true, reduceWithinMs: 300_000 };
  const terms = { cap: "1400", maxLeverage: TEN_TIMES };
  const story = given(
    ...crisisFleet(crisisPolicy(rules), "2000", [ALICE, terms]),
    ...[...loan, ...held(ALICE, "0.7", "buy", TEN_TIMES), bet("400")],
  );
  expect(story.state.zone).toBe("yellow");
  // 1,300 are reserved of 1,783; 53.2 more that are put behind the position bring orange.
  story.given(marks("9700"));
  expect(story.state.zone).toBe("orange");
  expect(eventsOf(story, "PositionToppedUp")).toHaveLength(1);
  expect(eventsOf(story, "LoanRecallRequested")).toMatchObject([{ reason: "orange" }]);
  story.given(wait(RETRY), tick);
  expect(forcedOrders(story.state)).toEqual([]);
});
