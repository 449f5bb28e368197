/** Jobs between agents: the price is held when one is posted, and paid inside the fleet when it is done. */
import { jobMachine } from "../../machines/job.ts";
import { step } from "../../machines/step.ts";
import { must } from "../core/assert.ts";
import type { AgentId, Id } from "../core/ids.ts";
import { type Micro, micro, ZERO } from "../core/money.ts";
import { after, type Millis } from "../core/time.ts";
import type { EventOf, FleetEvent } from "../protocol/events.ts";
import type { JobEvent } from "../protocol/events-jobs.ts";
import { type Rejection, refuse } from "../protocol/rejections.ts";
import type { CommandOf } from "../protocol/turns.ts";
import {
  type Consequence,
  type Context,
  callerOf,
  callFault,
  type Decision,
  type HeldAgent,
  isRefusal,
  mayHold,
  modeOf,
  ownCallFault,
  tooMany,
} from "./admission.ts";
import { schedule } from "./deadlines.ts";
import { floorDue } from "./floors.ts";
import { hedgesLetGo, settleMove, settlingMark, standingFrom, termsFault } from "./hedge-jobs.ts";
import type { Job } from "./obligations.ts";
import { type Fixed, type FleetState, keyOf, type Law } from "./state.ts";
import { addReserved } from "./totals.ts";
import { paidAt } from "./work-bought.ts";

/** New work is given and taken by who lives and runs; what was begun is finished in any mode. */
function mayWork(law: Law, agent: HeldAgent): Rejection | undefined {
  const { delegation } = agent;
  if (delegation === undefined || delegation.phase === "ended") return refuse("no_delegation");
  if (delegation.phase !== "active") return refuse("reduce_only", delegation.phase);
  const mode = modeOf(law, agent);
  if (mode === "run") return undefined;
  return refuse(mode === "reduce" ? "reduce_only" : "halted", `mode is ${mode}`);
}

export function* postJob(ctx: Context, { body }: CommandOf<"PostJob">): Decision {
  const poster = callerOf(ctx.law, ctx.stamp.from);
  if (isRefusal(poster)) return poster;
  const { job, kind, brief, amount, ttlMs, hedge } = body;
  const shut =
    mayWork(ctx.law, poster) ?? callFault(ctx, poster.agent) ?? termsFault(ctx.law, kind, hedge);
  if (shut !== undefined) return shut;
  if (poster.jobs.has(job)) return refuse("job_exists", job);
  const over = tooMany(poster.jobs) ?? mayHold(poster, heldByPoster({ amount, hedge }), ZERO);
  if (over !== undefined) return over;
  const said = { job, kind, brief, amount, ttlMs, expiresAt: after(ctx.at, ttlMs) };
  const terms = hedge === undefined ? {} : { hedge };
  yield { type: "JobPosted", agent: poster.agent, ...said, ...terms };
  return undefined;
}

interface Priced {
  readonly amount: Micro;
  readonly hedge?: Fixed<Job>["hedge"];
}

/** What a job holds of its poster's: the pay, and of a hedge the most that it may owe. */
export const heldByPoster = ({ amount, hedge }: Priced): Micro =>
  micro(amount + (hedge?.cover ?? ZERO));

/** What a job holds of its worker's, from when it is taken. */
export const heldByTaker = ({ hedge }: Pick<Priced, "hedge">): Micro => hedge?.cover ?? ZERO;

/** The job of a poster that has such an arrow now, or why not. */
function jobFor(law: Law, by: AgentId, job: Id, arrow: string): Fixed<Job> | Rejection {
  const found = law.jobs.get(keyOf(by, job));
  if (found === undefined) return refuse("unknown_job", job);
  return step(jobMachine, found.phase, arrow) === undefined
    ? refuse("illegal_phase", found.phase)
    : found;
}

export function* takeJob(ctx: Context, { body }: CommandOf<"TakeJob">): Decision {
  const taker = callerOf(ctx.law, ctx.stamp.from);
  if (isRefusal(taker)) return taker;
  if (taker.agent === body.by) return refuse("bad_field", "by: nobody works for itself");
  const shut = mayWork(ctx.law, taker);
  if (shut !== undefined) return shut;
  const found = jobFor(ctx.law, body.by, body.job, "TAKE");
  if (isRefusal(found)) return found;
  // Work that holds nothing of its taker's is taken in a call too: it brings what is missing.
  const over =
    found.hedge && (callFault(ctx, taker.agent) ?? mayHold(taker, found.hedge.cover, ZERO));
  if (over !== undefined) return over;
  yield { type: "JobTaken", agent: found.agent, job: found.job, by: taker.agent };
  return undefined;
}

