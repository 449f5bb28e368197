/** A call of a large fleet: every turn stays bounded, and turn by turn the target is reached. */
import { expect, test } from "vitest";
import { agentId, FLEET } from "../../src/core/ids.ts";
import { LIQUIDATION_STEPS_MAX } from "../../src/core/limits.ts";
import { percent } from "../../src/core/ppm.ts";
import { breaches } from "../../src/fleet/invariants.ts";
import { utilizationOf } from "../../src/fleet/totals.ts";
import { FIVE_TIMES } from "./cast.ts";
import { CALLS, crisisFleet, crisisPolicy, eventsOf, forcedFill, held } from "./crisis-cast.ts";
import { hurry } from "./hurry.ts";
import { reported, Story, tick } from "./spec.ts";
import { done, fill, marks, order } from "./steps.ts";

const AGENTS = 400;

test("LRG-001: 400 positions are unwound in turns of at most 128 steps, without one too many", () => {
  const story = new Story();
  const agents = Array.from({ length: AGENTS }, (_, i) => agentId(`a${i}`));
  const terms = { cap: "100", leaseMs: 9_000_000, priority: 1 };
  const fleet = crisisFleet(
    crisisPolicy(CALLS),
    "60000",
    ...agents.map((agent) => [agent, terms] as const),
  );
  hurry(story, ...fleet);
  for (const agent of agents) hurry(story, ...held(agent, "0.041"));
  hurry(story, marks("8600"));
  expect(story.state.crisis.calls.get(FLEET)?.phase).toBe("called");
  hurry(story, { wait: 300_000 });
  hurry(story, tick);
  for (let round = 0; round < 30 && story.state.crisis.live.size > 0; round++) {
    hurry(story, forcedFill("8600"));
    hurry(story, { wait: 2_001 });
    hurry(story, tick);
  }
  const plans = eventsOf(story, "LiquidationPlanned");
  expect(plans.some(({ more }) => more > 0)).toBe(true);
  expect(plans.every(({ steps }) => steps.length <= LIQUIDATION_STEPS_MAX)).toBe(true);
  const sent = story.journal.map(
    ({ turn }) =>
      turn.events.filter((event) => event.type === "OrderApproved" && event.forced !== "").length,
  );
  expect(Math.max(...sent)).toBeLessThanOrEqual(LIQUIDATION_STEPS_MAX);
  expect(eventsOf(story, "MarginResolved")).toHaveLength(1);
  expect(utilizationOf(story.state)).toBeLessThan(percent(55));
  // One lot of 0.001 holds 2 USDC: not one more was closed than had to be.
  const { reserved, collateral } = story.state;
  expect((reserved + 2_200_000n) * 1_000_000n).toBeGreaterThanOrEqual(collateral * 550_000n);
  expect(breaches(story.state)).toEqual([]);
}, 20_000);

test("LRG-002: 1,000 positions: from the end of the grace to the first reduction sent is one turn", () => {
  const story = new Story();
  const agents = Array.from({ length: 500 }, (_, i) => agentId(`a${i}`));
  const terms = { cap: "200", leaseMs: 9_000_000, priority: 1 };
  const fleet = crisisFleet(
    crisisPolicy(CALLS),
    "150000",
    ...agents.map((agent) => [agent, terms] as const),
  );
  hurry(story, ...fleet);
  for (const agent of agents) {
    hurry(story, ...held(agent, "0.041"));
    hurry(story, order(agent, "eth", { market: "eth-perp", qty: "0.41", leverage: FIVE_TIMES }));
    hurry(story, reported(fill(agent, "eth", "0.41", "1000"), done(agent, "eth", "0.41")));
  }
  expect([...story.state.positions.values()].filter(({ qty }) => qty !== 0n)).toHaveLength(1_000);
  hurry(story, marks("8000", "800"));
  expect(story.state.crisis.calls.get(FLEET)?.phase).toBe("called");
  hurry(story, { wait: 300_000 });
  const before = story.journal.length;
  const began = performance.now();
  hurry(story, tick);
  const took = performance.now() - began;
  const turn = story.journal[before]?.turn;
  const types = turn?.events.map(({ type }) => type) ?? [];
  expect(types).toContain("MarginExpired");
  expect(types).toContain("LiquidationPlanned");
  const sent = types.filter((type) => type === "OrderApproved").length;
  expect(sent).toBeGreaterThan(0);
  expect(sent).toBeLessThanOrEqual(LIQUIDATION_STEPS_MAX);
  expect(story.journal).toHaveLength(before + 1);
  // Planned and decided well within a second, on any machine that runs this.
  expect(took).toBeLessThan(2_000);
  expect(breaches(story.state)).toEqual([]);
}, 30_000);
