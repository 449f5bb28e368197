/** Builds once before all tests: what runs as a process is run as it is shipped. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/**
 * A type error does not keep the tests from running, as it does not in the tests themselves:
 * `npm run typecheck` is for those. @throws Error when nothing was built.
 */
export default function build(): void {
  const told = spawnSync("npm", ["run", "-s", "build"], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const main = new URL("../../dist/src/runtime/coordinator-main.js", import.meta.url);
  if (!existsSync(main)) throw new Error(`npm run build made nothing (${told.status})`);
}
