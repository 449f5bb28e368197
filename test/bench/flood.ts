/** A process that floods in an agent's name, told when to begin, at whom, and when to rest. */
import { setTimeout as delay } from "node:timers/promises";
import type { Rig } from "../drill/rig.ts";
import { Told } from "./told.ts";

/** What was sent and answered since it was last told something. */
export interface Flooded {
  readonly perSecond: number;
  readonly sent: number;
  readonly heard: number;
}

/** `nobody`: all is sent as at the fleet, and nobody hears it: what the sending alone costs. */
export type Aim = "rest" | "nobody" | "fleet";

const PER_SECOND = 10_000;
const WARM_MS = 2_000;

export class Flooder {
  readonly #told: Told;

  private constructor(told: Told) {
    this.#told = told;
  }

  /** Starts it and warms its code at nobody, so that its start is not taken for its flood. */
  static async start(rig: Rig, agent: string): Promise<Flooder> {
    const args = [rig.broker.url, rig.layout.keys, rig.fleet, agent, String(PER_SECOND)];
    const flooder = new Flooder(await Told.start("./flood-main.js", args));
    await flooder.aim("nobody");
    await delay(WARM_MS);
    await flooder.aim("rest");
    return flooder;
  }

  async aim(at: Aim): Promise<Flooded> {
    return ((await this.#told.tell(at)) as { before: Flooded }).before;
  }

  stop(): Promise<void> {
    return this.#told.stop();
  }
}
