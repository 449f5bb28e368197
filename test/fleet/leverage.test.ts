/** Average leverage over time: what was open x time over its margin x time, exact however the time is cut. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AgentId, FLEET } from "../../src/core/ids.ts";
import { NOTIONAL_DIVISOR } from "../../src/core/money.ts";
import { DAY, HOUR, MINUTE, millis } from "../../src/core/time.ts";
import { attributionView } from "../../src/fleet/attribution.ts";
import { evolve } from "../../src/fleet/evolve.ts";
import { heldTime } from "../../src/fleet/leverage.ts";
import { emptyState, type Law } from "../../src/fleet/state.ts";
import { foldTurn } from "../../src/fleet/turn.ts";
import { freezeState, thawState } from "../../src/runtime/snapshots.ts";
import { canonical } from "./canonical.ts";
import { ALICE, at, BOB, BTC_PERP, DEMO, ETH_PERP, POLICY, usd } from "./cast.ts";
import { type Choice, RandomFleet } from "./random-fleet.ts";
import { given, inner, ops, reported, type Step, type Story, tick, wait } from "./spec.ts";
import * as steps from "./steps.ts";

const { aliceLong, done, enrolled, fill, granted, marks, order } = steps;

const trades = (agent: AgentId, name: string, size: string, fields: object, price: string) => [
  order(agent, name, { qty: size, ...fields }),
  reported(fill(agent, name, size, price), done(agent, name, size)),
];

/** As the attribution tells it: of each line, and of all. */
const told = (law: Law, when: number = law.at) => {
  const { lines, total } = attributionView(law, when);
  const of = lines.map((line) => [line.agent, line.leverageOverTime]);
  return { ...Object.fromEntries(of), all: total.leverageOverTime };
};
const heldOf = (law: Law, agent: AgentId, when: number = law.at) => {
  const holder = law.agents.get(agent);
  if (holder === undefined) throw new Error(`${agent} is enrolled`);
  return heldTime(law, holder, when);
};

