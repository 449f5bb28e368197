/** Limits of what the fleet does about its rank and its hedges that a mutation run found unguarded. */
import { describe, expect, test } from "vitest";
import { FLEET } from "../../src/core/ids.ts";
import { percent } from "../../src/core/ppm.ts";
import { adlDue } from "../../src/fleet/adl-defence.ts";
import type { Context } from "../../src/fleet/admission.ts";
import { hedgesOf } from "../../src/fleet/hedges.ts";
import type { AdlPolicy } from "../../src/protocol/crisis-policy.ts";
import { ALICE, BOB, BTC_PERP, coins, DORA, ETH_PERP, usd } from "./cast.ts";
import { crisisFleet, crisisPolicy, eventsOf, forcedOrders, held } from "./crisis-cast.ts";
import { given, ops, reported, type Step, type Story, tick } from "./spec.ts";
import {
  configured,
  deposited,
  done,
  enrolled,
  fill,
  granted,
  marks,
  order,
  stopSet,
  strayFill,
} from "./steps.ts";
import { deleveraged, ranked } from "./venue-cast.ts";

const agents = [DORA, BOB, ALICE].map((agent) => [agent, { cap: "2000" }] as const);
const fleetBy = (adl: AdlPolicy): readonly Step[] =>
  crisisFleet(crisisPolicy({ adl }), "10000", ...agents);
const REDUCE: AdlPolicy = { hedge: "reduce", hedgeBound: percent(25) };
const ether = (agent: typeof ALICE, size: string, side: "buy" | "sell"): readonly Step[] => [
  order(agent, `e-${agent}`, { market: "eth-perp", side, qty: size }),
  reported(fill(agent, `e-${agent}`, size, "1000"), done(agent, `e-${agent}`, size)),
  reported(stopSet(agent, ETH_PERP)),
];
/** Of an order for more, so much fills: no whole number of lots. */
const odd = (agent: typeof ALICE, size: string, market = BTC_PERP, price = "10000") => [
  order(agent, "odd", { market, side: market === BTC_PERP ? "buy" : "sell", qty: "1" }),
  reported(fill(agent, "odd", size, price), done(agent, "odd", size, "cancelled")),
  reported(stopSet(agent, market)),
];
const forced = (story: Story) =>
  forcedOrders(story.state).map(({ agent, market, qty }) => ({ agent, market, qty }));

describe("a position whose market has no mark", () => {
  const bare = (adl: AdlPolicy) =>
    given(configured(crisisPolicy({ adl })), reported(strayFill("buy", "0.1")));

  test("LIM-750: its rank is kept and nothing is done before there is one", () => {
    const story = bare({ reduceAtRank: 4 }).when(reported(ranked("0.1", 5)));
    story.brings({ type: "AdlRankSet" }, { type: "ReportsTaken" });
  });

  test("LIM-751: it is no leg of a hedge", () => {
    const { state } = bare(REDUCE);
    expect(state.positions.size).toBe(1);
    expect(hedgesOf(state, BTC_PERP, [{ of: FLEET }])).toEqual([]);
  });
});

describe("the fleet's own rank", () => {
  test("LIM-752: all of a net position is all of it, where that is no whole number of lots", () => {
    const story = given(
      ...crisisFleet(crisisPolicy({ adl: { reduceAtRank: 5, reduceBy: percent(100) } }), "10000", [
        ALICE,
        { cap: "4000" },
      ]),
      ...odd(ALICE, "0.0995"),
      enrolled(DORA),
      granted(DORA),
      ...held(DORA, "0.03", "sell"),
    );
    story.when(reported(ranked("0.0695", 5)));
    story.bringsAmong({ type: "AdlAvoided", qty: coins("0.0695") });
  });

  test("LIM-753: the first rank that calls for it is answered at once, whatever the pause", () => {
    const story = given(
      ...fleetBy({ reduceAtRank: 5, reduceBy: percent(50), pauseMs: 600_000 }),
      ...held(ALICE, "0.1"),
    );
    story.when(reported(ranked("0.1", 5))).bringsAmong({ type: "AdlAvoided" });
    expect([...adlDue({ law: story.state, at: story.now } as unknown as Context)]).toEqual([]);
  });
});

