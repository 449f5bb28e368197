/** Finds the fleet that a command means: its folder, and where it runs if it does. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { type FleetId, fleetId, isName } from "../../core/ids.ts";
import type { RunningFacts } from "../../runtime/fleet.ts";
import { homeOf, type Layout, layoutOf } from "../../runtime/layout.ts";
import { CliError, EXIT } from "./exit.ts";
import type { GlobalOptions, Io } from "./io.ts";

export interface Place {
  readonly fleet: FleetId;
  readonly home: string;
  readonly layout: Layout;
  /** Undefined when nothing of it runs, as far as this machine knows. */
  readonly running: RunningFacts | undefined;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (fault) {
    // Somebody else's process is alive all the same.
    return (fault as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** What a start left behind, when its process still lives. */
export async function readRunning(layout: Layout): Promise<RunningFacts | undefined> {
  try {
    const facts = JSON.parse(await readFile(layout.running, "utf8")) as RunningFacts;
    return isAlive(facts.pid) ? facts : undefined;
  } catch {
    return undefined;
  }
}

/** The names of the fleets that have keys in this home. */
async function fleetsIn(home: string): Promise<string[]> {
  const names = await readdir(home, { withFileTypes: true }).catch(() => []);
  const dirs = names.filter((entry) => entry.isDirectory() && isName(entry.name));
  const found: string[] = [];
  for (const { name } of dirs) {
    const keys = await readdir(join(home, name, "keys")).catch(() => []);
    if (keys.length > 0) found.push(name);
  }
  return found.sort();
}

const placeOf = async (home: string, name: string): Promise<Place> => {
  const layout = layoutOf(home, fleetId(name));
  return { fleet: fleetId(name), home, layout, running: await readRunning(layout) };
};

/** The fleet of `--fleet`, else the only one of the home, else the only one that runs. */
export async function findPlace(io: Io, options: GlobalOptions): Promise<Place> {
  const home = options.home ?? homeOf(io.env);
  const known = await fleetsIn(home);
  if (options.fleet !== undefined) {
    if (known.includes(options.fleet)) return placeOf(home, options.fleet);
    const others = known.length === 0 ? "none" : known.join(", ");
    throw new CliError(EXIT.absent, `no fleet ${options.fleet} in ${home} (there: ${others})`);
  }
  const [only] = known;
  if (only === undefined) {
    throw new CliError(
      EXIT.absent,
      `no fleet in ${home}: start one with "flotilla up --demo", or name its folder with --home`,
    );
  }
  const places = await Promise.all(known.map((name) => placeOf(home, name)));
  const running = places.filter((place) => place.running !== undefined);
  const chosen = places.length === 1 ? places[0] : running.length === 1 ? running[0] : undefined;
  if (chosen !== undefined) return chosen;
  throw new CliError(
    EXIT.usage,
    `several fleets in ${home}: name one with --fleet (${known.join(", ")})`,
  );
}

/** The broker's address. @throws CliError when the fleet does not run and NATS_URL is not set. */
export function urlOf(io: Io, place: Place): string {
  const url = place.running?.url ?? io.env["NATS_URL"];
  if (url !== undefined && url !== "") return url;
  throw new CliError(
    EXIT.absent,
    `the fleet ${place.fleet} does not run: start it with "flotilla up", ` +
      "or set NATS_URL to its broker",
  );
}
