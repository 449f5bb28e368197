/** The risk desk: in step with the law however it got there, and honest about what it does not know. */
import { describe, expect, test } from "vitest";
import { must } from "../../src/core/assert.ts";
import { formatMicro, parseDecimal, toFloat } from "../../src/core/money.ts";
import { ppm } from "../../src/core/ppm.ts";
import type { Law } from "../../src/fleet/state.ts";
import type { CommandOf } from "../../src/protocol/turns.ts";
import { driftOf } from "../../src/risk/fleet-var.ts";
import { fleetVar } from "../../src/risk/fleet-var-measures.ts";
import { ceilingRank } from "../../src/risk/quantile.ts";
import type { RiskDesk } from "../../src/runtime/risk-desk.ts";
import type { Desk } from "../../src/runtime/risk-desk-parts.ts";
import { ALICE, BOB, POLICY, usd } from "../fleet/cast.ts";
import { RandomFleet } from "../fleet/random-fleet.ts";
import { weather } from "../fleet/risk-cases.ts";
import { by, type Draft, given, reported } from "../fleet/spec.ts";
import { aliceLong, configured, done, fill, fleetOf, marks, order } from "../fleet/steps.ts";
import { deskOf, dice, history, Told } from "./risk-desk-given.ts";

const TAIL = ppm(10_000);
const deskIn = (desk: RiskDesk): Desk => must(desk.desk, "the fleet has rules");
const asked = (draft: Draft) =>
  ({ type: "PlaceOrder", body: draft.body }) as unknown as CommandOf<"PlaceOrder">;

/** Gains of the net positions, day by day, and the k-th worst of them: nothing is remembered. */
function plainVar(law: Law, desk: Desk): number {
  const days = Array.from({ length: desk.scenarios.count }, () => 0);
  for (const held of law.positions.values()) {
    const index = must(desk.book.indexOf(held.market), "a market of the rules");
    const mark = toFloat(law.markets.get(held.market)?.mark ?? 0n, 8);
    const returns = desk.scenarios.returns[desk.book.markets[index]?.stand.asset ?? -1];
    days.forEach((_, s) => {
      days[s] = (days[s] ?? 0) + toFloat(held.qty, 8) * mark * (returns?.[s] ?? Number.NaN);
    });
  }
  const sorted = days.sort((a, b) => a - b);
  return Math.max(0, -(sorted[ceilingRank(days.length, TAIL) - 1] ?? Number.NaN));
}

describe("in step with the law", () => {
  test("DSK-001: after any story the kept measure is the plain one, and a desk made anew agrees", () => {
    let held = 0;
    for (let seed = 1; seed <= 6; seed += 1) {
      const uniform = dice(seed);
      const draw = (below: number): number => Math.floor(uniform() * below);
      const fleet = new RandomFleet({ checked: false });
      const told = new Told(fleet.story);
      for (let i = 0; i < 250; i += 1) {
        fleet.step([draw(24), draw(1_000), draw(1_000), draw(1_000)]);
        told.hear();
        if (i % 25 !== 24) continue;
        const law = fleet.story.state;
        const desk = deskIn(told.desk);
        const kept = fleetVar(desk.book.fleet, TAIL);
        const plain = plainVar(law, desk);
        expect(kept.ok && kept.value).toBeCloseTo(plain, 6);
        const anew = deskIn(deskOf(law));
        const around = anew.book.around(0, 0.1, TAIL);
        const live = desk.book.around(0, 0.1, TAIL);
        expect(live?.before).toBeCloseTo(around?.before ?? Number.NaN, 6);
        expect(live?.after).toBeCloseTo(around?.after ?? Number.NaN, 6);
        expect(driftOf(desk.book.fleet)).toBeLessThan(1e-6);
        held += plain > 0 ? 1 : 0;
      }
    }
    // A test of empty books would prove nothing.
    expect(held).toBeGreaterThan(20);
  });

  test("DSK-002: a change of rules makes the desk anew, with what is held", () => {
    const story = given(...aliceLong);
    const told = new Told(story);
    const before = fleetVar(deskIn(told.desk).book.fleet, TAIL);
    story.when(configured({ ...POLICY, raiseDelayMs: 1 }, "p2"));
    told.hear();
    expect(fleetVar(deskIn(told.desk).book.fleet, TAIL)).toEqual(before);
    expect(before.ok && before.value).toBeGreaterThan(10);
  });
});

