/** The fleet closes before the venue does, by its rank; and a hedge that lost a leg is put right. */
import { describe, expect, test } from "vitest";
import { FLEET } from "../../src/core/ids.ts";
import { formatQty } from "../../src/core/money.ts";
import { percent } from "../../src/core/ppm.ts";
import { fleetView } from "../../src/fleet/views.ts";
import { type AdlPolicy, CRISIS_DEFAULTS, crisisFaults } from "../../src/protocol/crisis-policy.ts";
import { ALICE, BOB, BTC_PERP, coins, DORA, ETH_PERP, usd } from "./cast.ts";
import { crisisFleet, crisisPolicy, eventsOf, forcedOrders, held } from "./crisis-cast.ts";
import { by, given, reported, type Step, type Story, tick, wait } from "./spec.ts";
import { done, fill, marks, order, stopSet } from "./steps.ts";
import { deleveraged, liquidated, ranked, WATCHED } from "./venue-cast.ts";

const agents = [ALICE, BOB, DORA].map((agent) => [agent, { cap: "2000" }] as const);
const fleetBy = (adl: AdlPolicy | undefined): readonly Step[] =>
  crisisFleet(crisisPolicy(adl === undefined ? {} : { adl }), "10000", ...agents);

/** Alice long 0.1 and Bob long 0.05, Dora short 0.03: long 0.12 at the venue. */
const watched = (adl: AdlPolicy | undefined = WATCHED.adl): Story =>
  given(
    ...fleetBy(adl),
    ...held(ALICE, "0.1"),
    ...held(BOB, "0.05"),
    ...held(DORA, "0.03", "sell"),
  );
const forced = (story: Story) =>
  forcedOrders(story.state).map(({ agent, market, side, qty, cause }) => ({
    ...{ agent, market, side, qty, cause },
  }));
const dutiesOf = ({ state, now }: Story) =>
  fleetView(state, now).margin.duties.map(({ duty, agent }) => [duty, agent]);

