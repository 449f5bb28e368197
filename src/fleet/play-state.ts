/** What the law keeps of what an agent has bet. */
import type { Stretch, Tally } from "../protocol/play.ts";

export interface Play {
  stretches: readonly Stretch[];
  /** By `optionKeyOf`, the option that was proven last at the end. */
  readonly tallies: Map<string, Tally>;
}

export const noPlay = (): Play => ({ stretches: [], tallies: new Map() });
