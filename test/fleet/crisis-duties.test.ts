/** Every duty of a crisis fires by its own parameter, and does not without it. */
import { describe, expect, test } from "vitest";
import { FLEET } from "../../src/core/ids.ts";
import { percent, ppm } from "../../src/core/ppm.ts";
import { marginOf } from "../../src/fleet/margins.ts";
import { keyOf } from "../../src/fleet/state.ts";
import type { CrisisPolicy } from "../../src/protocol/crisis-policy.ts";
import { ALICE, at, BOB, BTC_PERP, coins, named, TEN_TIMES, usd } from "./cast.ts";
import {
  CALLS,
  crisisFleet,
  crisisPolicy,
  eventsOf,
  forcedFill,
  forcedOrders,
  held,
  positionOf,
} from "./crisis-cast.ts";
import {
  ACCEPTED,
  answered,
  by,
  effectOf,
  given,
  reported,
  type Step,
  type Story,
  wait,
} from "./spec.ts";
import { fill, granted, marks, order } from "./steps.ts";

/** The same story with the rule and without it. */
function twice(
  rule: CrisisPolicy,
  without: keyof CrisisPolicy,
  steps: (c: CrisisPolicy) => readonly Step[],
) {
  const { [without]: _, ...rest } = rule;
  return [given(...steps(rule)), given(...steps(rest))] as const;
}
const count = (story: Story, type: Parameters<typeof eventsOf>[1]): number =>
  eventsOf(story, type).length;

const one = (crisis: CrisisPolicy, cap = "950", terms = {}) =>
  crisisFleet(crisisPolicy(crisis), "1000", [ALICE, { cap, ...terms }]);

describe("alerts", () => {
  test("DUT-001: one alert for each threshold passed, and back only past the hysteresis", () => {
    const rule = { alerts: [percent(10), percent(20)], hysteresis: percent(2) };
    const story = given(...one(rule), ...held(ALICE, "0.3"));
    // 150 of 997 is 15.05 %.
    expect(eventsOf(story, "MaintenanceAlert")).toMatchObject([{ from: 0, to: 1 }]);
    story.given(marks("8200"));
    expect(eventsOf(story, "MaintenanceAlert").at(-1)).toMatchObject({ from: 1, to: 2 });
    // 19 %: within the hysteresis.
    story.given(marks("8600"));
    expect(marginOf(story.state, FLEET).maintenanceRatio).toBeGreaterThan(180_000);
    expect(count(story, "MaintenanceAlert")).toBe(2);
    story.given(marks("9500"));
    expect(eventsOf(story, "MaintenanceAlert").at(-1)).toMatchObject({ from: 2, to: 1 });
    const [on, off] = twice(rule, "alerts", (c) => [...one(c), ...held(ALICE, "0.3")]);
    expect([count(on, "MaintenanceAlert"), count(off, "MaintenanceAlert")]).toEqual([1, 0]);
  });
});

/** Orange: a loan of 200, 350 behind 0.175 BTC and a bet of 200, of 998.25. */
const loan = (notice: number, rate = 0) =>
  by(ALICE, "OpenLoan", {
    loan: "l1",
    asset: "USDC",
    amount: "200",
    minRate: rate,
    noticeMs: notice,
  });
const loanOpened: Step = reported((law) => ({
  type: "loanOpened",
  loan: law.loans.get(keyOf(ALICE, named("l1")))?.name as never,
  rate: ppm(94_000),
  collateral: ppm(0),
}));
const bet = (stake: string) =>
  by(ALICE, "PlaceBet", {
    ...{ bet: "b1", game: "dice", stake, params: {}, clientSeed: "seed-seed" },
  });
const inOrange = (crisis: CrisisPolicy, notice = 60_000): readonly Step[] => [
  ...one(crisis),
  loan(notice),
  loanOpened,
  ...held(ALICE, "0.175"),
  bet("200"),
];

describe("orange", () => {
  const rule = { recallLoans: true, reduceWithinMs: 300_000, depth: usd("1000000") };
  test("DUT-002: a loan that lands in time is asked back and nothing is closed", () => {
    const [on, off] = twice(rule, "recallLoans", inOrange);
    expect(on.state.zone).toBe("orange");
    expect(eventsOf(on, "LoanRecallRequested")).toMatchObject([{ agent: ALICE, reason: "orange" }]);
    expect(eventsOf(on, "CashRaised")[0]?.steps).toMatchObject([
      { source: "loan:alice/l1", kind: "loan", reason: "on-time", counts: usd("200") },
    ]);
    expect(forcedOrders(on.state)).toEqual([]);
    expect(count(off, "LoanRecallRequested")).toBe(0);
  });

  test("DUT-003: a loan that lands late never counts, is asked back all the same, and positions are reduced", () => {
    const day = (crisis: CrisisPolicy) => inOrange(crisis, 86_400_000);
    const [on, off] = twice(rule, "reduceWithinMs", day);
    const [raised] = eventsOf(on, "CashRaised");
    const late = raised?.steps.find(({ kind }) => kind === "loan");
    expect(late).toMatchObject({ reason: "late-recall", counts: 0n });
    expect(count(on, "LoanRecallRequested")).toBe(1);
    expect(forcedOrders(on.state)).toMatchObject([{ cause: "orange", agent: ALICE }]);
    expect(forcedOrders(off.state)).toEqual([]);
    on.given(forcedFill());
    expect(on.state.zone).toBe("yellow");
  });
});

