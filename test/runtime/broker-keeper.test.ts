/** The fleet's broker under supervision: it dies, and is there again with what it stored. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { connect } from "@nats-io/transport-node";
import { afterEach, describe, expect, test } from "vitest";
import { fleetId } from "../../src/core/ids.ts";
import { BrokerKeeper } from "../../src/runtime/broker-keeper.ts";
import type { Death } from "../../src/runtime/child.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { usersWith } from "../../src/wire/broker-users.ts";
import { connectUser } from "../../src/wire/connect.ts";
import { thisHolder } from "../../src/wire/holder.ts";
import { EMPTY_HEAD } from "../../src/wire/journal.ts";
import { jetStreamJournal } from "../../src/wire/journal-jetstream.ts";
import { startServer } from "../../src/wire/nats-server.ts";
import { provision } from "../../src/wire/provision.ts";
import { findServer } from "../../src/wire/server-find.ts";
import { readFacts } from "../../src/wire/server-version.ts";
import { eventually, Watch } from "../drill/watch.ts";

const fleet = fleetId("kept");
const binary = await findServer({ env: process.env });
const ending: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "flotilla-keeper-"));
  ending.push(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function kept(dir: string) {
  const deaths = new Watch<Death>();
  const keeper = await BrokerKeeper.start({
    server: { binary, fleet, dir },
    users: () => usersWith(join(dir, "keys"), fleet, []),
    clock: systemClock(),
    onDeath: (told) => deaths.push(told),
  });
  ending.push(() => keeper.stop());
  return { keeper, deaths };
}

const another = (keeper: BrokerKeeper, pid: number) =>
  eventually(async () => (keeper.server.pid === pid ? undefined : keeper.server), "another server");

const isGone = (url: string) =>
  expect(connect({ servers: url, reconnect: false })).rejects.toThrow();

/** Another process at the address that the dead one had. */
async function listenAt(port: number) {
  const other = createServer((socket) => socket.destroy());
  other.listen(port, "127.0.0.1");
  await once(other, "listening");
  return other;
}

describe("a broker that dies", () => {
  test("BKK-001: is started anew at its address, with what it stored", async () => {
    const dir = await folder();
    const { keeper, deaths } = await kept(dir);
    const { url, pid } = keeper.server;
    const as = (user: "c_provisioner" | "c_journal") =>
      connectUser({ url, credentials: join(dir, "keys"), user });
    const [provisioner, writer] = [await as("c_provisioner"), await as("c_journal")];
    ending.push(
      () => provisioner.close(),
      () => writer.close(),
    );
    await provision(provisioner, fleet);
    const journal = jetStreamJournal({ connection: writer, fleet });
    const head = await journal.append(EMPTY_HEAD, new TextEncoder().encode("what was told"));
    process.kill(pid, "SIGKILL");
    const death = await deaths.until(() => true, "its death");
    expect(death).toEqual({
      ...{ name: "broker", code: null, signal: "SIGKILL", againInMs: 250, hungMs: undefined },
    });
    expect((await another(keeper, pid)).url).toBe(url);
    await eventually(() => journal.head().catch(() => undefined), "the journal");
    expect(await journal.head()).toEqual(head);
    expect(await journal.append(head, new TextEncoder().encode("and more"))).toMatchObject({
      seq: 2,
    });
    await keeper.stop();
    await isGone(url);
    expect(deaths.seen).toHaveLength(1);
  });

  test("BKK-002: tries again, less often, while another process has its port", async () => {
    const { keeper, deaths } = await kept(await folder());
    const { url, pid, port } = keeper.server;
    process.kill(pid, "SIGKILL");
    await deaths.until(() => true, "its death");
    const other = await listenAt(port);
    const later = await deaths.until(() => true, "a start that failed", 20_000, 1);
    expect(later).toMatchObject({ name: "broker", code: null, signal: null, againInMs: 500 });
    expect(later.failed).toMatch(/address already in use/);
    other.close();
    await another(keeper, pid);
    expect(keeper.server.url).toBe(url);
  });

  test("BKK-003: one that was taken over after its owner's death is watched as well", async () => {
    const dir = await folder();
    const first = await startServer({ binary, fleet, dir });
    const dead = spawn("true");
    await once(dead, "exit");
    const trace = join(dir, "server.json");
    const told = { ...JSON.parse(await readFile(trace, "utf8")), owner: thisHolder(dead.pid) };
    await writeFile(trace, JSON.stringify(told));
    const { keeper, deaths } = await kept(dir);
    expect(keeper.server).toMatchObject({ pid: first.pid, owned: true });
    process.kill(first.pid, "SIGKILL");
    const death = await deaths.until(() => true, "its death");
    expect(death).toMatchObject({ code: null, signal: null, againInMs: 250 });
    expect((await another(keeper, first.pid)).url).toBe(first.url);
  });

  test("BKK-004: one that a command started for its moment elsewhere is left alone", async () => {
    const dir = await folder();
    const { keeper, deaths } = await kept(dir);
    const { pid, url } = keeper.server;
    process.kill(pid, "SIGKILL");
    await deaths.until(() => true, "its death");
    const moment = await startServer({ binary, fleet, dir });
    ending.push(() => moment.stop());
    const found = await deaths.until(() => true, "a start that found another", 20_000, 1);
    expect(found.failed).toContain(`another runs in its folder, at ${moment.url}`);
    expect(keeper.server.pid).toBe(pid);
    await moment.stop();
    expect((await another(keeper, pid)).url).toBe(url);
  });
});

describe("a broker that is ended", () => {
  test("BKK-005: is no death, and none comes after it", async () => {
    const { keeper, deaths } = await kept(await folder());
    const { url } = keeper.server;
    await keeper.kill();
    await isGone(url);
    expect(deaths.seen).toEqual([]);
  });

  test("BKK-006: while it is dead no other is started", async () => {
    const { keeper, deaths } = await kept(await folder());
    const { url, pid } = keeper.server;
    process.kill(pid, "SIGKILL");
    await deaths.until(() => true, "its death");
    await keeper.stop();
    await isGone(url);
    expect(deaths.seen).toHaveLength(1);
  });

  test("BKK-007: one that belongs to a living process is not watched", async () => {
    const dir = await folder();
    const first = await startServer({ binary, fleet, dir });
    ending.push(() => first.stop());
    const { keeper, deaths } = await kept(dir);
    expect(keeper.server).toMatchObject({ pid: first.pid, owned: false });
    await keeper.stop();
    expect((await readFacts(first.monitorUrl)).serverId).toBe(first.facts.serverId);
    expect(deaths.seen).toEqual([]);
  });
});
