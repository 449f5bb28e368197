/** A fleet as real processes that a drill may kill: broker, paper platform, coordinators, agents. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { agentId, type FleetId, fleetId } from "../../src/core/ids.ts";
import { Child, type ChildOptions } from "../../src/runtime/child.ts";
import { type Clock, systemClock } from "../../src/runtime/clock.ts";
import { freePort } from "../../src/runtime/free-port.ts";
import { type Layout, layoutOf } from "../../src/runtime/layout.ts";
import { PaperClient } from "../../src/venue/paper/client.ts";
import { type Connection, connectUser } from "../../src/wire/connect.ts";
import { ensureUsers } from "../../src/wire/credentials.ts";
import { type RunningServer, startServer } from "../../src/wire/nats-server.ts";
import { findServer, type ServerBinary } from "../../src/wire/server-find.ts";
import type { UserName } from "../../src/wire/subjects.ts";
import { Caller } from "./caller.ts";
import { DRILL_FLEET, type DrillAgent, TRAFFIC_AGENTS, writeFleetFile } from "./drill-fleet.ts";
import { eventually, Watch } from "./watch.ts";

export interface RigOptions {
  readonly fleet?: string;
  readonly agents?: readonly DrillAgent[];
  /** Market seconds in one second. */
  readonly speed?: number;
  /** How long a silent leader leads, ms. */
  readonly leaseMs?: number;
  readonly binary?: ServerBinary;
  /** Commands that an agent may send in a second; absent: so many that none is refused for it. */
  readonly rate?: { readonly perSecond: number; readonly burst: number };
  /** Processes that die again and again wait longer each time, as in a fleet. None: absent, always as after the first death. */
  readonly restartsAsInFleet?: boolean;
}

/** What a process of the rig told, or that it ended. */
export interface Told {
  readonly name: string;
  readonly at: number;
  readonly pid: number | undefined;
  /** The phase of a coordinator or an agent; "dead" when the process has ended. */
  readonly phase: string;
  readonly line: Readonly<Record<string, unknown>>;
}

/** Every restart waits as the first one does: a drill kills more often than a bad day. */
const RESTART_MS = 250;
function drillClock(): Clock {
  const clock = systemClock();
  return { ...clock, sleep: (ms, signal) => clock.sleep(Math.min(ms, RESTART_MS), signal) };
}

const DIST = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "../../dist/" : "../../", import.meta.url),
);
const moduleOf = (path: string): string => join(DIST, "src", path);

export class Rig {
  readonly home: string;
  readonly fleet: FleetId;
  readonly layout: Layout;
  readonly file: string;
  readonly told = new Watch<Told>();
  readonly #options: RigOptions;
  readonly #children = new Map<string, Child>();
  readonly #connections: Connection[] = [];
  readonly #clock: Clock;
  #binary: ServerBinary | undefined;
  #broker: RunningServer | undefined;
  #venueUrl = "";

  private constructor(home: string, options: RigOptions) {
    this.home = home;
    this.#options = options;
    this.#clock = options.restartsAsInFleet === true ? systemClock() : drillClock();
    this.fleet = fleetId(options.fleet ?? DRILL_FLEET);
    this.layout = layoutOf(home, this.fleet);
    this.file = join(home, "fleet.json");
  }

  /** Starts broker and venue; coordinators and agents are the drill's to start. */
  static async start(options: RigOptions = {}): Promise<Rig> {
    const main = moduleOf("runtime/coordinator-main.js");
    if (!existsSync(main)) throw new Error(`${main} is not there: npm run build`);
    const rig = new Rig(await mkdtemp(join(tmpdir(), "flotilla-drill-")), options);
    try {
      await rig.#prepare();
      await rig.startBroker();
      await rig.#startVenue();
      return rig;
    } catch (fault) {
      await rig.close();
      throw fault;
    }
  }

  get agents(): readonly DrillAgent[] {
    return this.#options.agents ?? TRAFFIC_AGENTS;
  }

  get broker(): RunningServer {
    if (this.#broker === undefined) throw new Error("the broker runs");
    return this.#broker;
  }

  get venueUrl(): string {
    return this.#venueUrl;
  }

  async #prepare(): Promise<void> {
    const { dir, venue, logs, venueToken } = this.layout;
    for (const each of [dir, venue, logs]) await mkdir(each, { recursive: true, mode: 0o700 });
    await writeFleetFile(this.file, this.fleet, this.agents, this.#options.rate);
    await writeFile(venueToken, `${randomBytes(24).toString("hex")}\n`, { mode: 0o600 });
    this.#binary = this.#options.binary ?? (await findServer({ env: process.env }));
  }

  /** Starts the broker, at the port it had when it was there before. */
  async startBroker(): Promise<void> {
    const agents = this.agents.map(({ agent }) => agentId(agent));
    const users = await ensureUsers(this.layout.keys, this.fleet, agents);
    const binary = this.#binary;
    if (binary === undefined) throw new Error("a nats-server was found");
    const port = this.#broker === undefined ? {} : { port: this.#broker.port };
    const dir = this.layout.broker;
    this.#broker = await startServer({ binary, fleet: this.fleet, dir, users, ...port });
  }

  async #startVenue(): Promise<void> {
    const speed = String(this.#options.speed ?? 60);
    // A fixed port: a venue that is started anew is where it was.
    const port = String(await freePort());
    const args = ["--dir", this.layout.venue, "--token-file", this.layout.venueToken];
    this.#child("venue", "venue/paper/main.js", [...args, "--port", port, "--speed", speed]);
    const { line } = await this.told.until(({ name }) => name === "venue", "the venue");
    this.#venueUrl = String(line["url"]);
  }

  /** Another coordinator of the same fleet, with a folder of its own. */
  startCoordinator(name = "coordinator", more: readonly string[] = []): void {
    const { leaseMs } = this.#options;
    this.#child(name, "runtime/coordinator-main.js", [
      ...["--file", this.file, "--url", this.broker.url, "--keys", this.layout.keys],
      ...["--dir", join(this.layout.dir, name)],
      ...["--venue-url", this.#venueUrl, "--venue-token", this.layout.venueToken],
      ...(leaseMs === undefined ? [] : ["--lease-ms", String(leaseMs)]),
      ...more,
    ]);
  }

