/** The version of this program, as the package says it. */
import { readFileSync } from "node:fs";

/** From the built code the package's file is one folder further up. */
function readVersion(): string {
  for (const up of ["../../package.json", "../../../package.json"]) {
    try {
      const text = readFileSync(new URL(up, import.meta.url), "utf8");
      const { name, version } = JSON.parse(text) as { name?: string; version?: string };
      if (name === "flotilla" && version !== undefined) return version;
    } catch {
      // Not there: the other one is.
    }
  }
  return "0.0.0";
}

export const VERSION = readVersion();
