/** Runs one nats-server on loopback: starts or adopts it, reads it back, stops it. */
import { spawn } from "node:child_process";
import { watch } from "node:fs";
import { chmod, mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { FleetId } from "../core/ids.ts";
import { isDeadHolder, thisHolder } from "./holder.ts";
import { type BrokerUser, serverConfig } from "./server-config.ts";
import type { ServerBinary } from "./server-find.ts";
import {
  endOfProcess,
  endProcess,
  lockStart,
  type ProcessEnd,
  ServerStartError,
  START_MS,
  STOP_MS,
} from "./server-process.ts";
import { type Durability, durabilityOf, readFacts, type ServerFacts } from "./server-version.ts";

export interface ServerOptions {
  readonly binary: ServerBinary;
  readonly fleet: FleetId;
  /** The server's own folder: configuration, store, log. One server a folder. */
  readonly dir: string;
  /** 0 or none: any free one. */
  readonly port?: number;
  readonly users?: readonly BrokerUser[];
}

export interface RunningServer {
  /** `nats://127.0.0.1:<port>`. */
  readonly url: string;
  readonly port: number;
  /** `http://127.0.0.1:<port>`; facts of the server, no secrets. */
  readonly monitorUrl: string;
  readonly pid: number;
  /** Read back from the running server. */
  readonly facts: ServerFacts;
  readonly durability: Durability;
  /** False when another living process started it: then `stop` leaves it running. */
  readonly owned: boolean;
  /**
   * Resolves when the process is gone, whoever ended it. An adopted one is looked at from the call on,
   * and has neither code nor signal.
   */
  ended(): Promise<ProcessEnd>;
  /**
   * Writes the users anew and resolves when the server has read them, without a restart. They are asked for
   * when it is this one's turn: of two that let agents in at once, the later knows those of both.
   */
  reload(users: () => Promise<readonly BrokerUser[]>): Promise<void>;
  /** Ends the server when it is owned. Resolves when the process is gone. */
  stop(): Promise<void>;
  /** Kills it as a power switch would (kill -9). For drills. */
  kill(): Promise<void>;
}

/** What a start leaves behind for the next one. */
interface Trace {
  readonly pid: number;
  readonly owner: string;
  readonly serverId: string;
  readonly url: string;
  readonly monitorUrl: string;
}

/**
 * Starts the server of a folder, or adopts the one that runs there already: after a crash of its
 * owner it is taken over as it stands, so that agents stay connected; while its owner lives it is
 * shared.
 *
 * The server has a process group of its own: Ctrl-C in a terminal reaches the fleet, which drains
 * over this very server, and stops it last.
 *
 * @throws ServerStartError when it does not come up.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  await mkdir(join(options.dir, "ports"), { recursive: true, mode: 0o700 });
  await chmod(options.dir, 0o700);
  const unlock = await lockStart(join(options.dir, "start.lock"));
  try {
    const running = await findRunning(options.dir);
    if (running !== undefined) {
      const owned = isDeadHolder(running.owner);
      const trace = owned ? { ...running, owner: thisHolder() } : running;
      if (owned) await writeTrace(options.dir, trace);
      if (owned && options.users !== undefined) await renew(options, trace, options.users);
      return await describe(options, trace, owned);
    }
    const { trace, ended } = await launch(options);
    return await describe(options, trace, true, () => ended);
  } finally {
    await unlock();
  }
}

const paths = (dir: string) => ({
  config: join(dir, "nats.conf"),
  ports: join(dir, "ports"),
  log: join(dir, "nats.log"),
  trace: join(dir, "server.json"),
});

async function writeConfig(options: ServerOptions, port: number, users = options.users) {
  const { config, ports, log } = paths(options.dir);
  const text = serverConfig({
    fleet: options.fleet,
    version: options.binary.version,
    port,
    storeDir: options.dir,
    portsDir: ports,
    logFile: log,
    users,
  });
  await writeFile(`${config}.new`, text, { mode: 0o600 });
  await rename(`${config}.new`, config);
}

async function launch(
  options: ServerOptions,
): Promise<{ trace: Trace; ended: Promise<ProcessEnd> }> {
  const { config, ports, log } = paths(options.dir);
  await rm(ports, { recursive: true, force: true });
  await mkdir(ports, { mode: 0o700 });
  await writeConfig(options, options.port ?? 0);
  const output = await open(log, "a", 0o600);
  try {
    const child = spawn(options.binary.path, ["-c", config], {
      stdio: ["ignore", output.fd, output.fd],
      detached: true,
    });
    child.unref();
    const ended = new Promise<ProcessEnd>((resolve) => {
      child.once("exit", (code, signal) => resolve({ code, signal }));
    });
    const failed = new Promise<never>((_, reject) => {
      child.once("error", (cause) => reject(new ServerStartError(String(cause), { cause })));
      child.once("exit", (code) => reject(new ServerStartError(`nats-server ended (${code})`)));
    });
    failed.catch(() => undefined);
    const over = new AbortController();
    const listening = portsOf(ports, AbortSignal.any([over.signal, AbortSignal.timeout(START_MS)]));
    listening.catch(() => undefined);
    try {
      const urls = await Promise.race([listening, failed]);
      const facts = await readFacts(urls.monitorUrl);
      const trace = { pid: child.pid ?? 0, owner: thisHolder(), serverId: facts.serverId, ...urls };
      await writeTrace(options.dir, trace);
      return { trace, ended };
    } catch (cause) {
      child.kill("SIGKILL");
      const tail = (await readFile(log, "utf8").catch(() => "")).trim().split("\n").slice(-3);
      throw new ServerStartError(`nats-server did not start: ${cause}; ${tail.join(" | ")}`, {
        cause,
      });
    } finally {
      // Who waits for a server that has ended keeps the process alive.
      over.abort();
    }
  } finally {
    await output.close();
  }
}

/** Waits for the file in which the server says where it listens, by watching, not by sleeping. */
async function portsOf(
  dir: string,
  signal: AbortSignal,
): Promise<{ url: string; monitorUrl: string }> {
  const watcher = watch(dir, { persistent: true });
  try {
    for (;;) {
      const changed = new Promise<void>((resolve, reject) => {
        watcher.once("change", () => resolve());
        signal.addEventListener("abort", () => reject(new Error("not ready in time")), {
          once: true,
        });
      });
      const found = await readPorts(dir);
      if (found !== undefined) {
        changed.catch(() => undefined);
        return found;
      }
      await changed;
    }
  } finally {
    watcher.close();
  }
}

async function readPorts(dir: string): Promise<{ url: string; monitorUrl: string } | undefined> {
  const name = (await readdir(dir)).find((each) => each.endsWith(".ports"));
  if (name === undefined) return undefined;
  try {
    const told = JSON.parse(await readFile(join(dir, name), "utf8")) as {
      nats?: string[];
      monitoring?: string[];
    };
    const [url, monitorUrl] = [told.nats?.[0], told.monitoring?.[0]];
    return url === undefined || monitorUrl === undefined ? undefined : { url, monitorUrl };
  } catch {
    return undefined; // Half written: the next change brings the rest.
  }
}

async function writeTrace(dir: string, trace: Trace): Promise<void> {
  const { trace: path } = paths(dir);
  await writeFile(`${path}.new`, JSON.stringify(trace), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** The server of an earlier start, when it still runs: it answers with the id that was noted. */
async function findRunning(dir: string): Promise<Trace | undefined> {
  try {
    const trace = JSON.parse(await readFile(paths(dir).trace, "utf8")) as Trace;
    const facts = await readFacts(trace.monitorUrl);
    return facts.serverId === trace.serverId && facts.serverId !== "" ? trace : undefined;
  } catch {
    return undefined;
  }
}

async function describe(
  options: ServerOptions,
  trace: Trace,
  owned: boolean,
  ended: () => Promise<ProcessEnd> = () => endOfProcess(trace.pid),
): Promise<RunningServer> {
  const { pid, url, monitorUrl } = trace;
  const facts = await readFacts(monitorUrl);
  const port = Number(new URL(url).port);
  const end = async (signal: NodeJS.Signals) => {
    if (!owned) return;
    await endProcess(pid, signal);
    await rm(paths(options.dir).trace, { force: true });
  };
  return {
    ...{ url, port, monitorUrl, pid, facts, owned, ended },
    durability: durabilityOf(facts),
    reload: async (users) => {
      const unlock = await lockStart(join(options.dir, "start.lock"));
      try {
        await renew(options, trace, await users());
      } finally {
        await unlock();
      }
    },
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  };
}

/** Other users for a server that runs; whoever calls it holds the lock. */
async function renew(
  options: ServerOptions,
  { pid, monitorUrl }: Trace,
  users: readonly BrokerUser[],
): Promise<void> {
  const { configLoaded } = await readFacts(monitorUrl);
  // The address is the one in use: a reload cannot move the server.
  await writeConfig(options, options.port ?? 0, users);
  process.kill(pid, "SIGHUP");
  await reloaded(monitorUrl, configLoaded);
}

/** A signal has no answer: the server has read its configuration when it says so. */
async function reloaded(monitorUrl: string, before: string): Promise<void> {
  const deadline = performance.now() + STOP_MS;
  for (;;) {
    const { configLoaded } = await readFacts(monitorUrl);
    if (configLoaded !== before) return;
    if (performance.now() > deadline) {
      throw new ServerStartError("nats-server did not take its new configuration, see its log");
    }
    await delay(5);
  }
}
