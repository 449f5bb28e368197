/** What a planted bug is: a small change of the product, as data. */
import type { FaultName } from "./faults.ts";
import type { PartName } from "./parts.ts";

/** Simulated minutes of each seed, where a bug does not ask for others. */
export const SEED_MINUTES = 30;

export interface Edit {
  /** A source file below the project's root. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
}

export interface Planted {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** The faults under which it shows; without any it shows by itself. */
  readonly faults: readonly FaultName[];
  /** What the fleet file must turn on for it to show. */
  readonly parts?: readonly PartName[];
  /** Found within so many seeds. */
  readonly seeds: number;
  readonly mode?: "liveness";
  /** Simulated minutes of each seed. */
  readonly minutes?: number;
  /** It shows by a count alone: a run in which a fault never fired is void otherwise, and finds nothing. */
  readonly byCount?: true;
  /** Part of the suite: found within a few seconds. */
  readonly fast?: true;
}

export const one = (file: string, find: string, replace: string): readonly Edit[] => [
  { file, find, replace },
];
