/** Which events a specialist has heard: the wire promises each at least once, and it is told of each once at most. */
import type { PublicEvent } from "./link.ts";

/** Ids of one journal message that are kept. Beyond them one of that message may be told again. */
const IDS_MAX = 4_096;

/**
 * Events come in the journal's order. What is behind the newest came again, or is late: news of a truth
 * that a newer event has passed by, so it is nobody's news. Which of the two it is makes no difference,
 * and so only the ids of the newest message have to be kept.
 */
export class Heard {
  #newest = Number.NEGATIVE_INFINITY;
  readonly #ids = new Set<string>();

  /** Is it the first time, and in its turn? Then it counts as heard. */
  isNews({ id, seq }: PublicEvent): boolean {
    if (seq < this.#newest || (seq === this.#newest && this.#ids.has(id))) return false;
    if (seq > this.#newest) this.#ids.clear();
    this.#newest = seq;
    if (this.#ids.size < IDS_MAX) this.#ids.add(id);
    return true;
  }
}
