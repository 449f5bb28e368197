/** One webhook: follows the journal beside everything else and delivers what is wanted, at least once, in order. */
import type { FleetId } from "../core/ids.ts";
import { type PublicEvent, publicEvents } from "../protocol/public.ts";
import type { JournalPort } from "../wire/journal.ts";
import { readBatch } from "./batches.ts";
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";
import { VERSION } from "./version.ts";
import { type WebhookRule, wants } from "./webhook-rules.ts";
import { HEADERS, signatureOf } from "./webhook-signature.ts";
import { freshState, type WebhookState, type WebhookStore } from "./webhook-state.ts";

export interface WebhookOptions {
  readonly fleet: FleetId;
  readonly rule: WebhookRule;
  readonly secret: string;
  /** A connection of its own stands behind it: the decision path does not pay for this reader. */
  readonly journal: JournalPort;
  readonly store: WebhookStore;
  readonly clock: Clock;
  readonly log: Log;
  /** In [0, 1): spreads the waits of many senders. */
  readonly chance: () => number;
  readonly pace?: Partial<WebhookPace>;
}

export interface WebhookPace {
  /** First wait after a failure; doubled with each, up to the last. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** One attempt. */
  readonly attemptMs: number;
  /** How often a cursor that delivered nothing is kept. */
  readonly keepMs: number;
}

const PACE: WebhookPace = {
  backoffMs: 500,
  backoffMaxMs: 60_000,
  attemptMs: 10_000,
  keepMs: 5_000,
};

/** Order of two ids of one message. */
function isAfter(id: string, last: string): boolean {
  const [, turn = 0, index = 0] = id.split(".").map(Number);
  const [, lastTurn = -1, lastIndex = -1] = last.split(".").map(Number);
  return turn !== lastTurn ? turn > lastTurn : index > lastIndex;
}

class Deliverer {
  readonly #options: WebhookOptions;
  readonly #pace: WebhookPace;
  #state: WebhookState;
  #keptAt = 0;

  constructor(options: WebhookOptions, state: WebhookState) {
    this.#options = options;
    this.#pace = { ...PACE, ...options.pace };
    this.#state = state;
  }

  get state(): WebhookState {
    return this.#state;
  }

  async #keep(change: Partial<WebhookState>): Promise<void> {
    this.#state = { ...this.#state, ...change };
    this.#keptAt = this.#options.clock.mono();
    await this.#options.store.save(this.#state);
  }

  /** A whole message is behind us. */
  async past(seq: number): Promise<void> {
    this.#state = { ...this.#state, seq, id: "" };
    if (this.#options.clock.mono() - this.#keptAt >= this.#pace.keepMs) await this.#keep({});
  }

  /** Ends when the event is delivered, given up, or the signal aborts. */
  async deliver(event: PublicEvent, signal: AbortSignal): Promise<void> {
    const { rule, clock, log, fleet } = this.#options;
    const body = JSON.stringify({ fleet, event });
    for (let attempt = 1; !signal.aborted; attempt++) {
      const failure = await this.#post(event.id, body, attempt, signal);
      // What was under way when the end came counts as not sent: it comes again with the next start.
      if (signal.aborted && failure !== undefined) return;
      const now = clock.now();
      const place = { seq: event.seq, id: event.id };
      if (failure === undefined) {
        const delivered = this.#state.delivered + 1;
        return this.#keep({ ...place, delivered, deliveredAt: now });
      }
      const failed = { failure, failedAt: now };
      if (now >= event.time + rule.giveUpAfterMs) {
        const givenUp = this.#state.givenUp + 1;
        log.error({ webhook: rule.name, event: event.id, attempt, failure, givenUp }, "given up");
        return this.#keep({ ...place, ...failed, givenUp });
      }
      log.warn({ webhook: rule.name, event: event.id, attempt, failure }, "tried again later");
      this.#state = { ...this.#state, ...failed, retried: this.#state.retried + 1 };
      await clock.sleep(this.#waitMs(attempt), signal);
    }
  }

  /** Doubled with each attempt; a half of it is left to chance. */
  #waitMs(attempt: number): number {
    const { backoffMs, backoffMaxMs } = this.#pace;
    const full = Math.min(backoffMaxMs, backoffMs * 2 ** Math.min(attempt - 1, 30));
    return full * (1 - this.#options.chance() / 2);
  }

  /** Why it was not taken. None: undefined when it was. */
  async #post(
    id: string,
    body: string,
    attempt: number,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { rule, secret, clock } = this.#options;
    const timestamp = Math.floor(clock.now() / 1_000);
    try {
      const answer = await fetch(rule.url, {
        method: "POST",
        // Where it leads to is not what the operator named.
        redirect: "manual",
        signal: AbortSignal.any([signal, AbortSignal.timeout(this.#pace.attemptMs)]),
        body,
        headers: {
          "content-type": "application/json",
          "user-agent": `flotilla/${VERSION}`,
          [HEADERS.event]: id,
          [HEADERS.timestamp]: String(timestamp),
          [HEADERS.attempt]: String(attempt),
          [HEADERS.signature]: signatureOf(secret, timestamp, body),
        },
      });
      await answer.body?.cancel();
      return answer.ok ? undefined : `status ${answer.status}`;
    } catch (fault) {
      const { name, message, cause } = fault as Error;
      const why = cause instanceof Error ? cause.message : message;
      return name === "TimeoutError" ? "no answer in time" : why.slice(0, 200);
    }
  }
}

/**
 * Delivers from where it was left; the first time from where the journal ends then.
 *
 * At least once and in order: the cursor moves when an event was taken or given up, so what was under way at a crash
 * comes again under the same id. Runs until aborted. @throws when the journal or the cursor's file cannot be read.
 */
export async function runWebhook(options: WebhookOptions, signal: AbortSignal): Promise<void> {
  const { fleet, rule, journal, store } = options;
  const kept = await store.load();
  const begun = kept ?? freshState((await journal.head()).seq);
  if (kept === undefined) await store.save(begun);
  const deliverer = new Deliverer(options, begun);
  // A message that was delivered in part is read again, past what was delivered of it.
  const from = begun.id === "" ? begun.seq + 1 : begun.seq;
  try {
    for await (const entry of journal.follow(from, signal)) {
      const batch = readBatch(entry, fleet, undefined);
      for (const [index, turn] of batch.turns.entries()) {
        for (const event of publicEvents(turn, entry.seq, index)) {
          if (!wants(rule, event.type)) continue;
          if (entry.seq === begun.seq && !isAfter(event.id, begun.id)) continue;
          await deliverer.deliver(event, signal);
          if (signal.aborted) return;
        }
      }
      await deliverer.past(entry.seq);
    }
  } finally {
    await store.save(deliverer.state);
  }
}