describe("a position's own stops", () => {
  const steps = (crisis: CrisisPolicy) => [
    ...one(crisis, "950", { maxLeverage: TEN_TIMES }),
    ...held(ALICE, "0.1", "buy", TEN_TIMES),
  ];
  test("DUT-004: below 150 % of maintenance its agent is told, once", () => {
    const rule = { softStop: percent(150), hysteresis: percent(5) };
    // 100 behind 1,000; at 9,700: 70 behind 970, 144 % of 48.50.
    const [on, off] = twice(rule, "softStop", (c) => [...steps(c), marks("9700"), marks("9701")]);
    expect(eventsOf(on, "PositionStopped")).toMatchObject([
      { level: "soft", agent: ALICE, equity: usd("70"), maintenance: usd("48.5") },
    ]);
    expect(count(off, "PositionStopped")).toBe(0);
    on.given(marks("9900"));
    expect(eventsOf(on, "PositionStopped").at(-1)).toMatchObject({ level: "clear" });
    expect(positionOf(on)?.closing).toBeUndefined();
  });

  test("DUT-013: funding that was paid counts against the stops, funding received does not help", () => {
    const paid = (rateNano: bigint, payment: string): Step =>
      reported((law) => ({
        ...{ type: "funding", market: BTC_PERP, rate: ppm(Number(rateNano / 1_000n)), rateNano },
        mark: law.markets.get(BTC_PERP)?.mark ?? at("0"),
        ...{ position: coins("0.1"), payment: usd(payment) },
      }));
    const rule = { softStop: percent(150) };
    const steps = [
      ...one(rule, "950", { maxLeverage: TEN_TIMES }),
      ...held(ALICE, "0.1", "buy", TEN_TIMES),
    ];
    // 100 of margin less 2.6 % of 1,000, and maintenance of 5 %.
    const told = given(...steps, paid(26_000_000n, "-26"));
    expect(eventsOf(told, "PositionStopped")).toMatchObject([
      { level: "soft", agent: ALICE, equity: usd("74"), maintenance: usd("50") },
    ]);
    const less = given(...steps, paid(24_000_000n, "-24"));
    expect(eventsOf(less, "PositionStopped")).toEqual([]);
    const got = given(...steps, paid(-500_000_000n, "500"), marks("9700"));
    expect(eventsOf(got, "PositionStopped")).toMatchObject([{ equity: usd("70") }]);
    // Half of it closed takes half of the funding with it.
    expect(positionOf(told)?.funding).toBe(usd("-26"));
    told.given(order(ALICE, "half", { side: "sell", qty: "0.05", reduceOnly: true }));
    told.given(reported(fill(ALICE, "half", "0.05")));
    expect(positionOf(told)?.funding).toBe(usd("-13"));
  });

  test("DUT-005: below 130 % the coordinator closes it", () => {
    const [on, off] = twice({ hardStop: percent(130) }, "hardStop", (c) => [
      ...steps(c),
      marks("9600"),
    ]);
    expect(eventsOf(on, "PositionStopped")).toMatchObject([{ level: "hard" }]);
    expect(forcedOrders(on.state)).toMatchObject([{ cause: "hard-stop", qty: coins("0.1") }]);
    expect(forcedOrders(off.state)).toEqual([]);
  });

  test("DUT-006: below 160 % what is left of the delegation is put behind it", () => {
    const rule = { topUp: percent(160), softStop: percent(150) };
    const [on, off] = twice(rule, "topUp", (c) => [...steps(c), marks("9700")]);
    // 1.6 x 48.50 less 70.
    expect(eventsOf(on, "PositionToppedUp")).toMatchObject([{ amount: usd("7.6") }]);
    expect(positionOf(on)?.margin).toBe(usd("107.6"));
    expect([count(on, "PositionStopped"), count(off, "PositionStopped")]).toEqual([0, 1]);
    const poor = given(
      ...one(rule, "102.1", { maxLeverage: TEN_TIMES }),
      ...held(ALICE, "0.1", "buy", TEN_TIMES),
      marks("9700"),
    );
    expect(eventsOf(poor, "PositionToppedUp")).toMatchObject([{ amount: usd("2.1") }]);
  });
});

