/** The page of the specialists: it names all of the roster, and its links lead somewhere. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { ROSTER } from "../../src/runtime/roster.ts";

const DOCS = new URL("../../docs/", import.meta.url);

test("SPP-001: the page has every specialist of the roster, and no link of it is dead", async () => {
  const page = await readFile(new URL("specialists.md", DOCS), "utf8");
  const rows = [...page.matchAll(/^\| ([a-z]+) \| `/gm)].map(([, name]) => name);
  expect(rows.toSorted()).toEqual([...ROSTER.keys()].toSorted());
  const links = [...page.matchAll(/\]\(([^)#]+)(?:#([a-z-]+))?\)/g)];
  expect(links.length).toBeGreaterThan(8);
  for (const [, path = "", anchor] of links) {
    const file = new URL(path, DOCS);
    expect([path, existsSync(file)]).toEqual([path, true]);
    if (anchor === undefined) continue;
    expect(await readFile(file, "utf8")).toMatch(new RegExp(`^#+ ${anchor}$`, "m"));
  }
});