describe("the fleet's own rank", () => {
  test("ADR-001: from the rank of the rules on half of the net position goes, by lots among its side", () => {
    const story = watched().when(reported(ranked("0.12", 4)));
    story.bringsAmong({
      ...{ type: "AdlAvoided", market: BTC_PERP, side: "sell", lights: 4, reduceAtRank: 4 },
      ...{ ahead: percent(20), qty: coins("0.06"), reason: "rank 4 of 5, the rules reduce from 4" },
    });
    expect(forced(story)).toEqual([
      { agent: ALICE, market: BTC_PERP, side: "sell", qty: coins("0.04"), cause: "adl" },
      { agent: BOB, market: BTC_PERP, side: "sell", qty: coins("0.02"), cause: "adl" },
    ]);
    expect(dutiesOf(story)).toEqual([
      ["adl", ALICE],
      ["adl", BOB],
    ]);
  });

  test("ADR-002: a short is bought back", () => {
    const story = given(...fleetBy(WATCHED.adl), ...held(DORA, "0.03", "sell"));
    story.when(reported(ranked("-0.03", 5)));
    story.bringsAmong({ type: "AdlAvoided", side: "buy", qty: coins("0.015") });
    expect(forced(story)).toEqual([
      { agent: DORA, market: BTC_PERP, side: "buy", qty: coins("0.015"), cause: "adl" },
    ]);
  });

  test("ADR-003: below that rank, or without the rule, nobody closes anything", () => {
    const still = (story: Story): void => {
      expect(eventsOf(story, "AdlRankSet")).toHaveLength(1);
      expect(eventsOf(story, "AdlAvoided")).toEqual([]);
      expect(forced(story)).toEqual([]);
    };
    still(watched().when(reported(ranked("0.12", 3))));
    still(watched({ hedge: "reduce" }).when(reported(ranked("0.12", 5))));
    const off: readonly Step[] = fleetBy(undefined);
    still(given(...off, ...held(ALICE, "0.12")).when(reported(ranked("0.12", 5))));
  });

  test("ADR-004: the rank of another position than ours decides nothing", () => {
    const story = watched().when(reported(ranked("0.13", 5)), marks("10001"));
    expect(forced(story)).toEqual([]);
  });

  test("ADR-005: it waits for its own orders, then for the venue's next word, and goes on from there", () => {
    const story = watched().given(reported(ranked("0.12", 5)));
    story.given(wait(9_000), marks("10001"));
    expect(eventsOf(story, "AdlAvoided")).toHaveLength(1);
    const filled: Step = (law) =>
      forcedOrders(law).map(({ agent, order: name, qty }) => {
        const size = qty === coins("0.04") ? "0.04" : "0.02";
        return reported(fill(agent, name, size), done(agent, name, size));
      });
    story.given(filled, marks("10002"));
    expect(eventsOf(story, "AdlAvoided")).toHaveLength(1);
    story.given(reported(ranked("0.06", 4)));
    expect(eventsOf(story, "AdlAvoided").map(({ qty }) => qty)).toEqual([
      coins("0.06"),
      coins("0.03"),
    ]);
    story.given(reported(ranked("0.06", 2)));
    expect(story.state.venue.ranks.get(BTC_PERP)).toMatchObject({ lights: 2 });
  });

  test("ADR-006: orders that did not fill are sent again, not before the wait of the rules", () => {
    const story = watched().given(reported(ranked("0.12", 5)));
    const cancelled: Step = (law) =>
      forcedOrders(law).map(({ agent, order: name }) =>
        reported(done(agent, name, "0", "cancelled")),
      );
    story.given(cancelled);
    expect(eventsOf(story, "AdlAvoided")).toHaveLength(1);
    story.given(wait(2_000), marks("10001"));
    expect(eventsOf(story, "AdlAvoided")).toHaveLength(2);
  });

  test("ADR-011: more of it goes only after the pause, however often the venue ranks it anew", () => {
    const half = { reduceAtRank: 5, reduceBy: percent(50) };
    const filled: Step = (law) =>
      forcedOrders(law).flatMap(({ agent, order: name, qty }) => [
        reported(fill(agent, name, formatQty(qty), "10000")),
        reported(done(agent, name, formatQty(qty))),
      ]);
    const ranks = (story: Story) =>
      story.given(reported(ranked("0.12", 5)), filled, reported(ranked("0.06", 5)), wait(59_000));
    const hasty = ranks(watched(half));
    expect(eventsOf(hasty, "AdlAvoided")).toHaveLength(2);
    const patient = ranks(watched({ ...half, pauseMs: 60_000 }));
    patient.given(marks("10000"));
    expect(eventsOf(patient, "AdlAvoided")).toHaveLength(1);
    patient.given(wait(1_000), marks("10000"));
    expect(eventsOf(patient, "AdlAvoided")).toHaveLength(2);
    expect(CRISIS_DEFAULTS.adl).toMatchObject({ pauseMs: 60_000 });
  });

  test("ADR-007: a lot is the least, all the most; what an agent closes already is not closed twice", () => {
    const little = watched({ reduceAtRank: 5, reduceBy: percent(0.01) });
    expect(forced(little.when(reported(ranked("0.12", 5))))).toMatchObject([
      { agent: ALICE, qty: coins("0.001") },
    ]);
    const all = watched({ reduceAtRank: 5, reduceBy: percent(100) });
    all.given(order(BOB, "out", { side: "sell", qty: "0.05", reduceOnly: true }));
    expect(forced(all.when(reported(ranked("0.12", 5))))).toMatchObject([
      { agent: ALICE, qty: coins("0.1") },
    ]);
  });

  test("ADR-009: where its agents close all of it already, nothing is told and nothing sent", () => {
    const story = given(...fleetBy(WATCHED.adl), ...held(ALICE, "0.1"));
    story.given(order(ALICE, "out", { side: "sell", qty: "0.1", reduceOnly: true }));
    story.when(reported(ranked("0.1", 5))).brings({ type: "AdlRankSet" }, { type: "ReportsTaken" });
  });

  test("ADR-008: the rules have a default, and what makes no sense is told by name", () => {
    expect(CRISIS_DEFAULTS.adl).toMatchObject({ reduceAtRank: 5, hedge: "reduce" });
    const faults = (adl: AdlPolicy) => crisisFaults({ adl }).length;
    expect(faults({ reduceBy: percent(0) })).toBe(1);
    expect(faults({ reduceBy: percent(101) })).toBe(1);
    expect(faults({ hedgeBound: percent(100) })).toBe(1);
    expect(faults({ reduceBy: percent(100), hedgeBound: percent(99) })).toBe(0);
    // Without a part of its own the rule takes half.
    const story = watched({ reduceAtRank: 5 }).when(reported(ranked("0.12", 5)));
    expect(eventsOf(story, "AdlAvoided")[0]?.qty).toBe(coins("0.06"));
  });
});

