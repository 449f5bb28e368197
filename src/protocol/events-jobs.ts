/** What can have happened to jobs between agents. Past tense, whole, and never changed once released. */
import type { AgentId, Id, MarketId } from "../core/ids.ts";
import type { Micro, Price, Qty } from "../core/money.ts";
import type { Millis } from "../core/time.ts";
import type { JobKind, JobPhase, Side } from "./words.ts";

/** What a job of kind hedge asks for: so much on that side, each of the two owing the other at most `cover`. */
export interface HedgeTerms {
  readonly market: MarketId;
  readonly side: Side;
  readonly qty: Qty;
  readonly cover: Micro;
}

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
      readonly hedge?: HedgeTerms;
    })
  | (OfJob & { readonly type: "JobTaken"; readonly by: AgentId })
  | (OfJob & {
      readonly type: "JobDelivered";
      readonly by: AgentId;
      readonly result: string;
      readonly expiresAt: Millis;
      /** Of a hedge: the mark that it is settled from. */
      readonly mark?: Price;
    })
  /** `paid`: the payment follows as `InternalPaid`, and so does what a hedge that stood has moved. */
  | (OfJob & {
      readonly type: "JobEnded";
      readonly phase: Extract<JobPhase, "paid" | "rejected" | "lapsed" | "cancelled">;
      readonly reason: string;
      /** Of a hedge that stood: the mark that it is settled at. */
      readonly mark?: Price;
    });
