/** The page of promises names, for each promise, tests that are there. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sourcesUnder } from "../tidy-source.ts";
import { codesIn, faultsOf, NOT_KEPT, rowsOf } from "./promises.ts";

const page = readFileSync(new URL("../../docs/promises.md", import.meta.url), "utf8");
const known = new Set(
  sourcesUnder("test")
    .filter(({ path }) => path.endsWith(".test.ts"))
    .flatMap(({ text }) => codesIn(text)),
);

test("DOC-030: every promise names at least one test, and every test that is named is there", () => {
  const rows = rowsOf(page);
  expect(faultsOf(rows, known)).toEqual([]);
  // A table that is not read would pass: each line that looks like a row of one is among them.
  const lines = page.split("\n").filter((line) => /^\| (?!Promise|-)/.test(line));
  expect(rows).toHaveLength(lines.length);
  const promises = rows.map(({ promise }) => promise);
  expect(new Set(promises).size).toBe(promises.length);
});

test("DOC-031: each of the five services has its promises, and what is not kept says why", () => {
  const sections = new Map<string, number>();
  for (const { section } of rowsOf(page)) sections.set(section, (sections.get(section) ?? 0) + 1);
  for (const service of ["Trading", "Casino", "Escrow", "Lending", "Domains"])
    expect(sections.get(service) ?? 0, service).toBeGreaterThan(5);
  expect(sections.has(NOT_KEPT)).toBe(true);
});

test("DOC-032: a row without a test, with a test that is nowhere, or without a reason is told", () => {
  const made = [
    ...["## Casino", "| Promise | Tests |", "| --- | --- |"],
    ...["| It plays | ABC-001, ABC-002 |", "| It rests | |", "| It pays  | ABC-001 |"],
    ...[`## ${NOT_KEPT}`, "| Promise | Why |", "| --- | --- |", "| It wins | no |"],
  ].join("\n");
  expect(faultsOf(rowsOf(made), new Set(["ABC-001"]))).toEqual([
    "It plays: no test is ABC-002",
    "It rests: names no test",
    "It wins: gives no reason",
  ]);
  expect(known.has("DOC-032") && known.has("LIQPRICE-001")).toBe(true);
  expect(known.has("ABC-001")).toBe(false);
});
