/** New rules that allow more wait their time, one by one; what allows less holds at once. */
import { describe, expect, test } from "vitest";
import { FLEET } from "../../src/core/ids.ts";
import { percent, ppm } from "../../src/core/ppm.ts";
import { namesOf } from "../../src/fleet/rules.ts";
import { fleetView } from "../../src/fleet/views.ts";
import type { Policy } from "../../src/protocol/policy.ts";
import { ALICE, POLICY, usd } from "./cast.ts";
import { CALLS, crisisFleet, crisisPolicy, eventsOf, held } from "./crisis-cast.ts";
import { alarm, clear } from "./risk-cases.ts";
import { given, type Story, tick, wait } from "./spec.ts";
import { configured, deposited, marks, order } from "./steps.ts";

type Tree = Readonly<Record<string, unknown>>;
const put = (tree: Tree, [key = "", ...rest]: readonly string[], value: unknown): Tree => {
  const { [key]: old, ...others } = tree;
  const next = rest.length === 0 ? value : put((old ?? {}) as Tree, rest, value);
  return next === undefined ? others : { ...others, [key]: next };
};
const BASE = { ...POLICY, crisis: CALLS };
/** The rules with one of them, by its path; a market's and an asset's by what it is called. */
function ruled(name: string, value: unknown): Policy {
  const [scope, id, ...field] = name.split(".");
  const change = <T>(one: T): T => put(one as Tree, field, value) as T;
  if (scope === "markets") {
    const markets = BASE.markets.map((one) => (one.market === id ? change(one) : one));
    return { ...BASE, markets };
  }
  if (scope === "assets") {
    const assets = BASE.assets.map((one) => (one.asset === id ? change(one) : one));
    return { ...BASE, assets };
  }
  return put(BASE as unknown as Tree, name.split("."), value) as unknown as Policy;
}

const tiers = (initial: number, maintenance: number) => [
  { upTo: undefined, initial: percent(initial), maintenance: percent(maintenance) },
];
const window = (maxLeverage: number) => [
  { name: "vote", at: 1_800_000_000_000, beforeMs: 1_000, afterMs: 1_000, maxLeverage },
];
const volatility = (part: number) => ({
  ...{ target: percent(part), sampleMs: 300_000, windowMs: 86_400_000, step: ppm(50_000) },
});
const ladder = (keeps: number) => [{ drawdown: percent(10), keeps: percent(keeps) }];

const prices = (divergence: number) => ({
  ...{ sources: ["index-a"], divergence, maxAgeMs: 5_000, quarantineAfter: 3, alone: "hold" },
});

/** Each rule with a tight value and a loose one. */
const CASES: readonly (readonly [name: string, tight: unknown, loose: unknown])[] = [
  ["zones.yellow", 500_000, 700_000],
  ["zones.orange", 700_000, 800_000],
  ["zones.red", 800_000, 990_000],
  ["zones.hysteresis", 50_000, 10_000],
  ["dryPowder", 200_000, 0],
  ["markAgeMaxMs", 5_000, 20_000],
  ["markStillMaxMs", 60_000, undefined],
  ["markJumpMax", 100_000, 300_000],
  ["collar", 10_000, 20_000],
  ["stopShare", 500_000, 600_000],
  ["protectWithinMs", 5_000, 9_000],
  ["answerWithinMs", 3_000, 9_000],
  ["raiseDelayMs", 60_000, 1],
  ["raiseStep", 250_000, 900_000],
  ["lendShare", 300_000, 900_000],
  ["domainHaircut", undefined, 500_000],
  ["varLimit", 200_000, undefined],
  ["rate.perSecond", 10, 100],
  ["rate.burst", 20, 100],
  ["crisis.graceMs", 300_000, undefined],
  ["crisis.callAt", 850_000, 900_000],
  ["crisis.targetUtilization", 500_000, undefined],
  ["crisis.targetMaintenance", 500_000, 600_000],
  ["crisis.hysteresis", 50_000, 10_000],
  ["crisis.recallLoans", true, false],
  ["crisis.reduceWithinMs", 300_000, undefined],
  ["crisis.softStop", 1_500_000, 1_400_000],
  ["crisis.hardStop", 1_300_000, undefined],
  ["crisis.topUp", 1_600_000, undefined],
  ["crisis.topUpFromReserve", false, true],
  ["crisis.powderCost", undefined, 10_000],
  ["crisis.reserveRatio", 10_000, 50_000],
  ["crisis.trailingStop", 200_000, 400_000],
  ["crisis.trailingReduce", 500_000, undefined],
  ["crisis.cutOnShortfall", true, undefined],
  ["crisis.cutSpare", 10_000, undefined],
  ["crisis.pace.depth", 2_000_000, 1_000_000],
  ["crisis.pace.everyMs", 10_000, 60_000],
  ["crisis.patience.withinMs", undefined, 600_000],
  ["crisis.patience.shock", 300_000, 100_000],
  ["crisis.patience.most", 500_000, 900_000],
  ["crisis.adl.reduceAtRank", 4, 5],
  ["crisis.adl.reduceBy", 500_000, 100_000],
  ["crisis.adl.hedgeBound", 250_000, 100_000],
  ["crisis.adl.hedge", "reduce", "tell"],
  ["prices", prices(20_000), undefined],
  ["crisis.drawdownLadder", ladder(50), ladder(80)],
  ["crisis.volatility", volatility(50), volatility(90)],
  ["crisis.calendar", window(1_000_000), window(2_000_000)],
  ["markets.btc-perp.maxLeverage", 5_000_000, 20_000_000],
  ["markets.btc-perp.maxNotional", usd("1000"), usd("9000")],
  ["markets.btc-perp.tiers", tiers(20, 10), tiers(10, 5)],
  ["assets.ETH.lendShare", 100_000, undefined],
];

