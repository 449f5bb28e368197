/** A new specialist, from the package as it is packed: what the generator writes, compiles, lives and is told. */
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { grantHint } from "../../src/surface/cli/admit-key.ts";
import { makeProgram } from "../../src/surface/cli/program.ts";
import { ROOT } from "./packed.ts";
import { makeProject, type Project, tsc, vitest } from "./project.ts";
import { Run } from "./run.ts";

let project: Project;
let home = "";
const inHome = (...args: readonly string[]) => project.flotilla(...args);

beforeAll(async () => {
  project = await makeProject();
  home = project.home;
});
afterAll(async () => {
  await project.remove();
});

const program = makeProgram({ version: "0", run: async () => undefined });

/** Commands and options of one line that the program does not define. */
function notDefined(line: string): readonly string[] {
  const words = line.split(/\s+/).filter((word) => word !== "");
  let command = program;
  while (command.commands.length > 0) {
    const next = command.commands.find((one) => one.name() === words[0]);
    if (next === undefined) return [`${command.name()} ${words[0]}`];
    command = next;
    words.shift();
  }
  const known = [...program.options, ...command.options].map(({ long }) => long);
  const asked = words.filter((word) => word.startsWith("--"));
  return asked
    .filter((word) => !known.includes(word.replace(/=.*/, "")))
    .map((word) => `${command.name()} ${word}`);
}

const read = (path: string): Promise<string> => readFile(join(home, "dipper", path), "utf8");

