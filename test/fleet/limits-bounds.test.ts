/** Bounds to the unit: what holds at exactly a limit, and no longer one millionth beside it. */
import { describe, expect, test } from "vitest";
import { FLEET } from "../../src/core/ids.ts";
import { ppm } from "../../src/core/ppm.ts";
import { hedgesOf } from "../../src/fleet/hedges.ts";
import { callCause, isEased, marginOf } from "../../src/fleet/margins.ts";
import type { CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import { ALICE, BTC_PERP, ETH_PERP, TEN_TIMES } from "./cast.ts";
import { CALLS, crisisFleet, crisisPolicy, eventsOf, held } from "./crisis-cast.ts";
import { given, reported, type Step } from "./spec.ts";
import { done, fill, marks, order, stopSet } from "./steps.ts";

const one = (crisis: CrisisPolicy): readonly Step[] =>
  crisisFleet(crisisPolicy(crisis), "1000", [ALICE, { cap: "950", maxLeverage: TEN_TIMES }]);
const tenTimes = (crisis: CrisisPolicy): readonly Step[] => [
  ...one(crisis),
  ...held(ALICE, "0.1", "buy", TEN_TIMES),
];
const levels = (crisis: CrisisPolicy, ...prices: readonly string[]) =>
  eventsOf(
    given(...tenTimes(crisis), ...prices.map((price) => marks(price))),
    "PositionStopped",
  ).map(({ level }) => level);

describe("exactly at the limit", () => {
  test("LIM-601: a soft stop is told below it, and past at its end", () => {
    // At 9,600: 60 behind 960, 125 % of 48.
    expect(levels({ softStop: ppm(1_250_000) }, "9600")).toEqual([]);
    expect(levels({ softStop: ppm(1_250_001) }, "9600")).toEqual(["soft"]);
    const clear = (hysteresis: number) =>
      levels({ softStop: ppm(1_200_000), hysteresis: ppm(hysteresis) }, "9500", "9600");
    expect(clear(50_000)).toEqual(["soft", "clear"]);
    expect(clear(50_001)).toEqual(["soft"]);
  });

  test("LIM-602: an alert and a call begin at their ratio, and a call is eased below it", () => {
    const alerts = (at: number) => {
      const story = given(...one({ alerts: [ppm(at)] }), ...held(ALICE, "0.3"));
      return eventsOf(story, "MaintenanceAlert").length;
    };
    // 150 of 997, rounded up.
    expect([alerts(150_452), alerts(150_453)]).toEqual([1, 0]);
    const { state } = given(...one(CALLS), ...held(ALICE, "0.3"));
    expect(marginOf(state, FLEET).maintenanceRatio).toBe(150_452);
    const cause = (at: number) => callCause(state, { ...CALLS, callAt: ppm(at) }, FLEET);
    expect([cause(150_452), cause(150_453)]).toEqual(["maintenance", undefined]);
    const eased = (at: number) =>
      isEased(state, { ...CALLS, callAt: ppm(at), hysteresis: ppm(50_000) }, FLEET);
    expect([eased(200_452), eased(200_453)]).toEqual([false, true]);
  });

  test("LIM-603: a trailing stop is hit by a loss of exactly its part", () => {
    // 1 of fee and 49 of loss from 1,000.
    const hits = (stop: number) =>
      eventsOf(
        given(...one({ trailingStop: ppm(stop) }), ...held(ALICE, "0.1"), marks("9510")),
        "TrailingStopHit",
      ).length;
    expect([hits(50_000), hits(50_001)]).toEqual([1, 0]);
  });

  test("LIM-604: legs are a hedge up to a net of exactly the bound", () => {
    // Long 1,000 and short 600: a net of 400 of 1,600.
    const hedges = (bound: number) => {
      const { state } = given(
        ...one({ adl: { hedge: "tell", hedgeBound: ppm(bound) } }),
        ...held(ALICE, "0.1"),
        order(ALICE, "eth", { market: "eth-perp", side: "sell", qty: "0.6" }),
        reported(fill(ALICE, "eth", "0.6", "1000"), done(ALICE, "eth", "0.6")),
        reported(stopSet(ALICE, ETH_PERP)),
      );
      return hedgesOf(state, BTC_PERP, [{ of: ALICE }]).map(({ agent }) => agent);
    };
    expect(hedges(250_000)).toEqual([ALICE, FLEET]);
    expect(hedges(249_999)).toEqual([]);
  });
});