describe("the estimate of an order", () => {
  const estimate = (desk: RiskDesk, law: Law, draft: Draft) => desk.estimate(law, asked(draft));

  test("DSK-010: before and after are the fleet without and with the order, rounded up", () => {
    const story = given(...aliceLong);
    const told = new Told(story);
    const first = estimate(told.desk, story.state, order(ALICE, "o2"));
    const exact = fleetVar(deskIn(told.desk).book.fleet, TAIL);
    const before = exact.ok ? exact.value : Number.NaN;
    expect(toFloat(first?.varBefore ?? 0n, 6)).toBeGreaterThanOrEqual(before);
    expect(toFloat(first?.varBefore ?? 0n, 6)).toBeCloseTo(before, 5);
    // Twice the position has twice the loss.
    expect(toFloat(first?.varAfter ?? 0n, 6)).toBeCloseTo(2 * before, 4);
    expect(first?.measure).toBe("historical simulation 99.00 % over 1 d");
  });

  test("DSK-011: what hedges lowers it, what only reduces is not measured", () => {
    const story = given(...aliceLong);
    const told = new Told(story);
    const hedge = estimate(told.desk, story.state, order(BOB, "h", { side: "sell" }));
    expect(hedge?.varAfter).toBe(0n);
    expect(hedge?.varBefore).toBeGreaterThan(usd("10"));
    const reduce = order(ALICE, "o2", { side: "sell", reduceOnly: true });
    expect(estimate(told.desk, story.state, reduce)).toBeUndefined();
  });

  test("DSK-012: orders under way count at their worst, so a burst cannot slip by", () => {
    const story = given(...fleetOf(ALICE, BOB));
    const told = new Told(story);
    const alone = estimate(told.desk, story.state, order(ALICE, "o1"));
    story.when(order(ALICE, "o1"));
    told.hear();
    const second = estimate(told.desk, story.state, order(ALICE, "o2"));
    expect(second?.varBefore).toBe(alone?.varAfter);
    // A sale on the way is no hedge until it fills: the purchase may fill alone.
    story.when(order(BOB, "s1", { side: "sell", qty: "0.1" }));
    told.hear();
    const third = estimate(told.desk, story.state, order(ALICE, "o2"));
    expect(third?.varBefore).toBeGreaterThanOrEqual(alone?.varAfter ?? 0n);
    story.when(reported(fill(ALICE, "o1", "0.05"), done(ALICE, "o1", "0.05", "cancelled")));
    told.hear();
    const left = estimate(told.desk, story.state, order(ALICE, "o3", { qty: "0.001" }));
    expect(left?.varBefore).toBeLessThan(alone?.varAfter ?? 0n);
  });

  test("DSK-013: in bad weather the larger of the replayed and the stressed loss counts", () => {
    const story = given(...aliceLong);
    const told = new Told(story);
    const fair = estimate(told.desk, story.state, order(ALICE, "o2"));
    story.when(weather({ regime: "liquidity-crisis" }));
    told.hear();
    const rough = estimate(told.desk, story.state, order(ALICE, "o2"));
    expect(rough?.measure).toBe("stressed (liquidity-crisis) 99.00 % over 1 d");
    expect(rough?.varAfter).toBeGreaterThan(fair?.varAfter ?? 0n);
    expect(rough?.varAfter).toBeGreaterThan(rough?.varBefore ?? 0n);
  });

  test("DSK-014: without a mark, or with too few days, there is no estimate", () => {
    const story = given(configured());
    expect(estimate(deskOf(story.state), story.state, order(ALICE, "o1"))).toBeUndefined();
    const long = given(...aliceLong);
    const short = deskOf(long.state, history(60));
    expect(estimate(short, long.state, order(ALICE, "o2"))).toBeUndefined();
    expect(short.measures(long.state, 0)?.notes.join()).toContain("value at risk is not measured");
  });

  test("DSK-015: nothing but an order gets a stamp, and a caller cannot bring one", () => {
    const story = given(...fleetOf(ALICE));
    const desk = deskOf(story.state);
    const stamp = { id: "r", from: ALICE, at: story.now, exp: story.now, print: 0 };
    const renew = { type: "Renew", stamp, body: {} } as never;
    expect(desk.stamped(story.state, renew)).toBe(renew);
    const forged = { ...(order(ALICE, "o1").body as object), estimate: { varAfter: "0" } };
    expect(() => by(ALICE, "PlaceOrder", forged as never)).toThrow(/estimate/);
  });
});

