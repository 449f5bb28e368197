/** A specialist of somebody's own, as the module that a fleet file names exports it. */
import { pathToFileURL } from "node:url";
import type { SpecialistDefinition } from "../sdk/define.ts";
import { runSpecialist } from "../sdk/run.ts";
import type { Starter } from "./roster.ts";

const isDefinition = (value: unknown): value is SpecialistDefinition<unknown, unknown> => {
  if (typeof value !== "object" || value === null) return false;
  const { name, strategy, config } = value as Record<string, unknown>;
  return typeof name === "string" && typeof strategy === "function" && typeof config === "object";
};

/**
 * Loads the module in this process, which has one agent's key and nothing else.
 *
 * @param path of a built module that exports the specialist as `specialist` or as its default.
 * @throws RangeError where it exports none; whatever the module itself throws when it is loaded.
 */
export async function starterFrom(path: string): Promise<Starter> {
  const loaded = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  const found = loaded["specialist"] ?? loaded["default"];
  if (isDefinition(found)) return (options) => runSpecialist(found, options);
  const names = Object.keys(loaded);
  throw new RangeError(
    `${path} exports no specialist: export what defineSpecialist returns as "specialist" ` +
      `(it exports ${names.length === 0 ? "nothing" : names.join(", ")})`,
  );
}
