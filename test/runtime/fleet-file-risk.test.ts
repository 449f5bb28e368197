/** The fleet file's rules of risk: what it may say, what it may leave out, and every fault by its name. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FleetFileError, parseFleetFile, readFleetFile } from "../../src/runtime/fleet-file.ts";
import { historyFile } from "../../src/venue/paper/load-tape.ts";

const DEMO = new URL("../../deploy/demo.json", import.meta.url).pathname;
const demo = (): { policy: Record<string, unknown>; risk?: Record<string, unknown> } =>
  JSON.parse(readFileSync(DEMO, "utf8"));
const faults = (change: (file: ReturnType<typeof demo>) => void): readonly string[] => {
  const file = demo();
  change(file);
  try {
    parseFleetFile("/fleets/f.json", JSON.stringify(file));
    return [];
  } catch (fault) {
    if (fault instanceof FleetFileError) return fault.faults;
    throw fault;
  }
};

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "fleet-file-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("risk in the fleet file", () => {
  test("FFR-005: a file that names no dry powder keeps 15 %, one that does what it says", () => {
    const keeps = (policy: object) =>
      parseFleetFile("/f.json", JSON.stringify({ ...demo(), policy })).policy.dryPowder;
    const { dryPowder: _, ...rest } = demo().policy;
    expect(keeps(rest)).toBe(150_000);
    expect(keeps({ ...rest, dryPowder: 0 })).toBe(0);
  });

  test("FFR-006: what margin costs while nothing is lent may be named, and is a part of the whole", () => {
    const named = (marginRate: number) =>
      parseFleetFile(
        "/f.json",
        JSON.stringify({ ...demo(), policy: { ...demo().policy, marginRate } }),
      ).policy.marginRate;
    expect(named(80_000)).toBe(80_000);
    expect("marginRate" in parseFleetFile(DEMO, readFileSync(DEMO, "utf8")).policy).toBe(false);
    const over = faults((file) => {
      file.policy["marginRate"] = 1_000_001;
    });
    expect(over).toEqual([expect.stringContaining("policy.marginRate")]);
  });

  test("FFR-009: the least part in stablecoins may be named, above nothing and at most the whole", () => {
    const asked = (share: number) => {
      const file = { ...demo(), policy: { ...demo().policy, stableShareMin: share } };
      return parseFleetFile("/f.json", JSON.stringify(file)).policy.stableShareMin;
    };
    expect([asked(500_000), asked(1_000_000)]).toEqual([500_000, 1_000_000]);
    const bare = parseFleetFile(DEMO, readFileSync(DEMO, "utf8")).policy;
    expect("stableShareMin" in bare).toBe(false);
    for (const [share, says] of [
      [0, "policy.stableShareMin: must be above 0, or absent"],
      [1_000_001, "policy.stableShareMin"],
    ] as const) {
      const told = faults((file) => {
        file.policy["stableShareMin"] = share;
      });
      expect(told).toEqual([expect.stringContaining(says)]);
    }
  });

  test("FFR-007: sources of prices are named once each, and none is the venue; the rest has a default", () => {
    const named = { sources: ["index-a"], divergence: 20_000, maxAgeMs: 4_000 };
    const policyOf = (prices: object) =>
      parseFleetFile("/f.json", JSON.stringify({ ...demo(), policy: { ...demo().policy, prices } }))
        .policy;
    expect(policyOf(named).prices).toEqual({ ...named, quarantineAfter: 3, alone: "hold" });
    expect("prices" in parseFleetFile(DEMO, readFileSync(DEMO, "utf8")).policy).toBe(false);
    const wrong = (prices: object): readonly string[] =>
      faults((file) => {
        file.policy["prices"] = { ...named, ...prices };
      });
    expect(wrong({ sources: ["a", "a", "venue"] })).toEqual([
      "policy.prices.sources: a source stands twice",
      expect.stringContaining("policy.prices.sources: venue is the venue itself"),
    ]);
    expect(wrong({ divergence: 0 })).toEqual(["policy.prices.divergence: must be above 0"]);
    expect(wrong({ maxAgeMs: 5_001 })).toEqual([
      "policy.prices.maxAgeMs: must be at most markAgeMaxMs, 5000, was 5001",
    ]);
    for (const bad of [{ sources: [] }, { sources: ["a.b"] }, { alone: "maybe" }, { age: 1 }])
      expect(wrong(bad)).toHaveLength(1);
  });

  test("FFR-001: the demo sets a limit and measures at 99 % over a thousand days that come with it", () => {
    const file = parseFleetFile(DEMO, readFileSync(DEMO, "utf8"));
    expect(file.policy.varLimit).toBe(250_000);
    expect(file.risk).toEqual({
      ...{ level: 990_000, window: 1_000, driftHorizon: 30 },
      history: historyFile(),
    });
  });

  test("FFR-002: it may be left out: then there is no limit, and it is measured as in the demo", () => {
    const file = demo();
    delete file.risk;
    delete file.policy["varLimit"];
    const read = parseFleetFile("f.json", JSON.stringify(file));
    expect("varLimit" in read.policy).toBe(false);
    expect(read.risk).toMatchObject({ level: 990_000, window: 1_000, driftHorizon: 30 });
  });

  test("FFR-003: faults are told by their field", () => {
    const risk = (field: string, value: unknown) =>
      faults((file) => {
        file.risk = { [field]: value };
      }).join();
    expect(risk("level", 1_000_000)).toContain("risk.level: must be from 500000");
    expect(risk("level", 499_999)).toContain("risk.level");
    expect(risk("window", 99)).toContain("risk.window");
    expect(risk("driftHorizon", 31)).toContain("risk.driftHorizon");
    expect(risk("windoww", 500)).toContain('did you mean "window"');
    expect(
      faults((file) => {
        file.policy["varLimit"] = 0;
      }).join(),
    ).toContain("policy.varLimit: must be above 0");
    expect(faults(() => undefined)).toEqual([]);
  });

  test("FFR-004: a history is found from the file's own folder, and one that cannot be read is a fault", async () => {
    const place = join(folder, "f.json");
    await writeFile(place, JSON.stringify({ ...demo(), risk: { history: "days.csv" } }));
    await expect(readFleetFile(place)).rejects.toThrow(/risk\.history: .*days\.csv/);
    await writeFile(join(folder, "days.csv"), "date,BTC\n2024-01-01,1\n2024-01-03,2\n");
    await expect(readFleetFile(place)).rejects.toThrow(/risk\.history: days\.csv:3/);
    await writeFile(join(folder, "days.csv"), "date,BTC\n2024-01-01,1\n2024-01-02,2\n");
    expect((await readFleetFile(place)).risk.history).toBe(join(folder, "days.csv"));
  });
});
