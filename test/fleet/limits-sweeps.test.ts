/** Sweeps over all agents end within a turn's bound, and go on where they ended. */
import { describe, expect, test } from "vitest";
import { type AgentId, agentId } from "../../src/core/ids.ts";
import { OPEN_PER_AGENT_MAX, SWEEP_EVENTS_MAX } from "../../src/core/limits.ts";
import { percent } from "../../src/core/ppm.ts";
import { ALICE, named, TEN_TIMES, usd } from "./cast.ts";
import { crisisFleet, crisisPolicy, eventsOf, held } from "./crisis-cast.ts";
import { hurry } from "./hurry.ts";
import { given, ops, Story, tick } from "./spec.ts";
import { enrolled, granted, marks, open, order } from "./steps.ts";

/** Agents with as many resting orders each as an agent may have. */
function resting(...agents: readonly AgentId[]): Story {
  const story = given(...open);
  for (const agent of agents) {
    hurry(story, enrolled(agent), granted(agent, { cap: "2500" }));
    for (let i = 0; i < OPEN_PER_AGENT_MAX; i++)
      hurry(story, order(agent, `o${i}`, { qty: "0.002", limit: "9950" }));
  }
  expect(story.state.orders.size).toBe(agents.length * OPEN_PER_AGENT_MAX);
  return story;
}
const untouched = ({ state }: Story) =>
  [...state.orders.values()].filter(({ cancelling }) => !cancelling).length;

describe("a mode", () => {
  const all = ["a", "b", "c"].map(agentId);

  test("LIM-760: at exactly the bound it pauses before the next agent, of a venue by its name", () => {
    expect(SWEEP_EVENTS_MAX).toBe(2 * OPEN_PER_AGENT_MAX);
    const story = resting(...all);
    hurry(story, ops("SetMode", { mode: "halt", reason: "x", venue: "paper" }));
    expect(eventsOf(story, "SweepPaused")).toEqual([
      { type: "SweepPaused", mode: "halt", venue: named("paper") },
    ]);
    expect(untouched(story)).toBe(OPEN_PER_AGENT_MAX);
    hurry(story, tick);
    expect(untouched(story)).toBe(0);
  });

  test("LIM-761: a sweep of the fleet names no venue, and ends with its mode", () => {
    const story = resting(...all);
    hurry(story, ops("SetMode", { mode: "halt", reason: "x" }));
    expect(eventsOf(story, "SweepPaused")).toEqual([{ type: "SweepPaused", mode: "halt" }]);
    hurry(story, ops("SetMode", { mode: "run", reason: "x" }), tick);
    expect(untouched(story)).toBe(OPEN_PER_AGENT_MAX);
  });
});

test("LIM-762: what a mark asks of agents ends at the bound, and the next mark goes on", () => {
  // Four events each: the cut, the stop, the closing and its order.
  const count = SWEEP_EVENTS_MAX / 4 + 2;
  const agents = Array.from({ length: count }, (_, i) => agentId(`a${i}`));
  const rules = {
    hardStop: percent(130),
    drawdownLadder: [{ drawdown: percent(10), keeps: percent(50) }],
  };
  const terms = { cap: "100", maxLeverage: TEN_TIMES };
  const story = new Story();
  hurry(
    story,
    ...crisisFleet(crisisPolicy(rules), "20000", ...agents.map((one) => [one, terms] as const)),
  );
  for (const agent of agents) hurry(story, ...held(agent, "0.041", "buy", TEN_TIMES));
  hurry(story, marks("9300"));
  expect(eventsOf(story, "PositionStopped")).toHaveLength(count - 2);
  expect(eventsOf(story, "DrawdownCut")).toHaveLength(count - 2);
  hurry(story, marks("9299"));
  expect(eventsOf(story, "PositionStopped")).toHaveLength(count);
});

test("LIM-763: the reserve puts no more behind a position than is missing, also of who is over its cap", () => {
  const rules = { topUp: percent(160), topUpFromReserve: true };
  const story = given(
    ...crisisFleet(crisisPolicy(rules, { dryPowder: percent(20) }), "1000", [
      ALICE,
      { cap: "700", maxLeverage: TEN_TIMES },
    ]),
    ...held(ALICE, "0.1", "buy", TEN_TIMES),
    ops("Cut", { agent: "alice", cap: "50" }),
  );
  // At 9,700: 70 stand behind 970, of 77.60 that are to.
  story.when(marks("9700"));
  story.bringsAmong({ type: "DryPowderDeployed", agent: ALICE, amount: usd("7.6") });
  story.bringsAmong({ type: "PositionToppedUp", agent: ALICE, amount: usd("7.6") });
});
