/** What an agent is told of jobs: plain JSON, amounts as decimal texts. */
import type { JobKind, JobPhase } from "./words.ts";

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
  /** Fleet time, epoch ms: what is undone then lapses, what is delivered is paid. */
  readonly expiresAt: number;
}
