/** What the desk sees in the marks: drift and its end, crashes, gaps, and how its forecasts fare. */
import { describe, expect, test } from "vitest";
import { must } from "../../src/core/assert.ts";
import { formatDecimal } from "../../src/core/money.ts";
import { ppm } from "../../src/core/ppm.ts";
import { millis } from "../../src/core/time.ts";
import type { RegimeFacts } from "../../src/protocol/risk-facts.ts";
import { heldPower } from "../../src/runtime/risk-desk-words.ts";
import { ALICE, at, BTC_PERP, ETH_PERP, T0 } from "../fleet/cast.ts";
import { alarm } from "../fleet/risk-cases.ts";
import { given, inner, type Story } from "../fleet/spec.ts";
import { aliceLong, fleetOf } from "../fleet/steps.ts";
import { alarmShare } from "../risk/drift-runs.ts";
import { chanceOf } from "../risk/simulate.ts";
import { bell, dice, Told } from "./risk-desk-given.ts";

const HALF_HOUR = 1_800_000;
/** How the two coins move from one half hour to the next, in parts of one. */
type Moves = (uniform: () => number) => readonly [number, number];
/** As in the history, by the root of time. */
const together: Moves = (uniform) => {
  const common = bell(uniform);
  return [
    (0.03 / 7) * (0.9 * common + 0.43 * bell(uniform)),
    (0.04 / 7) * (0.9 * common + 0.43 * bell(uniform)),
  ];
};
const against: Moves = (uniform) => {
  const common = bell(uniform);
  return [0.004 * common, -0.005 * common + 0.0005 * bell(uniform)];
};

/** A market whose clock and prices go on, and a desk that watches it. */
class Market {
  readonly told: Told;
  readonly story: Story;
  readonly #uniform: () => number;
  #slot = Math.ceil(T0 / HALF_HOUR);
  #prices: readonly [number, number] = [10_000, 1_000];

  constructor(story: Story, seed = 3) {
    this.story = story;
    this.told = new Told(story);
    this.#uniform = dice(seed);
  }

  /** Marks in the next half hour: those before become a sample. */
  mark(moves: Moves, slots = 1): RegimeFacts | undefined {
    this.#slot += slots;
    return this.markAt(moves, 0);
  }

