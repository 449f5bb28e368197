/** The job market of a practice fleet: a neighbour does what is asked, and asks for work itself. */
import { jobMachine } from "../../machines/job.ts";
import { step } from "../../machines/step.ts";
import { formatMicro, micro } from "../core/money.ts";
import type { JobView } from "../protocol/job-views.ts";
import type { AgentView } from "../protocol/views.ts";
import { JOB_KINDS, type JobKind, type JobPhase } from "../protocol/words.ts";
import { usdcOf } from "./amounts.ts";
import type { Act, Acts, Body } from "./conformance-act.ts";
import type { PracticeBooks } from "./conformance-books.ts";
import {
  carries,
  gainedBy,
  hedgeAsked,
  hedgeOffered,
  heldForJob,
  stoodUp,
} from "./conformance-hedges.ts";

const NEIGHBOUR = "neighbour";
/** What it pays, how long it waits, and how long it lets between two jobs, in ms. */
const [PAY, WAIT_MS, PAUSE_MS] = ["2", 30_000, 5_000];
const OVER: ReadonlySet<JobPhase> = new Set(["paid", "rejected", "lapsed", "cancelled"]);

export class PracticeJobs {
  readonly #books: PracticeBooks;
  /** How long each of our jobs may take, as it was posted. */
  readonly #ttl = new Map<string, number>();
  #posted = 0;
  #postedAt: number | undefined;
  #paidOut = micro(0n);
  #nextAt = 0;

  constructor(books: PracticeBooks) {
    this.#books = books;
  }

  readonly acts: Acts = {
    PostJob: (view, body) => this.#post(view, body),
    TakeJob: onJob("TAKE", (job, view) =>
      job.by === view.agent ? "bad_field" : { ...job, taker: view.agent },
    ),
    DeliverJob: onJob("DELIVER", (job, view, { result }) => {
      if (job.taker !== view.agent) return "not_allowed";
      if (!carries(view, job)) return "hedge_missing";
      const told = { result: String(result), expiresAt: view.at + WAIT_MS };
      return { ...stoodUp(view, job), ...told };
    }),
    AcceptJob: onJob("ACCEPT", (job, view) => this.#paid(job, view)),
    RejectJob: onJob("REJECT", (job) => (job.hedge === undefined ? job : "not_allowed")),
    CancelJob: onJob("CANCEL", (job) => job),
  };

  /** The neighbour takes, delivers and pays; jobs whose time is over end. */
  turn(view: AgentView, now: number): AgentView {
    const jobs = view.jobs.flatMap((job) => this.#moved(job, view, now) ?? []);
    const waits = jobs.some(({ by }) => by === NEIGHBOUR);
    if (waits) this.#nextAt = now + PAUSE_MS;
    if (waits || now < this.#nextAt) return this.#told({ ...view, jobs });
    return this.#told({ ...view, jobs: [...jobs, this.#offer(view, now)] });
  }

  /** With what it has paid for work: no run is longer than a day. */
  #told(view: AgentView): AgentView {
    const postedAt = this.#postedAt;
    if (postedAt === undefined) return view;
    return { ...view, work: { postedAt, paid: formatMicro(this.#paidOut) } };
  }

  #post(view: AgentView, body: Body): AgentView | string {
    const amount = String(body["amount"]);
    const [name, ttlMs] = [String(body["job"]), Number(body["ttlMs"])];
    if (view.jobs.some(({ by, job }) => by === view.agent && job === name)) return "job_exists";
    const hedge = hedgeAsked(view, body);
    if (typeof hedge === "string") return hedge;
    const job: JobView = {
      ...{ by: view.agent, job: name, kind: body["kind"] as JobKind, brief: String(body["brief"]) },
      ...{ amount, phase: "posted", taker: "", result: "", expiresAt: view.at + ttlMs },
      ...(hedge === undefined ? {} : { hedge }),
    };
    const [held = 0n] = heldForJob(job, view.agent);
    if (held > this.#books.left(view)) return "cap_exceeded";
    this.#ttl.set(name, ttlMs);
    this.#postedAt = view.at;
    return this.#told({ ...view, jobs: [...view.jobs, job] });
  }

  /** One job of each kind in turn; every third is soon taken back. */
  #offer(view: AgentView, now: number): JobView {
    const wanted = JOB_KINDS[this.#posted % JOB_KINDS.length] ?? "data";
    const hedge = wanted === "hedge" ? hedgeOffered(view, this.#posted) : undefined;
    // Where nothing is traded nothing is hedged.
    const kind = wanted === "hedge" && hedge === undefined ? "data" : wanted;
    this.#posted += 1;
    const waitMs = this.#posted % 3 === 0 ? PAUSE_MS : WAIT_MS;
    return {
      ...{ by: NEIGHBOUR, job: `n${this.#posted}`, kind, brief: `${kind}, please`, amount: PAY },
      ...{ phase: "posted", taker: "", result: "", expiresAt: now + waitMs },
      ...(hedge === undefined ? {} : { hedge }),
    };
  }

  /**
   * None: undefined when it is over. Undone in time it lapses; delivered and not looked at it is paid. The
   * neighbour accepts at once what is no hedge; one that is let go is not paid.
   */
  #moved(job: JobView, view: AgentView, now: number): JobView | undefined {
    const [mine, late] = [job.by === view.agent, job.expiresAt <= now];
    if (job.phase === "delivered") {
      if (!mine && !carries(view, job)) {
        this.#books.pay(gainedBy(view, job));
        return undefined;
      }
      if (late || (!mine && job.hedge === undefined)) {
        this.#paid(job, view);
        return undefined;
      }
    }
    if (late) return undefined;
    if (mine && job.phase === "posted") return { ...job, phase: "taken", taker: NEIGHBOUR };
    if (!mine || job.phase !== "taken") return job;
    const expiresAt = now + (this.#ttl.get(job.job) ?? WAIT_MS);
    const result = `as asked: ${job.brief}`.slice(0, 200);
    return { ...stoodUp(view, job), phase: "delivered", result, expiresAt };
  }

  /** Books the pay, away from who posted it, to who took it; and what a hedge has moved. */
  #paid(job: JobView, view: AgentView): JobView {
    const amount = usdcOf(job.amount);
    const moved = gainedBy(view, job);
    if (job.by === view.agent) {
      this.#books.pay(moved - amount);
      this.#paidOut = micro(this.#paidOut + amount);
    } else if (job.taker === view.agent) this.#books.pay(moved + amount);
    return job;
  }
}

/** An act on a job: of the agent `by`, or of one's own. What is over leaves the view. */
const onJob =
  (arrow: string, change: (job: JobView, view: AgentView, body: Body) => JobView | string): Act =>
  (view, body) => {
    const by = String(body["by"] ?? view.agent);
    const found = view.jobs.find((one) => one.by === by && one.job === body["job"]);
    if (found === undefined) return "unknown_job";
    const phase = step(jobMachine, found.phase, arrow) as JobPhase | undefined;
    if (phase === undefined) return "illegal_phase";
    const next = change(found, view, body);
    if (typeof next === "string") return next;
    const jobs = view.jobs.filter((one) => one !== found);
    return { ...view, jobs: OVER.has(phase) ? jobs : [...jobs, { ...next, phase }] };
  };
