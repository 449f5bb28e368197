/** The suite tells which states and arrows of a specialist's own machine none of its runs reached. */
import { expect, test } from "vitest";
import { type AnyStateMachine, setup } from "xstate";
import type { AgentView } from "../../src/protocol/views.ts";
import { testSpecialist } from "../../src/sdk/conformance.ts";
import type { ConformanceOptions } from "../../src/sdk/conformance-ground.ts";
import type { LifecycleEvent } from "../../src/sdk/lifecycle.ts";
import { type Choose, faultsOf, good, type Probe, probe } from "./conformance-given.ts";

const COVER = "every state and arrow of its own machine is reached";

const made = setup({
  types: { events: {} as LifecycleEvent },
  guards: {
    refused: ({ event }) => event.type === "OUTCOME" && !event.outcome.ok,
    taken: ({ event }) => event.type === "OUTCOME" && event.outcome.ok,
    never: () => false,
    none: ({ event }) => event.type === "VIEW" && event.view.reservations.length === 0,
  },
});

/** After a refusal it cools for three seconds; `busy` while something of its own was taken. */
const careful = made.createMachine({
  id: "careful",
  initial: "open",
  states: {
    open: {
      initial: "calm",
      on: { OUTCOME: { guard: "refused", target: "cooling" } },
      states: { calm: { on: { OUTCOME: { guard: "taken", target: "busy" } } }, busy: {} },
    },
    cooling: { after: { 3000: "open" } },
  },
});

/** As `careful`, with a state and arrows that nothing leads to. */
const withDead = made.createMachine({
  id: "withdead",
  initial: "open",
  states: {
    open: {
      on: {
        OUTCOME: [
          { guard: "refused", target: "cooling" },
          { guard: "never", target: "won" },
        ],
        VIEW: [
          { guard: "never", target: "cooling" },
          { guard: "never", target: "cooling" },
        ],
      },
    },
    cooling: { after: { 3000: "open" }, always: { guard: "never", target: "won" } },
    won: {},
  },
});
const DEAD = [
  ...["won", "open: OUTCOME to won", "open: VIEW to cooling", "open: VIEW to cooling (2)"],
  "cooling: always to won",
];

const lives: Choose = (view, memory, context) =>
  context.lifecycle?.matches("cooling") ? { intents: [], memory } : good(view, memory, context);
/** Made anew at each start, as a machine that depends on its config is. */
const living = (machine: AnyStateMachine): Probe =>
  probe(lives, { lifecycle: () => machine.provide({}) });

const coverOf = async (machine: AnyStateMachine, options: ConformanceOptions): Promise<string> => {
  const check = testSpecialist(living(machine), { runMs: 20_000, ...options }).at(-1);
  expect(check?.name).toBe(COVER);
  return (await check?.run().catch((fault: Error) => fault.message)) ?? "";
};

test("CNF-050: one whose machine is lived through passes, and one without a machine has no such check", async () => {
  expect(await faultsOf(living(careful))).toEqual([]);
  expect(testSpecialist(living(careful)).at(-1)?.name).toBe(COVER);
  expect(testSpecialist(probe(good)).map(({ name }) => name)).not.toContain(COVER);
});

test("CNF-051: each state and arrow that no run reached is named, whichever checks ran before", async () => {
  const told = await coverOf(withDead, {});
  expect([...told.matchAll(/"([^"]+)"/g)].map(([, name]) => name).toSorted()).toEqual(
    [...DEAD].toSorted(),
  );
  const [fault, ...others] = await faultsOf(living(withDead));
  expect([fault, others]).toEqual([`${COVER}: ${told}`, []]);
});

/** Two regions at once, one of them nested: of what it holds, and of how it was answered. */
const regions = made.createMachine({
  id: "regions",
  type: "parallel",
  states: {
    book: {
      initial: "some",
      states: {
        some: {
          initial: "fresh",
          on: { VIEW: { guard: "none", target: "none" } },
          states: {
            fresh: { after: { 300: "old" } },
            old: {},
            last: { type: "history", target: "fresh" },
          },
        },
        none: { on: { OUTCOME: { guard: "taken", target: "some.last" } } },
      },
    },
    answer: {
      initial: "kind",
      states: {
        kind: { on: { OUTCOME: { guard: "refused", target: "unkind" } } },
        unkind: { after: { 3000: "kind" } },
      },
    },
  },
});

test("CNF-056: of nested and parallel states each is reached by itself, and of a history what it leads to", async () => {
  const seen = new Set<string>();
  const asked = ["answer.unkind", "book.some.old", { answer: "unkind" }, { book: { some: "old" } }];
  const asks: Choose = (view, memory, context) => {
    const stands = asked.map((state) => context.lifecycle?.matches(state) === true);
    seen.add(stands.join(" "));
    return stands[0] ? { intents: [], memory } : good(view, memory, context);
  };
  const mine = probe(asks, { lifecycle: () => regions });
  expect(await faultsOf(mine)).toEqual([]);
  for (const one of seen) expect(one).toMatch(/^(\w+) (\w+) \1 \2$/);
  const first = [...seen].map((one) => one.split(" ").slice(0, 2));
  for (const region of [0, 1]) {
    expect(new Set(first.map((one) => one[region]))).toEqual(new Set(["true", "false"]));
  }
});

test("CNF-052: what is declared not to be reached is let be, and taken off when it is reached or gone", async () => {
  expect(await coverOf(withDead, { unreached: DEAD })).toBe("");
  expect(await coverOf(careful, { unreached: ["cooling: after 3000 to open"] })).toMatch(
    /^the suite reached "cooling: after 3000 to open": take it off/,
  );
  expect(await coverOf(careful, { unreached: ["open.won"] })).toMatch(/has no "open\.won"/);
});

test("CNF-053: an inspector of one's own sees every run", async () => {
  const states = new Set<string>();
  const inspect: ConformanceOptions["inspect"] = (given) => {
    if (given.type !== "@xstate.snapshot") return;
    states.add(JSON.stringify((given.snapshot as { value?: unknown }).value));
  };
  await coverOf(careful, { inspect });
  expect([...states]).toEqual(expect.arrayContaining(['{"open":"busy"}', '"cooling"', '"halted"']));
});

const RESUMES = "stopped in a state that it resumes and started again, its machine stands there";

/** Held while a reservation of its own runs, which is longer than its look. */
const waits = (initial: (view: AgentView) => "free" | "held") => {
  const lifecycle = (view: AgentView) =>
    made.createMachine({
      ...{ id: "waits", initial: initial(view) },
      states: {
        free: { on: { OUTCOME: { guard: "taken", target: "held" } } },
        held: { on: { VIEW: { guard: "none", target: "free" } } },
      },
    });
  return probe(good, { lifecycle });
};

const often = { config: { every: 300 } };

test("CNF-054: who says that its machine resumes in a state must start in it again", async () => {
  const holds = ({ reservations }: AgentView) => (reservations.length > 0 ? "held" : "free");
  expect(await faultsOf(waits(holds), { ...often, resumes: ["held"] })).toEqual([]);
  expect(
    await faultsOf(
      waits(() => "free"),
      { ...often, resumes: ["held"] },
    ),
  ).toEqual([expect.stringMatching(`^${RESUMES}: stopped in "held" .* stood in free`)]);
  expect(
    await faultsOf(
      waits(() => "free"),
      often,
    ),
  ).toEqual([]);
  expect(await faultsOf(waits(holds), { ...often, resumes: ["gone"] })).toEqual([
    expect.stringMatching(`^${RESUMES}: .*resumes in "gone", .* never stood there`),
  ]);
});
