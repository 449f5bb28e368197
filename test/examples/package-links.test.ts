/** What a stranger gets who installs the package: its pages, and nothing that their links lead to is missing. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { ROSTER } from "../../src/runtime/roster.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Every file that `npm pack` would put into the package; the build is left out, no page links to it. */
async function packed(): Promise<readonly string[]> {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const options = { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)("npm", args, options);
  const [found] = JSON.parse(stdout) as { readonly files: readonly { readonly path: string }[] }[];
  return found?.files.map(({ path }) => path) ?? [];
}

/**
 * A link within the package: its path has a dot or a slash. Code in the pages, such as a call of what
 * stands in an array, has neither.
 */
const LINK = /\]\((?!\w+:)([^)#\s]*[./][^)#\s]*|(?=#))(?:#([^)\s]+))?\)/g;

/** As a heading is made into the part of an address after the number sign. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");

const anchorsOf = (page: string): readonly string[] =>
  [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading));

test("SPP-002: every relative link of a packed page leads to a packed file, and to a heading that it has", async () => {
  const files = await packed();
  const has = (path: string): boolean =>
    files.some((file) => file === path || file.startsWith(`${path}/`));
  const pages = files.filter((file) => file.endsWith(".md") && !file.startsWith("dist/"));
  const dead: string[] = [];
  let links = 0;
  for (const page of pages) {
    const text = await readFile(join(ROOT, page), "utf8");
    for (const [, path = "", anchor] of text.matchAll(LINK)) {
      links += 1;
      const target = path === "" ? page : normalize(join(dirname(page), path)).replace(/\/$/, "");
      if (!has(target)) dead.push(`${page}: ${path}`);
      else if (anchor !== undefined) {
        const there = anchorsOf(await readFile(join(ROOT, target), "utf8"));
        if (!there.includes(anchor)) dead.push(`${page}: ${path}#${anchor}`);
      }
    }
  }
  expect(dead).toEqual([]);
  expect(links).toBeGreaterThan(40);
  const about = [...ROSTER.keys()].map((kind) => `agents/${kind}/README.md`);
  for (const path of [...about, "examples/python/agent.py", "CONTRIBUTING.md"])
    expect([path, files.includes(path)]).toEqual([path, true]);
}, 60_000);
