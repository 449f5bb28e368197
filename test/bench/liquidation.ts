/** How long plans take, against the limits they must keep. */
import { assert } from "../../src/core/assert.ts";
import { plan } from "../../src/liquidation/planner.ts";
import { fleet } from "../liquidation/fleets.ts";
import { type BenchRow, percentile } from "./rows.ts";

/**
 * Planned first and not counted, so that the compiler is done: its threads count as processor
 * time. The same plans made once more take a quarter of what they take among the first forty.
 */
const WARM = 100;

/** Milliseconds of processor time, so that neighbours on the machine do not count. */
function spent(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function timed(
  name: string,
  limitMs: number,
  runs: number,
  shape: Parameters<typeof fleet>[1],
): BenchRow {
  const times: number[] = [];
  for (let seed = 1; seed <= WARM + runs; seed++) {
    const input = fleet(seed, shape);
    const ms = spent(() => {
      const answer = plan(input);
      assert(
        answer.ok && answer.value.status === "restored",
        "a plan of a sound fleet restores it",
      );
    });
    if (seed > WARM) times.push(ms);
  }
  const p99 = percentile(times, 0.99);
  const value = percentile(times, 0.5);
  return {
    name,
    value,
    unit: "ms",
    p50: value,
    p99,
    ratio: p99 / limitMs,
    ratioTo: `limit ${limitMs} ms at p99`,
  };
}

const THOUSAND = { positions: 1000, markets: 50, lots: 1000, shorts: 0.2 };

/** What a coordinator pays that has never planned: all of the planner's code is still to compile. */
function cold(): BenchRow {
  const input = fleet(0, THOUSAND);
  const value = spent(() => plan(input));
  return { name: "a process's first plan, 1000 positions", value, unit: "ms" };
}

/** @param seconds scales how many plans are made. */
export async function liquidation(seconds: number): Promise<readonly BenchRow[]> {
  const runs = Math.max(20, Math.round(seconds * 40));
  return [
    cold(),
    timed("plan 1000 positions", 50, runs, THOUSAND),
    timed("plan 10000 positions", 1000, Math.ceil(runs / 20), {
      positions: 10_000,
      markets: 275,
      lots: 1000,
    }),
  ];
}
