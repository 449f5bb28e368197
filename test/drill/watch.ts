/** Things that happen, kept in order, and waiting for one that has not happened yet. */
import { setTimeout as delay } from "node:timers/promises";

/** What was waited for did not come. */
export class TooLateError extends Error {
  override readonly name = "TooLateError";
}

export class Watch<T> {
  readonly seen: T[] = [];
  readonly #waiting = new Set<() => void>();

  push(thing: T): void {
    this.seen.push(thing);
    for (const wake of [...this.#waiting]) wake();
  }

  /** The first one from number `from` on that fits. @throws TooLateError */
  async until(fits: (thing: T) => boolean, what: string, ms = 20_000, from = 0): Promise<T> {
    const limit = AbortSignal.timeout(ms);
    for (let next = from; ; ) {
      for (; next < this.seen.length; next += 1) {
        const thing = this.seen[next] as T;
        if (fits(thing)) return thing;
      }
      if (limit.aborted) throw new TooLateError(`${what} did not come in ${ms} ms`);
      await this.#change(limit);
    }
  }

  #change(limit: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        limit.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      limit.addEventListener("abort", wake, { once: true });
    });
  }
}

/** Asks again until the answer is there: for what can only be asked. @throws TooLateError */
export async function eventually<T>(
  ask: () => Promise<T | undefined>,
  what: string,
  ms = 20_000,
): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new TooLateError(`${what} did not come in ${ms} ms`);
    await delay(50);
  }
}
