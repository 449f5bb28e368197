/** Four agents that ask at a steady pace, whatever a fifth does: how long their answers take. */
import { setTimeout as delay } from "node:timers/promises";
import { agentId } from "../../src/core/ids.ts";
import type { Caller } from "../drill/caller.ts";
import { Rig } from "../drill/rig.ts";
import { eventually } from "../drill/watch.ts";

const GOOD = ["drill-a", "drill-b", "drill-c", "drill-d"] as const;
/** One neighbour asks so often, whatever happens: a slow answer does not slow the asking. */
const ASK_EVERY_MS = 10;
/** As a specialist's own: asked again sooner, what waits would be asked for twice. */
const TRY_MS = 2_000;

let serial = 0;

/** Asks at a steady pace for so long. @returns how long each answer took, in ms. */
export async function asked(callers: readonly Caller[], ms: number): Promise<number[]> {
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

/** A fleet that leads, and its neighbours. */
export interface Neighbours {
  readonly rig: Rig;
  readonly operator: Caller;
  readonly callers: readonly Caller[];
}

/** Plays with a fleet of four neighbours and one more agent, which is enrolled and nothing else. */
export async function amongNeighbours<T>(
  fifth: string,
  play: (stage: Neighbours) => Promise<T>,
): Promise<T> {
  const rig = await Rig.start({
    agents: [...GOOD, fifth].map((agent) => ({ agent, services: ["trading"] })),
    rate: { perSecond: 400, burst: 800 },
  });
  try {
    rig.startCoordinator();
    await rig.phase("coordinator", "leading");
    const operator = await rig.caller("operator");
    await eventually(async () => {
      const { agents } = await operator.status();
      return agents.filter(({ phase }) => phase === "active").length > GOOD.length || undefined;
    }, "the grants");
    const callers = await Promise.all(GOOD.map((agent) => rig.caller(agentId(agent), TRY_MS)));
    return await play({ rig, operator, callers });
  } finally {
    await rig.close();
  }
}
