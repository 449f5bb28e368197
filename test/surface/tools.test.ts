/** The tools for those who work on the project: a mistaken command line is told in a line, with how they are used. */
import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const TOOLS = {
  sim: "src/lab/sim-main.js",
  planted: "src/lab/planted-main.js",
  drill: "test/drill/main.js",
  bench: "test/bench/main.js",
} as const;
type Tool = keyof typeof TOOLS;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a tool that ends before it begins any work. */
async function run(tool: Tool, ...args: readonly string[]): Promise<Ended> {
  const main = fileURLToPath(new URL(`../../dist/${TOOLS[tool]}`, import.meta.url));
  return promisify(execFile)(process.execPath, [main, ...args], { timeout: 20_000 }).then(
    (ended) => ({ code: 0, ...ended }),
    (fault: Ended) => fault,
  );
}

describe.each(Object.keys(TOOLS) as Tool[])("%s", (tool) => {
  test(`TOL-001: ${tool} tells an option that it does not know in one line, with its usage, and ends with 2`, async () => {
    const { code, stdout, stderr } = await run(tool, "--hoers", "3");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    const [first, blank, usage] = stderr.split("\n");
    expect(first).toMatch(new RegExp(`^${tool}: Unknown option '--hoers'`));
    expect([blank, usage]).toEqual([
      "",
      `usage: npm run ${tool} -- ${tool === "bench" ? "[names] " : ""}[options]`,
    ]);
  });

  test(`TOL-002: ${tool} says how it is used`, async () => {
    const { code, stdout, stderr } = await run(tool, "--help");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^usage: npm run /);
  });
});

describe("what an option may be", () => {
  test.each([
    ["sim", ["--hours", "many"], "sim: --hours is above zero"],
    ["sim", ["--faults", "rain"], "sim: no fault rain; there are "],
    ["sim", ["--parts", "rain"], "sim: no part rain; there are "],
    ["sim", ["--mode", "fast"], "sim: --mode is safety or liveness"],
    ["planted", ["--jobs", "two"], 'planted: --jobs is a whole number above zero, was "two"'],
    ["drill", ["--kills", "0"], 'drill: --kills is a whole number above zero, was "0"'],
    ["drill", ["--who", "me"], "drill: --who is one of coordinator, broker, "],
    ["bench", ["risk", "--seconds", "no"], 'bench: --seconds is above zero, was "no"'],
  ] as const)("TOL-003: %s %j is refused and says so", async (tool, args, said) => {
    const { code, stderr } = await run(tool, ...args);
    expect(code).toBe(2);
    expect(stderr.startsWith(said), stderr).toBe(true);
  });
});
