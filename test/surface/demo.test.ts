/** The whole of it, as a person runs it: a fleet that starts, works, ends, is proven, and goes on. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { StatusView } from "../../src/protocol/views.ts";
import { EXIT } from "../../src/surface/cli/exit.ts";
import type { Summary } from "../../src/surface/cli/summary.ts";
import { type Line, Run } from "./run.ts";

const DEMO = fileURLToPath(new URL("../../deploy/demo.json", import.meta.url));

let home = "";
const runs: Run[] = [];
const start = (...args: readonly string[]): Run => {
  const run = new Run(home, args);
  runs.push(run);
  return run;
};
/** Runs to the end: its exit code and all it told. */
async function done(...args: readonly string[]): Promise<{ code: number | null; run: Run }> {
  const run = start(...args);
  return { code: await run.ended, run };
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "flotilla-cli-"));
});
afterAll(async () => {
  for (const run of runs) if (run.running) run.signal("SIGTERM");
  await Promise.all(runs.map((run) => run.ended));
  await rm(home, { recursive: true, force: true });
});

const isEvent = (type: string) => (line: Line) => line["kind"] === "event" && line["type"] === type;
const lastOf = (run: Run): Line => run.lines.at(-1) ?? {};

describe("a fleet from start to end, twice", () => {
  let first: Summary;

  test("CLI-050: all four specialists act, and the books add up to the unit", async () => {
    const { code, run } = await done("up", "--demo", "--for", "20s", "--speed", "120");
    expect(run.stderr).toBe("");
    expect(code).toBe(EXIT.ok);
    expect(run.lines[0]).toMatchObject({ kind: "step" });
    const kinds = new Set(run.lines.map((line) => line["kind"]));
    expect([...kinds].sort()).toEqual(["event", "header", "phase", "status", "step", "summary"]);
    first = lastOf(run) as unknown as Summary;
    expect(first).toMatchObject({ kind: "summary", fleet: "demo", conserved: true, rejections: 0 });
    for (const done of ["orders", "fills", "bets", "betsChecked", "escrows", "loans"] as const) {
      expect([done, first[done] > 0]).toEqual([done, true]);
    }
    // Who refers the escrow agent is registered, and nobody else earns a share of its fees.
    const refers = run.lines.filter(isEvent("ReferrerRegistered"));
    expect(refers).toMatchObject([{ agent: "escrow", referrer: "lending" }]);
    const earned = run.lines.filter(isEvent("ReferralEarned"));
    expect(earned.filter(({ agent }) => agent !== "lending")).toEqual([]);
    expect(first.run.betsVerified).toBeGreaterThan(0);
    expect(first.run.betsDisputed).toBe(0);
    expect(first.headHash).toMatch(/^[0-9a-f]{64}$/);
    expect(first.p99Ms).toBeGreaterThan(0);
  }, 60_000);

  test("CLI-051: at rest the journal is proven with the same head and as many turns", async () => {
    const { code, run } = await done("journal", "verify");
    expect(code).toBe(EXIT.ok);
    const { seq, headHash, turns, rejections } = first;
    expect(lastOf(run)).toMatchObject({ ok: true, seq, headHash, turns, rejections, faults: [] });
    expect(lastOf(run)).toMatchObject({ remembered: { seq, hash: headHash }, snapshotSeq: seq });
    const shown = await done("journal", "show", String(seq));
    expect(lastOf(shown.run)).toMatchObject({ seq, hash: headHash });
    expect((await done("journal", "show", String(seq + 1))).code).toBe(EXIT.usage);
  }, 60_000);

  test("CLI-052: a second start goes on where the first ended; commands reach it; it drains", async () => {
    const up = start("up", "--demo", "--speed", "120");
    const elected = await up.until(isEvent("LeaderElected"));
    expect(elected).toMatchObject({ seq: first.seq + 1, epoch: 2 });
    await up.until((line) => line["kind"] === "phase" && line["phase"] === "leading");
    const again = await done("up", "--demo");
    expect(again.code).toBe(EXIT.failed);
    expect(again.run.stderr).toContain("runs already");

    expect((await done("halt", "casino", "--reason", "drill")).code).toBe(EXIT.ok);
    expect(await up.until(isEvent("ModeSet"))).toMatchObject({ agent: "casino", reason: "drill" });
    const status = lastOf((await done("status")).run) as unknown as StatusView;
    expect(status).toMatchObject({ fleet: "demo", conserved: true, epoch: 2 });
    expect(status.agents.find(({ agent }) => agent === "casino")).toMatchObject({ mode: "halt" });
    const refused = await done("grant", "casino", "--cap", "5", "--services", "casino");
    expect(refused.code).toBe(EXIT.refused);
    expect(lastOf(refused.run)).toMatchObject({
      ok: false,
      number: 205,
      code: "delegation_exists",
    });

    const watch = start("watch", "--since", "start", "--type", "LeaderElected,ModeSet");
    await watch.until((line) => line["type"] === "ModeSet");
    expect(watch.lines.map((line) => line["type"])).toEqual([
      ...["LeaderElected", "LeaderElected", "ModeSet"],
    ]);
    watch.signal("SIGINT");
    expect(await watch.ended).toBe(EXIT.ok);

    up.signal("SIGINT");
    expect(await up.ended).toBe(EXIT.ok);
    const second = lastOf(up) as unknown as Summary;
    expect(second).toMatchObject({ kind: "summary", conserved: true });
    expect(second.turns).toBeGreaterThan(first.turns);
  }, 60_000);

  test("CLI-053: a fleet that does not run is said to be absent, with what to do", async () => {
    const { code, run } = await done("status");
    expect(code).toBe(EXIT.absent);
    expect(lastOf(run)).toMatchObject({ kind: "fault", exit: EXIT.absent });
    expect(run.stderr).toContain("flotilla up");
    expect((await done("status", "--fleet", "other")).code).toBe(EXIT.absent);
  });
});

