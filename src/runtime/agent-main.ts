/** One specialist as a process of its own: its key and its fleet are all it has. */
import { writeSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { connectFleet } from "../sdk/connect.ts";
import { endWhenHung } from "../sdk/hang.ts";
import { inspectSteps } from "../sdk/lifecycle.ts";
import { type LogLevel, makeLog } from "./log.ts";
import { starterFrom } from "./own-specialist.ts";
import { endWithStdin } from "./parent.ts";
import { ROSTER, type Starter } from "./roster.ts";

const { values: args } = parseArgs({
  options: {
    agent: { type: "string" },
    kind: { type: "string" },
    module: { type: "string" },
    fleet: { type: "string" },
    url: { type: "string" },
    keys: { type: "string" },
    config: { type: "string", default: "{}" },
    seed: { type: "string", default: "1" },
    "end-with-stdin": { type: "boolean", default: false },
    "log-level": { type: "string", default: "info" },
  },
});

function need(name: "agent" | "kind" | "fleet" | "url" | "keys"): string {
  const value = args[name];
  if (value === undefined) throw new RangeError(`--${name} is needed`);
  return value;
}

const ALIVE_EVERY_MS = 5_000;

/** Beyond the time at which the supervisor ends it: for when that one is gone and nobody else would. */
const HUNG_AFTER_MS = 60_000;

/** The supervisor starts a failed specialist anew; it resumes from the coordinator's truth. */
const EXIT_FAILED = 70;

/** One of the roster, or of a module of somebody's own. */
async function starter(): Promise<Starter> {
  if (args.module !== undefined) return await starterFrom(args.module);
  const kind = need("kind");
  const start = ROSTER.get(kind);
  if (start !== undefined) return start;
  throw new RangeError(`no specialist ${kind}; the roster has ${[...ROSTER.keys()].join(", ")}`);
}

/** A module that waits at its top for what never comes ends the process, and no catch hears of it. */
function tellUnloaded(): void {
  const why = `${args.module} never finished loading: it awaits what does not come`;
  writeSync(1, `${JSON.stringify({ agent: args.agent, phase: "failed", why })}\n`);
}

async function main(): Promise<void> {
  // Before a module of somebody's own is loaded: it may be that which never returns.
  endWhenHung({ name: args.agent ?? "the specialist", afterMs: HUNG_AFTER_MS });
  process.once("exit", tellUnloaded);
  const start = await starter().finally(() => process.off("exit", tellUnloaded));
  const [url, fleet, agent, credentials] = [
    need("url"),
    need("fleet"),
    need("agent"),
    need("keys"),
  ];
  const log = makeLog(agent, args["log-level"] as LogLevel);
  const running = start({
    link: () => connectFleet({ url, fleet, agent, credentials }),
    nonce: `${Date.now().toString(36)}${process.pid.toString(36)}`.slice(-16),
    seed: Number(args.seed),
    config: JSON.parse(args.config) as unknown,
    inspect: inspectSteps(Date.now, (step) => log.debug(step, "step")),
    log: {
      debug: (fields, message) => log.debug(fields, message),
      info: (fields, message) => log.info(fields, message),
      warn: (fields, message) => log.warn(fields, message),
      error: (fields, message) => log.error(fields, message),
    },
  });
  running.onPhase((phase, why) => {
    process.stdout.write(`${JSON.stringify({ agent, phase, why, pid: process.pid })}\n`);
  });
  // A strategy that never returns keeps this from being said: the supervisor ends such a process.
  const alive = setInterval(() => process.stdout.write(`{"alive":true}\n`), ALIVE_EVERY_MS);
  const stop = (): void => void running.stop();
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  if (args["end-with-stdin"]) endWithStdin(stop);
  const ended = await running.done;
  clearInterval(alive);
  log.info(running.metrics(), "counted");
  if (ended.phase === "failed") {
    log.error({ why: ended.why, fault: String(ended.error) }, "the specialist failed");
    process.exitCode = EXIT_FAILED;
  }
}

try {
  await main();
} catch (fault) {
  // What cannot be started is told to whoever supervises it, and not in a log alone.
  const why = fault instanceof Error ? fault.message : String(fault);
  process.stdout.write(`${JSON.stringify({ agent: args.agent, phase: "failed", why })}\n`);
  process.stderr.write(`${why}\n`);
  process.exitCode = EXIT_FAILED;
}
