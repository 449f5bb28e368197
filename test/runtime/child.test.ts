/** Supervision: who dies is started anew, who hangs is ended first. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { Child, type Death } from "../../src/runtime/child.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { Watch } from "../drill/watch.ts";

const folders: string[] = [];
afterEach(async () => {
  for (const dir of folders.splice(0)) await rm(dir, { recursive: true, force: true });
});

async function child(source: string, hungAfterMs?: number) {
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
    ...(hungAfterMs === undefined ? {} : { hungAfterMs }),
  }).start();
  return { started, lines, deaths };
}

const HELLO = `process.stdout.write(JSON.stringify({ pid: process.pid }) + "\\n");`;

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
    const { started, lines, deaths } = await child(`${HELLO} for (;;);`, 500);
    const first = await lines.until(() => true, "its first life");
    const death = await deaths.until(() => true, "its end");
    expect(death).toMatchObject({ code: null, signal: "SIGKILL", hungMs: 500 });
    const second = await lines.until(() => true, "its second life", 20_000, 1);
    expect(second["pid"]).not.toBe(first["pid"]);
    await started.stop(1_000);
  });

  test("CHD-003: who says now and then that it is well is left alone", async () => {
    const beats = `setInterval(() => process.stdout.write('{"alive":true}\\n'), 100);`;
    const { started, lines, deaths } = await child(`${HELLO} ${beats}`, 2_000);
    await lines.until(() => true, "thirty lines", 20_000, 30);
    expect(deaths.seen).toEqual([]);
    await started.stop(1_000);
  });
});
