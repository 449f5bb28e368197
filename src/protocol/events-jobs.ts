/** What can have happened to jobs between agents. Past tense, whole, and never changed once released. */
import type { AgentId, Id } from "../core/ids.ts";
import type { Micro } from "../core/money.ts";
import type { Millis } from "../core/time.ts";
import type { JobKind, JobPhase } from "./words.ts";

/** `agent` is who posted it. */
interface OfJob {
  readonly agent: AgentId;
  readonly job: Id;
}

export type JobEvent =
  | (OfJob & {
      readonly type: "JobPosted";
      readonly kind: JobKind;
      readonly brief: string;
      /** Held until it ends, and what is paid. */
      readonly amount: Micro;
      /** For taking and delivering, and again for looking at what was delivered. */
      readonly ttlMs: number;
      readonly expiresAt: Millis;
    })
  | (OfJob & { readonly type: "JobTaken"; readonly by: AgentId })
  | (OfJob & {
      readonly type: "JobDelivered";
      readonly by: AgentId;
      readonly result: string;
      readonly expiresAt: Millis;
    })
  /** `paid`: the payment follows as `InternalPaid`. */
  | (OfJob & {
      readonly type: "JobEnded";
      readonly phase: Extract<JobPhase, "paid" | "rejected" | "lapsed" | "cancelled">;
      readonly reason: string;
    });
