/** The composition root: a whole fleet as processes on this machine, in the order they need each other. */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { AgentId } from "../core/ids.ts";
import { formatMicro } from "../core/money.ts";
import { usersWith } from "../wire/broker-users.ts";
import type { RunningServer } from "../wire/nats-server.ts";
import { findServer } from "../wire/server-find.ts";
import { BrokerKeeper } from "./broker-keeper.ts";
import { Child, type Death } from "./child.ts";
import type { Clock } from "./clock.ts";
import { type FleetFile, readFleetFile } from "./fleet-file.ts";
import { freePort } from "./free-port.ts";
import { type Layout, layoutOf } from "./layout.ts";

/** What happens while the fleet comes up and runs, for whoever shows it. */
export type FleetNews =
  | { readonly type: "step"; readonly text: string }
  | { readonly type: "phase"; readonly who: string; readonly phase: string; readonly why: string }
  | ({ readonly type: "death" } & Death);

export interface FleetOptions {
  readonly filePath: string;
  readonly home: string;
  readonly clock: Clock;
  readonly onNews: (news: FleetNews) => void;
  /** Market seconds in one second; the file's when not given. */
  readonly speed?: number;
  /** A folder of market data instead of the tape. */
  readonly data?: string;
  /** A broker that runs already, e.g. NATS_URL; then none is started. */
  readonly brokerUrl?: string;
  readonly logLevel?: string;
  /** More arguments for the coordinator's process, for drills and benches. */
  readonly coordinatorArgs?: readonly string[];
}

export interface RunningFleet {
  readonly file: FleetFile;
  readonly layout: Layout;
  readonly url: string;
  /** Epoch ms, before its first process was started. */
  readonly startedAt: number;
  /** Undefined for a broker that is not ours. */
  readonly broker: RunningServer | undefined;
  readonly venueUrl: string;
  readonly durability: string;
  /** The market data that the paper platform replays. */
  readonly tape: string;
  /** Makes an agent's key where there is none, and lets it in at a broker of ours. */
  letIn(agent: AgentId): Promise<void>;
  /** A broker of ours died and does not run yet. */
  brokerIsAway(): boolean;
  /** Processes by name, for drills and for people. */
  pids(): Readonly<Record<string, number | undefined>>;
  /** The agents alone, so that what is under way can settle before the rest ends. */
  stopAgents(): Promise<void>;
  /** Agents and coordinator: what was decided is stored, and the journal is at rest. */
  stopDeciding(): Promise<void>;
  /** Ends every process at once; what is not stored never happened. */
  kill(): Promise<void>;
  /** Agents first, then coordinator, venue and broker: what is under way is finished and kept. */
  stop(): Promise<void>;
}

/** What `running.json` says to the other commands. */
export interface RunningFacts {
  readonly fleet: string;
  readonly url: string;
  readonly venueUrl: string;
  readonly file: string;
  readonly pid: number;
}

const moduleOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
/** Built code runs built modules; the same names with another ending. */
const EXTENSION = import.meta.url.endsWith(".ts") ? ".ts" : ".js";

/** Agents say every five seconds that they are well. */
const HUNG_AFTER_MS = 30_000;
const AGENT_PATIENCE_MS = 5_000;
const DRAIN_PATIENCE_MS = 15_000;
const VENUE_READY_MS = 20_000;

/** @throws FleetFileError, NoServerError, ServerStartError and what the keys or the disk refuse. */
export async function startFleet(options: FleetOptions): Promise<RunningFleet> {
  const { onNews } = options;
  const step = (text: string): void => onNews({ type: "step", text });
  const file = await readFleetFile(options.filePath);
  const startedAt = options.clock.now();
  const layout = layoutOf(options.home, file.fleet);
  for (const dir of [layout.dir, layout.coordinator, layout.venue, layout.logs]) {
    await mkdir(dir, { recursive: true, mode: 0o700 });
  }
  const broker =
    options.brokerUrl === undefined ? await ownBroker(options, file, layout) : undefined;
  const url = broker?.server.url ?? options.brokerUrl ?? "";
  const durability = broker?.server.durability.text ?? "as the broker at NATS_URL is set up";
  // What was started for a start that fails is not left behind.
  const venue = await startVenue(options, file, layout).catch(async (fault: unknown) => {
    await broker?.stop();
    throw fault;
  });
  step(`paper platform at ${venue.url}`);
  const coordinator = startCoordinator(options, layout, url, venue.url);
  const agents = file.agents
    .filter(({ kind, module }) => kind !== undefined || module !== undefined)
    .map((plan, index) => startAgent(options, file, layout, url, plan, index));
  const facts: RunningFacts = {
    fleet: file.fleet,
    url,
    venueUrl: venue.url,
    file: options.filePath,
    pid: process.pid,
  };
  await writeFile(layout.running, `${JSON.stringify(facts)}\n`);
  const children = [...agents, coordinator, venue.child];
  // Without a broker nothing under way can be finished; what is stored is stored.
  const brokerIsAway = (): boolean => broker?.away === true;
  const patience = (ms: number): number => (brokerIsAway() ? 0 : ms);
  const stopAgents = async (): Promise<void> => {
    await Promise.all(agents.map((agent) => agent.stop(patience(AGENT_PATIENCE_MS))));
  };
  const stopDeciding = async (): Promise<void> => {
    await stopAgents();
    await coordinator.stop(patience(DRAIN_PATIENCE_MS));
  };
  return {
    ...{ file, layout, url, startedAt, broker: broker?.server, durability },
    ...{ venueUrl: venue.url, tape: venue.tape, stopAgents, stopDeciding, brokerIsAway },
    letIn: async (agent) =>
      broker?.server.reload(() => usersWith(layout.keys, file.fleet, [agent])),
    pids: () => ({
      ...Object.fromEntries(children.map((child) => [child.name, child.pid])),
      broker: broker?.server.pid,
    }),
    kill: async () => {
      for (const child of children) child.kill();
      await broker?.kill();
      await rm(layout.running, { force: true });
    },
    stop: async () => {
      await stopDeciding();
      await venue.child.stop(DRAIN_PATIENCE_MS);
      await broker?.stop();
      await rm(layout.running, { force: true });
    },
  };
}