  /** A specialist of the roster, or of a module of the test's own. */
  startAgent(
    agent: string,
    own?: { readonly module: string; readonly hungAfterMs?: number },
  ): void {
    const plan = this.agents.find((each) => each.agent === agent);
    const runs = own === undefined ? ["--kind", plan?.kind ?? ""] : ["--module", own.module];
    const args = [
      ...["--agent", agent, ...runs, "--fleet", this.fleet],
      ...["--url", this.broker.url, "--keys", this.layout.keys, "--seed", "1"],
      ...["--config", JSON.stringify(plan?.config ?? {})],
    ];
    this.#child(agent, "runtime/agent-main.js", args, { ...own, givesWay: true });
  }

  #child(
    name: string,
    module: string,
    args: readonly string[],
    { hungAfterMs, givesWay = false }: Pick<ChildOptions, "hungAfterMs" | "givesWay"> = {},
  ): void {
    const tell = (line: Readonly<Record<string, unknown>>, phase: unknown, pid: unknown): void =>
      this.told.push({
        ...{ name, at: performance.now(), line, phase: String(phase ?? "") },
        pid: typeof pid === "number" ? pid : undefined,
      });
    const child = new Child({
      ...{ name, module: moduleOf(module), args, clock: this.#clock },
      logFile: join(this.layout.logs, `${name}.log`),
      ...(hungAfterMs === undefined ? {} : { hungAfterMs }),
      givesWay,
      onLine: (line) => tell(line, line["phase"], line["pid"]),
      onDeath: (death) => tell({ ...death }, "dead", undefined),
    }).start();
    this.#children.set(name, child);
  }

  /** Waits until this process says that it is in a phase. @param from a number of `told.seen`. */
  phase(name: string, phase: string, from = 0): Promise<Told> {
    return this.anyPhase(name, [phase], from);
  }

  /** Waits until this process says that it is in one of these phases. */
  anyPhase(name: string, phases: readonly string[], from = 0): Promise<Told> {
    const fits = (told: Told): boolean => told.name === name && phases.includes(told.phase);
    return this.told.until(fits, `${name} ${phases.join(" or ")}`, 30_000, from);
  }

  pidOf(name: string): number {
    const pid = this.#children.get(name)?.pid;
    if (pid === undefined) throw new Error(`${name} runs`);
    return pid;
  }

  /** Sends a signal to a process; it is started anew when it dies of it. */
  signal(name: string, signal: NodeJS.Signals): void {
    process.kill(this.pidOf(name), signal);
  }

  /** kill -9, and waits until the process is gone. @returns when the signal was sent. */
  async kill(name: string): Promise<number> {
    if (name === "broker") {
      const at = performance.now();
      await this.broker.kill();
      return at;
    }
    // It may be between two lives.
    await eventually(async () => this.#isAlive(name) || undefined, `${name} alive`);
    const from = this.told.seen.length;
    const at = performance.now();
    this.signal(name, "SIGKILL");
    await this.phase(name, "dead", from);
    return at;
  }

  #isAlive(name: string): boolean {
    try {
      return process.kill(this.pidOf(name), 0);
    } catch {
      return false;
    }
  }

  /** SIGTERM, and waits for the end; it is not started anew. */
  async stop(name: string, patienceMs = 15_000): Promise<void> {
    await this.#children.get(name)?.stop(patienceMs);
    this.#children.delete(name);
  }

  log(name: string): Promise<string> {
    return readFile(join(this.layout.logs, `${name}.log`), "utf8").catch(() => "");
  }

  /** A connection as one user; closed with the rig. */
  async connect(user: UserName): Promise<Connection> {
    const { url } = this.broker;
    const connection = await connectUser({ url, credentials: this.layout.keys, user });
    this.#connections.push(connection);
    return connection;
  }

  /** Somebody who gives commands: an agent, or the operator. */
  async caller(user: UserName, tryMs?: number): Promise<Caller> {
    return new Caller(this.fleet, user, await this.connect(user), tryMs);
  }

  async venue(): Promise<PaperClient> {
    const token = (await readFile(this.layout.venueToken, "utf8")).trim();
    return new PaperClient({ url: this.#venueUrl, token });
  }

  async close(): Promise<void> {
    await Promise.all(this.#connections.map((each) => each.close().catch(() => undefined)));
    const names = [...this.#children.keys()];
    const venue = this.#children.get("venue");
    // A process that is held up takes no SIGTERM.
    for (const name of names) if (this.#isAlive(name)) this.signal(name, "SIGCONT");
    await Promise.all(names.filter((name) => name !== "venue").map((name) => this.stop(name)));
    await venue?.stop(5_000);
    await this.#broker?.stop();
    await rm(this.home, { recursive: true, force: true });
  }
}
