/** What a pace counts, for how long, and what of it is given back: to the last millisecond and the last unit. */
import { describe, expect, test } from "vitest";
import type { AgentId, Id } from "../../src/core/ids.ts";
import { ZERO } from "../../src/core/money.ts";
import { ppm } from "../../src/core/ppm.ts";
import { millis } from "../../src/core/time.ts";
import { notePaced, noteUnsent, pacedBy, paceLeft, paceWhole } from "../../src/fleet/pacing.ts";
import type { FleetState, Order } from "../../src/fleet/state.ts";
import type { Plan, PlanInput } from "../../src/liquidation/plan-types.ts";
import type { LiquidationStep } from "../../src/protocol/crisis-facts.ts";
import type { CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import { ALICE, BTC_PERP, coins, ETH_PERP, T0, usd } from "./cast.ts";
import { CALLS, crisisFleet, crisisPolicy, eventsOf, forcedOrders, held } from "./crisis-cast.ts";
import { given, tick, wait } from "./spec.ts";
import { marks } from "./steps.ts";

const EVERY = 10_000;
const pace = { depth: ppm(500_000), everyMs: EVERY };
/** Half of 1,000 USDC in ten seconds: 0.05 BTC at 10,000, and half an ether. */
const RULES: CrisisPolicy = { ...CALLS, depth: usd("1000"), permanentShare: ppm(0), pace };
const { pace: _, ...FREE } = RULES;
const HALVES: readonly CrisisPolicy[] = [
  { ...RULES, pace: { ...pace, depth: ppm(0) } },
  { ...RULES, pace: { ...pace, everyMs: 0 } },
];

const fleet = (crisis: CrisisPolicy = RULES) =>
  given(...crisisFleet(crisisPolicy(crisis), "1000", [ALICE, { cap: "950" }])).state;
const step = (
  side: "buy" | "sell",
  size: string,
  more: Partial<LiquidationStep> = {},
): LiquidationStep => ({
  ...{ kind: "reduce", of: ALICE, market: BTC_PERP, side, qty: coins(size) },
  ...{ frees: ZERO, cost: ZERO, reason: "cheapest", because: "" },
  ...more,
});
const at = (ms: number) => millis(T0 + ms);
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

describe("a plan that is short", () => {
  const LONG = { agent: "alice", market: BTC_PERP as string, margin: 0n, tier: 1 };
  const own = { ...LONG, id: "alice/btc-perp", qty: coins("0.4") };
  const asked = (positions: PlanInput["positions"], lot: bigint = coins("0.001")): PlanInput => ({
    need: 1n,
    positions,
    markets: [{ id: BTC_PERP, mark: 1n, lot, permanent: 0, temporary: 0, fee: 0, halfSpread: 0 }],
  });
  const free = { temporary: 0, permanent: 0, secondRound: 0, fees: 0, funding: 0, hedge: 0 };
  const short = (size: bigint, untouched: Plan["untouched"] = []): Plan => ({
    ...{ status: "short", need: 1n, freed: 0n, shortfall: 1n, over: 0n, lowerBound: 0, gap: 0 },
    ...{ proof: "exact", shadowPrice: 0, alternatives: [], cost: { total: 0, ...free }, untouched },
    steps: [
      {
        ...{ kind: "reduce", position: own.id, agent: "alice", market: BTC_PERP, side: "sell" },
        ...{ qty: size, lots: 1n, frees: 0n, cost: 0, reason: "cheapest", because: "" },
      },
    ].filter((one) => one.qty > 0n) as Plan["steps"],
  });
  const shut: Plan["untouched"] = [{ id: own.id, reason: "pace" }];

  test("PAC-015: goes on when the first of the spans of its markets ends, or a span later where none runs", () => {
    const state = fleet();
    const goesOn = (ms: number) => pacedBy(state, asked([own]), short(0n, shut), at(ms));
    expect(goesOn(0)).toBe(at(EVERY));
    notePaced(state, [step("sell", "0.01")], at(3_000));
    notePaced(state, [step("sell", "0.1", { market: ETH_PERP })], T0);
    expect(goesOn(4_000)).toBe(at(EVERY));
    expect(goesOn(EVERY - 1)).toBe(at(EVERY));
    expect(goesOn(EVERY)).toBe(at(EVERY + 3_000));
    expect(goesOn(EVERY + 3_000)).toBe(at(2 * EVERY + 3_000));
  });

  test("PAC-016: waits for no span where it was short for other reasons", () => {
    const state = fleet();
    const paced = (made: Plan, input = asked([own]), law = state) => pacedBy(law, input, made, T0);
    expect(paced(short(0n))).toBeUndefined();
    expect(paced(short(0n, [{ id: own.id, reason: "later-tier" }]))).toBeUndefined();
    expect(paced({ ...short(0n, shut), status: "restored" })).toBeUndefined();
    expect(paced(short(0n, shut), asked([own]), fleet(FREE))).toBeUndefined();
    for (const half of HALVES)
      expect(paced(short(0n, shut), asked([own]), fleet(half))).toBeUndefined();
    expect(paced(short(own.qty))).toBeUndefined();
    expect(paced(short(coins("0.1")), asked([{ ...own, maxQty: coins("0.1") }]))).toBeUndefined();
  });

  test("PAC-017: was held up where a whole lot of what it takes is left", () => {
    const state = fleet();
    const paced = (done: string) => pacedBy(state, asked([own]), short(coins(done)), T0);
    expect(paced("0.1")).toBe(at(EVERY));
    expect(paced("0.399")).toBe(at(EVERY));
    expect(paced("0.39900001")).toBeUndefined();
    expect(pacedBy(state, asked([{ ...own, qty: 3n }], 1n), short(1n), T0)).toBe(at(EVERY));
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
