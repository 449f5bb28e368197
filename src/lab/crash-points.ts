/** Kills the coordinator at every one of its awaits in turn: enumerated, not sampled. */
import type { Breach } from "./check/breach.ts";
import { optionsOf, type SimOptions } from "./options.ts";
import { runSeed } from "./run.ts";

/** Long enough for deposits, grants and first obligations, and then for the fleet to mend itself. */
const MINUTES = 1;
/** How long the fleet has to mend itself, ms. */
const MEND_MS = 20_000;

export interface PointsOptions {
  readonly seed: number;
  /** Every so many-th point, from `first`; 1 and 1 are all of them. */
  readonly stride?: number;
  readonly first?: number;
}

export interface PointsResult {
  /** Awaits of the run without a crash. */
  readonly points: number;
  readonly runs: number;
  readonly hours: number;
  readonly failed: readonly { readonly point: number; readonly breach: Breach }[];
}

/** The options of a run that is killed at one point. */
const crashOptions = (seed: number, crashAt: number | undefined): SimOptions => ({
  ...optionsOf(seed, { faults: [], parts: [], mode: "liveness", minutes: MINUTES }),
  crashAt,
  marksMs: 20_000,
});

export async function crashEverywhere(options: PointsOptions): Promise<PointsResult> {
  const { seed, stride = 1, first = 1 } = options;
  const whole = await runSeed(crashOptions(seed, undefined));
  const failed: { point: number; breach: Breach }[] = [];
  for (const breach of whole.breaches) failed.push({ point: 0, breach });
  let runs = 1;
  let hours = whole.hours;
  // What happens after the last half minute has no time left to be mended.
  const points = Math.floor(whole.points * 0.6);
  for (let point = first; point <= points; point += stride) {
    const result = await runSeed(crashOptions(seed, point), MEND_MS);
    runs += 1;
    hours += result.hours;
    const [breach] = result.breaches;
    if (breach !== undefined) failed.push({ point, breach });
  }
  return { points, runs, hours, failed };
}
