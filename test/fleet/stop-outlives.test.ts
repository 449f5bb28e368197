/** A native stop stands when nobody of ours does: no lease, mode or recall takes it away, and its fill is booked. */
import { describe, expect, test } from "vitest";
import { keyOf } from "../../src/fleet/state.ts";
import { ALICE, BTC_PERP, coins, usd } from "./cast.ts";
import { given, ops, reported, type Step, type Story, tick, wait } from "./spec.ts";
import { aliceLong, marks, stopFill, stopTriggered } from "./steps.ts";

const position = ({ state }: Story) => state.positions.get(keyOf(ALICE, BTC_PERP));
const stopsAsked = (story: Story, from: number): number =>
  story.journal
    .slice(from)
    .flatMap(({ turn }) => turn.events)
    .filter(({ type }) => type === "StopRequested").length;

const GONE: readonly (readonly [string, readonly Step[]])[] = [
  ["an expired lease", [wait(600_000), tick]],
  ["an agent that only reduces", [ops("SetMode", { mode: "reduce", reason: "x", agent: ALICE })]],
  ["an agent that is halted", [ops("SetMode", { mode: "halt", reason: "x", agent: ALICE })]],
  ["a fleet that is halted", [ops("SetMode", { mode: "halt", reason: "x" })]],
  ["a recall", [ops("Recall", { agent: "alice", graceMs: 600_000 })]],
  ["a cap of nothing", [ops("Cut", { agent: "alice", cap: "0" })]],
];

describe.each(GONE)("under %s", (_, steps) => {
  test("SOU-001: the stop stays where it was, and when it fires its fill is its owner's", () => {
    const story = given(...aliceLong);
    const before = position(story);
    const from = story.journal.length;
    story.given(...steps, marks("9300"));
    expect(position(story)).toMatchObject({
      phase: "protected",
      stopVersion: before?.stopVersion,
      stopQty: coins("0.1"),
    });
    expect(stopsAsked(story, from)).toBe(0);
    story.given(reported(stopTriggered(ALICE)), reported(stopFill(ALICE, "0.1", "9200")));
    expect(position(story)?.qty ?? 0n).toBe(0n);
    // 800 lost on each coin, and a thousandth of either trade in fees.
    expect(story.state.agents.get(ALICE)?.realized).toBe(usd("-81.92"));
    expect(story.state.agents.get(ALICE)?.reserved).toBe(0n);
  });
});
