/** Jobs between agents: the price is held when one is posted, and paid inside the fleet when it is done. */
import { jobMachine } from "../../machines/job.ts";
import { step } from "../../machines/step.ts";
import { must } from "../core/assert.ts";
import type { AgentId, Id } from "../core/ids.ts";
import { ZERO } from "../core/money.ts";
import { after } from "../core/time.ts";
import type { EventOf, FleetEvent } from "../protocol/events.ts";
import type { JobEvent } from "../protocol/events-jobs.ts";
import { type Rejection, refuse } from "../protocol/rejections.ts";
import type { CommandOf } from "../protocol/turns.ts";
import {
  type Consequence,
  type Context,
  callerOf,
  type Decision,
  type HeldAgent,
  isRefusal,
  mayHold,
  modeOf,
  tooMany,
} from "./admission.ts";
import { schedule } from "./deadlines.ts";
import { floorDue } from "./floors.ts";
import type { Job } from "./obligations.ts";
import { type Fixed, type FleetState, keyOf, type Law } from "./state.ts";
import { addReserved } from "./totals.ts";

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
  const { job, kind, brief, amount, ttlMs } = body;
  const shut = mayWork(ctx.law, poster);
  if (shut !== undefined) return shut;
  if (poster.jobs.has(job)) return refuse("job_exists", job);
  const over = tooMany(poster.jobs) ?? mayHold(poster, amount, ZERO);
  if (over !== undefined) return over;
  const expiresAt = after(ctx.at, ttlMs);
  yield { type: "JobPosted", agent: poster.agent, job, kind, brief, amount, ttlMs, expiresAt };
  return undefined;
}

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
  yield { type: "JobTaken", agent: found.agent, job: found.job, by: taker.agent };
  return undefined;
}

export function* deliverJob(ctx: Context, { body }: CommandOf<"DeliverJob">): Decision {
  const taker = callerOf(ctx.law, ctx.stamp.from);
  if (isRefusal(taker)) return taker;
  const found = jobFor(ctx.law, body.by, body.job, "DELIVER");
  if (isRefusal(found)) return found;
  if (found.taker !== taker.agent) return refuse("not_allowed", "another has taken it");
  const expiresAt = after(ctx.at, found.ttlMs);
  const { agent, job } = found;
  const { result } = body;
  yield { type: "JobDelivered", agent, job, by: taker.agent, result, expiresAt };
  return undefined;
}

const ENDS = { AcceptJob: "ACCEPT", RejectJob: "REJECT", CancelJob: "CANCEL" } as const;

/** Its poster ends it: pays what was delivered, refuses it and says why, or takes back what nobody took. */
export function* endJob(
  ctx: Context,
  command: CommandOf<"AcceptJob" | "RejectJob" | "CancelJob">,
): Decision {
  const poster = callerOf(ctx.law, ctx.stamp.from);
  if (isRefusal(poster)) return poster;
  const { type, body } = command;
  const found = jobFor(ctx.law, poster.agent, body.job, ENDS[type]);
  if (isRefusal(found)) return found;
  yield* ended(ctx, found, ENDS[type], "reason" in body ? body.reason : "");
  return undefined;
}

/** Its time is over: undone it lapses; delivered and not looked at it is paid. */
export function* jobDue(ctx: Context, key: string): Consequence {
  const job = ctx.law.jobs.get(key);
  if (job === undefined || job.expiresAt > ctx.at) return;
  yield* ended(ctx, job, "EXPIRE", "its time is over");
}

function* ended(ctx: Context, held: Fixed<Job>, arrow: string, reason: string): Consequence {
  const { agent, job, taker, amount, kind } = held;
  const phase = step(jobMachine, held.phase, arrow) as EventOf<"JobEnded">["phase"];
  yield { type: "JobEnded", agent, job, phase, reason };
  if (phase !== "paid" || taker === undefined) return;
  yield { type: "InternalPaid", agent, to: taker, amount, note: `${kind} ${job}` };
  yield* floorDue(ctx, agent);
}

export const isJobEvent = (event: FleetEvent): event is JobEvent => event.type.startsWith("Job");

/** Folds one event about a job: nothing is held for it any more when it has ended. */
export function evolveJob(state: FleetState, event: JobEvent): void {
  const { agent, job } = event;
  const key = keyOf(agent, job);
  if (event.type === "JobPosted") {
    const { kind, brief, amount, ttlMs, expiresAt } = event;
    const fresh = { phase: "posted", taker: undefined, result: "" } as const;
    state.jobs.set(key, { agent, job, kind, brief, amount, ttlMs, expiresAt, ...fresh });
    must(state.agents.get(agent), "who posts is enrolled").jobs.add(job);
    addReserved(state, agent, amount);
    return schedule(state.deadlines, { at: expiresAt, kind: "job", key });
  }
  const held = must(state.jobs.get(key), "a job event names a job");
  switch (event.type) {
    case "JobTaken":
      held.phase = "taken";
      held.taker = event.by;
      return;
    case "JobDelivered":
      held.phase = "delivered";
      held.result = event.result;
      held.expiresAt = event.expiresAt;
      return schedule(state.deadlines, { at: event.expiresAt, kind: "job", key });
    case "JobEnded":
      addReserved(state, agent, -held.amount);
      state.jobs.delete(key);
      must(state.agents.get(agent), "who posts is enrolled").jobs.delete(job);
  }
}

/** Jobs that an agent may see: its own, those it has taken, and those that anybody may take. */
export const jobsSeenBy = (law: Law, agent: AgentId): readonly Fixed<Job>[] =>
  [...law.jobs.values()].filter(
    (job) => job.agent === agent || job.taker === agent || job.phase === "posted",
  );
