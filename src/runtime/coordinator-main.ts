/** The coordinator as a process of its own: arguments in, one JSON line for each phase out. */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import type { FleetId } from "../core/ids.ts";
import { PaperClient } from "../venue/paper/client.ts";
import { type Connection, connectUser } from "../wire/connect.ts";
import { headFile } from "../wire/head-memory.ts";
import { isDeadHolder, thisHolder } from "../wire/holder.ts";
import { provision } from "../wire/provision.ts";
import { snapshotFile } from "../wire/snapshot-store.ts";
import { type Role, roleUser } from "../wire/subjects.ts";
import { systemClock } from "./clock.ts";
import { type Connections, Coordinator } from "./coordinator.ts";
import { readFleetFile } from "./fleet-file.ts";
import { type LogLevel, makeLog } from "./log.ts";
import { endWithStdin } from "./parent.ts";
import { Webhooks } from "./webhooks.ts";

const { values: args } = parseArgs({
  options: {
    file: { type: "string" },
    url: { type: "string" },
    keys: { type: "string" },
    dir: { type: "string" },
    "venue-url": { type: "string" },
    "venue-token": { type: "string" },
    "end-with-stdin": { type: "boolean", default: false },
    "log-level": { type: "string", default: "info" },
    "lease-ms": { type: "string" },
    "no-project": { type: "boolean", default: false },
    "batch-turns": { type: "string" },
  },
});

function need(name: "file" | "url" | "keys" | "dir" | "venue-url" | "venue-token"): string {
  const value = args[name];
  if (value === undefined) throw new RangeError(`--${name} is needed`);
  return value;
}

/** A bug has stopped the actor: the supervisor starts it anew, and it recovers by replay. */
const EXIT_BROKEN = 70;

/** A broker that died is back in a moment: to end meanwhile would only make the next start later. */
const BROKER_MS = 20_000;

async function connect(url: string, credentials: string, fleet: FleetId): Promise<Connections> {
  const waits = { patienceMs: BROKER_MS, isComing: () => true };
  const as = (role: Role) => connectUser({ url, credentials, user: roleUser(role), ...waits });
  const provisioner = await as("provisioner");
  await provision(provisioner, fleet);
  const [responder, operations, journal, projector, lease, service] = await Promise.all([
    as("responder"),
    as("operations"),
    as("journal"),
    as("projector"),
    as("lease"),
    as("service"),
  ]);
  return { provisioner, responder, operations, journal, projector, lease, service };
}

async function main(): Promise<void> {
  const file = await readFleetFile(need("file"));
  const dir = need("dir");
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const token = (await readFile(need("venue-token"), "utf8")).trim();
  const venue = new PaperClient({ url: need("venue-url"), token });
  const log = makeLog("coordinator", args["log-level"] as LogLevel);
  const clock = systemClock();
  const projector = (): Promise<Connection> =>
    connectUser({ url: need("url"), credentials: need("keys"), user: roleUser("projector") });
  const { fleet, webhooks: rules } = file;
  const webhooks = new Webhooks({ fleet, rules, connect: projector, dir, clock, log });
  const coordinator = new Coordinator({
    ...{ file, venue, log, clock },
    connect: () => connect(need("url"), need("keys"), file.fleet),
    headPlace: headFile(join(dir, "head.json")),
    snapshots: snapshotFile(join(dir, "snapshot.bin")),
    holder: thisHolder(),
    isDead: isDeadHolder,
    project: !args["no-project"],
    ...(args["lease-ms"] === undefined ? {} : { leaseMs: Number(args["lease-ms"]) }),
    ...(args["batch-turns"] === undefined ? {} : { batchTurns: Number(args["batch-turns"]) }),
    onPhase: (phase) => {
      webhooks.onPhase(phase);
      process.stdout.write(`${JSON.stringify({ phase, pid: process.pid })}\n`);
    },
  });
  let asked = false;
  const drain = (): void => {
    if (asked) return;
    asked = true;
    void coordinator.drain().catch(() => undefined);
  };
  process.on("SIGINT", drain);
  process.on("SIGTERM", drain);
  if (args["end-with-stdin"]) endWithStdin(drain);
  try {
    await coordinator.run();
  } catch (fault) {
    log.error({ fault: String(fault), stack: (fault as Error).stack }, "the coordinator broke");
    process.exitCode = EXIT_BROKEN;
  } finally {
    await webhooks.stop();
    await venue.close();
  }
}

await main();
