/** Which fleet file a command means, read and checked with the specialists' own configs. */
import { access } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type FleetFile, FleetFileError, readFleetFile } from "../../runtime/fleet-file.ts";
import { configFaults } from "../../runtime/roster.ts";
import { CliError, EXIT } from "./exit.ts";

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** The package's own folder, be it the source's or the built one's. */
async function packageDir(): Promise<string> {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!(await exists(join(dir, "package.json")))) {
    const above = dirname(dir);
    if (above === dir) throw new CliError(EXIT.failed, "the package's own folder is not there");
    dir = above;
  }
  return dir;
}

/** The named file, else the demo's (calm or in a crisis), else `fleet.json` where one stands. */
export async function fleetPath(
  named: string | undefined,
  demo: boolean,
  crisis = false,
): Promise<string> {
  if (named !== undefined) return resolve(named);
  if (demo) return join(await packageDir(), "deploy", crisis ? "crisis.json" : "demo.json");
  const here = resolve("fleet.json");
  if (await exists(here)) return here;
  throw new CliError(EXIT.usage, "name a fleet file, or take the one that comes along: --demo");
}

/** @throws FleetFileError with every fault, those of the specialists' configs among them. */
export async function loadFleetFile(path: string): Promise<FleetFile> {
  const file = await readFleetFile(path);
  const faults = file.agents.flatMap(({ kind, config }, i) =>
    kind === undefined ? [] : configFaults(kind, config).map((fault) => `agents.${i}.${fault}`),
  );
  if (faults.length > 0) throw new FleetFileError(path, faults);
  return file;
}
