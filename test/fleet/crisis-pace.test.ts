/** What a pace counts, for how long, and what of it is given back: to the last millisecond and the last unit. */
import { describe, expect, test } from "vitest";
import type { AgentId, Id } from "../../src/core/ids.ts";
import { ppm } from "../../src/core/ppm.ts";
import { millis } from "../../src/core/time.ts";
import { notePaced, noteUnsent, paceLeft, paceWhole } from "../../src/fleet/pacing.ts";
import type { FleetState, Order } from "../../src/fleet/state.ts";
import type { CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import { ALICE, BTC_PERP, coins, T0, usd } from "./cast.ts";
import { crisisFleet, crisisPolicy, eventsOf, forcedOrders, held } from "./crisis-cast.ts";
import { at, EVERY, FREE, fleet, HALVES, pace, RULES, step } from "./pace-cast.ts";
import { given, tick, wait } from "./spec.ts";
import { marks } from "./steps.ts";

const bitcoin = (state: FleetState) => {
  const market = state.markets.get(BTC_PERP);
  if (market === undefined) throw new Error("there is no such market");
  return market;
};
const leftAt = (state: FleetState, ms: number, depth = usd("1000")) =>
  paceLeft(state, bitcoin(state), depth, at(ms));

describe("a span", () => {
  test("PAC-010: goes on to its exact end, and the next one begins with what is sent then", () => {
    const state = fleet();
    notePaced(state, [step("sell", "0.01")], T0);
    notePaced(state, [step("sell", "0.02")], at(EVERY - 1));
    expect(state.crisis.paced.get(BTC_PERP)).toEqual({ since: T0, net: usd("300") });
    expect(leftAt(state, EVERY - 1)).toBe(coins("0.02"));
    expect(leftAt(state, EVERY)).toBe(coins("0.05"));
    notePaced(state, [step("sell", "0.01")], at(EVERY));
    expect(state.crisis.paced.get(BTC_PERP)).toEqual({ since: at(EVERY), net: usd("100") });
  });

  test("PAC-011: counts buys and sells net, and what is beyond it leaves nothing", () => {
    const state = fleet();
    notePaced(state, [step("sell", "0.02"), step("buy", "0.03")], T0);
    expect(state.crisis.paced.get(BTC_PERP)?.net).toBe(usd("-100"));
    expect(leftAt(state, 1)).toBe(coins("0.04"));
    // The book grew thinner: less than what went.
    expect(leftAt(state, 1, usd("100"))).toBe(0n);
  });

  test("PAC-012: does not count what crosses inside the fleet", () => {
    const state = fleet();
    notePaced(state, [step("sell", "0.03", { kind: "cross" }), step("buy", "0.01")], T0);
    expect(state.crisis.paced.get(BTC_PERP)?.net).toBe(usd("-100"));
  });

  test("PAC-013: half a pace is none, and what went before it is forgotten; the least pace is one", () => {
    for (const crisis of [...HALVES, FREE]) {
      const state = fleet(crisis);
      expect(paceWhole(state, bitcoin(state), usd("1000"))).toBeUndefined();
      state.crisis.paced.set(BTC_PERP, { since: T0, net: usd("100") });
      expect(leftAt(state, 1)).toBeUndefined();
      notePaced(state, [step("sell", "0.01")], at(1));
      expect(state.crisis.paced.size).toBe(0);
    }
    for (const least of [
      { ...pace, depth: ppm(1) },
      { ...pace, everyMs: 1 },
    ]) {
      const state = fleet({ ...RULES, pace: least });
      expect(paceWhole(state, bitcoin(state), usd("1000"))).toBeGreaterThan(0n);
    }
  });

  test("PAC-014: a million USDC at 10,000 are a hundred bitcoin to the unit", () => {
    const state = fleet();
    expect(paceWhole(state, bitcoin(state), usd("2000000"))).toBe(coins("100"));
  });
});

describe("what an order of a plan did not fill", () => {
  const RETRY = 2_000;
  const LATER = at(1_000_000_000);
  /** 0.05 at 9,900 went: 495 USDC of it, and its order is under way. */
  const sent = (crisis: CrisisPolicy = RULES) => {
    const story = given(
      ...crisisFleet(crisisPolicy(crisis), "1000", [ALICE, { cap: "950" }]),
      ...[...held(ALICE, "0.41"), marks("9900"), wait(300_000), tick],
    );
    const [order] = forcedOrders(story.state);
    const [plan] = eventsOf(story, "LiquidationPlanned");
    if (order === undefined || plan === undefined) throw new Error("nothing was sent");
    return { state: story.state, order: order as Order, now: story.now, plan };
  };
  const netOf = (state: FleetState) => state.crisis.paced.get(BTC_PERP)?.net;
  const callOf = (state: FleetState) => {
    const [call] = state.crisis.calls.values();
    if (call === undefined) throw new Error("nobody was called");
    return call;
  };

  test("PAC-018: is given back to the unit, and all that is filled is not", () => {
    for (const [filled, net] of [
      ["0.02", usd("198")],
      ["0.04999999", usd("495") - 99n],
    ] as const) {
      const { state, order, now } = sent();
      expect(netOf(state)).toBe(usd("495"));
      noteUnsent(state, { ...order, filled: coins(filled) }, now);
      expect(netOf(state)).toBe(net);
      expect(callOf(state).planAt).toBe(now + RETRY);
    }
    const { state, order, now, plan } = sent();
    noteUnsent(state, { ...order, filled: order.qty }, now);
    expect(netOf(state)).toBe(usd("495"));
    expect(callOf(state).planAt).toBe(plan.planAt);
  });

  test("PAC-019: is given back while the span runs in which it went, and not at its end", () => {
    const late = sent();
    noteUnsent(late.state, late.order, millis(late.now + EVERY));
    expect(netOf(late.state)).toBe(usd("495"));
    const last = sent();
    noteUnsent(last.state, last.order, millis(last.now + EVERY - 1));
    expect(netOf(last.state)).toBe(0n);
    // Its plan looks again anyway before the retry wait is over.
    expect(callOf(last.state).planAt).toBe(last.plan.planAt);
  });

  test("PAC-020: of a buy counts the other way, of an agent's own order nothing, without a pace nothing", () => {
    const { state, order, now } = sent();
    state.crisis.paced.set(BTC_PERP, { since: now, net: usd("-495") });
    noteUnsent(state, { ...order, side: "buy", filled: coins("0.02") }, now);
    expect(netOf(state)).toBe(usd("-198"));
    noteUnsent(state, { ...order, cause: "" as Id, span: undefined }, now);
    expect(netOf(state)).toBe(usd("-198"));
    state.crisis.paced.clear();
    noteUnsent(state, order, now);
    expect(state.crisis.paced.size).toBe(0);
    const free = sent(FREE);
    free.state.crisis.paced.set(BTC_PERP, { since: free.now, net: usd("495") });
    noteUnsent(free.state, free.order, free.now);
    expect(netOf(free.state)).toBe(usd("495"));
  });

  test("PAC-021: has the duty whose it was look again after the retry wait, and nobody later than it would", () => {
    for (const cause of ["orange", "trailing-stop"] as Id[]) {
      const looks = (planAt: number) => {
        const { state, order, now } = sent();
        const planned = millis(now + planAt);
        const duty = { planAt: planned, waitMs: 0, landsBy: millis(0), target: undefined };
        state.crisis.followed.set(cause, duty);
        callOf(state).planAt = LATER;
        noteUnsent(state, { ...order, cause }, now);
        expect(netOf(state)).toBe(0n);
        expect(callOf(state).planAt).toBe(LATER);
        return duty.planAt - now;
      };
      expect(looks(60_000)).toBe(RETRY);
      expect(looks(500)).toBe(500);
    }
  });

  test("PAC-022: leaves another's call as it was", () => {
    const { state, order, now } = sent();
    const eve = { ...callOf(state), call: "call-2" as Id, planAt: LATER };
    state.crisis.calls.set("eve" as AgentId, eve);
    state.crisis.live.add("eve" as AgentId);
    callOf(state).planAt = millis(now + 60_000);
    noteUnsent(state, order, now);
    expect(callOf(state).planAt).toBe(now + RETRY);
    expect(eve.planAt).toBe(LATER);
  });
});
