/** The demo in a crisis, as a person runs it: zones and duties are seen, and the books add up. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { WhatIf } from "../../src/fleet/what-if.ts";
import type { DecisionTold, LiquidationTold } from "../../src/protocol/explanation.ts";
import { EXIT } from "../../src/surface/cli/exit.ts";
import type { Summary } from "../../src/surface/cli/summary.ts";
import { type Line, Run } from "./run.ts";

let home = "";
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "flotilla-crisis-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

async function done(...args: readonly string[]): Promise<readonly Line[]> {
  const run = new Run(home, args);
  expect([await run.ended, run.stderr]).toEqual([EXIT.ok, ""]);
  return run.lines;
}
const lastOf = async (...args: readonly string[]): Promise<unknown> => (await done(...args)).at(-1);

test("CLI-110: the market falls: zones and duties are seen, and the books add up", async () => {
  const run = new Run(home, ["up", "--demo", "--crisis"]);
  const seen = (...types: readonly string[]): Promise<Line> =>
    run.until((line) => line["kind"] === "event" && types.includes(String(line["type"])));
  // The market falls for some hours of its own time. Whether anybody is called depends on what its
  // agents came to hold before, and so on the machine; what the fleet does for itself does not.
  await seen("ZoneChanged");
  await seen("MaintenanceAlert", "CashRaised", "ShortfallCut", "PositionStopped");
  run.signal("SIGINT");
  expect([await run.ended, run.stderr]).toEqual([EXIT.ok, ""]);
  const { lines } = run;
  const summary = lines.at(-1) as unknown as Summary;
  expect(summary).toMatchObject({ kind: "summary", fleet: "demo-crisis", conserved: true });
  const { calls, cured, resolved, plans, duties, zones } = summary.run;
  expect(zones).toContain("yellow");
  expect(cured + resolved).toBeLessThanOrEqual(calls);
  expect(Object.keys(duties).length).toBeGreaterThan(0);
  const order = lines.find((line) => line["type"] === "OrderApproved" && line["forced"] === "");

  if (plans > 0) {
    const plan = (await lastOf("explain", "liquidation")) as LiquidationTold;
    expect(plan.kind).toBe("liquidation");
    expect(plan.plans.every(({ reproduced }) => reproduced)).toBe(true);
  }
  const told = (await lastOf("explain", String(order?.["order"]))) as DecisionTold;
  expect(told).toMatchObject({ kind: "decision", outcome: "approved", reproduced: true });
  expect(told.checks.length).toBeGreaterThan(10);
  const fall = (await lastOf("what-if", "--shock", "ALL=-20%")) as WhatIf;
  expect(fall.equity.after).toBeLessThan(fall.equity.before);
}, 150_000);
