/** Supervision: who dies is started anew, who hangs is ended first. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { constants, getPriority, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, describe, expect, test } from "vitest";
import { Child, type ChildOptions, type Death } from "../../src/runtime/child.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { Watch } from "../drill/watch.ts";

const folders: string[] = [];
const begun: Child[] = [];
afterEach(async () => {
  // Also those of a test that failed in the middle: begun anew, they would look for a folder that is gone.
  for (const one of begun.splice(0)) one.kill();
  for (const dir of folders.splice(0)) await rm(dir, { recursive: true, force: true });
});

async function child(source: string, more: Partial<ChildOptions> = {}) {
  const dir = await mkdtemp(join(tmpdir(), "flotilla-child-"));
  folders.push(dir);
  const module = join(dir, "main.mjs");
  await writeFile(module, source);
  const lines = new Watch<Readonly<Record<string, unknown>>>();
  const deaths = new Watch<Death>();
  const started = new Child({
    ...{ name: "child", module, args: [], logFile: join(dir, "log"), clock: systemClock() },
    onLine: (line) => lines.push(line),
    onDeath: (death) => deaths.push(death),
    ...more,
  }).start();
  begun.push(started);
  return { started, lines, deaths };
}

const HELLO = `process.stdout.write(JSON.stringify({ pid: process.pid }) + "\\n");`;

/** Says its own priority over and over, and that of its session where the system shares out by sessions. */
const PRIORITY = `
  import { existsSync, readFileSync } from "node:fs";
  import { getPriority } from "node:os";
  const file = "/proc/self/autogroup";
  const tell = () => {
    const session = existsSync(file) ? readFileSync(file, "utf8").trim() : "";
    process.stdout.write(JSON.stringify({ nice: getPriority(), session }) + "\\n");
  };
  setInterval(tell, 20);
`;

describe("a child process", () => {
  test("CHD-001: who dies is started anew, and its death is told with its code", async () => {
    const { started, lines, deaths } = await child(`${HELLO} process.exitCode = 70;`);
    await lines.until(() => true, "its second life", 20_000, 1);
    expect(deaths.seen[0]).toEqual({
      ...{ name: "child", code: 70, signal: null, againInMs: 250, hungMs: undefined },
    });
    await started.stop(1_000);
  });

  test("CHD-002: who hangs writes nothing more: it is killed and started anew", async () => {
    const { started, lines, deaths } = await child(`${HELLO} for (;;);`, { hungAfterMs: 500 });
    const first = await lines.until(() => true, "its first life");
    const death = await deaths.until(() => true, "its end");
    expect(death).toMatchObject({ code: null, signal: "SIGKILL", hungMs: 500 });
    const second = await lines.until(() => true, "its second life", 20_000, 1);
    expect(second["pid"]).not.toBe(first["pid"]);
    await started.stop(1_000);
  });

  test("CHD-005: who hangs again and again waits longer each time; a death after a long life does not", async () => {
    // A clock on which every life is a long one.
    const clock = { ...systemClock(), mono: () => performance.now() * 1_000 };
    const hung = await child(`${HELLO} for (;;);`, { hungAfterMs: 300, clock });
    await hung.deaths.until(({ againInMs }) => againInMs === 1_000, "its third death");
    expect(hung.deaths.seen.map(({ againInMs }) => againInMs)).toEqual([250, 500, 1_000]);
    const died = await child(`${HELLO} setTimeout(() => process.exit(1), 50);`, { clock });
    await died.deaths.until(() => true, "its third death", 20_000, 2);
    expect(died.deaths.seen.slice(0, 3).map(({ againInMs }) => againInMs)).toEqual([250, 250, 250]);
  });

  test("CHD-003: who says now and then that it is well is left alone", async () => {
    const beats = `setInterval(() => process.stdout.write('{"alive":true}\\n'), 100);`;
    const { started, lines, deaths } = await child(`${HELLO} ${beats}`, { hungAfterMs: 2_000 });
    await lines.until(() => true, "thirty lines", 20_000, 30);
    expect(deaths.seen).toEqual([]);
    await started.stop(1_000);
  });

  test("CHD-004: who gives way waits for the others at a busy processor, in each of its lives", async () => {
    const own = getPriority();
    const lower = Math.min(own + 5, constants.priority.PRIORITY_LOW);
    const gaveWay = ({ nice, session }: Readonly<Record<string, unknown>>): boolean =>
      nice === lower && (session === "" || String(session).endsWith(`nice ${lower}`));
    const polite = await child(PRIORITY, { givesWay: true });
    await polite.lines.until(gaveWay, "a lower priority");
    const from = polite.lines.seen.length;
    process.kill(polite.started.pid ?? 0, "SIGKILL");
    await polite.deaths.until(() => true, "its end");
    await polite.lines.until(gaveWay, "a lower one again", 20_000, from);
    await polite.started.stop(1_000);

    const equal = await child(PRIORITY);
    const line = await equal.lines.until(() => true, "its priority");
    expect(line["nice"]).toBe(own);
    await equal.started.stop(1_000);
  });
});
