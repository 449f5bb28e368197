/** The coordinator as a process of its own: arguments in, one JSON line for each phase out. */
import { mkdir, readFile } from "node:fs/promises";
import process from "node:process";
import { parseArgs } from "node:util";
import { PaperClient } from "../venue/paper/client.ts";
import { systemClock } from "./clock.ts";
import { Coordinator } from "./coordinator.ts";
import { readFleetFile } from "./fleet-file.ts";
import { type LogLevel, makeLog } from "./log.ts";

const { values: args } = parseArgs({
  options: {
    file: { type: "string" },
    url: { type: "string" },
    keys: { type: "string" },
    dir: { type: "string" },
    "venue-url": { type: "string" },
    "venue-token": { type: "string" },
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

async function main(): Promise<void> {
  const file = await readFleetFile(need("file"));
  const dir = need("dir");
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const token = (await readFile(need("venue-token"), "utf8")).trim();
  const venue = new PaperClient({ url: need("venue-url"), token });
  const log = makeLog("coordinator", args["log-level"] as LogLevel);
  const coordinator = new Coordinator({
    ...{ url: need("url"), credentials: need("keys"), dir, file, venue, log },
    clock: systemClock(),
    project: !args["no-project"],
    ...(args["lease-ms"] === undefined ? {} : { leaseMs: Number(args["lease-ms"]) }),
    ...(args["batch-turns"] === undefined ? {} : { batchTurns: Number(args["batch-turns"]) }),
    onPhase: (phase) => process.stdout.write(`${JSON.stringify({ phase, pid: process.pid })}\n`),
  });
  let asked = false;
  const drain = (): void => {
    if (asked) return;
    asked = true;
    void coordinator.drain().catch(() => undefined);
  };
  process.on("SIGINT", drain);
  process.on("SIGTERM", drain);
  try {
    await coordinator.run();
  } catch (fault) {
    log.error({ fault: String(fault), stack: (fault as Error).stack }, "the coordinator broke");
    process.exitCode = EXIT_BROKEN;
  } finally {
    await venue.close();
  }
}

await main();
