/** Leadership: one leads, the other takes over by its own clock, and a stale leader knows it is. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { acquireLease } from "../../src/wire/lease.ts";
import { HandClock, MemoryLease, type Process, pass, settle, start, TTL } from "./lease-hands.ts";

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
