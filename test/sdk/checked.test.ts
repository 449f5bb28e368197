/** What JavaScript hands over in place of what the types ask for: refused with what to do, never waited on. */
import { describe, expect, test } from "vitest";
import { testSpecialist } from "../../src/sdk/conformance.ts";
import { defineSpecialist, type SpecialistDefinition } from "../../src/sdk/define.ts";
import { runSpecialist } from "../../src/sdk/run.ts";
import type { RunOptions } from "../../src/sdk/run-options.ts";
import { StrategyError } from "../../src/sdk/session.ts";
import { good, probe } from "./conformance-given.ts";
import { advance } from "./helpers.ts";
import { bet, defined, setUp } from "./probe.ts";

const DEFINITIONS: readonly (readonly [string, object, RegExp])[] = [
  ["no name", { name: undefined }, /name is 1 to 32 .*it is undefined/],
  ["the text undefined as a name", { name: "undefined" }, /name .*it is "undefined"/],
  ["a name with a space", { name: "my own" }, /name .*it is "my own"/],
  ["an unknown service", { service: "poker" }, /service is one of trading, .*it is "poker"/],
  ["no config", { config: undefined }, /config is a schema of zod.*it is undefined/],
  ["a plain object as config", { config: { every: 1 } }, /config is a schema of zod/],
  ["no memory to begin with", { begin: undefined }, /begin is a function/],
  ["no strategy", { strategy: undefined }, /strategy is a function of view/],
  ["a number as interval", { intervalMs: 1_000 }, /intervalMs is a function.*it is 1000/],
  ["a machine in place of its maker", { lifecycle: {} }, /lifecycle is a function/],
  ["a list of wakes in place of a function", { wakeOnMark: [] }, /wakeOnMark is a function/],
  ["one event in place of a list", { wakeOn: "OrderFilled" }, /wakeOn is a list/],
];

const STARTS: readonly (readonly [string, object, RegExp])[] = [
  ["no nonce", { nonce: undefined }, /nonce is 1 to 16 .*it is undefined/],
  ["the text undefined as a nonce", { nonce: "undefined" }, /nonce .*it is "undefined"/],
  ["a nonce with capitals", { nonce: "Start" }, /nonce .*it is "Start"/],
  ["no number as seed", { seed: Number.NaN }, /seed is a whole number .*it is NaN/],
  ["half a seed", { seed: 0.5 }, /seed is a whole number/],
  ["no seed", { seed: undefined }, /seed is a whole number/],
  ["no link", { link: undefined }, /link is a link to a fleet/],
  ["a wait that is no number", { timing: { leastMs: Number.NaN } }, /timing is made of ms/],
];

const INTERVALS = [Number.NaN, undefined, 0, -1, Number.POSITIVE_INFINITY, 2 ** 31, "1000"];

const waiting = (ms: unknown) => ({ intervalMs: () => ms as number });

describe("what types cannot hold", () => {
  test.each(DEFINITIONS)("RUN-030: a definition with %s is refused", (_what, part, fault) => {
    const broken = { ...probe(good), ...part } as SpecialistDefinition<unknown, unknown>;
    expect(() => defineSpecialist(broken)).toThrow(fault);
    const { fleet } = setUp(() => []);
    const start = { link: fleet.link(), nonce: "n1", seed: 1 };
    expect(() => runSpecialist(broken, start)).toThrow(fault);
    expect(fleet.asked).toBe(0);
  });

  test.each(STARTS)("RUN-031: a start with %s is refused", (_what, part, fault) => {
    const { fleet } = setUp(() => []);
    const start = { link: fleet.link(), nonce: "n1", seed: 1, ...part } as RunOptions;
    expect(() => runSpecialist(probe(good), start)).toThrow(fault);
    expect(fleet.asked).toBe(0);
  });

  test("RUN-032: every fault is named at once", () => {
    const bare = {} as SpecialistDefinition<unknown, unknown>;
    expect(() => defineSpecialist(bare)).toThrow(
      /name .*service .*config .*begin .*strategy .*intervalMs /,
    );
    const none = undefined as unknown as SpecialistDefinition<unknown, unknown>;
    expect(() => defineSpecialist(none)).toThrow(RangeError);
  });

  test.each(INTERVALS)("RUN-033: a wait of %s fails it before it asks for anything", async (ms) => {
    const { clock, fleet } = setUp(() => []);
    const definition = { ...defined((_view, context) => [bet(context)]), ...waiting(ms) };
    const running = runSpecialist(definition, { link: fleet.link(), nonce: "n1", seed: 1, clock });
    await advance(clock, 1_000);
    expect(running.phase()).toBe("failed");
    const ended = await running.done;
    expect(ended.why).toMatch(/intervalMs gave .*it must give ms, above 0/);
    expect(ended.phase === "failed" && ended.error).toBeInstanceOf(StrategyError);
    expect([fleet.taken, fleet.beats.at(-1)?.phase]).toEqual([[], "failed"]);
  });

  test("RUN-034: an interval that throws, or turns bad later, is the strategy's fault", async () => {
    for (const interval of [
      () => {
        throw new Error("no such field");
      },
      (
        (looks) => () =>
          looks++ < 2 ? 1_000 : Number.NaN
      )(0),
    ]) {
      const { clock, fleet } = setUp(() => []);
      const definition = { ...defined(() => []), intervalMs: interval };
      const start = { link: fleet.link(), nonce: "n1", seed: 1, clock };
      const running = runSpecialist(definition, start);
      await advance(clock, 5_000);
      const ended = await running.done;
      expect(ended.why).toMatch(/the strategy of probe broke: (no such field|intervalMs gave NaN)/);
    }
  });

  test("RUN-035: a reason to sit out that is no text is no decision", async () => {
    const { clock, start } = setUp(() => ({ intents: [], memory: 0, rest: 7 as never }));
    const running = start();
    await advance(clock, 1_000);
    expect((await running.done).why).toMatch(/rest is a text/);
  });

  test.each([Number.NaN, undefined])(
    "CNF-007: the suite ends, and names a wait of %s",
    async (ms) => {
      const [works] = testSpecialist(probe(good, waiting(ms)), { runMs: 5_000 });
      await expect(works?.run()).rejects.toThrow(/it failed: .*intervalMs gave/);
    },
  );
});
