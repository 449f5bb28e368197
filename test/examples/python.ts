/** Finds python3 for the tests of the example, and says so where there is none. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export const PYTHON_DIR = fileURLToPath(new URL("../../examples/python", import.meta.url));

/** Whether the example can be run here. */
export function hasPython(): boolean {
  const { status } = spawnSync("python3", ["-c", "import sys; assert sys.version_info >= (3, 10)"]);
  if (status !== 0) console.warn("no python3 of 3.10 or later here: the example is not run");
  return status === 0;
}

/** What a few lines of Python print, with the example's modules at hand. */
export function python(code: string, input: string): string {
  const options = { cwd: PYTHON_DIR, input, encoding: "utf8" } as const;
  const ran = spawnSync("python3", ["-B", "-c", code], options);
  if (ran.status !== 0) throw new Error(ran.stderr);
  return ran.stdout;
}
