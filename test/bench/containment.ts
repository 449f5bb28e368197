/** What a neighbour notices of an agent that floods: time to answer with the flood, beside the same without. */
import { loadavg } from "node:os";
import { type Aim, type Flooded, Flooder } from "./flood.ts";
import { amongNeighbours, type Neighbours } from "./neighbours.ts";
import { type BenchRow, percentile } from "./rows.ts";

const FLOODER = "flooder";
/** Two hundred decisions a second of all four. At eight hundred two processors are busy with them alone. */
const ASK_EVERY_MS = 40;
/** In turn, so that what else the machine does falls on all. */
const AIMS: readonly Aim[] = ["rest", "nobody", "fleet"];
const ROUNDS = 5;
/** What a neighbour may notice of a flood, of quiet and of the sending alone. */
const RATIO_MOST = 2;
/** Fleets just started, for each aim. */
const FRESH = 3;
/** Before it is contained, its burst is decided like any other's: told apart as well. */
const ONSET_MS = 1_000;
/** Until it is heard again, its bucket is full, and it counts as flooding no more. */
const SETTLE_MS = 7_000;

/** A fleet with its neighbours, and a flooder that is awake and rests. */
interface Stage extends Neighbours {
  readonly flooder: Flooder;
}

const onStage = <T>(play: (stage: Stage) => Promise<T>): Promise<T> =>
  amongNeighbours(FLOODER, ASK_EVERY_MS, async (stage) => {
    const flooder = await Flooder.start(stage.rig, FLOODER);
    try {
      return await play({ ...stage, flooder });
    } finally {
      await flooder.stop();
    }
  });

async function modeOf({ operator }: Stage): Promise<string | undefined> {
  return (await operator.status()).agents.find((one) => one.agent === FLOODER)?.mode;
}

/** Times by what the flooder did meanwhile, and what the flood itself was told. */
class Measured {
  readonly onset: Record<Aim, number[]> = { rest: [], nobody: [], fleet: [] };
  readonly whole: Record<Aim, number[]> = { rest: [], nobody: [], fleet: [] };
  flooded: Flooded = { perSecond: 0, sent: 0, heard: 0 };

  async take(stage: Stage, aim: Aim, seconds: number): Promise<void> {
    const { flooder, asked } = stage;
    await flooder.aim(aim);
    const onset = await asked(ONSET_MS);
    const after = await asked(seconds * 1_000 - ONSET_MS);
    this.onset[aim].push(...onset);
    this.whole[aim].push(...onset, ...after);
    const flooded = await flooder.aim("rest");
    if (aim !== "fleet") return;
    this.flooded = flooded;
    const mode = await modeOf(stage);
    if (mode !== "reduce") throw new Error(`the flooder is in mode ${mode}: it was not contained`);
  }
}

/**
 * A neighbour's p99 under 10,000 intents a second of one agent, in quiet, and when nobody hears them.
 *
 * @param seconds how long each flood is, two at least.
 */
export async function containment(seconds: number): Promise<readonly BenchRow[]> {
  const load = loadavg()[0] ?? 0;
  const warm = new Measured();
  await onStage(async (stage) => {
    const { operator, asked } = stage;
    await asked(SETTLE_MS);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const aim of AIMS) {
        await warm.take(stage, aim, seconds);
        if (aim === "fleet") await operator.ask("SetMode", { ...RUN, reason: "another round" });
        await asked(SETTLE_MS);
      }
    }
  });
  const fresh = new Measured();
  for (let round = 0; round < FRESH; round += 1) {
    for (const aim of AIMS) await onStage((stage) => fresh.take(stage, aim, seconds));
  }
  return [
    { name: "machine", value: load, unit: "load before" },
    ...rows("the whole flood", warm.whole),
    ...rows("its first second", warm.onset),
    ...rows("the whole flood, fresh fleet", fresh.whole),
    ...rows("its first second, fresh fleet", fresh.onset),
    { name: "the flood", value: warm.flooded.perSecond, unit: "intents/s" },
    {
      ...{ name: "answers to the flood", value: warm.flooded.heard, unit: "answers" },
      ...{ ratio: warm.flooded.heard / Math.max(1, warm.flooded.sent) },
      ratioTo: "intents of the last round",
    },
  ];
}

const RUN = { agent: FLOODER, mode: "run" } as const;

function rows(when: string, took: Readonly<Record<Aim, readonly number[]>>): BenchRow[] {
  const row = (who: string, times: readonly number[]) => ({
    ...{ name: `${when}, ${who}`, unit: "ms p99", value: percentile(times, 0.99) },
    ...{ p50: percentile(times, 0.5), p99: percentile(times, 0.99) },
  });
  const quiet = row("quiet", took.rest);
  const nobody = row("flood at nobody", took.nobody);
  const flood = row("flood", took.fleet);
  return [
    quiet,
    { ...nobody, ratio: nobody.value / quiet.value, ratioTo: "quiet" },
    { ...flood, ratio: flood.value / quiet.value, ratioTo: "quiet", ratioMost: RATIO_MOST },
    {
      ...{ name: `${when}, flood`, value: flood.value / nobody.value, unit: "x" },
      ...{ ratio: flood.value / nobody.value, ratioTo: "the flood at nobody" },
      ratioMost: RATIO_MOST,
    },
  ];
}
