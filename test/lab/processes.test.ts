/** The simulator in processes of its own: planted bugs are found, and one seed is one journal everywhere. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PLANTED } from "../../src/lab/planted.ts";
import { type Found, PlantedCopy } from "../../src/lab/planted-run.ts";
import { transpiler } from "../../src/lab/transpile.ts";
import { run } from "./given.ts";

const LONG = 120_000;
const FAST = PLANTED.filter(({ fast }) => fast === true);
const HUNTERS = 2;

describe("in processes of their own", () => {
  const dir = mkdtempSync(join(tmpdir(), "flotilla-lab-"));
  let copies: readonly PlantedCopy[] = [];
  beforeAll(async () => {
    const transpile = await transpiler();
    const own = (i: number): string => join(dir, String(i));
    copies = Array.from(
      { length: HUNTERS },
      (_, i) => new PlantedCopy(process.cwd(), own(i), transpile),
    );
  }, LONG);
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  test("SIM-018: the same seed makes the same journal in two other processes, restarts included", {
    timeout: LONG,
  }, async () => {
    const faults = ["crash", "drop", "venue-lost"] as const;
    const asked = ["--seed", "42", "--minutes", "5", "--mode", "safety", "--json", "--no-shrink"];
    const other = async (i: number): Promise<unknown> => {
      const script = join(dir, String(i), "src/lab/sim-main.js");
      const args = [script, ...asked, "--faults", faults.join(",")];
      const { stdout } = await promisify(execFile)(process.execPath, args).catch(
        (fault: { stdout: string }) => fault,
      );
      return (JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { head: string }).head;
    };
    const here = run(42, { faults, minutes: 5, mode: "safety" });
    const heads = await Promise.all([other(0), other(1)]);
    expect(heads).toEqual([(await here).hash, (await here).hash]);
  });

  test("SIM-041: planted bugs of every kind are found within their seeds", {
    timeout: LONG,
  }, async () => {
    const left = [...FAST];
    const found: Found[] = [];
    await Promise.all(
      copies.map(async (copy) => {
        for (let next = left.shift(); next !== undefined; next = left.shift())
          found.push(await copy.find(next));
      }),
    );
    expect(found.length).toBeGreaterThanOrEqual(8);
    expect(found.filter((one) => !one.found)).toEqual([]);
    expect(new Set(found.map(({ invariant }) => invariant)).size).toBeGreaterThanOrEqual(5);
  });
});
