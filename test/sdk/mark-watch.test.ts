/** A mark that has moved far enough wakes a specialist; one that has not, or comes in a flood, does not. */
import { describe, expect, test } from "vitest";
import type { MarkWake } from "../../src/sdk/mark-watch.ts";
import { runSpecialist } from "../../src/sdk/run.ts";
import type { RunOptions } from "../../src/sdk/run-options.ts";
import { sampleMarket, sampleView } from "../../src/sdk/sample-view.ts";
import { faultsOf, good, probe } from "./conformance-given.ts";
import { advance, flush } from "./helpers.ts";
import { defined, setUp } from "./probe.ts";

const EVERY = 60_000;
const WAKES: readonly MarkWake[] = [{ market: "btc-perp", ppm: 1_000 }];

/** One that looks once a minute, or when bitcoin has moved by a tenth of a per cent. */
function waiting(wakes: () => readonly MarkWake[] = () => WAKES) {
  const decidedAt: number[] = [];
  const view = sampleView("casino", {
    markets: [sampleMarket("btc-perp", "60000"), sampleMarket("eth-perp", "3000")],
  });
  const { clock, fleet } = setUp(() => [], { view });
  const base = defined(() => {
    decidedAt.push(clock.now());
    return [];
  });
  const options: RunOptions = {
    ...{ link: fleet.link(), nonce: "n1", seed: 7, clock, config: { every: EVERY } },
  };
  const start = () => runSpecialist({ ...base, wakeOnMark: wakes }, options);
  const mark = (price: string, market = "btc-perp") =>
    fleet.mark({ market, price, at: clock.now() });
  return { clock, fleet, start, mark, decidedAt };
}

describe("marks that wake", () => {
  test("MWK-001: a move by as much as it says wakes it, up or down, and a smaller or another one does not", async () => {
    const { clock, start, mark, decidedAt } = waiting();
    const running = start();
    await flush();
    await advance(clock, 1_000);
    mark("60059.99");
    mark("59940.01");
    mark("9000", "eth-perp");
    await advance(clock, 1_000);
    expect(decidedAt).toEqual([0]);
    mark("60060");
    await flush();
    await advance(clock, 1_000);
    expect(decidedAt).toEqual([0, 2_000]);
    mark("59999.94");
    await flush();
    await advance(clock, 1_000);
    expect(decidedAt).toEqual([0, 2_000, 3_000]);
    await running.stop();
  });

  test("MWK-002: it is measured from the last decision, so that small moves add up, and a return is none", async () => {
    const { clock, start, mark, decidedAt } = waiting();
    const running = start();
    await flush();
    await advance(clock, 1_000);
    for (const price of ["60020", "60040", "60000", "60030", "60059"]) mark(price);
    await advance(clock, 1_000);
    expect(decidedAt).toEqual([0]);
    mark("60061");
    await flush();
    await advance(clock, 1_000);
    expect(decidedAt).toEqual([0, 2_000]);
    // From the mark that this decision knew, and not from the view's older one.
    mark("60000.94");
    await flush();
    await advance(clock, 1_000);
    expect(decidedAt).toEqual([0, 2_000]);
    mark("60000.93");
    await flush();
    await advance(clock, 1_000);
    expect(decidedAt).toEqual([0, 2_000, 4_000]);
    await running.stop();
  });

  test("MWK-003: a thousand jumps in a second make no more than a decision each 200 ms", async () => {
    const { clock, start, mark, decidedAt } = waiting();
    const running = start();
    await advance(clock, 1_000);
    for (let i = 0; i < 200; i++) {
      for (const price of ["50000", "60000", "70000", "50001", "69999"]) mark(price);
      await advance(clock, 5, 5);
    }
    await advance(clock, 1_000);
    const waits = decidedAt.slice(2).map((at, i) => at - (decidedAt[i + 1] ?? 0));
    expect(decidedAt.length).toBeGreaterThan(4);
    expect(decidedAt.length).toBeLessThanOrEqual(8);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(200);
    await running.stop();
  });

  test("MWK-004: a fleet that halted it is not asked sooner for a mark", async () => {
    const { clock, fleet, start, mark } = waiting();
    const running = start();
    await flush();
    fleet.view = { ...fleet.view, mode: "halt" };
    fleet.emit({ id: "1", seq: 1, time: 1, cause: "x", type: "ModeSet", agent: "fleet" });
    await advance(clock, 1_000);
    expect(running.phase()).toBe("halted");
    const asked = fleet.beats.length;
    for (const price of ["50000", "70000", "50000"]) {
      mark(price);
      await advance(clock, 1_000);
    }
    expect(fleet.beats).toHaveLength(asked);
    await running.stop();
  });

  test("MWK-005: backing off it waits its time, whatever the marks do", async () => {
    const looks = async (jumps: boolean): Promise<readonly number[]> => {
      const { clock, fleet, start, mark, decidedAt } = waiting();
      const running = start();
      await advance(clock, 1_000);
      fleet.weather = "deaf";
      await advance(clock, EVERY);
      const { failures } = running.metrics();
      for (let i = 0; i < 40; i++) {
        if (jumps) mark(i % 2 === 0 ? "50000" : "70000");
        await advance(clock, 250, 250);
      }
      const after = running.metrics().failures;
      await running.stop();
      return [decidedAt.length, failures, after];
    };
    expect(await looks(true)).toEqual(await looks(false));
  });

  test("MWK-006: the same marks at the same times make the same decisions", async () => {
    const once = async () => {
      const { clock, start, mark, decidedAt } = waiting();
      const running = start();
      for (let i = 0; i < 60; i++) {
        mark(String(60_000 + ((i * 7_919) % 211) - 105));
        await advance(clock, 130, 130);
      }
      await running.stop();
      return decidedAt;
    };
    const first = await once();
    expect(first.length).toBeGreaterThan(3);
    expect(await once()).toEqual(first);
  });

  test.each([
    ["no list", () => ({ market: "btc-perp", ppm: 1 })],
    ["a field of the config that is not there", () => [{ market: undefined, ppm: 1 }]],
    ["a part of a part", () => [{ market: "btc-perp", ppm: 0.5 }]],
    ["no move", () => [{ market: "btc-perp", ppm: 0 }]],
    ["nothing", () => [undefined]],
  ])("MWK-007: %s is refused before anything starts", (_what, wakes) => {
    const { start, fleet } = waiting(wakes as never);
    expect(start).toThrow(/wakeOnMark gives a list of \{ market, ppm \}/);
    expect(fleet.asked).toBe(0);
  });

  test("MWK-008: one that wakes by marks lives through the conformance suite, floods of marks included", async () => {
    const wakeOnMark = () => [{ market: "btc-perp", ppm: 1 }];
    expect(await faultsOf(probe(good, { wakeOnMark }), { perSecondMax: 10 })).toEqual([]);
  });
});
