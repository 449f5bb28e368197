/** Keeps a flood out: for a while the flooder is not listened to, so that what it sends ends at the broker. */
import type { AgentId } from "../core/ids.ts";
import type { Clock } from "./clock.ts";

/** Then it is heard again for a moment: it may have stopped, or want to reduce. */
const SHUT_MS = 500;
/** The first time: long enough for the others to be served, too short to let a flood pass unseen. */
const FIRST_MS = 25;

export class Shutter {
  readonly #clock: Clock;
  readonly #enrolled: () => Iterable<AgentId>;
  readonly #only: (agents: readonly AgentId[] | undefined) => void;
  readonly #out = new Set<AgentId>();

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

  /** @param again it floods once more: the break is then a long one. */
  shut(agent: AgentId, again: boolean): void {
    if (this.#out.has(agent)) return;
    this.#out.add(agent);
    this.#listen();
    this.#clock.after(again ? SHUT_MS : FIRST_MS, () => {
      this.#out.delete(agent);
      this.#listen();
    });
  }

  #listen(): void {
    const heard = [...this.#enrolled()].filter((agent) => !this.#out.has(agent));
    this.#only(this.#out.size === 0 ? undefined : heard);
  }
}
