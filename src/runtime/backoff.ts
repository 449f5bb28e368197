/** How long to wait before what died is started anew. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
/** What lived this long has recovered: the next wait is the first again. */
const SOUND_MS = 30_000;

/** Waits of 250 ms, then twice as long each time, 10 s at most. */
export class Backoff {
  #failures = 0;

  /** After a life of `livedMs` milliseconds; 0 for one that says nothing of how well it was. */
  next(livedMs: number): number {
    if (livedMs > SOUND_MS) this.#failures = 0;
    this.#failures += 1;
    return Math.min(FIRST_WAIT_MS * 2 ** (this.#failures - 1), LONGEST_WAIT_MS);
  }
}
