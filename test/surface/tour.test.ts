/** The tour of the crisis policies, as a person runs it: all of them fire, or the command fails. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pc from "picocolors";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DEBTS } from "../../src/lab/tour/acts/debts.ts";
import { EXIT } from "../../src/surface/cli/exit.ts";
import type { Io } from "../../src/surface/cli/io.ts";
import { runTour } from "../../src/surface/cli/tour.ts";
import { Run } from "./run.ts";

let home = "";
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "flotilla-tour-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

interface Told {
  readonly policies: readonly { readonly policy: string; readonly fired: number }[];
  readonly never: readonly string[];
  readonly acts: readonly { readonly name: string; readonly breaches: readonly unknown[] }[];
}

test("CLI-112: up --demo --tour --json is one object in which every policy has fired", async () => {
  const run = new Run(home, ["up", "--demo", "--tour"]);
  expect([await run.ended, run.stderr]).toEqual([EXIT.ok, ""]);
  expect(run.lines).toHaveLength(1);
  const told = run.lines[0] as unknown as Told;
  expect(told.never).toEqual([]);
  expect(told.policies.length).toBeGreaterThan(50);
  expect(told.policies.filter(({ fired }) => !(fired > 0))).toEqual([]);
  expect(told.policies[0]).toMatchObject({ act: "fall", marketTime: "2024-04-12 18:10" });
  expect(told.acts.flatMap(({ breaches }) => breaches)).toEqual([]);
}, 240_000);

/** Keeps the lines for people. */
const listener = (lines: string[]): Io => ({
  ...{ json: false, tty: false, env: {}, paint: pc.createColors(false) },
  ...{ tell: () => undefined, note: () => undefined, onGone: () => undefined },
  say: (line) => void lines.push(line),
});

test("CLI-113: a tour in which a policy never fires says so and does not end well", async () => {
  const lines: string[] = [];
  expect(await runTour(listener(lines), [DEBTS])).toBe(EXIT.failed);
  expect(lines.find((line) => line.startsWith("netting of dues"))).toMatch(/ 1 {2}debts {2}/);
  expect(lines.find((line) => line.startsWith("trailing stop"))).toMatch(/ never$/);
  expect(lines.at(-1)).toMatch(/^never: yellow zone, .*trailing stop/);
});

test("CLI-114: the tour takes no fleet file and no other option of a run", async () => {
  for (const more of [["my.json"], ["--crisis"], ["--for", "5s"], ["--speed", "9"]]) {
    const run = new Run(home, ["up", "--demo", "--tour", ...more]);
    expect([await run.ended, run.lines.length]).toEqual([EXIT.usage, 1]);
  }
});
