/** What time alone does: margin costs while it is held, and the results of past days and hours are known. */
import { describe, expect, test } from "vitest";
import { type AgentId, FLEET } from "../../src/core/ids.ts";
import { percent } from "../../src/core/ppm.ts";
import { DAY, HOUR } from "../../src/core/time.ts";
import { attributionView } from "../../src/fleet/attribution.ts";
import type { Law } from "../../src/fleet/state.ts";
import { freezeState, thawState } from "../../src/runtime/snapshots.ts";
import { ALICE, BOB, POLICY, T0, usd } from "./cast.ts";
import { answered, by, effectOf, given, reported, type Step, wait } from "./spec.ts";
import { aliceLong, configured, deposited, enrolled, fleetOf, granted, marks } from "./steps.ts";

const holds = (agent: AgentId, amount: string, reservation = "r1"): Step =>
  by(agent, "Reserve", { reservation, amount, service: "escrow", ttlMs: 30 * DAY });
const lets = (agent: AgentId, reservation = "r1"): Step => by(agent, "Release", { reservation });

const lineOf = (law: Law, agent: AgentId, at: number = law.at) => {
  const line = attributionView(law, at).lines.find((one) => one.agent === agent);
  if (line === undefined) throw new Error(`${agent} has a line`);
  return line;
};
const costs = (law: Law, at: number = law.at) => {
  const { lines, wallet } = attributionView(law, at);
  const of = lines.map(({ agent, marginCost }) => [agent, marginCost]);
  return { ...Object.fromEntries(of), wallet: wallet.marginCost };
};

/** Bob lends so much USDC, at a yearly rate in ppm. */
const lends = (loan: string, amount: string, rate: number): readonly Step[] => [
  by(BOB, "Renew", {}),
  by(BOB, "OpenLoan", { loan, asset: "USDC", amount, minRate: 0, noticeMs: 60_000 }),
  answered(effectOf("OpenLoan"), { outcome: "accepted" }),
  (law) => {
    const name = [...law.loans.values()].find((one) => (one.loan as string) === loan)?.name;
    return reported({ type: "loanOpened", loan: name, rate, collateral: 1_500_000 } as never);
  },
];

describe("cost of margin", () => {
  test("PST-001: who held margin for a week and holds none now has cost a week of it", () => {
    const story = given(...fleetOf(ALICE, BOB), holds(ALICE, "1000"), wait(7 * DAY), lets(ALICE));
    expect(story.state.agents.get(ALICE)?.reserved).toBe(0n);
    // 5 % of 1,000 is 50 a year, 0.958904… in seven of its 365 days.
    const expected = { alice: "0.958904", bob: "0", wallet: "0.958904" };
    expect(costs(story.state)).toEqual(expected);
    // It stays so: nothing is held any more.
    expect(costs(story.state, story.state.at + 30 * DAY)).toEqual(expected);
    expect(lineOf(story.state, ALICE).marginCostPerDay).toBe("0");
  });

  test("PST-002: what is held costs by the rate of its time, which goes with what is lent", () => {
    const story = given(...fleetOf(ALICE, BOB), holds(ALICE, "200"), wait(DAY));
    story.given(...lends("l1", "1000", 73_000), wait(DAY), ...lends("l2", "1000", 36_500));
    expect(attributionView(story.state, story.state.at).marginRate).toBe(54_750);
    story.given(wait(DAY), marks("10000"));
    // Of 200: 0.02739… at 5 %, 0.04 at 7.3 %, 0.03 at the mean of both. Of Bob: 0.2, then 0.3 of 2,000.
    expect(costs(story.state)).toEqual({ alice: "0.097397", bob: "0.5", wallet: "0.597397" });
    const name = [...story.state.loans.values()][0]?.name;
    story.given(
      reported({ type: "loanReturned", loan: name, principal: usd("1000"), interest: 0n } as never),
    );
    expect(attributionView(story.state, story.state.at).marginRate).toBe(36_500);
  });

  test("PST-003: parts are rounded down, and what they leave of the whole is the fleet's own", () => {
    const story = given(...fleetOf(ALICE, BOB), holds(ALICE, "100"), holds(BOB, "100"));
    // 0.0136986… each, 0.0273972… together.
    const expected = { alice: "0.013698", bob: "0.013698", fleet: "0.000001", wallet: "0.027397" };
    const { state } = story;
    expect(costs(state, state.at + DAY)).toEqual(expected);
    expect(lineOf(state, FLEET).marginCostPerDay).toBe("0.000001");
    expect(costs(state)).toEqual({ alice: "0", bob: "0", fleet: "0", wallet: "0" });
  });

  test("PST-004: without a loan it is the rules' rate that margin costs, from when they say so", () => {
    const tenth = { ...POLICY, marginRate: percent(10) };
    const { state } = given(
      ...fleetOf(ALICE),
      ...[holds(ALICE, "365"), wait(DAY), configured(tenth, "p2"), wait(DAY), lets(ALICE)],
    );
    expect(attributionView(state, state.at).marginRate).toBe(100_000);
    expect(costs(state)).toEqual({ alice: "0.15", wallet: "0.15" });
  });

  test("PST-005: what else happens meanwhile changes nothing of it", () => {
    const quiet = given(...fleetOf(ALICE), holds(ALICE, "777"), wait(3 * DAY), lets(ALICE));
    const hour = (i: number): Step[] => [wait(HOUR), marks(String(10_000 + (i % 7)))];
    const busy = given(
      ...[...fleetOf(ALICE), holds(ALICE, "777")],
      ...Array.from({ length: 72 }, (_, i) => hour(i)).flat(),
      lets(ALICE),
    );
    expect(costs(quiet.state)).toEqual(costs(busy.state));
    expect(costs(busy.state)).toMatchObject({ alice: "0.319315" });
  });

  test("PST-007: a snapshot holds what has accrued, the days and the hours", () => {
    const story = given(...fleetOf(ALICE), holds(ALICE, "1000"), wait(DAY), marks("10000"));
    const thawed = thawState(freezeState(story.state));
    expect(thawed).toEqual(story.state);
    expect(costs(thawed ?? story.state)).toMatchObject({ alice: "0.136986" });
    expect(thawed?.past.hours.length).toBe(1);
  });

  test("PST-006: it is forgone and not paid: no part of any result", () => {
    const { state } = given(...fleetOf(ALICE), holds(ALICE, "1000"), wait(DAY), lets(ALICE));
    expect(lineOf(state, ALICE)).toMatchObject({ marginCost: "0.136986", pnl: "0", pnlWeek: "0" });
  });
});

