/** What explanations say of limits and parameters is what the rules say, to the number. */
import { describe, expect, test } from "vitest";
import { percent } from "../../src/core/ppm.ts";
import { explainDecision } from "../../src/fleet/explain-decision.ts";
import { CallStory } from "../../src/fleet/explain-liquidation.ts";
import { emptyState } from "../../src/fleet/state.ts";
import { foldTurn } from "../../src/fleet/turn.ts";
import { ALICE, BOB, DEMO, POLICY, usd } from "./cast.ts";
import { crisisFleet, crisisPolicy, eventsOf, held } from "./crisis-cast.ts";
import { by, type Draft, given, inner, type Story } from "./spec.ts";
import { configured, deposited, enrolled, fleetOf, granted, marks, order } from "./steps.ts";

/** Takes a command and explains it from the state before it; `asked` is what the wire brought. */
function explained(story: Story, draft: Draft, asked: object = {}) {
  const law = structuredClone(story.state);
  const turn = story.take(draft);
  if (turn === undefined) throw new Error("something is decided");
  const kept = turn.rejection === undefined ? turn : { ...turn, asked };
  return explainDecision(law, kept, { seq: story.journal.length, turn: 0 });
}
const reserve = (amount: string) =>
  by(ALICE, "Reserve", { reservation: "r1", amount, service: "trading", ttlMs: 600_000 });
const wire = (leverage: number) => ({
  ...{ order: "o1", market: "btc-perp", side: "buy", qty: "0.01", leverage },
});

describe("decisions", () => {
  test("LIM-501: lot and tick are told as the market has them, and books as they are", () => {
    const told = explained(given(...fleetOf(ALICE)), order(ALICE, "o1", { limit: "10000" }));
    const state = (limit: string) => told.checks.find((one) => one.limit === limit)?.state;
    expect([state("lot"), state("tick"), state("books")]).toEqual(["lot 0.001", "1", "equal"]);
    const differ = inner("CompareBooks", {
      through: 1,
      differences: [{ what: "cash", ours: "1", theirs: "2" }],
    });
    const terms = { cap: "100", services: ["trading"], maxLeverage: 1_000_000, priority: 1 };
    const grant = { ...terms, agent: "bob", mode: "cross", floor: "0", leaseMs: 60_000 };
    const shut = explained(given(...fleetOf(ALICE), enrolled(BOB), differ), granted(BOB), grant);
    expect(shut.checks.find((one) => one.limit === "books")?.state).toBe("different");
  });

  test("LIM-502: of a zone it tells the bound that lets an opening in, with leverage and without", () => {
    const policy = { ...POLICY, dryPowder: percent(0) };
    const told = (reserved: string, leverage: number) => {
      const story = given(
        ...[configured(policy), deposited("1000"), marks("10000"), enrolled(ALICE), enrolled(BOB)],
        ...[granted(ALICE, { cap: "800" }), granted(BOB, { cap: "200" }), reserve(reserved)],
      );
      return explained(story, order(BOB, "o1", { qty: "0.01", leverage }), wire(leverage)).change;
    };
    expect(told("620", 5_000_000)).toContain("once 70.001 USDC of margin come free");
    expect(told("620", 5_000_000)).toContain("below 55");
    expect(told("780", 1_000_000)).toContain("once 80.001 USDC of margin come free");
    expect(told("780", 1_000_000)).toContain("below 70");
  });
});

test("LIM-503: a plan that orange asked for is planned again alike", () => {
  const rule = { reduceWithinMs: 300_000, depth: usd("1000000") };
  const story = given(
    ...crisisFleet(crisisPolicy(rule), "1000", [ALICE, { cap: "950" }]),
    ...held(ALICE, "0.31"),
    by(ALICE, "PlaceBet", {
      ...{ bet: "b1", game: "dice", stake: "150", params: {}, clientSeed: "seed-seed" },
    }),
  );
  expect(eventsOf(story, "LiquidationPlanned")).toMatchObject([{ call: "orange" }]);
  const state = emptyState(DEMO);
  const told = new CallStory("orange");
  for (const { turn, place } of story.journal) {
    told.take(state, turn, place);
    foldTurn(state, turn, place);
  }
  expect(told.told()?.plans).toMatchObject([{ reproduced: true }]);
});
