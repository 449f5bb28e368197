/** `npm run sim`: simulated fleet-hours by seed, on as many cores as asked for. */
import process from "node:process";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { crashEverywhere } from "./crash-points.ts";
import { FAULT_NAMES, FAULTS, type FaultName, isFault, unmet } from "./faults.ts";
import type { Asked, SimOptions } from "./options.ts";
import { isPart, PART_NAMES, PARTS, type PartName, unshown } from "./parts.ts";
import { addTotals, noTotals, type SweepOptions, sweep, type Totals } from "./sweep.ts";
import { OptionError, readOptions } from "./tool.ts";

const USAGE = `usage: npm run sim -- [options]
  --hours N       simulated fleet-hours to run (default 10); one seed when --seed is given alone
  --seed N        the first seed (default 1)
  --jobs N        threads (default 1)
  --faults a,b    these faults instead of drawn ones; none: no faults; list: say which there are
  --parts a,b     these parts of the product on instead of drawn ones; none; list
  --mode M        safety or liveness instead of a drawn one
  --minutes N     simulated minutes of one seed (default 240; under 60 everything lives faster)
  --crash-at N    kill the coordinator at this await
  --crash-points  kill it at every await in turn, in a minute of --seed
  --failures N    stop after so many failing seeds (default 3)
  --no-shrink     tell a failure as it was found
  --json          end with one line of JSON
`;

/** A sweep of so many hours must have met every starred fault. */
const ALL_FAULTS_HOURS = 200;
/** A sweep of so many must have met every part: a crisis comes in one run of a dozen. */
const ALL_PARTS_HOURS = 2_000;

const { values: args } = readOptions("sim", USAGE, () =>
  parseArgs({
    args: isMainThread ? process.argv.slice(2) : [],
    options: {
      hours: { type: "string" },
      seed: { type: "string" },
      jobs: { type: "string", default: "1" },
      faults: { type: "string" },
      parts: { type: "string" },
      mode: { type: "string" },
      minutes: { type: "string" },
      "crash-at": { type: "string" },
      "crash-points": { type: "boolean", default: false },
      failures: { type: "string", default: "3" },
      json: { type: "boolean", default: false },
      "no-shrink": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  }),
);

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new OptionError(`--${name} is above zero`);
  return value;
}

function faultsOf(text: string): readonly FaultName[] {
  if (text === "none") return [];
  return text.split(",").map((name) => {
    if (isFault(name)) return name;
    throw new OptionError(`no fault ${name}; there are ${FAULT_NAMES.join(", ")}`);
  });
}

function partsOf(text: string): readonly PartName[] {
  if (text === "none") return [];
  return text.split(",").map((name) => {
    if (isPart(name)) return name;
    throw new OptionError(`no part ${name}; there are ${PART_NAMES.join(", ")}`);
  });
}

function modeOf(text: string): SimOptions["mode"] {
  if (text === "safety" || text === "liveness") return text;
  throw new OptionError("--mode is safety or liveness");
}

function askedOf(): Asked {
  return {
    ...(args.faults === undefined ? {} : { faults: faultsOf(args.faults) }),
    ...(args.parts === undefined ? {} : { parts: partsOf(args.parts) }),
    ...(args.mode === undefined ? {} : { mode: modeOf(args.mode) }),
    ...(args.minutes === undefined ? {} : { minutes: positive("minutes", args.minutes) }),
    ...(args["crash-at"] === undefined
      ? {}
      : { crashAt: Math.floor(positive("crash-at", args["crash-at"])) }),
  };
}

function wantedOf() {
  const one = args.seed !== undefined && args.hours === undefined;
  return {
    one,
    first: Math.floor(positive("seed", args.seed ?? "1")),
    jobs: Math.max(1, Math.floor(positive("jobs", args.jobs))),
    asked: askedOf(),
    hours: one ? 1e-6 : positive("hours", args.hours ?? "10"),
    failuresMax: Math.max(1, Math.floor(positive("failures", args.failures))),
  };
}

