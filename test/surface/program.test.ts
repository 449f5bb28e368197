/** The command line itself: what it loads, what it refuses, how faults are told. */
import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { agreementsText } from "../../src/surface/cli/agreement.ts";
import { CliError, EXIT, tellFault } from "../../src/surface/cli/exit.ts";
import type { Io } from "../../src/surface/cli/io.ts";
import { coloursFor } from "../../src/surface/cli/io.ts";
import { parseSince, wantedEvents } from "../../src/surface/cli/looking.ts";
import { exitOf, makeProgram } from "../../src/surface/cli/program.ts";
import { NoServerError } from "../../src/wire/server-find.ts";

const CLI = fileURLToPath(new URL("../../src/surface/cli", import.meta.url));

/** What a file imports before anything of it runs; types are gone by then. */
function staticImports(path: string): string[] {
  const text = readFileSync(path, "utf8");
  const found = text.matchAll(/^import (?!type )[^;]*?from "([^"]+)";/gms);
  return [...found].map(([, named]) => named ?? "");
}

function loadedFrom(entry: string): { files: Set<string>; packages: Set<string> } {
  const [files, packages] = [new Set<string>(), new Set<string>()];
  const visit = (path: string): void => {
    if (files.has(path)) return;
    files.add(path);
    for (const named of staticImports(path)) {
      if (named.startsWith(".")) visit(resolve(dirname(path), named));
      else packages.add(named);
    }
  };
  visit(entry);
  return { files, packages };
}

describe("loading", () => {
  test("CLI-030: help loads commander, colours and a few small files, nothing of the fleet", () => {
    const { files, packages } = loadedFrom(resolve(CLI, "main.ts"));
    expect([...packages].sort()).toEqual(["commander", "node:fs", "node:process", "picocolors"]);
    const names = [...files].map((path) => relative(CLI, path)).sort();
    expect(names).toEqual([
      ...["../../runtime/version.ts", "asking.ts", "exit.ts", "io.ts", "main.ts", "program.ts"],
    ]);
  });
});

interface Ran {
  readonly options: object;
  readonly told: string;
}

async function parse(...words: readonly string[]): Promise<Ran | { exit: number | undefined }> {
  let ran: Ran | undefined;
  const program = makeProgram({
    version: "1.2.3",
    run: async (options) => {
      ran = { options, told: words.join(" ") };
    },
  });
  const quiet = { writeOut: () => undefined, writeErr: () => undefined };
  const silence = (command: typeof program): void => {
    command.configureOutput(quiet);
    for (const sub of command.commands) silence(sub as typeof program);
  };
  silence(program);
  try {
    await program.parseAsync(words, { from: "user" });
  } catch (fault) {
    return { exit: exitOf(fault) };
  }
  return ran ?? { exit: undefined };
}

describe("command line", () => {
  test("CLI-031: options of the whole program may stand before and after a command", async () => {
    const after = await parse("up", "--demo", "--json", "--home", "x", "--for", "3s");
    const before = await parse("--json", "--home", "x", "up", "--demo", "--for", "3s");
    expect(after).toMatchObject({ options: { json: true, home: "x", for: "3s", demo: true } });
    expect(before).toMatchObject({ options: { json: true, home: "x", for: "3s", demo: true } });
  });

  test.each([
    [["bogus"]],
    [["up", "--bogus"]],
    [["grant", "mybot"]],
    [["withdraw", "1", "USDC"]],
    [["agreement", "set", "shop"]],
    [["agreement", "end"]],
    [["journal", "show"]],
  ])("CLI-032: %j ends with the exit code of a wrong command line", async (words) => {
    expect(await parse(...words)).toEqual({ exit: EXIT.usage });
  });

  test.each([[["--help"]], [["--version"]], [["up", "--help"]], [["journal", "--help"]]])(
    "CLI-033: %j is no fault",
    async (words) => {
      expect(await parse(...words)).toEqual({ exit: EXIT.ok });
    },
  );

  test("CLI-034: an option that may be repeated keeps all it was given", async () => {
    const ran = await parse("watch", "--agent", "casino", "--agent", "escrow", "--type", "Bet*");
    expect(ran).toMatchObject({ options: { agent: ["casino", "escrow"], type: ["Bet*"] } });
  });
});

