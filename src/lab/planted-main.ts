/** `npm run planted`: plants every bug of the list in turn, and says which were found and by what. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { PLANTED } from "./planted.ts";
import type { Planted } from "./planted-kind.ts";
import { type Found, PlantedCopy } from "./planted-run.ts";
import { OptionError, readOptions } from "./tool.ts";
import { transpiler } from "./transpile.ts";

const USAGE = `usage: npm run planted -- [options]
  --only TEXT   bugs whose name holds this text
  --fast        the bugs that the suite looks for
  --jobs N      so many at a time (default 1)
  --list        say which there are
  --json        one line of JSON for each, and one for all at the end
`;

const { values: args } = readOptions("planted", USAGE, () =>
  parseArgs({
    options: {
      only: { type: "string", default: "" },
      fast: { type: "boolean", default: false },
      jobs: { type: "string", default: "1" },
      list: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  }),
);

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function told(found: Found, planted: Planted, done: number, all: number): string {
  if (args.json) return JSON.stringify(found);
  const how = found.found
    ? `found by ${found.invariant} at seed ${found.seed} of ${planted.seeds}: ` +
      found.detail.slice(0, 100)
    : `NOT FOUND within ${planted.seeds} seeds`;
  return `[${done}/${all}, ${found.seconds} s] ${planted.name}\n  ${how}`;
}

function jobsOf(): number {
  const jobs = Number(args.jobs);
  if (!Number.isSafeInteger(jobs) || jobs < 1)
    throw new OptionError(`--jobs is a whole number above zero, was "${args.jobs}"`);
  return jobs;
}

/** Hunts one bug after another in a copy of its own until none is left. */
async function hunter(left: Planted[], copy: PlantedCopy, onFound: (one: Found) => void) {
  for (let next = left.shift(); next !== undefined; next = left.shift()) {
    if (!args.json) process.stderr.write(`looking for: ${next.name}\n`);
    onFound(await copy.find(next));
  }
}

async function main(): Promise<void> {
  const chosen = PLANTED.filter(
    ({ name, fast }) => name.includes(args.only) && (!args.fast || fast === true),
  );
  if (args.help) return say(USAGE.trimEnd());
  if (args.list) return chosen.forEach(({ name, seeds }) => void say(`${name} (${seeds} seeds)`));
  const jobs = readOptions("planted", USAGE, jobsOf);
  const dir = mkdtempSync(join(tmpdir(), "flotilla-planted-"));
  const found: Found[] = [];
  try {
    const transpile = await transpiler();
    const left = [...chosen];
    const copies = Array.from(
      { length: Math.min(jobs, chosen.length) },
      (_, i) => new PlantedCopy(process.cwd(), join(dir, String(i)), transpile),
    );
    const onFound = (one: Found): void => {
      found.push(one);
      const planted = chosen.find(({ name }) => name === one.name);
      if (planted !== undefined) say(told(one, planted, found.length, chosen.length));
    };
    await Promise.all(copies.map((copy) => hunter(left, copy, onFound)));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  const missed = found.filter((one) => !one.found).map(({ name }) => name);
  const hit = found.length - missed.length;
  say(
    args.json
      ? JSON.stringify({ planted: found.length, found: hit, missed })
      : `${hit} of ${found.length} planted bugs found`,
  );
  if (missed.length > 0) process.exitCode = 1;
}

await main();
