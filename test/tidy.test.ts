/** The shape of the project: who may import whom, what pure rooms never do, and how long things may be. */
import { describe, expect, test } from "vitest";
import { LONG_FILES } from "./setup/long-files.ts";
import { cycleAmong, type SourceFile, sourcesUnder } from "./tidy-source.ts";

const SOURCES = sourcesUnder("src", "agents", "machines");
const TESTS = sourcesUnder("test");

/** What a room may import of ours beside itself. Longest prefix first, a file before its room. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  "src/core": [],
  machines: ["src/core"],
  "src/protocol": ["src/core"],
  "src/risk": ["src/core"],
  "src/liquidation": ["src/core", "src/risk"],
  "src/fleet": ["src/core", "src/protocol", "src/risk", "src/liquidation", "machines"],
  agents: ["src/core", "src/protocol", "src/risk", "machines", "src/sdk"],
  "src/sdk": ["src/core", "src/protocol", "machines"],
  "src/sdk/connect.ts": ["src/core", "src/protocol", "machines", "src/sdk", "src/wire"],
  "src/wire": ["src/core", "src/protocol"],
  "src/venue": ["src/core", "src/protocol"],
  "src/runtime": [
    ...["src/core", "src/protocol", "src/risk", "src/liquidation", "src/fleet", "machines"],
    ...["src/sdk", "src/wire", "src/venue"],
  ],
  "src/runtime/roster.ts": [
    ...["src/core", "src/protocol", "src/risk", "src/liquidation", "src/fleet", "machines"],
    ...["src/sdk", "src/wire", "src/venue", "src/runtime", "agents"],
  ],
  "src/lab": ["src", "agents", "machines"],
  "src/surface": ["src", "agents", "machines"],
  "src/index.ts": [
    "src/core",
    "src/protocol",
    "src/risk",
    "src/liquidation",
    "src/sdk",
    "machines",
  ],
  "src/risk.ts": ["src/core", "src/risk"],
  "src/liquidation.ts": ["src/core", "src/risk", "src/liquidation"],
};
/** The package's public entries. */
const ENTRIES = ["src/index.ts", "src/risk.ts", "src/liquidation.ts"];
/** What nobody above may import, whatever the table says. */
const TOP = ["src/surface", "src/lab"];
/** The one command that shows what the lab plays: it alone knows its acts. */
const BRIDGES: Readonly<Record<string, string>> = { "src/surface/cli/tour.ts": "src/lab/tour" };

/** Each dependency, and the only places that may import it. */
const DEPENDENCIES: Readonly<Record<string, readonly string[]>> = {
  "decimal.js": ["src/core"],
  xstate: ["machines", "src/sdk", "src/runtime"],
  typescript: ["src/lab"],
  zod: ["src/protocol", "src/sdk", "agents", "src/venue", "src/runtime"],
  "@nats-io": ["src/wire"],
  msgpackr: ["src/wire"],
  "ml-matrix": ["src/risk/matrix.ts"],
  yalps: ["src/risk/sizing-lp.ts"],
  "pure-rand": ["src/risk", "src/liquidation", "src/sdk", "src/venue", "src/lab"],
  ws: ["src/surface"],
  commander: ["src/surface"],
  picocolors: ["src/surface"],
  pino: ["src/runtime/log.ts"],
};

/** Rooms without a clock, chance, promise or world. */
const PURE = ["src/core", "src/protocol", "src/risk", "src/liquidation", "src/fleet", "machines"];
const BANNED = [
  ...["Date", "Math.random", "Promise", "async", "process", "console", "performance", "crypto"],
  ...[
    "setTimeout",
    "setInterval",
    "setImmediate",
    "queueMicrotask",
    "fetch",
    "globalThis",
    "require",
  ],
];

/** Spelled in halves, so that this file does not hold them. */
const WORDS = ["TO" + "DO", "FIX" + "ME", "XX" + "X:", "@ts-" + "ignore", "@ts-" + "nocheck"];
const TEST_WORDS = [".on" + "ly(", ".sk" + "ip(", "xde" + "scribe", "test.to" + "do"];

const inside = (path: string, place: string): boolean =>
  path === place || path.startsWith(`${place}/`);
const isPure = ({ path }: SourceFile): boolean =>
  PURE.some((room) => inside(path, room)) || /^agents\/[^/]+\/strategy\.ts$/.test(path);

/** The row of the table that speaks of a file: the longest that it lies in. */
function roomOf(path: string): string {
  const rooms = Object.keys(ROOMS).filter((room) => inside(path, room));
  return rooms.sort((a, b) => b.length - a.length)[0] ?? "";
}

/** An agent's folder is a room of its own. */
const own = (path: string): string =>
  inside(path, "agents") ? path.split("/", 2).join("/") : roomOf(path);

function mayImport(path: string, target: string): boolean {
  if (inside(target, own(path))) return true;
  const isFile = roomOf(path).endsWith(".ts") && !ENTRIES.includes(path);
  if (isFile && inside(target, roomOf(path).replace(/\/[^/]+$/, ""))) return true;
  if (BRIDGES[path] !== undefined && inside(target, BRIDGES[path])) return true;
  if (TOP.some((room) => inside(target, room))) return false;
  return (ROOMS[roomOf(path)] ?? []).some((room) => inside(target, room));
}

const told = (files: readonly SourceFile[], faults: (file: SourceFile) => readonly string[]) =>
  files.flatMap((file) => faults(file).map((fault) => `${file.path}: ${fault}`));

