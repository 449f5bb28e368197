/** Which agents live: who said so, since when, and for how much longer that counts. */
import type { AgentId } from "../core/ids.ts";
import type { Millis } from "../core/time.ts";
import type { BeatSaid } from "../wire/responder.ts";
import type { Clock } from "./clock.ts";

/** An agent that has not said that it lives for this long is taken for gone. */
const KEPT_MS = 60_000;

export interface Living {
  readonly agent: AgentId;
  readonly phase: string;
  /** When it was first heard of, epoch ms. */
  readonly since: Millis;
  readonly counts: Readonly<Record<string, number>>;
}

export class Beats {
  readonly #clock: Clock;
  readonly #keptMs: number;
  /** Bounded by the keys of the broker: nobody else can beat. */
  readonly #heard = new Map<AgentId, Living & { readonly at: number }>();

  constructor(clock: Clock, keptMs = KEPT_MS) {
    this.#clock = clock;
    this.#keptMs = keptMs;
  }

  hear(agent: AgentId, { phase, counts }: BeatSaid): void {
    // Its last word: it leaves of its own will.
    if (phase === "stopped" || phase === "failed") {
      this.#heard.delete(agent);
      return;
    }
    const since = this.#heard.get(agent)?.since ?? this.#clock.now();
    this.#heard.set(agent, { agent, phase, since, counts, at: this.#clock.mono() });
  }

  /** Those who live; who fell silent is forgotten. */
  living(): readonly Living[] {
    const oldest = this.#clock.mono() - this.#keptMs;
    for (const { agent, at } of this.#heard.values()) {
      if (at < oldest) this.#heard.delete(agent);
    }
    return [...this.#heard.values()];
  }
}
