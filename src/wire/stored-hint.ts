/** What this process knows to be stored: its readers look when there is something, not by the clock. */
import type { WireClock } from "./clock.ts";

/** Only a hint: whoever is told nothing, as in another process, still finds everything by looking. */
export class StoredHint {
  #seq = 0;
  readonly #waiting = new Set<() => void>();

  /** The sequence of the newest message that is known to be stored; 0 before the first. */
  get seq(): number {
    return this.#seq;
  }

  /** Told by whoever writes, in the order of the writing. */
  tell(seq: number): void {
    this.#seq = seq;
    const waiting = [...this.#waiting];
    for (const wake of waiting) wake();
  }

  /** Resolves after `ms`, or when more is stored. @throws the signal's reason when it aborts. */
  rest(clock: WireClock, ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const over = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", abort);
        cancel();
      };
      const wake = (): void => {
        over();
        resolve();
      };
      const abort = (): void => {
        over();
        reject(signal.reason);
      };
      const cancel = clock.after(ms, wake);
      this.#waiting.add(wake);
      signal.addEventListener("abort", abort);
    });
  }
}