export function* deliverJob(ctx: Context, { body }: CommandOf<"DeliverJob">): Decision {
  const taker = callerOf(ctx.law, ctx.stamp.from);
  if (isRefusal(taker)) return taker;
  const found = jobFor(ctx.law, body.by, body.job, "DELIVER");
  if (isRefusal(found)) return found;
  if (found.taker !== taker.agent) return refuse("not_allowed", "another has taken it");
  const { agent, job, hedge } = found;
  const mark = hedge === undefined ? undefined : standingFrom(ctx, taker.agent, hedge);
  if (typeof mark === "object") return mark;
  const said = { by: taker.agent, result: body.result, expiresAt: after(ctx.at, found.ttlMs) };
  const from = mark === undefined ? {} : { mark };
  yield { type: "JobDelivered", agent, job, ...said, ...from };
  return undefined;
}

const ENDS = { AcceptJob: "ACCEPT", RejectJob: "REJECT", CancelJob: "CANCEL" } as const;

/**
 * Its poster ends it: pays what was delivered, refuses it and says why, or takes back what nobody took. In its own call
 * it does not pay before the time is over: then it is paid all the same.
 */
export function* endJob(
  ctx: Context,
  command: CommandOf<"AcceptJob" | "RejectJob" | "CancelJob">,
): Decision {
  const poster = callerOf(ctx.law, ctx.stamp.from);
  if (isRefusal(poster)) return poster;
  const { type, body } = command;
  const found = jobFor(ctx.law, poster.agent, body.job, ENDS[type]);
  if (isRefusal(found)) return found;
  if (type === "RejectJob" && found.hedge !== undefined)
    return refuse("not_allowed", "whether a hedge stands is for the books to say");
  const called = type === "AcceptJob" ? ownCallFault(ctx, poster.agent) : undefined;
  if (called !== undefined) return called;
  yield* ended(ctx, found, ENDS[type], "reason" in body ? body.reason : "");
  return undefined;
}

/** Its time is over: undone it lapses; delivered and not looked at it is paid. */
export function* jobDue(ctx: Context, key: string): Consequence {
  const job = ctx.law.jobs.get(key);
  if (job === undefined || job.expiresAt > ctx.at) return;
  yield* ended(ctx, job, "EXPIRE", "its time is over");
}

/** Who lets go of a hedge is not paid for it; what the market moved until then is settled all the same. */
export const letGo = (ctx: Context, events: readonly FleetEvent[]): Consequence =>
  hedgesLetGo(ctx, events, (job, reason) => ended(ctx, job, "REJECT", reason));

function* ended(ctx: Context, held: Fixed<Job>, arrow: string, reason: string): Consequence {
  const { agent, job, taker, amount, kind } = held;
  const phase = step(jobMachine, held.phase, arrow) as EventOf<"JobEnded">["phase"];
  const mark = settlingMark(ctx.law, held);
  yield { type: "JobEnded", agent, job, phase, reason, ...(mark === undefined ? {} : { mark }) };
  if (phase === "paid" && taker !== undefined) {
    yield { type: "InternalPaid", agent, to: taker, amount, note: `${kind} ${job}` };
    yield* floorDue(ctx, agent);
  }
  yield* settleMove(ctx, held, mark);
}

export const isJobEvent = (event: FleetEvent): event is JobEvent => event.type.startsWith("Job");

/** Folds one event about a job: nothing is held for it any more when it has ended. */
export function evolveJob(state: FleetState, event: JobEvent, at: Millis): void {
  const { agent, job } = event;
  const key = keyOf(agent, job);
  const poster = must(state.agents.get(agent), "who posts is enrolled");
  if (event.type === "JobPosted") {
    const { kind, brief, amount, ttlMs, expiresAt, hedge } = event;
    const fresh = { phase: "posted", taker: undefined, result: "", mark: undefined } as const;
    state.jobs.set(key, { agent, job, kind, brief, amount, ttlMs, expiresAt, hedge, ...fresh });
    poster.jobs.add(job);
    poster.work.postedAt = at;
    addReserved(state, agent, heldByPoster(event));
    return schedule(state.deadlines, { at: expiresAt, kind: "job", key });
  }
  const held = must(state.jobs.get(key), "a job event names a job");
  switch (event.type) {
    case "JobTaken":
      held.phase = "taken";
      held.taker = event.by;
      return addReserved(state, event.by, heldByTaker(held));
    case "JobDelivered":
      held.phase = "delivered";
      held.result = event.result;
      held.expiresAt = event.expiresAt;
      held.mark = event.mark;
      if (held.hedge !== undefined) state.standing.add(key);
      return schedule(state.deadlines, { at: event.expiresAt, kind: "job", key });
    case "JobEnded":
      addReserved(state, agent, micro(-heldByPoster(held)));
      if (held.taker !== undefined) addReserved(state, held.taker, micro(-heldByTaker(held)));
      state.standing.delete(key);
      state.jobs.delete(key);
      poster.jobs.delete(job);
      if (event.phase === "paid") paidAt(poster.work, held.amount, at);
  }
}

/** Jobs that an agent may see: its own, those it has taken, and those that anybody may take. */
export const jobsSeenBy = (law: Law, agent: AgentId): readonly Fixed<Job>[] =>
  [...law.jobs.values()].filter(
    (job) => job.agent === agent || job.taker === agent || job.phase === "posted",
  );
