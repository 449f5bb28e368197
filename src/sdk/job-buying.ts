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
  /** Most that it pays in a day. "0": it buys nothing. */
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
  /** When it posted last. */
  readonly postedAt: number;
  /** The day that is counted, from its beginning, and what it pays or may yet pay in it, in millionths of USDC. */
  readonly day: { readonly since: number; readonly spent: number };
  /** Its job, as it was seen last. None: undefined when none is open. */
  readonly open: { readonly job: string; readonly at: number; readonly done: boolean } | undefined;
  /** What was read last, when, and of whom. */
  readonly read: { readonly at: number; readonly by: string; readonly says: Reading } | undefined;
}

export const noneBought: Bought = {
  postedAt: Number.NEGATIVE_INFINITY,
  day: { since: Number.NEGATIVE_INFINITY, spent: 0 },
  open: undefined,
  read: undefined,
};

const DAY_MS = 86_400_000;

/** One look: what to do about the job that is open, and a new one where it may be. `held` is its pay. */
export function buying(
  view: AgentView,
  before: Bought,
  { kind, brief }: Wanted,
  terms: Buying,
  {
    now,
    name,
    stance,
    outcomes,
  }: Pick<StrategyContext<unknown>, "now" | "name" | "stance" | "outcomes">,
): { readonly intents: readonly Intent[]; readonly bought: Bought; readonly held: bigint } {
  const cost = Number(usdcOf(terms.amount));
  const mine = view.jobs.find((job) => job.by === view.agent && job.kind === kind);
  const refused = outcomes.filter(
    ({ ok, intent }) =>
      (intent.command === "PostJob" && !ok) || (intent.command === "RejectJob" && ok),
  ).length;
  const lapsed = isLapsed(before.open, mine?.job, now, terms.ttlMs) ? 1 : 0;
  const day = dayAt(before.day, now, (refused + lapsed) * cost);
  if (mine !== undefined) {
    const done = mine.phase === "delivered";
    const open = { job: mine.job, at: now, done };
    const seen: Bought = { ...before, day, open };
    if (!done) return { intents: [], bought: seen, held: 0n };
    const { intent, says } = lookedAt(mine, view);
    const read = says === undefined ? before.read : { at: now, by: mine.taker, says };
    return { intents: [intent], bought: { ...seen, read }, held: 0n };
  }
  const idle: Bought = { ...before, day, open: undefined };
  const held = usdcOf(terms.amount);
  const waits = stance !== "run" || now - before.postedAt < terms.everyMs;
  const dear = day.spent + cost > Number(usdcOf(terms.perDay));
  if (waits || dear || held > usdcOf(view.delegation?.available ?? "0"))
    return { intents: [], bought: idle, held: 0n };
  const { amount, ttlMs } = terms;
  const job = name("j");
  const intents: Intent[] = [{ command: "PostJob", body: { job, kind, brief, amount, ttlMs } }];
  const spent = { ...day, spent: day.spent + cost };
  return { intents, bought: { ...idle, postedAt: now, day: spent }, held };
}

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

/** A new day begins when the last is over; `back` was promised in it and is not paid. */
function dayAt(before: Bought["day"], now: number, back: number): Bought["day"] {
  if (now - before.since >= DAY_MS) return { since: now, spent: 0 };
  return { since: before.since, spent: Math.max(0, before.spent - back) };
}

/**
 * Was its job never done? It was last seen undone, so shortly ago that a delivery since then would still be
 * there to be looked at. Of any other that is gone it is taken that it was paid.
 */
const isLapsed = (
  open: Bought["open"],
  job: string | undefined,
  now: number,
  ttlMs: number,
): boolean => open !== undefined && open.job !== job && !open.done && now - open.at < ttlMs;