type Share = Omit<SweepOptions, "onStory" | "onRun">;
type Said = { readonly story: string } | { readonly totals: Totals };

const speak = (story: string): void => void process.stdout.write(`${story}\n\n`);

/** One share of the seeds on a thread of its own. */
function onThread(share: Share): Promise<Totals> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: share });
    worker.once("error", reject);
    worker.on("message", (said: Said) => {
      if ("story" in said) speak(said.story);
      else resolve(said.totals);
    });
  });
}

async function work(share: Share): Promise<void> {
  const totals = await sweep({
    ...share,
    onStory: (story) => parentPort?.postMessage({ story }),
  });
  parentPort?.postMessage({ totals });
}

async function atEveryPoint(seed: number): Promise<void> {
  const { points, runs, failed } = await crashEverywhere({ seed });
  for (const { point, breach } of failed) {
    speak(`killed at await ${point}: ${breach.invariant} ${breach.detail} (${breach.where})`);
  }
  process.stdout.write(`${points} awaits, ${runs} runs: ${failed.length} broken\n`);
  if (failed.length > 0) process.exitCode = 1;
}

async function main(): Promise<void> {
  if (args.help) return void process.stdout.write(USAGE);
  if (args.faults === "list") {
    for (const name of FAULT_NAMES)
      process.stdout.write(
        `${name.padEnd(18)}${FAULTS[name].of.padEnd(13)}${FAULTS[name].about}\n`,
      );
    return;
  }
  if (args.parts === "list") {
    for (const name of PART_NAMES) process.stdout.write(`${name.padEnd(18)}${PARTS[name].about}\n`);
    return;
  }
  const { first, jobs, asked, one, hours, failuresMax } = readOptions("sim", USAGE, wantedOf);
  if (args["crash-points"]) return atEveryPoint(first);
  const small = !args["no-shrink"];
  const shares = Array.from({ length: one ? 1 : jobs }, (_, i) => ({
    ...{ first: first + i, stride: jobs, hours: hours / jobs, asked, failuresMax, small },
  }));
  const totals = noTotals();
  const began = performance.now();
  const made =
    shares.length === 1 && shares[0] !== undefined
      ? [await sweep({ ...shares[0], onStory: speak })]
      : await Promise.all(shares.map(onThread));
  for (const share of made) addTotals(totals, share);
  // So many hours of drawn storms that none may be left out.
  if (asked.faults === undefined && totals.hours >= ALL_FAULTS_HOURS) {
    const parts = asked.parts === undefined && totals.hours >= ALL_PARTS_HOURS;
    const missing = [...unmet(totals.faults), ...(parts ? unshown(totals.faults) : [])];
    totals.breaks.push(...missing.map((detail) => ({ seed: 0, invariant: "I14", detail })));
    for (const detail of missing) speak(`I14: ${detail}`);
  }
  const { user, system } = process.cpuUsage();
  const cores = (user + system) / 1e6;
  const hoursPerCoreSecond = Math.round((totals.hours / cores) * 1_000) / 1_000;
  const { seeds, turns, messages, halted, faults, breaks, head } = totals;
  const round = Math.round(totals.hours * 1_000) / 1_000;
  const said = {
    ...{ hours: round, seeds, turns, messages, halted, head, faults, breaks },
    hoursPerCoreSecond,
  };
  if (args.json) process.stdout.write(`${JSON.stringify(said)}\n`);
  else {
    const seconds = ((performance.now() - began) / 1_000).toFixed(1);
    process.stdout.write(
      `${round} fleet-hours, ${seeds} seeds, ${turns} turns, ${messages} messages, ` +
        `${seconds} s (${hoursPerCoreSecond} fleet-hours a core-second): ${breaks.length} broken\n`,
    );
    process.stdout.write(`fired: ${JSON.stringify(faults)}\n`);
  }
  if (breaks.length > 0) process.exitCode = 1;
}

if (isMainThread) await main();
else await work(workerData as Share);
