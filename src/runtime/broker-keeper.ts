/** The fleet's broker under supervision: when it dies it is started anew, where it was and with what it stored. */

import { type RunningServer, type ServerOptions, startServer } from "../wire/nats-server.ts";
import type { BrokerUser } from "../wire/server-config.ts";
import { Backoff } from "./backoff.ts";
import type { Death } from "./child.ts";
import type { Clock } from "./clock.ts";

export interface BrokerKeeperOptions {
  readonly server: Omit<ServerOptions, "users">;
  /** Asked for at each start: who was let in meanwhile is known then too. */
  readonly users: () => Promise<readonly BrokerUser[]>;
  readonly clock: Clock;
  readonly onDeath: (told: Death) => void;
}

export class BrokerKeeper {
  readonly #options: BrokerKeeperOptions;
  readonly #stopped = new AbortController();
  readonly #kept: Promise<void>;
  #server: RunningServer;
  #away = false;

  /** Starts the broker, or adopts one that runs in the folder. @throws ServerStartError, CredentialError */
  static async start(options: BrokerKeeperOptions): Promise<BrokerKeeper> {
    const users = await options.users();
    return new BrokerKeeper(options, await startServer({ ...options.server, users }));
  }

  private constructor(options: BrokerKeeperOptions, server: RunningServer) {
    this.#options = options;
    this.#server = server;
    // Who shares the server of another fleet's process leaves its life to that one.
    this.#kept = server.owned ? this.#keep() : Promise.resolve();
  }

  /** The one that runs, or ran last. Its address stays the same for good. */
  get server(): RunningServer {
    return this.#server;
  }

  /** It died and does not run yet: nobody can finish anything with it. */
  get away(): boolean {
    return this.#away;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#kept;
    await this.#server.stop();
  }

  async kill(): Promise<void> {
    this.#stopped.abort();
    await this.#kept;
    await this.#server.kill();
  }

  async #keep(): Promise<void> {
    const { clock, onDeath } = this.#options;
    const { signal } = this.#stopped;
    const backoff = new Backoff();
    const stopped = new Promise<undefined>((resolve) => {
      signal.addEventListener("abort", () => resolve(undefined), { once: true });
    });
    for (;;) {
      const begun = clock.mono();
      const end = await Promise.race([this.#server.ended(), stopped]);
      if (end === undefined) return;
      this.#away = true;
      let told: Omit<Death, "name" | "againInMs" | "hungMs"> | undefined = end;
      for (let livedMs = clock.mono() - begun; told !== undefined; livedMs = 0) {
        const againInMs = backoff.next(livedMs);
        onDeath({ name: "broker", ...told, againInMs, hungMs: undefined });
        await clock.sleep(againInMs, signal);
        if (signal.aborted) return;
        const failed = await this.#startAgain();
        told = failed === undefined ? undefined : { code: null, signal: null, failed };
      }
    }
  }

  /** Why it did not come up; the next try may find the port free. None: undefined, it runs. */
  async #startAgain(): Promise<string | undefined> {
    const { server, users } = this.#options;
    const { port } = this.#server;
    try {
      const found = await startServer({ ...server, port, users: await users() });
      // A command that found no broker may have started one for its moment, where nobody looks for ours.
      if (found.port !== port) {
        await found.stop();
        return `another runs in its folder, at ${found.url}`;
      }
      this.#server = found;
      this.#away = false;
      return undefined;
    } catch (fault) {
      return String(fault);
    }
  }
}
