/** The package as `npm pack` makes it of what was built, unpacked where an installer would put it. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, renameSync } from "node:fs";
import { mkdir, mkdtemp, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { inject } from "vitest";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What the package depends on, by its own words. */
export const dependenciesOf = async (): Promise<Readonly<Record<string, string>>> =>
  JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")).dependencies;

/** The archive that would be published, made of what was built; once for all files of a run. */
function packed(): string {
  const archive = join(inject("shared"), "flotilla.tgz");
  if (existsSync(archive)) return archive;
  // Two workers may both be the first: each makes its own, and either is the one.
  const into = mkdtempSync(join(inject("shared"), "pack-"));
  const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", into];
  const ran = spawnSync("npm", args, { cwd: ROOT, encoding: "utf8" });
  if (ran.status !== 0) throw new Error(`npm pack: ${ran.stderr}`);
  const [{ filename }] = JSON.parse(ran.stdout) as [{ filename: string }];
  renameSync(join(into, filename), archive);
  return archive;
}

/** An empty project in a folder of its own that has the package, and of what else is installed these alone. */
export async function projectWith(modules: readonly string[]): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), "flotilla-packed-"));
  const installed = join(home, "node_modules", "flotilla");
  await mkdir(installed, { recursive: true });
  const tar = spawnSync("tar", ["-xzf", packed(), "--strip-components=1", "-C", installed]);
  if (tar.status !== 0) throw new Error(`tar: ${tar.stderr.toString()}`);
  for (const name of modules) {
    const [link, target] = [join(home, "node_modules", name), join(ROOT, "node_modules", name)];
    await mkdir(dirname(link), { recursive: true });
    await symlink(target, link);
  }
  const project = { name: "project", dependencies: { flotilla: "file:../flotilla-0.1.0.tgz" } };
  await writeFile(join(home, "package.json"), JSON.stringify(project));
  return home;
}
