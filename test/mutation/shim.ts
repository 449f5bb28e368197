/** Stands in for vitest where mutants run: collects suites, and runs single tests again and again. */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

export interface Case {
  readonly name: string;
  readonly run: () => unknown;
}

/** A group whose body is run anew for every mutant, for what it computes may differ. */
export interface Group {
  readonly file: string;
  readonly name: string;
  readonly body: () => void;
}

export const groups: Group[] = [];
let file = "";
let collecting: Case[] | undefined;
let prefix: string[] = [];

/** Says which file's suites come next. */
export function nextFile(name: string): void {
  file = name;
}

const each =
  (take: (name: string, body: (...args: never[]) => unknown, args: unknown[]) => void) =>
  (rows: readonly unknown[]) =>
  (name: string, body: (...args: never[]) => unknown): void => {
    rows.forEach((row, i) => {
      take(`${name} [${i}]`, body, Array.isArray(row) ? row : [row]);
    });
  };

function addGroup(name: string, body: () => void): void {
  if (collecting === undefined) {
    groups.push({ file, name, body });
    return;
  }
  prefix.push(name);
  body();
  prefix.pop();
}

function addCase(name: string, run: () => unknown): void {
  if (collecting === undefined) groups.push({ file, name: "", body: () => addCase(name, run) });
  else collecting.push({ name: [...prefix, name].join(" > "), run });
}

export const describe = Object.assign(addGroup, {
  each: each((name, body, args) => addGroup(name, () => void body(...(args as never[])))),
});
export const test = Object.assign(addCase, {
  each: each((name, body, args) => addCase(name, () => body(...(args as never[])))),
});

/** The tests of a group, its body run now. */
export function casesOf(group: Group): readonly Case[] {
  collecting = [];
  prefix = [group.name];
  try {
    group.body();
    return collecting;
  } finally {
    collecting = undefined;
  }
}

/** Vitest's own `expect`, taken from where vitest has it. */
const fromHere = createRequire(import.meta.url);
const fromVitest = createRequire(fromHere.resolve("vitest/package.json"));
const parts = await import(pathToFileURL(fromVitest.resolve("@vitest/expect")).href);
parts.chai.use(parts.JestExtend);
parts.chai.use(parts.JestChaiExpect);
parts.chai.use(parts.JestAsymmetricMatchers);
export const expect = Object.assign(
  (value: unknown, why?: string) => parts.chai.expect(value, why),
  {
    any: parts.chai.expect.any,
    anything: parts.chai.expect.anything,
    closeTo: parts.chai.expect.closeTo,
    arrayContaining: parts.chai.expect.arrayContaining,
    objectContaining: parts.chai.expect.objectContaining,
    stringContaining: parts.chai.expect.stringContaining,
    stringMatching: parts.chai.expect.stringMatching,
    hasAssertions: () => undefined,
  },
);
