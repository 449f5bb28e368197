/** Four agents that ask at a steady pace, whatever a fifth does: how long their answers take. */
import type { Caller } from "../drill/caller.ts";
import { Rig } from "../drill/rig.ts";
import { eventually } from "../drill/watch.ts";
import { Told } from "./told.ts";

const GOOD = ["drill-a", "drill-b", "drill-c", "drill-d"] as const;

/** A fleet that leads, and its neighbours. */
export interface Neighbours {
  readonly rig: Rig;
  readonly operator: Caller;
  /** All four ask for so long. @returns how long each answer took, in ms. */
  readonly asked: (ms: number) => Promise<readonly number[]>;
}

/**
 * Plays with a fleet of four neighbours and one more agent, which is enrolled and nothing else.
 *
 * @param askEveryMs how often each neighbour asks; it gives back what it got, so that this makes two decisions.
 */
export async function amongNeighbours<T>(
  fifth: string,
  askEveryMs: number,
  play: (stage: Neighbours) => Promise<T>,
): Promise<T> {
  const rig = await Rig.start({
    agents: [...GOOD, fifth].map((agent) => ({ agent, services: ["trading"] })),
    rate: { perSecond: 400, burst: 800 },
    restartsAsInFleet: true,
  });
  try {
    rig.startCoordinator();
    await rig.phase("coordinator", "leading");
    const operator = await rig.caller("operator");
    await eventually(async () => {
      const { agents } = await operator.status();
      return agents.filter(({ phase }) => phase === "active").length > GOOD.length || undefined;
    }, "the grants");
    const args = [rig.broker.url, rig.layout.keys, rig.fleet, String(askEveryMs), ...GOOD];
    const neighbours = await Told.start("./neighbours-main.js", args);
    try {
      const asked = async (ms: number) => (await neighbours.tell(String(ms))) as number[];
      return await play({ rig, operator, asked });
    } finally {
      await neighbours.stop();
    }
  } finally {
    await rig.close();
  }
}
