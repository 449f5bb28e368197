/** Runs mutants against the tests that wake them, on a few threads, and gives each a time to be killed in. */

import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { Mutant } from "./mutants.ts";
import type { Answer, Ask, Covered, Place, Setup } from "./worker.ts";

export type Fate = "killed" | "survived" | "timed out" | "not covered";

export interface Verdict {
  readonly mutant: Mutant;
  readonly fate: Fate;
  readonly killedBy?: string;
}

export interface RunOptions {
  /** The built copy's worker and test files. */
  readonly worker: string;
  readonly tests: readonly string[];
  readonly jobs: number;
  /** Milliseconds of tests that one mutant may take. */
  readonly budgetMs: number;
  /** After this, epoch ms, no mutant is begun any more; those are left out of the answer. */
  readonly until: number;
  /** The test that killed it in an earlier run: it is asked first. None: undefined. */
  readonly killer: (mutant: Mutant) => string | undefined;
  /** Whether a test's file imports what is mutated itself: its tests are asked before others. */
  readonly isNear: (mutant: Mutant, test: string) => boolean;
  /** Parts of names of tests that are asked before all others. */
  readonly first: readonly string[];
  /** Hears each verdict as it falls. */
  readonly heard: (verdict: Verdict) => void;
  readonly say: (line: string) => void;
}

/** How much longer than alone a mutant's tests may take before it counts as hanging. */
const SLACK = 6;
const START_MS = 120_000;
/** How much longer than the first thread one may take to load before it counts as hanging. */
const LOAD_SLACK = 10;

class Thread {
  readonly #options: RunOptions;
  readonly #early: number | undefined;
  readonly #startMs: number;
  #worker: Worker | undefined;
  #isReady = false;

  constructor(options: RunOptions, early?: number, startMs = START_MS) {
    this.#options = options;
    this.#early = early;
    this.#startMs = startMs;
  }

  /** @throws Error with the thread's own words when it does not answer in time. */
  async #answer(worker: Worker, wanted: Answer["type"], ms: number): Promise<Answer> {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => done(new Error("no answer in time")), ms);
      const hear = (answer: Answer): void => {
        if (answer.type === "heard" && answer.done % 25 === 0) {
          this.#options.say(`${answer.done} of ${answer.of} groups looked at`);
        }
        if (answer.type === wanted) done(answer);
        else if (answer.type === "failed") done(new Error(`${answer.name}: ${answer.why}`));
      };
      const done = (what: Answer | Error): void => {
        clearTimeout(timer);
        worker.off("message", hear);
        worker.off("error", done);
        if (what instanceof Error) reject(what);
        else resolve(what);
      };
      worker.on("message", hear);
      worker.once("error", done);
    });
  }

  async #ready(): Promise<Worker> {
    if (this.#worker !== undefined && this.#isReady) return this.#worker;
    const tests = this.#options.tests.map((path) => pathToFileURL(path).href);
    const early = this.#early;
    const data: Setup = { tests, ...(early === undefined ? {} : { early }) };
    const made = new Worker(this.#options.worker, { workerData: data });
    // Ours from now on: one that hangs while it loads must be ended too.
    this.#worker = made;
    await this.#answer(made, "ready", this.#startMs);
    this.#isReady = true;
    return made;
  }

  /** Loads its suites. @returns how long that took, in ms. */
  async start(): Promise<number> {
    const begun = performance.now();
    await this.#ready();
    return performance.now() - begun;
  }

  async ask(ask: Ask, ms: number): Promise<Answer> {
    const worker = await this.#ready();
    worker.postMessage(ask);
    return await this.#answer(worker, ask.type === "cover" ? "covered" : "tried", ms);
  }

  async end(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#isReady = false;
    await worker?.terminate();
  }
}

/** How many tests that killed mutants of the same file are asked before all others. */
const NEAR = 12;

