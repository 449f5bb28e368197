/** A fleet whose broker was killed. */
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterEach, expect, test } from "vitest";
import { eventually } from "../drill/watch.ts";
import { type Line, Run } from "./run.ts";

const homes: string[] = [];
const runs: Run[] = [];
afterEach(async () => {
  // A test that failed in the middle leaves no fleet behind, nor the broker of one.
  for (const run of runs.splice(0)) {
    if (run.running) run.signal("SIGINT");
    await run.ended;
  }
  for (const home of homes.splice(0)) await rm(home, { recursive: true, force: true });
});

const isApproved = ({ type }: Line): boolean => type === "OrderApproved";

/** A demo fleet whose broker runs, and what kills that. @returns its port then */
async function begun() {
  const home = await mkdtemp(join(tmpdir(), "flotilla-gone-"));
  homes.push(home);
  const run = new Run(home, ["up", "--demo"]);
  runs.push(run);
  await run.until(({ text }) => String(text).startsWith("nats-server at"));
  const killBroker = async (): Promise<number> => {
    const trace = JSON.parse(await readFile(join(home, "demo/broker/server.json"), "utf8"));
    process.kill(Number(trace.pid), "SIGKILL");
    return Number(new URL(trace.url).port);
  };
  return { run, killBroker, home };
}

/** The same, and it trades. */
async function trading() {
  const { run, ...rest } = await begun();
  await run.until(isApproved);
  return { run, ...rest };
}

/** Resolves when the broker of a home, which died, runs again: its trace names a living process. */
const isBack = (home: string): Promise<true> =>
  eventually(async () => {
    const trace = await readFile(join(home, "demo/broker/server.json"), "utf8");
    try {
      return process.kill(Number(JSON.parse(trace).pid), 0);
    } catch {
      return undefined;
    }
  }, "the broker");

/** Another program where the broker was: it comes back no more. */
async function takePort(port: number): Promise<Server> {
  for (;;) {
    const other = createServer((socket) => socket.destroy());
    try {
      await once(other.listen(port, "127.0.0.1"), "listening");
      return other;
    } catch {
      // The one that was killed has it yet.
    }
  }
}

/** The same, until its broker is killed. */
async function orphaned() {
  const { run, killBroker } = await trading();
  const port = await killBroker();
  const death = await run.until(({ kind, name }) => kind === "death" && name === "broker");
  return { run, death, port };
}

test("CLI-143: a fleet whose broker was killed, as it started and later, gets it back, goes on and ends well", async () => {
  const { run, killBroker } = await begun();
  await killBroker();
  await run.until(isApproved);
  await killBroker();
  const death = await run.until(({ kind, againInMs }) => kind === "death" && againInMs === 500);
  expect(death).toMatchObject({ name: "broker", signal: "SIGKILL" });
  const diedAt = run.lines.indexOf(death);
  const isLater = (line: Line): boolean => run.lines.indexOf(line) > diedAt;
  await run.until((line) => line["kind"] === "event" && isLater(line));
  run.signal("SIGINT");
  expect(await run.ended, run.stderr).toBe(0);
  const deaths = run.lines.filter(({ kind }) => kind === "death");
  expect(deaths.map(({ name }) => name)).toEqual(["broker", "broker"]);
}, 120_000);

test("CLI-142: a fleet whose broker stays away ends at the first Ctrl-C, and says what it missed", async () => {
  const { run, port } = await orphaned();
  const other = await takePort(port);
  await run.until(({ kind, failed }) => kind === "death" && failed !== undefined);
  run.signal("SIGINT");
  expect(await run.ended).toBe(4);
  expect(run.stderr).toMatch(/no broker at nats:.* what was decided is in its store/);
  other.close();
}, 120_000);

test("CLI-144: a fleet whose broker is killed while it ends says what it missed too", async () => {
  const { run, killBroker } = await trading();
  run.signal("SIGINT");
  await run.until(({ text }) => text === "the agents end");
  const other = await takePort(await killBroker());
  expect(await run.ended).toBe(4);
  expect(run.stderr).toMatch(/no broker at nats:.* what was decided is in its store/);
  other.close();
}, 120_000);

test("CLI-145: a coordinator that starts while the broker is away waits for it, and dies no second time", async () => {
  const { run, killBroker, home } = await trading();
  const status = new Run(home, ["status"]);
  const { process: told } = await status.until((line) => line["process"] !== undefined);
  const deathsOf = (who: string) =>
    run.lines.filter(({ kind, name }) => kind === "death" && name === who);
  // Each death of the broker keeps it away twice as long as the one before: at last a second.
  for (const times of [1, 2, 3]) {
    await killBroker();
    if (times === 3) process.kill((told as { pid: number }).pid, "SIGKILL");
    await run.until(() => deathsOf("broker").length === times);
    if (times < 3) await isBack(home);
  }
  const death = await run.until(({ kind, name }) => kind === "death" && name === "coordinator");
  const from = run.lines.indexOf(death);
  const leads = ({ who, phase }: Line): boolean => who === "coordinator" && phase === "leading";
  await run.until((line) => leads(line) && run.lines.indexOf(line) > from);
  expect(deathsOf("coordinator")).toHaveLength(1);
  run.signal("SIGINT");
  expect(await run.ended, run.stderr).toBe(0);
}, 120_000);
