/** What neighbours notice of an agent that throws, hangs or lies: their p99 beside the same fleet's at peace. */
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { agentId } from "../../src/core/ids.ts";
import type { Rig } from "../drill/rig.ts";
import { amongNeighbours } from "./neighbours.ts";
import { type BenchRow, percentile } from "./rows.ts";

const BROKEN = "broken";
/** Fleets for each sin, and how often it begins in each: what else the machine does falls on all. */
const FLEETS = 2;
const ROUNDS = 4;
/** Two hundred decisions a second of all four: processors that still have room. */
const ASK_EVERY_MS = 40;
/** What a neighbour may notice of an agent that sins, of peace. */
const RATIO_MOST = 2;
/** Until code is compiled and the books of a young fleet are open, in ms; then until a sin is over. */
const WARM_MS = 4_000;
const SETTLE_MS = 500;
/** So many false claims a second, for as long as its neighbours ask. */
const LIES_PER_SECOND = 100;

type Sin = (rig: Rig) => Promise<() => Promise<void> | void>;

/** Runs a specialist whose strategy has this body, and ends it for good. */
function runs(body: string): Sin {
  const config = "{ safeParse: (data) => ({ success: true, data }) }";
  const source = `export const specialist = { name: "${BROKEN}", service: "trading", config: ${config},
      begin: () => 0, intervalMs: () => 500, strategy: () => { ${body} } };`;
  return async (rig) => {
    const module = join(rig.layout.dir, `${BROKEN}.mjs`);
    await writeFile(module, source);
    rig.startAgent(BROKEN, { module, hungAfterMs: 2_000 });
    return () => rig.stop(BROKEN, 0);
  };
}

async function lies(rig: Rig): Promise<() => void> {
  const caller = await rig.caller(agentId(BROKEN));
  let serial = 0;
  const timer = setInterval(() => {
    serial += 1;
    // Refused as it must be; a late answer is nobody's loss.
    caller.ask("Release", { reservation: `never-${serial}` }).catch(() => undefined);
  }, 1_000 / LIES_PER_SECOND);
  return () => clearInterval(timer);
}

/** No agent of the fleet, and it gives way to nobody: what a process costs that never rests. */
async function beside(): Promise<() => void> {
  const child = spawn(process.execPath, ["-e", "for (;;);"]);
  return () => void child.kill("SIGKILL");
}

/** Each begins with the fleet at peace and says what ends it. */
const SINS: Readonly<Record<string, Sin>> = {
  throws: runs(`throw new Error("no such market");`),
  hangs: runs("for (;;);"),
  lies,
  "a process beside": beside,
};

async function played(sin: Sin, ms: number) {
  const took: { quiet: number[]; meanwhile: number[] } = { quiet: [], meanwhile: [] };
  for (let fleet = 0; fleet < FLEETS; fleet++) {
    await amongNeighbours(BROKEN, ASK_EVERY_MS, async ({ rig, asked }) => {
      await asked(WARM_MS);
      for (let round = 0; round < ROUNDS; round++) {
        took.quiet.push(...(await asked(ms)));
        const end = await sin(rig);
        took.meanwhile.push(...(await asked(ms)));
        await end();
        await asked(SETTLE_MS);
      }
    });
  }
  return took;
}

/** @param seconds how long neighbours ask, at peace and while it sins, in each round. */
export async function broken(seconds: number): Promise<readonly BenchRow[]> {
  const found: BenchRow[] = [];
  for (const [name, sin] of Object.entries(SINS)) {
    const { quiet, meanwhile: during } = await played(sin, seconds * 1_000);
    const row = (what: string, times: readonly number[]) => ({
      ...{ name: `${name}, ${what}`, unit: "ms p99", value: percentile(times, 0.99) },
      ...{ p50: percentile(times, 0.5), p99: percentile(times, 0.99) },
    });
    const [before, meanwhile] = [row("at peace", quiet), row("meanwhile", during)];
    found.push(before, {
      ...meanwhile,
      ratio: meanwhile.value / before.value,
      ratioTo: "at peace",
      // What is no agent of the fleet is measured beside them, and promised nothing of.
      ...(sin === beside ? {} : { ratioMost: RATIO_MOST }),
    });
  }
  return found;
}
