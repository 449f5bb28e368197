/** Many seeds: run one after another, added up, the first failures kept. */
import { type Asked, optionsOf } from "./options.ts";
import { runSeed } from "./run.ts";
import { shrink } from "./shrink.ts";
import { storyOf } from "./story.ts";

export interface Broken {
  readonly seed: number;
  readonly invariant: string;
  readonly detail: string;
}

/** What many runs came to. */
export interface Totals {
  hours: number;
  seeds: number;
  turns: number;
  messages: number;
  /** Runs in which a coordinator rightly refused to lead. */
  halted: number;
  /** Hash of the last run's journal head: the same in every process that runs the same seed. */
  head: string;
  readonly faults: Record<string, number>;
  readonly breaks: Broken[];
}

export const noTotals = (): Totals => ({
  ...{ hours: 0, seeds: 0, turns: 0, messages: 0, halted: 0, head: "" },
  faults: {},
  breaks: [],
});

export function addTotals(to: Totals, more: Totals): void {
  to.hours += more.hours;
  to.seeds += more.seeds;
  to.turns += more.turns;
  to.messages += more.messages;
  to.halted += more.halted;
  to.head = more.head;
  for (const [fault, times] of Object.entries(more.faults)) {
    to.faults[fault] = (to.faults[fault] ?? 0) + times;
  }
  to.breaks.push(...more.breaks);
}

export interface SweepOptions {
  readonly first: number;
  /** Every so many-th seed, so that several sweeps share a row of seeds. */
  readonly stride: number;
  readonly hours: number;
  readonly asked: Asked;
  /** Told of each failure as a story, already made small. */
  readonly onStory: (story: string) => void;
  readonly onRun?: (totals: Totals) => void;
  /** Whether a failure is made small before it is told. */
  readonly small: boolean;
  /** Ends early after so many failures. */
  readonly failuresMax: number;
}

export async function sweep(options: SweepOptions): Promise<Totals> {
  const { first, stride, hours, asked, onStory, onRun, failuresMax, small } = options;
  const totals = noTotals();
  for (let seed = first; totals.hours < hours - 1e-9; seed += stride) {
    const result = await runSeed(optionsOf(seed, asked));
    const breaks = result.breaches
      .slice(0, 1)
      .map(({ invariant, detail }) => ({ seed, invariant, detail }));
    const { turns, messages, counts } = result;
    // A broken run counts as the time that was meant for it: the sweep goes on to the next seed.
    const counted = breaks.length > 0 ? result.options.minutes / 60 : result.hours;
    const halted = result.halted ? 1 : 0;
    addTotals(totals, {
      ...{ hours: counted, seeds: 1, turns, messages, halted, faults: { ...counts }, breaks },
      head: result.hash,
    });
    if (breaks.length > 0) onStory(storyOf(small ? await shrink(result) : result));
    onRun?.(totals);
    if (totals.breaks.length >= failuresMax) break;
  }
  return totals;
}
