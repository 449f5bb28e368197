/** The coordinator killed at its awaits, in one minute of a fleet's life. */
import { expect, test } from "vitest";
import { crashEverywhere } from "../../src/lab/crash-points.ts";

test("SIM-030: killed at any of every twelfth of its awaits, the fleet mends itself", {
  timeout: 120_000,
}, async () => {
  const { points, runs, failed } = await crashEverywhere({ seed: 3, stride: 12, first: 5 });
  expect(points).toBeGreaterThan(200);
  expect(runs).toBeGreaterThan(15);
  expect(failed).toEqual([]);
});
