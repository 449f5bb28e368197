/**
 * The paper platform as a process: reads its arguments, says where it listens, drains on SIGTERM.
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { micro, parseDecimal, USDC_DECIMALS } from "../../core/money.ts";
import { systemClock } from "./clock.ts";
import { openKeeper } from "./keeper.ts";
import { loadCsvFolder } from "./load-csv.ts";
import { loadTape } from "./load-tape.ts";
import { PaperPlatform } from "./platform.ts";
import { openPaperServer } from "./server.ts";

const USAGE = `usage: paper [options]
  --token-file FILE  the bearer token that callers must send (needed)
  --dir DIR          where to keep the platform; without it nothing survives
  --port PORT        0 takes any free port (default)
  --seed TEXT        everything that is chance follows from it (default "demo")
  --speed N          market seconds in one second (default 60)
  --start ISO        market time of the beginning (default: the tape's start)
  --wait-for USDC  market time goes slowly until our positions come to so much
  --crowd            outsiders with leverage and an insurance fund: who is short is liquidated
  --end-with-stdin   end when standard input ends: when whoever started it is gone
  --data DIR         market data of your own instead of the tape, see docs/paper-platform.md
`;

const { values: args } = parseArgs({
  options: {
    "token-file": { type: "string" },
    dir: { type: "string" },
    port: { type: "string", default: "0" },
    seed: { type: "string", default: "demo" },
    speed: { type: "string", default: "60" },
    start: { type: "string" },
    data: { type: "string" },
    "wait-for": { type: "string" },
    crowd: { type: "boolean", default: false },
    "end-with-stdin": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const isoOf = (time: number): string => new Date(time).toISOString();

async function run(tokenFile: string): Promise<void> {
  const token = readFileSync(tokenFile, "utf8").trim();
  const tape = args.data === undefined ? loadTape() : loadCsvFolder(args.data);
  const start = args.start === undefined ? tape.start : Date.parse(args.start);
  if (!(start >= tape.start && start < tape.end)) {
    throw new RangeError(
      `--start is a time of the tape, ${isoOf(tape.start)} to ${isoOf(tape.end)}`,
    );
  }
  const engine = { seed: args.seed, tape, startAt: start, ...(args.crowd ? { house: {} } : {}) };
  const kept = args.dir === undefined ? {} : { kept: openKeeper(args.dir, engine) };
  const speed = Number(args.speed);
  const wait = parseDecimal(args["wait-for"] ?? "0", USDC_DECIMALS);
  if (wait === undefined) throw new RangeError(`--wait-for is USDC, was "${args["wait-for"]}"`);
  const timed = { clock: systemClock, speed, waitFor: micro(wait) };
  const platform = new PaperPlatform({ ...engine, ...kept, ...timed }).start();
  const server = await openPaperServer({ platform, token, port: Number(args.port) });
  process.stdout.write(
    `${JSON.stringify({ port: server.port, url: server.url, tape: tape.name })}\n`,
  );
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    void server.close().then(() => platform.close());
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  if (args["end-with-stdin"]) {
    process.stdin.once("end", stop).resume();
    // A pipe keeps no process alive by being open.
    (process.stdin as { unref?: () => void }).unref?.();
  }
}

if (args.help || args["token-file"] === undefined) process.stdout.write(USAGE);
else {
  await run(args["token-file"]).catch((error: unknown) => {
    process.stderr.write(`paper: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
