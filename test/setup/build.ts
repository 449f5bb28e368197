/** Builds the project once, before the tests that start it as processes. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** A folder for what several files make once; it goes with the run. */
    readonly shared: string;
  }
}

export default function setup(project: TestProject): () => void {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const tsc = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
  const args = [tsc, "-p", "tsconfig.build.json"];
  const built = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  if (built.status !== 0) throw new Error(`the project does not build:\n${built.stdout}`);
  const shared = mkdtempSync(join(tmpdir(), "flotilla-suite-"));
  project.provide("shared", shared);
  return () => rmSync(shared, { recursive: true, force: true });
}