async function ownBroker(
  { clock, onNews }: FleetOptions,
  file: FleetFile,
  layout: Layout,
): Promise<BrokerKeeper> {
  const step = (text: string): void => onNews({ type: "step", text });
  const binary = await findServer({ env: process.env });
  if (binary.note !== undefined) step(binary.note);
  const agents: AgentId[] = file.agents.map((plan) => plan.agent);
  const sources = file.policy.prices?.sources ?? [];
  const broker = await BrokerKeeper.start({
    server: { binary, fleet: file.fleet, dir: layout.broker },
    users: () => usersWith(layout.keys, file.fleet, agents, sources),
    clock,
    onDeath: (told) => onNews({ type: "death", ...told }),
  });
  step(`nats-server at ${broker.server.url}`);
  return broker;
}

async function tokenOf(path: string): Promise<void> {
  try {
    await readFile(path);
  } catch {
    await writeFile(path, `${randomBytes(24).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
  }
}

async function startVenue(
  { clock, onNews, speed, data }: FleetOptions,
  file: FleetFile,
  layout: Layout,
): Promise<{ child: Child; url: string; tape: string }> {
  await tokenOf(layout.venueToken);
  // Chosen once: a venue that is started anew must be found where it was.
  const port = await freePort();
  const args = [
    ...["--dir", layout.venue, "--token-file", layout.venueToken, "--seed", file.paper.seed],
    ...["--speed", String(speed ?? file.paper.speed)],
    ...(data === undefined ? [] : ["--data", data]),
    ...(file.paper.start === undefined || data !== undefined ? [] : ["--start", file.paper.start]),
    ...(file.paper.crowd === true ? ["--crowd"] : []),
    ...(file.paper.waitFor === undefined ? [] : ["--wait-for", formatMicro(file.paper.waitFor)]),
  ];
  let ready: (told: { url: string; tape: string } | undefined) => void = () => undefined;
  const listening = new Promise<{ url: string; tape: string } | undefined>((resolve) => {
    ready = resolve;
  });
  const logFile = join(layout.logs, "venue.log");
  const child = new Child({
    name: "venue",
    module: moduleOf(`../venue/paper/main${EXTENSION}`),
    args: [...args, "--port", String(port)],
    logFile,
    clock,
    onLine: (line) => {
      const { url: at, tape } = line;
      if (typeof at === "string") ready({ url: at, tape: String(tape ?? "") });
    },
    onDeath: (told) => {
      // Before it ever listened: what it was given is wrong, and will be the next time too.
      ready(undefined);
      onNews({ type: "death", ...told });
    },
  }).start();
  const late = new AbortController();
  const tooLate = clock.sleep(VENUE_READY_MS, late.signal).then(() => undefined);
  const told = await Promise.race([listening, tooLate]);
  late.abort();
  if (told === undefined) {
    await child.stop(0);
    const last = (await readFile(logFile, "utf8").catch(() => "")).trim().split("\n").at(-1);
    throw new Error(`the paper platform did not start: ${last ?? ""} (${logFile})`);
  }
  return { child, ...told };
}

function startCoordinator(
  { clock, onNews, filePath, logLevel, coordinatorArgs }: FleetOptions,
  layout: Layout,
  url: string,
  venueUrl: string,
): Child {
  return new Child({
    name: "coordinator",
    module: moduleOf(`./coordinator-main${EXTENSION}`),
    args: [
      ...["--file", filePath, "--url", url, "--keys", layout.keys, "--dir", layout.coordinator],
      ...["--venue-url", venueUrl, "--venue-token", layout.venueToken],
      ...["--log-level", logLevel ?? "info"],
      ...(coordinatorArgs ?? []),
    ],
    logFile: join(layout.logs, "coordinator.log"),
    clock,
    onLine: (line) =>
      onNews({ type: "phase", who: "coordinator", phase: String(line["phase"]), why: "" }),
    onDeath: (told) => onNews({ type: "death", ...told }),
  }).start();
}

function startAgent(
  { clock, onNews, logLevel, speed }: FleetOptions,
  file: FleetFile,
  layout: Layout,
  url: string,
  plan: FleetFile["agents"][number],
  index: number,
): Child {
  const { agent, kind = "", module } = plan;
  const runs = module === undefined ? ["--kind", kind] : ["--module", module];
  // Who knows that market time runs faster must know how fast it runs now.
  const timeScale = speed ?? file.paper.speed;
  const given = plan.config ?? {};
  const config = "timeScale" in given ? { ...given, timeScale } : given;
  return new Child({
    name: agent,
    module: moduleOf(`./agent-main${EXTENSION}`),
    args: [
      ...["--agent", agent, ...runs, "--fleet", file.fleet, "--url", url],
      ...["--keys", layout.keys, "--config", JSON.stringify(config)],
      ...["--seed", String(index + 1), "--log-level", logLevel ?? "info"],
    ],
    logFile: join(layout.logs, `${agent}.log`),
    clock,
    hungAfterMs: HUNG_AFTER_MS,
    givesWay: true,
    onLine: (line) => {
      const { phase, why } = line;
      if (typeof phase !== "string") return;
      onNews({ type: "phase", who: agent, phase, why: String(why ?? "") });
    },
    onDeath: (told) => onNews({ type: "death", ...told }),
  }).start();
}