describe("what follows a loss that the venue made", () => {
  test("ADR-010: the drawdown ladder and the floor see it in the same turn", () => {
    const ladder = [{ drawdown: percent(5), keeps: percent(50) }];
    const story = given(
      ...crisisFleet(crisisPolicy({ drawdownLadder: ladder }), "10000", [ALICE, { cap: "2000" }]),
      ...held(ALICE, "0.1"),
      marks("9900"),
    );
    // 0.1 at 8,500 instead of 10,000: 150 of 2,000.
    story.when(reported(liquidated("0.1", { price: "8500" })));
    story.bringsAmong({ type: "DrawdownCut", agent: ALICE, cap: usd("1000") });
    const floored = given(
      ...crisisFleet(crisisPolicy({}), "10000", [ALICE, { cap: "2000", floor: "1900" }]),
      ...held(ALICE, "0.1"),
    ).when(reported(deleveraged("0.1", { price: "8500" })));
    floored.bringsAmong({ type: "FloorBreached", agent: ALICE });
  });
});

/** Ether that stands against Alice's bitcoin: 1 ETH at 1,000. */
const ether = (agent: typeof ALICE, size: string, side: "buy" | "sell"): readonly Step[] => [
  order(agent, `e-${agent}`, { market: "eth-perp", side, qty: size }),
  reported(fill(agent, `e-${agent}`, size, "1000"), done(agent, `e-${agent}`, size)),
  reported(stopSet(agent, ETH_PERP)),
];

/** Alice long 0.1 BTC and short 1 ETH: 1,000 against 1,000. */
const hedged = (adl: AdlPolicy | undefined = WATCHED.adl): Story =>
  given(...fleetBy(adl), ...held(ALICE, "0.1"), ...ether(ALICE, "1", "sell"));

