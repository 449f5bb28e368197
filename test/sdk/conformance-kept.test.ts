/** What a strategy is given stays as it was, whatever it is made of: maps, sets, dates and arrays of numbers too. */
import { expect, test } from "vitest";
import { z } from "zod";
import type { AgentView } from "../../src/protocol/views.ts";
import {
  defineSpecialist,
  type SpecialistDefinition,
  type StrategyContext,
} from "../../src/sdk/define.ts";
import { faultsOf, hold } from "./conformance-given.ts";

const config = z.strictObject({ every: z.number().default(1_000) });
type Context = StrategyContext<z.output<typeof config>>;

/** Holds a little at every look, and does with its memory what it is told. */
function keeper<M>(
  begin: () => M,
  next: (memory: M, view: AgentView, context: Context) => M,
): SpecialistDefinition<z.output<typeof config>, M> {
  return defineSpecialist({
    ...{ name: "keeper", service: "casino" as const, config, begin },
    strategy: (view: AgentView, memory: M, context: Context) => {
      const may = context.stance === "run" && Number(view.delegation?.available ?? 0) >= 1;
      const intents = may ? [hold(context.name("r"), "1")] : [];
      return { intents, memory: next(memory, view, context) };
    },
    intervalMs: ({ every }) => every,
  });
}

/** Keeps its memory, and does something to it. */
const after = <M>(begin: () => M, does: (memory: M, view: AgentView) => unknown) =>
  keeper(begin, (memory, view) => {
    does(memory, view);
    return memory;
  });

const shared = new Map<string, number>();
let outside = 0;

const WRITERS: readonly (readonly [string, () => Promise<readonly string[]>, RegExp])[] = [
  [
    "sets in a Map of its memory",
    () =>
      faultsOf(
        after(
          () => ({ seen: new Map<number, number>() }),
          ({ seen }, { at }) => seen.set(at, at),
        ),
      ),
    /it changed what it was given: the Map memory\.seen; make a new one/,
  ],
  [
    "adds to a Set of its memory",
    () =>
      faultsOf(
        after(
          () => new Set<number>(),
          (seen, { at }) => seen.add(at),
        ),
      ),
    /it changed what it was given: the Set memory;/,
  ],
  [
    "moves a Date of its memory",
    () =>
      faultsOf(
        after(
          () => [new Date(0)],
          ([last], { at }) => last?.setTime(at + 1),
        ),
      ),
    /the Date memory\.0;/,
  ],
  [
    "writes to an array of numbers of its memory",
    () =>
      faultsOf(
        after(
          () => ({ means: new Float64Array(3) }),
          ({ means }, { at }) => means.fill(at + 1),
        ),
      ),
    /the Float64Array memory\.means;/,
  ],
  [
    "writes to what a Map of its memory holds",
    () =>
      faultsOf(
        after(
          () => new Map([["btc-perp", new Map<number, number>()]]),
          (seen, { at }) => seen.get("btc-perp")?.set(at, at),
        ),
      ),
    /the Map memory\.get\(btc-perp\);/,
  ],
  [
    "writes to a plain thing that a Map of its memory holds",
    () =>
      faultsOf(
        after(
          () => new Map([["btc-perp", { looks: 0 }]]),
          (seen) => {
            for (const one of seen.values()) one.looks += 1;
          },
        ),
      ),
    /it failed: .*read only property 'looks'/,
  ],
  [
    "takes a mark away from its context",
    () =>
      faultsOf(
        keeper(
          () => 0,
          (_memory, _view, { marks }) => {
            (marks as Map<string, unknown>).delete("btc-perp");
            return 0;
          },
        ),
      ),
    /it changed what it was given: the Map context\.marks;/,
  ],
  [
    "writes between two decisions to a memory that it shares",
    () =>
      faultsOf({
        ...after(
          () => shared,
          () => undefined,
        ),
        intervalMs: ({ every }) => {
          shared.set("looks", (shared.get("looks") ?? 0) + 1);
          return every;
        },
      }),
    /between two decisions it changed the Map memory;/,
  ],
  [
    "remembers outside of its memory",
    () =>
      faultsOf(
        keeper(
          () => 0,
          () => outside++,
        ),
      ),
    /made two memories/,
  ],
];

test.each(WRITERS)("CNF-040: the suite finds one that %s", async (_what, run, fault) => {
  const faults = await run();
  expect(faults.filter((told) => told.startsWith("in fair weather"))).toEqual([
    expect.stringMatching(fault),
  ]);
});

test("CNF-041: who makes a new one each time passes, be it a map, a set, a date or numbers", async () => {
  const begin = () => ({
    ...{ seen: new Map<string, number>(), looks: new Set<number>(), last: new Date(0) },
    means: new Float64Array(2),
  });
  const makesNew = keeper(begin, ({ seen, looks, means }, { at }) => ({
    seen: new Map(seen).set("at", at),
    looks: new Set(looks).add(at),
    last: new Date(at),
    means: means.map((mean) => mean + at),
  }));
  expect(await faultsOf(makesNew)).toEqual([]);
});
