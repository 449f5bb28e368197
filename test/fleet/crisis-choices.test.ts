/** Which plan is taken and who is asked first, to the last one of its limits; and what a followed duty counts as coming. */
import { describe, expect, test } from "vitest";
import { type AgentId, agentId, FLEET } from "../../src/core/ids.ts";
import { formatMicro, micro, qty } from "../../src/core/money.ts";
import { percent, ppm } from "../../src/core/ppm.ts";
import { cascadeOf } from "../../src/fleet/cascade-input.ts";
import { needOf } from "../../src/fleet/margins.ts";
import { distressed } from "../../src/fleet/plan-facts.ts";
import { planFor } from "../../src/fleet/planning.ts";
import { question } from "../../src/fleet/question.ts";
import { type FleetState, keyOf } from "../../src/fleet/state.ts";
import { secondRound } from "../../src/liquidation/second-round.ts";
import type { CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import { ALICE, BOB, BTC_PERP, ETH_PERP, named, TEN_TIMES, usd } from "./cast.ts";
import {
  CALLS,
  crisisFleet,
  crisisPolicy,
  eventsOf,
  forcedOrders,
  held,
  plansOf,
  positionOf,
} from "./crisis-cast.ts";
import { weather } from "./risk-cases.ts";
import {
  answered,
  by,
  effectOf,
  given,
  REJECTED,
  reported,
  type Step,
  tick,
  wait,
} from "./spec.ts";
import { configured, deposited, done, fill, marks, order, stopSet } from "./steps.ts";

const EVE = "eve" as AgentId;
const RULES: CrisisPolicy = { ...CALLS, depth: usd("20000") };
const DISTRESS = { distress: { chance: percent(50), shock: percent(5) } };
const SELL_OFF = weather({ regime: "sell-off" });
const ETHER: readonly Step[] = [
  order(BOB, "o-eth", { market: "eth-perp", qty: "2.05", leverage: 5_000_000 }),
  reported(fill(BOB, "o-eth", "2.05", "1000"), done(BOB, "o-eth", "2.05")),
  reported(stopSet(BOB, ETH_PERP)),
];

describe("who is asked whether a plan forces them to sell", () => {
  /** Eve stands alone near her own call, beside bitcoin only or bitcoin and ether; the grace is over. */
  const fallen = (books: "bitcoin" | "both", crisis = RULES, ...more: readonly Step[]) => {
    const alone = [EVE, { cap: "110", mode: "isolated", maxLeverage: TEN_TIMES }] as const;
    const own: readonly Step[] =
      books === "both" ? [...held(ALICE, "0.205"), ...ETHER] : held(ALICE, "0.41");
    const agents =
      books === "both"
        ? ([
            [ALICE, { cap: "420" }],
            [BOB, { cap: "420" }],
          ] as const)
        : ([[ALICE, { cap: "1050" }]] as const);
    const story = given(
      ...crisisFleet(crisisPolicy(crisis), "1200", alone, ...agents),
      ...[...held(EVE, "0.1", "buy", TEN_TIMES), ...own, ...more],
      ...[marks("9468", "946.8"), wait(300_000)],
    );
    const { state } = story;
    const need = needOf(state, crisis, FLEET);
    if (need === undefined) throw new Error("nothing is needed");
    const input = question(state, FLEET, need, story.now);
    return { story, state, need, input };
  };
  type Fallen = ReturnType<typeof fallen>;
  const planned = ({ state, input, need }: Fallen, most = input) =>
    planFor(state, FLEET, most, need);

  /** So many positions in all, the rest of them of next to nothing. */
  const filled = (one: Fallen, count: number): Fallen => {
    const { state, story } = one;
    const eves = positionOf(story, EVE);
    if (eves === undefined) throw new Error("she holds nothing");
    for (let i = 0; state.positions.size < count; i += 1) {
      const agent = agentId(`x${i}`);
      state.positions.set(keyOf(agent, BTC_PERP), { ...eves, agent, qty: qty(1n) });
    }
    return one;
  };
  /** More who stand alone as Eve does. */
  const joined = (state: FleetState, name: string, size?: bigint): void => {
    const agent = agentId(name);
    const eve = state.agents.get(EVE);
    const held = state.positions.get(keyOf(EVE, BTC_PERP));
    if (eve === undefined || held === undefined) throw new Error("she holds nothing");
    state.agents.set(agent, { ...eve, agent });
    const position = { ...held, agent, qty: qty(size ?? held.qty) };
    state.positions.set(keyOf(agent, BTC_PERP), position);
  };

  test("KNO-010: nobody where there are more than 500 positions, and all where there are 500", () => {
    expect(planned(filled(fallen("bitcoin"), 500)).spared?.forced).toEqual([EVE]);
    for (const books of ["bitcoin", "both"] as const) {
      const many = planned(filled(fallen(books), 501));
      expect(many.spared).toBeUndefined();
      expect(many.plan?.status).toBe("restored");
    }
  });

  test("KNO-011: up to 32 who stand alone and hold something; the fleet's own agents are not counted", () => {
    const one = fallen("bitcoin");
    joined(one.state, "empty", 0n);
    for (let i = 2; i <= 32; i += 1) joined(one.state, `eve-${i}`);
    expect(planned(one).spared?.forced).toHaveLength(32);
    joined(one.state, "eve-33");
    expect(planned(one).spared).toBeUndefined();
  });

  test("KNO-012: another plan is looked for among 128 positions, and beyond it is only told", () => {
    const one = fallen("both");
    const { input } = one;
    const first = input.positions.find(({ isolated }) => isolated !== true);
    if (first === undefined) throw new Error("nothing is held");
    const among = (count: number) => {
      const positions = [...input.positions];
      const closable = positions.filter(({ isolated }) => isolated !== true).length;
      for (let i = closable; i < count; i += 1)
        positions.push({ ...first, id: `x${i}/btc-perp`, agent: `x${i}`, qty: 0n, margin: 0n });
      return planned(one, { ...input, positions });
    };
    expect(among(128).spared?.forced).toEqual([]);
    expect(among(129).spared?.forced).toEqual([EVE]);
    expect(among(129).plan?.steps).not.toEqual(among(128).plan?.steps);
  });

  test("KNO-013: nobody is asked in rough weather either, where they are too many", () => {
    const rough = () => fallen("both", { ...RULES, ...DISTRESS }, SELL_OFF);
    const expected = (count: number) => planned(filled(rough(), count)).rough?.made.expected ?? 0;
    const { state, input, need } = rough();
    const without = distressed(state, input, need, { proofNodes: 2_000 })?.made.expected;
    expect(expected(501)).toBe(without);
    expect(expected(500)).toBeGreaterThan(without ?? 0);
  });

  test("KNO-014: in rough weather the plan for two calls stays, and it is told whom it makes sell", () => {
    // The next call is so deep that her sales weigh less; in calm weather she would be spared among both.
    const deeper = { distress: { chance: percent(50), shock: percent(20) } };
    for (const books of ["bitcoin", "both"] as const) {
      const one = fallen(books, { ...RULES, ...deeper }, SELL_OFF);
      const { plan, rough, spared } = planned(one);
      expect(rough).toBeDefined();
      expect(plan).toBe(rough?.made.plan);
      expect(spared?.forced).toEqual([EVE]);
      expect(spared?.unspared).toBe((plan?.cost.total ?? 0) + (spared?.cost ?? 0));
    }
  });
});

test("KNO-015: a question that the planner refuses has no plan, and forces nobody", () => {
  for (const rule of [undefined, "pro-rata"] as const) {
    const rules = { ...CALLS, ...(rule === undefined ? {} : { closeBy: rule }) };
    const alone = [EVE, { cap: "110", mode: "isolated", maxLeverage: TEN_TIMES }] as const;
    const story = given(
      ...crisisFleet(crisisPolicy(rules), "1000", alone, [ALICE, { cap: "850" }]),
      ...[...held(EVE, "0.05", "buy", TEN_TIMES), ...held(ALICE, "0.41"), marks("9900")],
    );
    const need = needOf(story.state, rules, FLEET);
    if (need === undefined) throw new Error("nothing is needed");
    const input = question(story.state, FLEET, need, story.now);
    const refused = planFor(story.state, FLEET, { ...input, markets: [] }, need);
    expect(refused).toEqual({ plan: undefined, rough: undefined, spared: undefined });
  }
});

test("KNO-016: nobody is told of where nobody stands beside, though the fleet would sell again by itself", () => {
  const thin = { ...CALLS, depth: usd("50"), halfSpread: ppm(0) };
  const story = given(...one(thin), ...held(ALICE, "0.41"), marks("9900"));
  const { state } = story;
  const need = needOf(state, thin, FLEET);
  if (need === undefined) throw new Error("nothing is needed");
  const input = question(state, FLEET, need, story.now);
  const { plan, spared } = planFor(state, FLEET, { ...input, need: usd("10") }, need);
  if (plan === undefined) throw new Error("nothing was planned");
  const round = secondRound(cascadeOf(state, new Map(), { scope: FLEET, made: plan }), plan);
  expect(round.ok && round.value.forced).toEqual([FLEET]);
  expect(spared).toBeUndefined();
});

const one = (crisis: CrisisPolicy) =>
  crisisFleet(crisisPolicy(crisis), "1000", [ALICE, { cap: "950" }]);
const RETRY = 2_000;
const WITHIN = 300_000;
const deep = { depth: usd("1000000") };
const inTime = { ...deep, reduceWithinMs: WITHIN };
/** The venue filled nothing of the coordinator's orders. */
const ended: Step = (law) =>
  forcedOrders(law).map(({ agent, order: name }) => reported(done(agent, name, "0")));
const bet = (stake: string) =>
  by(ALICE, "PlaceBet", {
    ...{ bet: "b1", game: "dice", stake, params: {}, clientSeed: "seed-seed" },
  });
/** 400 behind 0.2 BTC, 100 behind an order, 300 in a bet: 800 of 998, and 101.4 must come free. */
const pending: readonly Step[] = [
  ...[...one(inTime), ...held(ALICE, "0.2")],
  ...[order(ALICE, "own", { qty: "0.05" }), bet("300")],
];

describe("what a followed duty counts as coming", () => {
  test("FOL-020: orders that are being cancelled, and no others", () => {
    const story = given(...pending);
    expect(story.state.zone).toBe("orange");
    expect(story.state.orders.get(keyOf(ALICE, named("own")))?.cancelling).toBe(true);
    // A cancel may come too late, so more than it brings was asked for when orange began.
    story.given(ended, wait(RETRY), tick);
    expect(plansOf(story, "orange")).toHaveLength(1);
    const kept = given(...pending, answered(effectOf("CancelOrder"), REJECTED));
    kept.given(ended, wait(RETRY), tick);
    expect(plansOf(kept, "orange")).toHaveLength(2);
  });

  test("FOL-021: a loan whose notice is all the time there is comes too late, one of a millisecond less in time", () => {
    const lent = (noticeMs: number) =>
      given(
        ...one({ ...inTime, recallLoans: true }),
        by(ALICE, "OpenLoan", {
          ...{ loan: "l1", asset: "USDC", amount: "200", minRate: 0, noticeMs },
        }),
        reported((law) => ({
          type: "loanOpened",
          loan: law.loans.get(keyOf(ALICE, named("l1")))?.name as never,
          ...{ rate: ppm(94_000), collateral: ppm(0) },
        })),
        ...[...held(ALICE, "0.1"), bet("400"), ended, wait(RETRY), tick],
      );
    expect(forcedOrders(lent(WITHIN).state)).toHaveLength(1);
    expect(forcedOrders(lent(WITHIN - 1).state)).toHaveLength(0);
  });
});

describe("a followed duty", () => {
  const stop = { ...deep, trailingStop: percent(15), trailingReduce: percent(50) };
  const hit = [...held(ALICE, "0.4"), marks("10300"), marks("9300")];

  test("FOL-022: rests where the rules have no time for orange any more", () => {
    const again = (rules: CrisisPolicy) => {
      const story = given(...one(inTime), ...held(ALICE, "0.2"), bet("400"), ended);
      // What loosens waits.
      story.given(configured(crisisPolicy(rules), "p2"), wait(60_000), tick, ended);
      const made = plansOf(story, "orange").length;
      story.given(wait(60_000), tick);
      expect(story.state.zone).toBe("orange");
      return plansOf(story, "orange").length - made;
    };
    expect(again(inTime)).toBe(1);
    expect(again(deep)).toBe(0);
  });

  test("FOL-023: closes what is more than a crumb, and leaves what is just one", () => {
    const left = (collateral: string) => {
      const story = given(...one(stop), ...hit);
      // 400 may stay reserved; 0.196 of 0.2 fill, and 8 are left to close.
      story.given((law) =>
        forcedOrders(law).map(({ agent, order: name }) =>
          reported(fill(agent, name, "0.196", "9300"), done(agent, name, "0.196")),
        ),
      );
      expect(story.state.reserved).toBe(usd("408"));
      // Half a per cent of the collateral is a crumb.
      story.given((law) => deposited(formatMicro(micro(usd(collateral) - law.collateral))));
      expect(story.state.collateral).toBe(usd(collateral));
      story.given(wait(RETRY), tick);
      return plansOf(story, "trailing-stop").length;
    };
    expect(left("1600")).toBe(1);
    expect(left("1599.9998")).toBe(2);
  });

  test("FOL-024: goes on while a call of the fleet is open: its grace is for what agents do, not for a stop", () => {
    const called = given(...one({ ...stop, ...CALLS }), ...hit, ended);
    called.given(marks("8600"));
    expect(eventsOf(called, "MarginCalled")).toMatchObject([{ agent: FLEET }]);
    expect(called.state.crisis.followed.size).toBe(1);
    called.given(wait(60_000), tick);
    expect(eventsOf(called, "MarginExpired")).toEqual([]);
    expect(forcedOrders(called.state)).toMatchObject([{ cause: "trailing-stop" }]);
  });
});