describe("a hedge that the venue laid bare", () => {
  test("HDG-001: it is told with its net before and after, and the other leg goes down to what is left", () => {
    const story = hedged().when(reported(deleveraged("0.06", { price: "10000" })));
    expect(eventsOf(story, "HedgeBared")).toMatchObject([
      {
        ...{ agent: ALICE, name: "t-1", market: BTC_PERP, group: "all", handling: "reduce" },
        ...{ netBefore: 0n, netAfter: usd("-600"), grossBefore: usd("2000"), bound: percent(25) },
      },
    ]);
    expect(forced(story)).toEqual([
      { agent: ALICE, market: ETH_PERP, side: "buy", qty: coins("0.6"), cause: "naked-hedge" },
    ]);
    expect(dutiesOf(story)).toContainEqual(["bare-hedge", ALICE]);
  });

  test("HDG-002: a liquidation lays bare as well, and all of a leg closes all of the other", () => {
    const story = hedged().when(reported(liquidated("0.1", { price: "10000" })));
    expect(forced(story)).toMatchObject([{ market: ETH_PERP, qty: coins("1") }]);
  });

  test("HDG-003: within the bound it is a hedge still", () => {
    const story = hedged().when(reported(deleveraged("0.05", { price: "10000" })));
    expect(eventsOf(story, "HedgeBared")).toEqual([]);
    const tight = hedged({ hedge: "reduce", hedgeBound: percent(24) });
    tight.when(reported(deleveraged("0.05", { price: "10000" })));
    expect(eventsOf(tight, "HedgeBared")).toHaveLength(1);
  });

  test("HDG-004: what was no hedge is none, and without the rule nobody looks", () => {
    const alone = given(...fleetBy(WATCHED.adl), ...held(ALICE, "0.1"));
    alone.when(reported(deleveraged("0.06")));
    expect(eventsOf(alone, "HedgeBared")).toEqual([]);
    const off = hedged({ reduceAtRank: 5 }).when(reported(deleveraged("0.06")));
    expect(eventsOf(off, "HedgeBared")).toEqual([]);
    expect(forced(off)).toEqual([]);
  });

  test("HDG-005: frozen, its agent may only reduce until the operator says otherwise", () => {
    const story = hedged({ hedge: "freeze" });
    story.given(order(ALICE, "rest", { qty: "0.01", limit: "9950" }));
    story.when(reported(deleveraged("0.1", { price: "10000" })));
    story.bringsAmong({ type: "ModeSet", agent: ALICE, mode: "reduce" });
    story.bringsAmong({ type: "CancelRequested", agent: ALICE });
    expect(forced(story)).toEqual([]);
    story.when(order(ALICE, "more", { qty: "0.01" })).refused("reduce_only");
  });

  test("HDG-011: the fleet's own hedge laid bare freezes all", () => {
    const story = given(
      ...fleetBy({ hedge: "freeze" }),
      ...held(ALICE, "0.1"),
      ...ether(BOB, "1", "sell"),
      order(DORA, "rest", { qty: "0.01", limit: "9950" }),
    ).when(reported(deleveraged("0.08", { price: "10000" })));
    story.bringsAmong({ type: "ModeSet", agent: FLEET, mode: "reduce" });
    story.bringsAmong({ type: "CancelRequested", agent: DORA });
  });

  test("HDG-006: told alone, nothing follows", () => {
    const story = hedged({ hedge: "tell" }).when(reported(deleveraged("0.1", { price: "10000" })));
    expect(eventsOf(story, "HedgeBared")).toHaveLength(1);
    expect(forced(story)).toEqual([]);
    expect(eventsOf(story, "ModeSet")).toEqual([]);
  });

  test("HDG-007: legs of two agents are the fleet's hedge, and its other leg is closed", () => {
    const story = given(
      ...fleetBy(WATCHED.adl),
      ...held(ALICE, "0.1"),
      ...ether(BOB, "1", "sell"),
    ).when(reported(deleveraged("0.08", { price: "10000" })));
    expect(eventsOf(story, "HedgeBared").map(({ agent }) => agent)).toEqual([FLEET]);
    expect(forced(story)).toMatchObject([{ agent: BOB, market: ETH_PERP, qty: coins("0.8") }]);
  });

  test("HDG-008: one leg is put right once: where an agent's is bare the fleet's is not told again", () => {
    const story = hedged().when(reported(deleveraged("0.1", { price: "10000" })));
    expect(eventsOf(story, "HedgeBared").map(({ agent }) => agent)).toEqual([ALICE]);
  });

  test("HDG-009: only markets of one group stand against each other", () => {
    const apart = { name: "coins", markets: [BTC_PERP] };
    const together = { name: "majors", markets: [BTC_PERP, ETH_PERP] };
    const story = (groups: readonly (typeof apart)[]): Story =>
      hedged({ hedge: "tell", hedgeGroups: groups }).when(reported(deleveraged("0.1")));
    expect(eventsOf(story([apart]), "HedgeBared")).toEqual([]);
    expect(eventsOf(story([together]), "HedgeBared").map(({ group }) => group)).toEqual(["majors"]);
  });

  test("HDG-010: the largest leg goes first, and what its agent closes already is left to it", () => {
    const story = given(
      ...fleetBy(WATCHED.adl),
      ...held(ALICE, "0.15"),
      ...ether(BOB, "1", "sell"),
      ...ether(DORA, "0.5", "sell"),
      by(BOB, "PlaceOrder", {
        ...{ order: "back", market: "eth-perp", side: "buy", qty: "0.3", reduceOnly: true },
        leverage: 5_000_000,
      }),
    ).when(reported(deleveraged("0.12", { price: "10000" })));
    expect(forced(story)).toMatchObject([
      { agent: BOB, qty: coins("0.7") },
      { agent: DORA, qty: coins("0.5") },
    ]);
    story.given(tick);
  });
});
