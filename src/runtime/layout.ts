/** Where a fleet keeps its things on disk: one folder, everything in it named here. */
import { join, resolve } from "node:path";
import type { FleetId } from "../core/ids.ts";

export interface Layout {
  readonly dir: string;
  /** Seed files of the broker's users. */
  readonly keys: string;
  /** The broker's configuration and store. */
  readonly broker: string;
  /** The coordinator's snapshot and remembered head. */
  readonly coordinator: string;
  /** The paper platform's log and snapshot. */
  readonly venue: string;
  readonly venueToken: string;
  readonly logs: string;
  /** What runs now and where, for the other commands. */
  readonly running: string;
}

export function layoutOf(home: string, fleet: FleetId): Layout {
  const dir = resolve(home, fleet);
  return {
    dir,
    keys: join(dir, "keys"),
    broker: join(dir, "broker"),
    coordinator: join(dir, "coordinator"),
    venue: join(dir, "venue"),
    venueToken: join(dir, "venue.token"),
    logs: join(dir, "logs"),
    running: join(dir, "running.json"),
  };
}

/** FLOTILLA_HOME, else `.flotilla` in the folder one stands in. */
export const homeOf = (env: Readonly<Record<string, string | undefined>>): string =>
  env["FLOTILLA_HOME"] ?? ".flotilla";
