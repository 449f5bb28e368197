/** Remembers for how long something that was refused is not asked for again. Pure. */
import type { Outcome } from "./intent.ts";

/** Until when each key is left alone, in the fleet's time. */
export type Cooldowns = Readonly<Record<string, number>>;

/** Answers that say nothing about the thing asked for: it may be asked for at once again. */
const SAYS_NOTHING = new Set(["busy", "not_leading", "rate_limited", "unsent", "unanswered"]);

/** Was it not taken, for a reason that says nothing about it? What nobody answered may have been taken. */
export const wasMissed = (outcome: Outcome): boolean =>
  !outcome.ok && SAYS_NOTHING.has(outcome.code) && outcome.code !== "unanswered";

/** Adds what was refused, by `keyOf`, and forgets what is over. `keyOf` undefined: not kept. */
export function cooled(
  before: Cooldowns,
  outcomes: readonly Outcome[],
  keyOf: (outcome: Outcome) => string | undefined,
  now: number,
  coolMs: number,
): Cooldowns {
  const kept: Record<string, number> = {};
  for (const [key, until] of Object.entries(before)) if (until > now) kept[key] = until;
  for (const outcome of outcomes) {
    const key = outcome.ok || SAYS_NOTHING.has(outcome.code) ? undefined : keyOf(outcome);
    if (key !== undefined) kept[key] = now + coolMs;
  }
  return kept;
}

export const isCooling = (cooldowns: Cooldowns, key: string, now: number): boolean =>
  (cooldowns[key] ?? 0) > now;
