/** Who lives: from the first beat until the last word or a long silence. */
import { describe, expect, test } from "vitest";
import { agentId } from "../../src/core/ids.ts";
import { millis } from "../../src/core/time.ts";
import { Beats } from "../../src/runtime/beats.ts";
import type { Clock } from "../../src/runtime/clock.ts";

const trader = agentId("trader");
const casino = agentId("casino");

const said = (phase: string) => ({ phase, counts: {} });

function given() {
  let mono = 1_000;
  const clock = { mono: () => mono, now: () => millis(1_713_000_000_000 + mono) } as Clock;
  const beats = new Beats(clock, 5_000);
  return {
    beats,
    pass: (ms: number) => {
      mono += ms;
    },
    names: () => beats.living().map(({ agent, phase }) => `${agent} ${phase}`),
  };
}

describe("who lives", () => {
  test("LIV-001: an agent lives as long as it says so, in the phase that it said last", () => {
    const { beats, pass, names } = given();
    beats.hear(trader, said("syncing"));
    pass(4_000);
    beats.hear(trader, said("running"));
    beats.hear(casino, said("running"));
    pass(4_000);
    expect(names()).toEqual(["trader running", "casino running"]);
    expect(beats.living()[0]?.since).toBe(1_713_000_001_000);
  });

  test("LIV-002: an agent whose beats stop is gone after the time that one counts for", () => {
    const { beats, pass, names } = given();
    beats.hear(trader, said("running"));
    pass(5_000);
    expect(names()).toEqual(["trader running"]);
    pass(1);
    expect(names()).toEqual([]);
  });

  test("LIV-003: one that comes back after a silence is new", () => {
    const { beats, pass } = given();
    beats.hear(trader, said("running"));
    pass(6_000);
    expect(beats.living()).toEqual([]);
    beats.hear(trader, said("running"));
    expect(beats.living()[0]?.since).toBe(1_713_000_007_000);
  });

  test.each(["stopped", "failed"])("LIV-004: an agent that says %s is gone at once", (phase) => {
    const { beats, names } = given();
    beats.hear(trader, said("running"));
    beats.hear(trader, said(phase));
    expect(names()).toEqual([]);
  });
});
