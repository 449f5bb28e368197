/** A platform that was killed goes on where it was; what is damaged is refused. */
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as property } from "@fast-check/vitest";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { Approved } from "../../src/protocol/effects.ts";
import type { VenueReport } from "../../src/protocol/reports.ts";
import { type KeepOptions, KeptError, openKeeper } from "../../src/venue/paper/keeper.ts";
import { fromPlainText, toPlainText } from "../../src/venue/paper/plain.ts";
import { PaperPlatform } from "../../src/venue/paper/platform.ts";
import { approved, buy, depositOf, flatTape, HandClock, stop, withdrawOf } from "./helpers.ts";

const made: string[] = [];
const folder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), "paper-"));
  made.push(dir);
  return dir;
};
afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
});

const engine = { seed: "kept", tape: flatTape() };

function open(dir: string, keep: KeepOptions = {}) {
  const clock = new HandClock();
  const kept = openKeeper(dir, engine, keep);
  const platform = new PaperPlatform({ ...engine, clock, speed: 60, kept });
  return { clock, platform };
}

async function allReports(platform: PaperPlatform): Promise<readonly VenueReport[]> {
  const { reports } = platform.status();
  const all: VenueReport[] = [];
  for await (const batch of platform.reports(0, new AbortController().signal)) {
    all.push(...batch);
    if (all.length >= reports) break;
  }
  return all;
}

/** A day's work: deposit, orders, stops, a bet, an escrow, a loan, a withdrawal that is refused. */
const WORK: readonly Approved[] = [
  approved(depositOf("5000"), "1.0.0"),
  approved(buy("0.02", "60600"), "1.0.1"),
  approved(stop(1, "0.02", "58000"), "1.0.2"),
  approved(buy("0.01", "59000", "gtc"), "1.0.3"),
  approved(withdrawOf("999999"), "1.0.4"),
  approved({ type: "RotateSeed" }, "1.0.5"),
  approved({ type: "CancelOrder", order: "1.0.3" as Approved["name"] }, "1.0.6"),
];

function work(dir: string, keep: KeepOptions = {}, rows = WORK) {
  const { clock, platform } = open(dir, keep);
  const answers = rows.map((row) => {
    clock.move(500);
    return platform.submit(row);
  });
  return { clock, platform, answers };
}