describe("results of a week", () => {
  /** Until midnight, UTC. */
  const nextDay: Step = (law) => wait(DAY - (law.at % DAY));

  test("PST-010: the week begins where the day before its seven ended, at the marks of then", () => {
    const story = given(...aliceLong, marks("11000"), nextDay, marks("10500"));
    const first = Math.floor(T0 / DAY) * DAY;
    const week = (day: number): string =>
      lineOf(story.state, ALICE, first + day * DAY + HOUR).pnlWeek;
    // The fee, and 0.1 of what it rose: all of it is of this week as long as its first day is.
    expect(week(1)).toBe("49");
    expect(week(6)).toBe("49");
    // Its first day ended at 99, its second at 49: what came since.
    expect(week(7)).toBe("-50");
    expect(week(8)).toBe("0");
    story.given(nextDay, nextDay, marks("10700"));
    expect(week(7)).toBe("-30");
    expect(week(8)).toBe("20");
    expect(attributionView(story.state, first + 8 * DAY).total.pnlWeek).toBe("20");
  });

  test("PST-011: no more days are kept than a week needs, and no more hours", () => {
    const day: readonly Step[] = Array.from({ length: 12 }, () => [
      wait(2 * HOUR),
      marks("10000"),
    ]).flat();
    const { state } = given(...aliceLong, ...Array.from({ length: 16 }, () => day).flat());
    expect(state.agents.get(ALICE)?.past.closes.length).toBe(7);
    expect(state.past.hours.length).toBe(169);
  });
});

describe("results that move together", () => {
  const PRICES = [100, 200, 100, 0];
  const INTEREST = ["1", "2", "2", "4"];
  /** An hour in which the book and the loan earn what the pattern says. */
  const hour = (i: number): readonly Step[] => [
    wait(HOUR),
    marks(String(10_000 + (PRICES[i % 4] ?? 0))),
    (law) =>
      reported({
        ...{ type: "loanInterest", loan: [...law.loans.values()][0]?.name },
        amount: usd(INTEREST[i % 4] ?? "0"),
      } as never),
  ];
  const hours = (from: number, to: number): readonly Step[] =>
    Array.from({ length: to - from }, (_, i) => hour(from + i)).flat();
  const began: readonly Step[] = [
    ...[...aliceLong, deposited("1000"), enrolled(BOB), granted(BOB)],
    ...lends("l1", "100", 50_000),
  ];
  const lending = (law: Law) =>
    attributionView(law, law.at).together.find(({ service }) => service === "lending");

  test("PST-020: the correlation of lending with trading is that of the hours that were", () => {
    const story = given(...began, ...hours(0, 24));
    // The hour that runs is none yet, and the first has none before it.
    expect(lending(story.state)).toEqual({ service: "lending", hours: 23 });
    story.given(...hours(24, 25));
    // Of +10, +10, -10, -10 and 1, 2, 2, 4: -30 / sqrt(400 x 4.75). Fisher's interval of 24.
    expect(lending(story.state)).toEqual({
      ...{ service: "lending", hours: 24, correlation: -0.6882 },
      ...{ low: -0.8544, high: -0.3943 },
    });
  });

  test("PST-021: a service without results has no correlation, and trading none with itself", () => {
    const { state } = given(...began, ...hours(0, 25));
    const { together } = attributionView(state, state.at);
    expect(together.map(({ service }) => service)).toEqual([
      ...["casino", "escrow", "lending", "domains"],
    ]);
    expect(together[0]).toEqual({ service: "casino", hours: 24 });
  });

  test("PST-022: hours of which nothing is known are no samples, nor is what came over them", () => {
    const { state } = given(...began, ...hours(0, 13), wait(3 * HOUR), ...hours(13, 26));
    // 26 steps close 26 hours; the one after the gap has none before it.
    expect(lending(state)).toEqual({ service: "lending", hours: 24, ...lastOf(state) });
    const { state: fewer } = given(...began, ...hours(0, 13), wait(3 * HOUR), ...hours(13, 25));
    expect(lending(fewer)).toEqual({ service: "lending", hours: 23 });
  });

  /** What is measured, whatever it is: the gap shifts the pattern. */
  const lastOf = (law: Law) => {
    const { correlation, low, high } = lending(law) ?? {};
    expect(correlation).toBeLessThan(0);
    return { correlation, low, high };
  };
});
