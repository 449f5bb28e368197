/** A new specialist of each service, from the package as it is packed: it compiles, lives, and works in a fleet. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "./packed.ts";
import { makeProject, type Project, tsc, vitest } from "./project.ts";
import { Run } from "./run.ts";

/** What each has done in a fleet once it has come to its work. Trading is the tutorial's, tested with it. */
const DOES = {
  casino: "BetChecked",
  escrow: "EscrowReleased",
  lending: "LoanOpened",
  domains: "DomainParked",
} as const;
const SERVICES = Object.keys(DOES);

let project: Project;
beforeAll(async () => {
  project = await makeProject();
});
afterAll(async () => {
  await project.remove();
});

describe("flotilla new specialist --service", () => {
  test("NEW-008: it writes one of each service, which compile strictly", async () => {
    for (const service of SERVICES) {
      const made = project.flotilla("new", "specialist", `my-${service}`, "--service", service);
      expect([service, made.status, made.stderr]).toEqual([service, 0, ""]);
    }
    // All at once, by the options of one: what they share is read once.
    const all = {
      extends: "./my-casino/tsconfig.json",
      compilerOptions: { rootDir: ".", outDir: "made" },
      include: ["my-*/src"],
    };
    await writeFile(join(project.home, "tsconfig.json"), JSON.stringify(all));
    const compiled = tsc(project.home);
    expect([compiled.stdout, compiled.status]).toEqual(["", 0]);
  }, 90_000);

  test("NEW-009: they pass the conformance suite, the machine of one of them included, and tests of their own", () => {
    // One load of the package serves all four.
    const { status, stdout } = vitest(project.home, "--no-isolate", "--maxWorkers=1");
    expect([status, stdout]).toEqual([0, expect.stringMatching(/Test Files {2}4 passed/)]);
    expect(stdout).toMatch(/my-casino\/test\/conformance\.test\.ts \(23 tests\)/);
  }, 90_000);

  test("NEW-010: in a fleet each comes to its work", async () => {
    const demo = JSON.parse(await readFile(join(ROOT, "deploy/demo.json"), "utf8"));
    const agents = SERVICES.map((service) => ({
      agent: `my-${service}`,
      module: `./made/my-${service}/src/specialist.js`,
      config: service === "escrow" ? { everyMs: 1_000 } : {},
      delegation: {
        ...{ cap: "200", services: [service], maxLeverage: 1_000_000, priority: 1 },
        ...{ mode: "isolated", floor: "0", leaseMs: 600_000 },
      },
    }));
    const path = join(project.home, "own.json");
    await writeFile(path, JSON.stringify({ ...demo, fleet: "own", agents }));
    const state = await mkdtemp(join(tmpdir(), "flotilla-own-"));
    const run = new Run(state, ["up", path, "--speed", "60"], project.main);
    const [bet] = await Promise.all(
      Object.entries(DOES).map(([service, event]) =>
        run.until(({ type, agent }) => type === event && agent === `my-${service}`),
      ),
    );
    run.signal("SIGINT");
    await run.ended;
    await rm(state, { recursive: true, force: true });
    expect(bet).toMatchObject({ verified: true });
  }, 90_000);

  test("NEW-012: the page of the specialists shows the machine of its own as it is written", async () => {
    const page = await readFile(join(ROOT, "docs/specialists.md"), "utf8");
    const [, shown] = /^```ts file=src\/lifecycle\.ts\n([\s\S]*?)^```$/m.exec(page) ?? [];
    expect(shown).toBe(await readFile(join(project.home, "my-casino/src/lifecycle.ts"), "utf8"));
  });

  test("NEW-011: a service that there is not is refused, and those that there are are named", () => {
    const made = project.flotilla("new", "specialist", "other", "--service", "insurance");
    expect([made.status, made.stderr]).toEqual([
      2,
      expect.stringMatching(/one of trading, casino, escrow, lending, domains, and not insurance/),
    ]);
  });
});
