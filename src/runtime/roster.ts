/** The roster: the one place that names the specialists. */
import { z } from "zod";
import { casino } from "../../agents/casino/actor.ts";
import { domains } from "../../agents/domains/actor.ts";
import { escrow } from "../../agents/escrow/actor.ts";
import { lending } from "../../agents/lending/actor.ts";
import { trading } from "../../agents/trading/actor.ts";
import type { SpecialistDefinition } from "../sdk/define.ts";
import { type RunningSpecialist, runSpecialist } from "../sdk/run.ts";
import type { RunOptions } from "../sdk/run-options.ts";
import { nearestOf } from "./suggest.ts";

/** Starts one specialist; its config is checked against its own schema. */
export type Starter = (options: RunOptions) => RunningSpecialist;

interface Entry {
  readonly start: Starter;
  /** What is wrong with a config, each fault with its path; none when it can be used. */
  readonly faults: (config: unknown) => readonly string[];
}

const entry = <C, M>(definition: SpecialistDefinition<C, M>): Entry => ({
  start: (options) => runSpecialist(definition, options),
  faults: (config) => {
    const parsed = definition.config.safeParse(config ?? {});
    return parsed.success ? [] : issueTexts(parsed.error.issues, definition.config);
  },
});

const ENTRIES: readonly (readonly [string, Entry])[] = [
  ["trading", entry(trading)],
  ["casino", entry(casino)],
  ["escrow", entry(escrow)],
  ["lending", entry(lending)],
  ["domains", entry(domains)],
];

export const ROSTER: ReadonlyMap<string, Starter> = new Map(
  ENTRIES.map(([kind, { start }]) => [kind, start]),
);

/** What is wrong with an agent's kind and config in a fleet file; none when it can be started. */
export function configFaults(kind: string, config: unknown): readonly string[] {
  const known = new Map(ENTRIES);
  const found = known.get(kind);
  if (found !== undefined) return found.faults(config).map((fault) => `config${fault}`);
  const kinds = [...known.keys()];
  const near = nearestOf(kind, kinds);
  const hint = near === undefined ? `there are ${kinds.join(", ")}` : `did you mean "${near}"?`;
  return [`kind: no specialist "${kind}" (${hint})`];
}

function issueTexts(issues: readonly z.core.$ZodIssue[], schema: z.ZodType): string[] {
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  return issues.flatMap((issue) => {
    const path = issue.path.map((part) => `.${String(part)}`).join("");
    if (issue.code !== "unrecognized_keys") return [`${path}: ${issue.message}`];
    return issue.keys.map((key) => {
      const near = nearestOf(key, known);
      return `${path}: unknown "${key}"${near === undefined ? "" : ` (did you mean "${near}"?)`}`;
    });
  });
}