describe("a kept platform", () => {
  test("KEP-001: after a kill without a close it has the same books, reports and answers", async () => {
    const dir = folder();
    const { platform, answers } = work(dir);
    const before = { snapshot: platform.snapshot(), statement: platform.statement() };
    const reports = await allReports(platform);
    const again = open(dir).platform;
    expect(again.snapshot()).toEqual(before.snapshot);
    expect(again.statement()).toEqual(before.statement);
    expect(await allReports(again)).toEqual(reports);
    expect(WORK.map((row) => again.submit(row))).toEqual(answers);
  });

  test("KEP-002: a kept state is only a cache: with it, without it and with it spoilt all is the same", async () => {
    const dir = folder();
    const { platform } = work(dir, { stateAfter: 2 });
    const wanted = { snapshot: platform.snapshot(), reports: await allReports(platform) };
    const same = async () => {
      const { platform: again } = open(dir, { stateAfter: 1_000 });
      expect(again.snapshot()).toEqual(wanted.snapshot);
      expect(await allReports(again)).toEqual(wanted.reports);
    };
    expect(readFileSync(join(dir, "state"), "utf8").length).toBeGreaterThan(100);
    await same();
    writeFileSync(join(dir, "state"), "0000 spoilt");
    await same();
    rmSync(join(dir, "state"));
    await same();
  });

  test("KEP-003: a torn last line is dropped; what was answered before it is there", () => {
    const dir = folder();
    work(dir);
    const path = join(dir, "inputs.log");
    const whole = readFileSync(path);
    appendFileSync(path, whole.subarray(0, 40));
    const { platform } = open(dir);
    expect(platform.lookup("1.0.6" as Approved["name"])).toEqual({ outcome: "accepted" });
    platform.submit(approved(depositOf("1"), "2.0.0"));
    expect(open(dir).platform.lookup("2.0.0" as Approved["name"])).toEqual({ outcome: "accepted" });
  });

  test("KEP-004: a flipped bit anywhere before the end is refused, by file and line", () => {
    const dir = folder();
    work(dir);
    const path = join(dir, "inputs.log");
    const bytes = readFileSync(path);
    const third = bytes.indexOf(10, bytes.indexOf(10) + 1) + 30;
    bytes[third] = (bytes[third] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    expect(() => open(dir)).toThrow(KeptError);
    expect(() => open(dir)).toThrow(/inputs\.log:3 is damaged/);
  });

  test("KEP-005: a missing line is refused", () => {
    const dir = folder();
    work(dir);
    const path = join(dir, "inputs.log");
    const lines = readFileSync(path, "utf8").split("\n");
    lines.splice(2, 1);
    writeFileSync(path, lines.join("\n"));
    expect(() => open(dir)).toThrow(/says it is input/);
  });

  test("KEP-006: a log that ends before its kept state is refused", async () => {
    const dir = folder();
    await work(dir).platform.close();
    const path = join(dir, "inputs.log");
    const lines = readFileSync(path, "utf8").split("\n");
    writeFileSync(path, `${lines.slice(0, 3).join("\n")}\n`);
    expect(() => open(dir)).toThrow(/inputs are missing/);
  });

  test("KEP-007: another seed or another tape is refused and says which", () => {
    const dir = folder();
    work(dir);
    expect(() => openKeeper(dir, { ...engine, seed: "other" })).toThrow(/seed kept, not other/);
    expect(() => openKeeper(dir, { ...engine, tape: flatTape("61000") })).toThrow(/tape/);
  });

  test("KEP-008: market time goes on from where it was, and never back behind a report", () => {
    const dir = folder();
    const { clock, platform } = work(dir);
    clock.move(60_000);
    const { at } = platform.status();
    const later = open(dir);
    expect(later.platform.status().at).toBeGreaterThanOrEqual(at - 60_000);
    later.clock.move(1_000);
    expect(later.platform.status().at).toBeGreaterThan(at - 60_000);
  });

  test("KEP-009: two processes on one folder: the one that finds foreign lines stops", () => {
    const dir = folder();
    const one = open(dir);
    const two = open(dir);
    two.platform.submit(approved(depositOf("1"), "3.0.0"));
    expect(() => one.platform.submit(approved(depositOf("1"), "3.0.1"))).toThrow(/another process/);
  });

  test("KEP-010: an orderly close keeps the state of that moment", async () => {
    const dir = folder();
    const { clock, platform } = work(dir);
    clock.move(10_000);
    const snapshot = platform.snapshot();
    await platform.close();
    expect(open(dir).platform.snapshot()).toEqual(snapshot);
  });

  test("KEP-012: what a fault had refused stays refused after a kill", () => {
    const dir = folder();
    const { platform } = open(dir);
    const refused = platform.submit(approved(depositOf("1"), "4.0.0"), "a fault");
    expect(open(dir).platform.lookup("4.0.0" as Approved["name"])).toEqual(refused);
    expect(refused).toEqual({ outcome: "rejected", reason: "a fault" });
  });

  property.prop([fc.double({ min: 0, max: 1, noNaN: true })], { numRuns: 25 })(
    "KEP-011: always, cut at any byte, the log gives back a past of this platform, to the last whole line",
    (share) => {
      const dir = folder();
      const { platform } = work(dir);
      const answered = WORK.map((row) => platform.lookup(row.name));
      const path = join(dir, "inputs.log");
      const bytes = readFileSync(path);
      const cut = Math.floor(bytes.length * share);
      truncateSync(path, cut);
      const whole = bytes.subarray(0, cut).toString("utf8").split("\n").length - 1;
      const { platform: again } = open(dir);
      const known = WORK.map((row) => again.lookup(row.name)).filter((a) => a !== undefined);
      expect(known).toEqual(answered.slice(0, known.length));
      expect(known.length).toBeLessThanOrEqual(Math.max(0, whole - 1));
    },
  );
});

describe("plain values as text", () => {
  property.prop([
    fc.anything({ withBigInt: true, withMap: true, maxDepth: 4 }).filter((v) => {
      try {
        structuredClone(v);
        return true;
      } catch {
        return false;
      }
    }),
  ])("KEP-020: always a value comes back as it was", (value) => {
    expect(fromPlainText(toPlainText(value))).toEqual(value);
  });

  test("KEP-021: keys that look like ours, odd numbers and __proto__ come back as they were", () => {
    for (const value of [
      { $big: "1" },
      { $map: [[1, 2]] },
      { $object: { $big: "2" } },
      [Number.NaN, -0, Number.POSITIVE_INFINITY, undefined],
      JSON.parse('{"__proto__":{"a":1}}'),
    ]) {
      expect(fromPlainText(toPlainText(value))).toStrictEqual(value);
    }
  });
});