describe("the snapshot", () => {
  const opened = [
    ...fleetOf(ALICE, BOB),
    order(ALICE, "o1"),
    reported(fill(ALICE, "o1", "0.1"), done(ALICE, "o1", "0.1")),
    order(BOB, "o2", { market: "eth-perp", side: "sell", qty: "0.5" }),
    reported(fill(BOB, "o2", "0.5", "1000"), done(BOB, "o2", "0.5")),
  ];
  const snapshot = (days = history()) => {
    const story = given(...opened);
    const told = must(deskOf(story.state, days).measures(story.state, 0), "rules are set");
    return { story, told };
  };
  const amount = (text: string | undefined): bigint => parseDecimal(text ?? "", 6) ?? -1n;

  test("DSK-020: parts by agent add up to the value at risk to the millionth", () => {
    const { told } = snapshot();
    const parts = told.components ?? [];
    expect(parts.map(({ agent }) => agent).sort()).toEqual(["alice", "bob"]);
    const sum = parts.reduce((total, { var: part }) => total + amount(part), 0n);
    expect(sum).toBe(amount(told.tails?.find(({ level }) => level === 990_000)?.var));
    // Bob is short what moves with what Alice is long: he takes risk away.
    expect(parts.find(({ agent }) => agent === "bob")?.var).toMatch(/^-/);
  });

  test("DSK-021: levels, horizon and window are named; ES is beyond VaR; the worse is said with why", () => {
    const { told } = snapshot();
    const [at99, at95] = told.tails ?? [];
    expect([at99?.level, at95?.level]).toEqual([990_000, 950_000]);
    expect(amount(at99?.var)).toBeGreaterThan(amount(at95?.var));
    expect(amount(told.es975)).toBeGreaterThan(amount(at95?.var));
    expect({ horizon: told.horizon, window: told.window }).toEqual({
      horizon: "1 day",
      window: 500,
    });
    expect(told.stressed?.regime).toBe("sell-off");
    const largest = [amount(at99?.var), amount(told.stressed?.var)].sort((a, b) =>
      a < b ? 1 : -1,
    );
    expect(amount(told.worse?.var)).toBe(largest[0]);
    expect(told.worse?.why).not.toBe("");
  });

  test("DSK-022: margin ratios, health, survival and the breaking move are there", () => {
    const { told, story } = snapshot();
    // 1,000 of BTC and 500 of ETH at 5 %.
    expect(told.maintenance).toBe("75");
    expect(told.equity).toBe(formatMicro(story.state.collateral));
    expect(told.health.rows.map(({ measure }) => measure)).toContain("stress-survival");
    expect(told.health.level).toBe("safe");
    // The wallet is in dollar coins: nothing hurts it like their fall by 12 %.
    expect(told.survival[0]?.name).toBe("stablecoin breaks");
    expect(told.survival).toHaveLength(5);
    expect(told.survival.every(({ survives }) => survives)).toBe(true);
    expect(told.effectiveBets).toBeGreaterThan(1);
  });

  test("DSK-023: a market without history is valued by the wildest asset, and it is said", () => {
    const { told, story } = snapshot(history(600, ["BTC", "SOL"]));
    expect(told.notes).toContain("eth-perp has no history: SOL stands for it");
    expect(
      deskIn(deskOf(story.state, history(600, ["BTC", "SOL"]))).book.markets[1]?.stand,
    ).toEqual({
      asset: 1,
      proxy: true,
    });
  });

  test("DSK-024: what has too few samples says so, with how many it needs", () => {
    const { told } = snapshot();
    expect(told.backtests[0]?.verdict).toBe("too early: 0 outcomes, a verdict needs 100");
    expect(told.drift).toMatchObject({ alarm: false, rows: [], falseAlarmRate: 50_000 });
    expect(told.drift.says).toContain("no returns");
    expect(told.drift.power.length).toBeGreaterThan(0);
  });

  test("DSK-025: the heavy part is made anew after five seconds, and at once when the weather turns", () => {
    const story = given(...opened);
    const told = new Told(story);
    const first = told.desk.measures(story.state, 1_000)?.survival;
    story.when(marks("9500"));
    told.hear();
    expect(told.desk.measures(story.state, 5_999)?.survival).toBe(first);
    const between = told.desk.measures(story.state, 5_999);
    const sum = between?.components?.reduce((total, part) => total + amount(part.var), 0n);
    expect(sum).toBe(amount(between?.tails?.[0]?.var));
    expect(told.desk.measures(story.state, 6_000)?.survival).not.toBe(first);
    const second = told.desk.measures(story.state, 6_001)?.survival;
    let urgent = 0;
    told.desk.urgent = () => {
      urgent += 1;
    };
    story.when(weather({ regime: "sell-off" }));
    told.hear();
    expect(urgent).toBe(1);
    expect(told.desk.measures(story.state, 6_002)?.survival).not.toBe(second);
    expect(told.desk.measures(story.state, 6_002)?.regime.now).toBe("sell-off");
  });
});