/** What of the rules in force a path holds. */
function inForce({ state }: Story, name: string): unknown {
  const [scope, id, ...field] = name.split(".");
  const from =
    scope === "markets"
      ? state.markets.get(id as never)?.policy
      : scope === "assets"
        ? state.assets.get(id as never)
        : state.policy;
  const path = scope === "markets" || scope === "assets" ? field : name.split(".");
  return path.reduce<unknown>((node, key) => (node as Tree | undefined)?.[key], from);
}

describe("which rules wait", () => {
  test("CFG-101: every rule that can be looser is in the list below", () => {
    const kinds = (names: readonly string[]): readonly string[] =>
      [...new Set(names.map((name) => name.replace(/^(markets|assets)\.[^.]+/, "$1")))].sort();
    expect(kinds(CASES.map(([name]) => name))).toEqual(kinds(namesOf(POLICY)));
  });

  test.each(CASES)(
    "CFG-102: %s is looser after its time, in bounded steps, and tighter at once",
    (name, tight, loose) => {
      const [before, after] = [ruled(name, tight), ruled(name, loose)];
      const story = given(configured(before)).when(configured(after, "p2"));
      story.bringsAmong({ type: "RuleScheduled", rule: name } as never);
      expect(inForce(story, name)).toEqual(tight);
      const delay = before.raiseDelayMs;
      story.given(wait(delay - 1), tick);
      expect(inForce(story, name)).toEqual(tight);
      story.given(wait(1), tick);
      expect(inForce(story, name)).not.toEqual(tight);
      for (let steps = 0; steps < 12; steps += 1) story.given(wait(delay), tick);
      expect(story.state.policy).toEqual(after);
      expect(story.state.waiting.size).toBe(0);
      story.when(configured(before, "p3")).brings({ type: "FleetConfigured" });
      expect(inForce(story, name)).toEqual(tight);
      expect(story.state.policy).toEqual(before);
    },
  );
});

