/** The clock of the platform: wall time is injected, market time runs beside it at a speed. */

/**
 * Where time comes from. `now` in ms; `sleep` ends early, without an error, when the signal aborts.
 */
export interface Clock {
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/**
 * Market time = where it began + (now - then) x speed, in whole ms; it never goes back. While it waits
 * it goes at a slow pace instead, so that what is under way comes to its end.
 */
export interface MarketClock {
  readonly speed: number;
  now(): number;
}

/** Market seconds in one second while it waits. */
const CALM_SPEED = 10;

/** @param waits asked at each look until it says no; then market time goes on at its speed. */
export function marketClock(
  clock: Clock,
  from: number,
  speed: number,
  waits: () => boolean = () => false,
): MarketClock {
  if (!Number.isFinite(speed) || speed <= 0 || speed > 1_000_000) {
    throw new RangeError(`speed is above 0 and at most 1000000, was ${speed}`);
  }
  const calm = Math.min(CALM_SPEED, speed);
  let began = clock.now();
  let base = from;
  let latest = from;
  let waiting = waits();
  return {
    speed,
    now() {
      const wall = clock.now();
      const time = Math.floor(base + (wall - began) * (waiting ? calm : speed));
      if (time > latest) latest = time;
      if (waiting && !waits()) {
        waiting = false;
        base = latest;
        began = wall;
      }
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
