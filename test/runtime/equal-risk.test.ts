/** Caps of equal risk: from books that are held and days that are given, by a worked example. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pc from "picocolors";
import { describe, expect, test } from "vitest";
import type { AgentId } from "../../src/core/ids.ts";
import { OpenBatch } from "../../src/runtime/batches.ts";
import { equalRisk } from "../../src/runtime/equal-risk.ts";
import type { Scenarios } from "../../src/runtime/risk-desk-scenarios.ts";
import { allocateLines, runAllocate } from "../../src/surface/cli/allocate.ts";
import type { Io } from "../../src/surface/cli/io.ts";
import { saveJournal } from "../../src/surface/cli/journal-file.ts";
import { MemoryStore, memoryJournal } from "../../src/wire/journal-memory.ts";
import { ALICE, BOB, DEMO } from "../fleet/cast.ts";
import { given, reported, type Step } from "../fleet/spec.ts";
import { done, fill, fleetOf, order } from "../fleet/steps.ts";

/** Four days on which BTC and ETH move by 1 % and 2 %, and not together. */
const DAYS: Scenarios = {
  ...{ count: 4, assets: ["BTC", "ETH"], from: "2024-01-01", to: "2024-01-04" },
  returns: [Float64Array.of(0.01, -0.01, 0.01, -0.01), Float64Array.of(0.02, 0.02, -0.02, -0.02)],
  volatilities: Float64Array.of(0.01, 0.02),
};

const buys = (agent: AgentId, market: "btc-perp" | "eth-perp", qty: string): readonly Step[] => [
  order(agent, "o1", { market, qty }),
  reported(
    fill(agent, "o1", qty, market === "btc-perp" ? "10000" : "1000"),
    done(agent, "o1", qty),
  ),
];
/** Alice has 1,000 in BTC, Bob 1,000 in ETH, each on a cap of 2,000. */
const both = (): readonly Step[] => [
  ...fleetOf(ALICE, BOB),
  ...buys(ALICE, "btc-perp", "0.1"),
  ...buys(BOB, "eth-perp", "1"),
];
const QUIET: Io = {
  ...{ json: true, paint: pc.createColors(false), tty: false, env: {} },
  ...{
    say: () => undefined,
    tell: () => undefined,
    note: () => undefined,
    onGone: () => undefined,
  },
};

describe("caps of equal risk", () => {
  test("EQR-001: of two books that do not move together they go by one over what each moves by", () => {
    const told = equalRisk(given(...both()).state, DAYS);
    if (!told.ok) throw new Error(told.reason);
    const { lines, days, now, equal } = told.value;
    // For a dollar of cap Alice's book moves by 0.5 %, Bob's by 1 %: a fifth and four fifths of the variance.
    expect(lines.map(({ agent, part }) => [agent, Number(part.toFixed(12))])).toEqual([
      ["alice", 0.2],
      ["bob", 0.8],
    ]);
    expect(lines.map(({ cap, equalCap }) => [cap, equalCap])).toEqual([
      ["2000", "2666.666666"],
      ["2000", "1333.333333"],
    ]);
    // 2,000 x sqrt(0.5² + 1²) %, and 2,666.67 x 0.5 % of either, by the root of two; n - 1 of four days.
    expect(now).toBeCloseTo(2_000 * Math.sqrt(0.0125 * 0.01 * (4 / 3)), 9);
    expect(equal).toBeCloseTo((4_000 / 3) * 0.01 * Math.SQRT2 * Math.sqrt(4 / 3), 6);
    expect(days).toBe(4);
  });

  test("EQR-002: the page says what to do, cuts before raises, and that nothing was done", () => {
    const told = equalRisk(given(...both()).state, DAYS);
    if (!told.ok) throw new Error(told.reason);
    expect(allocateLines(told.value, QUIET.paint).join("\n")).toMatchInlineSnapshot(`
      "agent       cap  reserved  of the risk  cap for 50.0 %
      alice  2,000.00    200.00       20.0 %        2,666.67
      bob    2,000.00    200.00       80.0 %        1,333.33
      A day's result scatters by 25.82 USDC, with equal parts by 21.77 (4 days replayed). Nothing was changed; to do it, cuts first:
        flotilla cut bob 1333.333333
        flotilla raise alice 2666.666666"
    `);
  });

  test("EQR-003: one book has no parts, and of one and the same bet there are none either", () => {
    const one = given(...fleetOf(ALICE, BOB), ...buys(ALICE, "btc-perp", "0.1"));
    expect(equalRisk(one.state, DAYS)).toMatchObject({ ok: false, code: "too-few-samples" });
    const same = given(
      ...[...fleetOf(ALICE, BOB), ...buys(ALICE, "btc-perp", "0.1")],
      ...buys(BOB, "btc-perp", "0.05"),
    );
    expect(equalRisk(same.state, DAYS)).toMatchObject({ ok: false, code: "singular" });
  });

  test("EQR-004: of a journal in a file it is told as of its last message, with the days that are asked for", async () => {
    const folder = await mkdtemp(join(tmpdir(), "flotilla-allocate-"));
    const path = join(folder, "journal.jsonl");
    const { journal: turns, state } = given(...both());
    const journal = memoryJournal(new MemoryStore());
    let { hash } = await journal.head();
    for (const { turn } of turns) {
      const batch = new OpenBatch();
      batch.add(turn);
      hash = (await journal.append(await journal.head(), batch.close(DEMO, 1, hash))).hash;
    }
    await saveJournal(path, DEMO, journal);
    const told: object[] = [];
    const io = { ...QUIET, tell: (value: object) => void told.push(value) };
    expect(await runAllocate(io, { journal: path, days: "250" })).toBe(0);
    expect(told).toEqual([expect.objectContaining({ fleet: "demo", seq: state.seq, days: 250 })]);
    await expect(runAllocate(io, { journal: path, days: "1" })).rejects.toThrow(/--days/);
    await rm(folder, { recursive: true });
  });
});
