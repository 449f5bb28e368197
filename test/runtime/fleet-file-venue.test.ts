/** The fleet file's word on a venue that takes positions: its crowd, and what the fleet does about it. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { price } from "../../src/core/money.ts";
import { CRISIS_DEFAULTS } from "../../src/protocol/crisis-policy.ts";
import { FleetFileError, parseFleetFile } from "../../src/runtime/fleet-file.ts";
import { paramsOf } from "../../src/venue/paper/params.ts";
import type { TapeMarket } from "../../src/venue/paper/tape.ts";

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

describe("what is believed of markets", () => {
  const shipped = ["demo", "crisis"] as const;
  test.each(shipped)(
    "FFV-005: the %s's file believes of each book what the paper platform has",
    (name) => {
      const path = new URL(`../../deploy/${name}.json`, import.meta.url).pathname;
      const { policy } = parseFleetFile(path, readFileSync(path, "utf8"));
      for (const { market, base, depth, halfSpread, permanentShare } of policy.markets) {
        const facts = { market, base, prices: [price(1n)], funding: [] } as unknown as TapeMarket;
        const real = paramsOf(facts);
        expect(depth, market).toBe(real.depthPerBp * 100n);
        expect(halfSpread, market).toBe(Math.ceil(Number(real.halfSpreadNano) / 1_000));
        expect(permanentShare ?? policy.crisis?.permanentShare, market).toBe(real.lastingShare);
      }
    },
  );

  test("FFV-006: a market says each of its own, and what makes no sense is told by its field", () => {
    const demo = JSON.parse(readFileSync(DEMO, "utf8"));
    const told = (own: Record<string, unknown>) => {
      const markets = [{ ...demo.markets[0], ...own }, ...demo.markets.slice(1)];
      return parseFleetFile("/f.json", JSON.stringify({ ...demo, markets })).policy.markets[0];
    };
    const own = { depth: 5_000_000n, halfSpread: 7, permanentShare: 400_000 };
    expect(told({ ...own, depth: "5" })).toMatchObject(own);
    for (const bad of [{ depth: "0" }, { halfSpread: 1_000_001 }, { permanentShare: -1 }])
      expect(() => told(bad)).toThrow(`markets.0.${Object.keys(bad)[0]}`);
  });
});

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
