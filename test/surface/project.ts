/** The package as it is packed, installed in a project of its own, without npm's own installer. */
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The archive that would be published, made of what was built. */
function packed(into: string): string {
  const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", into];
  const ran = spawnSync("npm", args, { cwd: ROOT, encoding: "utf8" });
  if (ran.status !== 0) throw new Error(`npm pack: ${ran.stderr}`);
  const [{ filename }] = JSON.parse(ran.stdout) as [{ filename: string }];
  return join(into, filename);
}

export interface Project {
  readonly home: string;
  /** Its `flotilla`. */
  readonly main: string;
  readonly flotilla: (...args: readonly string[]) => ReturnType<typeof ran>;
  readonly remove: () => Promise<void>;
}

/** A project that has the package as an installer puts it there: what is packed, and what it depends on. */
export async function makeProject(): Promise<Project> {
  const home = await mkdtemp(join(tmpdir(), "flotilla-new-"));
  const installed = join(home, "node_modules", "flotilla");
  await mkdir(installed, { recursive: true });
  const archive = packed(home);
  const tar = spawnSync("tar", ["-xzf", archive, "--strip-components=1", "-C", installed]);
  if (tar.status !== 0) throw new Error(`tar: ${tar.stderr.toString()}`);
  await rm(archive);
  const { dependencies } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
  for (const name of [...Object.keys(dependencies), "vitest", "typescript", "@types"]) {
    const [link, target] = [join(home, "node_modules", name), join(ROOT, "node_modules", name)];
    await mkdir(dirname(link), { recursive: true });
    await symlink(target, link);
  }
  const project = { name: "project", dependencies: { flotilla: "file:../flotilla-0.1.0.tgz" } };
  await writeFile(join(home, "package.json"), JSON.stringify(project));
  const main = join(installed, "dist/src/surface/cli/main.js");
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
