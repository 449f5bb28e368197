/** What the tests of the simulator share: a run of a seed, and how a breach reads in a failed test. */
import type { Asked } from "../../src/lab/options.ts";
import { optionsOf } from "../../src/lab/options.ts";
import { type RunResult, runSeed } from "../../src/lab/run.ts";

export const run = (seed: number, asked: Asked = {}): Promise<RunResult> =>
  runSeed(optionsOf(seed, asked));

/** The first breach with the command that shows it again; "" when there is none. */
export function broken(result: RunResult): string {
  const [first] = result.breaches;
  if (first === undefined) return "";
  const { seed, minutes, mode, faults } = result.options;
  const again = `--seed ${seed} --minutes ${minutes} --mode ${mode} --faults ${faults.join(",")}`;
  return `${first.invariant}: ${first.detail} at ${first.where} (npm run sim -- ${again})`;
}