describe("average leverage over time", () => {
  test("LVT-001: an hour at 5x and three at 5.5x are 5.375x, and days with nothing open change nothing", () => {
    // 0.1 BTC for 200 of margin: 1,000 for an hour, 1,100 for three: 4,300 over 800.
    const story = given(...aliceLong);
    expect(told(story.state)).toEqual({ alice: undefined, all: undefined });
    story.given(wait(HOUR), marks("11000"));
    expect(told(story.state)).toEqual({ alice: 5_000_000, all: 5_000_000 });
    expect(told(story.state, story.state.at + 3 * HOUR)).toEqual({
      alice: 5_375_000,
      all: 5_375_000,
    });
    const shut = { side: "sell", reduceOnly: true };
    story.given(wait(3 * HOUR), marks("11000"));
    story.given(...trades(ALICE, "o2", "0.1", shut, "11000"));
    expect(told(story.state)).toEqual({ alice: 5_375_000, all: 5_375_000 });
    expect(told(story.state, story.state.at + 9 * DAY).alice).toBe(5_375_000);
  });

  test("LVT-002: time counts by the margin that stood in it, also over all agents, and is rounded up", () => {
    const story = given(...aliceLong, wait(HOUR), marks("10000"), enrolled(BOB), granted(BOB));
    // Against her, for an hour of her two: 200 at 2x, for 100 of margin.
    const short = { side: "sell", leverage: 2 * 1_000_000 };
    story.given(...trades(BOB, "b1", "0.02", short, "10000"), wait(HOUR), marks("10000"));
    // 2,000 over 400 and 200 over 100, in hours: 2,200 over 500.
    expect(told(story.state)).toEqual({ alice: 5_000_000, bob: 2_000_000, all: 4_400_000 });
    // A third of an hour more: 2,333.3 over 466.6 and 266.6 over 133.3, 2,600 over 600.
    const later = told(story.state, story.state.at + HOUR / 3);
    expect(later).toEqual({ alice: 5_000_000, bob: 2_000_000, all: 4_333_334 });
  });

  test("LVT-003: a part that is closed and margin that is topped up count from then", () => {
    const story = given(...aliceLong, wait(HOUR), marks("10000"));
    const half = { side: "sell", reduceOnly: true };
    story.given(...trades(ALICE, "o2", "0.05", half, "10000"), wait(HOUR), marks("10000"));
    // Half of it for half of the margin is no other leverage.
    expect(told(story.state).alice).toBe(5_000_000);
    const state = structuredClone(story.state);
    const more = { type: "PositionToppedUp", agent: ALICE, market: BTC_PERP, amount: usd("100") };
    evolve(state, more as never, state.at);
    expect(told(state).alice).toBe(5_000_000);
    // 1,000 and 500 and 2 x 500 over 200 and 100 and 2 x 200.
    expect(told(state, state.at + 2 * HOUR).alice).toBe(3_571_429);
  });

  test("LVT-004: while no marks come the last one stands, and a new delegation begins nothing anew", () => {
    const story = given(...aliceLong, wait(HOUR), marks("11000"));
    // The coordinator was away, or halted: what was open stayed open.
    story.given(ops("SetMode", { mode: "halt", reason: "away" }), wait(3 * HOUR), marks("8800"));
    expect(told(story.state).alice).toBe(5_375_000);
    story.given(ops("SetMode", { mode: "run", reason: "back" }), steps.configured(POLICY, "p2"));
    // Recalled, closed and lent to once more: 880 for 176 beside 4,300 for 800, for four hours.
    story.given(ops("Recall", { agent: "alice", graceMs: 1 }), wait(1), tick);
    story.given(steps.closed(ALICE, "0.1", "8800"));
    expect(story.state.agents.get(ALICE)?.delegation?.phase).toBe("ended");
    const before = heldOf(story.state, ALICE);
    story.given(granted(ALICE), ...trades(ALICE, "o2", "0.1", {}, "8800"));
    expect(heldOf(story.state, ALICE)).toEqual(before);
    const { alice } = told(story.state, story.state.at + 4 * HOUR);
    expect(alice).toBe(5_199_469);
  });

  test("LVT-005: what is held in a market before its first mark has neither value nor margin until then", () => {
    const unmarked = (law: Law) =>
      inner("SetMarks", { marks: [{ market: ETH_PERP, price: at("1000"), at: law.at }] });
    const story = given(steps.configured(), steps.deposited("10000"), unmarked);
    story.given(reported(steps.strayFill("buy", "0.1")), wait(HOUR));
    expect(heldOf(story.state, FLEET, story.now)).toEqual({ value: 0n, margin: 0n });
    story.given(wait(HOUR), marks("10000"));
    expect(heldOf(story.state, FLEET)).toEqual({ value: 0n, margin: 0n });
    // Nobody asked for it: margin is all of its value.
    expect(told(story.state, story.state.at + HOUR)).toEqual({ fleet: 1_000_000, all: 1_000_000 });
  });

  test("LVT-009: the fleet's own line stands while it is part of the whole, with no result left of it", () => {
    const state = structuredClone(given(...aliceLong, wait(HOUR), marks("10000")).state);
    const own = state.agents.get(FLEET);
    if (own === undefined) throw new Error("the fleet is its own agent");
    expect(told(state)).not.toHaveProperty("fleet");
    // 600 for 600, for an hour.
    own.past.held.margin = usd("600") * BigInt(HOUR);
    own.past.held.value = own.past.held.margin * NOTIONAL_DIVISOR;
    expect(told(state)).toEqual({ alice: 5_000_000, fleet: 1_000_000, all: 2_000_000 });
  });

  test("LVT-006: a snapshot in the middle, taken back, goes on to the same", () => {
    const story = given(...aliceLong, wait(HOUR), marks("10500"), wait(7 * MINUTE + 1));
    const thawed = thawState(freezeState(story.state));
    if (thawed === undefined) throw new Error("a state comes back");
    const from = story.journal.length;
    const shut = { side: "sell", reduceOnly: true };
    story.given(marks("10700"), ...trades(ALICE, "o2", "0.04", shut, "10700"));
    story.given(wait(MINUTE + 7), marks("10650"));
    for (const { turn, place } of story.journal.slice(from)) foldTurn(thawed, turn, place);
    expect(canonical(thawed)).toBe(canonical(story.state));
    expect(heldOf(thawed, ALICE)).toEqual(heldOf(story.state, ALICE));
    expect(told(thawed).alice).toBeGreaterThan(5_000_000);
  });
});

