/** The coordinator killed at each of its awaits, in one minute of a fleet's life. */
import { expect, test } from "vitest";
import { crashEverywhere } from "../../src/lab/crash-points.ts";

test("SIM-030: killed at any one of its awaits, the fleet mends itself", {
  timeout: 240_000,
}, async () => {
  const { points, runs, failed } = await crashEverywhere({ seed: 3 });
  expect(points).toBeGreaterThan(200);
  // One more is the run without a crash, which counts the awaits.
  expect(runs).toBe(points + 1);
  expect(failed).toEqual([]);
});
