/** Leadership on a real broker: the same rules, and a leader that is cut off. */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fleetId } from "../../src/core/ids.ts";
import { acquireLease, leaseStore } from "../../src/wire/lease.ts";
import { provision } from "../../src/wire/provision.ts";
import { coreSubject } from "../../src/wire/subjects.ts";
import { type Broker, startBroker } from "./broker.ts";
import { never } from "./lease-hands.ts";

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