describe("the sums that it is made of", () => {
  test("LVT-007: always a span of time that is cut adds up to the whole of it", () => {
    const spans = fc.array(
      fc.record({
        ms: fc.integer({ min: 1, max: 9_000_000 }),
        btc: fc.integer({ min: 9_000, max: 10_800 }),
        cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 }),
      }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(spans, (all) => {
        const [whole, cut] = [given(...aliceLong), given(...aliceLong)];
        const begun = whole.now;
        let mark = "10000";
        for (const { ms, btc, cuts } of all) {
          const ends = whole.now + ms;
          whole.given(wait(ms), marks(String(btc)));
          const inside = cuts.map((part) => cut.now + Math.floor(part * ms)).sort((a, b) => a - b);
          for (const [i, moment] of inside.entries()) cutAt(cut, moment, i % 2 === 0 ? mark : "");
          cut.given(wait(ends - cut.now), marks(String(btc)));
          mark = String(btc);
          expect(heldOf(cut.state, ALICE)).toEqual(heldOf(whole.state, ALICE));
        }
        expect(heldOf(whole.state, ALICE).margin).toBe(usd("200") * BigInt(whole.now - begun));
        expect(told(cut.state)).toEqual(told(whole.state));
      }),
      { numRuns: 30 },
    );
  });

  /** The same mark again, or a turn that changes nothing of what is held. */
  const cutAt = (story: Story, moment: number, mark: string): void => {
    const other: Step = ops("SetMode", { mode: "run", reason: "on", agent: ALICE });
    story.run(wait(moment - story.now));
    story.run(mark === "" ? other : marks(mark));
  };

  test("LVT-008: always they are what every moment adds, counted one by one from the journal", () => {
    const number = fc.integer({ min: 0, max: 1_000_000_000 });
    const choices: fc.Arbitrary<readonly Choice[]> = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 23 }), number, number, number),
      { minLength: 60, maxLength: 200, size: "max" },
    );
    let compared = 0;
    fc.assert(
      fc.property(choices, (all) => {
        const fleet = new RandomFleet({ checked: false });
        for (const choice of all) fleet.step(choice);
        const { state, counted } = oneByOne(fleet.story);
        for (const [agent, sums] of counted) {
          expect(heldOf(state, agent)).toEqual(sums);
          if (sums.value > 0n) compared += 1;
        }
      }),
      { numRuns: 15 },
    );
    expect(compared).toBeGreaterThan(10);
  });

  /** Folds a journal, and before every turn adds what has been open since the one before. */
  function oneByOne(story: Story) {
    const state = emptyState(DEMO);
    const counted = new Map<AgentId, { value: bigint; margin: bigint }>();
    for (const { turn, place } of story.journal) {
      const time = BigInt(turn.at - (state.at === millis(0) ? turn.at : state.at));
      for (const { agent, market, qty, margin } of state.positions.values()) {
        const sums = counted.get(agent) ?? { value: 0n, margin: 0n };
        const size = qty < 0n ? -qty : qty;
        sums.value += size * (state.markets.get(market)?.mark ?? 0n) * time;
        counted.set(agent, { ...sums, margin: sums.margin + margin * time });
      }
      foldTurn(state, turn, place);
    }
    return { state, counted };
  }
});
