/** The built simulator over many hours: drawn storms, all faults, nothing broken. */
import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("../../dist/src/lab/sim-main.js", import.meta.url));
/** As `npm run sim` starts it. */
const FLAGS = ["--max-semi-space-size=64", "--single-threaded-gc", "--always-sparkplug"];
const HOURS = 200;

interface Ended {
  readonly hours: number;
  readonly seeds: number;
  readonly turns: number;
  readonly messages: number;
  readonly breaks: readonly unknown[];
  readonly faults: Readonly<Record<string, number>>;
}

test("SIM-012: two hundred fleet-hours of drawn storms break nothing, and every fault has fired", {
  timeout: 600_000,
}, async () => {
  const args = [...FLAGS, MAIN, "--hours", String(HOURS), "--json", "--failures", "1"];
  const run = promisify(execFile)(process.execPath, args, { maxBuffer: 16_777_216 });
  const { stdout } = await run.catch((fault: { stdout: string }) => fault);
  const said = stdout.trim().split("\n").at(-1) ?? "";
  expect(said.startsWith("{"), stdout).toBe(true);
  const { hours, turns, messages, breaks, faults } = JSON.parse(said) as Ended;
  expect(breaks, stdout).toEqual([]);
  expect(hours).toBeGreaterThanOrEqual(HOURS);
  const each = (turns + messages) / hours;
  expect(each).toBeGreaterThan(8_000);
  expect(each).toBeLessThan(13_000);
  for (const fault of ["crash", "drop", "partition", "duplicate", "poison-names", "pause"]) {
    expect(faults[fault] ?? 0, fault).toBeGreaterThan(0);
  }
});
