/** Corners of duties, calls and pace where more than one thing happens at once; each was once got wrong. */
import { describe, expect, test } from "vitest";
import type { AgentId } from "../../src/core/ids.ts";
import { percent, ppm } from "../../src/core/ppm.ts";
import { marginOf } from "../../src/fleet/margins.ts";
import { keyOf } from "../../src/fleet/state.ts";
import type { CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import { ALICE, named, POLICY, TEN_TIMES, usd } from "./cast.ts";
import {
  CALLS,
  crisisFleet,
  crisisPolicy,
  ended,
  eventsOf,
  forcedFill,
  forcedOrders,
  held,
  plansOf,
} from "./crisis-cast.ts";
import { by, given, ops, reported, type Step, type Story, tick, wait } from "./spec.ts";
import { deposited, done, marks, order } from "./steps.ts";

const EVE = "eve" as AgentId;
const one = (crisis: CrisisPolicy, cap = "950", deposit = "1000") =>
  crisisFleet(crisisPolicy(crisis), deposit, [ALICE, { cap }]);
const RETRY = 2_000;
const bet = (stake = "400", name = "b1") =>
  by(ALICE, "PlaceBet", {
    ...{ bet: name, game: "dice", stake, params: {}, clientSeed: "seed-seed" },
  });
const deep = { depth: usd("1000000") };

describe("orange", () => {
  test("FOL-008: one whose cancel came too late closes after the retry wait, not at its own deadline", () => {
    // The order that brings orange is the pending one that is cancelled, and it fills first.
    const story = given(...one({ ...deep, reduceWithinMs: 300_000 }), ...held(ALICE, "0.38"));
    expect(story.state.zone).toBe("orange");
    story.given(wait(RETRY - 1), marks("10000"));
    expect(plansOf(story, "orange")).toEqual([]);
    story.given(wait(1), tick);
    expect(plansOf(story, "orange").length).toBeGreaterThan(0);
  });

  test("FOL-009: one that finds nothing that may be sent is followed until something may", () => {
    const pace = { depth: ppm(500_000), everyMs: 60_000 };
    const rule = { depth: usd("1000"), permanentShare: ppm(0), reduceWithinMs: 300_000, pace };
    const story = given(...one(rule), ...held(ALICE, "0.2"), bet("397"), forcedFill());
    expect(story.state.zone).toBe("yellow");
    story.given(wait(RETRY), bet("53", "b2"));
    expect(story.state.zone).toBe("orange");
    const made = plansOf(story, "orange").length;
    for (let i = 0; i < 3; i += 1) story.given(wait(60_000), tick);
    expect(plansOf(story, "orange").length).toBeGreaterThan(made);
  });

  test("FOL-010: a loan that lands after the time of orange stands for nothing, one that lands in it does", () => {
    const lent = (noticeMs: number) =>
      given(
        ...one({ ...deep, recallLoans: true, reduceWithinMs: 300_000 }),
        by(ALICE, "OpenLoan", {
          ...{ loan: "l1", asset: "USDC", amount: "200", minRate: 0, noticeMs },
        }),
        reported((law) => ({
          type: "loanOpened",
          loan: law.loans.get(keyOf(ALICE, named("l1")))?.name as never,
          ...{ rate: ppm(94_000), collateral: ppm(0) },
        })),
        ...[...held(ALICE, "0.1"), bet(), ended(), wait(RETRY), tick],
      );
    const [late, soon] = [lent(86_400_000), lent(60_000)];
    for (const { state } of [late, soon]) expect(state.zone).toBe("orange");
    expect(forcedOrders(late.state)).toHaveLength(1);
    expect(forcedOrders(soon.state)).toHaveLength(0);
  });
});

test("FOL-011: a trailing stop whose need is under way for orange is followed when orange is over", () => {
  const stop = { trailingStop: percent(5), trailingReduce: percent(5) };
  const story = given(...one({ ...deep, ...stop, reduceWithinMs: 300_000 }), ...held(ALICE, "0.2"));
  story.given(bet(), marks("9700"));
  expect(story.state.mode).toBe("reduce");
  expect(plansOf(story, "trailing-stop")).toMatchObject([{ steps: [] }]);
  story.given(ended(), deposited("1000"), wait(RETRY), tick);
  expect(forcedOrders(story.state)).toMatchObject([{ cause: "trailing-stop" }]);
});

test("FOL-012: what closes for orange does not wait by the patience of a call that is over", () => {
  const patience = {
    ...{ withinMs: 600_000, recovery: percent(100), premium: percent(10) },
    ...{ shock: percent(3), most: percent(90) },
  };
  const volatility = {
    target: percent(200),
    sampleMs: 30_000,
    windowMs: 600_000,
    step: percent(5),
  };
  const thin = { ...CALLS, depth: usd("2000"), halfSpread: ppm(0), volatility, patience };
  const swings = ["10000", "9850", "9900"].flatMap((at) => [marks(at), wait(60_000)]);
  const story = given(
    ...one({ ...thin, reduceWithinMs: 60_000 }, "990", "1100"),
    ...held(ALICE, "0.2"),
  );
  story.given(...swings, bet("340"), marks("8800"));
  expect(eventsOf(story, "MarginCalled")).toHaveLength(1);
  story.given(deposited("200"), marks("9900"), wait(60_000));
  expect(eventsOf(story, "MarginCured")).toHaveLength(1);
  story.given(bet("230", "b2"));
  expect(story.state.zone).toBe("orange");
  const [plan] = plansOf(story, "orange");
  expect(plan?.waiting).toBeUndefined();
  expect(plan?.steps.length).toBeGreaterThan(0);
});

describe("a pace", () => {
  const pace = { depth: ppm(500_000), everyMs: 60_000 };
  const rule = { ...CALLS, depth: usd("1000"), permanentShare: ppm(0), pace };
  const called = () =>
    given(...one(rule), ...held(ALICE, "0.41"), marks("9900"), wait(300_000), tick);
  test("PAC-005: what an order did not fill is given back, and asked for again after the retry wait", () => {
    const story = called().given(ended());
    expect(story.state.crisis.paced.get("btc-perp" as never)?.net).toBe(0n);
    story.given(wait(RETRY), tick);
    expect(forcedOrders(story.state)).toMatchObject([{ qty: 5_000_000n }]);
    const half = called().given(ended("0.025"));
    half.given(wait(RETRY), tick);
    expect(forcedOrders(half.state)).toMatchObject([{ qty: 2_500_000n }]);
  });

  test("PAC-006: an order of another cause gives nothing back", () => {
    const story = called();
    const before = story.state.crisis.paced.get("btc-perp" as never)?.net;
    story.given(
      by(ALICE, "PlaceOrder", {
        ...{ order: "own", market: "btc-perp", side: "sell", qty: "0.1", reduceOnly: true },
      }),
    );
    story.given(reported(done(ALICE, "own", "0", "cancelled")));
    expect(story.state.crisis.paced.get("btc-perp" as never)?.net).toBe(before);
  });
});

describe("an isolated agent's own call", () => {
  const rules = { ...CALLS, depth: usd("20000") };
  const alone = (deposit: string, ...beside: readonly Step[]) =>
    given(
      ...crisisFleet(
        crisisPolicy(rules),
        deposit,
        [EVE, { cap: "150", mode: "isolated", maxLeverage: TEN_TIMES }],
        [ALICE, { cap: "800" }],
      ),
      ...[...held(EVE, "0.1", "buy", TEN_TIMES), ...beside],
      ...[marks("9000"), wait(300_000), tick],
    );
  test("KNO-006: closes what its own target needs, whatever others hold beside", () => {
    const steps = (story: Story) =>
      eventsOf(story, "LiquidationPlanned").filter(({ agent }) => agent === EVE)[0]?.steps;
    const its = steps(alone("2000"));
    expect(its?.length).toBe(1);
    for (const side of ["buy", "sell"] as const)
      expect(steps(alone("20000", ...held(ALICE, "0.39", side)))).toEqual(its);
  });

  test("KNO-007: plans for what its open order does not free, however rich the fleet", () => {
    const open = (deposit: string) => {
      const story = alone(deposit).given(wait(5_000), marks("8700"), tick);
      return forcedOrders(story.state).reduce((sum, { qty }) => sum + qty, 0n);
    };
    expect(open("100000")).toBe(open("2000"));
  });
});

describe("an isolated agent that the coordinator itself cuts", () => {
  const rung = { drawdown: percent(10), keeps: percent(20) };
  const losing = (rules: CrisisPolicy, prices: readonly string[], deposit = "1500") =>
    given(
      ...crisisFleet(crisisPolicy({ ...CALLS, ...rules }), deposit, [
        EVE,
        { cap: "1000", mode: "isolated" },
      ]),
      ...[...held(EVE, "0.2"), ...prices.map((price) => marks(price))],
    );
  const equityOfEve = ({ state }: Story) => marginOf(state, EVE).equity;

  test("KNO-031: a rung of the ladder takes what it may yet use, and calls nobody", () => {
    const story = losing({ drawdownLadder: [rung] }, ["9400"]);
    expect(eventsOf(story, "DrawdownCut")).toMatchObject([{ agent: EVE, cap: usd("200") }]);
    expect(eventsOf(story, "MarginCalled")).toEqual([]);
    // The loss of 120 and its fee of 2, of the 1,000 that it was lent.
    expect(equityOfEve(story)).toBe(usd("878"));
    story.given(wait(300_000), tick, marks("9390"));
    expect(forcedOrders(story.state)).toEqual([]);
    story.when(order(EVE, "more", { qty: "0.02" })).refused("cap_exceeded");
  });

  test("KNO-032: lost cover takes what is unused, and calls nobody", () => {
    const story = losing({ cutOnShortfall: true }, ["7600"], "1100");
    expect(story.state.agents.get(EVE)?.delegation?.cap).toBeLessThan(usd("1000"));
    expect(equityOfEve(story)).toBe(usd("518"));
  });

  test("KNO-033: its own loss calls it as without the ladder; a raise gives back what was withheld first", () => {
    const calls = [{ drawdownLadder: [rung] }, {}].map((rules) =>
      eventsOf(losing(rules, ["9400", "5180"]), "MarginCalled").map(({ equity }) => equity),
    );
    expect(calls[0]).toEqual([usd("34")]);
    expect(calls[1]).toEqual(calls[0]);
    const story = losing({ drawdownLadder: [rung] }, ["9400"]);
    story.given(ops("Raise", { agent: EVE, cap: "220" }), wait(POLICY.raiseDelayMs), tick);
    expect(story.state.agents.get(EVE)?.delegation).toMatchObject({
      cap: usd("220"),
      withheld: usd("780"),
    });
  });
});

test("PLN-321: a fleet that owes more than it has plans no second time for what is all under way", () => {
  const story = given(
    ...[...one(CALLS), ...held(ALICE, "0.4"), marks("7000"), wait(300_000), tick],
  );
  expect(story.state.collateral).toBeLessThan(0n);
  const made = plansOf(story, "call-1").length;
  for (let i = 0; i < 3; i += 1) story.given(wait(60_000), tick);
  expect(plansOf(story, "call-1")).toHaveLength(made);
});
