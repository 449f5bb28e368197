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

interface Heard extends Living {
  readonly at: number;
  /** Its last starts, the newest last: a beat of an earlier one may come late. */
  readonly lives: readonly string[];
}

const LIVES_KEPT = 8;

export class Beats {
  readonly #clock: Clock;
  readonly #keptMs: number;
  /** Bounded by the keys of the broker: nobody else can beat. */
  readonly #heard = new Map<AgentId, Heard>();

  constructor(clock: Clock, keptMs = KEPT_MS) {
    this.#clock = clock;
    this.#keptMs = keptMs;
  }

  /**
   * Takes what an agent says of itself.
   *
   * @returns whether it failed: it says so, or it began anew without a last word, for it hung or its process died.
   */
  hear(agent: AgentId, { phase, life, counts }: BeatSaid): boolean {
    const before = this.#heard.get(agent);
    const lives = before?.lives ?? [];
    const isNew = life !== "" && !lives.includes(life);
    const died = isNew && lives.length > 0;
    // Its last word: it leaves of its own will.
    if (phase === "stopped" || phase === "failed") {
      this.#heard.delete(agent);
      return died || phase === "failed";
    }
    const since = died ? undefined : before?.since;
    this.#heard.set(agent, {
      ...{ agent, phase, counts, at: this.#clock.mono(), since: since ?? this.#clock.now() },
      lives: isNew ? [...lives, life].slice(-LIVES_KEPT) : lives,
    });
    return died;
  }

  /** Those who live; who fell silent is forgotten. */
  living(): readonly Living[] {
    const oldest = this.#clock.mono() - this.#keptMs;
    for (const { agent, at } of this.#heard.values()) {
      if (at < oldest) this.#heard.delete(agent);
    }
    return [...this.#heard.values()].map(({ agent, phase, since, counts }) => ({
      ...{ agent, phase, since, counts },
    }));
  }
}
