/** What an agent has paid for jobs in a day, kept by the hour so that it stays small. */
import { formatMicro, type Micro, micro, ZERO } from "../core/money.ts";
import { DAY, HOUR, type Millis } from "../core/time.ts";
import type { WorkView } from "../protocol/job-views.ts";

/** What an agent asked of others and paid for it: what a buyer keeps its budget by, however often it starts. */
export interface WorkBought {
  /** Undefined before its first job. */
  postedAt: Millis | undefined;
  /** By the hour since 1970, the newest last: of a day, and of the hour that had begun before it. */
  readonly paid: { readonly hour: number; amount: Micro }[];
}

/** The same, to read. */
interface Told {
  readonly postedAt: Millis | undefined;
  readonly paid: readonly { readonly hour: number; readonly amount: Micro }[];
}

/** The first hour that counts at a time: what was paid in it may be less than a day old. */
const firstOf = (at: number): number => Math.floor((at - DAY) / HOUR);

/** Adds what was paid, and forgets what counts no more: at most 25 hours are kept. */
export function paidAt({ paid }: WorkBought, amount: Micro, at: Millis): void {
  while (paid[0] !== undefined && paid[0].hour < firstOf(at)) paid.shift();
  const hour = Math.floor(at / HOUR);
  const last = paid.at(-1);
  if (last?.hour === hour) last.amount = micro(last.amount + amount);
  else paid.push({ hour, amount });
}

/**
 * What the agent is told of it as of a time. None: absent before its first job.
 *
 * Rounding: against the buyer, by whole hours: what was paid up to 25 hours ago may count.
 */
export function workSeenBy(
  { work: { postedAt, paid } }: { readonly work: Told },
  at: number,
): { readonly work?: WorkView } {
  if (postedAt === undefined) return {};
  const sum = paid
    .filter(({ hour }) => hour >= firstOf(at))
    .reduce((total, { amount }) => micro(total + amount), ZERO);
  return { work: { postedAt, paid: formatMicro(sum) } };
}
