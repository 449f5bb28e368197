/** A fleet in memory to try a specialist on: answers by a script, and fails when told to. */
import { COMMAND_TTL_MAX } from "../core/limits.ts";
import type { AgentCommandName } from "../protocol/commands.ts";
import type { Reply } from "../protocol/turns.ts";
import type { AgentView } from "../protocol/views.ts";
import {
  type Beat,
  type CommandBody,
  type FleetLink,
  LinkError,
  type MarkMessage,
  type PublicEvent,
  type RequestOptions,
} from "./link.ts";

/** A command that was taken, once however often it was asked. */
export interface Taken {
  readonly id: string;
  readonly command: AgentCommandName;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What the script makes of a command: the view after it, or a refusal's code. */
export type Script = (taken: Taken, view: AgentView) => AgentView | string;

export interface MemoryFleetOptions {
  readonly view: AgentView;
  readonly now: () => number;
  /** How far a renewal reaches, in ms. */
  readonly leaseMs?: number;
  /** Default: takes everything and changes nothing. */
  readonly script?: Script;
}

/** What is wrong with the world. */
export type Weather =
  | "fair"
  /** Requests are lost on the way there: nothing happens. */
  | "deaf"
  /** Answers are lost on the way back: it happened, and nobody knows. */
  | "mute"
  | "closed";

export class MemoryFleet {
  /** Commands taken, in order, without the renewals. */
  readonly taken: Taken[] = [];
  readonly beats: Beat[] = [];
  weather: Weather = "fair";
  view: AgentView;
  /** Requests that came in, retries and renewals included. */
  asked = 0;
  renewals = 0;
  closes = 0;
  readonly #options: MemoryFleetOptions;
  readonly #answers = new Map<string, { readonly print: string; readonly reply: Reply }>();
  readonly #onEvent = new Set<(event: PublicEvent) => void>();
  readonly #onMark = new Set<(mark: MarkMessage) => void>();

  constructor(options: MemoryFleetOptions) {
    this.#options = options;
    this.view = options.view;
  }

  /** A new link to it, as an agent makes at each start. */
  link(): FleetLink {
    return {
      request: (command, body, options) => this.#request(command, body, options),
      view: async () => {
        this.#weather();
        return { ...this.view, at: this.#options.now() };
      },
      events: (onEvent) => listen(this.#onEvent, onEvent),
      marks: (onMark) => listen(this.#onMark, onMark),
      beat: (state) => {
        this.beats.push(state);
      },
      close: async () => {
        this.closes += 1;
      },
    };
  }

  /** Publishes whatever is given, an event or not, as a faulty fleet might. */
  emit(event: unknown): void {
    for (const onEvent of this.#onEvent) onEvent(event as PublicEvent);
  }

  mark(mark: unknown): void {
    for (const onMark of this.#onMark) onMark(mark as MarkMessage);
  }

  #weather(): void {
    if (this.weather === "closed") throw new LinkError("closed", "the link is closed");
    if (this.weather !== "fair") throw new LinkError("timeout", "nobody answered");
  }

  async #request<N extends AgentCommandName>(
    command: N,
    body: CommandBody<N>,
    options: RequestOptions = {},
  ): Promise<Reply> {
    this.asked += 1;
    if (this.weather !== "mute") this.#weather();
    const id = options.id ?? `memory-${this.asked}`;
    const print = JSON.stringify([command, body, options.exp]);
    const before = this.#answers.get(id);
    let reply = before?.reply;
    if (before !== undefined && before.print !== print) reply = this.#refusal(id, "id_reused");
    reply ??= this.#take({ id, command, body: { ...body } }, options.exp);
    if (before === undefined) this.#answers.set(id, { print, reply });
    this.#weather();
    return reply;
  }

  #take(taken: Taken, exp: number | undefined): Reply {
    const { now, leaseMs = 60_000, script = (_taken, view) => view } = this.#options;
    if (exp !== undefined && exp < now()) return this.#refusal(taken.id, "command_expired");
    if (exp !== undefined && exp > now() + COMMAND_TTL_MAX)
      return this.#refusal(taken.id, "expiry_too_far");
    const { delegation } = this.view;
    if (taken.command === "Renew") {
      this.renewals += 1;
      if (delegation === undefined) return this.#refusal(taken.id, "no_delegation");
      const renewed = { ...delegation, phase: "active" as const, expiresAt: now() + leaseMs };
      return this.#done(taken.id, { ...this.view, delegation: renewed });
    }
    const next = script(taken, { ...this.view, at: now() });
    if (typeof next === "string") return this.#refusal(taken.id, next);
    this.taken.push(taken);
    return this.#done(taken.id, next);
  }

  #done(id: string, view: AgentView): Reply {
    this.view = { ...view, seq: this.view.seq + 1 };
    return { ok: true, id, seq: this.view.seq, turn: 0 };
  }

  #refusal(id: string, code: string): Reply {
    return { ok: false, id, seq: this.view.seq, turn: 0, code, number: 0, message: code };
  }
}

function listen<T>(set: Set<(item: T) => void>, one: (item: T) => void): () => void {
  set.add(one);
  return () => {
    set.delete(one);
  };
}
