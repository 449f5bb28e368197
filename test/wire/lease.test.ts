/** Leadership: one leads, the other takes over by its own clock, and a stale leader knows it is. */
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fleetId } from "../../src/core/ids.ts";
import { BrokerAwayError } from "../../src/wire/js-api.ts";
import {
  acquireLease,
  type Leadership,
  type LeaseClock,
  type LeaseRecord,
  type LeaseStore,
  leaseStore,
} from "../../src/wire/lease.ts";
import { provision } from "../../src/wire/provision.ts";
import { coreSubject } from "../../src/wire/subjects.ts";
import { type Broker, startBroker } from "./broker.ts";

const TTL = 1_000;
const never = new AbortController().signal;

/** Lets everything that is ready run, without letting time pass. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 50; i++) await Promise.resolve();
};

/** A clock that moves only when told. Each process has one; `rate` is how fast it runs. */
class HandClock implements LeaseClock {
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

class MemoryLease implements LeaseStore {
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

interface Process {
  readonly clock: HandClock;
  led: Leadership | undefined;
  reason: string | undefined;
}

function start(store: LeaseStore, holder: string, isDead = (_: string) => false): Process {
  const process: Process = { clock: new HandClock(), led: undefined, reason: undefined };
  const options = { store, holder, clock: process.clock, ttlMs: TTL, isDead };
  void acquireLease(options, new AbortController().signal).then(async (led) => {
    process.led = led;
    process.reason = await led.lost;
  });
  return process;
}

async function pass(ms: number, ...processes: Process[]): Promise<void> {
  for (let i = 0; i < ms; i += 50) for (const each of processes) await each.clock.pass(50);
}

describe("the lease", () => {
  test("LSE-001: the first one leads at once, the second stands by as long as the first lives", async () => {
    const store = new MemoryLease();
    const a = start(store, "a");
    await settle();
    const b = start(store, "b");
    await pass(20 * TTL, a, b);
    expect([a.led?.epoch, a.led?.isFresh(), b.led]).toEqual([1, true, undefined]);
  });

  test("LSE-002: a leader that dies is taken over after its time, with the next epoch", async () => {
    const store = new MemoryLease();
    const a = start(store, "a");
    const b = start(store, "b");
    await pass(TTL, a, b);
    await pass(TTL - 100, b);
    expect(b.led).toBeUndefined();
    await pass(TTL, b);
    expect([b.led?.epoch, store.record?.holder]).toEqual([2, "b"]);
  });

  test("LSE-003: a leader that was stopped finds itself stale before it acts, and then lost", async () => {
    const store = new MemoryLease();
    const a = start(store, "a");
    const b = start(store, "b");
    await pass(TTL, a, b);
    a.clock.stopped = true;
    await pass(3 * TTL, a, b);
    expect(b.led?.epoch).toBe(2);
    expect(a.led?.isFresh()).toBe(false);
    a.clock.stopped = false;
    await pass(100, a, b);
    expect(a.reason).toBe("another coordinator took the lease");
    expect([a.led?.isFresh(), b.led?.isFresh()]).toEqual([false, true]);
  });

  test("LSE-004: a leader that lets go is followed at the next look", async () => {
    const store = new MemoryLease();
    const a = start(store, "a");
    const b = start(store, "b");
    await pass(TTL, a, b);
    await a.led?.release();
    expect(a.reason).toBe("released");
    await pass(TTL / 4 + 50, b);
    expect(b.led?.epoch).toBe(2);
    await a.led?.release();
    expect(store.record?.holder).toBe("b");
  });

  test("LSE-005: a holder that is proven dead is followed at once", async () => {
    const store = new MemoryLease();
    store.record = { epoch: 7, holder: "gone", until: 2 ** 50 };
    store.revision = 12;
    const b = start(store, "b", (holder) => holder === "gone");
    await settle();
    expect(b.led?.epoch).toBe(8);
  });

  test("LSE-006: while the broker is away the leader is not fresh, and leads on when it is back", async () => {
    const store = new MemoryLease();
    const a = start(store, "a");
    const b = start(store, "b");
    await pass(TTL, a, b);
    store.away = true;
    await pass(10 * TTL, a, b);
    expect([a.led?.isFresh(), a.reason, b.led]).toEqual([false, undefined, undefined]);
    store.away = false;
    await pass(TTL / 2, a, b);
    expect([a.led?.isFresh(), b.led]).toEqual([true, undefined]);
  });

  test("LSE-007: a renewal whose answer was lost is not taken for another coordinator", async () => {
    const store = new MemoryLease();
    const a = start(store, "a");
    await pass(TTL, a);
    store.loseAnswer = true;
    await pass(3 * TTL, a);
    expect([a.led?.isFresh(), a.reason, store.loseAnswer]).toEqual([true, undefined, false]);
  });

  test("LSE-008: of many that start at once one leads", async () => {
    const store = new MemoryLease();
    const all = Array.from({ length: 10 }, (_, i) => start(store, `p${i}`));
    await pass(5 * TTL, ...all);
    expect(all.filter((each) => each.led !== undefined)).toHaveLength(1);
  });

  test("LSE-009: waiting ends at the abort", async () => {
    const store = new MemoryLease();
    start(store, "a");
    await settle();
    const stop = new AbortController();
    const clock = new HandClock();
    const waiting = acquireLease({ store, holder: "b", clock, ttlMs: TTL }, stop.signal);
    stop.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
  });

  test("LSE-010: always at most one is fresh and no epoch is led twice, whatever stops and wakes", async () => {
    const step = fc.record({
      who: fc.nat(2),
      what: fc.constantFrom("run", "run", "run", "stop", "wake", "away", "back", "lose"),
      ms: fc.integer({ min: 1, max: TTL }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const store = new MemoryLease();
        const all = ["a", "b", "c"].map((holder) => start(store, holder));
        for (const { who, what, ms } of steps) {
          const chosen = all[who] as Process;
          if (what === "stop") chosen.clock.stopped = true;
          if (what === "wake") chosen.clock.stopped = false;
          if (what === "away") store.away = true;
          if (what === "back") store.away = false;
          if (what === "lose") store.loseAnswer = true;
          for (let i = 0; i < ms; i += 50) {
            await pass(50, ...all);
            expect(all.filter((each) => each.led?.isFresh()).length).toBeLessThanOrEqual(1);
          }
        }
        const epochs = all.flatMap((each) => each.led?.epoch ?? []);
        expect(new Set(epochs).size).toBe(epochs.length);
        const holders = new Map<number, string>();
        for (const { epoch, holder } of store.history) {
          if (holder === "") continue;
          expect(holders.get(epoch) ?? holder).toBe(holder);
          holders.set(epoch, holder);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("the lease on a real broker", () => {
  let broker: Broker;
  const fleet = fleetId("test");
  beforeAll(async () => {
    broker = await startBroker();
    const connection = await broker.connect();
    await provision(connection, fleet);
  });
  afterAll(() => broker.close());

  test("LSE-020: a record is written only over the revision that was read", async () => {
    const store = leaseStore(await broker.connect(), fleet);
    expect(await store.read()).toBeUndefined();
    const record = { epoch: 1, holder: "a", until: 5 };
    const first = await store.write(record, 0);
    expect(await store.read()).toEqual({ record, revision: first });
    expect(await store.write({ ...record, holder: "b" }, 0)).toBeUndefined();
    const second = await store.write({ ...record, epoch: 2 }, first ?? 0);
    expect(second).toBeGreaterThan(first ?? 0);
    expect(await store.write({ ...record, holder: "b" }, first ?? 0)).toBeUndefined();
    expect((await store.read())?.record.epoch).toBe(2);
  });

  test("LSE-021: a second coordinator takes over when the first goes silent", async () => {
    const [one, two] = [await broker.connect(), await broker.connect()];
    const base = { ttlMs: 200 };
    const own = fleetId("takeover");
    await provision(one, own);
    const first = await acquireLease({ ...base, store: leaseStore(one, own), holder: "1" }, never);
    const waiting = acquireLease({ ...base, store: leaseStore(two, own), holder: "2" }, never);
    expect(first.isFresh()).toBe(true);
    await one.close();
    const second = await waiting;
    expect(second.epoch).toBe(first.epoch + 1);
    expect([first.isFresh(), second.isFresh()]).toEqual([false, true]);
    await second.release();
  });

  test("LSE-023: a leader knows how far its wall clock is off the broker's", async () => {
    const own = fleetId("skewed");
    const connection = await broker.connect();
    await provision(connection, own);
    for (const [holder, offMs] of [
      ["right", 0],
      ["ahead", 3_600_000],
      ["behind", -90_000],
    ] as const) {
      const clock = {
        monotonic: () => performance.now(),
        wall: () => Date.now() + offMs,
        sleep: (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal }),
      };
      const store = leaseStore(connection, own);
      const led = await acquireLease({ store, holder, clock, ttlMs: 2_000 }, never);
      const skew = (await led.skewMs()) ?? Number.NaN;
      expect(Math.abs(skew - offMs), holder).toBeLessThan(1_000);
      await led.release();
    }
  });

  test.each(["{}", "null", "no JSON", ""])(
    "LSE-022: a record damaged to %j is refused, not led over",
    async (text) => {
      const connection = await broker.connect();
      await connection.request(coreSubject(fleet, "lease"), text);
      const store = leaseStore(connection, fleet);
      await expect(acquireLease({ store, holder: "1" }, never)).rejects.toThrow(/damaged/);
    },
  );
});
