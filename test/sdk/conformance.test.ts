/** The suite for specialists: the five of the house pass it, and each promise has one that breaks it. */
import { describe, expect, test } from "vitest";
import { assign, setup } from "xstate";
import { z } from "zod";
import { casino } from "../../agents/casino/actor.ts";
import { domains } from "../../agents/domains/actor.ts";
import { escrow } from "../../agents/escrow/actor.ts";
import { lending } from "../../agents/lending/actor.ts";
import { trading } from "../../agents/trading/actor.ts";
import { describeSpecialist } from "../../src/sdk/conformance.ts";
import type { LifecycleEvent } from "../../src/sdk/lifecycle.ts";
import { faultsOf, good, hold, type Probe, probe } from "./conformance-given.ts";

describeSpecialist({ describe, test }, trading, { config: { holdMs: 2_000 } });
describeSpecialist({ describe, test }, casino);
describeSpecialist({ describe, test }, escrow);
describeSpecialist({ describe, test }, lending);
describeSpecialist({ describe, test }, domains);

test("CNF-001: a specialist of a few lines passes all of it", async () => {
  expect(await faultsOf(probe(good))).toEqual([]);
});

let outside = 0;

/** Counts the fleet's events, as one might who takes the wire for a ledger. */
const counter = setup({
  types: { context: {} as { count: number }, events: {} as LifecycleEvent },
}).createMachine({
  ...{ id: "counter", context: { count: 0 }, initial: "counting" },
  states: {
    counting: { on: { FLEET: { actions: assign({ count: ({ context }) => context.count + 1 }) } } },
  },
});

const BROKEN: readonly (readonly [string, Probe, RegExp])[] = [
  [
    "one that asks for more than it has",
    probe((_view, memory, { stance, name }) => ({
      intents: stance === "run" ? [hold(name("r"), "10")] : [],
      memory,
    })),
    /however small: it asked for more than it has/,
  ],
  [
    "one that opens when told to reduce",
    probe((_view, memory, { name }) => ({ intents: [hold(name("r"), "0.001")], memory })),
    /told to reduce.*asked for Reserve/,
  ],
  [
    "one that throws when it sees no market",
    probe((view, memory, context) => {
      if (view.markets.length === 0) throw new Error("no market");
      return good(view, memory, context);
    }),
    /shows it nothing.*it failed/,
  ],
  [
    "one that throws at a refusal",
    probe((view, memory, context) => {
      if (context.outcomes.some(({ ok }) => !ok)) throw new Error("refused");
      return good(view, memory, context);
    }),
    /^refused, it lives.*it failed/,
  ],
  [
    "one that gives up at a refusal for ever",
    probe((view, memory, context) => {
      const gone = memory < 0 || context.outcomes.some(({ ok }) => !ok);
      return gone ? { intents: [], memory: -1 } : good(view, memory, context);
    }),
    /never did anything again/,
  ],
  [
    "one with chance of its own",
    probe((_view, memory, { stance, name }) => ({
      intents: stance === "run" ? [hold(name("r"), `0.00${1 + (outside++ % 7)}`)] : [],
      memory,
    })),
    /made two decisions/,
  ],
  [
    "one that changes what it was given",
    probe((view, memory, context) => {
      (view as { at: number }).at = 0;
      return good(view, memory, context);
    }),
    /it failed.*read only/,
  ],
  [
    "one that names by itself, and names again after a restart",
    probe((view, memory, context) => ({
      intents: good(view, memory, context).intents.map(() => hold(`mine-${memory}`, "1")),
      memory: memory + 1,
    })),
    /restarted.*named two things mine-0/,
  ],
  [
    "one that asks without end",
    probe((view, memory, context) => ({
      intents: Array.from({ length: 40 }).flatMap(() => good(view, memory, context).intents),
      memory,
    })),
    /40 intents, more than 32/,
  ],
  [
    "one that asks for a lot at each look",
    probe((_view, memory, { stance, name }) => ({
      intents: stance === "run" ? Array.from({ length: 30 }, () => hold(name("r"), "0.001")) : [],
      memory,
    })),
    /it asked \d+ times/,
  ],
  [
    "one whose config takes anything",
    probe(good, { config: z.object({ every: z.number().default(1_000) }) }),
    /z\.strictObject/,
  ],
  [
    "one that counts events and acts on the count",
    probe(
      (view, memory, context) => {
        const counted = context.lifecycle?.context as { readonly count: number } | undefined;
        const amount = `0.1${(counted?.count ?? 0) % 100}`;
        const { intents } = good(view, memory, context);
        return { intents: intents.map(() => hold(context.name("r"), amount)), memory };
      },
      { lifecycle: () => counter },
    ),
    /^duplicate and late messages.*does it count events/,
  ],
  ["one that never does anything", probe((_view, memory) => ({ intents: [], memory })), /nothing/],
];

test.each(BROKEN)("CNF-002: the suite finds %s", async (_what, definition, fault) => {
  const faults = await faultsOf(definition);
  expect(faults.some((told) => fault.test(told))).toBe(true);
});

/** For half a second after an event it does less. */
const hinted = setup({ types: { events: {} as LifecycleEvent } }).createMachine({
  ...{ id: "hinted", initial: "calm" },
  states: { calm: { on: { FLEET: "told" } }, told: { after: { 500: "calm" } } },
});

test("CNF-008: one whose machine takes an event for a hint passes", async () => {
  const careful = probe(
    (view, memory, context) => {
      const { intents } = good(view, memory, context);
      const amount = context.lifecycle?.matches("told") ? "0.5" : "1";
      return { intents: intents.map(() => hold(context.name("r"), amount)), memory };
    },
    { lifecycle: () => hinted },
  );
  expect(await faultsOf(careful)).toEqual([]);
});
