/** A casino agent that was away while others asked for seed after seed: what the law has proven is no lie. */
import { expect, test } from "vitest";
import { resumeCasino } from "../../agents/casino/strategy.ts";
import { agentView } from "../../src/fleet/views.ts";
import type { AgentView } from "../../src/protocol/views.ts";
import { readView } from "../../src/sdk/incoming.ts";
import { revealed, seedsRevealed, settledBet } from "../fleet/bet-cases.ts";
import { ALICE } from "../fleet/cast.ts";
import { given, type Step, tick } from "../fleet/spec.ts";
import { configOf, strategy } from "./casino-given.ts";
import { bodies, decided } from "./context.ts";

const config = configOf();

/** What the law shows to Alice after these steps, as it comes over the wire. */
function seenAfter(...steps: readonly Step[]): AgentView {
  const { state, now } = given(...settledBet(), ...steps);
  const view = readView(agentView(state, ALICE, now));
  if (typeof view === "string") throw new Error(view);
  return view;
}

/** Its verdicts at a first look, and at one for which it has waited long enough. */
function verdictsOn(view: AgentView) {
  const first = decided(strategy, view, resumeCasino(view, config), config);
  const later = { ...view, at: view.at + config.proofWaitMs };
  const second = decided(strategy, later, first.memory, config);
  return [first, second].map((decision) => bodies(decision, "CheckBet"));
}

test("CAS-021: a bet that the law has proven is no lie when its seed is known no more", () => {
  const [verdicts] = verdictsOn(seenAfter(revealed, tick, seedsRevealed(200)));
  expect(verdicts).toMatchObject([{ bet: "b1", verified: true }]);
});

test("CAS-022: one whose seed never came is called false after its wait, and not before", () => {
  const [first, second] = verdictsOn(seenAfter(seedsRevealed(200), tick));
  expect(first).toEqual([]);
  expect(second).toMatchObject([{ bet: "b1", verified: false }]);
});
