/** Keeps a flood out: for a while the flooder is not listened to, so that what it sends ends at the broker. */
import type { AgentId } from "../core/ids.ts";
import type { Clock } from "./clock.ts";

/** The first time: long enough for the others to be served, too short to let a flood pass unseen. */
const FIRST_MS = 25;
/** Then it is heard again for a moment: it may have stopped, or want to reduce. */
const SHUT_MS = 500;
/** Each moment of a flood costs the others a little: they come twice as far apart each time, up to this. */
const LONGEST_MS = 4_000;
/** Who was quiet for so long after it was heard again begins anew. */
const CALM_MS = 2_000;

interface Break {
  readonly ms: number;
  /** Of the steady clock. */
  readonly endsAt: number;
}

export class Shutter {
  readonly #clock: Clock;
  readonly #enrolled: () => Iterable<AgentId>;
  readonly #only: (agents: readonly AgentId[] | undefined) => void;
  readonly #out = new Set<AgentId>();
  /** The last break of each: bounded by the keys of the broker. */
  readonly #breaks = new Map<AgentId, Break>();

  /** @param only listens to these alone, or to all. */
  constructor(
    clock: Clock,
    enrolled: () => Iterable<AgentId>,
    only: (agents: readonly AgentId[] | undefined) => void,
  ) {
    this.#clock = clock;
    this.#enrolled = enrolled;
    this.#only = only;
  }

  /**
   * @param again it floods once more: the break is then a long one.
   * @returns how long it is not heard from now on, ms.
   */
  shut(agent: AgentId, again: boolean): number {
    const now = this.#clock.mono();
    const last = this.#breaks.get(agent);
    if (last !== undefined && this.#out.has(agent)) return Math.max(0, last.endsAt - now);
    const ms = again ? longer(last, now) : FIRST_MS;
    this.#breaks.set(agent, { ms, endsAt: now + ms });
    this.#out.add(agent);
    this.#listen();
    this.#clock.after(ms, () => {
      this.#out.delete(agent);
      this.#listen();
    });
    return ms;
  }

  #listen(): void {
    const heard = [...this.#enrolled()].filter((agent) => !this.#out.has(agent));
    this.#only(this.#out.size === 0 ? undefined : heard);
  }
}

function longer(last: Break | undefined, now: number): number {
  const goesOn = last !== undefined && now - last.endsAt < CALM_MS;
  return goesOn ? Math.min(LONGEST_MS, Math.max(SHUT_MS, 2 * last.ms)) : SHUT_MS;
}
