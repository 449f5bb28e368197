/** The clock of the wire: steady time and waiting, given, so that a simulation can turn it. */

export interface WireClock {
  /** Milliseconds that never go back. */
  mono(): number;
  /** Runs `work` once after `ms`; answers how to call it off. */
  after(ms: number, work: () => void): () => void;
}

export const systemWireClock: WireClock = {
  mono: () => performance.now(),
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`. @throws the signal's reason at once when it aborts. */
export function wait(clock: WireClock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason);
    const abort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    signal?.addEventListener("abort", abort, { once: true });
  });
}
