/** What earlier runs found, by change: whom to ask first, what is left, and a report of many runs. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { keyOf, type Mutant } from "./mutants.ts";
import type { Fate, Verdict } from "./run.ts";

interface Found {
  /** Absent: forgotten, for the tree has changed. */
  readonly fate?: Fate;
  readonly killedBy?: string;
}

/** A run that is ended by force loses no more than this. */
const SAVE_EVERY = 25;

/** A file of verdicts. Not part of the project: without it a run takes longer, and finds the same. */
export class PastRuns {
  readonly #path: string;
  readonly #found: Map<string, Found>;
  #unsaved = 0;

  constructor(path: string) {
    this.#path = path;
    const text = existsSync(path) ? readFileSync(path, "utf8") : "{}";
    this.#found = new Map(Object.entries(JSON.parse(text) as { [key: string]: Found }));
  }

  /** The verdict of the last run that judged it. None: undefined. */
  of(mutant: Mutant): Verdict | undefined {
    const found = this.#found.get(keyOf(mutant));
    return found?.fate === undefined ? undefined : { mutant, ...found, fate: found.fate };
  }

  /** The test that killed it, in whatever run. None: undefined. */
  killer(mutant: Mutant): string | undefined {
    return this.#found.get(keyOf(mutant))?.killedBy;
  }

  /** Verdicts go, and whom to ask first stays. */
  forget(mutants: readonly Mutant[]): void {
    for (const mutant of mutants) {
      const killedBy = this.killer(mutant);
      if (killedBy === undefined) this.#found.delete(keyOf(mutant));
      else this.#found.set(keyOf(mutant), { killedBy });
    }
  }

  add({ mutant, fate, killedBy }: Verdict): void {
    this.#found.set(keyOf(mutant), { fate, ...(killedBy === undefined ? {} : { killedBy }) });
    this.#unsaved += 1;
    if (this.#unsaved >= SAVE_EVERY) this.save();
  }

  save(): void {
    this.#unsaved = 0;
    mkdirSync(dirname(this.#path), { recursive: true });
    writeFileSync(this.#path, JSON.stringify(Object.fromEntries(this.#found)));
  }
}
