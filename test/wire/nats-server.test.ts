/** The nats-server: found or fetched, started, read back, adopted after a crash, stopped. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fleetId } from "../../src/core/ids.ts";
import { isDeadHolder, thisHolder } from "../../src/wire/holder.ts";
import { type RunningServer, startServer } from "../../src/wire/nats-server.ts";
import { machineMirror, mirrorIn } from "../../src/wire/server-fetch.ts";
import {
  defaultCacheDir,
  findServer,
  NoServerError,
  type ServerBinary,
  serversHere,
} from "../../src/wire/server-find.ts";
import {
  canSyncAlways,
  durabilityOf,
  formatVersion,
  parseVersion,
} from "../../src/wire/server-version.ts";
import { reconnected, startBroker } from "./broker.ts";

const fleet = fleetId("test");
const running: RunningServer[] = [];
let root: string;
let binaries: ServerBinary[];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "flotilla-server-"));
  await findServer({ env: process.env });
  binaries = await serversHere(process.env, defaultCacheDir(process.env));
});
afterAll(async () => {
  await Promise.all(running.map((each) => each.stop()));
  await rm(root, { recursive: true, force: true });
});

describe("which server", () => {
  test("SRV-001: the server that is chosen runs and says its version", async () => {
    const found = await findServer({ env: process.env });
    console.log(`nats-server ${formatVersion(found.version)} from ${found.source}, ${found.path}`);
    expect(found.version.major).toBeGreaterThanOrEqual(2);
    if (!canSyncAlways(found.version)) expect(found.note).toMatch(/older than 2\.10/);
  });

  test("SRV-002: a newer server in the cache is preferred to an old one on the PATH", async () => {
    const bin = join(root, "bin");
    const cacheDir = join(root, "cache");
    await fake(join(bin, "nats-server"), "v2.9.1");
    await fake(join(cacheDir, "nats-server"), "v99.1.0");
    const env = { PATH: bin };
    const found = await serversHere(env, cacheDir);
    expect(found[0]?.version).toEqual({ major: 2, minor: 9, patch: 1 });
    const usable = found.filter((each) => !each.path.startsWith("/usr"));
    expect(usable.map((each) => each.source)).toEqual(["path", "cache"]);
  });

  test("SRV-003: a PATH binary of 2.10 or later wins and nothing is fetched", async () => {
    const bin = join(root, "bin-new");
    await fake(join(bin, "nats-server"), "v2.10.0");
    const found = await findServer({ env: { PATH: bin }, cacheDir: join(root, "none") });
    expect(found).toMatchObject({ source: "path", path: join(bin, "nats-server") });
  });

  test("SRV-004: without any server the error says in one line what to do", async () => {
    const here = await serversHere({ PATH: "" }, join(root, "none"));
    const none = findServer({ env: { PATH: "" }, cacheDir: join(root, "none"), fetch: false });
    if (here.length > 0) {
      expect(await none).toHaveProperty("path", here[0]?.path);
    } else {
      await expect(none).rejects.toThrow(NoServerError);
      await expect(none).rejects.toThrow(/^no nats-server: [^\n]*NATS_URL$/);
    }
  });

  test("SRV-005: what does not run is not taken for a server", async () => {
    const bin = join(root, "bin-broken");
    await fake(join(bin, "nats-server"), "nothing");
    const found = await serversHere({ PATH: bin }, join(root, "none"));
    expect(found.map((each) => each.path)).not.toContain(join(bin, "nats-server"));
  });

  test("SRV-006: the mirror is read from both forms of apt's sources", async () => {
    const lines =
      "# deb http://a/debian x\ndeb [arch=amd64] http://mirror.example/debian/ sid main";
    expect(mirrorIn(lines)).toBe("http://mirror.example/debian");
    expect(mirrorIn("Types: deb\nURIs: https://m.example/debian\n")).toBe(
      "https://m.example/debian",
    );
    expect(mirrorIn("deb http://security.example/debian-security sid main")).toBeUndefined();
    expect(await machineMirror(join(root, "no-such-folder"))).toBeUndefined();
  });

  test("SRV-007: a version is read from what the program prints", () => {
    expect(parseVersion("nats-server: v2.9.10\n")).toEqual({ major: 2, minor: 9, patch: 10 });
    expect(parseVersion("no version")).toBeUndefined();
  });
});

async function fake(path: string, version: string): Promise<void> {
  const { mkdir } = await import("node:fs/promises");
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho "nats-server: ${version}"\n`, { mode: 0o755 });
}

describe("a running server", () => {
  test("SRV-010: every server that is here starts, says its durability, and stops", async () => {
    for (const binary of binaries) {
      const dir = join(root, `each-${formatVersion(binary.version)}`);
      const server = await startServer({ binary, fleet, dir });
      running.push(server);
      expect(server.facts.version).toBe(formatVersion(binary.version));
      expect(server.facts.maxPayload).toBe(1024 * 1024);
      expect(server.durability.always).toBe(canSyncAlways(binary.version));
      const connection = await connect({ servers: server.url });
      await connection.flush();
      await connection.close();
      await server.stop();
      await expect(connect({ servers: server.url, reconnect: false })).rejects.toThrow();
    }
    expect(binaries.length).toBeGreaterThan(0);
  });

  test("SRV-011: the folder is closed to others", async () => {
    const broker = await startBroker();
    expect((await stat(broker.dir)).mode & 0o077).toBe(0);
    expect((await stat(join(broker.dir, "nats.conf"))).mode & 0o077).toBe(0);
    await broker.close();
  });

  test("SRV-012: a second start in the same folder shares the running server", async () => {
    const broker = await startBroker();
    const { binary, dir } = broker;
    const both = await Promise.all([
      startServer({ binary, fleet, dir }),
      startServer({ binary, fleet, dir }),
    ]);
    for (const second of both) {
      expect(second).toMatchObject({ pid: broker.server.pid, owned: false });
      await second.stop();
    }
    expect((await startServer({ binary, fleet, dir })).pid).toBe(broker.server.pid);
    await broker.close();
  });

  test("SRV-013: two starts at once in one folder run one server", async () => {
    const dir = join(root, "race");
    const binary = binaries[0] as ServerBinary;
    const [a, b] = await Promise.all([
      startServer({ binary, fleet, dir }),
      startServer({ binary, fleet, dir }),
    ]);
    running.push(a, b);
    expect(a.pid).toBe(b.pid);
    expect([a.owned, b.owned].filter(Boolean)).toHaveLength(1);
  });

  test("SRV-014: a server whose owner died is taken over as it stands", async () => {
    const broker = await startBroker();
    const trace = join(broker.dir, "server.json");
    const dead = spawn("true");
    await once(dead, "exit");
    const gone = thisHolder(dead.pid);
    await writeFile(
      trace,
      JSON.stringify({ ...JSON.parse(await readFile(trace, "utf8")), owner: gone }),
    );
    const heir = await startServer({ binary: broker.binary, fleet, dir: broker.dir });
    expect(heir).toMatchObject({ pid: broker.server.pid, owned: true });
    await broker.close();
  });

  test("SRV-015: a server that cannot start says why", async () => {
    const dir = join(root, "taken");
    const broker = await startBroker();
    const { binary } = broker;
    const again = startServer({ binary, fleet, dir, port: broker.server.port });
    await expect(again).rejects.toThrow(/address already in use/);
    await broker.close();
  });

  test("SRV-016: killed and started again it listens at the same address", async () => {
    const broker = await startBroker();
    const connection = await broker.connect();
    await connection.flush();
    const { url, pid } = broker.server;
    const back = reconnected(connection);
    await broker.server.kill();
    await broker.restart();
    expect(broker.server.url).toBe(url);
    expect(broker.server.pid).not.toBe(pid);
    await back;
    await connection.flush();
    await broker.close();
  });
});

describe("what durability is told", () => {
  const facts = {
    version: "2.9.10",
    serverId: "x",
    maxPayload: 1,
    storeDir: undefined,
    configLoaded: "",
  };
  test("SRV-020: it is told by what the server reads back", () => {
    const always = { ...facts, syncAlways: true, syncInterval: 120e9 };
    expect(durabilityOf(always)).toEqual({ always: true, text: "fsync on every commit" });
    const old = { ...facts, syncAlways: false, syncInterval: undefined };
    expect(durabilityOf(old).text).toBe(
      "fsync at most every 2 min; a power cut can lose acknowledged decisions",
    );
    const ten = { ...facts, syncAlways: false, syncInterval: 10e9 };
    expect(durabilityOf(ten).text).toMatch(/every 10 s;/);
  });
});

describe("who holds", () => {
  test("SRV-030: a living process is not dead, a gone one is, of others nothing is known", async () => {
    expect(isDeadHolder(thisHolder())).toBe(false);
    const child = spawn("true");
    const holder = thisHolder(child.pid);
    await once(child, "exit");
    expect(isDeadHolder(holder)).toBe(true);
    expect(isDeadHolder("elsewhere/boot/1/1")).toBe(false);
    expect(isDeadHolder("")).toBe(false);
    // The same pid, begun at another time, is another process.
    expect(isDeadHolder(`${thisHolder().split("/").slice(0, 3).join("/")}/1`)).toBe(true);
  });
});