/** The tests to run for a mutant: those of `first`, then the quick ones, as many as the budget holds. */
function chosen(
  tests: readonly Covered[],
  first: readonly string[],
  budgetMs: number,
): { places: Place[]; ms: number } {
  const places: Place[] = [];
  let ms = 0;
  const likely = first.flatMap((name) => tests.find((test) => test.name === name) ?? []);
  for (const test of new Set([...likely, ...tests])) {
    if (ms + test.ms > budgetMs && places.length > 0) break;
    places.push(test.place);
    ms += test.ms;
  }
  return { places, ms };
}

/** A verdict for each mutant. Tests that fail by themselves are left out. */
export async function runMutants(
  mutants: readonly Mutant[],
  options: RunOptions,
): Promise<readonly Verdict[]> {
  const first = new Thread(options);
  const loadMs = Math.max(10_000, (await first.start()) * LOAD_SLACK);
  const covered = await first.ask({ type: "cover" }, START_MS * 5);
  await first.end();
  if (covered.type !== "covered") return [];
  for (const line of covered.failing) options.say(`left out, for it fails by itself: ${line}`);
  const quick = [...covered.tests].sort((a, b) => a.ms - b.ms);
  const early = new Set(covered.early);
  const byMutant = new Map<number, Covered[]>();
  for (const test of quick) {
    for (const id of test.mutants) {
      const list = byMutant.get(id) ?? [];
      list.push(test);
      byMutant.set(id, list);
    }
  }
  const total = quick.reduce((sum, { ms }) => sum + ms, 0);
  options.say(`${quick.length} tests in ${Math.round(total)} ms, ${mutants.length} mutants`);
  const verdicts: Verdict[] = [];
  const todo = [...mutants];
  /** By file, the tests that killed last: neighbours die of the same. */
  const near = new Map<string, readonly string[]>();
  const judge = async (thread: Thread, mutant: Mutant): Promise<Verdict> => {
    const atImport = early.has(mutant.id);
    const tests = byMutant.get(mutant.id) ?? (atImport ? quick : []);
    if (tests.length === 0) return { mutant, fate: "not covered" };
    const known = options.killer(mutant);
    const lately = near.get(mutant.file) ?? [];
    const asked = tests.filter(({ name }) => options.first.some((part) => name.includes(part)));
    const killer = known === undefined ? [] : [known];
    const own = tests.filter(({ file }) => options.isNear(mutant, file)).map(({ name }) => name);
    const first = [...killer, ...asked.map(({ name }) => name), ...lately, ...own];
    const { places, ms } = chosen(tests, first, options.budgetMs);
    const alone = atImport ? new Thread(options, mutant.id, loadMs) : thread;
    try {
      const ask: Ask = { type: "try", mutant: mutant.id, places };
      const answer = await alone.ask(ask, Math.max(10_000, ms * SLACK));
      const killedBy = answer.type === "tried" ? answer.killedBy : undefined;
      if (killedBy === undefined) return { mutant, fate: "survived" };
      const others = lately.filter((name) => name !== killedBy);
      near.set(mutant.file, [killedBy, ...others].slice(0, NEAR));
      return { mutant, fate: "killed", killedBy };
    } catch (error) {
      await alone.end();
      const why = error instanceof Error ? error.message : String(error);
      if (why === "no answer in time") return { mutant, fate: "timed out", killedBy: why };
      return { mutant, fate: "killed", killedBy: `does not load (${why.slice(0, 80)})` };
    } finally {
      if (atImport) await alone.end();
    }
  };
  const work = async (): Promise<void> => {
    const thread = new Thread(options);
    for (let mutant = todo.shift(); mutant !== undefined; mutant = todo.shift()) {
      if (Date.now() > options.until) break;
      const verdict = await judge(thread, mutant);
      verdicts.push(verdict);
      options.heard(verdict);
      if (verdicts.length % 25 === 0) {
        const alive = verdicts.filter(({ fate }) => fate === "survived" || fate === "not covered");
        options.say(`${verdicts.length} of ${mutants.length}, ${alive.length} alive`);
      }
    }
    await thread.end();
  };
  await Promise.all(Array.from({ length: options.jobs }, work));
  return verdicts.sort((a, b) => a.mutant.id - b.mutant.id);
}
