/** What can have happened to who refers whom. Past tense, whole, and never changed once released. */
import type { AgentId, Id } from "../core/ids.ts";
import type { Micro } from "../core/money.ts";
import type { Approved } from "./effects.ts";

interface OfAgent {
  readonly agent: AgentId;
}

export type ReferralEvent =
  | (OfAgent & {
      readonly type: "ReferrerRequested";
      readonly referrer: Id;
      readonly effect: Approved;
    })
  /** For good: no other may be asked for. */
  | (OfAgent & { readonly type: "ReferrerRegistered"; readonly referrer: Id })
  | (OfAgent & {
      readonly type: "ReferrerRefused";
      readonly referrer: Id;
      readonly reason: string;
    })
  /** `agent` is who referred `of`, whose escrow was released: its share of that one's fee. */
  | (OfAgent & {
      readonly type: "ReferralEarned";
      readonly of: AgentId;
      readonly escrow: Id;
      readonly fee: Micro;
      readonly referral: Micro;
    });
