/** Durable, fully admitted decisions through a real coordinator, beside raw echo over the same broker. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type AgentId, agentId, fleetId, OPERATOR } from "../../src/core/ids.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { type RunningFleet, startFleet } from "../../src/runtime/fleet.ts";
import { layoutOf } from "../../src/runtime/layout.ts";
import { decodeCommand } from "../../src/wire/codec.ts";
import { encode } from "../../src/wire/codec-encode.ts";
import { connectUser } from "../../src/wire/connect.ts";
import { ensureUsers } from "../../src/wire/credentials.ts";
import { startServer } from "../../src/wire/nats-server.ts";
import { openRequester, type Requester } from "../../src/wire/requester.ts";
import { findServer } from "../../src/wire/server-find.ts";
import { commandSubject, opsSubject } from "../../src/wire/subjects.ts";
import { load, type Measured } from "./load.ts";
import type { BenchRow } from "./rows.ts";

const FLEET = fleetId("bench");
const AGENTS = Array.from({ length: 8 }, (_, i) => agentId(`bench-${i + 1}`));
const WINDOWS = [1, 64, 256, 1_024];
const MANY = 10_000;

interface Bench {
  readonly url: string;
  readonly keys: string;
  readonly home: string;
  readonly file: string;
  readonly warmMs: number;
  readonly runMs: number;
}

/** The demo's rules with eight rich agents that nobody runs, and rates that bound nothing. */
async function fleetFile(dir: string): Promise<string> {
  const demo = new URL("../../../deploy/demo.json", import.meta.url);
  const built = await readFile(demo, "utf8").catch(() =>
    readFile(new URL("../../deploy/demo.json", import.meta.url), "utf8"),
  );
  const file = JSON.parse(built) as Record<string, unknown> & { policy: Record<string, unknown> };
  const delegation = {
    ...{ cap: "1000000", services: ["trading"], maxLeverage: 1_000_000, priority: 1 },
    ...{ mode: "cross", floor: "0", leaseMs: 3_600_000 },
  };
  file["fleet"] = FLEET;
  file["deposits"] = [{ asset: "USDC", amount: "20000000" }];
  file.policy["rate"] = { perSecond: 1_000_000, burst: 1_000_000 };
  file["agents"] = AGENTS.map((agent) => ({ agent, delegation }));
  const path = join(dir, "bench.json");
  await writeFile(path, JSON.stringify(file));
  return path;
}

let serial = 0;
const nextId = (): string => {
  serial += 1;
  return `b${serial.toString(36)}`;
};

async function openClients(
  bench: Bench,
): Promise<{ clients: Requester[]; close: () => Promise<void> }> {
  const { url, keys: credentials } = bench;
  const connections = await Promise.all(
    AGENTS.map((user) => connectUser({ url, credentials, user })),
  );
  const clients = connections.map((connection, i) =>
    openRequester({ connection, user: AGENTS[i] as AgentId, tryMs: 10_000, tries: 1 }),
  );
  return {
    clients,
    close: async () => {
      for (const connection of connections) await connection.close();
    },
  };
}

const reserveBytes = (reservation: string): Uint8Array =>
  encode({
    id: nextId(),
    exp: Date.now() + 5_000,
    reservation,
    amount: "1.5",
    service: "trading",
    ttlMs: 60_000,
  });

