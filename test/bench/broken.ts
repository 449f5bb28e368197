/** What neighbours notice of an agent that throws, hangs or lies: their p99 beside the same fleet's before it began. */
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { agentId } from "../../src/core/ids.ts";
import type { Rig } from "../drill/rig.ts";
import { amongNeighbours, type Neighbours } from "./neighbours.ts";
import { type BenchRow, percentile } from "./rows.ts";

const BROKEN = "broken";
/** Fleets for each sin: what else the machine does falls on all. */
const FLEETS = 3;
/** Until code is compiled and the books of a young fleet are open, in ms. */
const WARM_MS = 4_000;
/** So many false claims a second, for as long as its neighbours ask. */
const LIES_PER_SECOND = 100;

/** A built module that exports a specialist whose strategy has this body. */
async function runs(rig: Rig, body: string): Promise<void> {
  const path = join(rig.layout.dir, `${BROKEN}.mjs`);
  const config = "{ safeParse: (data) => ({ success: true, data }) }";
  await writeFile(
    path,
    `export const specialist = { name: "${BROKEN}", service: "trading", config: ${config},
      begin: () => 0, intervalMs: () => 500, strategy: () => { ${body} } };`,
  );
  rig.startAgent(BROKEN, { module: path, hungAfterMs: 2_000 });
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

/** Each begins with the fleet at peace and says what ends it. */
const SINS: Readonly<Record<string, (rig: Rig) => Promise<() => void>>> = {
  throws: async (rig) => {
    await runs(rig, `throw new Error("no such market");`);
    return () => undefined;
  },
  hangs: async (rig) => {
    await runs(rig, "for (;;);");
    return () => undefined;
  },
  lies,
};

/** As one that hangs, and no agent of the fleet: what a process that never rests costs on the same processors. */
async function beside(): Promise<() => void> {
  const child = spawn(process.execPath, ["-e", "for (;;);"]);
  return () => void child.kill("SIGKILL");
}

async function played(sin: (rig: Rig) => Promise<() => void>, ms: number) {
  const took: { quiet: number[]; meanwhile: number[] } = { quiet: [], meanwhile: [] };
  for (let fleet = 0; fleet < FLEETS; fleet++) {
    await amongNeighbours(BROKEN, async ({ rig, asked }: Neighbours) => {
      await asked(WARM_MS);
      took.quiet.push(...(await asked(ms)));
      const end = await sin(rig);
      took.meanwhile.push(...(await asked(ms)));
      end();
    });
  }
  return took;
}

/** @param seconds how long neighbours ask, before and while it sins, in each fleet. */
export async function broken(seconds: number): Promise<readonly BenchRow[]> {
  const found: BenchRow[] = [];
  for (const [name, sin] of Object.entries({ ...SINS, "a process beside": beside })) {
    const { quiet, meanwhile: during } = await played(sin, seconds * 1_000);
    const row = (what: string, times: readonly number[]) => ({
      ...{ name: `${name}, ${what}`, unit: "ms p99", value: percentile(times, 0.99) },
      ...{ p50: percentile(times, 0.5), p99: percentile(times, 0.99) },
    });
    const [before, meanwhile] = [row("before", quiet), row("meanwhile", during)];
    found.push(before, {
      ...meanwhile,
      ratio: meanwhile.value / before.value,
      ratioTo: "before",
    });
  }
  return found;
}
