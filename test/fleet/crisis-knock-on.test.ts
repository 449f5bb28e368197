/** Plans of the fleet and agents that stand alone beside it: their marks move too, and some would have to sell. */
import { describe, expect, test } from "vitest";
import { must } from "../../src/core/assert.ts";
import { type AgentId, FLEET } from "../../src/core/ids.ts";
import { percent } from "../../src/core/ppm.ts";
import { needOf } from "../../src/fleet/margins.ts";
import { planFor, roundsFor } from "../../src/fleet/planning.ts";
import { flatPosition } from "../../src/fleet/positions.ts";
import { question } from "../../src/fleet/question.ts";
import { keyOf } from "../../src/fleet/state.ts";
import type { CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import { ALICE, BOB, BTC_PERP, ETH_PERP, TEN_TIMES, usd } from "./cast.ts";
import { CALLS, crisisFleet, crisisPolicy, eventsOf, held } from "./crisis-cast.ts";
import { weather } from "./risk-cases.ts";
import { given, reported, type Step, type Story, tick, wait } from "./spec.ts";
import { done, fill, marks, order, stopSet } from "./steps.ts";

const EVE = "eve" as AgentId;
const RULES: CrisisPolicy = { ...CALLS, depth: usd("20000") };

/** Eve stands alone at 10x, the others in the fleet's own books at 5x. */
const founded = (crisis: CrisisPolicy, cap: string, btc = "420"): readonly Step[] =>
  crisisFleet(
    crisisPolicy(crisis),
    "1200",
    [EVE, { cap, mode: "isolated", maxLeverage: TEN_TIMES }],
    [ALICE, { cap: btc }],
    ...(btc === "420" ? [[BOB, { cap: "420" }] as const] : []),
  );
const EVES = held(EVE, "0.1", "buy", TEN_TIMES);
const ETHER: readonly Step[] = [
  order(BOB, "o-eth", { market: "eth-perp", qty: "2.05", leverage: 5_000_000 }),
  reported(fill(BOB, "o-eth", "2.05", "1000"), done(BOB, "o-eth", "2.05")),
  reported(stopSet(BOB, ETH_PERP)),
];
const BOTH = [...held(ALICE, "0.205"), ...ETHER];
const fallen: readonly Step[] = [marks("9468", "946.8"), wait(300_000), tick];
const called = (cap: string, crisis = RULES, ...more: readonly Step[]): Story =>
  given(...founded(crisis, cap), ...EVES, ...BOTH, ...more, ...fallen);
const planOf = (story: Story) => {
  const [plan] = eventsOf(story, "LiquidationPlanned");
  if (plan === undefined) throw new Error("nothing was planned");
  return plan;
};

describe("a plan and who stands alone", () => {
  const near = planOf(called("110"));
  const free = planOf(called("300"));
  const sold = ({ steps }: typeof near, of: AgentId): bigint =>
    steps.filter((step) => step.of === of).reduce((sum, { qty }) => sum + qty, 0n);

  test("KNO-001: an agent near its own call is spared, for less than its sales would have cost", () => {
    expect(near.knockOn).toMatchObject({ cost: 0n, of: [] });
    expect(near.cost).toBeGreaterThan(free.cost);
    expect(near.cost).toBeLessThan(near.knockOn?.unspared ?? 0n);
    expect(sold(near, ALICE)).toBeLessThan(sold(free, ALICE));
    expect(sold(near, BOB)).toBeGreaterThan(sold(free, BOB));
    expect(near).toMatchObject({ status: "restored", need: free.need });
    // The bound is the cheapest plan's own, so the gap says what sparing costs.
    expect(near.lowerBound).toBe(free.lowerBound);
    expect(near.gap).toBeGreaterThan(0);
    for (const { cost } of near.alternatives) expect(cost).toBeGreaterThanOrEqual(near.cost);
  });

  test("KNO-002: one with room to its call is told of nothing, and its position counts as marked down", () => {
    expect(free.knockOn).toBeUndefined();
    expect(sold(free, EVE)).toBe(0n);
    // Two books alike: bitcoin is dearer to sell only for what stands there beside.
    expect(sold(free, ALICE) * 10n).toBeLessThan(sold(free, BOB));
    const without = planOf(
      given(...founded(RULES, "300"), ...BOTH, marks("8900", "890"), wait(300_000), tick),
    );
    expect(sold(without, ALICE) * 10n).toBe(sold(without, BOB));
  });

  test("KNO-003: where nothing else can be closed it is told whom the plan makes sell, and at what cost", () => {
    const plan = planOf(
      given(...founded(RULES, "110", "1050"), ...EVES, ...held(ALICE, "0.41"), ...fallen),
    );
    expect(plan.steps.map(({ of }) => of)).toEqual([ALICE]);
    expect(plan.knockOn?.of).toEqual([EVE]);
    expect(plan.knockOn?.cost).toBeGreaterThan(0n);
    // Each rounded up.
    const parts = (plan.knockOn?.cost ?? 0n) + plan.cost;
    expect([parts, parts - 1n]).toContain(plan.knockOn?.unspared);
  });

  test("KNO-004: in rough weather the candidates for two calls are weighed with it too", () => {
    const rules = { ...RULES, distress: { chance: percent(50), shock: percent(5) } };
    const rough = weather({ regime: "sell-off" });
    const [both, single] = ["110", "300"].map((cap) => planOf(called(cap, rules, rough)));
    expect(both?.distress).toBeDefined();
    expect(both?.distress?.expected).toBeLessThanOrEqual(both?.distress?.alone ?? 0n);
    expect(both?.distress?.alone).toBeGreaterThan(single?.distress?.alone ?? 0n);
  });

  test("KNO-008: positions that are closed count for nothing: whom a plan forces is asked for ever", () => {
    const { state, now } = given(...founded(RULES, "110"), ...EVES, ...BOTH, ...fallen.slice(0, 1));
    for (let i = 0; i < 600; i += 1) {
      const gone = `gone-${i}` as AgentId;
      state.positions.set(keyOf(gone, BTC_PERP), flatPosition(gone, BTC_PERP));
    }
    const need = must(needOf(state, RULES, FLEET), "the fleet is called");
    const input = question(state, FLEET, need, now);
    expect(planFor(state, FLEET, input, need).spared?.unspared).toBeGreaterThan(0);
  });

  test("KNO-009: a turn looks at each holding so often at most, and says where sales had not ended by then", () => {
    const asked = (cap: string, weathered: readonly Step[], rounds?: () => number) => {
      const rules = { ...RULES, distress: { chance: percent(50), shock: percent(5) } };
      const before = [...founded(rules, cap), ...EVES, ...BOTH, ...weathered];
      const { state, now } = given(...before, ...fallen.slice(0, 1));
      const need = must(needOf(state, RULES, FLEET), "the fleet is called");
      return planFor(state, FLEET, question(state, FLEET, need, now), need, rounds);
    };
    const rough = [weather({ regime: "sell-off" })];
    const once = () => 1;
    for (const weathered of [[], rough]) {
      // Eve's sales move the mark, so that one look does not see their end.
      const cut = asked("110", weathered, once);
      expect([cut.unsettled, cut.spared, cut.plan?.status]).toEqual([1, undefined, "restored"]);
      expect(asked("110", weathered).unsettled).toBeUndefined();
      // Nobody sells: one look is enough.
      expect(asked("300", weathered, once).unsettled).toBeUndefined();
    }
    const nobody = { id: "x", units: [], cash: 0, debt: 0, limit: 1 };
    const most = [
      [0, 0],
      [2, 10],
      [33, 150],
      [33, 500],
    ].map(([agents, assets]) =>
      roundsFor({
        agents: Array.from({ length: agents ?? 0 }, () => nobody),
        assets: Array.from({ length: assets ?? 0 }, () => ({ id: "a", price: 1, impact: 0 })),
        ...{ shock: [], form: "linear" },
      }),
    );
    expect(most).toEqual([100_000, 5_000, 20, 20]);
  });
});
