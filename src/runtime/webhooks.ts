/** The webhooks of a fleet: each runs on its own while the coordinator leads, and harms nothing when it fails. */
import { readFile } from "node:fs/promises";
import process from "node:process";
import type { FleetId } from "../core/ids.ts";
import type { Connection } from "../wire/connect.ts";
import { jetStreamJournal } from "../wire/journal-jetstream.ts";
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";
import { runWebhook } from "./webhook.ts";
import { SECRET_LENGTH_MIN, type WebhookRule } from "./webhook-rules.ts";
import { webhookFile, webhookStore } from "./webhook-state.ts";

export interface WebhooksOptions {
  readonly fleet: FleetId;
  readonly rules: readonly WebhookRule[];
  /** Opens a connection that may read the journal. */
  readonly connect: () => Promise<Connection>;
  /** Where the cursors are kept. */
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Log;
}

const AGAIN_MS = 1_000;

/** @throws RangeError when there is none, or one that could be guessed. */
export async function secretOf(
  { name, secretFile, secretEnv }: WebhookRule,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const given =
    secretFile === undefined ? env[secretEnv ?? ""] : await readFile(secretFile, "utf8");
  const secret = (given ?? "").trim();
  const where = secretFile === undefined ? `the variable ${secretEnv}` : secretFile;
  if (secret.length < SECRET_LENGTH_MIN)
    throw new RangeError(
      `webhook ${name}: ${where} holds no secret of at least ${SECRET_LENGTH_MIN} characters`,
    );
  return secret;
}

export class Webhooks {
  readonly #options: WebhooksOptions;
  #ending = new AbortController();
  #running: Promise<unknown> | undefined;

  constructor(options: WebhooksOptions) {
    this.#options = options;
  }

  /** To be told of every phase of the coordinator: only who leads delivers. */
  onPhase(phase: string): void {
    if (this.#options.rules.length === 0) return;
    if (phase === "leading" && this.#running === undefined) {
      this.#ending = new AbortController();
      const { signal } = this.#ending;
      this.#running = Promise.all(this.#options.rules.map((rule) => this.#run(rule, signal)));
    } else if (phase !== "leading") void this.stop();
  }

  /** Ends what is under way; what was not taken comes again at the next start. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
    this.#running = undefined;
  }

  async #run(rule: WebhookRule, signal: AbortSignal): Promise<void> {
    const { log, clock } = this.#options;
    while (!signal.aborted) {
      try {
        await this.#follow(rule, signal);
      } catch (fault) {
        if (!signal.aborted)
          log.error(
            { webhook: rule.name, fault: String(fault) },
            "the webhook waits, trying again",
          );
      }
      await clock.sleep(AGAIN_MS, signal);
    }
  }

  async #follow(rule: WebhookRule, signal: AbortSignal): Promise<void> {
    const { fleet, connect, dir, clock, log } = this.#options;
    const secret = await secretOf(rule, process.env);
    const connection = await connect();
    const journal = jetStreamJournal({ connection, fleet, clock });
    const store = webhookStore(webhookFile(dir, rule.name));
    try {
      await runWebhook(
        { ...{ fleet, rule, secret, journal, store, clock, log }, chance: Math.random },
        signal,
      );
    } finally {
      await journal.close();
      await connection.close();
    }
  }
}
