/** Buys work of other agents within a budget: posts a job, reads what comes, and pays or refuses. Pure. */
import { z } from "zod";
import type { JobView } from "../protocol/job-views.ts";
import type { AgentView } from "../protocol/views.ts";
import type { JobKind } from "../protocol/words.ts";
import { usdcOf } from "./amounts.ts";
import type { StrategyContext } from "./define.ts";
import type { Intent } from "./intent.ts";
import { type Reading, readingOf } from "./job-reading.ts";

const amount = z.string().regex(/^(0|[1-9]\d{0,11})(\.\d{1,6})?$/);
const span = z.number().int().max(2_592_000_000);

/** What a buyer is told: amounts are decimal texts in USDC, times are ms of fleet time. */
export const buyingFields = z.strictObject({
  /** Most that it pays in any 24 hours, by the fleet's books. "0": it buys nothing. */
  perDay: amount.default("0"),
  /** Paid for one job, above zero. */
  amount: amount.refine((text) => Number(text) > 0, "is above zero").default("0.05"),
  /** For a job to be done in, and again to be looked at in. */
  ttlMs: span.min(1_000).default(60_000),
  /** Least time between two jobs. */
  everyMs: span.min(0).default(60_000),
  /** How long it goes by what it read. */
  freshMs: span.min(0).default(120_000),
});
type Buying = z.output<typeof buyingFields>;

/** Which work, and what its worker is told of it. */
interface Wanted {
  readonly kind: "data" | "signal";
  readonly brief: string;
}

export interface Bought {
  /** When it posted last, as far as it remembers: refused or not. */
  readonly postedAt: number;
  /** What was read last, when, and of whom. */
  readonly read: { readonly at: number; readonly by: string; readonly says: Reading } | undefined;
}

export const noneBought: Bought = { postedAt: Number.NEGATIVE_INFINITY, read: undefined };

/**
 * One look: what to do about the job that is open, and a new one where it may be. `held` is its pay.
 *
 * The budget and the pause are kept by the fleet's books, which a new start does not forget: what was paid in the
 * last day, what its open jobs may yet be paid, and when it posted last.
 */
export function buying(
  view: AgentView,
  before: Bought,
  { kind, brief }: Wanted,
  terms: Buying,
  { now, name, stance }: Pick<StrategyContext<unknown>, "now" | "name" | "stance">,
): { readonly intents: readonly Intent[]; readonly bought: Bought; readonly held: bigint } {
  const mine = view.jobs.find((job) => job.by === view.agent && job.kind === kind);
  if (mine !== undefined) {
    if (mine.phase !== "delivered") return { intents: [], bought: before, held: 0n };
    const { intent, says } = lookedAt(mine, view);
    const read = says === undefined ? before.read : { at: now, by: mine.taker, says };
    return { intents: [intent], bought: { ...before, read }, held: 0n };
  }
  const held = usdcOf(terms.amount);
  const posted = Math.max(before.postedAt, view.work?.postedAt ?? Number.NEGATIVE_INFINITY);
  const waits = stance !== "run" || now - posted < terms.everyMs;
  const dear = promisedBy(view) + held > usdcOf(terms.perDay);
  if (waits || dear || held > usdcOf(view.delegation?.available ?? "0"))
    return { intents: [], bought: before, held: 0n };
  const { amount, ttlMs } = terms;
  const body = { job: name("j"), kind, brief, amount, ttlMs };
  return { intents: [{ command: "PostJob", body }], bought: { ...before, postedAt: now }, held };
}

/** What it paid for work in the last day, and what its open jobs may yet be paid, in millionths of USDC. */
const promisedBy = ({ agent, jobs, work }: AgentView): bigint =>
  jobs
    .filter(({ by }) => by === agent)
    .reduce((sum, { amount }) => sum + usdcOf(amount), usdcOf(work?.paid ?? "0") as bigint);

/** Reads what was delivered: it is paid for what it says, or refused with the reason why it says nothing. */
export function lookedAt(
  done: JobView,
  view: AgentView,
): { readonly intent: Intent; readonly says: Reading | undefined } {
  const { job } = done;
  const heard = readingOf(done, view);
  if (heard.ok) return { intent: { command: "AcceptJob", body: { job } }, says: heard.says };
  const reason = heard.fault.slice(0, 200);
  return { intent: { command: "RejectJob", body: { job, reason } }, says: undefined };
}

/** Its own jobs of kinds that it buys no more, which nobody has taken: a config before this one posted them. */
export const takenBack = (view: AgentView, kinds: readonly JobKind[]): readonly Intent[] =>
  view.jobs
    .filter(
      ({ by, phase, kind }) => by === view.agent && phase === "posted" && !kinds.includes(kind),
    )
    .map(({ job }): Intent => ({ command: "CancelJob", body: { job } }));

/** What is fresh enough to go by. None: undefined. */
export function heardOf({ read }: Bought, { freshMs }: Buying, now: number): Bought["read"] {
  return read !== undefined && now - read.at <= freshMs ? read : undefined;
}
