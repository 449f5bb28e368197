/** What an agent is told of jobs: plain JSON, amounts as decimal texts. */
import type { JobKind, JobPhase, Side } from "./words.ts";

export interface JobView {
  /** Who posted it. */
  readonly by: string;
  readonly job: string;
  readonly kind: JobKind;
  readonly brief: string;
  readonly amount: string;
  readonly phase: JobPhase;
  /** "" while nobody has taken it. */
  readonly taker: string;
  readonly result: string;
  /** Of kind hedge: so much on that side of the market; `mark` is what it is settled from, "" before. */
  readonly hedge?: {
    readonly market: string;
    readonly side: Side;
    readonly qty: string;
    readonly cover: string;
    readonly mark: string;
  };
  /** Fleet time, epoch ms: what is undone then lapses, what is delivered is paid. */
  readonly expiresAt: number;
}

/** What an agent has asked of others and paid for it, whenever it was started. */
export interface WorkView {
  /** When it posted its last job, fleet time. */
  readonly postedAt: number;
  /** Paid for jobs in the last 24 hours, in USDC: by whole hours, so what is up to 25 hours old may be in it. */
  readonly paid: string;
}

/** Its part of an agent's view. */
export interface JobsView {
  /** Its own, those it has taken, and those that it may take. */
  readonly jobs: readonly JobView[];
  /** None: absent before it posted its first job. */
  readonly work?: WorkView;
}
