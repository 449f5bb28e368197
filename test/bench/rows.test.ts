/** What a bench says of its limits: a ratio above what is promised is named, and fails whoever runs it. */
import { expect, test } from "vitest";
import { type BenchRow, missed, textOf } from "./rows.ts";

const row = (name: string, ratio: number, ratioMost?: number): BenchRow => ({
  ...{ name, value: 1, unit: "ms p99", ratio, ratioTo: "at peace" },
  ...(ratioMost === undefined ? {} : { ratioMost }),
});

const ROWS = [row("lies", 2, 2), row("hangs", 2.03, 2), row("beside", 9), row("none", NaN, 2)];

test("BRW-001: a ratio above its limit is missed, one at its limit and one without are not", () => {
  expect(missed(ROWS).map(({ name }) => name)).toEqual(["hangs", "none"]);
  expect(missed(ROWS.slice(0, 1))).toEqual([]);
});

test("BRW-002: the table says which is not met, and the line for machines names them", () => {
  const table = textOf("broken", ROWS, false).split("\n");
  expect(table.filter((line) => line.includes("NOT MET")).length).toBe(2);
  expect(table.find((line) => line.includes("hangs"))).toMatch(
    /2\.03 of at peace, at most 2: NOT MET$/,
  );
  expect(table.find((line) => line.includes("lies"))).toMatch(/2 of at peace, at most 2$/);
  expect(JSON.parse(textOf("broken", ROWS, true))).toMatchObject({
    ...{ bench: "broken", missed: ["hangs", "none"] },
  });
  expect(JSON.parse(textOf("broken", ROWS.slice(0, 1), true)).missed).toEqual([]);
});
