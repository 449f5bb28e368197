/** The clock that a specialist lives by: given, so that a test can turn it. */

/** Fits XState's `SimulatedClock` and the system alike. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  setTimeout(fn: () => void, ms: number): unknown;
  clearTimeout(id: never): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (fn, ms) => setTimeout(fn, ms),
  clearTimeout: (id) => clearTimeout(id),
};

/** A wait that can be cut short: by `poke`, which is remembered when nobody waits, or for ever. */
export class Alarm {
  readonly #clock: Clock;
  #poked = false;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends the wait that is on, or the next one at once. */
  poke(): void {
    this.#poked = true;
    this.#wake?.();
  }

  /** Ends every wait from now on. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Resolves after `ms`, or earlier when poked or ended; pokes count only once `leastMs` are over. */
  async wait(ms: number, leastMs: number): Promise<void> {
    const least = Math.min(ms, leastMs);
    if (least > 0) await this.#sleep(least, false);
    if (ms > least) await this.#sleep(ms - least, true);
    this.#poked = false;
  }

  #sleep(ms: number, pokes: boolean): Promise<void> {
    if (this.#ended || (pokes && this.#poked)) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#clock.clearTimeout(timer as never);
        this.#wake = undefined;
        resolve();
      };
      const timer = this.#clock.setTimeout(done, ms);
      this.#wake = () => {
        if (pokes || this.#ended) done();
      };
    });
  }
}