describe("hedges", () => {
  test("LIM-754: who holds nothing has none", () => {
    const { state } = given(...fleetBy(REDUCE));
    expect(hedgesOf(state, BTC_PERP, [{ of: ALICE }])).toEqual([]);
  });

  test("LIM-755: of legs that are too much the largest goes first, then by name, and no more", () => {
    const story = given(
      ...fleetBy({ ...REDUCE, hedgeBound: percent(1) }),
      ...held(ALICE, "0.13"),
      ...ether(DORA, "0.4", "sell"),
      ...ether(BOB, "0.4", "sell"),
      ...ether(ALICE, "0.5", "sell"),
    );
    const net = hedgesOf(story.state, BTC_PERP, []);
    expect(net).toMatchObject([{ agent: FLEET, net: 0n, gross: usd("2600") }]);
    // 700 of bitcoin go: 500 of Alice's ether, then 200 of Bob's, and none of Dora's.
    story.when(reported(deleveraged("0.07", { price: "10000" })));
    expect(forced(story)).toEqual([
      { agent: ALICE, market: ETH_PERP, qty: coins("0.5") },
      { agent: BOB, market: ETH_PERP, qty: coins("0.2") },
    ]);
  });

  test("LIM-756: a leg that goes whole goes to its last part of a lot", () => {
    const story = given(
      ...fleetBy(REDUCE),
      ...held(ALICE, "0.1"),
      ...odd(ALICE, "0.995", ETH_PERP, "1000"),
    );
    story.when(reported(deleveraged("0.1", { price: "10000" })));
    expect(forced(story)).toEqual([{ agent: ALICE, market: ETH_PERP, qty: coins("0.995") }]);
    const part = given(
      ...fleetBy(REDUCE),
      ...held(ALICE, "0.1"),
      ...odd(ALICE, "0.995", ETH_PERP, "1000"),
    );
    part.when(reported(deleveraged("0.06", { price: "10000" })));
    // 595 are too much, in whole lots of 0.01.
    expect(forced(part)).toEqual([{ agent: ALICE, market: ETH_PERP, qty: coins("0.59") }]);
  });

  test("LIM-757: a leg that is being closed is not closed twice, also between two orders", () => {
    const story = given(...fleetBy(REDUCE), ...held(ALICE, "0.1"), ...ether(BOB, "1", "sell"));
    story.given(ops("Revoke", { agent: "bob" }));
    story.given((law) =>
      forcedOrders(law).map(({ agent, order: name }) =>
        reported(done(agent, name, "0", "cancelled")),
      ),
    );
    story.when(reported(deleveraged("0.1", { price: "10000" })));
    expect(eventsOf(story, "HedgeBared")).toHaveLength(1);
    expect(forced(story)).toEqual([]);
  });

  test("LIM-758: who may only reduce already is not told so again; the fleet's mode is not an agent's", () => {
    const freeze = (target: "alice" | undefined) => {
      const story = given(
        ...fleetBy({ hedge: "freeze", hedgeBound: percent(25) }),
        ...held(ALICE, "0.1"),
        ...ether(ALICE, "1", "sell"),
      );
      const rest = target === undefined ? {} : { agent: target };
      story.given(ops("SetMode", { mode: "reduce", reason: "x", ...rest }));
      story.when(reported(deleveraged("0.1", { price: "10000" })));
      return eventsOf(story, "ModeSet").map(({ agent }) => agent);
    };
    expect(freeze("alice")).toEqual([ALICE]);
    expect(freeze(undefined)).toEqual([FLEET, ALICE]);
  });

  test("LIM-759: the fleet that may only reduce already is not told so again", () => {
    const story = given(
      ...fleetBy({ hedge: "freeze", hedgeBound: percent(25) }),
      ...held(ALICE, "0.1"),
      ...ether(BOB, "1", "sell"),
      ops("SetMode", { mode: "reduce", reason: "x" }),
    );
    story.when(reported(deleveraged("0.08", { price: "10000" })));
    expect(eventsOf(story, "HedgeBared").map(({ agent }) => agent)).toEqual([FLEET]);
    expect(eventsOf(story, "ModeSet").map(({ agent }) => agent)).toEqual([FLEET]);
    story.given(tick, marks("10000"), deposited("1"));
  });
});
