/** What a neighbour notices of an agent that floods: time to answer with the flood, beside the same without. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { agentId } from "../../src/core/ids.ts";
import type { Caller } from "../drill/caller.ts";
import { Rig } from "../drill/rig.ts";
import { eventually } from "../drill/watch.ts";
import { type BenchRow, percentile } from "./rows.ts";

const GOOD = ["drill-a", "drill-b", "drill-c", "drill-d"] as const;
const FLOODER = "flooder";
const PER_SECOND = 10_000;
/** One neighbour asks so often, whatever happens: a slow answer does not slow the asking. */
const ASK_EVERY_MS = 10;
/** With and without in turn, so that what else the machine does falls on both. */
const ROUNDS = 4;
/** Before it is contained, its burst is decided like any other's: told apart. */
const ONSET_MS = 1_000;

let serial = 0;

/** Asks at a steady pace for so long. @returns how long each answer took, in ms. */
async function asked(callers: readonly Caller[], ms: number): Promise<number[]> {
  const took: number[] = [];
  const end = performance.now() + ms;
  await Promise.all(
    callers.map(async (caller, i) => {
      await delay((i * ASK_EVERY_MS) / callers.length);
      const answers: Promise<void>[] = [];
      for (let due = performance.now(); due < end; due += ASK_EVERY_MS) {
        await delay(Math.max(0, due - performance.now()));
        serial += 1;
        const reservation = `calm-${serial}`;
        const sent = performance.now();
        const body = { reservation, amount: "1", service: "trading", ttlMs: 60_000 };
        answers.push(
          caller.ask("Reserve", body).then(async (reply) => {
            took.push(performance.now() - sent);
            if (!reply.ok) throw new Error(`a neighbour was refused: ${reply.code}`);
            await caller.ask("Release", { reservation });
          }),
        );
      }
      await Promise.all(answers);
    }),
  );
  return took;
}

interface Flood {
  readonly perSecond: number;
  readonly sent: number;
  readonly heard: number;
}

async function startFlood(rig: Rig): Promise<() => Promise<Flood>> {
  const module = fileURLToPath(new URL("./flood-main.js", import.meta.url));
  const args = [module, rig.broker.url, rig.layout.keys, rig.fleet, FLOODER, String(PER_SECOND)];
  const child: ChildProcess = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  await eventually(async () => said.includes("ready") || undefined, "the flood");
  return async () => {
    child.kill("SIGTERM");
    await once(child, "exit");
    return JSON.parse(said.trim().split("\n").at(-1) ?? "{}") as Flood;
  };
}

/** Others' p99 under 10,000 intents a second of one agent, and in quiet. */
export async function containment(seconds: number): Promise<readonly BenchRow[]> {
  const rig = await Rig.start({
    agents: [...GOOD, FLOODER].map((agent) => ({ agent, services: ["trading"] })),
    rate: { perSecond: 400, burst: 800 },
  });
  try {
    rig.startCoordinator();
    await rig.phase("coordinator", "leading");
    const operator = await rig.caller("operator");
    const phase = async (agent: string): Promise<string | undefined> =>
      (await operator.status()).agents.find((one) => one.agent === agent)?.phase;
    await eventually(async () => (await phase(FLOODER)) === "active" || undefined, "the grants");
    const callers = await Promise.all(GOOD.map((agent) => rig.caller(agentId(agent))));
    await asked(callers, 1_000);
    const calm: number[] = [];
    const onset: number[] = [];
    const stormy: number[] = [];
    let flood: Flood = { perSecond: 0, sent: 0, heard: 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      calm.push(...(await asked(callers, (seconds * 1_000) / ROUNDS)));
      const stop = await startFlood(rig);
      onset.push(...(await asked(callers, ONSET_MS)));
      stormy.push(...(await asked(callers, (seconds * 1_000) / ROUNDS)));
      flood = await stop();
    }
    const status = await operator.status();
    const mode = status.agents.find((one) => one.agent === FLOODER)?.mode;
    if (mode !== "reduce") throw new Error(`the flooder is in mode ${mode}: it was not contained`);
    return rows(calm, onset, stormy, flood);
  } finally {
    await rig.close();
  }
}

function rows(
  calm: readonly number[],
  onset: readonly number[],
  stormy: readonly number[],
  flood: Flood,
): BenchRow[] {
  const row = (name: string, times: readonly number[]) => ({
    ...{ name, unit: "ms p99", value: percentile(times, 0.99) },
    ...{ p50: percentile(times, 0.5), p99: percentile(times, 0.99) },
  });
  const quiet = row("neighbours in quiet", calm);
  const first = row("neighbours in a flood's first second", onset);
  const loud = row("neighbours under a flood", stormy);
  return [
    quiet,
    { ...first, ratio: first.value / quiet.value, ratioTo: quiet.name },
    { ...loud, ratio: loud.value / quiet.value, ratioTo: quiet.name },
    { name: "the flood", value: flood.perSecond, unit: "intents/s" },
    {
      ...{ name: "answers to the flood", value: flood.heard, unit: "answers" },
      ...{ ratio: flood.heard / Math.max(1, flood.sent), ratioTo: "intents of the last round" },
    },
  ];
}
