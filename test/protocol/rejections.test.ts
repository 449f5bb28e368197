/** docs/rejections.md says of every refusal what the code says, and of no other; UPDATE_DOCS=1 rewrites it. */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  isRejectionCode,
  REJECTIONS,
  refuse,
  rejectionMeaning,
  rejectionNumber,
  rejectionRemedy,
} from "../../src/protocol/rejections.ts";

const PAGE = new URL("../../docs/rejections.md", import.meta.url);

const CONCERNS: Readonly<Record<number, string>> = {
  1: "The request itself",
  2: "Agents and delegations",
  3: "Modes, zones and rates",
  4: "Reservations",
  5: "Orders and positions",
  6: "Bets, escrows and loans",
  7: "The wallet and the venue",
};

const HEAD = `# Refusals

A command is done or refused, never both and never in part. A refusal is an answer, not an error: it has
a number and a code that never change, says what was asked and what would have been allowed where there
are numbers to it, and is journaled like any other decision. The same id is given the same answer again.

This page is written from \`src/protocol/rejections.ts\` by \`UPDATE_DOCS=1 npx vitest run test/protocol\`,
and a test keeps the two in step.
`;

function page(): string {
  const sections = Object.entries(CONCERNS).map(([hundred, title]) => {
    const rows = REJECTIONS.filter(
      ({ number }) => Math.floor(number / 100) === Number(hundred),
    ).map(
      ({ number, code, meaning, remedy }) => `| ${number} | \`${code}\` | ${meaning} | ${remedy} |`,
    );
    return `## ${hundred}00: ${title}\n\n| Number | Code | Meaning | What to do |\n|---|---|---|---|\n${rows.join("\n")}\n`;
  });
  return [HEAD, ...sections].join("\n");
}

describe("docs/rejections.md", () => {
  test("RJD-001: it is what the list of refusals makes of it", () => {
    if (process.env["UPDATE_DOCS"] === "1") writeFileSync(PAGE, page());
    expect(readFileSync(PAGE, "utf8")).toBe(page());
  });

  test("RJD-002: every code is on the page once, and every code on the page is in the list", () => {
    const told = [...readFileSync(PAGE, "utf8").matchAll(/^\| (\d+) \| `([a-z_]+)` \|/gm)];
    const listed = REJECTIONS.map(({ number, code }) => `${number} ${code}`).sort();
    expect(told.map(([, number, code]) => `${number} ${code}`).sort()).toEqual(listed);
  });

  test("RJD-003: numbers are unique and ascend, and each lies in the hundred of its concern", () => {
    const numbers = REJECTIONS.map(({ number }) => number);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(numbers.filter((number) => CONCERNS[Math.floor(number / 100)] === undefined)).toEqual(
      [],
    );
  });

  test("RJD-004: what is said of a code are two sentences that end", () => {
    for (const { code, number, meaning, remedy } of REJECTIONS) {
      expect(meaning).toMatch(/^[A-Z].*\.$/);
      expect(remedy).toMatch(/^[A-Z].*\.$/);
      expect([rejectionNumber(code), rejectionMeaning(code), rejectionRemedy(code)]).toEqual([
        number,
        meaning,
        remedy,
      ]);
    }
  });

  test("RJD-005: a code is one of the list, and no key of an object's prototype", () => {
    expect(isRejectionCode("cap_exceeded")).toBe(true);
    for (const other of ["", "toString", "__proto__", "constructor"])
      expect(isRejectionCode(other)).toBe(false);
    expect(refuse("busy")).toEqual({ code: "busy" });
    expect(refuse("busy", "9")).toEqual({ code: "busy", detail: "9" });
  });
});
