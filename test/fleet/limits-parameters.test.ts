/** Parameters that a mutation run found unguarded: each by what changes when it is taken away or is another. */
import { describe, expect, test } from "vitest";
import { FLEET } from "../../src/core/ids.ts";
import { percent, ppm } from "../../src/core/ppm.ts";
import { DAY, millis } from "../../src/core/time.ts";
import { cascadeOf } from "../../src/fleet/cascade-input.ts";
import { isEased, marginOf, reliefMost } from "../../src/fleet/margins.ts";
import { keyOf } from "../../src/fleet/state.ts";
import { agentView, fleetView } from "../../src/fleet/views.ts";
import { bufferAt } from "../../src/fleet/volatility.ts";
import { whatIf } from "../../src/fleet/what-if.ts";
import { CRISIS_FIELDS, type CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import { ALICE, at, BTC_PERP, ETH, named, POLICY, T0, TEN_TIMES, usd } from "./cast.ts";
import { CALLS, crisisFleet, crisisPolicy, eventsOf, held } from "./crisis-cast.ts";
import { alarm, weather } from "./risk-cases.ts";
import { by, given, inner, reported, type Step, type Story, tick, wait } from "./spec.ts";
import { configured, deposited, enrolled, fleetOf, granted, marks, open, order } from "./steps.ts";

const one = (crisis: CrisisPolicy, terms = {}, rest = {}): readonly Step[] =>
  crisisFleet(crisisPolicy(crisis, rest), "1000", [ALICE, { cap: "1000", ...terms }]);
const called = (crisis: CrisisPolicy): readonly Step[] => [
  ...one(crisis),
  ...held(ALICE, "0.41"),
  marks("9900"),
];
const expired = (crisis: CrisisPolicy) => [...called(crisis), wait(300_000), tick];
const without = <K extends keyof CrisisPolicy>(rules: CrisisPolicy, key: K): CrisisPolicy => {
  const { [key]: _, ...rest } = rules;
  return rest;
};

describe("what agents are shown", () => {
  test("LIM-301: a market's terms and what may be lent are the policy's own", () => {
    // Of a policy that no other test has: what is told of one is made once.
    const fresh = configured(structuredClone(POLICY));
    const { state, now } = given(fresh, ...fleetOf(ALICE).slice(1));
    const view = agentView(state, ALICE, now);
    expect(view?.lendShare).toBe(400_000);
    expect(view?.markets.find(({ market }) => market === BTC_PERP)).toMatchObject({
      ...{ lot: "0.001", tick: "1", minNotional: "10", maxNotional: "100000" },
      ...{ maxLeverage: 10_000_000, takerFee: 1_000 },
    });
  });

  test("LIM-302: an event of the calendar is named from its first moment to its last", () => {
    const event = { name: "cpi", at: T0 + 100_000, beforeMs: 60_000, afterMs: 10_000 };
    const rule = { calendar: [{ ...event, maxLeverage: ppm(2_000_000), buffer: percent(30) }] };
    const { state } = given(...one(rule));
    const named = [39_999, 40_000, 110_000, 110_001].map((ms) => [
      fleetView(state, T0 + ms).margin.duties.some(({ duty }) => duty === "event-buffer"),
      bufferAt(rule, T0 + ms),
    ]);
    const [off, on] = [
      [false, 0],
      [true, 300_000],
    ];
    expect(named).toEqual([off, on, on, off]);
  });
});

describe("weather", () => {
  const rule = CRISIS_FIELDS.parse({ volatility: { target: 800_000, windowMs: DAY } });
  const mark = (price: string, later: number): Step =>
    inner("SetMarks", { marks: [{ market: BTC_PERP, price: at(price), at: millis(T0 + later) }] });
  const variance = ({ state }: Story) => state.markets.get(BTC_PERP)?.variance;

  test("LIM-303: it begins at the target, and a return over more than the window counts whole", () => {
    const story = given(...one(rule));
    expect(variance(story)).toBe(800_000n ** 2n);
    story.given(mark("11000", 2 * DAY));
    // A tenth in two days: 1 % a year for each two days of it.
    expect(variance(story)).toBe((100_000n ** 2n * 365n) / 2n);
  });
});

describe("calls", () => {
  const near = (crisis: CrisisPolicy) =>
    given(...one(crisis, { maxLeverage: TEN_TIMES }), ...held(ALICE, "0.3", "buy", TEN_TIMES));

  test("LIM-304: a call is eased only below its threshold by the hysteresis", () => {
    const rules = { ...CALLS, callAt: percent(16), hysteresis: percent(5) };
    const { state } = near(rules);
    // 150 of 997.
    expect(marginOf(state, FLEET).maintenanceRatio).toBe(150_452);
    expect(isEased(state, rules, FLEET)).toBe(false);
    expect(isEased(state, { ...rules, hysteresis: percent(0.5) }, FLEET)).toBe(true);
    expect(isEased(state, without(rules, "hysteresis"), FLEET)).toBe(true);
  });

  test("LIM-305: dry powder lets stand what is below red by the hysteresis, and no more", () => {
    const { state } = given(...one(CALLS));
    expect(reliefMost(state, percent(55))).toBe(usd("250"));
    expect(reliefMost(state, percent(80))).toBe(0n);
    expect(reliefMost(state, ppm(799_999))).toBe(usd("0.001"));
  });

  test("LIM-306: dry powder costs what the rules say, and the next look is the retry wait away", () => {
    const cost = (powderCost: number) => {
      const rules = { ...CALLS, powderCost: ppm(powderCost) };
      const story = given(
        ...crisisFleet(crisisPolicy(rules, { dryPowder: percent(20) }), "1000", [
          ALICE,
          { cap: "799" },
        ]),
        ...[...held(ALICE, "0.39"), marks("9750"), wait(300_000), tick],
      );
      const step = eventsOf(story, "CashRaised")
        .at(-1)
        ?.steps.find(({ kind }) => kind === "dry-powder");
      return [step?.counts, step?.cost] as const;
    };
    const [[counts, cheap], [, dear]] = [cost(1_000), cost(2_000)];
    expect(cheap).toBe(((counts ?? 0n) + 999n) / 1_000n);
    expect(dear).toBe(((counts ?? 0n) + 499n) / 500n);
    const story = given(...expired(CALLS));
    expect(eventsOf(story, "LiquidationPlanned")[0]?.planAt).toBe(story.now + 2_000);
  });

  test("LIM-307: in bad weather the next need grows with the shock, what is expected with its chance", () => {
    const plan = (chance: number, shock: number) => {
      const rules = { ...CALLS, distress: { chance: percent(chance), shock: percent(shock) } };
      const rough = weather({ regime: "sell-off" });
      const story = given(...one(rules), ...held(ALICE, "0.41"), rough, marks("9900"));
      story.given(wait(300_000), tick);
      const distress = eventsOf(story, "LiquidationPlanned")[0]?.distress;
      if (distress === undefined) throw new Error("the weather is rough");
      return distress;
    };
    const [base, deeper, rarer] = [plan(80, 5), plan(80, 10), plan(40, 5)];
    expect(Number(deeper.nextNeed) / Number(base.nextNeed)).toBeCloseTo(2, 3);
    expect(deeper.nextNeed).toBeLessThan(usd("410"));
    expect(rarer.nextNeed).toBe(base.nextNeed);
    expect(rarer.alone).toBeLessThan(base.alone);
  });
});

describe("waits", () => {
  const loan: readonly Step[] = [
    by(ALICE, "OpenLoan", { loan: "l1", asset: "USDC", amount: "150", minRate: 0, noticeMs: 1 }),
    reported((law) => ({
      type: "loanOpened",
      loan: law.loans.get(keyOf(ALICE, named("l1")))?.name as never,
      ...{ rate: ppm(94_000), collateral: ppm(0) },
    })),
  ];
  /** 620 or, beside a loan of 150, 470 behind a position, and a bet of 150. */
  const orange = (rules: CrisisPolicy, before: readonly Step[] = []) => {
    const story = given(
      ...crisisFleet(crisisPolicy(rules), "1000", [ALICE, { cap: "950" }]),
      ...before,
      ...held(ALICE, before === loan ? "0.235" : "0.31"),
    );
    story.given(by(ALICE, "PlaceBet", { ...BET, stake: "150" }));
    return eventsOf(story, "CashRaised");
  };
  const BET = { bet: "b1", game: "dice", params: {}, clientSeed: "seed-seed" };

  test("LIM-308: loans are asked back within the grace where reducing has no time of its own", () => {
    const lent = { ...CALLS, recallLoans: true };
    expect(orange(lent, loan)).toMatchObject([{ deadlineMs: 300_000 }]);
    expect(orange(without(lent, "recallLoans"), loan)).toEqual([]);
    // Without any time in which they would have to come none is asked back.
    expect(orange(without(lent, "graceMs"), loan)).toEqual([]);
    expect(orange({ ...CALLS, reduceWithinMs: 7_000 })).toMatchObject([{ deadlineMs: 7_000 }]);
    expect(orange(CALLS)).toEqual([]);
  });

  test("LIM-309: what reducing and cancelling bring is had when the venue must have answered", () => {
    const [raised] = orange({ ...CALLS, reduceWithinMs: 7_000 });
    const closing = raised?.steps.filter(({ kind }) => kind === "reduce") ?? [];
    expect(closing.map(({ timeToCashMs }) => timeToCashMs)).toContain(3_000);
    const resting = order(ALICE, "rest", { qty: "0.01", limit: "9900" });
    const [mixed] = orange({ ...CALLS, reduceWithinMs: 7_000 }, [resting]);
    const pending = mixed?.steps.find(({ source }) => source === "order:alice/rest");
    expect(pending).toMatchObject({ kind: "pending", timeToCashMs: 3_000 });
    const late = orange({ ...CALLS, reduceWithinMs: 2_999 })[0]?.steps ?? [];
    expect(late.filter(({ kind }) => kind === "reduce")).toEqual([]);
  });

  test("LIM-310: new rules with a longer wait for raises loosen a haircut only after it; an alarm waits again", () => {
    const assets = POLICY.assets.map((asset) =>
      asset.asset === ETH ? { ...asset, haircut: percent(10) } : asset,
    );
    const longer = { ...POLICY, assets, raiseDelayMs: 90_000 };
    const story = given(...open, deposited("1", ETH)).when(configured(longer, "p2"));
    story.bringsAmong({ type: "HaircutScheduled", effectiveAt: story.now + 90_000 } as never);
    story.given(alarm, wait(90_000)).when(tick);
    story.bringsAmong({ type: "HaircutScheduled", effectiveAt: story.now + 90_000 } as never);
  });

  test("LIM-311: a coin is valued by a mark of exactly the oldest age, and by no older one", () => {
    const coin = [...open, deposited("1", ETH), enrolled(ALICE)];
    given(...coin, wait(10_000))
      .when(granted(ALICE))
      .bringsAmong({ type: "DelegationGranted" });
    given(...coin, wait(10_001))
      .when(granted(ALICE))
      .refused("stale_mark");
  });
});

describe("what a fall would do", () => {
  const rules = { ...CALLS, callAt: percent(50), targetMaintenance: percent(40) };
  const zones = (red: number) => ({ zones: { ...POLICY.zones, red: percent(red) } });
  const scope = (crisis: CrisisPolicy, red = 85) => {
    const story = given(...one(crisis, {}, zones(red)), ...held(ALICE, "0.2"));
    const input = cascadeOf(story.state, new Map([[BTC_PERP, -0.1]]));
    const found = input.agents.find(({ id }) => id === FLEET);
    return [found?.limit, found?.target].map((value) => Number(value?.toFixed(6)));
  };

  test("LIM-312: what forces the fleet and how far it goes are its own thresholds and targets", () => {
    // 2,000 of positions, 100 of maintenance, 400 reserved.
    expect(scope({ ...rules, targetUtilization: percent(90) })).toEqual([4.25, 4.25]);
    expect(scope({ ...rules, targetUtilization: percent(55) })).toEqual([4.25, 2.75]);
    expect(scope(without(rules, "targetUtilization"))).toEqual([4.25, 4.25]);
    expect(scope(rules, 80)).toEqual([4, 2.75]);
    const low = { ...CALLS, callAt: percent(15), targetUtilization: percent(84) };
    expect(scope({ ...low, targetMaintenance: percent(10) })).toEqual([3, 2]);
    expect(scope(without(low, "targetMaintenance"))).toEqual([3, 3]);
  });

  test("LIM-313: a call is told where maintenance passes callAt, and not below it", () => {
    const calls = (callAt: number) => {
      const crisis = { ...CALLS, callAt: percent(callAt), targetMaintenance: percent(5) };
      const story = given(...one(crisis), ...held(ALICE, "0.2"));
      const told = whatIf(story.state, new Map([[BTC_PERP, -0.05]]));
      if (!told.ok) throw new Error("it can be told");
      return told.value.calls;
    };
    // 95 of 898 is 10.6 %.
    expect(calls(10)).toContain(FLEET);
    expect(calls(12)).not.toContain(FLEET);
  });
});
