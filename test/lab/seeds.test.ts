/** The whole fleet by seed: in peace, in storms, and after them. */
import { describe, expect, test } from "vitest";
import { FAULT_NAMES, RECOVERABLE } from "../../src/lab/faults.ts";
import { broken, run } from "./given.ts";

const LONG = 120_000;

describe("a simulated fleet", () => {
  test("SIM-010: an hour in peace conserves every unit, and every kind of obligation comes round", {
    timeout: LONG,
  }, async () => {
    const result = await run(1, { faults: [], mode: "liveness", minutes: 60 });
    expect(broken(result)).toBe("");
    const { counts } = result.world.checker.law;
    for (const type of ["FillBooked", "StopConfirmed", "BetSettled", "EscrowReleased"] as const) {
      expect(counts.get(type) ?? 0, type).toBeGreaterThan(0);
    }
    expect((counts.get("LoanInterest") ?? 0) + (counts.get("LoanOpened") ?? 0)).toBeGreaterThan(0);
    expect(result.turns + result.messages).toBeGreaterThan(8_000);
  });

  test("SIM-011: the same seed makes the same journal, twice", { timeout: LONG }, async () => {
    const asked = { faults: ["crash", "drop", "venue-lost"], minutes: 6 } as const;
    const [first, second] = [await run(42, asked), await run(42, asked)];
    expect(second.hash).toBe(first.hash);
    expect(second.counts).toEqual(first.counts);
    expect(second.steps).toBe(first.steps);
    const other = await run(43, asked);
    expect(other.hash).not.toBe(first.hash);
  });

  test("SIM-012: always drawn storms break nothing", { timeout: LONG }, async () => {
    for (let seed = 1; seed <= 12; seed += 1) {
      const result = await run(seed, { minutes: 12 });
      // A short run need not meet every fault that it was drawn for; longer sweeps must.
      const real = result.breaches.filter(({ invariant }) => invariant !== "I14");
      expect(real.length === 0 ? "" : broken(result), `seed ${seed}`).toBe("");
    }
  });

  test("SIM-013: every fault there is fires somewhere, and the fleet is well after all of them", {
    timeout: LONG,
  }, async () => {
    const groups = Array.from({ length: Math.ceil(RECOVERABLE.length / 5) }, (_, i) =>
      RECOVERABLE.slice(i * 5, i * 5 + 5),
    );
    for (const [i, faults] of groups.entries()) {
      const result = await run(100 + i, { faults, mode: "liveness", minutes: 24 });
      expect(broken(result), faults.join()).toBe("");
    }
  });

  test("SIM-014: a damaged journal leads nobody", { timeout: LONG }, async () => {
    for (const fault of FAULT_NAMES.filter((one) => !RECOVERABLE.includes(one))) {
      const result = await run(7, { faults: [fault], mode: "safety", minutes: 12 });
      expect(broken(result), fault).toBe("");
      expect(result.world.leader, fault).toBeUndefined();
    }
  });
});
