/** One thread of the mutation run: loads the suites once, then runs tests with one mutant awake at a time. */
import { parentPort, workerData } from "node:worker_threads";
import fc from "fast-check";
import { type Case, casesOf, groups, nextFile } from "./shim.ts";

export interface Setup {
  /** Test files, as URLs of the built copy. */
  readonly tests: readonly string[];
  /** A mutant that is awake from before anything is loaded, for code that runs at import. */
  readonly early?: number;
}

/** A test's place: its group, and its place among the group's tests. */
export type Place = readonly [group: number, test: number];

export type Ask =
  | { readonly type: "cover" }
  | { readonly type: "try"; readonly mutant: number; readonly places: readonly Place[] };

/** What each test takes and wakes. */
export interface Covered {
  readonly place: Place;
  readonly name: string;
  /** URL of its file in the built copy. */
  readonly file: string;
  readonly ms: number;
  readonly mutants: readonly number[];
}

export type Answer =
  | { readonly type: "ready" }
  | { readonly type: "failed"; readonly name: string; readonly why: string }
  | { readonly type: "heard"; readonly done: number; readonly of: number }
  | {
      readonly type: "covered";
      readonly tests: readonly Covered[];
      /** Tests that fail with all mutants asleep: they judge nothing. */
      readonly failing: readonly string[];
      readonly early: readonly number[];
    }
  | { readonly type: "tried"; readonly mutant: number; readonly killedBy?: string };

const setup = workerData as Setup;
let awake = setup.early ?? -1;
let seen: Set<number> | undefined = new Set();
Object.assign(globalThis, {
  $mutant: (id: number): boolean => {
    seen?.add(id);
    return id === awake;
  },
});
const tell = (answer: Answer): void => parentPort?.postMessage(answer);

async function cover(early: ReadonlySet<number>): Promise<void> {
  const tests: Covered[] = [];
  const failing: string[] = [];
  for (const [g, group] of groups.entries()) {
    tell({ type: "heard", done: g, of: groups.length });
    seen = new Set();
    const cases = casesOf(group);
    const shared = seen;
    for (const [t, one] of cases.entries()) {
      seen = new Set(shared);
      const begun = performance.now();
      try {
        await one.run();
      } catch (error) {
        failing.push(`${one.name}: ${String(error).slice(0, 200)}`);
        continue;
      }
      const ms = performance.now() - begun;
      const { file } = group;
      tests.push({ place: [g, t], name: one.name, file, ms, mutants: [...seen] });
    }
  }
  seen = undefined;
  tell({ type: "covered", tests, failing, early: [...early] });
}

async function attempt(mutant: number, places: readonly Place[]): Promise<string | undefined> {
  awake = mutant;
  const made = new Map<number, readonly Case[]>();
  try {
    for (const [g, t] of places) {
      const group = groups[g];
      if (group === undefined) continue;
      const cases = made.get(g) ?? casesOf(group);
      made.set(g, cases);
      const one = cases[t];
      if (one === undefined) return `${group.name}: a test is gone`;
      try {
        await one.run();
      } catch {
        return one.name;
      }
    }
    return undefined;
  } catch {
    return "a suite no longer loads";
  } finally {
    awake = setup.early ?? -1;
  }
}

fc.configureGlobal({ seed: 20_251_010, endOnFailure: true });
try {
  for (const url of setup.tests) {
    nextFile(url);
    await import(url);
  }
  const early = seen ?? new Set<number>();
  seen = undefined;
  parentPort?.on("message", async (ask: Ask) => {
    if (ask.type === "cover") return await cover(early);
    const killedBy = await attempt(ask.mutant, ask.places);
    tell({ type: "tried", mutant: ask.mutant, ...(killedBy === undefined ? {} : { killedBy }) });
  });
  tell({ type: "ready" });
} catch (error) {
  tell({ type: "failed", name: "loading", why: String(error).slice(0, 400) });
}