describe("losses", () => {
  test("DUT-007: equity 15 % below its highest shuts openings in the whole fleet, latched", () => {
    const steps = (c: CrisisPolicy) => [
      ...one(c),
      ...held(ALICE, "0.3"),
      marks("10300"),
      marks("9700"),
    ];
    const [on, off] = twice({ trailingStop: percent(15) }, "trailingStop", steps);
    expect(eventsOf(on, "TrailingStopHit")).toMatchObject([
      { peak: usd("1087"), equity: usd("907") },
    ]);
    expect([on.state.mode, off.state.mode]).toEqual(["reduce", "run"]);
    on.when(order(ALICE, "o2", { qty: "0.01" })).refused("reduce_only");
  });

  test("DUT-008: money that leaves is no loss", () => {
    const story = given(...one({ trailingStop: percent(15) }, "500"));
    story.given(by(ALICE, "Renew", {}));
    story.given({
      ...granted(BOB),
      type: "Withdraw",
      body: { asset: "USDC", amount: "400", to: "home" },
    });
    story.given(answered(effectOf("Withdraw"), ACCEPTED));
    expect(story.state.mode).toBe("run");
    expect(story.state.crisis.peak).toBe(usd("600"));
  });

  test("DUT-009: each rung of the drawdown ladder cuts the cap to what it keeps of the whole", () => {
    const rule = {
      drawdownLadder: [
        { drawdown: percent(5), keeps: percent(50) },
        { drawdown: percent(7.5), keeps: percent(0) },
      ],
    };
    const steps = (c: CrisisPolicy) => [...one(c), ...held(ALICE, "0.2"), marks("9750")];
    const [on, off] = twice(rule, "drawdownLadder", steps);
    expect(eventsOf(on, "DrawdownCut")).toMatchObject([{ rung: 1, cap: usd("475"), agent: ALICE }]);
    expect(off.state.agents.get(ALICE)?.delegation?.cap).toBe(usd("950"));
    on.given(marks("9740"));
    expect(count(on, "DrawdownCut")).toBe(1);
    on.given(marks("9600"));
    expect(eventsOf(on, "DrawdownCut").at(-1)).toMatchObject({ rung: 2, cap: 0n });
  });
});

describe("the calendar", () => {
  const event = {
    name: "cpi",
    at: 1_700_000_100_000,
    beforeMs: 60_000,
    afterMs: 10_000,
    maxLeverage: ppm(2_000_000),
  };
  test("DUT-011: around an event nothing is opened above its leverage", () => {
    const rule = { calendar: [event] };
    const at = (ms: number) => [wait(ms), marks("10000")];
    const story = given(...one(rule), ...at(39_999));
    story.when(order(ALICE, "o1", { qty: "0.01" })).brings({ type: "OrderApproved" });
    story.when(...at(1)).when(order(ALICE, "o2", { qty: "0.01" }));
    story.refused("leverage_exceeded", "asked 5000000 ppm, allowed 2000000 ppm");
    story.when(order(ALICE, "o3", { qty: "0.01", leverage: 2_000_000 }));
    story.brings({ type: "OrderApproved" });
    story
      .when(...at(70_000))
      .when(order(ALICE, "o4", { qty: "0.01" }))
      .refused("leverage_exceeded");
    story
      .when(...at(1))
      .when(order(ALICE, "o5", { qty: "0.01" }))
      .brings({ type: "OrderApproved" });
  });
});

describe("cash", () => {
  test("DUT-012: a call gives up what is pending and cancels before it closes anything", () => {
    const story = given(
      ...crisisFleet(crisisPolicy({ ...CALLS, recallLoans: true }), "1000", [
        ALICE,
        { cap: "950" },
      ]),
      ...held(ALICE, "0.3"),
      by(ALICE, "Reserve", { reservation: "r1", amount: "50", service: "trading", ttlMs: 600_000 }),
    );
    story.given(bet("90"));
    expect(eventsOf(story, "MarginCalled")).toHaveLength(0);
    story.given(marks("9500"));
    expect(eventsOf(story, "MarginCalled")).toHaveLength(1);
    expect(eventsOf(story, "CashRaised")[0]).toMatchObject({
      because: "call-1",
      deadlineMs: 300_000,
      steps: [{ source: "reservation:alice/r1", kind: "pending", cost: 0n, timeToCashMs: 0 }],
    });
    expect(eventsOf(story, "ReservationVoided")).toHaveLength(1);
    expect(forcedOrders(story.state)).toEqual([]);
  });
});