describe("flotilla new specialist", () => {
  test("NEW-001: it writes a package that asks for the flotilla of the project around it", async () => {
    const made = inHome("new", "specialist", "dipper");
    expect([made.status, made.stderr]).toEqual([0, ""]);
    const { name, dependencies } = JSON.parse(await read("package.json"));
    expect(name).toBe("dipper");
    expect(dependencies.flotilla).toBe("file:../../flotilla-0.1.0.tgz");
    expect(await read("src/specialist.ts")).toContain('name: "dipper"');
  });

  test("NEW-002: what it wrote compiles, strictly, and its own tests pass", () => {
    const cwd = join(home, "dipper");
    const compiled = tsc(cwd);
    expect([compiled.stdout, compiled.status]).toEqual(["", 0]);
    const ran = vitest(cwd);
    expect([ran.status, ran.stdout]).toEqual([0, expect.stringMatching(/Tests {2}19 passed/)]);
  }, 90_000);

  test("NEW-006: run without a fleet, or by a bad config, it says which in a line and ends", () => {
    const cwd = join(home, "dipper");
    const run = (...args: readonly string[]) =>
      spawnSync(process.execPath, ["dist/main.js", ...args], { cwd, encoding: "utf8" });
    const alone = run();
    expect([alone.status, alone.stdout]).toEqual([
      1,
      expect.stringMatching(/no fleet demo runs in/),
    ]);
    for (const [config, says] of [
      ["{bad", /^--config: .*JSON.*\n$/],
      ['{"szie":1}', /^config of dipper: Unrecognized key: "szie"\n$/],
    ] as const) {
      const { status, stderr } = run("--config", config);
      expect([status, stderr]).toEqual([2, expect.stringMatching(says)]);
    }
    const mistyped = run("--confg", "{}");
    expect([mistyped.status, mistyped.stderr]).toEqual([
      2,
      expect.stringMatching(/^Unknown option '--confg'.*\n$/),
    ]);
  });

  test("NEW-014: what it fails by is told with the line where it was thrown, run or tested", async () => {
    const cwd = join(home, "dipper");
    const run = spawnSync(process.execPath, ["dist/main.js"], { cwd, encoding: "utf8" });
    expect(run.stdout).toMatch(/failed \{\n? *error: Error: no fleet demo runs[\s\S]*main\.js:\d+/);
    const path = join(cwd, "src/strategy.ts");
    const written = await readFile(path, "utf8");
    const broken = written.replace("const { config } = context;", "$& context.marks.at(0);");
    await writeFile(path, broken);
    const tested = vitest(cwd, "-t", "fair weather");
    await writeFile(path, written);
    expect(tested.stdout + tested.stderr).toMatch(
      /broke: context\.marks\.at is not a function[\s\S]*Caused by[\s\S]*strategy\.ts:\d+/,
    );
  }, 60_000);

  test("NEW-015: one that never comes back hears no Ctrl-C: it says so, and its process is ended", async () => {
    const cwd = join(home, "dipper");
    const path = join(cwd, "dist/config.js");
    const built = await readFile(path, "utf8");
    await writeFile(path, `${built}\nconfig.safeParse = () => { for (;;); };\n`);
    const run = (after: string) =>
      spawnSync(process.execPath, ["dist/main.js", "--hang-ms", after], { cwd, encoding: "utf8" });
    const [hung, mistyped] = [run("500"), run("soon")];
    await writeFile(path, built);
    expect([hung.signal, hung.stderr]).toEqual([
      "SIGKILL",
      "dipper hung for 0.5 s: its process is ended\n",
    ]);
    expect([mistyped.status, mistyped.stderr]).toEqual([
      2,
      "--hang-ms: the time after which dipper is ended is a number from 0, in ms\n",
    ]);
  });

  test("NEW-007: named in a fleet file by its module it runs under supervision, and what is no specialist says so", async () => {
    const demo = JSON.parse(await readFile(join(ROOT, "deploy/demo.json"), "utf8"));
    const delegation = {
      ...{ cap: "200", services: ["trading"], maxLeverage: 2_000_000, priority: 1 },
      ...{ mode: "cross", floor: "0", leaseMs: 600_000 },
    };
    const fleetOf = async (...agents: readonly object[]): Promise<string> => {
      const path = join(home, "dipper", "own.json");
      await writeFile(path, JSON.stringify({ ...demo, fleet: "own", agents }));
      return path;
    };
    await writeFile(join(home, "dipper", "empty.mjs"), "export const dipper = 1;\n");
    await writeFile(join(home, "dipper", "stuck.mjs"), "await new Promise(() => {});\n");
    const config = { warmup: 1, halfLife: 5, dip: 0, intervalMs: 100 };
    const module = "./dist/specialist.js";
    const path = await fleetOf(
      { agent: "dipper", module, config, delegation },
      { agent: "other", module: "empty.mjs", delegation },
      { agent: "stuck", module: "stuck.mjs", delegation },
    );
    const state = await mkdtemp(join(tmpdir(), "flotilla-own-"));
    const run = new Run(state, ["up", path, "--speed", "60"], project.main);
    const [bought, failed, stuck] = await Promise.all([
      run.until(({ type, agent }) => type === "OrderApproved" && agent === "dipper"),
      run.until(({ who, phase }) => who === "other" && phase === "failed"),
      run.until(({ who, phase }) => who === "stuck" && phase === "failed"),
    ]);
    run.signal("SIGINT");
    await run.ended;
    await rm(state, { recursive: true, force: true });
    expect(bought).toMatchObject({ note: "the mark dipped below its average" });
    expect(failed["why"]).toMatch(/empty\.mjs exports no specialist.*it exports dipper/);
    expect(stuck["why"]).toMatch(/stuck\.mjs never finished loading/);
    const lost = await fleetOf({ agent: "dipper", module: "./gone.js", delegation });
    const both = await fleetOf({ agent: "dipper", module, kind: "trading", delegation });
    expect(inHome("up", lost)).toMatchObject({ status: 2 });
    expect(inHome("up", both).stderr).toContain("agents.0: has a kind or a module, not both");
  });

  test("NEW-003: nothing is written over, and no name is taken that an agent cannot have", async () => {
    const again = inHome("new", "specialist", "dipper");
    expect([again.status, again.stderr]).toEqual([2, expect.stringContaining("not empty")]);
    for (const name of [
      "Dipper",
      "../out",
      "fleet",
      "operator",
      "observer",
      "x".repeat(33),
      "--",
      "-x",
    ]) {
      expect([name, inHome("new", "specialist", name).status]).toEqual([name, 2]);
    }
    // Refused before it is asked of any fleet: no agent stands in the books that can have no key.
    for (const name of ["fleet", "operator", "observer"]) {
      const { status, stderr } = inHome("enrol", name);
      expect([status, stderr]).toEqual([2, expect.stringContaining("uses that name")]);
    }
    const there = (await readdir(home)).toSorted();
    expect(there).toEqual(["dipper", "node_modules", "package.json"]);
    expect(inHome("new", "specialist", "other", "--dir", "elsewhere").status).toBe(0);
    expect(await readdir(join(home, "elsewhere"))).toContain("package.json");
  });

  test("NEW-004: the tutorial shows every file of it as it is written", async () => {
    const page = await readFile(join(ROOT, "docs/tutorial.md"), "utf8");
    const blocks = [...page.matchAll(/^```ts file=(\S+)\n([\s\S]*?)^```$/gm)];
    const shown = blocks.map(([, path]) => path);
    expect(shown).toEqual([
      ...["src/config.ts", "src/strategy.ts", "src/specialist.ts", "test/conformance.test.ts"],
    ]);
    for (const [, path = "", code] of blocks) expect(code).toBe(await read(path));
  });

  test("NEW-005: every command of the tutorial, with each of its options, is one that the program has", async () => {
    const page = await readFile(join(ROOT, "docs/tutorial.md"), "utf8");
    const lines = [...page.matchAll(/(?:npx |`|: )flotilla ([a-z][^`\n]*)/g)].map(
      ([, said]) => said,
    );
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.some((line) => line?.includes(" --"))).toBe(true);
    const verbs = new Set(lines.map((line) => line?.split(" ")[0] ?? ""));
    for (const verb of verbs) expect([verb, inHome(verb, "--help").status]).toEqual([verb, 0]);
    expect(lines.flatMap((line = "") => notDefined(line))).toEqual([]);
    // What it looks for, it finds.
    expect(notDefined("grant x --cap 100 --sevices trading")).toEqual(["grant --sevices"]);
    expect(notDefined("journal prove")).toEqual(["journal prove"]);
  });

  test("NEW-013: enrol says what to grant: the services of the folder that was written, or all to choose from", async () => {
    expect(await grantHint(home, "dipper")).toMatch(/grant dipper --cap 100 --services trading$/);
    const made = inHome("new", "specialist", "flipper", "--service", "casino");
    expect(made.status).toBe(0);
    expect(await grantHint(home, "flipper")).toMatch(/grant flipper --cap 100 --services casino$/);
    await writeFile(join(home, "flipper", "package.json"), '{"flotilla":{"services":["rm","x"]}}');
    const open = / --services <trading\|casino\|escrow\|lending\|domains>$/;
    expect(await grantHint(home, "flipper")).toMatch(open);
    expect(await grantHint(home, "stranger")).toMatch(open);
  });
});
