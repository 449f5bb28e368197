/** The fleet file's word on a venue that takes positions: its crowd, and what the fleet does about it. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CRISIS_DEFAULTS } from "../../src/protocol/crisis-policy.ts";
import { FleetFileError, parseFleetFile } from "../../src/runtime/fleet-file.ts";

const DEMO = new URL("../../deploy/demo.json", import.meta.url).pathname;

/** The demo with another venue and other rules of a crisis. */
const file = (paper: Record<string, unknown>, crisis: Record<string, unknown> | undefined) => {
  const demo = JSON.parse(readFileSync(DEMO, "utf8"));
  const changed = {
    ...demo,
    paper: { ...demo.paper, ...paper },
    policy: { ...demo.policy, ...(crisis === undefined ? {} : { crisis }) },
  };
  return parseFleetFile("/fleets/f.json", JSON.stringify(changed));
};
const faults = (crisis: Record<string, unknown>): readonly string[] => {
  try {
    file({}, crisis);
    return [];
  } catch (fault) {
    if (fault instanceof FleetFileError) return fault.faults;
    throw fault;
  }
};

describe("the venue in the fleet file", () => {
  test("FFV-001: a crowd is asked for by its name, and by nothing else", () => {
    expect(file({ crowd: true }, undefined).paper.crowd).toBe(true);
    expect(file({}, undefined).paper.crowd).toBeUndefined();
    expect(() => file({ crowd: "yes" }, undefined)).toThrow(FleetFileError);
  });

  test("FFV-002: an empty crisis watches the queue and the hedges; what is named replaces it", () => {
    expect(file({}, {}).policy.crisis?.adl).toEqual(CRISIS_DEFAULTS.adl);
    const groups = [{ name: "majors", markets: ["btc-perp", "eth-perp"] }];
    const adl = { hedge: "freeze", hedgeGroups: groups };
    expect(file({}, { adl }).policy.crisis?.adl).toEqual(adl);
  });

  test("FFV-003: what makes no sense is told by its field", () => {
    for (const adl of [{ reduceAtRank: 0 }, { reduceAtRank: 6 }, { hedge: "pray" }, { rank: 5 }]) {
      expect(faults({ adl }).join()).toContain("crisis.adl");
    }
    expect(faults({ adl: { reduceBy: 0 } })).toEqual([
      "policy.crisis.adl.reduceBy: must be above 0 and at most 1000000",
    ]);
    expect(faults({ adl: { hedgeBound: 1_000_000 } })).toEqual([
      "policy.crisis.adl.hedgeBound: must be below 1000000",
    ]);
  });

  test("FFV-004: time to reduce is compared with the time that an order takes, the default's too", () => {
    expect(faults({ reduceWithinMs: 3_000 })).toEqual([
      expect.stringContaining("policy.crisis.reduceWithinMs: must be above policy.answerWithinMs"),
    ]);
    expect(faults({ reduceWithinMs: 3_001 })).toEqual([]);
  });
});
