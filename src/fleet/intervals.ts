/** Intervals of groups whose debts are netted: they go on for ever, and cost nothing while nothing is due. */
import type { Id } from "../core/ids.ts";
import { type Millis, millis } from "../core/time.ts";
import type { Law } from "./state.ts";

/** The shortest interval of a group's parties, ms. None: undefined where it has none. */
export function everyOf(law: Law, group: Id): number | undefined {
  let least: number | undefined;
  for (const one of law.dues.agreements.values())
    if (one.group === group) least = Math.min(least ?? one.everyMs, one.everyMs);
  return least;
}

/**
 * When the interval of a group ends that runs at `at`: what is due by then is netted then.
 *
 * Formula: nextAt where that is to come or its deadline stands; else the first of nextAt + k * every, k = 1, 2, ...,
 *          that is after `at`: where nothing was due an interval has ended without a turn, and the next began there.
 * None:    undefined where the group never had an agreement; a time that is over where it has none any more.
 */
export function intervalEnd(law: Law, group: Id, at: number): Millis | undefined {
  const ends = law.dues.nextAt.get(group);
  if (ends === undefined || ends > at || law.dues.standing.has(group)) return ends;
  const every = everyOf(law, group);
  return every === undefined ? ends : millis(ends + (Math.floor((at - ends) / every) + 1) * every);
}
