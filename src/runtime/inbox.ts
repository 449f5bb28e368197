/** What waits for its turn: the fleet's and the operator's own first, so that no flood keeps a halt out. */
import { INBOX_MAX } from "../core/limits.ts";
import { Ring } from "./ring.ts";

export class Inbox<T> {
  readonly #own = new Ring<T>(INBOX_MAX);
  readonly #agents = new Ring<T>(INBOX_MAX);

  get size(): number {
    return this.#own.size + this.#agents.size;
  }

  /** False when that lane is full. Within a lane nothing overtakes anything. */
  push(waiting: T, own: boolean): boolean {
    return (own ? this.#own : this.#agents).push(waiting);
  }

  shift(): T | undefined {
    return this.#own.shift() ?? this.#agents.shift();
  }
}
