/** What plans weigh: each parameter of the planner and of a call by what changes when it is not there. */
import { describe, expect, test } from "vitest";
import { FLEET } from "../../src/core/ids.ts";
import { percent, ppm } from "../../src/core/ppm.ts";
import { millis } from "../../src/core/time.ts";
import { keyOf } from "../../src/fleet/state.ts";
import { CRISIS_DEFAULTS, type CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import type { MarketPolicy, Policy } from "../../src/protocol/policy.ts";
import { ALICE, at, BOB, BTC_PERP, ETH_PERP, named, POLICY, T0, usd } from "./cast.ts";
import { CALLS, crisisFleet, crisisPolicy, eventsOf, forcedOrders, held } from "./crisis-cast.ts";
import { weather } from "./risk-cases.ts";
import { by, given, inner, reported, type Step, type Story, tick, wait } from "./spec.ts";
import { done, fill, marks, order, stopSet } from "./steps.ts";

const near = (crisis: CrisisPolicy): readonly Step[] => [
  ...crisisFleet(crisisPolicy(crisis), "1000", [ALICE, { cap: "1000" }]),
  ...held(ALICE, "0.41"),
];
const expired = (crisis: CrisisPolicy) =>
  given(...near(crisis), marks("9900"), wait(300_000), tick);
const without = <K extends keyof CrisisPolicy>(rules: CrisisPolicy, key: K): CrisisPolicy => {
  const { [key]: _, ...rest } = rules;
  return rest;
};
const planOf = (story: Story) => {
  const [plan] = eventsOf(story, "LiquidationPlanned");
  if (plan === undefined) throw new Error("nothing was planned");
  return plan;
};

describe("what the planner believes of markets", () => {
  test("PLN-301: depth, half spread and what of a move stays each make a plan dearer", () => {
    const free = { ...CALLS, depth: usd("1000000000"), halfSpread: ppm(0), permanentShare: ppm(0) };
    const base = planOf(expired(free)).cost;
    const dearer: readonly CrisisPolicy[] = [
      { ...free, depth: usd("100000") },
      { ...free, halfSpread: percent(1) },
    ];
    for (const rules of dearer) expect(planOf(expired(rules)).cost).toBeGreaterThan(base);
    // What stays of a move marks down what the fleet keeps; what does not, only costs on the way.
    const thin = { ...free, depth: usd("100000") };
    const stays = planOf(expired({ ...thin, permanentShare: percent(60) })).cost;
    expect(stays).not.toBe(planOf(expired(thin)).cost);
    // Without a depth of its own the fleet believes in a million for one per cent.
    const usual = planOf(expired(without(thin, "depth"))).cost;
    expect(usual).toBe(planOf(expired({ ...thin, depth: CRISIS_DEFAULTS.depth })).cost);
    expect(usual).toBeLessThan(planOf(expired(thin)).cost);
  });

  const ofBtc = (own: Partial<MarketPolicy>): Policy => ({
    ...crisisPolicy(CALLS),
    markets: POLICY.markets.map((each) => (each.market === BTC_PERP ? { ...each, ...own } : each)),
  });
  test("PLN-309: a market's own depth, half spread and lasting share replace the rules', and the plan tells which", () => {
    const story = (own: Partial<MarketPolicy>): Story =>
      given(
        ...crisisFleet(ofBtc(own), "1000", [ALICE, { cap: "1000" }]),
        ...held(ALICE, "0.41"),
        marks("9900"),
        wait(300_000),
        tick,
      );
    const usual = planOf(story({}));
    const common = { market: BTC_PERP, mark: at("9900"), takerFee: ppm(1_000) };
    const { depth, halfSpread, permanentShare } = CALLS;
    expect(usual.books).toEqual([{ ...common, depth, halfSpread, permanentShare, own: [] }]);
    const thin = { depth: usd("100000") };
    const wide = { halfSpread: percent(1) };
    const stays = { ...thin, permanentShare: percent(60) };
    for (const own of [thin, wide]) {
      const dear = planOf(story(own));
      expect(dear.cost).toBeGreaterThan(usual.cost);
      expect(dear.books).toMatchObject([{ ...own, own: Object.keys(own) }]);
    }
    expect(planOf(story(stays)).cost).not.toBe(planOf(story(thin)).cost);
    // The same numbers said of all markets make the same plan.
    const all = { ...CALLS, ...stays };
    expect(planOf(story(stays)).cost).toBe(planOf(expired(all)).cost);
  });

  test("PLN-310: of two markets alike the one with the deeper book is closed", () => {
    const closed = (deep: string): readonly string[] => {
      const depth = usd("10000000");
      const shallow = usd("20000");
      const policy = {
        ...crisisPolicy(CALLS),
        markets: POLICY.markets.map((each) => ({
          ...each,
          depth: each.market === deep ? depth : shallow,
        })),
      };
      const story = given(
        ...crisisFleet(policy, "1000", [ALICE, { cap: "450" }], [BOB, { cap: "450" }]),
        ...held(ALICE, "0.205"),
        order(BOB, "o-eth", { market: "eth-perp", qty: "2.05", leverage: 5_000_000 }),
        reported(fill(BOB, "o-eth", "2.05", "1000"), done(BOB, "o-eth", "2.05")),
        reported(stopSet(BOB, ETH_PERP)),
        marks("9900", "990"),
        wait(300_000),
        tick,
      );
      return planOf(story).steps.map(({ market }) => market);
    };
    expect(closed(BTC_PERP)).toEqual([BTC_PERP]);
    expect(closed(ETH_PERP)).toEqual([ETH_PERP]);
  });

  const two = (crisis: CrisisPolicy, rateNano: bigint): Story => {
    const both = [
      ...crisisFleet(crisisPolicy(crisis), "1000", [ALICE, { cap: "450" }], [BOB, { cap: "450" }]),
      ...held(ALICE, "0.205"),
      order(BOB, "o-eth", { market: "eth-perp", qty: "2.05", leverage: 5_000_000 }),
      reported(fill(BOB, "o-eth", "2.05", "1000"), done(BOB, "o-eth", "2.05")),
      reported(stopSet(BOB, ETH_PERP)),
    ];
    const fall = inner("SetMarks", {
      marks: [
        { market: BTC_PERP, price: at("9900"), at: millis(T0 + 9), rateNano },
        { market: ETH_PERP, price: at("990"), at: millis(T0 + 9), rateNano: 0n },
      ],
    });
    return given(...both, fall, wait(300_000), tick);
  };
  test("PLN-302: funding to come that closing saves or forgoes moves the choice, and without it does not", () => {
    const rules = { ...CALLS, fundingPayments: 1_000 };
    const closes = (story: Story): number =>
      Number(planOf(story).steps.find(({ of }) => of === ALICE)?.qty ?? 0n);
    const [paying, paid] = [two(rules, 100_000n), two(rules, -100_000n)];
    expect(closes(paying)).toBeGreaterThan(closes(paid));
    const off = [two(CALLS, 100_000n), two(CALLS, -100_000n)].map(closes);
    expect(Math.abs((off[0] ?? 0) - (off[1] ?? 1))).toBeLessThan(1_000_000);
    // A millionth of what is closed, at most of 0.205 BTC at 9,900.
    const saved = (payments: number): number =>
      Number(planOf(two(CALLS, 1_000n)).cost) -
      Number(planOf(two({ ...CALLS, fundingPayments: payments }, 1_000n)).cost);
    expect(saved(1)).toBeGreaterThan(0);
    expect(saved(1)).toBeLessThanOrEqual(2_030);
    expect(saved(1)).toBeLessThan(saved(3));
  });

  test("PLN-303: a hedge is dearer to close than what stands alone, by the rules' price of it", () => {
    const hedged = (crisis: CrisisPolicy): Story => {
      const steps = [
        ...crisisFleet(
          crisisPolicy(crisis),
          "1000",
          [ALICE, { cap: "640" }],
          [BOB, { cap: "260" }],
        ),
        ...held(BOB, "0.12"),
        ...held(ALICE, "0.15"),
        order(ALICE, "o-eth", {
          market: "eth-perp",
          side: "sell",
          qty: "1.5",
          leverage: 5_000_000,
        }),
        reported(fill(ALICE, "o-eth", "1.5", "1000"), done(ALICE, "o-eth", "1.5")),
        reported(stopSet(ALICE, ETH_PERP)),
      ];
      return given(...steps, marks("9300", "930"), wait(300_000), tick);
    };
    const lost = (story: Story): readonly string[] => planOf(story).steps.map(({ of }) => of);
    const on = hedged({ ...CALLS, hedgeCost: percent(5) });
    expect(lost(on)[0]).toBe(BOB);
    expect(planOf(on).cost).toBeGreaterThan(planOf(hedged(CALLS)).cost);
  });
});

describe("distress", () => {
  const rules: CrisisPolicy = { ...CALLS, distress: { chance: percent(80), shock: percent(10) } };
  const rough = weather({ regime: "sell-off" });
  const sold = (crisis: CrisisPolicy, ...more: readonly Step[]) =>
    planOf(given(...near(crisis), ...more, marks("9900"), wait(300_000), tick));
  test("PLN-304: in bad weather a plan weighs the next call too, and says by what", () => {
    const plan = sold(rules, rough);
    expect(plan.distress).toMatchObject({ chance: 800_000 });
    expect(plan.distress?.nextNeed).toBeGreaterThan(0n);
    expect(plan.distress?.expected).toBeLessThanOrEqual(plan.distress?.alone ?? 0n);
    expect(plan.status).toBe("restored");
  });

  test("PLN-305: in calm, or without the rule, it is this call alone", () => {
    expect(sold(rules).distress).toBeUndefined();
    expect(sold(CALLS, rough).distress).toBeUndefined();
    const cut = {
      ...rules,
      volatility: { target: ppm(1), sampleMs: 1, windowMs: 1, step: ppm(1) },
    };
    expect(sold(cut).distress).toBeDefined();
  });
});

describe("a call", () => {
  test("PLN-306: callAt calls by maintenance; without it only red does", () => {
    const rules = { ...CALLS, callAt: percent(18), targetMaintenance: percent(10) };
    const story = (crisis: CrisisPolicy) =>
      given(
        ...crisisFleet(crisisPolicy(crisis), "1000", [ALICE, { cap: "950" }]),
        ...held(ALICE, "0.35"),
        marks("9700"),
      );
    expect(eventsOf(story(rules), "MarginCalled")).toMatchObject([{ cause: "maintenance" }]);
    expect(eventsOf(story(without(rules, "callAt")), "MarginCalled")).toEqual([]);
  });

  test("PLN-307: targets say how much is closed; without them the zone's and the call's own bounds do", () => {
    const need = (crisis: CrisisPolicy) => planOf(expired(crisis)).need;
    const deep = need({ ...CALLS, targetUtilization: percent(40) });
    expect(deep).toBeGreaterThan(need(CALLS));
    // Yellow begins at 60 %, five below it is the usual target.
    expect(need(without(CALLS, "targetUtilization"))).toBe(need(CALLS));
    const tight = { ...CALLS, callAt: percent(20), targetUtilization: percent(90) };
    const byMaintenance = (crisis: CrisisPolicy) =>
      planOf(given(...near(crisis), marks("9850"), wait(300_000), tick));
    const low = byMaintenance({ ...tight, targetMaintenance: percent(5) });
    const high = byMaintenance(without(tight, "targetMaintenance"));
    expect([low.by, high.by]).toEqual(["maintenance", "maintenance"]);
    expect(low.need).toBeGreaterThan(high.need);
  });

  test("PLN-320: a maintenance call asks loans back too, once, and counts them for nothing; off, it does not", () => {
    const called = (recallLoans: boolean) => {
      const rules = {
        ...{ ...CALLS, recallLoans, callAt: percent(15) },
        ...{ targetMaintenance: percent(12), targetUtilization: percent(90) },
      };
      const loan = by(ALICE, "OpenLoan", {
        ...{ loan: "l1", asset: "USDC", amount: "20", minRate: 0, noticeMs: 60_000 },
      });
      const opened = reported((law) => ({
        type: "loanOpened",
        loan: law.loans.get(keyOf(ALICE, named("l1")))?.name as never,
        rate: ppm(94_000),
        collateral: ppm(0),
      }));
      const fleet = crisisFleet(crisisPolicy(rules), "1000", [ALICE, { cap: "900" }]);
      const story = given(...fleet, loan, opened, ...held(ALICE, "0.26"), marks("9000"));
      expect(eventsOf(story, "MarginCalled")).toMatchObject([{ cause: "maintenance" }]);
      return story;
    };
    const story = called(true);
    const asked = [{ agent: ALICE, loan: "l1", reason: "call-1" }];
    expect(eventsOf(story, "LoanRecallRequested")).toMatchObject(asked);
    const plan = planOf(story.given(wait(300_000), tick));
    expect(plan.by).toBe("maintenance");
    expect(eventsOf(story, "LoanRecallRequested")).toMatchObject(asked);
    const off = called(false).given(wait(300_000), tick);
    expect(eventsOf(off, "LoanRecallRequested")).toEqual([]);
    expect(planOf(off)).toEqual(plan);
  });

  test("PLN-308: with only a loan of 24 hours and 5 minutes of grace other cash is used, and the loan asked back", () => {
    const rules = { ...CALLS, recallLoans: true };
    const loan = by(ALICE, "OpenLoan", {
      ...{ loan: "l1", asset: "USDC", amount: "200", minRate: 0, noticeMs: 86_400_000 },
    });
    const story = given(
      ...crisisFleet(crisisPolicy(rules), "1000", [ALICE, { cap: "900" }]),
      loan,
      reported((law) => ({
        type: "loanOpened",
        loan: law.loans.get(keyOf(ALICE, named("l1")))?.name as never,
        rate: ppm(94_000),
        collateral: ppm(0),
      })),
      by(ALICE, "Reserve", { reservation: "r1", amount: "60", service: "trading", ttlMs: 600_000 }),
      ...held(ALICE, "0.22"),
    );
    story.given(marks("9150"));
    expect(eventsOf(story, "MarginCalled")).toHaveLength(1);
    const [raised] = eventsOf(story, "CashRaised");
    expect(raised?.deadlineMs).toBe(300_000);
    const steps = raised?.steps.map(({ source, reason, counts }) => [source, reason, counts]);
    expect(steps).toEqual([
      ["reservation:alice/r1", "on-time", usd("60")],
      ["loan:alice/l1", "late-recall", 0n],
    ]);
    expect(raised?.covered).toBe(usd("60"));
    expect(eventsOf(story, "ReservationVoided")).toHaveLength(1);
    expect(eventsOf(story, "LoanRecallRequested")).toMatchObject([
      { agent: ALICE, reason: "call-1" },
    ]);
    // The loan's money is counted when it is booked: until then positions stand for it.
    story.given(wait(300_000), tick);
    expect(
      forcedOrders(story.state).length + eventsOf(story, "MarginCured").length,
    ).toBeGreaterThan(0);
    expect(story.state.crisis.calls.get(FLEET)).toBeDefined();
  });
});
