/** What the limits tell of themselves to whoever explains a decision: the words, and what is not asked. */
import { describe, expect, test } from "vitest";
import { percent } from "../../src/core/ppm.ts";
import { explainDecision } from "../../src/fleet/explain-decision.ts";
import { CallStory } from "../../src/fleet/explain-liquidation.ts";
import { emptyState } from "../../src/fleet/state.ts";
import { foldTurn } from "../../src/fleet/turn.ts";
import { ALICE, BOB, DEMO, ETH, T0, TEN_TIMES, usd } from "./cast.ts";
import { crisisFleet, crisisPolicy, held } from "./crisis-cast.ts";
import { by, type Draft, given, type Story } from "./spec.ts";
import { deposited, enrolled, granted, open, order } from "./steps.ts";

function checksOf(story: Story, draft: Draft, asked: object) {
  const law = structuredClone(story.state);
  const turn = story.take(draft);
  if (turn === undefined) throw new Error("something is decided");
  const kept = turn.rejection === undefined ? turn : { ...turn, asked };
  return explainDecision(law, kept, { seq: story.journal.length, turn: 0 }).checks;
}

describe("what is told", () => {
  test("LIM-740: of a grant whether all that we hold can be valued, and what cannot", () => {
    const terms = { cap: "100", services: ["trading"], maxLeverage: 1_000_000, priority: 1 };
    const grant = { ...terms, agent: "bob", mode: "cross", floor: "0", leaseMs: 60_000 };
    const mark = (waitMs: number) => {
      const story = given(...open, deposited("1", ETH), enrolled(BOB), { wait: waitMs });
      return checksOf(story, granted(BOB), grant).find(({ limit }) => limit === "mark");
    };
    expect(mark(0)).toMatchObject({ passed: true, state: "fresh" });
    expect(mark(60_000)).toMatchObject({ passed: false, state: "none for ETH" });
  });

  test("LIM-741: an order that reduces is not asked for the cash that an event keeps", () => {
    const event = {
      ...{ name: "x", at: T0, beforeMs: 60_000, afterMs: 60_000 },
      ...{ maxLeverage: TEN_TIMES, buffer: percent(10) },
    };
    const policy = crisisPolicy({ calendar: [event] });
    const story = given(
      ...crisisFleet(policy, "10000", [ALICE, { cap: "2000" }]),
      ...held(ALICE, "0.1"),
    );
    const limits = (draft: Draft) => checksOf(story, draft, {}).map(({ limit }) => limit);
    expect(limits(order(ALICE, "more", { qty: "0.01" }))).toContain("buffer");
    const out = order(ALICE, "out", { side: "sell", qty: "0.1", reduceOnly: true });
    expect(limits(out)).not.toContain("buffer");
  });

  test("LIM-742: a dear plan of orange's is planned again to the same lots: what it costs counts", () => {
    const rule = {
      ...{ reduceWithinMs: 300_000, depth: usd("1000000"), halfSpread: percent(15) },
      permanentShare: percent(0),
    };
    const story = given(
      ...crisisFleet(crisisPolicy(rule), "1000", [ALICE, { cap: "950" }]),
      ...held(ALICE, "0.31"),
      by(ALICE, "PlaceBet", {
        ...{ bet: "b1", game: "dice", stake: "150", params: {}, clientSeed: "seed-seed" },
      }),
    );
    const state = emptyState(DEMO);
    const told = new CallStory("orange");
    for (const { turn, place } of story.journal) {
      told.take(state, turn, place);
      foldTurn(state, turn, place);
    }
    expect(told.told()?.plans).toMatchObject([{ reproduced: true }]);
  });
});