describe("fleet files", () => {
  test("CLI-054: every fault is told with its place and what was probably meant", async () => {
    const file = JSON.parse(await readFile(DEMO, "utf8"));
    file.agents[0].config = { marketz: ["btc-perp"] };
    file.agents[1].kind = "casini";
    const path = join(home, "bad.json");
    await writeFile(path, JSON.stringify(file));
    const { code, run } = await done("config", "check", path);
    expect(code).toBe(EXIT.usage);
    expect(lastOf(run)).toMatchObject({
      ok: false,
      faults: [
        'agents.0.config: unknown "marketz" (did you mean "markets"?)',
        'agents.1.kind: no specialist "casini" (did you mean "casino"?)',
      ],
    });
    expect((await done("up", path)).code).toBe(EXIT.usage);
  });

  test("CLI-055: the file that comes along is good, its rules are told as decimal texts", async () => {
    const { code, run } = await done("config", "check", "--demo");
    expect(code).toBe(EXIT.ok);
    const told = lastOf(run) as { policy?: { markets?: readonly Line[] }; ok?: boolean };
    expect(told.ok).toBe(true);
    expect(told.policy?.markets?.[0]).toMatchObject({ market: "btc-perp", lot: "0.0001" });
  });

  test("CLI-056: a broker's configuration names every user and no private key", async () => {
    const { code, run } = await done("broker", "config", "--demo", "--port", "4333");
    expect(code).toBe(EXIT.ok);
    const { config = "", users } = lastOf(run) as { config?: string; users?: readonly Line[] };
    expect(config).toContain('listen: "127.0.0.1:4333"');
    expect(users?.map(({ user }) => user)).toEqual(expect.arrayContaining(["operator", "casino"]));
    expect(config).not.toMatch(/\bSU[A-Z0-9]{20,}/);
  });
});
