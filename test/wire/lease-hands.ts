/** Processes whose clocks move only when told, and a lease in memory that fails as told. */
import { BrokerAwayError } from "../../src/wire/js-api.ts";
import {
  acquireLease,
  type Leadership,
  type LeaseClock,
  type LeaseRecord,
  type LeaseStore,
} from "../../src/wire/lease.ts";

export const TTL = 1_000;
export const never = new AbortController().signal;

/** Lets everything that is ready run, without letting time pass. */
export const settle = async (): Promise<void> => {
  for (let i = 0; i < 50; i++) await Promise.resolve();
};

/** A clock that moves only when told. Each process has one; `rate` is how fast it runs. */
export class HandClock implements LeaseClock {
  now = 0;
  stopped = false;
  #sleepers: { at: number; wake: () => void }[] = [];
  monotonic = (): number => this.now;
  /** The wall clock is wrong by design: nothing may depend on it. */
  wall = (): number => 1_700_000_000_000 - this.now * 7;
  sleep = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const end = (): void => reject(signal.reason);
      signal.addEventListener("abort", end, { once: true });
      const wake = (): void => {
        signal.removeEventListener("abort", end);
        resolve();
      };
      this.#sleepers.push({ at: this.now + ms, wake });
    });
  async pass(ms: number): Promise<void> {
    this.now += ms;
    if (this.stopped) return;
    const ready = this.#sleepers.filter((each) => each.at <= this.now);
    this.#sleepers = this.#sleepers.filter((each) => each.at > this.now);
    for (const each of ready) each.wake();
    await settle();
  }
}

export class MemoryLease implements LeaseStore {
  record: LeaseRecord | undefined;
  revision = 0;
  away = false;
  /** The next write is done, but its answer is lost. */
  loseAnswer = false;
  readonly history: LeaseRecord[] = [];
  read = async () => {
    if (this.away) throw new BrokerAwayError("away");
    return this.record && { record: this.record, revision: this.revision };
  };
  write = async (record: LeaseRecord, revision: number) => {
    if (this.away) throw new BrokerAwayError("away");
    if (revision !== this.revision) return undefined;
    this.record = record;
    this.history.push(record);
    this.revision += 1;
    if (this.loseAnswer) {
      this.loseAnswer = false;
      throw new BrokerAwayError("the answer was lost");
    }
    return this.revision;
  };
}

export interface Process {
  readonly clock: HandClock;
  led: Leadership | undefined;
  reason: string | undefined;
}

export function start(store: LeaseStore, holder: string, isDead = (_: string) => false): Process {
  const process: Process = { clock: new HandClock(), led: undefined, reason: undefined };
  const options = { store, holder, clock: process.clock, ttlMs: TTL, isDead };
  void acquireLease(options, new AbortController().signal).then(async (led) => {
    process.led = led;
    process.reason = await led.lost;
  });
  return process;
}

export async function pass(ms: number, ...processes: Process[]): Promise<void> {
  for (let i = 0; i < ms; i += 50) for (const each of processes) await each.clock.pass(50);
}