  /** Marks so many minutes after the last half hour. */
  markAt(moves: Moves, minutes: number): RegimeFacts | undefined {
    const [btc, eth] = moves(this.#uniform);
    this.#prices = [this.#prices[0] * (1 + btc), this.#prices[1] * (1 + eth)];
    const [first, second] = this.#prices.map((price) =>
      at(formatDecimal(BigInt(Math.round(price * 1e6)), 6)),
    );
    const time = millis(this.#slot * HALF_HOUR + minutes * 60_000);
    const mark = (market: typeof BTC_PERP, price: typeof first) => ({
      ...{ market, at: time, price: must(price, "two prices") },
    });
    this.story.when(inner("SetMarks", { marks: [mark(BTC_PERP, first), mark(ETH_PERP, second)] }));
    const facts = this.told.hear();
    // As the loop does: the law is told before anything else.
    if (facts !== undefined) this.story.when(inner("SetRegime", facts));
    this.told.hear();
    return facts;
  }

  /** Marks until the law's frozen is as asked; how many it took. */
  until(frozen: boolean, moves: Moves, most: number): number {
    for (let i = 1; i <= most; i += 1) {
      this.mark(moves);
      if (this.story.state.frozen === frozen) return i;
    }
    return Infinity;
  }

  get drift() {
    return must(this.told.desk.measures(this.story.state, 0), "rules are set").drift;
  }
}

describe("correlation drift", () => {
  test("DSK-030: where the market moves as it did, ninety half hours bring no alarm", () => {
    const market = new Market(given(...fleetOf(ALICE)));
    expect(market.until(true, together, 90)).toBe(Infinity);
    expect(market.drift.rows).toMatchObject([{ pair: "BTC/ETH" }]);
    expect(market.drift.rows[0]?.base).toBeCloseTo(0.81, 1);
  });

  test("DSK-031: what moves against each other is found within a period, and the alarm says what", () => {
    const market = new Market(given(...fleetOf(ALICE)));
    for (let i = 0; i < 11; i += 1) {
      expect(market.mark(against)).toBeUndefined();
    }
    expect(market.drift.says).toMatch(/^9 returns, a verdict needs 10$/);
    expect(market.until(true, against, 20)).toBeLessThanOrEqual(19);
    const told = market.story.journal.flatMap(({ turn }) => turn.events);
    const set = told.find((event) => event.type === "RegimeSet");
    expect(set).toMatchObject({ alarm: true, pair: "BTC/ETH", falseAlarmRate: 50_000 });
    expect(set?.type === "RegimeSet" && set.strain).toBeGreaterThanOrEqual(1_000_000);
    expect(set?.type === "RegimeSet" && set.reason).toMatch(/^correlations drift: BTC\/ETH -/);
  });

  test("DSK-032: the alarm ends by itself, after a fresh period has been quiet, and not before", () => {
    const market = new Market(given(...fleetOf(ALICE)));
    market.until(true, against, 40);
    expect(market.until(false, against, 40)).toBe(Infinity);
    const quiet = market.until(false, together, 90);
    expect(quiet).toBeGreaterThanOrEqual(12);
    expect(quiet).toBeLessThan(90);
  });

  test("DSK-033: a coordinator that takes over goes on with the alarm, and ends it the same way", () => {
    const market = new Market(given(...fleetOf(ALICE), alarm), 5);
    expect(market.mark(together)).toBeUndefined();
    expect(market.drift.alarm).toBe(true);
    const quiet = market.until(false, together, 60);
    expect(quiet).toBeGreaterThanOrEqual(12);
    expect(quiet).toBeLessThan(60);
  });

  test("DSK-034: a gap in the marks is no return", () => {
    const market = new Market(given(...fleetOf(ALICE)));
    for (let i = 0; i < 8; i += 1) market.mark(together);
    const before = market.drift.observations;
    market.mark(together, 5);
    expect(market.drift.observations).toBe(before);
    market.mark(together);
    expect(market.drift.observations).toBe(before + 1);
  });

  test("DSK-035: of the marks around a half hour the nearest is the sample; far from it there is none", () => {
    const near = new Market(given(...fleetOf(ALICE)));
    // Two minutes off on either side are near enough.
    for (const minutes of [0, 28, 35, 62, 70, 92]) near.markAt(together, minutes);
    expect(near.drift.observations).toBe(2);
    const far = new Market(given(...fleetOf(ALICE)));
    for (const minutes of [0, 27, 33, 57, 63, 87, 93]) far.markAt(together, minutes);
    expect(far.drift.observations).toBe(0);
    expect(far.drift.says).toBe("marks are 3 market minutes off the half hour, allowed 2");
  });
});

describe("the power that is told", () => {
  test("DSK-036: it is what pairs of known correlation alarm with, at the rate that each is held to", () => {
    const chance = chanceOf(11);
    for (const [horizon, rate] of [
      [30, 5_000],
      [130, 10_000],
    ] as const) {
      const [first] = heldPower(horizon, rate);
      const { before, after, power } = must(first, "the power of every horizon is told");
      const setting = { before, now: after, horizon, df: 4 };
      const share = alarmShare(chance, 300, setting, ppm(rate));
      // Three deviations of a share of 300 runs.
      expect(Math.abs(share - power / 1e6)).toBeLessThan(0.09);
    }
  });
});

describe("weather", () => {
  const fall: Moves = () => [-0.12, -0.12];

  test("DSK-040: a fall of a tenth is a sell-off at the very mark, of a fifth a crisis that freezes", () => {
    const market = new Market(given(...fleetOf(ALICE)));
    for (let i = 0; i < 4; i += 1) market.mark(together);
    expect(market.mark(fall)).toMatchObject({ regime: "sell-off", alarm: false });
    const crisis = market.mark(fall);
    expect(crisis).toMatchObject({ regime: "liquidity-crisis", alarm: true });
    expect(crisis?.worstDay).toBeLessThan(-200_000);
    expect(market.story.state).toMatchObject({ regime: "liquidity-crisis", frozen: true });
    // A day later the fall is behind it.
    market.until(false, together, 60);
    expect(market.story.state.frozen).toBe(false);
  });
});

describe("the fleet's own forecasts", () => {
  test("DSK-037: they are examined as soon as one breach is expected, and what is flat is not counted", () => {
    const flat = new Market(given(...fleetOf(ALICE)));
    for (let i = 0; i < 25; i += 1) flat.mark(together);
    const views = (market: Market) => market.told.desk.measures(market.story.state, 0)?.backtests;
    expect(views(flat)?.map(({ outcomes }) => outcomes)).toEqual([0, 0]);
    const held = new Market(given(...aliceLong));
    for (let i = 0; i < 25; i += 1) held.mark(together);
    const [at99, at95] = views(held) ?? [];
    expect(at99).toMatchObject({ level: 990_000, outcomes: 23 });
    expect(at99?.verdict).toBe("too early: 23 outcomes, a verdict needs 100");
    expect(at95).toMatchObject({ level: 950_000, outcomes: 23, light: "green" });
    expect(at95?.verdict).toContain("neither coverage nor independence");
  });

  test("DSK-038: losses beyond every forecast turn the light red and fail coverage", () => {
    const market = new Market(given(...aliceLong));
    const slide: Moves = () => [-0.015, -0.015];
    for (let i = 0; i < 25; i += 1) market.mark(slide);
    const [, at95] = market.told.desk.measures(market.story.state, 0)?.backtests ?? [];
    expect(at95?.breaches).toBeGreaterThan(10);
    expect(at95).toMatchObject({ light: "red", kupiecP: 0 });
    expect(at95?.verdict).toContain("is rejected");
  });
});
