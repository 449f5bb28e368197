/** A fleet whose broker was killed. */
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, expect, test } from "vitest";
import { type Line, Run } from "./run.ts";

const homes: string[] = [];
afterEach(async () => {
  for (const home of homes.splice(0)) await rm(home, { recursive: true, force: true });
});

const isApproved = ({ type }: Line): boolean => type === "OrderApproved";

/** A demo fleet that trades, until its broker is killed. */
async function orphaned() {
  const home = await mkdtemp(join(tmpdir(), "flotilla-gone-"));
  homes.push(home);
  const run = new Run(home, ["up", "--demo"]);
  await run.until(isApproved);
  const trace = JSON.parse(await readFile(join(home, "demo/broker/server.json"), "utf8"));
  process.kill(Number(trace.pid), "SIGKILL");
  const death = await run.until(({ kind, name }) => kind === "death" && name === "broker");
  return { run, death, port: Number(new URL(trace.url).port) };
}

test("CLI-143: a fleet whose broker was killed gets it back, goes on and ends well", async () => {
  const { run, death } = await orphaned();
  expect(death).toMatchObject({ signal: "SIGKILL", againInMs: 250 });
  const diedAt = run.lines.indexOf(death);
  const isLater = (line: Line): boolean => run.lines.indexOf(line) > diedAt;
  await run.until((line) => line["kind"] === "event" && isLater(line));
  run.signal("SIGINT");
  expect(await run.ended, run.stderr).toBe(0);
  const deaths = run.lines.filter(({ kind }) => kind === "death");
  expect(deaths.map(({ name }) => name)).toEqual(["broker"]);
}, 120_000);

test("CLI-142: a fleet whose broker stays away ends at the first Ctrl-C, and says what it missed", async () => {
  const { run, port } = await orphaned();
  const other = createServer((socket) => socket.destroy()).listen(port, "127.0.0.1");
  await once(other, "listening");
  await run.until(({ kind, failed }) => kind === "death" && failed !== undefined);
  run.signal("SIGINT");
  expect(await run.ended).toBe(4);
  expect(run.stderr).toMatch(/no broker at nats:.* what was decided is in its store/);
  other.close();
}, 120_000);
