/** What an agent is told of its domains: plain JSON, amounts as decimal texts. */
import type { DomainPhase } from "./words.ts";

export interface DomainView {
  readonly domain: string;
  readonly phase: DomainPhase;
  /** All that was paid for it so far. */
  readonly cost: string;
  /** Price of a year more, and what is reserved for it. */
  readonly renewal: string;
  readonly ahead: string;
  /** Asked of buyers; "0" where it is not for sale. */
  readonly asking: string;
  /** What its page has earned. */
  readonly earned: string;
  /** Visits a day, as the registrar expected them. */
  readonly visits: number;
  /** In the venue's time; 0 before it is registered. */
  readonly expiresAt: number;
  /** The registrar's notice came: renew it, or lose it. */
  readonly due: boolean;
  /** An act that the registrar has not confirmed yet. */
  readonly pending: string;
}

/** The agent's last search for domains. */
export interface SearchView {
  readonly query: string;
  readonly pending: boolean;
  readonly offers: readonly {
    readonly domain: string;
    readonly cost: string;
    readonly renewal: string;
    readonly visits: number;
  }[];
}
