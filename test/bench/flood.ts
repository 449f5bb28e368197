/** A process that floods in an agent's name, told by a line when to begin, at whom, and when to rest. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Rig } from "../drill/rig.ts";

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
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  private constructor(child: ChildProcess, lines: Interface) {
    this.#child = child;
    this.#lines = lines;
  }

  /** Starts it and warms its code at nobody, so that its start is not taken for its flood. */
  static async start(rig: Rig, agent: string): Promise<Flooder> {
    const module = fileURLToPath(new URL("./flood-main.js", import.meta.url));
    const args = [module, rig.broker.url, rig.layout.keys, rig.fleet, agent, String(PER_SECOND)];
    const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    if (child.stdout === null) throw new Error("its output is piped");
    const lines = createInterface(child.stdout);
    await once(lines, "line");
    const flooder = new Flooder(child, lines);
    await flooder.aim("nobody");
    await delay(WARM_MS);
    await flooder.aim("rest");
    return flooder;
  }

  async aim(at: Aim): Promise<Flooded> {
    const said = once(this.#lines, "line");
    this.#child.stdin?.write(`${at}\n`);
    const [line] = (await said) as [string];
    return (JSON.parse(line) as { before: Flooded }).before;
  }

  async stop(): Promise<void> {
    this.#child.stdin?.end();
    await once(this.#child, "exit");
  }
}
