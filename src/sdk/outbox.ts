/** Sends intents one at a time under ids that a retry repeats, and keeps what nobody answered. */
import type { AgentView } from "../protocol/views.ts";
import {
  faultIn,
  INTENTS_MAX,
  type Intent,
  type IntentName,
  isReducing,
  type Outcome,
} from "./intent.ts";
import { type CommandBody, type FleetLink, LinkError } from "./link.ts";

export interface OutboxOptions {
  /** Unique for each start of the agent: ids are made of it. 1 to 16 of a-z and 0-9. */
  readonly nonce: string;
  /** The fleet's time, epoch ms. */
  readonly now: () => number;
  /** How long a command stays meant, in ms. */
  readonly ttlMs: number;
  /** How long to ask before it counts as unanswered, in ms. */
  readonly timeoutMs: number;
}

interface Sent {
  readonly intent: Intent;
  readonly id: string;
  readonly exp: number;
}

/** Refusals that say "not now": the rest of the decision is dropped, for it will be made anew. */
const NOT_NOW = new Set(["busy", "not_leading", "rate_limited"]);

const UNHEARD = "nobody answered what stood before it";
const unsent = (intent: Intent, detail: string): Outcome => {
  return { ok: false, intent, code: "unsent", detail };
};

/** Keeps command and body together, so that each command goes with its own body and no other. */
function request<N extends IntentName>(
  link: FleetLink,
  intent: { [K in N]: { readonly command: K; readonly body: CommandBody<K> } }[N],
  options: { id: string; exp: number; timeoutMs: number },
) {
  return link.request<N>(intent.command, intent.body as CommandBody<N>, options);
}

export class Outbox {
  readonly #options: OutboxOptions;
  #serial = 0;
  #closed = false;
  /** At most one: nothing is sent behind it until its fate is known. */
  #unanswered: Sent | undefined;

  constructor(options: OutboxOptions) {
    if (!/^[a-z0-9]{1,16}$/.test(options.nonce)) {
      throw new RangeError("a start's nonce is 1 to 16 of a-z and 0-9");
    }
    this.#options = options;
  }

  /** A name that no other decision of any start of this agent gets. */
  name(agent: string, kind: string): string {
    this.#serial += 1;
    return `${kind}-${agent}-${this.#options.nonce}-${this.#serial}`.slice(-64);
  }

  /**
   * Asks again for what nobody answered, by the same id, so that it can happen only once.
   *
   * @returns its outcome, or undefined when nothing was open.
   * @throws LinkError when again nobody answers.
   */
  async settle(link: FleetLink): Promise<Outcome | undefined> {
    const sent = this.#unanswered;
    return sent === undefined ? undefined : this.#ask(link, sent);
  }

  /**
   * Gives up what nobody answered once the fleet's own time has passed its expiry: it can no longer
   * be admitted, and the view tells whether it was.
   */
  expire(view: AgentView): Outcome | undefined {
    const sent = this.#unanswered;
    if (sent === undefined || view.at <= sent.exp) return undefined;
    this.#unanswered = undefined;
    const detail = "nobody answered before it expired; the view tells what is so";
    return { ok: false, intent: sent.intent, code: "unanswered", detail };
  }

  /** Nothing more is sent: what is left of a decision counts as unsent. */
  close(): void {
    this.#closed = true;
  }

  /**
   * Sends the intents of one decision in order, and adds what became of each to `outcomes`.
   *
   * @throws LinkError at the first that nobody answers; the rest counts as unsent, to be decided anew.
   */
  async send(
    link: FleetLink,
    agent: string,
    stance: "run" | "reduce",
    intents: readonly Intent[],
    outcomes: Outcome[],
  ): Promise<void> {
    let stopped = "";
    for (const [index, intent] of intents.entries()) {
      const no = (code: string, detail: string): void => {
        outcomes.push({ ok: false, intent, code, detail });
      };
      const id = this.name(agent, "c");
      const fault = faultIn(intent, id);
      if (this.#closed) stopped = "the agent stops";
      if (stopped !== "") no("unsent", stopped);
      else if (index >= INTENTS_MAX) no("unsent", `a decision has at most ${INTENTS_MAX} intents`);
      else if (fault !== undefined) no("bad_field", fault);
      else if (stance === "reduce" && !isReducing(intent)) no("not-reducing", "it may only reduce");
      else {
        const exp = this.#options.now() + this.#options.ttlMs;
        const outcome = await this.#ask(link, { intent, id, exp }).catch((fault: unknown) => {
          for (const rest of intents.slice(index + 1)) outcomes.push(unsent(rest, UNHEARD));
          throw fault;
        });
        outcomes.push(outcome);
        if (!outcome.ok && NOT_NOW.has(outcome.code)) stopped = outcome.code;
      }
    }
  }

  async #ask(link: FleetLink, sent: Sent): Promise<Outcome> {
    const { intent, id, exp } = sent;
    this.#unanswered = sent;
    const reply = await request(link, intent, { id, exp, timeoutMs: this.#options.timeoutMs });
    if (reply.id !== id) throw new LinkError("unreadable", `the answer to ${id} names another id`);
    this.#unanswered = undefined;
    return reply.ok
      ? { ok: true, intent, seq: reply.seq }
      : { ok: false, intent, code: reply.code, detail: reply.detail ?? reply.message };
  }
}
