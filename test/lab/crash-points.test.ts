/** The coordinator killed at each of its awaits, in one minute of a fleet's life. */
import { expect, test } from "vitest";
import { crashEverywhere } from "../../src/lab/crash-points.ts";

/** All awaits, in so many parts: each has time enough on a slow machine. */
const PARTS = 4;

test.each([1, 2, 3, 4])(
  "SIM-030: killed at any one of its awaits, the fleet mends itself (part %i)",
  {
    timeout: 200_000,
  },
  async (first) => {
    const { points, runs, failed } = await crashEverywhere({ seed: 3, stride: PARTS, first });
    expect(points).toBeGreaterThan(200);
    // One more is the run without a crash, which counts the awaits.
    expect(runs).toBe(Math.ceil((points - first + 1) / PARTS) + 1);
    expect(failed).toEqual([]);
  },
);
