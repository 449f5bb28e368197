/** The one way of marks into the law: while one command waits to be stored, newer marks replace older ones. */
import { MARKS_PER_COMMAND_MAX } from "../core/limits.ts";
import type { Mark } from "../protocol/reports.ts";

export class MarkLane {
  readonly #give: (marks: readonly Mark[]) => Promise<unknown>;
  readonly #signal: AbortSignal;
  /** By source and market: bounded by those that are known. */
  readonly #newest = new Map<string, Mark>();
  #sending = false;

  constructor(give: (marks: readonly Mark[]) => Promise<unknown>, signal: AbortSignal) {
    this.#give = give;
    this.#signal = signal;
  }

  take(marks: readonly Mark[]): void {
    for (const mark of marks) {
      const key = `${mark.source ?? ""}/${mark.market}`;
      const waits = this.#newest.get(key);
      if (waits === undefined || mark.at >= waits.at) this.#newest.set(key, mark);
    }
    if (!this.#sending) void this.#send();
  }

  async #send(): Promise<void> {
    this.#sending = true;
    while (this.#newest.size > 0 && !this.#signal.aborted) {
      const next = [...this.#newest].slice(0, MARKS_PER_COMMAND_MAX);
      for (const [key] of next) this.#newest.delete(key);
      await this.#give(next.map(([, mark]) => mark));
    }
    this.#sending = false;
  }
}
