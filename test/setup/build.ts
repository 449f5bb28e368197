/** Builds the project once, before the tests that start it as processes. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export default function setup(): void {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const tsc = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
  const args = [tsc, "-p", "tsconfig.build.json"];
  const built = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  if (built.status !== 0) throw new Error(`the project does not build:\n${built.stdout}`);
}
