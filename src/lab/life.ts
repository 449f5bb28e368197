/** The life of one simulated process: its timers, its pauses and its sudden death. */
import { millis } from "../core/time.ts";
import type { Clock } from "../runtime/clock.ts";
import { EPOCH, type SimTime } from "./time.ts";

/** Told at every await of a watched process; true ends it there. */
export type OnPoint = (label: string) => boolean;

interface Waiting {
  readonly signal: AbortSignal | undefined;
  readonly wake: () => void;
}

/**
 * Everything that comes back to a process comes back through `later` or `run`. A dead one hears
 * nothing any more: its pending awaits are never resolved, as after `kill -9`. A paused one hears it
 * all when it goes on, as after SIGSTOP; its steady clock has run on meanwhile.
 */
export class Life {
  readonly name: string;
  readonly #time: SimTime;
  readonly #onPoint: OnPoint | undefined;
  #alive = true;
  #pausedUntil = 0;
  readonly #onDeath: (() => void)[] = [];
  /** Who waits here for time to pass or a signal to end it. */
  readonly #waiting = new Set<Waiting>();

  constructor(time: SimTime, name: string, onPoint?: OnPoint) {
    this.#time = time;
    this.name = name;
    this.#onPoint = onPoint;
  }

  get alive(): boolean {
    return this.#alive;
  }

  get paused(): boolean {
    return this.#time.now < this.#pausedUntil;
  }

  /** Runs something in this process now, when it goes on, or never. */
  run(work: () => void): void {
    if (!this.#alive) return;
    if (this.paused) {
      this.#time.after(this.#pausedUntil - this.#time.now, () => this.run(work));
    } else work();
  }

  after(ms: number, work: () => void): () => void {
    if (!this.#alive) return () => undefined;
    let off = false;
    const cancel = this.#time.after(ms, () =>
      this.run(() => {
        // A pause may lie between the timer's moment and this one.
        if (!off) work();
      }),
    );
    return () => {
      off = true;
      cancel();
    };
  }

  /**
   * Resolves after `ms`, or when the signal aborts. A dead process leaves no listener behind: Node keeps
   * a signal made of others alive as long as somebody listens to it, and with it the whole world.
   */
  sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const waiting: Waiting = { signal, wake };
      const cancel = this.after(ms, wake);
      if (!this.#alive) return;
      this.#waiting.add(waiting);
      const forget = this.#waiting;
      function wake(): void {
        cancel();
        forget.delete(waiting);
        signal?.removeEventListener("abort", wake);
        resolve();
      }
      signal?.addEventListener("abort", wake, { once: true });
    });
  }

  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#time.now + ms);
  }

  /** An await of this process; true when it has ended there, or before. */
  point(label: string): boolean {
    if (this.#alive && this.#onPoint?.(label) === true) this.kill();
    return !this.#alive;
  }

  onDeath(told: () => void): void {
    this.#onDeath.push(told);
  }

  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    for (const { signal, wake } of this.#waiting) signal?.removeEventListener("abort", wake);
    this.#waiting.clear();
    for (const told of this.#onDeath) told();
  }
}

/** A clock of a process as the system's own is made: wall time read once, then carried on. */
export function clockOf(time: SimTime, life: Life, skewMs: number): Clock {
  const start = time.now;
  const wall = EPOCH + start + skewMs;
  return {
    now: () => millis(Math.floor(wall + time.now - start)),
    mono: () => time.now,
    sleep: (ms, signal) => life.sleep(ms, signal),
    after: (ms, work) => life.after(ms, work),
    soon: (work) => void life.after(0, work),
  };
}
