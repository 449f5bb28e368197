/** The specialist's lifecycle: every phase, every arrow, and nothing that is no event. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { createActor, SimulatedClock } from "xstate";
import {
  asSpecialistEvent,
  type SpecialistEvent,
  type SpecialistPhase,
  specialistMachine,
} from "../../machines/specialist.ts";
import { arrowsOf } from "../../machines/step.ts";

const LINKED: SpecialistEvent = { type: "LINKED" };
const RUN: SpecialistEvent = { type: "RUN", leaseMs: 1_000 };
const REDUCE: SpecialistEvent = { type: "REDUCE", leaseMs: 1_000, why: "zone" };
const HALT: SpecialistEvent = { type: "HALT", leaseMs: 1_000, why: "operator" };
const ACT: SpecialistEvent = { type: "ACT" };
const REST: SpecialistEvent = { type: "REST", why: "no edge" };
const LOST: SpecialistEvent = { type: "LOST", why: "gone" };
const FAIL: SpecialistEvent = { type: "FAIL", why: "threw" };
const STOP: SpecialistEvent = { type: "STOP" };

const WAYS: Record<SpecialistPhase, readonly SpecialistEvent[]> = {
  connecting: [],
  syncing: [LINKED],
  running: [LINKED, RUN],
  resting: [LINKED, RUN, REST],
  reducing: [LINKED, REDUCE],
  halted: [LINKED, HALT],
  failed: [FAIL],
  stopped: [STOP],
};

function at(phase: SpecialistPhase, clock = new SimulatedClock()) {
  const actor = createActor(specialistMachine, { clock });
  actor.start();
  for (const event of WAYS[phase]) actor.send(event);
  expect(actor.getSnapshot().value).toBe(phase);
  return actor;
}

const SYNCED: readonly (readonly [SpecialistEvent, SpecialistPhase])[] = [
  [RUN, "running"],
  [REDUCE, "reducing"],
  [HALT, "halted"],
  [LOST, "connecting"],
  [FAIL, "failed"],
  [STOP, "stopped"],
];
const SILENT: SpecialistEvent = { type: "SILENT" };
const ARROWS: Record<SpecialistPhase, readonly (readonly [SpecialistEvent, SpecialistPhase])[]> = {
  connecting: [
    [LINKED, "syncing"],
    [FAIL, "failed"],
    [STOP, "stopped"],
  ],
  syncing: SYNCED,
  running: [...SYNCED, [ACT, "running"], [REST, "resting"], [SILENT, "reducing"]],
  resting: [
    ...SYNCED.slice(1),
    [RUN, "resting"],
    [ACT, "running"],
    [REST, "resting"],
    [SILENT, "reducing"],
  ],
  reducing: [...SYNCED, [SILENT, "reducing"]],
  halted: SYNCED,
  failed: [],
  stopped: [],
};
const ALL = [LINKED, RUN, REDUCE, HALT, ACT, REST, SILENT, LOST, FAIL, STOP];

test("SPM-001: each phase answers exactly its arrows, and any other event leaves it there", () => {
  for (const [from, arrows] of Object.entries(ARROWS)) {
    if (from === "failed" || from === "stopped") continue; // Final: SPM-007.
    for (const event of ALL) {
      const actor = at(from as SpecialistPhase);
      actor.send(event);
      const to = arrows.find(([given]) => given.type === event.type)?.[1] ?? from;
      expect(`${from} ${event.type} ${actor.getSnapshot().value}`).toBe(
        `${from} ${event.type} ${to}`,
      );
    }
  }
});

test("SPM-002: the drawn arrows of the machine are the tested ones", () => {
  const drawn = arrowsOf(specialistMachine).map((arrow) => arrow.join(" "));
  const tested = Object.entries(ARROWS).flatMap(([from, arrows]) =>
    arrows.map(([event, to]) => `${from} ${event.type} ${to}`),
  );
  expect(drawn.toSorted()).toEqual(tested.toSorted());
});

test("SPM-003: a coordinator that is silent beyond the lease leaves only reducing", () => {
  for (const phase of ["running", "resting"] as const) {
    const clock = new SimulatedClock();
    const actor = at(phase, clock);
    clock.increment(999);
    expect(actor.getSnapshot().value).toBe(phase);
    clock.increment(1);
    expect(actor.getSnapshot().value).toBe("reducing");
    expect(actor.getSnapshot().context.why).toMatch(/silent/);
  }
});

test("SPM-004: each word from the coordinator starts the silence anew, and only one runs", () => {
  const clock = new SimulatedClock();
  const actor = at("running", clock);
  for (let i = 0; i < 5; i++) {
    clock.increment(900);
    actor.send(RUN);
    actor.send(i % 2 === 0 ? REST : ACT);
  }
  expect(["running", "resting"]).toContain(actor.getSnapshot().value);
  clock.increment(1_000);
  expect(actor.getSnapshot().value).toBe("reducing");
});

test("SPM-005: a lost link disarms the silence, for it is not linked at all", () => {
  const clock = new SimulatedClock();
  const actor = at("running", clock);
  actor.send(LOST);
  actor.send(LINKED);
  clock.increment(5_000);
  expect(actor.getSnapshot().value).toBe("syncing");
});

test("SPM-006: resting keeps saying why while the fleet lets it run", () => {
  const actor = at("resting");
  actor.send(RUN);
  expect(actor.getSnapshot().context.why).toBe("no edge");
  actor.send(ACT);
  expect(actor.getSnapshot().context.why).toBe("");
});

test("SPM-007: failed and stopped are final, and say why", () => {
  const failed = at("failed");
  expect(failed.getSnapshot().status).toBe("done");
  expect(failed.getSnapshot().context.why).toBe("threw");
  expect(at("stopped").getSnapshot().status).toBe("done");
});

test("SPM-008: what is an event is taken as it is", () => {
  for (const event of ALL) expect(asSpecialistEvent(event)).toEqual(event);
  expect(asSpecialistEvent({ type: "ACT", leaseMs: true })).toEqual({ type: "ACT" });
});

test("SPM-009: what is no event is not taken", () => {
  const poison = [
    undefined,
    null,
    7,
    "RUN",
    [],
    {},
    { type: 7 },
    { type: undefined },
    { type: "toString" },
    { type: "__proto__" },
    { type: "run" },
    { type: "RUN" },
    { type: "RUN", leaseMs: "5" },
    { type: "RUN", leaseMs: Number.NaN },
    { type: "RUN", leaseMs: -1 },
    { type: "RUN", leaseMs: 2 ** 31 },
    { type: "REST" },
    { type: "REDUCE", leaseMs: 5 },
    { type: "FAIL", why: {} },
  ];
  for (const given of poison) expect(asSpecialistEvent(given)).toBeUndefined();
});

test("SPM-010: always an actor lives through whatever the gate lets in", () => {
  const anything = fc.oneof(
    fc.anything(),
    fc.record({
      type: fc.oneof(fc.constantFrom(...ALL.map((event) => event.type)), fc.anything()),
      why: fc.anything(),
      leaseMs: fc.anything(),
    }),
  );
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 20 }), (given) => {
      const actor = at("running");
      actor.subscribe({ error: (error) => expect.unreachable(String(error)) });
      for (const one of given) {
        const event = asSpecialistEvent(one);
        if (event !== undefined && actor.getSnapshot().status === "active") actor.send(event);
      }
      const { status, context } = actor.getSnapshot();
      expect(status).not.toBe("error");
      expect(typeof context.why).toBe("string");
      expect(typeof context.leaseMs).toBe("number");
      actor.stop();
    }),
  );
});

test("SPM-011: the gate is needed: one event without a text type breaks an actor for good", () => {
  const actor = at("running");
  let broken: unknown;
  actor.subscribe({
    error: (error) => {
      broken = error;
    },
  });
  actor.send({ type: undefined } as unknown as SpecialistEvent);
  expect(broken).toBeDefined();
  expect(actor.getSnapshot().status).toBe("error");
});
