/** The shutter: who floods is not listened to for a while, the others all the time. */
import { expect, test } from "vitest";
import { type AgentId, agentId } from "../../src/core/ids.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { Shutter } from "../../src/runtime/shutter.ts";

const [A, B, C] = ["a", "b", "c"].map((name) => agentId(name)) as [AgentId, AgentId, AgentId];

function shutter() {
  const heard: (readonly AgentId[] | undefined)[] = [];
  const due: (() => void)[] = [];
  const waits: number[] = [];
  const clock = {
    ...systemClock(),
    after: (ms: number, work: () => void) => {
      waits.push(ms);
      due.push(work);
      return () => undefined;
    },
  };
  const made = new Shutter(
    clock,
    () => [A, B, C],
    (agents) => heard.push(agents),
  );
  return { made, heard, waits, pass: () => due.shift()?.() };
}

test("SHT-001: all but the flooder are heard, and after a while all", () => {
  const { made, heard, pass } = shutter();
  made.shut(B, true);
  pass();
  expect(heard).toEqual([[A, C], undefined]);
});

test("SHT-002: two floods end each at its own time", () => {
  const { made, heard, pass } = shutter();
  made.shut(A, true);
  made.shut(A, true);
  made.shut(C, true);
  pass();
  pass();
  expect(heard).toEqual([[B, C], [B], [A, B], undefined]);
});

test("SHT-003: the first break is short, a flood that goes on gets a long one", () => {
  const { made, waits, pass } = shutter();
  made.shut(A, false);
  pass();
  made.shut(A, true);
  expect(waits).toEqual([25, 500]);
});
