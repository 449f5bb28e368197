/** A process of the fleet under supervision: started anew when it dies, told to end when we end. */
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { Backoff } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import { giveWay } from "./priority.ts";

export interface ChildOptions {
  readonly name: string;
  /** A module of ours, as an absolute path. */
  readonly module: string;
  readonly args: readonly string[];
  /** Where its standard error goes, appended. */
  readonly logFile: string;
  readonly clock: Clock;
  /** Each JSON line of its standard output. */
  readonly onLine?: (line: Readonly<Record<string, unknown>>) => void;
  readonly onDeath?: (told: Death) => void;
  /**
   * A process that writes no line for this long hangs, and is killed; one that is well says so more
   * often. None: absent, and it may be silent for ever.
   */
  readonly hungAfterMs?: number;
  /** It waits for the others when the processors are busy. None: absent, and it does not. */
  readonly givesWay?: boolean;
}

export interface Death {
  readonly name: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Until it is started anew; undefined: it is not. */
  readonly againInMs: number | undefined;
  /** It hung and was ended for it: how long it had said nothing. None: undefined for any other death. */
  readonly hungMs: number | undefined;
  /** Why it could not be started anew. None: absent, it ran and ended. */
  readonly failed?: string;
}

export class Child {
  readonly #options: ChildOptions;
  #process: ChildProcess | undefined;
  #stopping = false;
  /** Ends the wait before a restart. */
  readonly #stopped = new AbortController();
  readonly #backoff = new Backoff();
  #ended: Promise<void> = Promise.resolve();

  constructor(options: ChildOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  get name(): string {
    return this.#options.name;
  }

  start(): this {
    this.#ended = this.#live();
    return this;
  }

  /** Asks it to end, and insists after `patienceMs`. */
  async stop(patienceMs: number): Promise<void> {
    this.#stopping = true;
    this.#stopped.abort();
    this.#process?.kill("SIGTERM");
    const insist = setTimeout(() => this.#process?.kill("SIGKILL"), patienceMs);
    await this.#ended;
    clearTimeout(insist);
  }

  /** Ends it at once and for good. */
  kill(): void {
    this.#stopping = true;
    this.#stopped.abort();
    this.#process?.kill("SIGKILL");
  }

  async #live(): Promise<void> {
    const { clock, name, onDeath } = this.#options;
    while (!this.#stopping) {
      const begun = clock.mono();
      const end = await this.#once();
      // One that hung lived as long as it was waited for, which says nothing of how well.
      const wait = this.#backoff.next(end.hungMs === undefined ? clock.mono() - begun : 0);
      onDeath?.({ name, ...end, againInMs: this.#stopping ? undefined : wait });
      if (!this.#stopping) await clock.sleep(wait, this.#stopped.signal);
    }
  }

  #once(): Promise<Pick<Death, "code" | "signal" | "hungMs">> {
    const { module, args, logFile, onLine } = this.#options;
    return new Promise((resolve) => {
      const log = createWriteStream(logFile, { flags: "a" });
      // A group of its own: Ctrl-C reaches only the supervisor, which ends the others in order. Its
      // standard input is ours: should we die, it sees the end of it and ends by itself.
      const started = spawn(process.execPath, [module, ...args, "--end-with-stdin"], {
        stdio: ["pipe", "pipe", "pipe"],
        detached: true,
      });
      this.#process = started;
      if (this.#options.givesWay === true && started.pid !== undefined) giveWay(started.pid);
      started.stderr?.pipe(log);
      const { hungAfterMs } = this.#options;
      let hungMs: number | undefined;
      const hung = (): void => {
        hungMs = hungAfterMs;
        started.kill("SIGKILL");
      };
      const watch = hungAfterMs === undefined ? undefined : setTimeout(hung, hungAfterMs).unref();
      if (started.stdout !== null) {
        createInterface({ input: started.stdout }).on("line", (line) => {
          watch?.refresh();
          const read = readLine(line);
          if (read !== undefined) onLine?.(read);
        });
      }
      started.once("error", () => resolve({ code: null, signal: null, hungMs }));
      started.once("close", (code, signal) => {
        clearTimeout(watch);
        log.end();
        resolve({ code, signal, hungMs });
      });
    });
  }
}

function readLine(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return value !== null && typeof value === "object"
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
