/** The clock of the platform: wall time is injected, market time runs beside it at a speed. */

/**
 * Where time comes from. `now` in ms; `sleep` ends early, without an error, when the signal aborts.
 */
export interface Clock {
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Market time = where it began + (now - then) x speed, in whole ms; it never goes back. */
export interface MarketClock {
  readonly speed: number;
  now(): number;
}

export function marketClock(clock: Clock, from: number, speed: number): MarketClock {
  if (!Number.isFinite(speed) || speed <= 0 || speed > 1_000_000) {
    throw new RangeError(`speed is above 0 and at most 1000000, was ${speed}`);
  }
  const began = clock.now();
  let latest = from;
  return {
    speed,
    now() {
      const time = Math.floor(from + (clock.now() - began) * speed);
      if (time > latest) latest = time;
      return latest;
    },
  };
}

/** The machine's own clock. Monotonic, so that a correction of the wall clock moves no market. */
export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      signal.addEventListener("abort", wake, { once: true });
    }),
};