async function rawEcho(bench: Bench): Promise<ReadonlyMap<number, Measured>> {
  const module = fileURLToPath(new URL("./echo-main.js", import.meta.url));
  const echo: ChildProcess = spawn(process.execPath, [module, bench.url, bench.keys], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const stdout = echo.stdout;
  if (stdout !== null) await once(stdout, "data");
  const { clients, close } = await openClients(bench);
  const results = new Map<number, Measured>();
  for (const window of WINDOWS) {
    const lane = async (i: number): Promise<void> => {
      const agent = AGENTS[i % AGENTS.length] as AgentId;
      await clients[i % AGENTS.length]?.request(
        commandSubject(FLEET, agent, "Reserve"),
        reserveBytes("r"),
      );
    };
    results.set(window, await load(window, lane, bench.warmMs, bench.runMs));
  }
  await close();
  echo.kill("SIGTERM");
  await once(echo, "exit");
  return results;
}

/** Reserve and release in turn: both are decided, journaled and answered. */
function lanes(clients: readonly Requester[]): Lanes {
  const held = new Map<number, string>();
  const lane = async (i: number): Promise<void> => {
    const at = i % AGENTS.length;
    const agent = AGENTS[at] as AgentId;
    const client = clients[at] as Requester;
    const open = held.get(i);
    const reservation = open ?? nextId();
    const bytes =
      open === undefined
        ? reserveBytes(reservation)
        : encode({ id: nextId(), exp: Date.now() + 5_000, reservation });
    const command = open === undefined ? "Reserve" : "Release";
    const reply = decodeCommand(await client.request(commandSubject(FLEET, agent, command), bytes));
    const said = reply.ok
      ? (reply.value as { ok: boolean; code?: string; detail?: string })
      : undefined;
    if (said?.ok !== true) throw new Error(`${command} was refused: ${said?.code} ${said?.detail}`);
    if (open === undefined) held.set(i, reservation);
    else held.delete(i);
  };
  // What is still held is released: the next run begins with nothing open.
  const empty = async (): Promise<void> => {
    await Promise.all([...held.keys()].map(lane));
  };
  return { lane, empty };
}

interface Lanes {
  readonly lane: (i: number) => Promise<void>;
  readonly empty: () => Promise<void>;
}

async function withFleet<T>(
  bench: Bench,
  coordinatorArgs: readonly string[],
  work: (fleet: RunningFleet) => Promise<T>,
): Promise<T> {
  const fleet = await startFleet({
    filePath: bench.file,
    home: bench.home,
    clock: systemClock(),
    brokerUrl: bench.url,
    logLevel: "warn",
    speed: 1,
    coordinatorArgs,
    onNews: () => undefined,
  });
  try {
    await granted(bench);
    return await work(fleet);
  } finally {
    await fleet.stop();
  }
}

async function operatorOf(bench: Bench) {
  const connection = await connectUser({
    url: bench.url,
    credentials: bench.keys,
    user: "operator",
  });
  const requester = openRequester({ connection, user: OPERATOR as never, tryMs: 2_000, tries: 20 });
  const ask = async (command: string, body: object): Promise<Record<string, unknown>> => {
    const bytes = encode({ id: nextId(), exp: Date.now() + 60_000, ...body });
    const heard = await requester.request(opsSubject(FLEET, command), bytes);
    const { decode } = await import("../../src/wire/codec.ts");
    const read = decode(heard, { bytesMax: 8 * 1024 * 1024, depthMax: 16, integers: "number" });
    return read.ok ? (read.value as Record<string, unknown>) : {};
  };
  return { ask, close: () => connection.close() };
}

/** Waits until every agent of the file holds its delegation. */
async function granted(bench: Bench): Promise<void> {
  const { ask, close } = await operatorOf(bench);
  for (;;) {
    const { view } = await ask("Status", {});
    const agents = (view as { agents?: { phase: string }[] } | undefined)?.agents ?? [];
    if (agents.filter((agent) => agent.phase === "active").length >= AGENTS.length) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await close();
}

async function measure(bench: Bench, windows: readonly number[]): Promise<Map<number, Measured>> {
  const { clients, close } = await openClients(bench);
  const results = new Map<number, Measured>();
  // What a lane still holds at the end of one window is released in the next.
  const { lane, empty } = lanes(clients);
  for (const window of windows) {
    results.set(window, await load(window, lane, bench.warmMs, bench.runMs));
  }
  await empty();
  await close();
  return results;
}

async function enrolMany(bench: Bench): Promise<void> {
  const { ask, close } = await operatorOf(bench);
  for (let from = 0; from < MANY; from += 500) {
    const some = Array.from({ length: 500 }, (_, i) => `idle-${from + i}`);
    await Promise.all(some.map((agent) => ask("Enrol", { agent })));
  }
  await close();
}

const rowOf = (
  name: string,
  got: Measured,
  to?: readonly [string, Measured | undefined],
): BenchRow => ({
  name,
  value: got.perSecond,
  unit: "per second",
  p50: got.p50,
  p99: got.p99,
  ...(to?.[1] === undefined ? {} : { ratio: got.perSecond / to[1].perSecond, ratioTo: to[0] }),
});

/** @param seconds counted time of each measurement. */
export async function decisions(seconds: number): Promise<readonly BenchRow[]> {
  const home = await mkdtemp(join(tmpdir(), "flotilla-bench-"));
  const layout = layoutOf(home, FLEET);
  const users = await ensureUsers(layout.keys, FLEET, AGENTS);
  const binary = await findServer({ env: process.env });
  const broker = await startServer({ binary, fleet: FLEET, dir: layout.broker, users });
  const bench: Bench = {
    url: broker.url,
    keys: layout.keys,
    home,
    file: await fleetFile(home),
    warmMs: Math.min(1_000, seconds * 500),
    runMs: seconds * 1_000,
  };
  process.stderr.write(`broker ${binary.path}: ${broker.durability.text}\n`);
  try {
    const raw = await rawEcho(bench);
    const off = await withFleet(bench, ["--no-project"], () => measure(bench, WINDOWS));
    const on = await withFleet(bench, [], () => measure(bench, [256, 1_024]));
    const single = await withFleet(bench, ["--no-project", "--batch-turns", "1"], () =>
      measure(bench, [256]),
    );
    const many = await withFleet(bench, ["--no-project"], async () => {
      await enrolMany(bench);
      return measure(bench, [256]);
    });
    const rows: BenchRow[] = [];
    for (const [window, got] of raw) rows.push(rowOf(`raw echo W=${window}`, got));
    for (const [window, got] of off) {
      rows.push({ ...rowOf(`durable W=${window}`, got, ["raw echo", raw.get(window)]) });
    }
    for (const [window, got] of on) {
      rows.push(rowOf(`durable W=${window}, events published`, got, ["raw echo", raw.get(window)]));
    }
    for (const got of single.values()) rows.push(rowOf("one append per decision W=256", got));
    const one = single.get(256);
    const best = off.get(256);
    if (one !== undefined && best !== undefined) {
      rows.push({
        name: "grouping W=256",
        value: best.perSecond / one.perSecond,
        unit: "times",
        ratio: best.perSecond / one.perSecond,
        ratioTo: "one append per decision",
      });
    }
    for (const got of many.values()) {
      rows.push(rowOf(`durable W=256, ${MANY} agents`, got, ["durable W=256", best]));
    }
    return rows;
  } finally {
    await broker.stop();
    await rm(home, { recursive: true, force: true });
  }
}
