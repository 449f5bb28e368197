/** The page of each specialist is in step with its config. */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { casinoConfig } from "../../agents/casino/config.ts";
import { domainsConfig } from "../../agents/domains/config.ts";
import { escrowConfig } from "../../agents/escrow/config.ts";
import { lendingConfig } from "../../agents/lending/config.ts";
import { tradingConfig } from "../../agents/trading/config.ts";
import { codesIn, rowsOf } from "../docs/promises.ts";
import { sourcesUnder } from "../tidy-source.ts";

const SCHEMAS = {
  casino: casinoConfig,
  domains: domainsConfig,
  escrow: escrowConfig,
  lending: lendingConfig,
  trading: tradingConfig,
};

/** The fields of a default that has some, and of what a default list holds. */
const fieldsIn = (value: unknown): readonly string[] => {
  if (Array.isArray(value)) return [...new Set(value.flatMap(fieldsIn))];
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
};

test("AGR-001: each page's table has exactly the config's fields, with their defaults and what is in them", async () => {
  for (const [name, schema] of Object.entries(SCHEMAS)) {
    const page = await readFile(new URL(`../../agents/${name}/README.md`, import.meta.url), "utf8");
    const rows = [...page.matchAll(/^\| `(\w+)`\s+\| (.+?)\s+\| .+ \|$/gm)];
    expect(rows.map((row) => row[1]).toSorted(), name).toEqual(
      Object.keys(schema.shape).toSorted(),
    );
    const defaults: Record<string, unknown> = schema.parse({});
    for (const [row, field = "", told = ""] of rows) {
      const value = defaults[field];
      for (const inner of fieldsIn(value))
        expect(row, `${field}.${inner}`).toContain(`\`${inner}\``);
      if (typeof value === "number") expect(`${field} ${told}`).toBe(`${field} ${value}`);
      if (typeof value === "string") expect(told.replaceAll("`", ""), field).toBe(value);
      if (value === undefined) expect(`${field} ${told}`).toBe(`${field} none`);
    }
  }
});

const known = sourcesUnder("test")
  .filter(({ path }) => path.endsWith(".test.ts"))
  .flatMap(({ text }) => codesIn(text));

/** Whether there are such tests: one code, the first and the last of some, a whole group, or the suite. */
function areThere(named: string): boolean {
  if (named === "conformance") return true;
  const [, group = "", from, , to = from] =
    /^([A-Z]{3,8})(?:-(\d{3})( to (\d{3}))?)?$/.exec(named) ?? [];
  if (from === undefined) return known.some((code) => code.startsWith(`${group}-`));
  return known.includes(`${group}-${from}`) && known.includes(`${group}-${to}`);
}

test("AGR-002: each page says what is promised, and names for it tests that there are", async () => {
  for (const name of Object.keys(SCHEMAS)) {
    const page = await readFile(new URL(`../../agents/${name}/README.md`, import.meta.url), "utf8");
    const rows = rowsOf(page).filter(({ section }) => section.startsWith("What is promised"));
    expect(rows.length, name).toBeGreaterThan(5);
    const gone = rows.flatMap(({ held }) => held.split(", ").filter((named) => !areThere(named)));
    expect(gone, name).toEqual([]);
  }
});
