/** Makes a failing run smaller: fewer faults and parts, less time, and the same invariant still breaks. */
import type { SimOptions } from "./options.ts";
import { type RunResult, runSeed } from "./run.ts";

const RUNS_MAX = 24;

export async function shrink(failed: RunResult): Promise<RunResult> {
  const wanted = failed.breaches[0]?.invariant;
  let best = failed;
  let runs = 0;
  const tried = async (options: SimOptions): Promise<boolean> => {
    if (runs >= RUNS_MAX) return false;
    runs += 1;
    const result = await runSeed(options);
    if (result.breaches[0]?.invariant !== wanted) return false;
    best = result;
    return true;
  };
  for (const fault of [...best.options.faults]) {
    const faults = best.options.faults.filter((one) => one !== fault);
    await tried({ ...best.options, faults });
  }
  for (const part of [...best.options.parts]) {
    const parts = best.options.parts.filter((one) => one !== part);
    await tried({ ...best.options, parts });
  }
  if (best.options.mode === "safety") {
    const minutes = Math.ceil(best.hours * 60 * 10) / 10;
    if (minutes < best.options.minutes) await tried({ ...best.options, minutes });
  }
  for (const strength of [0.1, 0.3]) {
    if (strength < best.options.strength && (await tried({ ...best.options, strength }))) break;
  }
  return best;
}
