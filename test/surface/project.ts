/** The package as it is packed, installed in a project of its own, without npm's own installer. */
import { spawnSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { dependenciesOf, projectWith, ROOT } from "./packed.ts";

export interface Project {
  readonly home: string;
  /** Its `flotilla`. */
  readonly main: string;
  readonly flotilla: (...args: readonly string[]) => ReturnType<typeof ran>;
  readonly remove: () => Promise<void>;
}

/** A project that has the package as an installer puts it there: what is packed, and what it depends on. */
export async function makeProject(): Promise<Project> {
  const home = await projectWith([
    ...Object.keys(await dependenciesOf()),
    ...["vitest", "typescript", "@types"],
  ]);
  const main = join(home, "node_modules/flotilla/dist/src/surface/cli/main.js");
  return {
    ...{ home, main },
    flotilla: (...args) => ran(home, main, args),
    remove: () => rm(home, { recursive: true, force: true }),
  };
}

const ran = (cwd: string, script: string, args: readonly string[]) =>
  spawnSync(process.execPath, [script, ...args], {
    ...{ cwd, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } },
  });

export const tsc = (cwd: string, ...args: readonly string[]) =>
  ran(cwd, join(ROOT, "node_modules/typescript/bin/tsc"), args);
export const vitest = (cwd: string, ...args: readonly string[]) =>
  ran(cwd, join(ROOT, "node_modules/vitest/vitest.mjs"), ["run", "--root", cwd, ...args]);