describe("rooms", () => {
  test("TID-001: every file lies in a room of the table", () => {
    expect(told(SOURCES, ({ path }) => (roomOf(path) === "" ? ["lies in no room"] : []))).toEqual(
      [],
    );
  });

  test("TID-002: a room imports only what the table lets it", () => {
    const faults = told(SOURCES, ({ path, imports }) =>
      imports.flatMap(({ file }) =>
        file === undefined || mayImport(path, file) ? [] : [`imports ${file}`],
      ),
    );
    expect(faults).toEqual([]);
  });

  test("TID-003: each dependency is imported in its own room alone, and is one that we know", () => {
    const faults = told(SOURCES, ({ path, imports }) =>
      imports.flatMap(({ from, file }) => {
        if (file !== undefined || from.startsWith("node:")) return [];
        const name = Object.keys(DEPENDENCIES).find((known) => inside(from, known));
        const places = name === undefined ? [] : (DEPENDENCIES[name] ?? []);
        return places.some((place) => inside(path, place)) ? [] : [`imports ${from}`];
      }),
    );
    expect(faults).toEqual([]);
  });

  test("TID-004: pure rooms and strategies know no clock, chance, promise, process, console or node:", () => {
    const faults = told(SOURCES.filter(isPure), ({ names, imports }) => [
      ...BANNED.filter((name) => names.has(name)).map((name) => `uses ${name}`),
      ...imports
        .filter(({ from }) => from.startsWith("node:"))
        .map(({ from }) => `imports ${from}`),
    ]);
    expect(faults).toEqual([]);
  });

  test("TID-005: no imports go in a circle", () => {
    expect(cycleAmong(SOURCES) ?? []).toEqual([]);
  });

  test("TID-006: only the package's entries hand on what others export, and nothing is a default", () => {
    const faults = told(SOURCES, ({ path, imports, text }) => [
      ...imports
        .filter(({ reExport }) => reExport && !ENTRIES.includes(path))
        .map(({ from }) => `hands on ${from}`),
      ...(/^export default\b/m.test(text) ? ["has a default export"] : []),
    ]);
    expect(faults).toEqual([]);
  });
});

describe("size and words", () => {
  test("TID-007: files have at most 300 lines, functions at most 70, lines of code at most 100 columns", () => {
    const faults = told(SOURCES, ({ lines, functions }) => [
      ...(lines.length - 1 > 300 ? [`has ${lines.length - 1} lines`] : []),
      ...functions
        .filter((held) => held.lines > 70)
        .map((held) => `a function of ${held.lines} lines at ${held.line}`),
      ...lines.flatMap((line, i) =>
        [...line].length > (isComment(line) ? 120 : 100) ? [`line ${i + 1} is too long`] : [],
      ),
    ]);
    expect(faults).toEqual([]);
  });

  test("TID-008: every file opens with a sentence that says what it is for", () => {
    const opens = /^(#![^\n]*\n)?\/\*\*\s+(\*\s+)?\S/;
    const all = [...SOURCES, ...TESTS];
    expect(told(all, ({ text }) => (opens.test(text) ? [] : ["opens with no sentence"]))).toEqual(
      [],
    );
  });

  test("TID-009: nothing is put off, hidden from the compiler, or skipped", () => {
    const words = (list: readonly string[]) => (file: SourceFile) =>
      list.filter((word) => file.text.includes(word)).map((word) => `says ${word}`);
    const cast = ({ text }: SourceFile) =>
      /\bas any(?=[;),\].>]|$)/m.test(text) ? ["casts away"] : [];
    expect(told([...SOURCES, ...TESTS], words(WORDS))).toEqual([]);
    expect(told([...SOURCES, ...TESTS], cast)).toEqual([]);
    expect(told(TESTS, words(TEST_WORDS))).toEqual([]);
  });

  test("TID-011: a code names the tests of one file alone", () => {
    const files = new Map<string, Set<string>>();
    for (const { path, text } of TESTS) {
      for (const [, code = ""] of text.matchAll(/(?:test|prop|each)\b[^\n]*?"([A-Z]{3}-\d{3}):/g)) {
        files.set(code, (files.get(code) ?? new Set()).add(path));
      }
    }
    const twice = [...files].filter(([, paths]) => paths.size > 1);
    expect(twice.map(([code, paths]) => `${code}: ${[...paths].join(" ")}`)).toEqual([]);
    expect(files.size).toBeGreaterThan(1_000);
  });

  test("TID-012: every test file that is to start first is there", () => {
    const paths = new Set(TESTS.map(({ path }) => path));
    expect(LONG_FILES.filter((path) => !paths.has(path))).toEqual([]);
  });

  test("TID-010: what this file looks at is all there: no room is empty and no rule without a place", () => {
    const rooms = [
      "src/core",
      "src/protocol",
      "src/risk",
      "src/fleet",
      "machines",
      "agents",
      "src/wire",
    ];
    for (const room of rooms) expect(SOURCES.some(({ path }) => inside(path, room))).toBe(true);
    expect(SOURCES.some(({ functions }) => functions.some((held) => held.lines > 30))).toBe(true);
    expect(cycleAmong(circle())).toEqual(["a.ts", "b.ts", "a.ts"]);
  });
});

/** The formatter breaks code and leaves comments as they are: a sentence may go a word further. */
const isComment = (line: string): boolean => /^\s*(\/\*\*|\*|\/\/)/.test(line);

/** Two files that import each other. */
function circle(): readonly SourceFile[] {
  const file = (path: string, other: string): SourceFile => ({
    ...{ path, text: "", lines: [], functions: [], names: new Set() },
    imports: [{ from: `./${other}`, file: other, typeOnly: false, reExport: false }],
  });
  return [file("a.ts", "b.ts"), file("b.ts", "a.ts")];
}