describe("how they wait", () => {
  const leverage = "markets.btc-perp.maxLeverage";
  const at = (times: number): Policy => ruled(leverage, times * 1_000_000);
  test("CFG-103: each step is the rules' part at most, and waits as long as the first", () => {
    const story = given(configured(at(4)), configured(at(20), "p2"));
    const seen = [1, 2, 3, 4, 5].map(() => {
      story.given(wait(60_000), tick);
      return inForce(story, leverage);
    });
    expect(seen).toEqual([6_000_000, 9_000_000, 13_500_000, 20_000_000, 20_000_000]);
    const lent = given(configured(ruled("dryPowder", percent(60))));
    lent.given(configured(ruled("dryPowder", percent(10)), "p2"), wait(60_000), tick);
    // 40 % could be lent; half of that more.
    expect(lent.state.policy?.dryPowder).toBe(percent(40));
  });

  test("CFG-104: orders go by what holds until then, and by the looser rule from then on", () => {
    const story = given(...crisisFleet(at(4), "10000", [ALICE, { cap: "4000" }]));
    story.given(configured(at(6), "p2"));
    const five = (name: string) => order(ALICE, name, { leverage: 5_000_000 });
    story.when(five("o1")).refused("leverage_exceeded");
    story.when(wait(60_000), tick, marks("10000"), five("o2")).brings({ type: "OrderApproved" });
  });

  test("CFG-109: brackets that loosen move what positions need when they hold, not before", () => {
    const name = "markets.btc-perp.tiers";
    const story = given(
      ...crisisFleet(ruled(name, tiers(10, 5)), "10000", [ALICE, { cap: "4000" }]),
      ...held(ALICE, "1"),
    );
    expect(story.state.maintenance).toBe(usd("500"));
    story.given(configured(ruled(name, tiers(8, 4)), "p2"));
    expect(story.state.maintenance).toBe(usd("500"));
    story.given(wait(60_000), tick);
    expect(story.state.maintenance).toBe(usd("400"));
    story.given(configured(ruled(name, tiers(12, 6)), "p3"));
    expect(story.state.maintenance).toBe(usd("600"));
  });

  test("CFG-105: other changes do not begin the wait anew, another goal does, and taken back it never comes", () => {
    const story = given(configured(at(4)), configured(at(5), "p2"), wait(30_000));
    const other = { ...at(5), stopShare: percent(40) };
    story.given(configured(other, "p3"), wait(30_000), tick);
    expect(inForce(story, leverage)).toBe(5_000_000);
    story.given(configured(at(6), "p4"), wait(59_999), tick);
    expect(inForce(story, leverage)).toBe(5_000_000);
    story.given(configured(at(5), "p5"), wait(60_000), tick);
    expect(inForce(story, leverage)).toBe(5_000_000);
  });

  test("CFG-110: the view tells what waits with what holds meanwhile, the next to come first, and then no more", () => {
    const haircut = ruled("assets.ETH.haircut", percent(5));
    const story = given(configured(at(4)), configured(at(5), "p2"), wait(30_000));
    story.given(configured({ ...at(5), assets: haircut.assets }, "p3"));
    const seen = () => fleetView(story.state, story.state.at).waitingRules;
    const [first, second] = seen() ?? [];
    expect(first).toMatchObject({ rule: leverage, holds: "4000000", to: "5000000" });
    expect(second).toMatchObject({ rule: "assets.ETH.haircut", to: "50000" });
    expect((second?.effectiveAt ?? 0) - (first?.effectiveAt ?? 0)).toBe(30_000);
    story.given(wait(60_000), tick);
    expect(seen()).toBeUndefined();
  });

  test("CFG-106: while an alarm holds no rule is looser", () => {
    const story = given(...crisisFleet(at(4), "1000"), configured(at(5), "p2"), alarm);
    story.given(wait(60_000), tick);
    expect(inForce(story, leverage)).toBe(4_000_000);
    story.given(clear, wait(60_000), tick);
    expect(inForce(story, leverage)).toBe(5_000_000);
  });

  test("CFG-107: rules without a crisis keep its duties until each has waited", () => {
    const { crisis: _, ...none } = BASE;
    const story = given(configured(BASE), configured(none, "p2"));
    expect(story.state.policy?.crisis?.callAt).toBe(CALLS.callAt);
    expect(story.state.policy?.crisis?.graceMs).toBe(CALLS.graceMs);
    for (let steps = 0; steps < 6; steps += 1) story.given(wait(60_000), tick);
    expect(story.state.policy).toEqual(none);
  });

  test.each([
    ["called", 0, "MarginCured"],
    ["liquidating", CALLS.graceMs ?? 0, "MarginResolved"],
  ] as const)(
    "CFG-111: a call that no rule knows any more is over and holds nobody: %s",
    (phase, ms, end) => {
      const rules = crisisPolicy(CALLS);
      const { crisis: _, ...none } = rules;
      const story = given(
        ...crisisFleet(rules, "1000", [ALICE, { cap: "950", leaseMs: 9_000_000 }]),
      );
      story.given(...held(ALICE, "0.4"), marks("9500"), wait(ms), tick, configured(none, "p2"));
      expect(story.state.crisis.calls.get(FLEET)?.phase).toBe(phase);
      expect(eventsOf(story, end)).toEqual([]);
      for (let steps = 0; steps < 4; steps += 1) story.given(wait(60_000), tick);
      expect(story.state.policy?.crisis?.graceMs).toBeUndefined();
      expect(eventsOf(story, end)).toMatchObject([{ agent: FLEET, call: "call-1" }]);
      expect(story.state.crisis.live.size).toBe(0);
      story.given(deposited("9000"), marks("9500"));
      story.when(order(ALICE, "more", { qty: "0.002" })).brings({ type: "OrderApproved" });
    },
  );

  test("CFG-112: of two rules of sources every source and each stricter number holds", () => {
    const now = { ...prices(20_000), alone: "follow" };
    const wanted = { ...now, sources: ["index-b"], divergence: 10_000, maxAgeMs: 9_000 };
    const story = given(
      configured(ruled("prices", now)),
      configured(ruled("prices", wanted), "p2"),
    );
    expect(inForce(story, "prices")).toEqual({
      ...{ sources: ["index-b", "index-a"], divergence: 10_000, maxAgeMs: 5_000 },
      ...{ quarantineAfter: 3, alone: "follow" },
    });
    const held = given(
      configured(ruled("prices", prices(20_000))),
      configured(ruled("prices", now), "p2"),
    );
    expect(inForce(held, "prices")).toMatchObject({ alone: "hold" });
    story.given(wait(60_000), tick);
    expect(inForce(story, "prices")).toEqual(wanted);
  });

  test("CFG-108: a market taken off the list and back is no way around", () => {
    const gone = { ...at(4), markets: at(4).markets.filter(({ market }) => market !== "btc-perp") };
    const story = given(configured(at(4)), configured(gone, "p2"), configured(at(20), "p3"));
    expect(inForce(story, leverage)).toBe(4_000_000);
    expect(eventsOf(story, "RuleScheduled")).toMatchObject([{ rule: leverage, to: "20000000" }]);
  });
});
