/** A process that does what each line on its standard input says, answers each by a line, and ends with its input. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { giveWay } from "../../src/runtime/priority.ts";

export class Told {
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  readonly #ended: Promise<never>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout === null) throw new Error("its output is piped");
    this.#lines = createInterface(child.stdout);
    this.#ended = once(child, "exit").then(([code]) => {
      throw new Error(`a process of the bench ended with code ${code}`);
    });
    // Heard only by who waits for a line.
    this.#ended.catch(() => undefined);
  }

  /** @param module built, beside this one. It stands as an agent of the fleet does, and says a line when it is ready. */
  static async start(module: string, args: readonly string[]): Promise<Told> {
    const path = fileURLToPath(new URL(module, import.meta.url));
    const child = spawn(process.execPath, [path, ...args], {
      stdio: ["pipe", "pipe", "inherit"],
      detached: true,
    });
    if (child.pid !== undefined) giveWay(child.pid);
    const told = new Told(child);
    await told.#line();
    return told;
  }

  async #line(): Promise<unknown> {
    const [line] = await Promise.race([once(this.#lines, "line"), this.#ended]);
    return JSON.parse(String(line));
  }

  async tell(line: string): Promise<unknown> {
    const said = this.#line();
    this.#child.stdin?.write(`${line}\n`);
    return said;
  }

  async stop(): Promise<void> {
    const gone = this.#child.exitCode === null ? once(this.#child, "exit") : undefined;
    this.#child.stdin?.end();
    await gone;
  }
}
