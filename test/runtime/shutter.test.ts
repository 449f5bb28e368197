/** The shutter: who floods is not listened to for a while, the others all the time. */
import { expect, test } from "vitest";
import { type AgentId, agentId } from "../../src/core/ids.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { Shutter } from "../../src/runtime/shutter.ts";

const [A, B, C] = ["a", "b", "c"].map((name) => agentId(name)) as [AgentId, AgentId, AgentId];

function shutter() {
  const heard: (readonly AgentId[] | undefined)[] = [];
  const due: (() => void)[] = [];
  const clock = {
    ...systemClock(),
    after: (_: number, work: () => void) => {
      due.push(work);
      return () => undefined;
    },
  };
  const made = new Shutter(
    clock,
    () => [A, B, C],
    (agents) => heard.push(agents),
  );
  return { made, heard, pass: () => due.shift()?.() };
}

test("SHT-001: all but the flooder are heard, and after a while all", () => {
  const { made, heard, pass } = shutter();
  made.shut(B);
  pass();
  expect(heard).toEqual([[A, C], undefined]);
});

test("SHT-002: two floods end each at its own time", () => {
  const { made, heard, pass } = shutter();
  made.shut(A);
  made.shut(A);
  made.shut(C);
  pass();
  pass();
  expect(heard).toEqual([[B, C], [B], [A, B], undefined]);
});
