/** The drill: coordinator and broker killed again and again under traffic, nothing lost and nothing twice. */
import { describe, expect, test } from "vitest";
import { runDrill, type Victim } from "../drill/drill.ts";

/** A dozen in the suite; fifty by `npm run drill -- --kills 50`, which takes minutes. */
const KILLS = 12;

describe("kill -9 under traffic", () => {
  const CASES: readonly (readonly [string, Victim])[] = [
    ["ACC-001: kills of the coordinator", "coordinator"],
    ["ACC-002: kills of the broker", "broker"],
  ];
  test.each(CASES)(
    "%s lose no decision and do nothing twice",
    { timeout: 280_000 },
    async (_, who) => {
      const held = await runDrill({ who, kills: KILLS, seed: 4 });
      const { lost, changed, twice, breaches, differences, venue, ok, sameHead } = held;
      expect({ lost, changed, twice, breaches, differences }).toEqual({
        ...{ lost: [], changed: [], twice: [], breaches: [], differences: [] },
      });
      const { duplicates, strangers, missing, unbooked } = venue;
      expect({ duplicates, strangers, missing, unbooked }).toEqual({
        ...{ duplicates: [], strangers: [], missing: [], unbooked: [] },
      });
      expect(sameHead).toBe(true);
      expect(held.acknowledged).toBeGreaterThan(100);
      expect(held.askedAgain).toBe(held.acknowledged);
      expect(ok).toBe(true);
      console.log(
        `${who}: ${held.acknowledged} decisions, p50 ${held.p50Ms} ms, max ${held.maxMs} ms`,
      );
    },
  );
});
