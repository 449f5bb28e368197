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
  let now = 0;
  const clock = {
    ...systemClock(),
    mono: () => now,
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
  const wait = (ms: number): void => {
    now += ms;
  };
  /** The break that is next to end ends. */
  const pass = (): void => {
    wait(waits.at(-1) ?? 0);
    due.shift()?.();
  };
  return { made, heard, waits, pass, wait };
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

test("SHT-004: while a flood goes on its breaks are twice as long each time, up to four seconds", () => {
  const { made, waits, pass, wait } = shutter();
  for (let n = 0; n < 6; n += 1) {
    made.shut(A, n > 0);
    pass();
    wait(1_999);
  }
  expect(waits).toEqual([25, 500, 1_000, 2_000, 4_000, 4_000]);
  wait(1);
  made.shut(A, true);
  expect(waits.at(-1)).toBe(500);
});

test("SHT-005: how long it is not heard is told, also of who is shut out already", () => {
  const { made, wait, waits } = shutter();
  expect(made.shut(A, true)).toBe(500);
  wait(200);
  expect(made.shut(A, true)).toBe(300);
  expect(waits).toEqual([500]);
});
