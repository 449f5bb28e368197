/** Where time comes from: wall time that never runs backwards, and waiting that can be given up. */
import { performance } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { type Millis, millis } from "../core/time.ts";
import { systemWireClock, wait } from "../wire/clock.ts";
import type { LeaseClock } from "../wire/lease.ts";

export interface Clock {
  /** Epoch ms. Steps of the system's clock after the start do not show. */
  now(): Millis;
  /** Milliseconds since some moment, for measuring. */
  mono(): number;
  /** Resolves early, without an error, when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Runs `work` once after `ms`; answers how to call it off. */
  after(ms: number, work: () => void): () => void;
  /** Runs `work` when all that is under way has run. */
  soon(work: () => void): void;
}

/**
 * The system's clock, read once, then carried on by the monotonic one: a step of the wall clock by an
 * hour neither fires a deadline early nor keeps it from firing.
 */
export function systemClock(): Clock {
  const wall = Date.now();
  const start = performance.now();
  return {
    now: () => millis(Math.floor(wall + performance.now() - start)),
    mono: () => performance.now(),
    sleep: async (ms, signal) => {
      await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    },
    after: systemWireClock.after,
    soon: (work) => void setImmediate(work),
  };
}

/** The same clock as the lease asks for it. */
export const leaseClock = (clock: Clock): LeaseClock => ({
  monotonic: () => clock.mono(),
  wall: () => clock.now(),
  sleep: (ms, signal) => wait(clock, ms, signal),
});
