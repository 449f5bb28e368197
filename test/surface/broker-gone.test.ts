/** A fleet whose broker was killed. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect, test } from "vitest";
import { Run } from "./run.ts";

test("CLI-142: a fleet whose broker is gone ends at the first Ctrl-C, and says what it missed", async () => {
  const home = await mkdtemp(join(tmpdir(), "flotilla-gone-"));
  const run = new Run(home, ["up", "--demo"]);
  await run.until(({ type }) => type === "OrderApproved");
  const trace = await readFile(join(home, "demo/broker/server.json"), "utf8");
  process.kill(Number(JSON.parse(trace).pid), "SIGKILL");
  run.signal("SIGINT");
  expect(await run.ended).toBeGreaterThan(0);
  expect(run.stderr).toMatch(/is the broker up\?/);
  await rm(home, { recursive: true, force: true });
}, 120_000);
