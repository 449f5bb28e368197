/** A specialist's own statechart: told of everything, seen by the strategy, shown to an inspector. */
import { describe, expect, test } from "vitest";
import { type AnyStateMachine, assign, setup } from "xstate";
import type { AgentView } from "../../src/protocol/views.ts";
import type { Inspected, LifecycleEvent } from "../../src/sdk/lifecycle.ts";
import { inspectSteps } from "../../src/sdk/lifecycle.ts";
import { runSpecialist } from "../../src/sdk/run.ts";
import { advance, flush } from "./helpers.ts";
import { bet, defined, setUp } from "./probe.ts";

/** Waits for a first bet to be taken, then plays; rests for five seconds after a refusal. */
const table = setup({
  types: { events: {} as LifecycleEvent, context: {} as { refused: number } },
  guards: { refused: ({ event }) => event.type === "OUTCOME" && !event.outcome.ok },
  actions: { count: assign({ refused: ({ context }) => context.refused + 1 }) },
}).createMachine({
  id: "table",
  initial: "looking",
  context: { refused: 0 },
  states: {
    looking: { on: { OUTCOME: [{ guard: "refused", target: "resting" }, { target: "playing" }] } },
    playing: {
      initial: "calm",
      on: { OUTCOME: { guard: "refused", target: "resting" } },
      states: { calm: { on: { FLEET: "told" } }, told: {} },
    },
    resting: { entry: "count", after: { 5000: "looking" } },
  },
});

function withTable(machine: AnyStateMachine = table) {
  const seen: unknown[] = [];
  let refuse = false;
  const steps: Inspected[] = [];
  const { clock, fleet } = setUp(() => [], {
    script: (_taken, view) => (refuse ? "busy" : view),
  });
  const base = defined((_view, context) => {
    seen.push(context.lifecycle?.value);
    return context.lifecycle?.matches("resting") ? [] : [bet(context)];
  });
  const definition = { ...base, lifecycle: () => machine };
  const running = runSpecialist(definition, {
    ...{ link: fleet.link(), nonce: "n1", seed: 7, clock },
    inspect: inspectSteps(
      () => clock.now(),
      (step) => steps.push(step),
    ),
  });
  return {
    ...{ seen, steps, clock, fleet, running },
    refuse: (now: boolean) => {
      refuse = now;
    },
  };
}