describe("agreements", () => {
  test("CLI-118: an agreement is set with its interval, ended by its party, and listed", async () => {
    const set = await parse("agreement", "set", "shop", "--every", "5m", "--group", "club");
    expect(set).toMatchObject({ options: { every: "5m", group: "club" } });
    expect(await parse("agreement", "end", "shop")).toHaveProperty("told");
    expect(await parse("agreement", "list", "--json")).toMatchObject({ options: { json: true } });
  });

  test("CLI-119: the list says with whom, how often and when next, or that there is none", () => {
    expect(agreementsText([])).toEqual(["no debts are netted: there is no agreement"]);
    const nextAt = Date.UTC(2026, 3, 12, 12, 5);
    const lines = agreementsText([{ party: "shop", group: "club", everyMs: 300_000, nextAt }]);
    expect(lines.join("\n")).toMatch(
      /party +group +every +interval ends\nshop +club +5 min +2026-04-12 12:05:00 UTC$/,
    );
  });
});

describe("filters of watch", () => {
  const wants = (options: object, type: string, agent = "casino"): boolean =>
    wantedEvents(options)({ type, agent });

  test("CLI-035: without filters the routine is left out, with --all it is not", () => {
    expect([
      wants({}, "BetSettled"),
      wants({}, "MarksSet"),
      wants({ all: true }, "MarksSet"),
    ]).toEqual([true, false, true]);
  });

  test("CLI-036: types by name, by beginning, by list; agents by name", () => {
    expect(wants({ type: ["MarksSet"] }, "MarksSet")).toBe(true);
    expect([
      wants({ type: ["Bet*"] }, "BetPlaced"),
      wants({ type: ["Bet*"] }, "LoanOpened"),
    ]).toEqual([true, false]);
    expect(wants({ type: ["LoanOpened,BetPlaced"] }, "BetPlaced")).toBe(true);
    expect(wants({ agent: ["trading"] }, "BetPlaced")).toBe(false);
  });

  test("CLI-037: a type that is none is refused, with the nearest that is one", () => {
    expect(() => wantedEvents({ type: ["BetSetled"] })).toThrow("did you mean BetSettled?");
  });

  test("CLI-038: since when: a span back, a journal message, or the beginning", () => {
    expect(parseSince("10s", 50_000)).toEqual({ time: 40_000 });
    expect(parseSince("521", 0)).toEqual({ seq: 521 });
    expect(parseSince("start", 0)).toBe("oldest");
    expect(() => parseSince("yesterday", 0)).toThrow(CliError);
  });
});

describe("faults", () => {
  test("CLI-039: each fault has one line and an exit code of its kind", () => {
    const timeout = Object.assign(new Error("no reply"), { code: "timeout" });
    const inside = new Error("connect failed", {
      cause: Object.assign(new Error("x"), { code: "ECONNREFUSED" }),
    });
    expect(tellFault(timeout).exit).toBe(EXIT.absent);
    expect(tellFault(inside)).toMatchObject({ exit: EXIT.absent });
    expect(tellFault(inside).message).toContain("flotilla up");
    expect(tellFault(new CliError(EXIT.refused, "no"))).toMatchObject({
      exit: EXIT.refused,
      message: "no",
    });
    expect(tellFault("odd")).toMatchObject({ exit: EXIT.failed, message: "odd" });
  });

  test("CLI-040: without a nats-server the words are the finder's own, in one line", () => {
    const told = tellFault(new NoServerError("no nats-server: fetching failed; install one"));
    expect(told).toMatchObject({ exit: EXIT.failed, code: "no-nats-server" });
    expect(told.message).toBe("no nats-server: fetching failed; install one");
  });

  test("CLI-041: colours only where somebody sees them and nobody declined them", () => {
    const env: Io["env"] = { TERM: "xterm" };
    expect(coloursFor({ isTTY: true }, env)).toBe(true);
    expect(coloursFor({ isTTY: false }, env)).toBe(false);
    expect(coloursFor({}, env)).toBe(false);
    expect(coloursFor({ isTTY: true }, { ...env, NO_COLOR: "1" })).toBe(false);
    expect(coloursFor({ isTTY: true }, { TERM: "dumb" })).toBe(false);
  });
});
