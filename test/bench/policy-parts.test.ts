/** The page of the policy bench tells of October what the planner's parts come to in the bench. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { demoFile, october, pricesFrom } from "../../src/lab/policies/bench.ts";
import { windowsIn } from "../../src/lab/policies/windows.ts";
import { partRows } from "./policy-parts.ts";

const PAGE = readFileSync(new URL("../../docs/policies.md", import.meta.url), "utf8");

/** The rows of the page's table, by cell. */
function toldRows(): readonly (readonly string[])[] {
  const lines = PAGE.slice(PAGE.indexOf("**Which part does what**")).split("\n");
  const start = lines.findIndex((line) => line.startsWith("|"));
  const end = lines.findIndex((line, i) => i > start && !line.startsWith("|"));
  return lines.slice(start + 2, end).map((line) =>
    line
      .replaceAll("`", "")
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

test("PPT-001: plan alone, with fewer orders, with orders that wait: October's cost and orders are the page's", () => {
  const windows = windowsIn(pricesFrom(undefined).quotes);
  const crisis = october(windows);
  if (crisis === undefined) throw new Error("the project's own prices tell October");
  const bench = { madeUp: [], real: [], october: { crisis, outcomes: [] }, windows, without: [] };
  const [, ...rows] = partRows(bench, demoFile());
  const told = toldRows().map((row) => [row[0], ...row.slice(-2)]);
  expect(told).toEqual(rows.map((row) => [row[0], ...row.slice(-2)]));
  expect(told.length).toBe(3);
});