describe("a specialist's own machine", () => {
  test("LFC-001: it hears of outcomes, and the next decision sees where it stands", async () => {
    const { seen, running, clock } = withTable();
    await flush();
    await advance(clock, 1_000);
    expect(seen.slice(0, 2)).toEqual(["looking", { playing: "calm" }]);
    await running.stop();
  });

  test("LFC-002: its timers run on the specialist's clock", async () => {
    const { seen, running, clock, refuse } = withTable();
    await flush();
    refuse(true);
    await advance(clock, 2_000);
    expect(seen.at(-1)).toBe("resting");
    refuse(false);
    await advance(clock, 6_000);
    expect(seen.at(-1)).toEqual({ playing: "calm" });
    await running.stop();
  });

  test("LFC-003: it hears the fleet's events that concern it, and nested states are matched by path", async () => {
    const { seen, running, clock, fleet } = withTable();
    await flush();
    await advance(clock, 1_000);
    const event = { id: "1", seq: 1, time: 1, cause: "x", type: "BetSettled" };
    fleet.emit({ ...event, agent: "another" });
    await advance(clock, 1_000);
    expect(seen.at(-1)).toEqual({ playing: "calm" });
    fleet.emit({ ...event, id: "2", seq: 2, agent: "casino" });
    await advance(clock, 1_000);
    expect(seen.at(-1)).toEqual({ playing: "told" });
    await running.stop();
  });

  test("LFC-006: it hears an event once, however often and late the event comes", async () => {
    const heard: string[] = [];
    const ear = setup({ types: { events: {} as LifecycleEvent } }).createMachine({
      id: "ear",
      on: {
        FLEET: { actions: ({ event }) => heard.push(event.event.id) },
      },
    });
    const { running, fleet } = withTable(ear);
    await flush();
    const event = { time: 1, cause: "x", type: "BetSettled", agent: "casino" };
    for (const seq of [4, 4, 6, 5, 6, 4, 7]) fleet.emit({ ...event, id: `${seq}.0.0`, seq });
    expect(heard).toEqual(["4.0.0", "6.0.0", "7.0.0"]);
    await running.stop();
  });

  test("LFC-007: it is made once at each start, of the first view and the config, and hears of the first phase", async () => {
    const given: unknown[] = [];
    const phases: string[] = [];
    const base = defined(() => []);
    const lifecycle = (view: AgentView, config: { readonly every: number }) => {
      given.push([view.bets.length, config.every]);
      return setup({ types: { events: {} as LifecycleEvent } }).createMachine({
        ...{ id: "seer", initial: view.bets.length > 0 ? "busy" : "idle" },
        states: { idle: {}, busy: {} },
        on: { PHASE: { actions: ({ event }) => phases.push(event.phase) } },
      });
    };
    const stood: unknown[] = [];
    const strategy: typeof base.strategy = (_view, memory, context) => {
      stood.push(context.lifecycle?.value);
      return { intents: [bet(context)], memory };
    };
    const { clock, start } = setUp(() => []);
    const definition = { ...base, lifecycle, strategy };
    for (const nonce of ["n1", "n2"]) {
      const running = start({ nonce }, definition);
      await flush();
      await advance(clock, 2_000);
      await running.stop();
    }
    expect(given).toEqual([
      [0, 1_000],
      [3, 1_000],
    ]);
    expect(stood).toEqual(["idle", "idle", "idle", "busy", "busy", "busy"]);
    expect(phases).toEqual(["running", "stopped", "running", "stopped"]);
  });

  test("LFC-008: a maker that throws fails the specialist before it asks for anything", async () => {
    const { fleet, start } = setUp(() => []);
    const lifecycle = () => {
      throw new Error("no such state");
    };
    const running = start({}, { ...defined((_view, context) => [bet(context)]), lifecycle });
    const ended = await running.done;
    expect(ended).toMatchObject({ phase: "failed", why: expect.stringMatching("no such state") });
    expect(fleet.taken).toEqual([]);
  });

  test("LFC-004: an inspector sees each step of both machines, with its event and its time", async () => {
    const { steps, running, clock } = withTable();
    await flush();
    await advance(clock, 1_000);
    const lines = steps.map(
      ({ actor, event, state }) => `${actor} ${event} ${JSON.stringify(state)}`,
    );
    expect(lines).toContain('specialist LINKED "syncing"');
    expect(lines).toContain('specialist RUN "running"');
    expect(lines).toContain('table OUTCOME {"playing":"calm"}');
    expect(steps.at(-1)?.at).toBe(clock.now());
    await running.stop();
  });

  test("LFC-005: a machine that breaks fails the specialist, which then sends nothing more", async () => {
    const broken = setup({ types: { events: {} as LifecycleEvent } }).createMachine({
      id: "broken",
      initial: "whole",
      states: {
        whole: {
          on: {
            OUTCOME: {
              actions: () => {
                throw new Error("the machine broke");
              },
            },
          },
        },
      },
    });
    const { running, fleet } = withTable(broken);
    const ended = await running.done;
    expect(ended).toMatchObject({ phase: "failed", why: "the machine broke" });
    expect(fleet.taken).toHaveLength(1);
  });
});

describe("what a specialist counts", () => {
  test("MET-001: decisions, intents by command and code, answers, events, marks and phases", async () => {
    const { running, clock, fleet, refuse } = withTable();
    await flush();
    await advance(clock, 1_000);
    refuse(true);
    await advance(clock, 1_000);
    fleet.mark({ market: "btc-perp", price: "1", at: clock.now() });
    await running.stop();
    const metrics = running.metrics();
    expect(metrics).toMatchObject({
      ...{ decisions: 3, failures: 0, marks: 1 },
      intents: { PlaceBet: { taken: 2, refused: { busy: 1 } } },
      phaseMs: { running: 2_000 },
    });
    expect(metrics.answers.count).toBeGreaterThanOrEqual(3);
    const { counts } = fleet.beats.at(-1) ?? {};
    expect(counts).toMatchObject({ decisions: 3, intents: 3, refused: 1, failures: 0 });
  });
});
