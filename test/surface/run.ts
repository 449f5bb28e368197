/** One run of the built command as a process: its lines of JSON can be waited for while it goes on. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../dist/src/surface/cli/main.js", import.meta.url));

export type Line = Readonly<Record<string, unknown>>;

export class Run {
  readonly lines: Line[] = [];
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  #looking: (() => void)[] = [];
  stderr = "";

  /** @param main the program: the one that was built, unless told otherwise. */
  constructor(home: string, args: readonly string[], main = MAIN) {
    const env = { ...process.env, NATS_URL: "", FLOTILLA_HOME: home };
    const child = spawn(process.execPath, [main, "--json", ...args], { env });
    this.#child = child;
    createInterface({ input: child.stdout }).on("line", (line) => {
      this.lines.push(JSON.parse(line) as Line);
      for (const look of this.#looking.splice(0)) look();
    });
    child.stderr.on("data", (bytes: Buffer) => {
      this.stderr += bytes.toString();
    });
    this.ended = new Promise((resolve) => {
      child.once("close", (code) => {
        for (const look of this.#looking.splice(0)) look();
        resolve(code);
      });
    });
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async until(wanted: (line: Line) => boolean): Promise<Line> {
    for (;;) {
      const found = this.lines.find(wanted);
      if (found !== undefined) return found;
      if (!this.running) throw new Error(`it ended before: ${this.stderr}`);
      await new Promise<void>((resolve) => this.#looking.push(resolve));
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }
}
