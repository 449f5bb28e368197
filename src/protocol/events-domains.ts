/** What can have happened to domains. Past tense, whole, and never changed once released. */
import type { AgentId, Id } from "../core/ids.ts";
import type { Micro } from "../core/money.ts";
import type { Millis } from "../core/time.ts";
import type { Approved } from "./effects.ts";

interface OfAgent {
  readonly agent: AgentId;
}
interface OfDomain extends OfAgent {
  readonly domain: Id;
}
interface WithEffect {
  readonly effect: Approved;
}

/** A name that may be had, as the registrar quotes it. */
export interface DomainOffer {
  readonly domain: Id;
  /** For the first year. */
  readonly cost: Micro;
  /** For each further year. */
  readonly renewal: Micro;
  /** Visits a day that are expected of it. */
  readonly visits: number;
}

export type DomainAct = "RenewDomain" | "ParkDomain" | "ListDomain";

export type DomainEvent =
  | (OfAgent & WithEffect & { readonly type: "DomainSearched"; readonly query: string })
  | (OfAgent & {
      readonly type: "DomainsFound";
      readonly query: string;
      readonly offers: readonly DomainOffer[];
    })
  | (OfAgent & {
      readonly type: "DomainSearchFailed";
      readonly query: string;
      readonly reason: string;
    })
  | (OfDomain &
      WithEffect & {
        readonly type: "DomainRequested";
        readonly cost: Micro;
        readonly renewal: Micro;
        readonly visits: number;
        /** Held from here on: the cost, and a renewal ahead. */
        readonly hold: Micro;
      })
  | (OfDomain & {
      readonly type: "DomainRegistered";
      /** What was charged: at most what was asked for. */
      readonly cost: Micro;
      readonly renewal: Micro;
      /** In the venue's time. */
      readonly expiresAt: Millis;
      readonly hold: Micro;
    })
  | (OfDomain & { readonly type: "DomainFailed"; readonly reason: string })
  | (OfDomain &
      WithEffect & {
        readonly type: "DomainActRequested";
        readonly act: DomainAct;
        /** Why, when the coordinator asks; "" when the agent does. */
        readonly reason: string;
        /** Asked of buyers; zero where it is not for sale. */
        readonly asking: Micro;
        /** Leaves the wallet for a renewal; else zero. */
        readonly cost: Micro;
        readonly hold: Micro;
      })
  | (OfDomain & { readonly type: "DomainActFailed"; readonly reason: string })
  | (OfDomain & { readonly type: "DomainParked" })
  | (OfDomain & { readonly type: "DomainListed"; readonly asking: Micro })
  | (OfDomain & {
      readonly type: "DomainRenewed";
      readonly cost: Micro;
      readonly expiresAt: Millis;
      readonly hold: Micro;
    })
  /** The parking page's income. */
  | (OfDomain & { readonly type: "DomainRevenue"; readonly amount: Micro })
  | (OfDomain & {
      readonly type: "DomainSold";
      readonly buyer: Id;
      readonly asking: Micro;
      readonly fee: Micro;
      readonly received: Micro;
    })
  /** The registrar's notice: its year is nearly over. */
  | (OfDomain & { readonly type: "DomainDue" })
  /** Its year is over: no page, no sale, only a renewal within the grace. */
  | (OfDomain & { readonly type: "DomainLapsed" })
  | (OfDomain & { readonly type: "DomainLost" });
