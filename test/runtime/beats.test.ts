/** Who lives: from the first beat until the last word or a long silence. */
import { describe, expect, test } from "vitest";
import { agentId } from "../../src/core/ids.ts";
import { millis } from "../../src/core/time.ts";
import { Beats } from "../../src/runtime/beats.ts";
import type { Clock } from "../../src/runtime/clock.ts";

const trader = agentId("trader");
const casino = agentId("casino");

const said = (phase: string, life = "") => ({ phase, life, counts: {} });

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

describe("who failed", () => {
  test("LIV-005: one that says so; one that begins anew without a last word, once for each start", () => {
    const { beats, pass } = given();
    expect(beats.hear(trader, said("syncing", "a"))).toBe(false);
    expect(beats.hear(trader, said("running", "a"))).toBe(false);
    pass(4_000);
    // It hung, or its process died: nobody said so.
    expect(beats.hear(trader, said("syncing", "b"))).toBe(true);
    expect(beats.living()[0]?.since).toBe(1_713_000_005_000);
    expect(beats.hear(trader, said("running", "b"))).toBe(false);
    expect(beats.hear(trader, said("failed", "b"))).toBe(true);
    expect(beats.hear(trader, said("syncing", "c"))).toBe(false);
    // Both at once: it died, and what came after it says that it failed.
    expect(beats.hear(trader, said("failed", "d"))).toBe(true);
  });

  test("LIV-006: not one that stopped, lost its link, says no start, or whose old beat comes late", () => {
    const { beats } = given();
    beats.hear(trader, said("running", "a"));
    expect(beats.hear(trader, said("stopped", "a"))).toBe(false);
    expect(beats.hear(trader, said("running", "b"))).toBe(false);
    expect(beats.hear(trader, said("syncing", "b"))).toBe(false);
    expect(beats.hear(trader, said("running"))).toBe(false);
    expect(beats.hear(trader, said("running", "c"))).toBe(true);
    expect(beats.hear(trader, said("running", "b"))).toBe(false);
    expect(beats.hear(trader, said("running", "c"))).toBe(false);
    expect(beats.hear(casino, said("running", "x"))).toBe(false);
  });

  test("LIV-007: of starts without end the last eight are known", () => {
    const { beats } = given();
    const starts = Array.from({ length: 9 }, (_, i) => `n${i}`);
    expect(starts.map((life) => beats.hear(trader, said("running", life)))).toEqual(
      starts.map((_, i) => i > 0),
    );
    expect(beats.hear(trader, said("running", "n1"))).toBe(false);
    expect(beats.hear(trader, said("running", "n0"))).toBe(true);
  });
});
