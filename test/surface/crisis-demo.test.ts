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

test("CLI-110: the market falls: in every run there is a call, cash, a plan, and an end of it", async () => {
  const run = new Run(home, ["up", "--demo", "--crisis"]);
  const seen = (type: string, more: (line: Line) => boolean = () => true): Promise<Line> =>
    run.until((line) => line["kind"] === "event" && line["type"] === type && more(line));
  // Market time waits for the agents' positions, so the fall meets them however busy the machine is.
  const called = await seen("MarginCalled");
  const plan = await seen("LiquidationPlanned", ({ call }) => call === called["call"]);
  const cash = await seen("CashRaised");
  await seen("MarginResolved", ({ call }) => call === called["call"]);
  run.signal("SIGINT");
  expect([await run.ended, run.stderr]).toEqual([EXIT.ok, ""]);
  const { lines } = run;
  const summary = lines.at(-1) as unknown as Summary;
  expect(summary).toMatchObject({ kind: "summary", fleet: "demo-crisis", conserved: true });
  // One agent holds in isolation: its call is its own, and nobody but the coordinator meets it.
  expect(called).toMatchObject({ agent: "believer", cause: "maintenance" });
  const simple = plan["alternatives"] as readonly {
    readonly rule: string;
    readonly cost: string;
  }[];
  expect(simple.length).toBeGreaterThan(4);
  for (const { rule, cost } of simple) {
    expect(Number(cost), rule).toBeGreaterThanOrEqual(Number(plan["cost"]));
  }
  expect(Number(cash["covered"])).toBeGreaterThan(0);
  const { calls, resolved, plans, duties, zones } = summary.run;
  expect(zones.some((zone) => zone === "orange" || zone === "red")).toBe(true);
  expect([calls > 0, resolved > 0, plans > 1]).toEqual([true, true, true]);
  expect(duties).toMatchObject({ CashRaised: expect.any(Number) });
  const order = lines.find((line) => line["type"] === "OrderApproved" && line["forced"] === "");

  const why = (await lastOf("explain", String(called["call"]))) as LiquidationTold;
  expect(why.kind).toBe("liquidation");
  expect(why.plans.every(({ reproduced }) => reproduced)).toBe(true);
  const told = (await lastOf("explain", String(order?.["order"]))) as DecisionTold;
  expect(told).toMatchObject({ kind: "decision", outcome: "approved", reproduced: true });
  expect(told.checks.length).toBeGreaterThan(10);
  const fall = (await lastOf("what-if", "--shock", "ALL=-20%")) as WhatIf;
  expect(fall.equity.after).toBeLessThan(fall.equity.before);
}, 150_000);
