/** Explanations of margin calls and of agents: gathered from the journal, plans asked of the planner again. */
import pc from "picocolors";
import { describe, expect, test } from "vitest";
import type { AgentId } from "../../src/core/ids.ts";
import { percent, ppm } from "../../src/core/ppm.ts";
import { AgentStory } from "../../src/fleet/explain-agent.ts";
import { CallStory } from "../../src/fleet/explain-liquidation.ts";
import { emptyState } from "../../src/fleet/state.ts";
import { foldTurn } from "../../src/fleet/turn.ts";
import type { CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import { explanationLines } from "../../src/surface/cli/explain-text.ts";
import { ALICE, BOB, DEMO, ETH_PERP, TEN_TIMES, usd } from "./cast.ts";
import { CALLS, crisisFleet, crisisPolicy, eventsOf, forcedFill, held } from "./crisis-cast.ts";
import { weather } from "./risk-cases.ts";
import { by, given, reported, type Step, type Story, tick, wait } from "./spec.ts";
import { done, fill, marks, order, stopSet } from "./steps.ts";

const PLAIN = pc.createColors(false);
const near = [
  ...crisisFleet(crisisPolicy(CALLS), "1000", [ALICE, { cap: "1000" }]),
  ...held(ALICE, "0.41"),
];
const expired = [...near, marks("9900"), wait(300_000), tick];

/** Folds a story's journal from its beginning, telling each turn before it is folded. */
function read(story: Pick<Story, "journal">, call: string, agent = ALICE) {
  const state = emptyState(DEMO);
  const told = new CallStory(call);
  const own = new AgentStory(agent);
  for (const { turn, place } of story.journal) {
    told.take(state, turn, place);
    own.take(turn, place);
    foldTurn(state, turn, place);
  }
  return { call: told.told(), agent: own.told(state), state };
}

describe("a margin call", () => {
  test("EXL-001: is told from call to end, with orders, fills, fees and what was realized", () => {
    const { call } = read(given(...expired, forcedFill("9900")), "call-1");
    expect(call?.phases.map(({ type }) => type)).toEqual([
      ...["MarginCalled", "MarginExpired", "MarginResolved"],
    ]);
    expect(call).toMatchObject({ agent: "fleet", outcome: { orders: 1, fills: 1, crosses: 0 } });
    // 0.148 BTC at 9,900 from 10,000.
    expect(call?.outcome).toMatchObject({ realized: "-14.8", fees: "1.4652" });
    expect(call?.phases[0]?.facts).toMatchObject({ need: "294.805955", cause: "utilization" });
  });

  test("EXL-002: every plan has each step's reason, the simple rules' costs, and is planned again alike", () => {
    const { call } = read(given(...expired), "call-1");
    const [plan] = call?.plans ?? [];
    expect(plan).toMatchObject({ reproduced: true, status: "restored", gap: "0.00 %" });
    expect(plan?.steps).toMatchObject([{ kind: "reduce", agent: ALICE, reason: "marginal" }]);
    expect(plan?.steps[0]?.because).not.toBe("");
    const rules = plan?.alternatives.map(({ rule }) => rule);
    expect(rules).toEqual(expect.arrayContaining(["smallest-first", "pro-rata"]));
    for (const { times } of plan?.alternatives ?? [])
      expect(Number(times)).toBeGreaterThanOrEqual(1);
    expect(Number(plan?.shadowPrice)).toBeGreaterThan(0);
    expect(Number(plan?.parts?.["total"])).toBeCloseTo(Number(plan?.cost), 5);
  });

  test("EXL-004: a plan that weighs the next call, and one that waits, are planned again alike too", () => {
    const fallen = (crisis: CrisisPolicy, ...more: readonly Step[]) =>
      given(
        ...crisisFleet(crisisPolicy(crisis), "1000", [ALICE, { cap: "1000" }]),
        ...[...held(ALICE, "0.41"), ...more, marks("9900"), wait(300_000), tick],
      );
    const two = (crisis: CrisisPolicy) =>
      given(
        ...crisisFleet(
          crisisPolicy(crisis),
          "1000",
          [ALICE, { cap: "450" }],
          [BOB, { cap: "450" }],
        ),
        ...[...held(ALICE, "0.205"), weather({ regime: "sell-off" })],
        order(BOB, "o-eth", { market: "eth-perp", qty: "2.05", leverage: 5_000_000 }),
        reported(fill(BOB, "o-eth", "2.05", "1000"), done(BOB, "o-eth", "2.05")),
        ...[reported(stopSet(BOB, ETH_PERP)), marks("10000", "1000"), wait(60_000)],
        ...[marks("9750", "1000"), wait(300_000), tick],
      );
    const deep = { ...CALLS, depth: usd("500000"), halfSpread: ppm(0) };
    const rough = two({ ...deep, distress: { chance: percent(50), shock: percent(10) } });
    const [weighed] = eventsOf(rough, "LiquidationPlanned");
    // For the next call more of the other market goes now: planned alone it would be other steps.
    expect(weighed?.distress).toBeDefined();
    expect(weighed?.steps).not.toEqual(eventsOf(two(deep), "LiquidationPlanned")[0]?.steps);
    const patience = {
      ...{ withinMs: 600_000, recovery: percent(100), premium: percent(10) },
      ...{ shock: percent(3), most: percent(90) },
    };
    const volatility = { target: ppm(1), sampleMs: 1, windowMs: 1_000, step: ppm(1) };
    const waits = { ...CALLS, depth: usd("20000"), patience, volatility };
    const patient = fallen(waits, ...[marks("10000"), wait(1_000), marks("9950"), wait(1_000)]);
    const plans = [rough, patient].map((story) => read(story, "call-1").call?.plans[0]);
    expect(plans.map((plan) => plan?.reproduced)).toEqual([true, true]);
    expect(plans[1]).toMatchObject({ more: 1, steps: [], waiting: { steps: 1 } });
    const { expected, atOnce } = plans[1]?.waiting ?? {};
    expect(Number(expected)).toBeLessThan(Number(atOnce));
  });

  test("EXL-005: what a trailing stop closes is planned again alike, its parts its cost", () => {
    const fleet = crisisFleet(
      crisisPolicy({ trailingStop: percent(15), trailingReduce: percent(50) }),
      ...(["1000", [ALICE, { cap: "950" }]] as const),
    );
    const story = given(...fleet, ...held(ALICE, "0.3"), marks("10300"), marks("9700"));
    const [plan] = read(story, "trailing-stop").call?.plans ?? [];
    expect(plan).toMatchObject({ reproduced: true, need: "300" });
    expect(Number(plan?.parts?.["total"])).toBeCloseTo(Number(plan?.cost), 5);
  });

  test("EXL-006: a plan that spares who stands alone, and one that is paced, are planned again alike, and told in words", () => {
    const EVE = "eve" as AgentId;
    const story = (rules: CrisisPolicy, cap: string) =>
      given(
        ...crisisFleet(
          crisisPolicy(rules),
          "1200",
          [EVE, { cap, mode: "isolated", maxLeverage: TEN_TIMES }],
          [ALICE, { cap: "420" }],
          [BOB, { cap: "420" }],
        ),
        ...[...held(EVE, "0.1", "buy", TEN_TIMES), ...held(ALICE, "0.205")],
        order(BOB, "o-eth", { market: "eth-perp", qty: "2.05", leverage: 5_000_000 }),
        reported(fill(BOB, "o-eth", "2.05", "1000"), done(BOB, "o-eth", "2.05")),
        ...[reported(stopSet(BOB, ETH_PERP)), marks("9468", "946.8"), wait(300_000), tick],
      );
    const thin = { ...CALLS, depth: usd("20000") };
    const spared = read(story(thin, "110"), "call-1").call;
    const paced = read(
      story({ ...thin, pace: { depth: ppm(10_000), everyMs: 60_000 } }, "300"),
      "call-1",
    ).call;
    const [one, other] = [spared?.plans[0], paced?.plans[0]];
    expect([one?.reproduced, other?.reproduced]).toEqual([true, true]);
    expect(one?.knockOn).toMatchObject({ cost: "0", of: [] });
    expect(one?.alternatives.every(({ times }) => Number(times) >= 1)).toBe(true);
    expect(other?.pacedUntil).toBeGreaterThan(other?.at ?? 0);
    const text = [spared, paced].map((told) =>
      explanationLines(told as never, [], "", PLAIN).filter((line) => /others|paced/.test(line)),
    );
    expect(text[0]?.join()).toMatch(
      /nobody beside it has to sell, for 0.00 USDC; the cheapest plan/,
    );
    expect(text[1]?.join()).toMatch(/the rules let more go from 22:19:20 on/);
  });

  test("EXL-013: where sales forced on others were not followed to their end it says so", () => {
    const story = given(...expired);
    const journal = story.journal.map(({ turn, place }) => ({
      place,
      turn: {
        ...turn,
        events: turn.events.map((event) =>
          event.type === "LiquidationPlanned" ? { ...event, unsettled: 20 } : event,
        ),
      },
    }));
    const { call } = read({ journal }, "call-1");
    const lines = explanationLines(call as never, [], "", PLAIN);
    expect(lines.filter((line) => line.includes("unsettled")).join()).toMatch(
      /sales forced on others still grew after 20 rounds: not weighed/,
    );
  });

  test("EXL-003: a call that came to nothing is none", () => {
    expect(read(given(...near), "call-1").call).toBeUndefined();
    expect(read(given(...expired), "call-2").call).toBeUndefined();
  });
});

describe("an agent", () => {
  test("EXL-010: what it may open is told limit by limit, with what is left of its delegation", () => {
    const { agent } = read(given(...near), "call-1");
    const trading = agent?.services.find(({ service }) => service === "trading");
    expect(trading).toMatchObject({ open: false });
    // Its fee took the cover of the cap of 1,000.
    const last = { limit: "cover", state: "not covered", passed: false };
    expect(trading?.checks.at(-1)).toMatchObject(last);
    expect(agent?.view).toMatchObject({ agent: ALICE });
  });

  test("EXL-011: its refusals are counted and its last decisions named", () => {
    const story = given(...near);
    story.when(
      by(ALICE, "Reserve", { reservation: "r", amount: "1", service: "trading", ttlMs: 9 }),
    );
    const { agent } = read(story, "call-1");
    expect(agent?.refusals).toEqual({ uncovered: 1 });
    expect(agent?.last.at(-1)).toMatchObject({ type: "Reserve", outcome: "uncovered" });
    expect(read(story, "call-1", BOB).agent).toBeUndefined();
  });
});
