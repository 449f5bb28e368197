/** The life of one simulated process: its timers, its pauses and its sudden death. */
import { millis } from "../core/time.ts";
import type { Clock } from "../runtime/clock.ts";
import { EPOCH, type SimTime } from "./time.ts";

/** Told at every await of a watched process; true ends it there. */
export type OnPoint = (label: string) => boolean;

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
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const wake = (): void => {
          cancel();
          signal?.removeEventListener("abort", wake);
          resolve();
        };
        const cancel = life.after(ms, wake);
        signal?.addEventListener("abort", wake, { once: true });
      }),
    after: (ms, work) => life.after(ms, work),
    soon: (work) => void life.after(0, work),
  };
}
